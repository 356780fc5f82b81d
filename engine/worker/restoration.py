"""One restore's work: modules imported and groups unpickled beside the namespace, which stays untouched.

Called by snapshot.load() with verified bytes.  Whatever fails costs only itself: its present value stays,
and its reason is kept.
"""

from __future__ import annotations

import importlib
import io

from ..protocol.capsule import CLASS, SURROUNDINGS, VARIABLE, Manifest, StoredVariable
from .contents import GroupBytes
from .pickler import Present, Unpickler
from .refusals import Refused, restore_reason


class Restoration:
    """What came out of a file: values and surroundings by name, and by item why something did not."""

    def __init__(self, namespace: dict[str, object]) -> None:
        self.values: dict[str, object] = {}
        self.surroundings: dict[str, object] = {}
        self.reasons: dict[str, str] = {}
        self._present = Present(namespace=namespace)

    def take_surroundings(self, groups: list[GroupBytes]) -> None:
        self._take_groups([group for group in groups if group.items[0].startswith(SURROUNDINGS)])

    def take_variables(self, manifest: Manifest, groups: list[GroupBytes]) -> None:
        for variable in manifest.variables:
            if variable.module and not variable.reason:
                self._import(variable)
        self._take_groups([group for group in groups if not group.items[0].startswith(SURROUNDINGS)])

    def _import(self, variable: StoredVariable) -> None:
        try:
            self.values[variable.name] = importlib.import_module(variable.module)
        except BaseException as error:  # noqa: BLE001 - the edge to the user's code: a module runs when it is imported
            self.reasons[VARIABLE + variable.name] = restore_reason(error)
            return
        for name in variable.submodules:
            try:
                importlib.import_module(name)
            except BaseException:  # noqa: BLE001 - the same edge; a part that is gone shows when something asks for it
                continue

    def _take_groups(self, groups: list[GroupBytes]) -> None:
        for group in groups:
            unpickler = Unpickler(io.BytesIO(group.stream), group.buffers, self._present)
            broken = ""
            for item in group.items:
                broken = broken or self._take_item(item, unpickler)

            self._give_up_after(broken, group.items)

    def _take_item(self, item: str, unpickler: Unpickler) -> str:
        """ "" or the item, when it failed: nothing behind it in the stream can be read then."""
        try:
            value = unpickler.load()
        except BaseException as error:  # noqa: BLE001 - the edge to the user's code, which runs in __setstate__ and may raise anything
            self.reasons[item] = restore_reason(error)
            return item
        self._keep(item, value)
        return ""

    def _keep(self, item: str, value: object) -> None:
        if item.startswith(VARIABLE):
            self.values[item[len(VARIABLE) :]] = value
        elif item.startswith(SURROUNDINGS):
            self.surroundings[item[len(SURROUNDINGS) :]] = value
        elif isinstance(value, type):
            self._present.classes[int(item[len(CLASS) :])] = value

    def _give_up_after(self, broken: str, items: list[str]) -> None:
        if not broken:
            return
        reason = self.reasons[broken]
        for item in items[items.index(broken) :]:
            if item.startswith(CLASS):
                self._present.classes[int(item[len(CLASS) :])] = Refused(f"its class could not be restored: {reason}")
            if item != broken:
                name = broken[len(VARIABLE) :] if broken.startswith(VARIABLE) else "its class"
                self.reasons[item] = f"it shares data with {name}, which could not be restored: {reason}"
