"""Tells the desktop what has ended while the user was elsewhere; quiet where the desktop has no way to show it.

Linux: notify-send, else the portal over D-Bus.  Not org.freedesktop.Notifications itself: its Notify wants an unsigned
32-bit number, which PySide6's QtDBus cannot send.  macOS and Windows (not verified): a tray icon for as long as its
message is shown.
"""

from __future__ import annotations

import shutil
import sys
import uuid

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QSystemTrayIcon

from capsule_desktop.widgets.icons import app_icon

SHOWN_MS = 10_000  # of the tray icon; notification services have times of their own
_ICON = "capsule-desktop"  # by its name in the desktop's theme
_PORTAL = "org.freedesktop.portal.Desktop"
_PORTAL_PATH = "/org/freedesktop/portal/desktop"
_PORTAL_INTERFACE = "org.freedesktop.portal.Notification"


class DesktopNotifier(QObject):
    """One an application."""

    def notify(self, title: str, text: str) -> None:
        """Blocks nothing, and says nothing where it fails: the window shows the same."""
        if sys.platform != "linux":
            self._by_tray(title, text)
        elif not _by_program(title, text):
            _by_portal(title, text)

    def _by_tray(self, title: str, text: str) -> None:
        tray = QSystemTrayIcon(app_icon(), self)
        tray.show()
        tray.showMessage(title, text, app_icon(), SHOWN_MS)
        QTimer.singleShot(SHOWN_MS, tray, tray.deleteLater)


def _by_program(title: str, text: str) -> bool:
    program = shutil.which("notify-send")
    if program is None:
        return False
    words = ["--app-name=Capsule", f"--icon={_ICON}", "--", title, text]
    started, _pid = QProcess.startDetached(program, words)
    return bool(started)


def _by_portal(title: str, text: str) -> None:
    from PySide6.QtDBus import QDBusConnection, QDBusMessage  # only here: it connects to the session's bus

    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        call = QDBusMessage.createMethodCall(_PORTAL, _PORTAL_PATH, _PORTAL_INTERFACE, "AddNotification")
        call.setArguments([uuid.uuid4().hex, {"title": title, "body": text}])
        bus.send(call)  # an answer is not waited for
