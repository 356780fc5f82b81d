"""The .deb in a fresh Debian, as an ordinary user: by double click, in the system's Python and in environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installers.conftest import NEWER, NEWER_DEB
from tests.support.debian_root import HOME, DebianRoot
from tests.support.desktop_session import PROGRAM, DesktopSession

pytestmark = [pytest.mark.installer, pytest.mark.timeout(900)]

# Which Python it is, and then where the test hears of it: the second cell runs when the first is shown
WHICH = "import sys\nprint(sys.executable, 'IPython' in sys.modules)"
# from the menu and on to what is opened from there, with the keys
_DIALOGS = (
    ("Choose the Python", "alt+k", "Up", "Up", "Return"),
    ("New environment", "Tab", "Tab", "Tab", "space"),  # past the list and Browse
)
TELL = "open('{}', 'w').write(str(__import__('os').getpid()))"


def _run_two_cells(session: DesktopSession, notebook: Path) -> str:
    """What the first one printed, out of the saved file."""
    marker = notebook.with_suffix(".told")
    session.write_notebook(notebook, [WHICH, TELL.format(marker)])
    session.open(notebook)
    session.press("Escape", "shift+Return", "shift+Return")
    session.written(marker)
    session.saved(notebook, lambda outputs: bool(outputs[0]))
    return session.outputs(notebook)[0]


def test_a_notebook_is_of_our_type_and_opens_with_us(session: DesktopSession) -> None:
    notebook = HOME / "first.ipynb"
    session.write_notebook(notebook, ["1 + 1"])
    kind = session.run("gio", "info", "--attributes=standard::content-type", str(notebook)).split()[-1]
    assert kind == "application/x-ipynb+json"
    assert session.run("xdg-mime", "query", "default", kind).strip() == f"{PROGRAM}.desktop"
    session.open(notebook)


def test_a_cell_runs_in_the_systems_python(session: DesktopSession) -> None:
    assert _run_two_cells(session, HOME / "system/which.ipynb") == "/usr/bin/python3 False\n"


def test_a_cell_runs_in_the_environment_beside_the_notebook(session: DesktopSession) -> None:
    folder = HOME / "bare"
    session.run("python3", "-m", "venv", "--without-pip", str(folder / ".venv"))
    assert _run_two_cells(session, folder / "which.ipynb") == f"{folder}/.venv/bin/python False\n"


def test_a_cell_runs_in_ipython_where_the_environment_has_it(session: DesktopSession) -> None:
    folder = HOME / "shell"
    session.root.install("python3-ipython")
    session.run("python3", "-m", "venv", "--without-pip", "--system-site-packages", str(folder / ".venv"))
    assert _run_two_cells(session, folder / "which.ipynb") == f"{folder}/.venv/bin/python True\n"


def _begin_long_cell(session: DesktopSession, notebook: Path) -> str:
    """Run a cell that waits until it is let go on; its Python's process."""
    marker, gate = notebook.with_suffix(".told"), notebook.with_suffix(".gate")
    source = f"print('begun')\n{TELL.format(marker)}\nprint('let go on:', open('{gate}').read())"
    session.write_notebook(notebook, [source, ""])
    session.run("mkfifo", str(gate))
    session.open(notebook)
    session.press("Escape", "shift+Return")
    return session.written(marker)


def _end_long_cell(session: DesktopSession, notebook: Path) -> None:
    session.run("sh", "-c", f"echo by the test > {notebook.with_suffix('.gate')}")
    session.saved(notebook, lambda outputs: "let go on" in outputs[0])
    assert session.outputs(notebook)[0] == "begun\nlet go on: by the test\n\n"


def test_a_killed_application_brings_its_window_edit_and_running_cell_back(session: DesktopSession) -> None:
    notebook = HOME / "killed.ipynb"
    _begin_long_cell(session, notebook)
    session.press("Return")
    session.type("typed_before = 1")
    session.keeps("typed_before = 1")
    session.kill()
    session.start()
    session.focus(notebook.name)
    _end_long_cell(session, notebook)
    assert session.sources(notebook)[1] == "typed_before = 1"


def test_an_upgrade_leaves_a_running_cell_and_what_is_kept(before_upgrade: DesktopSession, newer_deb: Path) -> None:
    session, notebook = before_upgrade, HOME / "upgraded.ipynb"
    worker = _begin_long_cell(session, notebook)
    session.root.bring(newer_deb, NEWER_DEB)
    session.root.install(str(NEWER_DEB))
    session.kill()
    session.start()
    session.focus(notebook.name)
    assert session.root.run("ps", "-o", "pid=", "-p", worker).strip() == worker
    _end_long_cell(session, notebook)
    assert NEWER in session.root.run("dpkg-query", "--show", PROGRAM)


def _restart(session: DesktopSession, notebook: Path) -> None:
    """Restart Python, and run the first cell in it until it printed something else than before."""
    before = session.outputs(notebook)[0]
    session.press("0", "0")
    session.focus("Restart Python")
    session.press("Return")
    session.focus(notebook.name)
    session.press("ctrl+Return")
    session.saved(notebook, lambda outputs: outputs[0] not in ("", before))


def test_an_application_goes_on_when_it_is_upgraded_under_way(before_upgrade: DesktopSession, newer_deb: Path) -> None:
    """Much of it is loaded when it is wanted; the Python after the next is started from the newer version's files."""
    session, notebook = before_upgrade, HOME / "going-on.ipynb"
    session.write_notebook(notebook, ["import os\nprint(os.getpid())", "# A heading"])
    session.open(notebook)
    session.press("Escape", "ctrl+Return")
    session.saved(notebook, lambda outputs: bool(outputs[0]))
    session.root.bring(newer_deb, NEWER_DEB)
    session.root.install(str(NEWER_DEB))
    session.press("Down", "m", "ctrl+Return", "Up")  # to Markdown, and shown as such
    for title, *keys in _DIALOGS:
        session.press(*keys)
        session.focus(title)
    session.press("Escape", "Escape")
    session.focus(notebook.name)
    _restart(session, notebook)
    _restart(session, notebook)
    assert session.kinds(notebook) == ["code", "markdown"]
    assert session.logged() == ""


def test_removal_leaves_nothing_outside_of_homes(installed: DebianRoot) -> None:
    """The last test of this file: afterwards nothing is installed."""
    installed.run("touch", str(HOME / ".kept"))
    installed.purge(PROGRAM)
    found = installed.run(
        "find",
        "/",
        "-xdev",
        "-path",
        "/proc",
        "-prune",
        "-o",
        "-path",
        "/dev",
        "-prune",
        "-o",
        "-iname",
        "*capsule*",
        "-print",
    )
    left = [
        line
        for line in found.split()
        if not line.startswith(("/home/", "/run/user/", "/tmp/", "/var/lib/apt/", "/root/"))
    ]
    assert left == []
    assert installed.run("find", "/usr", "-xdev", "-xtype", "l", "-lname", "*capsule*") == ""
    for cache in ("/usr/share/applications/mimeinfo.cache", "/usr/share/mime/globs2"):
        assert "capsule" not in installed.outside(cache).read_text(encoding="utf-8"), cache
