"""IPython's compiler with a notebook's file names (cell_names.py)."""

from __future__ import annotations

from IPython.core.compilerop import CachingCompiler

from ..cell_names import cell_name


class CellCompiler(CachingCompiler):
    """What profile.py gives the shell."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return cell_name(raw_code)
