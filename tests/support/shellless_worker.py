"""What a worker loads, without its shell and without an application: run by any Python, with the folders of the parts.

    shellless_worker.py ENGINE MSGPACK CLOUDPICKLE modules
    shellless_worker.py ENGINE MSGPACK CLOUDPICKLE echo          frame bodies in hex on stdin, and encoded again
    shellless_worker.py ENGINE MSGPACK CLOUDPICKLE save FILE     what the code on stdin leaves behind
    shellless_worker.py ENGINE MSGPACK CLOUDPICKLE load FILE     and the code on stdin after it

It prints one line of JSON.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
import runpy
import sys
import types
from pathlib import Path
from typing import Any


def booted(engine: str, msgpack: str, cloudpickle: str) -> str:
    """The private name of our package, once everything of it can be imported."""
    boot = runpy.run_path(str(Path(engine) / "worker" / "boot.py"), run_name="boot")
    boot["load_libraries"](msgpack, cloudpickle)
    boot["load_package"](boot["ALIAS"], engine)
    alias: str = boot["ALIAS"]
    return alias


def modules(alias: str) -> dict[str, list[str]]:
    """All but IPython's room are imported; what of it has a public name."""
    loaded = []
    for room in ("protocol", "worker"):
        package = importlib.import_module(f"{alias}.{room}")
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not each.name.startswith((f"{alias}.worker.ipython", f"{alias}.worker.boot")):
                loaded.append(importlib.import_module(each.name).__name__)
    public = {"engine", "msgpack", "cloudpickle"}
    return {"loaded": loaded, "public": sorted(public & {name.partition(".")[0] for name in sys.modules})}


def echo(alias: str) -> list[str]:
    codec: Any = importlib.import_module(f"{alias}.protocol.codec")
    decoder = codec.Decoder()
    return [codec.encode(decoder.decode(bytes.fromhex(line))).hex() for line in sys.stdin]


def main_namespace() -> dict[str, Any]:
    sys.modules["__main__"] = types.ModuleType("__main__")
    return vars(sys.modules["__main__"])


def run_cells(namespace: dict[str, Any]) -> None:
    """The code of a test, which does not inherit this file's `from __future__`."""
    exec(compile(sys.stdin.read(), "<cells>", "exec", dont_inherit=True), namespace)


def save(alias: str, path: str) -> dict[str, str]:
    snapshot: Any = importlib.import_module(f"{alias}.worker.snapshot")
    namespace = main_namespace()
    run_cells(namespace)
    rows, _ = snapshot.save(namespace=namespace, path=Path(path), name="n")
    return {row.name: row.reason for row in rows}


def load(alias: str, path: str) -> dict[str, str]:
    snapshot: Any = importlib.import_module(f"{alias}.worker.snapshot")
    namespace, payload = main_namespace(), Path(path).read_bytes()
    digest = hashlib.sha256(payload).digest()
    rows, _ = snapshot.load(
        namespace=namespace, path=Path(path), sha256=digest, payload_bytes=len(payload), clear_existing=False
    )
    run_cells(namespace)
    return {row.name: row.reason for row in rows}


if __name__ == "__main__":
    work = {"modules": modules, "echo": echo, "save": save, "load": load}[sys.argv[4]]
    print(json.dumps(work(booted(*sys.argv[1:4]), *sys.argv[5:])))  # type: ignore[operator]  # each takes what it is given
