"""What the desktop is asked to show, by whichever way it has; nothing where it has none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from capsule_desktop.desktop_notifier import DesktopNotifier

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems show it by their tray")


def test_title_and_text_are_handed_over_as_they_are(
    qtbot: QtBot, qapp: QCoreApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, pipe = tmp_path / "heard", tmp_path / "notify-send"
    pipe.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{heard}.part' && mv '{heard}.part' '{heard}'\n")
    pipe.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    DesktopNotifier().notify("-a.ipynb", "3 cells done <in> 12 s")
    qtbot.waitUntil(heard.exists)
    assert heard.read_text().splitlines()[-3:] == ["--", "-a.ipynb", "3 cells done <in> 12 s"]


def test_a_desktop_without_any_way_is_left_alone(
    qapp: QCoreApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    DesktopNotifier().notify("a.ipynb", "done")
