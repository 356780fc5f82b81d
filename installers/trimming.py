"""What of the application's Python world goes into a frozen build, and what stays out; names in, decisions out.

Asked by capsule-desktop.spec on every system.  The rule for libraries: bundled are Python, its packages and Qt;
everything else is the system's, so that its security fixes and its fonts, input methods and drivers are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

# Imported by something that is frozen, and never by what the application does
EXCLUDED_MODULES = (
    "IPython",  # the worker's, which runs in the user's Python
    "cloudpickle",  # travels as source
    "PIL",
    "matplotlib",
    "matplotlib_inline",
    "numpy",
    "pandas",
    "jedi",
    "parso",
    "prompt_toolkit",
    "psutil",
    "engine.worker",  # travels as source
    "PySide6.QtNetwork",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtPrintSupport",
    "PySide6.QtTest",
    "tkinter",
    "_tkinter",
    "curses",
    "readline",
    "lib2to3",
    "pydoc_data",
    "ensurepip",
    "idlelib",
    "turtledemo",
    "distutils",
    "setuptools",
    "pkg_resources",
    "pip",
    "pytest",
    "_pytest",
    "hypothesis",
    "mypy",
    "zmq",
    "tornado",
    "jupyter_client",
    "ipykernel",
    "uvloop",
    "brotli",
    "aiodns",
    "ossaudiodev",
    "audioop",
    "nis",
    "spwd",
    "_crypt",
    "test",
    "multiprocessing",  # of a kind of concurrent.futures that nothing here makes
    "xmlrpc",
    "pydoc",  # for rich.markdown's own command line
    "_pydecimal",  # in place of C modules, which are here
    "_pydatetime",
)

# PyInstaller's code before ours, on Linux: it loaded 90 modules and QtCore, 100 ms, for what nothing of ours uses
# (multiprocessing, the files of modules, warnings of traitlets); linux/plugins_hook.py is there for the last
UNWANTED_HOOKS = frozenset(
    {"pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_multiprocessing", "pyi_rth_traitlets", "pyi_rth_pyside6"}
)

# Qt's plugins, by folder; a folder that is not named here is left out whole
WANTED_PLUGINS: dict[str, tuple[str, ...]] = {
    "platforms": ("qxcb", "qwayland", "qoffscreen", "qwindows", "qcocoa"),
    "platformthemes": ("qxdgdesktopportal",),
    "platforminputcontexts": ("compose", "ibus"),
    "iconengines": ("qsvgicon",),
    "imageformats": ("qgif", "qjpeg", "qsvg", "qwebp", "qico", "qicns"),
    "xcbglintegrations": (),
    "wayland-shell-integration": ("xdg-shell",),
    "wayland-decoration-client": ("bradient", "adwaita"),
    "wayland-graphics-integration-client": (),
    "styles": ("qwindowsvistastyle", "qmodernwindowsstyle", "qmacstyle"),
}

_PLUGINS = ("PySide6/Qt/plugins/", "PySide6/plugins/")
_QT_LIBRARIES = ("PySide6/Qt/lib/", "PySide6/")
_BUNDLED_LIBRARIES = ("libpython", "libQt6", "libicu", "libpyside6", "libshiboken6")


def is_wanted_file(name: str) -> bool:
    """Whether a data file or library belongs into the build; `name` is where it would be there."""
    path = PurePosixPath(name.replace("\\", "/"))
    for plugins in _PLUGINS:
        if str(path).startswith(plugins):
            return _is_wanted_plugin(path.relative_to(plugins))
    parts = path.parts
    return not (
        {"translations", "qml", "tests", "benchmarks", "__pycache__"} & set(parts)
        or path.suffix in {".pyi", ".pyx", ".pxd", ".c", ".h"}
        or any(part.endswith((".dist-info", ".egg-info")) for part in parts)
    )


def _is_wanted_plugin(path: PurePosixPath) -> bool:
    wanted = WANTED_PLUGINS.get(path.parts[0], ())
    return any(path.stem.removeprefix("lib").startswith(name) for name in wanted)


def is_systems_library(name: str) -> bool:
    """Whether a Linux library is left to the system: a plain lib*.so* that is neither Python's nor Qt's."""
    file = PurePosixPath(name).name
    return (
        file.startswith("lib")
        and ".so" in file
        and not (file.startswith(_BUNDLED_LIBRARIES) or _is_plugin(name) or name.startswith("PySide6/Qt/lib/"))
    )


def _is_plugin(name: str) -> bool:
    return any(name.startswith(plugins) for plugins in _PLUGINS)


def needed(names: Sequence[str], needs: Callable[[str], Iterable[str]]) -> list[str]:
    """Those of `names` that are no Qt library, or that one of these needs, directly or through another.

    needs(name) gives the file names of the libraries that a file is linked to.  PyInstaller collects what
    plugins need before any of them is left out here.
    """
    libraries = {PurePosixPath(name).name: name for name in names if _is_qt_library(name)}
    kept = [name for name in names if not _is_qt_library(name)]
    waiting = list(kept)
    seen: set[str] = set()
    while waiting:
        for library in needs(waiting.pop()):
            found = libraries.get(PurePosixPath(library).name)
            if found is not None and found not in seen:
                seen.add(found)
                waiting.append(found)
    return [name for name in names if name in seen or not _is_qt_library(name)]


def _is_qt_library(name: str) -> bool:
    file = PurePosixPath(name).name
    is_library = file.startswith(("libQt6", "Qt6", "libicu", "opengl32sw", "d3dcompiler"))
    return is_library and name.replace("\\", "/").startswith(_QT_LIBRARIES) and not _is_plugin(name)
