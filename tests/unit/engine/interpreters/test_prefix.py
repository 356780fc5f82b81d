"""Where the packages of a prefix are looked for."""

from __future__ import annotations

from pathlib import Path

from engine.interpreters.prefix import site_folders


def shown(prefix: Path) -> list[str]:
    return [str(folder.relative_to(prefix)) for folder in site_folders(prefix, "3.12.1")]


def test_a_lib64_of_its_own_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "lib64").mkdir()
    assert "lib64/python3.12/site-packages" in shown(tmp_path)


def test_a_lib64_that_is_the_lib_is_looked_into_once(tmp_path: Path) -> None:
    (tmp_path / "lib64").symlink_to("lib")
    assert shown(tmp_path) == [
        "lib/python3.12/site-packages",
        "lib/python3.12t/site-packages",
        "lib/python3.12/dist-packages",
        "lib/python3/dist-packages",
    ]


def test_what_was_installed_below_local_is_looked_into_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    local = [folder for folder in shown(tmp_path) if folder.startswith("local/")]
    assert local == [
        *(f"local/{lib}/python3.12{threads}/site-packages" for lib in ("lib", "lib64") for threads in ("", "t")),
        "local/lib/python3.12/dist-packages",
    ]
