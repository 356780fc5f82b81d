"""What the plain shell's own lines (`%magic`, `?`, `!`) raise; shown by their words alone, without a traceback."""

from __future__ import annotations


class ShellError(Exception):
    """Something about a line of the shell's own, not about the user's code."""


class UsageError(ShellError):
    """A magic was called in a way it does not understand; named as IPython's."""


class NeedsIPython(ShellError):
    """A magic that only IPython has.  The window offers to install it by this name."""
