"""An application whose files a newer version has replaced while it runs: what it says of a worker made from those."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import WorkerStartError
from engine.protocol.messages import PROTOCOL_VERSION
from engine.session import travelling
from engine.session.launch import Launcher
from engine.session.process import worker_command
from engine.session.transport import WorkerAddress
from engine.session.travelling import own_travelling

OWN = f"PROTOCOL_VERSION = {PROTOCOL_VERSION}\n"


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cs") as folder:
        yield Path(folder)


async def test_a_worker_that_speaks_another_protocol_is_refused_with_what_to_do(short: Path) -> None:
    own = own_travelling()
    newer = replace(own, engine=short / "engine")
    shutil.copytree(own.engine, newer.engine, ignore=shutil.ignore_patterns("__pycache__"))
    messages = newer.engine / "protocol/messages.py"
    text = messages.read_text(encoding="utf-8")
    assert OWN in text
    messages.write_text(text.replace(OWN, "PROTOCOL_VERSION = 99\n"), encoding="utf-8")

    def command(python: str, address: WorkerAddress) -> list[str]:
        return worker_command(python, socket=address.socket, token=address.token, parts=newer)

    with pytest.raises(WorkerStartError, match="Capsule was upgraded while it ran, .* close Capsule’s windows"):
        await Launcher(short / "run", command=command).launch(sys.executable)


@pytest.mark.parametrize(("stamps", "is_said"), [([1, 2], True), ([1, None], True), ([1, 1], False)])
async def test_a_worker_that_does_not_start_is_told_with_the_upgrade_that_may_be_why(
    short: Path, stamps: list[object], is_said: bool
) -> None:
    def command(python: str, _address: WorkerAddress) -> list[str]:
        return [python, "-c", "raise SystemExit('unrecognized arguments')"]

    launcher = Launcher(short / "run", command=command, stamp=iter(stamps).__next__)
    with pytest.raises(WorkerStartError, match="unrecognized arguments") as failed:
        await launcher.launch(sys.executable)
    assert ("upgraded while it ran" in str(failed.value)) is is_said


def test_the_stamp_of_our_own_files_is_another_one_when_they_are_replaced(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = short / "bundle"
    for part in (
        "engine/worker/boot.py",
        "worker_libraries/msgpack/__init__.py",
        "worker_libraries/cloudpickle/__init__.py",
    ):
        (bundle / part).parent.mkdir(parents=True)
        (bundle / part).write_text("")
    monkeypatch.setattr(travelling, "frozen_bundle", lambda: bundle)
    first = travelling.own_stamp()
    assert first is not None
    assert travelling.own_stamp() == first
    boot = bundle / "engine/worker/boot.py"
    newer = boot.with_suffix(".dpkg-new")
    newer.write_text("")
    newer.replace(boot)
    assert travelling.own_stamp() not in (None, first)
    boot.unlink()
    assert travelling.own_stamp() is None
