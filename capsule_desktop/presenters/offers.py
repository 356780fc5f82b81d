"""What would help a cell that failed for want of something: a package to install, or IPython for its magic.

Owns the offers below the cells of one notebook.  Each is about the newest run of its cell in a Python that lives: made
when that run ends, and gone when the cell runs again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.environments import FollowUp, Versions
from capsule_desktop.presenters.interpreters import InterpretersPresenter
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.surroundings import Surroundings
from capsule_desktop.widgets.banner import BannerButton, BannerView
from capsule_desktop.widgets.values import OfferView
from engine.commands import RestartKernel
from engine.events import Event, ExecutionFinished, ExecutionQueued, KernelEnded, KernelReady
from engine.interpreters.interpreter import Interpreter, Kind, Standing

NEEDS_IPYTHON = "NeedsIPython"  # how a plain shell says so
INSTALL_IPYTHON, RESTART = "install ipython", "restart with ipython"
IPYTHON = "ipython>=8"
OWN_LIMIT = 2000  # files of a folder that are looked at: it may be anybody's downloads
_IMPORTS = frozenset({"ModuleNotFoundError", "ImportError"})


@dataclass(frozen=True, kw_only=True)
class _Missing:
    """distribution: what is to be installed, "" where nothing helps."""

    execution_id: str
    distribution: str


class OffersPresenter:
    """run: runs cells again."""

    def __init__(
        self,
        parts: Parts,
        surroundings: Surroundings,
        interpreters: InterpretersPresenter,
        kept: KeptVariables,
        run: Callable[[Sequence[CellId]], None],
    ) -> None:
        self._parts, self._interpreters, self._kept, self._run = parts, interpreters, kept, run
        self._environments, self._catalogue = surroundings.environments, surroundings.catalogue
        self._missing: dict[CellId, _Missing] = {}
        self._is_ipython_told = False  # once a notebook is enough

    def take(self, event: Event) -> None:
        """After the runs and the interpreter know of it."""
        match event:
            case ExecutionQueued(cell_id=cell_id):
                self._drop(CellId(cell_id))
            case ExecutionFinished(error_type=error) if error in _IMPORTS:
                self._parts.tasks.spawn(self._look_at(event), name="look at a failed import")
            case ExecutionFinished(error_type=error) if error == NEEDS_IPYTHON and not self._is_ipython_told:
                self._is_ipython_told = True
                self._offer_ipython()
            case KernelReady(ipython_version=version) if version:
                self._parts.banners.drop(Topic.NEEDS_IPYTHON)
            case KernelEnded():
                self._parts.banners.drop(Topic.NEEDS_IPYTHON)
            case _:
                pass

    def taken(self, cell_id: CellId) -> None:
        """What is offered below the cell was pressed."""
        missing, interpreter = self._missing.get(cell_id), self._interpreters.current
        if missing is None:
            return
        if not missing.distribution:
            self._run([cell_id])
        elif interpreter is not None:
            self._environments.install(
                self._parts.window,
                interpreter,
                [missing.distribution],
                partial(self._installed, missing.distribution),
                make_environment=partial(self.make_environment, (missing.distribution,)),
                follow=FollowUp(label="Run the cell again", do=partial(self._run_if_there, cell_id)),
            )

    def make_environment(self, packages: Sequence[str] = ()) -> None:
        """Ask for a new environment of this notebook, for packages; it is what runs its cells from then on."""
        self._parts.tasks.spawn(self._make_environment(packages), name="new environment")

    # --- a failed import

    async def _look_at(self, event: ExecutionFinished) -> None:
        from engine.environments.module_names import MissingPart, what_is_missing

        interpreter, cell_id = self._interpreters.current, CellId(event.cell_id)
        folder = self._interpreters.folder
        own = await asyncio.to_thread(_own_modules, folder) if folder is not None else frozenset()
        version = "" if interpreter is None else interpreter.version
        found = what_is_missing(event.error_type, event.message, version=version, own=own)
        if found is None or not self._is_newest(cell_id, event.execution_id):
            return
        distribution = ""
        if isinstance(found, MissingPart):
            offer = OfferView(words=found.words)
        elif interpreter is None:
            return
        else:
            distribution = found.distribution
            where = "this notebook’s environment" if interpreter.kind is Kind.FOLDER else interpreter.name
            offer = install_offer(distribution, where, nearest=found.nearest)
        missing = _Missing(execution_id=event.execution_id, distribution=distribution)
        self._show(cell_id, offer, missing if distribution else None)

    def _installed(self, distribution: str, versions: Versions) -> None:
        """Whatever cells missed it."""
        name, version = next(iter(versions.items()), (distribution, ""))
        done = OfferView(words=f"{name} {version}".rstrip() + " was installed.", label="Run the cell again")
        for cell_id, missing in tuple(self._missing.items()):
            if missing.distribution == distribution:
                self._show(cell_id, done, replace(missing, distribution=""))

    def _run_if_there(self, cell_id: CellId) -> None:
        if cell_id in self._parts.document:
            self._run([cell_id])

    def _is_newest(self, cell_id: CellId, execution_id: str) -> bool:
        return cell_id in self._parts.document and self._parts.runs.of(cell_id).execution_id == execution_id

    def _show(self, cell_id: CellId, offer: OfferView, missing: _Missing | None) -> None:
        self._parts.cells.offers[cell_id] = offer
        if missing is not None:
            self._missing[cell_id] = missing
        if cell_id in self._parts.document:
            self._parts.view.cell_changed(cell_id)

    def _drop(self, cell_id: CellId) -> None:
        self._missing.pop(cell_id, None)
        if self._parts.cells.offers.pop(cell_id, None) is not None and cell_id in self._parts.document:
            self._parts.view.cell_changed(cell_id)

    # --- IPython

    def _offer_ipython(self) -> None:
        current = self._interpreters.current
        if current is None:
            return
        text = f"Magics such as %%bash need IPython, which {current.name} does not have."
        button = BannerButton(label="Install IPython", key=INSTALL_IPYTHON)
        self._parts.banners.show(
            Topic.NEEDS_IPYTHON, BannerView(text=text, buttons=(button,)), partial(self._on_banner, current)
        )

    def _on_banner(self, interpreter: Interpreter, key: str) -> None:
        match key:
            case str() if key == INSTALL_IPYTHON:
                self._environments.install(
                    self._parts.window,
                    interpreter,
                    [IPYTHON],
                    self._ipython_installed,
                    make_environment=self.make_environment,
                    follow=FollowUp(label="Restart Python", do=self._restart),
                )
            case str() if key == RESTART:
                self._restart()
            case _:
                pass

    def _ipython_installed(self, versions: Versions) -> None:
        last = self._kept.last
        back = "" if last is None else f" The variables as after {self._parts.mention(CellId(last.cell_id))} come back."
        text = (
            f"IPython {versions.get('ipython', '')}".rstrip() + f" was installed; Python uses it once restarted.{back}"
        )
        button = BannerButton(label="Restart Python", key=RESTART)
        self._parts.banners.show(
            Topic.NEEDS_IPYTHON, BannerView(text=text, buttons=(button,)), lambda key: self._restart()
        )

    def _restart(self) -> None:
        """With its variables, as far as a checkpoint has them."""
        self._parts.banners.drop(Topic.NEEDS_IPYTHON)
        self._parts.submit(RestartKernel(with_variables=self._kept.last is not None))

    # --- an environment of its own

    async def _make_environment(self, packages: Sequence[str]) -> None:
        folder = self._interpreters.folder
        found = await self._catalogue.found(folder)
        bases = [one for one in found if one.standing is Standing.USABLE and one.kind is not Kind.FOLDER]
        await self._environments.create(self._parts.window, folder, sorted(bases, key=_as_base), self._made, packages)

    def _made(self, python: Path) -> None:
        self._parts.tasks.spawn(self._interpreters.take_made(python), name="use the new environment")


def install_offer(distribution: str, where: str, *, nearest: str) -> OfferView:
    """nearest: what may have been meant instead, "" for nothing; then the button says which of the two it installs."""
    words = f"{distribution} is not installed in {where}."
    if not nearest:
        return OfferView(words=words, label="Install")
    return OfferView(words=f"{words} Did you mean {nearest}?", label=f"Install {distribution}")


_BASES = {Kind.SYSTEM: 0, Kind.PYENV: 1, Kind.UV: 2, Kind.CONDA: 3, Kind.VENV: 4, Kind.OWN: 5, Kind.FOLDER: 6}


def _as_base(one: Interpreter) -> tuple[int, tuple[int, ...]]:
    """Whole Pythons before environments, newer before older."""
    numbers = tuple(-int(part) for part in one.version.split(".") if part.isdigit())
    return min(_BASES[one.kind], 4), numbers


def _own_modules(folder: Path) -> frozenset[str]:
    """What the user's own files beside the notebook, and one folder further down, can be imported as."""
    try:
        files = [path for pattern in ("*.py", "*/*.py") for path in islice(folder.glob(pattern), OWN_LIMIT)]
    except OSError:
        return frozenset()
    return frozenset({path.stem for path in files} | {path.parent.name for path in files if path.parent != folder})
