"""An environment for workers in which IPython is not there, though everything else that the tests have is.

A sitecustomize on PYTHONPATH refuses the import, as an empty environment would; matplotlib, pandas and numpy stay.
"""

from __future__ import annotations

from pathlib import Path

_SITE = """
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("IPython", "matplotlib_inline", "ipykernel"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


sys.meta_path.insert(0, Hidden())
"""


def without_ipython(folder: Path) -> dict[str, str]:
    """The variables to start a worker with; folder: an empty one for it."""
    (folder / "sitecustomize.py").write_text(_SITE)
    return {"PYTHONPATH": str(folder)}
