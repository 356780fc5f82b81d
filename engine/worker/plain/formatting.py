"""What a value is shown as: its `_repr_*_` methods as a MIME bundle, text/plain always.

The protocol is IPython's, which libraries write for: `_ipython_display_`, `_repr_mimebundle_`, then one method a
type.  A method that fails is told by `complain`, and the other types are used.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .figures import figure_png
from .pretty import pretty

PLAIN = "text/plain"
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "application/pdf": "_repr_pdf_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}
_CANARY = "_ipython_canary_method_should_not_exist_"  # IPython's: an object that has it answers to any name


@dataclass
class Bundle:
    """data by MIME type, and what is said of it; none where the object showed itself."""

    data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    def take(self, mime: str, answer: Any) -> None:
        """What a method gave: the data, or the data and its metadata."""
        data, metadata = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        if data is not None:
            self.data[mime] = data
            if metadata is not None:
                self.metadata[mime] = metadata


@dataclass(frozen=True)
class Wanted:
    """Which types: those of include (None for all) without those of exclude."""

    include: Container[str] | None = None
    exclude: Container[str] = ()

    def __contains__(self, mime: str) -> bool:
        return (self.include is None or mime in self.include) and mime not in self.exclude


def bundle_of(value: Any, wanted: Wanted, complain: Callable[[], None]) -> Bundle:
    """How value is shown.  complain: called where a method of the value's raises, within its handling."""
    with _told(complain) as done:
        show = _method(value, "_ipython_display_")
        if show is not None:
            show()
            done.append(True)
    if done:
        return Bundle()
    bundle = _mime_bundle(value, wanted, complain)
    for mime in (PLAIN, *_METHODS):
        if mime not in bundle.data and mime in wanted:
            with _told(complain):
                bundle.take(mime, _by_type(value, mime))
    return bundle


def _mime_bundle(value: Any, wanted: Wanted, complain: Callable[[], None]) -> Bundle:
    bundle = Bundle()
    with _told(complain):
        method = _method(value, "_repr_mimebundle_")
        answer: Any = None if method is None else method(include=wanted.include, exclude=wanted.exclude or None)
        data: Any
        metadata: Any
        data, metadata = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, {})
        bundle.data = {mime: each for mime, each in (data or {}).items() if mime in wanted}
        bundle.metadata = {mime: each for mime, each in (metadata or {}).items() if mime in wanted}
    return bundle


def _by_type(value: Any, mime: str) -> Any:
    if mime == PLAIN:
        return pretty(value)
    if mime == "image/png" and (png := figure_png(value)) is not None:
        return png
    method = _method(value, _METHODS[mime])
    return None if method is None else method()


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    """The method of an instance that means it: not of a class, not of an object that answers to everything."""
    if isinstance(value, type) or getattr(value, _CANARY, None) is not None:
        return None
    method = getattr(value, name, None)
    return method if callable(method) else None


@contextmanager
def _told(complain: Callable[[], None]) -> Iterator[list[bool]]:
    try:
        yield []
    except NotImplementedError:
        pass  # how a method says that it has nothing for this value
    except Exception:  # noqa: BLE001  # running a cell: a method of the user's, or of a library's
        complain()
