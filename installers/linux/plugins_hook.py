"""Runs in the frozen program before its own code: Qt takes the plugins that it came with, and no others.

A desktop's own QT_PLUGIN_PATH names those of another Qt.  PyInstaller's hook does the same but loads QtCore for it:
60 ms before a start knows that another application is to open its files, and from then on each import of a module
would look for that module's source (quick_start.py).
"""

import os
import sys

os.environ["QT_PLUGIN_PATH"] = os.path.join(sys._MEIPASS, "PySide6", "Qt", "plugins")  # type: ignore[attr-defined]  # noqa: PTH118
