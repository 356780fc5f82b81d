"""Rules about code that no linter holds for us: sizes, loops, nested loops, sleeps and broad excepts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.sources import Source, dotted, sources

LINE_LIMIT = 400
LONGER_BY_INTENT = "longer than 400 lines"  # with the reason, in the module's docstring
PACKAGES = ("capsule_desktop", "engine")

# invariant 1: the application's two entries and the worker's
MAY_OWN_A_LOOP = {"capsule_desktop/app.py", "capsule_desktop/cli.py", "engine/worker/main.py"}
LOOP_CALLS = {
    *("asyncio.run", "asyncio.Runner", "asyncio.new_event_loop", "asyncio.set_event_loop"),
    *("qasync.QEventLoop", "QEventLoop", "qasync.run"),
}
LOOP_METHODS = {"run_until_complete", "run_forever"}

# style 12: who may catch everything.  In the worker the user's own code runs at all of these edges.
BROAD_EXCEPT_EDGES = {
    "engine/tasks.py": "task owner",
    "engine/store/writer.py": "likewise of the operations that wait for the disk",
    "engine/session/interceptors.py": "an observer that raises breaks nothing (invariant 2)",
    "engine/session/session.py": "likewise the one who handles events",
    "capsule_desktop/crash.py": "crash hook",
    "engine/worker/main.py": "worker dispatch, crash hook",
    "engine/worker/errands.py": "worker dispatch: looking at objects runs their code",
    "engine/worker/keeper.py": "worker dispatch: pickling runs __reduce__, and keeping never fails a cell",
    "engine/worker/cells.py": "running a cell",
    "engine/worker/failures.py": "an exception's __str__, likewise",
    "engine/worker/opening.py": "importing whatever lies in that environment under IPython's name",
    "engine/worker/plain/shell.py": "running a cell",
    "engine/worker/plain/formatting.py": "showing a value runs its _repr_*_ methods",
    "engine/worker/plain/expansion.py": "evaluating what stands in braces in a command",
    "engine/worker/plain/inspection.py": "looking at objects runs their properties",
    "engine/worker/ipython/adapter.py": "running the user's input transformers",
    "engine/worker/ipython/profile.py": "running the user's IPython start-up files",
    "engine/worker/drafts.py": "pickling runs __reduce__",
    "engine/worker/refusals.py": "an exception's __str__",
    "engine/worker/restoration.py": "unpickling runs imports and __setstate__",
    "engine/worker/surroundings.py": "restoring runs imports; each kind costs only itself",
}
# binding a socket makes no event that another process could wait for
MAY_POLL = {"tests/support/worker_process.py"}
BROAD = {"Exception", "BaseException"}


def test_modules_stay_small() -> None:
    too_long = [
        f"{source.name}: {source.text.count('\n')} lines"
        for source in sources(*PACKAGES, "tests")
        if source.text.count("\n") > LINE_LIMIT and LONGER_BY_INTENT not in (ast.get_docstring(source.tree) or "")
    ]
    assert too_long == []


def test_only_entries_own_an_event_loop() -> None:
    owners = [
        f"{source.name}:{call.lineno} {name}"
        for source in sources(*PACKAGES)
        if source.name not in MAY_OWN_A_LOOP
        for name, call in source.calls()
        if name in LOOP_CALLS or name.rpartition(".")[2] in LOOP_METHODS
    ]
    assert owners == []


def test_no_dialog_menu_or_drag_runs_a_nested_loop() -> None:
    """It would raise "Cannot enter into task" in whichever coroutine is due meanwhile; open() and signals instead."""
    nested = [
        f"{source.name}:{call.lineno} {name}"
        for source in sources("capsule_desktop")
        for name, call in source.calls()
        if name.endswith((".exec", ".exec_", ".processEvents"))
    ]
    assert nested == []


def test_coroutine_tests_wait_for_no_signal_in_a_nested_loop() -> None:
    waits = [
        f"{source.name}:{call.lineno}"
        for source in sources("tests")
        for function in ast.walk(source.tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and dotted(call.func).startswith("qtbot.wait")
    ]
    assert waits == []


def test_tests_do_not_sleep() -> None:
    sleeps = [
        f"{source.name}:{call.lineno}"
        for source in sources("tests")
        if source.name not in MAY_POLL
        if not source.name.startswith("tests/benchmarks/")  # they press keys at a user's pace
        for name, call in source.calls()
        if name in {"time.sleep", "sleep"} or (name == "asyncio.sleep" and not _is_zero(call)) or name == "qtbot.wait"
    ]
    assert sleeps == []


def test_broad_excepts_stand_at_named_edges_only() -> None:
    broad = [
        f"{source.name}:{line}"
        for source in sources(*PACKAGES)
        if source.name not in BROAD_EXCEPT_EDGES
        for line in _broad_excepts(source)
    ]
    assert broad == []


def _is_zero(call: ast.Call) -> bool:
    return isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def _broad_excepts(source: Source) -> Iterator[int]:
    """Handlers of everything that do not raise it again, and suppress(Exception)."""
    for node in ast.walk(source.tree):
        match node:
            case ast.ExceptHandler(type=caught) if _is_broad(caught) and not _raises_again(node):
                yield node.lineno
            case ast.Call(func=function, args=args) if dotted(function).endswith("suppress"):
                if any(map(_is_broad, args)):
                    yield node.lineno


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(part) for part in caught.elts)
    return caught is None or dotted(caught) in BROAD


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
