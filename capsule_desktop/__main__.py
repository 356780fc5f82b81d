"""`python -m capsule_desktop` is the command `capsule-desktop`."""

from __future__ import annotations

import sys

from capsule_desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
