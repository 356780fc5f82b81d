"""What Windows lacks is named in few places, and the application loads without it."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.support import without_posix
from tests.support.sources import CHECKOUT, Source, sources

# the seams, and who asks first whether it is there
MAY_NAME_WHAT_WINDOWS_LACKS = {
    "engine/file_lock.py": "the seam",
    "engine/file_system.py": "the seam",
    "engine/exit_watch.py": "asks",
    "engine/session/transport.py": "the seam",
    "engine/session/process.py": "the seam",
    "engine/session/runtime_folder.py": "the seam",
    "engine/session/session.py": "of a worker that was started",
    "engine/session/leftovers.py": "of a worker that was started",
    "engine/session/interceptors.py": "asks",
    "engine/interpreters/running.py": "runs Pythons and tools, which nobody finds on Windows yet",
    "engine/trust.py": "asks",
    "capsule_desktop/held_archives.py": "asks: Linux alone",
    "capsule_desktop/headless.py": "asks",
    "capsule_desktop/terminal.py": "of a run that was started",
    "capsule_desktop/single_instance.py": "asks",
    "capsule_desktop/handed_over.py": "of the single instance",
    "capsule_desktop/notebook/disk.py": "asks",
}


def test_the_application_loads_where_posix_is_not() -> None:
    command = [sys.executable, without_posix.__file__]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.stdout.split("\n"), done.stderr, done.returncode) == (["", ""], "", 0)


def test_what_windows_lacks_is_named_at_the_seams_only() -> None:
    named = {
        f"{source.name}: {name}"
        for source in sources("engine", "capsule_desktop")
        if not source.name.startswith("engine/worker/") and source.name not in MAY_NAME_WHAT_WINDOWS_LACKS
        for name in _lacking(source)
    }
    assert named == set()


def test_no_module_may_name_what_it_does_not() -> None:
    all_of_them = {source.name: source for source in sources("engine", "capsule_desktop")}
    assert [name for name in MAY_NAME_WHAT_WINDOWS_LACKS if not _lacking(all_of_them[name])] == []


def _lacking(source: Source) -> set[str]:
    names = {f"{module.__name__}.{name}" for module, words in without_posix.NAMES.items() for name in words.split()}
    attributes = {ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    modules = {module for _, module, _ in source.imports()}
    return attributes & names | modules & set(without_posix.MODULES)
