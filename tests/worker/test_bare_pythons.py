"""What a worker loads needs nothing in the environment, and files go from one Python to another.

Without a shell: this is what every shell stands on.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.protocol.codec import Decoder, encode
from engine.protocol.framing import FrameReader
from engine.protocol.messages import CheckpointReport as Report
from engine.protocol.messages import Execute, Heartbeat, Message, Query, VariableNote
from engine.session.travelling import own_travelling
from tests.support import shellless_worker
from tests.support.bare_environments import VERSIONS, BareEnvironments, interpreter_of

EARLIER = Path(__file__).parents[1] / "unit" / "engine" / "worker" / "earlier.capsule"  # made by cloudpickle's own name
LATEST, *EARLIER_PYTHONS = [version for version in reversed(VERSIONS) if interpreter_of(version) is not None]
CELLS = """
import array, collections, datetime, decimal, enum, fractions, pathlib, random, re, types, typing, uuid, zoneinfo
class Point:
    unit = "mm"
class Colour(enum.Enum):
    RED = 1
T = typing.TypeVar("T")
p = Point()
p.x = 3
c = Colour.RED
numbers = [1, 2, 3]
plain = (
    datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), decimal.Decimal("1.5"), fractions.Fraction(1, 3),
    pathlib.Path("/somewhere"), pathlib.PureWindowsPath("C:/x"), re.compile("a+"), uuid.UUID(int=5), range(3), 1j,
    collections.OrderedDict(a=1), collections.Counter("ab"), collections.deque([1]), collections.defaultdict(list),
    array.array("d", [1.5]), types.SimpleNamespace(a=1), random.Random(5), ValueError("x"), {1}, frozenset({2}),
    bytearray(b"x"), slice(1), datetime.timedelta(1), len, int, typing.Optional[int], list[int],
    typing.Optional["Point"],
)
also = {"numbers": numbers}
class Shape:
    sides = numbers
    def area(self):
        return len(self.sides)
s = Shape()
def count(more=numbers):
    return len(more) + len(numbers)
table = [count, numbers]
"""
ANNOTATED = """
import abc, dataclasses, enum, typing
class Tree(abc.ABC):
    Length = int
    height: Length
    next: "Tree"
    @abc.abstractmethod
    def grow(self, by: Length) -> "Tree": ...
class Mood(enum.Enum):
    GOOD = 1
    note: str
    def mixed(self, other: "Mood"): ...
class Options(typing.TypedDict):
    size: int
class Pair(typing.NamedTuple):
    first: int
@dataclasses.dataclass
class Node:
    next: "typing.Optional[Node]" = None
def make():
    Length = int
    class Rope:
        longest: Length
    return Rope
Rope = make()
Rope.Length = str  # where annotations are made when they are asked for, a class's own name comes before one around it
"""


def run(python: Path, work: str, *words: str, code: str = "") -> Any:
    """The answer of what travels with us in that Python, every warning an error."""
    parts = own_travelling()
    folders = [str(each) for each in (parts.engine, parts.msgpack, parts.cloudpickle)]
    done = subprocess.run(
        [python, "-W", "error", "-B", shellless_worker.__file__, *folders, work, *words],
        input=code,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_module_loads_and_nothing_of_it_has_a_public_name(bare_python: Path) -> None:
    answer = run(bare_python, "modules")
    assert answer["public"] == []
    assert "_capsule_engine.worker.main" in answer["loaded"]


def test_messages_are_the_same_bytes_in_every_python(bare_python: Path) -> None:
    row = VariableNote(name="x", type_name="int", outcome="saved", size_bytes=2**40)
    messages: list[Message] = [
        Execute(execution_id="ab", code="a\udc80 = 'ü'"),
        Heartbeat(running="", memory_bytes=0, cpu_s=0.25, variables=0),
        Query(kind="k", arguments={"a": [None, True, -1, -200, 2**33, 1.5, b"\0" * 300, {"b": "c" * 70000}]}),
        Report(request_id="r", path="p", size_bytes=1, variables=[row] * 20),
    ]
    frames = [encode(message) for message in messages]
    bodies = [body.hex() for frame in frames for body in FrameReader().feed(frame)]
    answer = [bytes.fromhex(each) for each in run(bare_python, "echo", code="\n".join(bodies))]
    assert answer == frames
    assert [Decoder().decode(body) for each in answer for body in FrameReader().feed(each)] == messages


def test_a_checkpoint_comes_back_where_nothing_is_installed(bare_python: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.capsule"
    assert set(run(bare_python, "save", str(path), code=CELLS).values()) == {""}
    check = (
        "assert (p.x, p.unit, c, T.__name__, s.area(), count()) == (3, 'mm', Colour.RED, 'T', 3, 6)\n"
        "assert also['numbers'] is numbers is Shape.sides is table[1] is count.__defaults__[0]\n"
        "assert table[0] is count"
    )
    assert set(run(bare_python, "load", str(path), code=check).values()) == {""}


def test_annotations_come_back_with_classes_and_their_methods(bare_python: Path, tmp_path: Path) -> None:
    """Also where Python makes them when they are asked for, from all that the class has."""
    path = tmp_path / "c.capsule"
    assert set(run(bare_python, "save", str(path), code=ANNOTATED).values()) == {""}
    check = (
        "assert Tree.__annotations__ == {'height': int, 'next': 'Tree'}\n"
        "assert Tree.grow.__annotations__ == {'by': int, 'return': 'Tree'}\n"
        "assert typing.get_type_hints(Tree.grow) == {'by': int, 'return': Tree}\n"
        "assert Mood.__annotations__ == {'note': str} and Mood.mixed.__annotations__ == {'other': 'Mood'}\n"
        "assert Options.__annotations__ == {'size': int} and Options.__required_keys__ == {'size'}\n"
        "assert typing.get_type_hints(Node)['next'] == typing.Optional[Node]\n"
        "assert Pair.__annotations__ == {'first': int} and Pair(1).first == 1\n"
        "import sys; assert Rope.__annotations__ == {'longest': str if sys.version_info >= (3, 14) else int}"
    )
    assert set(run(bare_python, "load", str(path), code=check).values()) == {""}


def test_what_belongs_to_a_second_interpreter_is_not_saved(bare_environments: BareEnvironments, tmp_path: Path) -> None:
    python, path = bare_environments("3.14"), tmp_path / "c.capsule"  # none before has them
    code = "from concurrent import interpreters\nother, queue = interpreters.create(), interpreters.create_queue()"
    reasons = run(python, "save", str(path), code=f"{code}\nother.close()")
    assert [reasons[name].partition(" cannot be saved")[0] for name in ("other", "queue")] == [
        "a second interpreter",
        "a queue between interpreters",
    ]


def test_a_checkpoint_of_another_python_loses_code_alone_and_says_which(
    bare_python: Path, bare_environments: BareEnvironments, tmp_path: Path
) -> None:
    """From the latest to every earlier one, and from the one before to the latest."""
    version = bare_python.parts[-3]
    maker = next((other for other in (LATEST, *EARLIER_PYTHONS) if other != version), None)
    if maker is None:
        pytest.skip("there is no other one on this machine")
    path = tmp_path / "c.capsule"
    run(bare_environments(maker), "save", str(path), code=CELLS)
    check = (
        "assert (p.x, p.unit, c, numbers) == (3, 'mm', Colour.RED, [1, 2, 3]); assert also['numbers'] is numbers\n"
        "assert plain[3] == pathlib.Path('/somewhere') and plain[13][0] == 1.5"
    )
    reasons = run(bare_python, "load", str(path), code=check)
    words = f"made by Python {maker} and this is Python {version}: run its cell again"
    assert {name for name, reason in reasons.items() if reason} == {"Shape", "s", "count", "table"}
    assert all(words in reason for reason in reasons.values() if reason)


def test_a_checkpoint_of_an_earlier_version_of_ours_comes_back(bare_python: Path) -> None:
    check = "assert (p.x, Point.unit, c, T.__name__, numbers) == (3, 'mm', Colour.BLUE, 'T', [1, 2, 3])"
    reasons = run(bare_python, "load", str(EARLIER), code=check)
    by_python_3_12 = bare_python.parts[-3] == "3.12"
    assert {name for name, reason in reasons.items() if reason} == (set() if by_python_3_12 else {"f"})


def test_files_name_cloudpickle_by_its_public_name(bare_environments: BareEnvironments, tmp_path: Path) -> None:
    path = tmp_path / "c.capsule"
    run(bare_environments(LATEST), "save", str(path), code=CELLS)
    assert b"cloudpickle.cloudpickle:_make_skeleton_enum" in path.read_bytes()
    assert b"_capsule" not in path.read_bytes()
