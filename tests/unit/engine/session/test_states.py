from __future__ import annotations

import itertools

import pytest

from engine.errors import BrokenInvariant
from engine.session.states import SessionState, follow

S = SessionState
LEGAL = {
    (S.STARTING, S.READY),
    (S.READY, S.RUNNING),
    (S.RUNNING, S.READY),
    *((state, S.ENDING) for state in (S.STARTING, S.READY, S.RUNNING)),
    *((state, S.ENDED) for state in (S.STARTING, S.READY, S.RUNNING, S.ENDING)),
}


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(S, S)))
def test_only_what_the_table_has_may_follow(current: SessionState, wanted: SessionState) -> None:
    if (current, wanted) in LEGAL:
        assert follow(current, wanted) is wanted
    else:
        with pytest.raises(BrokenInvariant):
            follow(current, wanted)
