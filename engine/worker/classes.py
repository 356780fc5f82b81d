"""How classes, enums and types that cells define are taken apart and put together again.

cloudpickle does the most of it and keeps track of which class is which in this process, so that a class that is
still there is found again.  Added here: real slots, qualified names, the members of enums that iterating leaves out
and what their __init__ gave them; and no metaclass or __init_subclass__ from a cell runs a second time.
"""

from __future__ import annotations

import abc
import contextlib
import enum
import types
import typing
from collections.abc import Iterator
from typing import Any, Callable

from .cloudpickling import cloudpickle as _tracking  # which classes came from cells
from .refusals import Refused

_PLACES = ("__owner__", "__globals__", "__cell__", "__extra_names__")  # of a forward reference, since Python 3.14
Reduced = Any  # pickle's own protocol: a tuple of two to six, a string, or NotImplemented


def reduce_class(kind: type, reduced: Reduced) -> Reduced:
    """cloudpickle's way, with real slots, the qualified name, and without running the user's hooks again.

    A library's metaclass (TypedDict's, Protocol's) keeps to its own rules, which cloudpickle knows.
    """
    if not _is_by_value(reduced):
        return reduced
    _keep_annotations(kind, reduced[2][0])
    if _library_metaclass(type(kind)) not in (type, abc.ABCMeta):
        return reduced
    metaclass, name, _, declared, tracker_id, _ = reduced[1]
    state = {
        key: value
        for key, value in reduced[2][0].items()
        if not (isinstance(value, types.MemberDescriptorType) and value.__objclass__ is kind)
    }
    declared = {**declared, "__qualname__": kind.__qualname__}
    declared.update({key: state.pop(key) for key in ("__slots__", "__orig_bases__") if key in state})
    arguments = (metaclass, name, kind.__bases__, declared, tracker_id)
    return make_class, arguments, (state, {}), *reduced[3:]


def _is_by_value(reduced: Reduced) -> bool:
    """Whether cloudpickle takes the class apart, instead of naming where an import finds it."""
    return isinstance(reduced, tuple) and len(reduced) == 6


def _keep_annotations(kind: type, state: dict[str, Any]) -> None:
    """Since Python 3.14 a function makes them when they are asked for (PEP 649); cloudpickle leaves it out.

    It is written, not run: what it refers to need not exist yet, and running it may do anything.
    """
    if (annotate := vars(kind).get("__annotate_func__")) is not None:
        state["__annotate_func__"] = annotate


def make_class(metaclass: Any, name: str, bases: tuple[type, ...], declared: dict[str, Any], tracker_id: str) -> type:
    """The class of that id where this process has it, else a new one to be filled.

    A metaclass or __init_subclass__ from a cell ran when its cell did; what they recorded is restored as data.
    """
    known: type | None = _tracking._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker_id)
    if known is not None:
        return known
    maker = _library_metaclass(metaclass)
    with _unhooked({each for base in bases for each in base.__mro__ if _is_from_cell(each)}):
        made = maker.__new__(metaclass, name, bases, declared)
    found: type = _tracking._lookup_class_or_track(tracker_id, made)
    return found


@contextlib.contextmanager
def _unhooked(kinds: set[type]) -> Iterator[None]:
    """While a class is made, none of these runs its __init_subclass__."""
    hooks = {kind: vars(kind)["__init_subclass__"] for kind in kinds if "__init_subclass__" in vars(kind)}
    for kind in hooks:
        type.__delattr__(kind, "__init_subclass__")
    try:
        yield
    finally:
        for kind, hook in hooks.items():
            type.__setattr__(kind, "__init_subclass__", hook)


def _library_metaclass(metaclass: Any) -> Any:
    """The first of its bases that did not come from a cell."""
    return next(each for each in metaclass.__mro__ if not _is_from_cell(each))


def reduce_enum(kind: type[enum.Enum], reduced: Reduced) -> Reduced:
    """cloudpickle's way, with aliases, combined flags, and what else each member holds."""
    if not _is_by_value(reduced):
        return reduced
    _keep_annotations(kind, reduced[2][0])
    bases, name, qualname, _members, *rest = reduced[1]
    members = {each: member.value for each, member in kind.__members__.items()}
    for each in members:
        reduced[2][0].pop(each, None)
    held = {each: dict(vars(member)) for each, member in kind.__members__.items()}
    for attributes in held.values():
        attributes.pop("__objclass__", None)
    return reduced[0], (bases, name, qualname, members, *rest), (reduced[2], held), None, None, set_enum_state


def set_enum_state(kind: type[enum.Enum], state: tuple[Any, dict[str, dict[str, Any]]]) -> None:
    _tracking._class_setstate(kind, state[0])
    for name, attributes in state[1].items():
        vars(kind.__members__[name]).update(attributes)


def _is_from_cell(kind: type) -> bool:
    return kind in _tracking._DYNAMIC_CLASS_TRACKER_BY_CLASS


def reduce_type_alias(alias: Any) -> Reduced:
    return make_type_alias, (alias.__name__, alias.__value__, alias.__type_params__)


def reduce_new_type(found: Any) -> Reduced:
    return typing.NewType, (found.__name__, found.__supertype__)


def reduce_forward_reference(found: Any) -> Reduced:
    """What it says and where that is looked up, not what it came to: code for that, which no other Python takes."""
    kinds = {name: getattr(found, f"__forward_{name}__") for name in ("is_argument", "is_class")}
    arguments = (found.__forward_arg__, found.__forward_module__, kinds)
    places = {name: place for name in _PLACES if (place := getattr(found, name, None)) is not None}
    return make_forward_reference, arguments, (None, places) if places else None


def make_forward_reference(text: str, module: Any, kinds: dict[str, bool]) -> Any:
    return typing.ForwardRef(text, module=module, **kinds)


def make_type_alias(name: str, value: Any, type_params: tuple[Any, ...]) -> Any:
    maker: Any = getattr(typing, "TypeAliasType", None)
    if maker is None:
        raise Refused("this Python has no type statement")
    return maker(name, value, type_params=type_params)


REBUILDERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (make_class, make_forward_reference, make_type_alias, set_enum_state)
}
