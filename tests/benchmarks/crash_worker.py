"""The worker of the crash benchmark: the production boot script, with fail points put in once its code is loaded."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from pathlib import Path
from types import ModuleType

BOOT = Path(__file__).resolve().parents[2] / "engine" / "worker" / "boot.py"


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.benchmarks import crash_points

    del sys.path[0]
    boot = runpy.run_path(str(BOOT), run_name="capsule_boot")
    load = boot["load_package"]

    def load_with_points(name: str, root: str) -> ModuleType:
        package: ModuleType = load(name, root)
        if name != boot["ALIAS"]:
            return package
        crash_points.put_into_worker(
            importlib.import_module(f"{name}.worker.log"), importlib.import_module(f"{name}.worker.channel")
        )
        crash_points.arm()
        return package

    boot["_boot"].__globals__["load_package"] = load_with_points
    code: int = boot["_boot"]()
    return code


if __name__ == "__main__":
    os._exit(main())
