"""The pickler of checkpoints: cloudpickle's, with references to what exists at load (unpickler.py resolves them).

A Scope is what one save knows: the live namespace and the classes met so far.  The namespace dict, the
dicts of modules, the shell, streams and shared random generators are written as references.  So is a
class defined in a cell: it has an item of its own in the file, so that its instances in many variables
do not tie those together.  Used by drafts.py.
"""

from __future__ import annotations

import collections
import enum
import functools
import pickle
import sys
import types
import typing
import weakref
from typing import Any, Callable, Iterable

from . import arrays, classes, cloudpickling, reducers
from .cloudpickling import cloudpickle
from .limits import Allowance, MeteredStream
from .refusals import Refused, refusal
from .unpickler import FLAT, REBUILDERS, load_isolated, shell_of

Reduced = Any  # pickle's own protocol: a tuple of two to six, a string, or NotImplemented
_OUT_OF_BAND_BYTES = 4096  # smaller buffers stay in the stream
_SHARED_BYTES = 65536  # bytes and str from this size are worth storing once for several variables
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made at run time, not static in C
_SCALARS = frozenset((type(None), bool, int, complex, range, slice, tuple, frozenset, types.ModuleType))
_CONSTANTS = (  # one object to a process: streams, what random.random() and the like draw from, not-a-numbers
    *(f"sys:{name}" for name in ("__stdin__", "__stdout__", "__stderr__", "stdin", "stdout", "stderr")),
    *("random:_inst", "numpy.random.mtrand:_rand", "math:nan", "numpy:nan"),
    *("typing:Union", "typing:_TypedDict"),  # a name that leads to another object, here or in another Python
)
_VIEW_TYPES = tuple(
    type(getattr(kind(), which)()) for kind in (dict, collections.OrderedDict) for which in ("keys", "values", "items")
)


class Scope:
    """What one save knows.  classes: those defined in cells, in the order in which they were met."""

    def __init__(self, namespace: dict[str, object], allowance: Allowance) -> None:
        self.namespace = namespace
        self.allowance = allowance
        self.classes: list[type] = []
        self._class_numbers: dict[int, tuple[int | None, type]] = {}  # by id: a metaclass may forbid hashing
        self._nans: dict[int, tuple[int, float]] = {}  # by id, each kept alive
        self.references = dict(_references(namespace))

    def class_number(self, kind: type) -> int | None:
        """Which of self.classes it is, None for one that an import or a reference finds."""
        if (known := self._class_numbers.get(id(kind))) is not None:
            return known[0]
        is_elsewhere = id(kind) in self.references or is_importable(kind, self.namespace)
        number = None if is_elsewhere else len(self.classes)
        self._class_numbers[id(kind)] = number, kind
        if number is not None:
            self.classes.append(kind)
        return number

    def nan_reference(self, nan: float) -> str:
        """Not-a-numbers are found in dicts by identity alone, so each is one object again."""
        number, _ = self._nans.setdefault(id(nan), (len(self._nans), nan))
        return f"nan {number}"

    def has_globals(self, function: types.FunctionType) -> bool:
        return id(function.__globals__) in self.references


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no annotations
    """own: numbers of the classes written by value; needs: numbers of those written as references.

    met_code: whether a function's code was among what was written.
    seen: filled with the mutable objects met, by id, and so kept alive while ids are compared.
    """

    def __init__(self, file: Any, scope: Scope, own: Iterable[int], seen: dict[int, object] | None = None) -> None:
        buffers: list[pickle.PickleBuffer] = []

        def take(buffer: pickle.PickleBuffer) -> bool:  # no method: it would keep this pickler alive
            if buffer.raw().nbytes < _OUT_OF_BAND_BYTES:
                return True
            scope.allowance.meet(buffer)
            buffers.append(buffer)
            return False

        super().__init__(file, protocol=5, buffer_callback=take)
        self.buffers = buffers
        self.needs: set[int] = set()
        self.met_code = False
        self._scope, self._own, self._seen = scope, frozenset(own), seen
        self._handlers: dict[type, Callable[[Any], Reduced]] = {}
        self._shares_memory = True

    def let_go(self) -> None:
        """Of everything it met, now and not when garbage is collected: an array that is held cannot be resized."""
        self.clear_memo()
        self._handlers.clear()

    def persistent_id(self, value: Any) -> str | None:
        kind = type(value)
        if kind in _SCALARS:
            return None
        if issubclass(kind, type):
            return self._class_reference(value)
        if reference := self._scope.references.get(id(value)):
            return reference
        if kind is float:
            return None if value == value else self._scope.nan_reference(value)  # noqa: PLR0124 - asks for not-a-number
        if self._seen is not None and _is_shareable(value, kind, self._scope):
            self._seen[id(value)] = value
        return None

    def _class_reference(self, kind: type) -> str | None:
        number = self._scope.class_number(kind)
        if number is None:
            return self._scope.references.get(id(kind))
        if number in self._own:
            return None
        self.needs.add(number)
        return f"class {number}"

    def reducer_override(self, value: Any) -> Reduced:
        kind = type(value)
        handler = self._handlers.get(kind)
        if handler is None:
            handler = self._handlers[kind] = self._handler(kind)
        return handler(value)

    def _handler(self, kind: type) -> Callable[[Any], Reduced]:
        if words := refusal(kind):
            return functools.partial(_refuse, words)
        exact: dict[Any, Callable[[Any], Reduced]] = {
            types.FunctionType: self._reduce_function,
            types.CellType: reducers.reduce_cell,
            types.CodeType: self._reduce_code,
            types.MappingProxyType: reducers.reduce_mapping_proxy,
            functools._lru_cache_wrapper: reducers.reduce_cached_call,
            functools.cached_property: reducers.reduce_cached_property,
            getattr(typing, "TypeAliasType", None): classes.reduce_type_alias,
            typing.NewType: classes.reduce_new_type,
            typing.ForwardRef: classes.reduce_forward_reference,
            weakref.ReferenceType: reducers.reduce_weak_reference,
            weakref.WeakKeyDictionary: reducers.reduce_weak_mapping,
            weakref.WeakValueDictionary: reducers.reduce_weak_mapping,
            arrays.Isolated: self._reduce_isolated,
            arrays.array_type(): self._reduce_array,
            **dict.fromkeys(_VIEW_TYPES, reducers.reduce_dict_view),
        }
        return exact.get(kind) or self._handler_by_base(kind)

    def _handler_by_base(self, kind: type) -> Callable[[Any], Reduced]:
        block = arrays.block_type()
        if issubclass(kind, enum.EnumMeta):
            return self._reduce_enum_class
        if issubclass(kind, type):
            return self._reduce_class
        if issubclass(kind, BaseException):
            return lambda error: reducers.reduce_exception(error, error.__reduce_ex__(5))
        if block is not None and issubclass(kind, block):
            return arrays.reduce_block
        return super().reducer_override  # type: ignore[no-any-return]  # it has no annotations

    def _reduce_function(self, function: types.FunctionType) -> Reduced:
        if is_importable(function, self._scope.namespace):
            return NotImplemented
        if self._scope.has_globals(function):
            return reducers.reduce_function(function)
        return super().reducer_override(function)

    def _reduce_code(self, code: types.CodeType) -> Reduced:
        self.met_code = True
        _make, arguments = self.dispatch_table[types.CodeType](code)
        return reducers.make_code, (reducers.BYTECODE, "{}.{}".format(*sys.version_info), arguments)

    def _reduce_class(self, kind: type) -> Reduced:
        return classes.reduce_class(kind, super().reducer_override(kind))

    def _reduce_enum_class(self, kind: type[enum.Enum]) -> Reduced:
        return classes.reduce_enum(kind, super().reducer_override(kind))

    def _reduce_array(self, values: Any) -> Reduced:
        return arrays.reduce_array(values) if self._shares_memory else NotImplemented

    def _reduce_isolated(self, isolated: arrays.Isolated) -> Reduced:
        values = isolated.values
        if type(values) is arrays.array_type():
            return values.__reduce_ex__(5)
        stream = MeteredStream(self._scope.allowance)
        inner = Pickler(stream, self._scope, own=())
        inner._shares_memory = False
        try:
            inner.dump(values)
        finally:
            inner.let_go()
        self.needs |= inner.needs
        self.met_code |= inner.met_code
        return load_isolated, (stream.getvalue(), *inner.buffers)


def _references(namespace: dict[str, object]) -> Iterable[tuple[int, str]]:
    """id and reference of what is never written by value; all of it lives as long as the process."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType):
            yield id(vars(module)), f"globals {name}"
    for name in _CONSTANTS:
        module_name, _, attribute = name.partition(":")
        value = getattr(sys.modules.get(module_name), attribute, None)
        if value is not None:
            yield id(value), f"constant {name}"
    for value, name in cloudpickling.CONSTANTS:
        yield id(value), f"constant {name}"
    if (shell := shell_of(namespace)) is not None:
        yield id(shell), "shell"
    for name, function in REBUILDERS.items():
        yield id(function), f"rebuild {name}"
    yield id(load_isolated), f"rebuild {load_isolated.__name__}"
    yield id(FLAT), "flat"
    yield id(namespace), "namespace"


def is_importable(value: Any, namespace: dict[str, object]) -> bool:
    """Whether importing its module and walking its qualified name finds this very object."""
    if isinstance(value, type) and not value.__flags__ & HEAP_TYPE:
        return True
    module = sys.modules.get(_text_of(value, "__module__"))
    if module is None or module.__name__ == "__main__" or vars(module) is namespace:
        return False
    found: Any = module
    for name in _text_of(value, "__qualname__").split("."):
        found = getattr(found, name, None)
    return found is value


def _text_of(value: Any, attribute: str) -> str:
    text = getattr(value, attribute, "")
    return text if isinstance(text, str) else ""


def _is_shareable(value: Any, kind: type, scope: Scope) -> bool:
    """Whether two variables that hold it must hold the same one again.

    A type without a dict per instance that defines its own hash promises a value (dates, dtypes, paths);
    one with a dict may be a mutable thing with a hash (a tensor, a user's node).
    """
    if kind is bytes or kind is str:
        return len(value) >= _SHARED_BYTES
    if kind is types.FunctionType:
        return not is_importable(value, scope.namespace)
    if issubclass(kind, enum.Enum) or kind.__dictoffset__:
        return not issubclass(kind, enum.Enum)
    return kind.__hash__ in (None, object.__hash__) or scope.class_number(kind) is not None


def _refuse(words: str, value: object) -> Reduced:
    raise Refused(words)
