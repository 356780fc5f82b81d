"""How single kinds of objects are taken apart and put together again where cloudpickle would lose something.

Functions bind to a dict that exists (never to a copy of their globals), closures share their cells,
exceptions keep their causes and need no matching __init__, views and weak references keep what they
look at.  A reducer gives pickle's tuple; the rebuild functions are named in the file by REBUILDERS'
keys, so that a file does not depend on the name that this package was loaded under.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import sys
import threading
import types
import weakref
from typing import Any, Callable

from .refusals import Refused

Reduced = Any  # pickle's own protocol: a tuple of two to six, a string, or NotImplemented
BYTECODE = importlib.util.MAGIC_NUMBER  # changes with whatever makes code objects incompatible
_STATE = ("__name__", "__qualname__", "__defaults__", "__kwdefaults__", "__module__", "__doc__")
_LAZY_ANNOTATIONS = sys.version_info >= (3, 14)  # reading __annotations__ may raise there, __annotate__ does not
_CLASS_DICT = "__classdict__"  # the compiler's name for it
_CACHED_PROPERTY_FIELDS = ("func", "attrname", "__doc__")


# --- functions ----------------------------------------------------------------------------


def reduce_function(function: types.FunctionType) -> Reduced:
    """A function whose globals dict exists at load too: the live namespace or an importable module's."""
    fields = {name: getattr(function, name) for name in _STATE}
    lazily = "__annotate__" if _LAZY_ANNOTATIONS else "__annotations__"
    fields[lazily] = getattr(function, lazily)
    if type_params := getattr(function, "__type_params__", ()):
        fields["__type_params__"] = type_params
    arguments = (function.__code__, function.__globals__, _cells(function))
    return make_function, arguments, (fields, dict(function.__dict__)), None, None, set_function_state


def _cells(function: types.FunctionType) -> tuple[types.CellType, ...] | None:
    """Its closure.  What makes annotations in a class closes over all of the class's dict: of that, what it names."""
    code, closure = function.__code__, function.__closure__
    if closure is None or _CLASS_DICT not in code.co_freevars:
        return closure
    where = code.co_freevars.index(_CLASS_DICT)
    try:
        attributes = closure[where].cell_contents
    except ValueError:  # its class was never made
        return closure
    named = {name: attributes[name] for name in _names_in(code) if name in attributes}
    return *closure[:where], types.CellType(named), *closure[where + 1 :]


def _names_in(code: types.CodeType) -> set[str]:
    """All that it looks up in a class's dict: also what a function around that has, which is asked for second."""
    inner = (_names_in(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return {*code.co_names, *code.co_freevars}.union(*inner)


def make_function(code: types.CodeType, namespace: dict[str, Any], cells: Any) -> types.FunctionType:
    return types.FunctionType(code, namespace, None, None, cells)


def set_function_state(function: types.FunctionType, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    fields, attributes = state
    for name, value in fields.items():
        setattr(function, name, value)
    function.__dict__.update(attributes)


def reduce_cell(cell: types.CellType) -> Reduced:
    """Made empty and filled after, so that it may hold the function that closes over it."""
    try:
        contents = cell.cell_contents
    except ValueError:
        return make_cell, ()
    return make_cell, (), (contents,), None, None, fill_cell


def make_cell() -> types.CellType:
    return types.CellType()


def fill_cell(cell: types.CellType, state: tuple[object]) -> None:
    cell.cell_contents = state[0]


def make_code(bytecode: bytes, version: str, arguments: tuple[Any, ...]) -> types.CodeType:
    """Refuses bytecode of another Python: running it would crash this process."""
    if bytecode != BYTECODE:
        here = "{}.{}".format(*sys.version_info)
        raise Refused(f"it was made by Python {version} and this is Python {here}: run its cell again")
    return types.CodeType(*arguments)


def reduce_cached_call(wrapper: Any) -> Reduced:
    """functools.lru_cache's wrapper: by name it would only be found where it already is."""
    arguments = (wrapper.__wrapped__, wrapper.cache_parameters())
    return make_cached_call, arguments, dict(vars(wrapper)), None, None, set_vars


def make_cached_call(function: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    return functools.lru_cache(**parameters)(function)


def set_vars(instance: Any, attributes: dict[str, Any]) -> None:
    vars(instance).update(attributes)


def reduce_cached_property(found: Any) -> Reduced:
    """Before Python 3.12 it holds a lock, which would keep its whole class from being saved."""
    fields = {name: getattr(found, name) for name in _CACHED_PROPERTY_FIELDS}
    return make_cached_property, (), fields, None, None, set_vars


def make_cached_property() -> Any:
    made: Any = object.__new__(functools.cached_property)  # set_vars gives it its function
    if sys.version_info < (3, 12):
        made.lock = threading.RLock()
    return made


# --- exceptions ---------------------------------------------------------------------------


def reduce_exception(error: BaseException, reduced: Reduced) -> Reduced:
    """With its causes; a class from a cell is made without its own __init__, whose arguments nobody knows."""
    if not isinstance(reduced, tuple) or type(error).__reduce__ is not _exception_reduce(type(error)):
        return reduced
    kind, arguments, *rest = reduced
    state = (rest[0] if rest else None, error.__cause__, error.__context__, error.__suppress_context__)
    return make_exception, (kind, arguments), state, None, None, set_exception_state


def _exception_reduce(kind: type[BaseException]) -> object:
    return _builtin_base(kind).__reduce__


def _builtin_base(kind: type[BaseException]) -> type[BaseException]:
    return next(each for each in kind.__mro__ if each.__module__ == "builtins")


def make_exception(kind: type[BaseException], arguments: tuple[Any, ...]) -> BaseException:
    base = _builtin_base(kind)
    error = base.__new__(kind, *arguments)
    base.__init__(error, *arguments)
    return error


def set_exception_state(error: BaseException, state: tuple[Any, ...]) -> None:
    attributes, error.__cause__, error.__context__, error.__suppress_context__ = state
    if attributes:
        error.__setstate__(attributes)


# --- what looks at something else ---------------------------------------------------------


def reduce_weak_reference(reference: weakref.ref[Any]) -> Reduced:
    callback: object = reference.__callback__
    if callback is not None:
        raise Refused("a weak reference with a callback cannot be saved")
    return make_weak_reference, (reference(),)


def make_weak_reference(target: Any) -> weakref.ref[Any]:
    return weakref.ref(_Gone() if target is None else target)


class _Gone:
    """What a dead reference pointed to."""


def reduce_weak_mapping(mapping: Any) -> Reduced:
    return type(mapping), (), None, None, iter(list(mapping.items()))


def reduce_mapping_proxy(proxy: types.MappingProxyType[Any, Any]) -> Reduced:
    """Of the mapping itself, not of a copy: the proxy goes on showing its changes."""
    return types.MappingProxyType, (_looked_at(proxy),)


def reduce_dict_view(view: Any) -> Reduced:
    return make_dict_view, (_looked_at(view), type(view).__name__.rpartition("_")[2])


def make_dict_view(mapping: dict[Any, Any], which: str) -> Any:
    return getattr(mapping, which)()


def _looked_at(view: Any) -> Any:
    (mapping,) = gc.get_referents(view)
    return mapping


# --- modules ------------------------------------------------------------------------------


def module_globals(name: str) -> dict[str, Any]:
    """The dict that functions of an importable module run in."""
    __import__(name)
    return vars(sys.modules[name])


REBUILDERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        *(
            make_function,
            set_function_state,
            make_cell,
            fill_cell,
            make_code,
            make_cached_call,
            set_vars,
        ),
        *(
            make_cached_property,
            make_exception,
            set_exception_state,
            make_weak_reference,
            make_dict_view,
        ),
    )
}
