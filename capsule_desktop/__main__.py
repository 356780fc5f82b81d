"""`python -m capsule_desktop` is the command `capsule-desktop`."""

from __future__ import annotations

import sys

from capsule_desktop import compiled_ahead

compiled_ahead.begin()

from capsule_desktop.cli import main  # noqa: E402  # its dataclasses are made while it is imported

if __name__ == "__main__":
    sys.exit(main())
