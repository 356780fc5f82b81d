"""The one-way directions between rooms, and what the worker may bring into the user's interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.support.sources import CHECKOUT, sources

PROTOCOL_MAY_IMPORT = {"msgpack", "_capsule_msgpack"}
WORKER_MAY_IMPORT = PROTOCOL_MAY_IMPORT | {
    "_capsule_cloudpickle",
    "annotationlib",  # of the standard library since 3.14
    "cloudpickle",
    "IPython",
    "matplotlib_inline",
    "traitlets",
}
OLDEST_WORKER_PYTHON = (3, 10)


def test_rooms_import_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_engine_package_is_empty_since_the_worker_boots_through_it() -> None:
    assert (CHECKOUT / "engine" / "__init__.py").read_text() == ""


def test_protocol_brings_only_msgpack() -> None:
    assert foreign_imports("engine/protocol", PROTOCOL_MAY_IMPORT) == []


def test_worker_brings_only_what_it_is_made_for() -> None:
    assert foreign_imports("engine/worker", WORKER_MAY_IMPORT) == []


def test_worker_reaches_the_protocol_by_relative_imports_only() -> None:
    """Under its private alias, `engine` would be the user's own engine.py."""
    absolute = [
        f"{source.name}:{line}"
        for source in sources("engine/protocol", "engine/worker")
        for level, module, line in source.imports()
        if level == 0 and module.split(".")[0] == "engine"
    ]
    assert absolute == []


def test_worker_parses_on_its_oldest_python() -> None:
    for source in sources("engine/protocol", "engine/worker"):
        ast.parse(source.text, source.name, feature_version=OLDEST_WORKER_PYTHON)


def test_durable_functions_contain_no_asyncio() -> None:
    flow = next(source for source in sources("engine/durable") if source.name.endswith("/flow.py"))
    assert [module for _, module, _ in flow.imports() if module.split(".")[0] in {"asyncio", "threading"}] == []


def foreign_imports(folder: str, allowed: set[str]) -> list[str]:
    return [
        f"{source.name}:{line} imports {module}"
        for source in sources(folder)
        for level, module, line in source.imports()
        if level == 0 and module.split(".")[0] not in allowed | sys.stdlib_module_names
    ]
