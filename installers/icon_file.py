"""`python -m installers.icon_file FILE.ico|FILE.icns`: the application's icon as Windows or macOS wants it.

Asked by their build scripts before freezing; Qt writes both formats, in one size each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtSvg import QSvgRenderer

from installers.linux.icons import rendered
from installers.project import ROOT

SIZE_PX = {".ico": 256, ".icns": 512}


def write_icon(file: Path) -> None:
    renderer = QSvgRenderer(str(ROOT / "resources" / "icons" / "capsule-desktop.svg"))
    file.parent.mkdir(parents=True, exist_ok=True)
    if not rendered(renderer, SIZE_PX[file.suffix]).save(str(file)):
        raise OSError(f"{file} could not be written.")


if __name__ == "__main__":
    write_icon(Path(sys.argv[1]))
