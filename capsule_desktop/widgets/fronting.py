"""Brings a window to the front, as far as the desktop lets a program do that.

A desktop gives a start a token that says that the user wanted it; handed on with the files, it lets the application
that runs take the keyboard.  Without one the window asks for attention instead.
"""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

_WAYLAND_TOKEN = "XDG_ACTIVATION_TOKEN"  # Qt's Wayland plugin reads it from the environment, once


def bring_to_front(window: QWidget, activation_token: str = "") -> None:
    """Shown, out of the task bar, above the others, with the keyboard."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    if activation_token:
        os.environ[_WAYLAND_TOKEN] = activation_token
    try:
        window.activateWindow()
    finally:
        os.environ.pop(_WAYLAND_TOKEN, None)  # no child of ours may use it up
    if not window.isActiveWindow():
        QApplication.alert(window)
