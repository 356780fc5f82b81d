"""What can be seen of the invariants in the code itself: who reads a worker's words, and who touches pickles."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICKLES = frozenset({"pickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"})
# the program's own code, from the program's own folder, as Python reads its modules' .pyc files
READS_CODE = {"capsule_desktop/compiled_ahead.py": {"marshal"}}
READING = re.compile(r"\bLogReader\(|\.receive\(\)")


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """The top names of what a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_nothing_but_the_worker_touches_pickles() -> None:
    """Invariant 10: the application's process never unpickles anything."""
    outside = [path for path in sources("engine", "capsule_desktop") if "worker" not in path.parts]
    touched = {str(path.relative_to(ROOT)): found for path in outside if (found := imported(path) & PICKLES)}
    assert touched == READS_CODE


def test_the_link_is_the_only_reader_of_socket_and_log() -> None:
    """Invariant 2; of tests, those read for themselves that have no session, or none any more."""
    allowed = {
        "engine/session/link.py",
        "engine/followed_log.py",  # of a worker that cannot be spoken to, so that no link reads anything of it
        "engine/replay.py",  # of past executions, whose logs no link reads any more
        "tests/unit/engine/session/test_link.py",
        "tests/unit/engine/session/test_transport.py",
        "tests/support/worker_process.py",
        "tests/worker/test_attaching.py",
    }
    readers = [path for path in sources("engine", "capsule_desktop", "tests") if READING.search(path.read_text())]
    assert {str(path.relative_to(ROOT)) for path in readers} <= allowed
