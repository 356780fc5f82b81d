from __future__ import annotations

from pathlib import Path

import pytest

from engine.interpreters.child_environment import child_environment, drop_start_tokens, give_back

BUNDLE = Path("/usr/lib/program")


def test_what_a_frozen_application_set_for_itself_is_taken_back() -> None:
    ours = {
        "LD_LIBRARY_PATH": str(BUNDLE),
        "LD_LIBRARY_PATH_ORIG": "/users",
        "DYLD_LIBRARY_PATH": str(BUNDLE),
        "QT_PLUGIN_PATH": f"{BUNDLE}/PySide6/Qt/plugins",
        "QML2_IMPORT_PATH": f"{BUNDLE}/qml",
        "PYTHONHOME": str(BUNDLE),
        "_PYI_ARCHIVE_FILE": "x",
        "PYSIDE6_OPTION_PYTHON_ENUM": "1",
        "HOME": "/home/u",
    }
    assert child_environment(ours, bundle=BUNDLE) == {"LD_LIBRARY_PATH": "/users", "HOME": "/home/u"}


def test_what_the_user_set_stays() -> None:
    users = {"PYTHONPATH": "/my/modules", "QT_SCALE_FACTOR": "2", "PYTHONUTF8": "1", "QT_PLUGIN_PATH": "/my/plugins"}
    assert child_environment(users, bundle=BUNDLE) == users


def test_of_a_path_only_the_parts_inside_the_bundle_go() -> None:
    mixed = {"PYTHONPATH": f"{BUNDLE}/lib:/my/modules"}
    assert child_environment(mixed, bundle=BUNDLE) == {"PYTHONPATH": "/my/modules"}


def test_without_a_bundle_nothing_changes() -> None:
    ours = {"LD_LIBRARY_PATH": "/here", "PYTHONHOME": "/there"}
    assert child_environment(ours, bundle=None) == ours


def test_what_others_start_for_the_user_gets_the_users_environment() -> None:
    ours = {"LD_LIBRARY_PATH": str(BUNDLE), "LD_LIBRARY_PATH_ORIG": "/users", "QT_PLUGIN_PATH": str(BUNDLE), "A": "b"}
    give_back(ours, bundle=BUNDLE)
    assert ours == {"LD_LIBRARY_PATH": "/users", "A": "b"}


@pytest.mark.parametrize("bundle", [None, BUNDLE])
def test_what_the_desktop_gave_this_start_is_no_childs(bundle: Path | None) -> None:
    ours = {"XDG_ACTIVATION_TOKEN": "t", "DESKTOP_STARTUP_ID": "s", "HOME": "/home/u"}
    assert child_environment(ours, bundle=bundle) == {"HOME": "/home/u"}


def test_the_first_window_finds_what_the_desktop_gave_and_nothing_after_it_does() -> None:
    ours = {"XDG_ACTIVATION_TOKEN": "t", "HOME": "/home/u"}
    give_back(ours, bundle=None)
    assert ours == {"XDG_ACTIVATION_TOKEN": "t", "HOME": "/home/u"}
    drop_start_tokens(ours)
    assert ours == {"HOME": "/home/u"}
