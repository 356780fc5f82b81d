"""What may stand at the cursor: names, attributes, keys, modules to import and magics.

Attributes are looked up without running properties where Python lets one.  Called between cells only.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import pkgutil
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..shell import Match

_IMPORT = re.compile(r"\s*(?:import\s+(?:.*,\s*)?|from\s+)(?P<module>[\w.]*)\Z")
_FROM = re.compile(r"\s*from\s+(?P<module>[\w.]+)\s+import\s+(?:.*,\s*)?\(?\s*(?P<name>\w*)\Z")
_KEY = re.compile(r"(?P<object>[^\W\d][\w.]*)\[(?P<quote>['\"])(?P<key>[^'\"]*)\Z")
_NAME = re.compile(r"(?P<object>(?:[^\W\d]\w*\.)*)(?P<name>\w*)\Z")
_MAGIC = re.compile(r"\s*(?P<marks>%{1,2})(?P<name>\w*)\Z")
_MISSING = object()


class Completer:
    """Completes in one namespace."""

    def __init__(self, namespace: Mapping[str, Any], line_magics: Iterable[str], cell_magics: Iterable[str]) -> None:
        self._namespace = namespace
        self._magics = {"%": sorted(line_magics), "%%": sorted(cell_magics)}

    def complete(self, code: str, cursor: int) -> list[Match]:
        line = code[:cursor].rpartition("\n")[2]
        prefix, found = self._found(line)
        start = cursor - len(prefix)
        hidden = () if prefix.startswith("_") else ("_",)
        return [
            Match(text, kind, start, cursor)
            for text, kind in found
            if text.startswith(prefix) and not text.startswith(hidden)
        ]

    def _found(self, line: str) -> tuple[str, Iterable[tuple[str, str | None]]]:
        if found := _MAGIC.match(line):
            return found["name"], [(name, "magic") for name in self._magics[found["marks"]]]
        if found := _FROM.match(line):
            return found["name"], [(name, None) for name in _exported(found["module"])]
        if found := _IMPORT.match(line):
            package, _, prefix = found["module"].rpartition(".")
            return prefix, [(name, "module") for name in _modules(package)]
        if found := _KEY.search(line):
            return found["key"], [(key, "dict key") for key in self._keys(found["object"])]
        found = _NAME.search(line)
        assert found is not None  # it matches nothing, too
        if not found["object"]:
            return found["name"], self._names()
        value = self._value(found["object"].rstrip("."))
        return found["name"], [] if value is _MISSING else _attributes(value)

    def _names(self) -> Iterator[tuple[str, str | None]]:
        known: dict[str, Any] = {**vars(builtins), **self._namespace}
        for name in sorted(name for name in known if isinstance(name, str)):
            yield name, _kind(known[name])
        for name in sorted(set(keyword.kwlist) - known.keys()):
            yield name, "keyword"

    def _value(self, path: str) -> Any:
        first, *rest = path.split(".")
        value = self._namespace.get(first, getattr(builtins, first, _MISSING))
        for name in rest:
            if value is _MISSING or isinstance(inspect.getattr_static(value, name, None), property):
                return _MISSING
            value = getattr(value, name, _MISSING)
        return value

    def _keys(self, path: str) -> list[str]:
        value = self._value(path)
        keys = value.keys() if isinstance(value, dict) else getattr(value, "columns", ())
        return [key for key in keys if isinstance(key, str)]


def _attributes(value: Any) -> Iterator[tuple[str, str | None]]:
    for name in dir(value):
        yield name, _kind(inspect.getattr_static(value, name, None))


def _kind(value: Any) -> str | None:
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, type):
        return "class"
    if isinstance(value, property):
        return "property"
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, staticmethod, classmethod)):
        return "function"
    return "instance"


def _modules(package: str) -> list[str]:
    """Of the import path, or of a package that was imported: nothing is imported for it."""
    if not package:
        names = {each.name for each in pkgutil.iter_modules()} | set(sys.builtin_module_names) | sys.stdlib_module_names
        return sorted(names)
    path = getattr(sys.modules.get(package), "__path__", None)
    return [] if path is None else sorted(each.name for each in pkgutil.iter_modules(path))


def _exported(module: str) -> list[str]:
    loaded = sys.modules.get(module)
    return sorted({*(dir(loaded) if loaded is not None else ()), *_modules(module)})
