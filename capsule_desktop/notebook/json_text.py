"""JSON as text: one value replaced where it stands, and every other byte left as it was found.

Owns what "touches only what changed" means for a notebook file (ipynb.py is the caller).  patched() walks the
text beside the old and the new value and rewrites only where these differ, in the style of the file.  The
scanner is the json module's, so whatever Python's json reads (NaN, huge integers, lone surrogates) goes through.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

JsonValue = object  # what json.loads may give

_SPACE = re.compile(r"[ \t\r\n]*")
_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, kw_only=True)
class JsonStyle:
    """How a file is written.  indent None: on one line.  item_gap: the spaces after a comma (before a line break)."""

    indent: str | None = " "
    newline: str = "\n"
    item_gap: str = ""
    colon: str = ": "
    ascii_only: bool = False
    sorted_keys: bool = True

    def gap(self, depth: int, *, first: bool = False) -> str:
        """The white space in front of an item at this depth."""
        return ("" if first else self.item_gap) + self.closing(depth)

    def closing(self, depth: int) -> str:
        """The white space in front of the bracket that closes a non-empty container at this depth."""
        return "" if self.indent is None else self.newline + self.indent * depth


def dump(value: JsonValue, style: JsonStyle, depth: int) -> str:
    """value as the file would have it at this depth."""
    separators = ("," + style.item_gap, style.colon)
    text = json.dumps(
        value, indent=style.indent, separators=separators, ensure_ascii=style.ascii_only, sort_keys=style.sorted_keys
    )
    if style.indent is not None:
        # a line break in JSON is always structure: inside strings it is escaped
        text = text.replace("\n", style.newline + style.indent * depth)
    return _LONE_SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


@dataclass
class Item:
    """One member or element: lead + key + raw + trail, where key is '"name": ' or "" in an array."""

    lead: str
    key: str
    raw: str
    trail: str = ""
    name: str = ""


@dataclass
class Container:
    """The text of an object or array, cut at its items; text() of an unchanged one is the text it was cut from."""

    brackets: str
    items: list[Item] = field(default_factory=list)
    inside: str = ""  # the white space of an empty one

    def text(self) -> str:
        body = ",".join(item.lead + item.key + item.raw + item.trail for item in self.items)
        return self.brackets[0] + (body if self.items else self.inside) + self.brackets[1]

    def insert(self, index: int, item: Item, style: JsonStyle, depth: int) -> None:
        """Put item at index; depth is the container's own."""
        item.lead = style.gap(depth + 1, first=index == 0)
        if not self.items:
            item.trail = style.closing(depth)
        elif index == len(self.items):
            item.trail, self.items[-1].trail = self.items[-1].trail, ""
        elif index == 0 and self.items[0].lead == item.lead:
            self.items[0].lead = style.gap(depth + 1)
        self.items.insert(index, item)

    def remove(self, index: int) -> None:
        gone = self.items.pop(index)
        if not self.items:
            return
        if index == len(self.items):
            self.items[-1].trail = gone.trail
        if index == 0:
            self.items[0].lead = gone.lead

    def place_of(self, name: str, style: JsonStyle) -> int:
        """Where a new member belongs: in order where the members are sorted, else at the end."""
        names = [item.name for item in self.items]
        if names == sorted(names) and (len(names) > 1 or style.sorted_keys):
            return sum(known < name for known in names)
        return len(names)


def cut(text: str) -> Container:
    """text (one JSON object or array, nothing around it) as a Container.  Raises ValueError."""
    container = Container(brackets="{}" if text[0] == "{" else "[]")
    start = _past_space(text, 1)
    if text[start : start + 1] == container.brackets[1]:
        container.inside = text[1:start]
        return container
    end = 1
    while True:
        start = _past_space(text, end)
        item = Item(lead=text[end:start], key="", raw="")
        if container.brackets == "{}":
            item.name, start = _key(text, start, item)
        end = _DECODER.raw_decode(text, start)[1]
        item.raw = text[start:end]
        after = _past_space(text, end)
        item.trail = text[end:after]
        container.items.append(item)
        end = after + 1
        if text[after : after + 1] != ",":
            return container


def _past_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _key(text: str, start: int, item: Item) -> tuple[str, int]:
    """The member's name and where its value begins; item.key gets the key's own text."""
    name, end = _DECODER.raw_decode(text, start)
    colon = _COLON.match(text, end)
    if colon is None or not isinstance(name, str):
        raise ValueError("not a JSON object")
    item.key = text[start : colon.end()]
    return name, colon.end()


def same(old: JsonValue, new: JsonValue) -> bool:
    """Equal as JSON: 1, 1.0 and true are three values, and NaN is one."""
    match old, new:
        case Mapping(), Mapping():
            return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
        case list() | tuple(), list() | tuple():
            return len(old) == len(new) and all(map(same, old, new))
        case float(), float() if math.isnan(old):
            return math.isnan(new)
        case _:
            return type(old) is type(new) and old == new


def patched(text: str, old: JsonValue, new: JsonValue, style: JsonStyle, depth: int) -> str:
    """text, which says old, rewritten so that it says new; depth is that of the value in its file."""
    if same(old, new):
        return text
    match old, new:
        case Mapping(), Mapping():
            return _patched_object(text, old, new, style, depth)
        case list(), list() if old and new:
            return _patched_array(text, old, new, style, depth)
        case _:
            return dump(new, style, depth)


def _patched_object(
    text: str, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue], style: JsonStyle, depth: int
) -> str:
    container = cut(text)
    seen: set[str] = set()
    for index in range(len(container.items) - 1, -1, -1):
        item = container.items[index]
        if item.name not in new:
            container.remove(index)
        elif item.name not in seen:  # of a name that stands twice json takes the last, and so does old
            item.raw = patched(item.raw, old[item.name], new[item.name], style, depth + 1)
        seen.add(item.name)
    for name in [name for name in new if name not in old]:
        key = dump(name, style, 0) + style.colon
        item = Item(lead="", key=key, raw=dump(new[name], style, depth + 1), name=name)
        container.insert(container.place_of(name, style), item, style, depth)
    return container.text() if container.items else "{}"


def _patched_array(text: str, old: Sequence[JsonValue], new: Sequence[JsonValue], style: JsonStyle, depth: int) -> str:
    """Elements that are equal at the start and at the end stay; what is between is patched pairwise or new."""
    container = cut(text)
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if not same(old[i], new[i])), shorter)
    tail = next((i for i in range(shorter - head) if not same(old[-1 - i], new[-1 - i])), shorter - head)
    old_end, new_end = len(old) - tail, len(new) - tail
    for index in range(old_end - 1, new_end - 1, -1):
        container.remove(index)
    for index in range(head, min(old_end, new_end)):
        item = container.items[index]
        item.raw = patched(item.raw, old[index], new[index], style, depth + 1)
    for index in range(old_end, new_end):
        raw = dump(new[index], style, depth + 1)
        container.insert(index, Item(lead="", key="", raw=raw), style, depth)
    return container.text() if container.items else "[]"


def style_of(text: str) -> JsonStyle:
    """The style of a file, read off its top-level object (whose values may be cut out)."""
    try:
        items = cut(text).items
    except (ValueError, IndexError):
        return JsonStyle()
    if not items:
        return JsonStyle()
    names = [item.name for item in items]
    lead = items[0].lead
    colon = items[0].key.rpartition('"')[2]
    newline = "\r\n" if "\r\n" in lead else "\n"
    item_gap = items[1].lead.partition("\n")[0].rstrip("\r") if len(items) > 1 else ""
    indent = lead.rpartition("\n")[2] if "\n" in lead else None
    return JsonStyle(indent=indent, newline=newline, item_gap=item_gap, colon=colon, sorted_keys=names == sorted(names))
