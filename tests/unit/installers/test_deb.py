"""The Debian package's own fields, and how its tree is made the same for everybody."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from installers.linux.deb import MAINTAINER, changelog, control
from installers.linux.share import FILES
from installers.linux.tree import settle, write_compressed
from installers.project import Project, read_project

EPOCH = 1_700_000_000


def _project(version: str) -> Project:
    return Project(name="capsule-desktop", version=version, summary="", epoch=EPOCH)


@pytest.mark.parametrize(
    ("version", "debian"),
    [("0.1.0", "0.1.0"), ("1.0rc1", "1.0~rc1"), ("1.0a2", "1.0~a2"), ("1.0.dev3", "1.0~dev3")],
)
def test_a_pre_release_sorts_before_its_release(version: str, debian: str) -> None:
    assert _project(version).debian_version == debian
    if debian != version and shutil.which("dpkg"):
        release = re.sub(r"~.*", "", debian)
        assert subprocess.run(["dpkg", "--compare-versions", debian, "lt", release], check=False).returncode == 0


def test_control_has_the_fields_that_dpkg_wants() -> None:
    text = control(_project("0.1.0"), "amd64", "libc6 (>= 2.36)", 1234)
    fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == ("capsule-desktop", "0.1.0", "amd64")
    assert fields["Installed-Size"] == "1234"
    assert "python3" not in fields["Depends"]  # any Python will do, also one that is not the system's
    assert fields["Recommends"].startswith("python3 (>= 3.10), python3-venv")
    assert all(len(line) <= 80 for line in text[text.index("Description") :].splitlines())


def test_the_changelog_is_dated_by_the_commit() -> None:
    text = changelog(_project("0.1.0"))
    assert text.startswith("capsule-desktop (0.1.0) unstable; urgency=")
    assert text.endswith(f"\n -- {MAINTAINER}  Tue, 14 Nov 2023 22:13:20 +0000\n")


def test_a_tree_has_fixed_modes_and_times(tmp_path: Path) -> None:
    folder = tmp_path / "usr"
    folder.mkdir(mode=0o700)
    (folder / "text").write_text("x")
    (folder / "text").chmod(0o600)
    (folder / "program").write_bytes(b"\x7fELF")
    (folder / "library.so").write_bytes(b"\x7fELF")
    (folder / "run.sh").touch()
    (folder / "link").symlink_to("text")
    settle(tmp_path, EPOCH)
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.iterdir())}
    del modes["link"]
    assert modes == {"usr": 0o755, "text": 0o644, "program": 0o755, "library.so": 0o644, "run.sh": 0o755}
    assert {path.lstat().st_mtime for path in (folder, *folder.iterdir())} == {EPOCH}


def test_what_is_compressed_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write_compressed(tmp_path / name, "text")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_every_exception_from_debians_rules_has_its_reason() -> None:
    explained = False
    for line in (FILES / "lintian-overrides").read_text().splitlines():
        if line.startswith("#"):
            explained = True
        else:
            assert explained, line
            assert re.fullmatch(r"capsule-desktop: [a-z0-9-]+( .*)?", line)


def test_the_project_is_dated_by_its_last_commit_or_by_a_fixed_day(tmp_path: Path) -> None:
    assert read_project().epoch > EPOCH
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\ndescription = ""\n')
    assert read_project(tmp_path).epoch == read_project(tmp_path).epoch
