"""matplotlib in cells without matplotlib_inline: figures are shown at the end of a cell, and by show() at once.

Nothing is imported before the user imports matplotlib; a finder on sys.meta_path notices that and makes BACKEND its
backend, in this process alone: an environment variable would reach programs that have no such module.  What is
shown, and how, is as the inline backend of Jupyter has it: PNG, bbox_inches="tight", figures closed behind it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from types import ModuleType
from typing import Any

BACKEND = "_capsule_inline"
Show = Callable[[Any, dict[str, Any]], None]  # a figure, and what is said of it


class Figures:
    """The figures of the cells.  show: displays one."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._was_drawn = False  # a figure was made since the last time they were shown

    def follow(self) -> None:
        """From now on matplotlib, when it is imported, shows its figures here."""
        sys.meta_path.insert(0, _Finder(self))
        if "matplotlib" in sys.modules:
            _choose_backend(sys.modules["matplotlib"])

    def take_over(self) -> None:
        """`%matplotlib inline`: after another backend was chosen.  Raises ImportError without matplotlib."""
        importlib.import_module("matplotlib").use(f"module://{BACKEND}")

    def flush(self) -> None:
        """At the end of a cell: show what it drew."""
        if self._was_drawn:
            self.show()

    def note(self) -> None:
        """One was made, in interactive mode."""
        self._was_drawn = True

    def show(self, close: bool | None = None, block: bool | None = None) -> None:  # matplotlib's
        """Show all that are open; they are closed behind that."""
        helpers = sys.modules["matplotlib._pylab_helpers"]
        self._was_drawn = False
        try:
            for manager in helpers.Gcf.get_all_fig_managers():
                figure = manager.canvas.figure
                self._show(figure, background_of(figure))
        finally:
            if close is not False:
                helpers.Gcf.destroy_all()


def figure_png(value: Any) -> bytes | None:
    """A figure of matplotlib's as Jupyter shows it; None for anything else, and for an empty one."""
    module = sys.modules.get("matplotlib.figure")
    if module is None or not isinstance(value, module.Figure) or not (value.axes or value.lines):
        return None
    file = BytesIO()
    value.canvas.print_figure(
        file,
        format="png",
        facecolor=value.get_facecolor(),
        edgecolor=value.get_edgecolor(),
        dpi=value.dpi,
        bbox_inches="tight",
    )
    return file.getvalue()


def background_of(figure: Any) -> dict[str, Any]:
    """Which background a transparent figure wants: light labels a dark one."""
    colors = sys.modules["matplotlib.colors"]
    if colors.to_rgba(figure.get_facecolor())[3] >= 0.5:
        return {}
    axes = [axis for each in figure.axes for axis in (each.xaxis, each.yaxis)]
    light = {_is_light(colors.to_rgba(label.get_color())) for axis in axes for label in axis.get_ticklabels()}
    return {"needs_background": "dark" if light.pop() else "light"} if len(light) == 1 else {}


def _is_light(color: Sequence[float]) -> bool:
    """By luma (ITU-R BT.601)."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 0.5


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the backend's module, and sees matplotlib being imported."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == BACKEND:
            return importlib.machinery.ModuleSpec(name, _BackendLoader(self._figures))
        if name != "matplotlib":
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _call_behind(spec.loader, _choose_backend)
                return spec
        return None


def _call_behind(loader: Any, then: Callable[[ModuleType], None]) -> None:
    """Once, when loader has run its module."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        loader.exec_module = execute
        execute(module)
        then(module)

    loader.exec_module = exec_module


def _choose_backend(matplotlib: Any) -> None:
    """Ours, and interactive as in Jupyter, unless the environment names one."""
    if not os.environ.get("MPLBACKEND"):
        dict.__setitem__(matplotlib.rcParams, "backend", f"module://{BACKEND}")
        dict.__setitem__(matplotlib.rcParams, "interactive", True)


class _BackendLoader(importlib.abc.Loader):
    """Makes the backend's module, out of memory: the files of this package may be of another version by now."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: Any) -> None:
        agg: Any = importlib.import_module("matplotlib.backends.backend_agg")
        matplotlib: Any = importlib.import_module("matplotlib")
        figures = self._figures

        class FigureCanvas(agg.FigureCanvasAgg):  # type: ignore[misc]  # matplotlib's class is known at run time
            """Agg's, which draws when it is shown and not after each change."""

            def draw_idle(self, *_: Any, **__: Any) -> None:
                """Nothing: nobody sees it yet."""

        def given(number: Any, figure: Any) -> Any:
            manager = agg.FigureManagerBase(FigureCanvas(figure), number)
            if matplotlib.is_interactive():
                figures.note()
            return manager

        def new(number: Any, *args: Any, FigureClass: Any = None, **options: Any) -> Any:  # noqa: N803
            kind = FigureClass or importlib.import_module("matplotlib.figure").Figure
            return given(number, kind(*args, **options))

        module.FigureCanvas, module.FigureManager = FigureCanvas, agg.FigureManagerBase
        module.new_figure_manager, module.new_figure_manager_given_figure = new, given
        module.show, module.draw_if_interactive = figures.show, lambda: None
