"""What an interpreter is asked when it is run once, and the answer as a value; text in, values out.  No I/O.

The script says its say in any Python from 2.7 on, prints one line of ASCII behind a mark (a sitecustomize may print
what it likes before), writes no bytecode, and imports nothing from its working directory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from engine.interpreters.distributions import LOOKED_FOR

MARK = "capsule-probe:"
NEEDED = (
    *(
        "argparse",
        "array",
        "ast",
        "asyncio",
        "codeop",
        "contextvars",
        "dataclasses",
        "decimal",
        "faulthandler",
        "fcntl",
    ),
    *(
        "hashlib",
        "hmac",
        "inspect",
        "json",
        "logging",
        "pickle",
        "pkgutil",
        "platform",
        "random",
        "resource",
        "secrets",
    ),
    *(
        "select",
        "selectors",
        "shlex",
        "shutil",
        "socket",
        "statistics",
        "struct",
        "subprocess",
        "sysconfig",
        "tempfile",
    ),
    *("termios", "textwrap", "timeit", "tokenize", "traceback", "uuid"),
)
"""Of the standard library what the worker imports and a system may have split off or left out."""

SCRIPT = f"""
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
import json, os, platform, sysconfig
def is_there(name):
    try:
        import importlib.util
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
def packages():
    found = {{}}
    try:
        import importlib.metadata as metadata
    except ImportError:
        return found
    for name in {LOOKED_FOR!r}:
        try:
            found[name] = str(metadata.version(name) or "")
        except Exception:
            pass
    return found
library = sysconfig.get_path("stdlib") or ""
is_environment = sys.prefix != getattr(sys, "base_prefix", sys.prefix)
is_marked = not is_environment and os.path.exists(os.path.join(library, "EXTERNALLY-MANAGED"))
answer = {{
    "version": sys.version.split()[0],
    "implementation": platform.python_implementation(),
    "prefix": sys.prefix,
    "packages": packages(),
    "is_managed": is_marked or os.path.isdir(os.path.join(sys.prefix, "conda-meta")),
    "has_pip": is_there("pip"),
    "has_venv": is_there("venv"),
    "has_ensurepip": is_there("ensurepip"),
    "lacks": [name for name in {NEEDED!r} if not is_there(name)],
}}
print("\\n{MARK}" + json.dumps(answer))
"""
FLAGS = ("-B", "-c")  # not -I: what a PYTHONPATH and the user's own site-packages bring, the worker sees, too


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an interpreter said of itself; lacks: of NEEDED what is not there."""

    version: str
    implementation: str
    prefix: str
    packages: dict[str, str] = field(default_factory=dict)
    is_managed: bool = False
    has_pip: bool = False
    has_venv: bool = False
    has_ensurepip: bool = False
    lacks: tuple[str, ...] = ()


def read_answer(output: str) -> Answer | None:
    """The answer in what was printed; None where there is none, or none of this form."""
    marked = [line.removeprefix(MARK) for line in output.splitlines() if line.startswith(MARK)]
    try:
        said = json.loads(marked[-1]) if marked else None
    except (ValueError, RecursionError):
        return None
    return _checked(said) if isinstance(said, dict) else None


def _checked(said: dict[str, object]) -> Answer | None:
    texts = [said.get(key) for key in ("version", "implementation", "prefix")]
    packages, lacks = said.get("packages"), said.get("lacks")
    if not (isinstance(packages, dict) and isinstance(lacks, list)):
        return None
    version, implementation, prefix = (text if isinstance(text, str) else "" for text in texts)
    if not version or not implementation:
        return None
    return Answer(
        version=version,
        implementation=implementation,
        prefix=prefix,
        packages={name: str(packages[name]) for name in LOOKED_FOR if name in packages},
        is_managed=said.get("is_managed") is True,
        has_pip=said.get("has_pip") is True,
        has_venv=said.get("has_venv") is True,
        has_ensurepip=said.get("has_ensurepip") is True,
        lacks=tuple(map(str, lacks)),
    )
