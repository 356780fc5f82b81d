"""In a process of its own: what it puts in the place of Python's own stays there."""

from __future__ import annotations

import marshal
import subprocess
import sys
from pathlib import Path

import pytest

from capsule_desktop.compiled_ahead import packed

CHECKOUT = Path(__file__).parents[3]

LOOK = """
import builtins, dataclasses, re, sys
from re import _parser
from capsule_desktop import compiled_ahead

compiled_ahead.begin(sys.argv[1])

anew = []
parse, plain_compile = _parser.parse, compile
def watched_parse(text, *rest):
    anew.append(text)
    return parse(text, *rest)
def watched_compile(text, *rest, **options):
    anew.append("a method")
    return plain_compile(text, *rest, **options)
_parser.parse = watched_parse
builtins.compile = watched_compile

class Plain:
    number: int
    name: str = "one"

Made = dataclasses.dataclass(frozen=True)(Plain)
assert Made(2) == Made(number=2, name="one") != Made(3)
assert repr(Made(2)).endswith("(number=2, name='one')")
assert hash(Made(2)) == hash(Made(2))
try:
    Made(2).number = 3
except dataclasses.FrozenInstanceError:
    pass
else:
    raise AssertionError("it was changed")
found = re.compile("(?P<word>[a-z]+) (é)?", re.IGNORECASE).fullmatch("Word É")
assert found and found["word"] == "Word" and found[2] == "É"
assert re.compile(b"(x+)y").match(b"xxy")[1] == b"xx"
print(sorted(set(map(str, anew))))
"""

RECORD = """
import sys
from pathlib import Path
from installers.compiling_ahead import Record
record = Record()
record.begin()
sys.argv[1:] = [""]
from capsule_desktop.compiled_ahead import packed
exec(sys.stdin.read())
Path(sys.argv[2]).write_bytes(packed(record.methods, record.patterns))
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What LOOK makes, as installers/compiling_ahead.py keeps it."""
    file = tmp_path_factory.mktemp("recorded") / "compiled.bin"
    record = RECORD.replace('[1:] = [""]', f'[1:] = ["", {str(file)!r}]')
    done = subprocess.run(
        [sys.executable, "-c", record], input=LOOK, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return file.read_bytes()


def _compiled_anew(file: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(file)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_what_was_compiled_ahead_is_not_compiled_again(recorded: bytes, tmp_path: Path) -> None:
    file = tmp_path / "compiled.bin"
    file.write_bytes(recorded)
    assert _compiled_anew(file) == "[]"


def test_what_a_file_does_not_have_is_compiled_as_always(tmp_path: Path) -> None:
    file = tmp_path / "compiled.bin"
    file.write_bytes(packed({}, {}))
    assert _compiled_anew(file) == """['(?P<word>[a-z]+) (é)?', 'a method', "b'(x+)y'"]"""


@pytest.mark.parametrize("kind", ["missing", "cut short", "empty", "another Python's", "something else"])
def test_a_file_that_is_no_use_changes_nothing(recorded: bytes, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "compiled.bin"
    contents = {
        "cut short": recorded[: len(recorded) // 2],
        "empty": b"",
        "another Python's": marshal.dumps(("3.99", *marshal.loads(recorded)[1:])),
        "something else": marshal.dumps(17),
    }
    if kind in contents:
        file.write_bytes(contents[kind])
    assert "a method" not in _compiled_anew(file)  # dataclasses.py uses its own exec()
