"""One restore's work: modules imported and groups unpickled into the live namespace, as they come.

Called by snapshot.load() with verified bytes.  What comes back is put in place at once, since a __setstate__ may need
the modules, functions and classes of its cells.  Whatever fails costs only itself: its present value stays, and
its reason is kept.
"""

from __future__ import annotations

import importlib
import io
from typing import Callable

from ..protocol.capsule import CLASS, SURROUNDINGS, VARIABLE, Manifest, StoredVariable
from .contents import GroupBytes
from .refusals import Refused, restore_reason
from .unpickler import Present, Unpickler


class Restoration:
    """What came out of a file: values and surroundings by name, and by item why something did not.

    put: whether a variable of that name may be put into the namespace.
    """

    def __init__(self, namespace: dict[str, object], put: Callable[[str], bool]) -> None:
        self.values: dict[str, object] = {}
        self.surroundings: dict[str, object] = {}
        self.reasons: dict[str, str] = {}
        self._namespace, self._put = namespace, put
        self._present = Present(namespace=namespace)

    def take_surroundings(self, groups: list[GroupBytes]) -> None:
        for group in groups:
            if group.items[0].startswith(SURROUNDINGS):
                self._take_group(group)

    def take_variables(self, manifest: Manifest, groups: list[GroupBytes]) -> None:
        """Modules, then groups; one that lacked a name is tried again while others bring new names."""
        for variable in manifest.variables:
            if variable.module and not variable.reason:
                self._import(variable)
        left = [group for group in groups if not group.items[0].startswith(SURROUNDINGS)]
        before = -1
        while left and before < len(self.values):
            before = len(self.values)
            left = [group for group in left if not self._take_group(group)]

    def _import(self, variable: StoredVariable) -> None:
        try:
            self._keep_variable(variable.name, importlib.import_module(variable.module))
        except BaseException as error:  # noqa: BLE001 - the edge to the user's code: a module runs when it is imported
            self.reasons[VARIABLE + variable.name] = restore_reason(error)
            return
        for name in variable.submodules:
            try:
                importlib.import_module(name)
            except BaseException:  # noqa: BLE001 - the same edge; a part that is gone shows when something asks for it
                continue

    def _take_group(self, group: GroupBytes) -> bool:
        """False where it is worth trying again: a name was missing that may come yet."""
        unpickler = Unpickler(io.BytesIO(group.stream), group.buffers, self._present)
        for item in group.items:
            self.reasons.pop(item, None)
        for item in group.items:
            try:
                self._keep(item, unpickler.load())
            except BaseException as error:  # noqa: BLE001 - the edge to the user's code in __setstate__ and the like
                self._give_up_after(item, restore_reason(error), group.items)
                return not isinstance(error, (NameError, Refused))
        return True

    def _keep(self, item: str, value: object) -> None:
        if item.startswith(VARIABLE):
            self._keep_variable(item[len(VARIABLE) :], value)
        elif item.startswith(SURROUNDINGS):
            self.surroundings[item[len(SURROUNDINGS) :]] = value
        elif isinstance(value, type):
            self._present.classes[int(item[len(CLASS) :])] = value

    def _keep_variable(self, name: str, value: object) -> None:
        if self._put(name):
            self.values[name] = self._namespace[name] = value

    def _give_up_after(self, broken: str, reason: str, items: list[str]) -> None:
        """Nothing behind it in the stream can be read."""
        name = broken[len(VARIABLE) :] if broken.startswith(VARIABLE) else "its class"
        for item in items[items.index(broken) :]:
            if item.startswith(CLASS):
                self._present.classes[int(item[len(CLASS) :])] = Refused(f"its class could not be restored: {reason}")
            shared = f"it shares data with {name}, which could not be restored: {reason}"
            self.reasons[item] = reason if item == broken else shared
