"""The icons of a Linux desktop's theme, rendered from the SVGs in every size that a desktop asks for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def write_icons(svg: Path, theme: Path, context: str, name: str) -> None:
    """svg as theme/<size>/<context>/<name>.png, and itself as the scalable one."""
    scalable = theme / "scalable" / context / f"{name}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    scalable.write_bytes(svg.read_bytes())
    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise ValueError(f"{svg} is not an SVG that Qt can draw.")
    for size_px in SIZES_PX:
        file = theme / f"{size_px}x{size_px}" / context / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not rendered(renderer, size_px).save(str(file)):
            raise OSError(f"{file} could not be written.")


def rendered(renderer: QSvgRenderer, size_px: int) -> QImage:
    image = QImage(QSize(size_px, size_px), QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image
