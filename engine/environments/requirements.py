"""What may be given to an installer as a package: a name with extras and versions (PEP 508), never an option.

A name can come from a cell's error, so from anybody's notebook: "--index-url" or an address would fetch and run code
from wherever that notebook says.  No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.interpreters.distributions import normalised

LONGEST_NAME = 200  # the index takes no longer ones

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_EXTRAS = rf"\[\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\]"
_VERSION = r"(?:===|~=|==|!=|<=|>=|<|>)\s*[A-Za-z0-9][A-Za-z0-9.*+!_-]*"
_REQUIREMENT = re.compile(
    rf"(?P<name>{_NAME})\s*(?P<extras>{_EXTRAS})?\s*(?P<versions>{_VERSION}(?:\s*,\s*{_VERSION})*)?"
)
_TYPED = re.compile(
    r"[^\s,;\[\]<>=!~]+(?:\s*\[[^\]]*\])?(?:\s*[<>=!~]=?=?\s*[^\s,;]+(?:\s*,\s*[<>=!~]=?=?\s*[^\s,;]+)*)?"
)


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """name: as it was written; word: the whole of it without blanks, as one argument.

    is_address: where it is fetched from is said, too, so what comes is not what the index has.
    """

    name: str
    word: str
    has_extras: bool = False
    is_address: bool = False

    @property
    def key(self) -> str:
        """Equal for all spellings that the index takes as one (PEP 503)."""
        return normalised(self.name)


@dataclass(frozen=True, kw_only=True)
class NotAPackage:
    """words: why word is refused.  is_address: it would do if the user said so himself."""

    word: str
    words: str
    is_address: bool = False


def name_of(word: str) -> str:
    """The package's name alone, of a requirement that is one."""
    match = _REQUIREMENT.fullmatch(word)
    return word if match is None else match["name"]


def requirement(text: str) -> Requirement | NotAPackage:
    """What text names, or why it is refused."""
    word = text.strip()
    match = _REQUIREMENT.fullmatch(word) if len(word) <= LONGEST_NAME and word.isascii() else None
    if match is not None:
        compact = "".join(word.split())
        return Requirement(name=match["name"], word=compact, has_extras=match["extras"] is not None)
    return _refused(word)


def confirmed_address(word: str) -> Requirement | NotAPackage:
    """An address that the user typed and confirmed; an option is refused here, too."""
    found = requirement(word)
    if isinstance(found, NotAPackage) and found.is_address:
        return Requirement(name=found.word, word=found.word, is_address=True)
    return found


def split_typed(text: str) -> list[str]:
    """The packages that somebody typed into one field, apart by blanks, commas or lines."""
    return _TYPED.findall(text)


def names_in_words(requirements: Sequence[Requirement]) -> str:
    """ "numpy, pandas and scipy"."""
    names = [each.name for each in requirements]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _refused(word: str) -> NotAPackage:
    shown = word if len(word) <= 60 else word[:57] + "…"
    if not word:
        return NotAPackage(word=word, words="No package was named.")
    if word.startswith("-"):
        words = f"“{shown}” is an option of an installer, not a package's name. Use %pip in a cell for that."
        return NotAPackage(word=word, words=words)
    if "\n" not in word and word.isprintable() and " " not in word and ("/" in word or "\\" in word or ":" in word):
        words = f"“{shown}” is an address, not a package's name: what is there is run while it is installed."
        return NotAPackage(word=word, words=words, is_address=True)
    return NotAPackage(word=word, words=f"“{shown}” is not a package's name.")
