"""Where Pythons are kept on this machine: the folders of each tool, by its own rules.  Lists, and reads no interpreter.

home and the environment's variables decide; root is "/" but in tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.file_system import own_user
from engine.interpreters.interpreter import Kind
from engine.interpreters.untrusted_files import (
    Unreadable,
    folders_in,
    is_file,
    is_folder,
    is_there,
    owner_of,
    small_text,
)

FOLDERS_OWN = (".venv", "venv", "env")
_PROJECT_MARKS = ("pyproject.toml", ".git", "uv.lock")
_PARENTS_LIMIT = 20  # folders upwards, where no mark says that the project ends

_OF_VIRTUALENVS = (
    *(".virtualenvs", "venvs", ".venvs", "envs", ".envs", "virtualenvs"),
    *("Library/Caches/pypoetry/virtualenvs", "Library/Application Support/hatch/env/virtual"),
)
_CONDA_ROOTS = (
    *("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "mambaforge3", "miniconda", "anaconda"),
    *("conda", ".conda", ".local/share/mamba", ".mamba", "opt/miniconda3", "opt/anaconda3", "miniforge"),
)
_CONDA_OF_ALL = (
    *("opt/conda", "opt/miniconda3", "opt/anaconda3", "opt/miniforge3", "opt/mambaforge", "opt/miniconda"),
    *("opt/homebrew/Caskroom/miniforge/base", "opt/homebrew/Caskroom/miniconda/base", "usr/local/anaconda3"),
)
_PROGRAM_FOLDERS = ("usr/bin", "usr/local/bin", "opt/homebrew/bin", "bin")
_MACOS_FRAMEWORKS = "Library/Frameworks/Python.framework/Versions"


@dataclass(frozen=True)
class Places:
    """The places of one user."""

    home: Path
    environment: Mapping[str, str]
    root: Path = Path("/")

    def active_environments(self) -> list[Path]:
        """What the shell that started us had activated."""
        return [folder for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if (folder := self._named(name))]

    def environments(self) -> Iterator[Path]:
        """Folders that may be environments, of every tool that keeps them in one place."""
        for name in FOLDERS_OWN:
            yield self.home / name
        for folder in self._folders_of_virtualenvs():
            yield from folders_in(folder)
        for project in folders_in(self._data / "hatch/env/virtual"):
            for hashed in folders_in(project):
                yield hashed
                yield from folders_in(hashed)
        yield from self._conda_environments()

    def installations(self) -> Iterator[tuple[Path, Kind]]:
        """Prefixes of the Pythons that version managers installed; pyenv keeps virtual environments among them."""
        for folder in folders_in(self.pyenv / "versions"):
            yield folder, Kind.PYENV
        asdf = self._named("ASDF_DATA_DIR") or self.home / ".asdf"
        mise = self._named("MISE_DATA_DIR") or self._data / "mise"
        for manager in (asdf, mise):
            for folder in folders_in(manager / "installs/python"):
                yield folder, Kind.PYENV
        uv = self._named("UV_PYTHON_INSTALL_DIR") or self._data / "uv/python"
        for folder in folders_in(uv):
            yield folder, Kind.UV

    def conda_roots(self) -> Iterator[Path]:
        """Where conda and its like are installed, whichever of them are there."""
        candidates = [self.home / name for name in _CONDA_ROOTS] + [self.root / name for name in _CONDA_OF_ALL]
        if named := self._named("MAMBA_ROOT_PREFIX"):
            candidates.append(named)
        yield from filter(is_folder, candidates)

    def program_folders(self) -> Iterator[Path]:
        """bin folders with the system's Pythons, PATH's after those that every system has."""
        for name in _PROGRAM_FOLDERS:
            yield self.root / name
        for version in folders_in(self.root / _MACOS_FRAMEWORKS):
            yield version / "bin"
        for part in self.environment.get("PATH", "").split(":"):
            folder = Path(part)
            if folder.is_absolute() and folder.name != "shims":  # pyenv's, asdf's and mise's are no interpreters
                yield folder

    @property
    def pyenv(self) -> Path:
        return self._named("PYENV_ROOT") or self.home / ".pyenv"

    @property
    def _data(self) -> Path:
        return self._named("XDG_DATA_HOME") or self.home / ".local/share"

    def _folders_of_virtualenvs(self) -> Iterator[Path]:
        for name in _OF_VIRTUALENVS:
            yield self.home / name
        if named := self._named("WORKON_HOME"):
            yield named
        cache = self._named("XDG_CACHE_HOME") or self.home / ".cache"
        yield cache / "pypoetry/virtualenvs"
        yield self._data / "virtualenvs"  # pipenv
        yield self._data / "pdm/venvs"

    def _conda_environments(self) -> Iterator[Path]:
        for base in self.conda_roots():
            yield base
            yield from folders_in(base / "envs")
        for part in self.environment.get("CONDA_ENVS_PATH", "").split(":"):
            if Path(part).is_absolute():
                yield from folders_in(Path(part))
        try:
            lines = (small_text(self.home / ".conda/environments.txt") or "").splitlines()
        except Unreadable:
            return
        yield from (Path(line.strip()) for line in lines if Path(line.strip()).is_absolute())

    def _named(self, variable: str) -> Path | None:
        folder = Path(self.environment.get(variable) or ".")
        return folder if folder.is_absolute() else None


def notebook_environments(folder: Path, home: Path) -> Iterator[Path]:
    """Where a notebook's own environment may be: beside it, and upwards to where its project begins.

    Beside it alone where no mark says that it is part of a project.  Above it only what is the user's, the system's
    or the notebook folder's owner's: anybody may put a .venv into /tmp.
    """
    yield from (folder / name for name in FOLDERS_OWN)
    owners = {own_user(), 0, owner_of(folder)}
    above = []
    for _, parent in zip(range(_PARENTS_LIMIT), (folder, *folder.parents), strict=False):
        above += [parent / name for name in FOLDERS_OWN if parent != folder]
        if parent == home or any(is_there(parent / mark) for mark in _PROJECT_MARKS):
            yield from (one for one in above if owner_of(one) in owners)
            return


def project_of(folder: Path, home: Path) -> Path | None:
    """The folder that a notebook's project begins at, all of which may be somebody else's work.

    Its own folder where no mark says more; None where that holds the home folder, and so the user's own environments.
    """
    if home == folder or folder in home.parents:
        return None
    for _, parent in zip(range(_PARENTS_LIMIT), (folder, *folder.parents), strict=False):
        if parent == home or parent in home.parents:
            break
        if any(is_there(parent / mark) for mark in _PROJECT_MARKS):
            return parent
    return folder


def has_developer_tools(root: Path) -> bool:
    """macOS: /usr/bin/python3 asks to install these where they are not there, and is no Python until then."""
    is_macos = is_folder(root / "System/Library/CoreServices")
    return not is_macos or is_file(root / "Library/Developer/CommandLineTools/usr/bin/python3")
