"""Lines that are no Python become calls; Python is never changed, and lines keep their numbers."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.worker.plain.transform import CALLEE, ends_with_semicolon, transform

# pieces that look like a shell's lines where they stand in an expression or in a string
PIECES = st.sampled_from(
    [
        "x = 7\n",
        "y = (x\n% 4\n)\n",
        "s = '''\n%time x\n!ls\nx?\n%%bash\n'''\n",
        "def f():\n    '''\n    %pwd\n    '''\n    return [1\n  % 2,\n  '!echo']\n",
        "# what?\n",
        "z = x \\\n  % 3\n",
        "t = '%s' % x; u = x != 3\n",
        'text = f"""\n!{x}\n% {x!r}\n"""\n',
        "if x:\n    pass  # %pip install\n",
        "cd = 3\ncd - 1\n",
        "await g()\n",
        "\n",
        "pip = cd\n",
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_python_is_never_changed(source: str) -> None:
    assert transform(source).source == source


@given(st.lists(PIECES, max_size=5).map("".join), st.lists(PIECES, max_size=5).map("".join))
def test_a_line_of_the_shell_between_python_is_all_that_changes(before: str, after: str) -> None:
    got = transform(f"{before}!ls -l\n{after}").source
    assert got == f"{before}{CALLEE}.system('ls -l')\n{after}"


@given(st.text(alphabet="ab=%!?'\"\\\n ([{}])#:;,\t\r", max_size=60))
def test_lines_keep_their_numbers_whatever_is_written(source: str) -> None:
    if source.lstrip("\r\n").startswith("%%"):
        return  # a cell's magic takes all of it
    written = list(io.StringIO(source, newline=""))
    assert len(list(io.StringIO(transform(source).source, newline=""))) == len(written)


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("%pwd", ".run_line_magic('pwd', '')"),
        ("%time f(x)", ".run_line_magic('time', 'f(x)')"),
        ("!ls {x} $y", ".system('ls {x} $y')"),
        ("!!ls", ".getoutput('ls')"),
        ("!echo 'it''s", ".system(\"echo 'it''s\")"),
        ("x?", ".show_help('x', 0)"),
        ("?x", ".show_help('x', 0)"),
        ("a.b[0].c??", ".show_help('a.b[0].c', 1)"),
        ("%time?", ".show_help('%time', 0)"),
        ("?", ".show_help('', 0)"),
        ("pip install numpy", ".run_line_magic('pip', 'install numpy')"),
    ],
)
def test_a_line_becomes_a_call(source: str, call: str) -> None:
    assert transform(source).source == CALLEE + call


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("lines = !ls", f"lines = {CALLEE}.getoutput('ls')"),
        ("d['a b'], e = %time f()", f"d['a b'], e = {CALLEE}.run_line_magic('time', 'f()')"),
        ("if 1:\n    !ls\n    x = 1", f"if 1:\n    {CALLEE}.system('ls')\n    x = 1"),
        ("!ls \\\n   -l\nx = 1", f"{CALLEE}.system('ls  -l')\n\nx = 1"),
        ("%pwd\nx = (1\n% 2)\n", f"{CALLEE}.run_line_magic('pwd', '')\nx = (1\n% 2)\n"),
        ("    a = 1\n    a", "a = 1\na"),
        (">>> a = 1\n... \n>>> a", "a = 1\n\na"),
        ("In [1]: a = 1\n   ...: b = 2", "a = 1\nb = 2"),
    ],
)
def test_around_it_everything_stays(source: str, python: str) -> None:
    assert transform(source).source == python


def test_a_cell_magic_takes_the_whole_cell_as_it_is() -> None:
    got = transform("\n%%bash -e\necho 'hi'\n%pwd\n")
    assert got.source == f"\n{CALLEE}.run_cell_magic('bash', '-e', \"echo 'hi'\\n%pwd\\n\")"
    assert got.magics == ("%%bash",)


def test_the_magics_that_were_met_are_known_before_anything_runs() -> None:
    assert transform("x = %time 1\n%foo\n!ls").magics == ("%time", "%foo")


@pytest.mark.parametrize("source", ["x = 1 +", "def f(:\n  pass", "'abc\nx = 1", "(1,\n", "% 3", "1 ? 2", "x = !"])
def test_what_is_neither_python_nor_the_shells_is_left_to_the_compiler(source: str) -> None:
    try:
        ast.parse(transform(source).source)
    except (SyntaxError, tokenize.TokenError):
        return
    assert source == "x = !"  # an empty command


@pytest.mark.parametrize(
    ("source", "quiet"),
    [("5;", True), ("5; # why", True), ("5;\n# more\n\n", True), ("5", False), ("';'", False), ("a; 5", False)],
)
def test_a_semicolon_behind_the_last_expression_is_seen(source: str, quiet: bool) -> None:
    assert ends_with_semicolon(source) is quiet
