"""Whether a journal can be replayed, tried on promises that nobody uses: a store asks before it trusts its file."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from resonate.error import ResonateError

from engine.durable.journal import NoJournal
from engine.durable.local_promises import LocalPromises
from engine.errors import StoreError

log = logging.getLogger("capsule.durable")


def can_replay(requests: Sequence[str]) -> bool:
    """Blocking.  False where one of them is none of ours, or lacks what it needs to be applied."""
    try:
        LocalPromises("check", "check", NoJournal()).replay(requests)
    except (StoreError, ResonateError, LookupError, TypeError, ValueError, AttributeError) as error:
        log.info("the journal of a notebook's runs cannot be replayed: %r", error)
        return False
    return True
