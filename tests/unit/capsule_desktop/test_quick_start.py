from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]


def test_loading_is_neither_interrupted_by_collections_nor_by_the_reading_of_sources() -> None:
    """In a process of its own: what it switches off stays off, also for whatever of Qt is imported later."""
    look = """
import builtins, gc, linecache
plain_import = builtins.__import__
from capsule_desktop import quick_start
quick_start.begin()
from capsule_desktop import app
assert builtins.__import__ is plain_import
assert not gc.isenabled()
assert not [name for name in linecache.cache if "capsule_desktop" in name]
"""
    done = subprocess.run([sys.executable, "-c", look], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
