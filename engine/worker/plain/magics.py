"""The magics that the plain shell has: %time, %timeit, %pip, %cd and their like, by name.

Every other one needs IPython, which is said before anything of its cell has run (shell.py).
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..snapshot import user_variables
from .compiling import Compiler
from .displaying import Displays, display_of_session
from .errors import NeedsIPython, UsageError
from .expansion import expand
from .figures import Figures
from .formatting import Bundle
from .history import History
from .installers import instead_of_pip
from .programs import Programs
from .timing import timed, timed_often, timeit_options
from .transform import transform

RunSource = Callable[[str], None]
_REMEDY = " With IPython installed in it (`%pip install ipython`), and Python restarted, all magics are there."


class Captured:
    """What `%%capture` kept of a cell."""

    def __init__(self) -> None:
        self.stdout = self.stderr = ""
        self.outputs: list[Bundle] = []

    def __str__(self) -> str:
        return self.stdout

    def __repr__(self) -> str:
        printed = len(self.stdout) + len(self.stderr)
        return f"<captured: {printed} characters printed, {len(self.outputs)} displays>"

    def show(self) -> None:
        """Print and display it."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for bundle in self.outputs:
            display_of_session()(bundle.data, metadata=bundle.metadata, raw=True)

    __call__ = show


class Magics:
    """run_source: runs the body of a cell magic as a cell's."""

    def __init__(
        self,
        namespace: dict[str, Any],
        history: History,
        compiler: Compiler,
        displays: Displays,
        figures: Figures,
        programs: Programs,
        run_source: RunSource,
    ) -> None:
        self._namespace = namespace
        self._history = history
        self._compiler = compiler
        self._displays = displays
        self._figures = figures
        self._system = programs.system
        self._run_source = run_source
        self.lines: dict[str, Callable[[str], Any]] = {
            "time": self._time,
            "timeit": lambda line: self._timeit(line, None),
            "pip": self._pip,
            "conda": lambda line: self._conda("conda", line),
            "mamba": lambda line: self._conda("mamba", line),
            "uv": self._uv,
            "cd": self._cd,
            "pwd": lambda _: os.getcwd(),
            "env": self._env,
            "set_env": self._env,
            "matplotlib": self._matplotlib,
            "who": self._who,
            "who_ls": lambda _: sorted(user_variables(namespace)),
            "whos": self._whos,
            "reset": self._reset,
            "lsmagic": self._lsmagic,
        }
        self.cells: dict[str, Callable[[str, str], Any]] = {
            "time": self._time_cell,
            "timeit": self._timeit,
            "capture": self._capture,
            "writefile": self._writefile,
            "file": self._writefile,
        }
        self._told: set[str] = set()  # of which it was said what to do
        self._unexpanded = {"time", "timeit"}  # what follows is Python

    def check(self, written: str) -> None:
        """Of a magic as it was written, such as "%%bash".  Raises NeedsIPython where there is none."""
        name = written.lstrip("%")
        if name not in (self.cells if written.startswith("%%") else self.lines):
            remedy = "" if written in self._told else _REMEDY
            self._told.add(written)
            raise NeedsIPython(
                f"{written} needs IPython, which this Python does not have. The cell was not run.{remedy}"
            )

    def run_line(self, name: str, rest: str, variables: Mapping[str, Any]) -> Any:
        """variables: of the caller, for `{name}` and `$name`."""
        self.check(f"%{name}")
        rest = rest.strip()
        return self.lines[name](rest if name in self._unexpanded else expand(rest, variables))

    def run_cell(self, name: str, rest: str, body: str) -> Any:
        self.check(f"%%{name}")
        return self.cells[name](rest if name in self._unexpanded else expand(rest, self._namespace), body)

    def python(self, source: str) -> str:
        """What a cell or a magic's rest is as Python.  Raises NeedsIPython."""
        transformed = transform(source)
        for magic in transformed.magics:
            self.check(magic)
        return transformed.source

    # --- timing -------------------------------------------------------------------------------------------

    def _time(self, line: str) -> Any:
        if not line.strip():
            raise UsageError("%time: what is to be timed?")
        return timed(self.python(line), line, self._compiler, self._namespace)

    def _timeit(self, line: str, cell: str | None) -> Any:
        options, statement = timeit_options(line)
        if cell is None:
            return timed_often(options, self.python(statement), "pass", self._namespace)
        return timed_often(options, self.python(cell), self.python(statement) or "pass", self._namespace)

    # --- installing ---------------------------------------------------------------------------------------

    def _pip(self, line: str) -> None:
        importlib.invalidate_caches()
        if importlib.util.find_spec("pip") is None:
            raise UsageError(f"This Python has no pip, so nothing was installed. {instead_of_pip()}")
        if self._install("pip", f"{shlex.quote(sys.executable)} -m pip {line}"):
            print("Note: you may need to restart the kernel to use updated packages.")

    def _uv(self, line: str) -> None:
        words = line.split()
        if words[:1] == ["pip"] and len(words) > 1 and "--python" not in line:
            line = f"pip {words[1]} --python {shlex.quote(sys.executable)} {' '.join(words[2:])}"
        self._program("uv", line)

    def _conda(self, name: str, line: str) -> None:
        words = line.split()
        if words and words[0] in _CHANGES:
            if not {"-y", "--yes"} & set(words):
                words.append("--yes")  # nobody could answer
            if not {"-p", "--prefix", "-n", "--name"} & {word.partition("=")[0] for word in words}:
                words += ["--prefix", shlex.quote(sys.prefix)]
        self._program(name, " ".join(words))

    def _program(self, name: str, line: str) -> None:
        found = shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable))
        if found is None:
            raise UsageError(f"{name} was not found, so nothing was done.")
        self._install(name, f"{shlex.quote(found)} {line}")

    def _install(self, name: str, command: str) -> bool:
        """Whether it says that it worked; else that is said, since the cell goes on behind it, as in IPython."""
        status = self._system(command)
        importlib.invalidate_caches()
        if status:
            print(f"{name} failed: it ended with status {status}. What it printed above says why.", file=sys.stderr)
        return status == 0

    # --- surroundings -------------------------------------------------------------------------------------

    def _cd(self, line: str) -> None:
        visited: list[Path] = self._namespace["_dh"]
        quiet = line.startswith("-q")
        target = line[2 if quiet else 0 :].strip().strip("'\"") or "~"
        if target == "-":
            if len(visited) < 2:
                raise UsageError("%cd -: no other folder was visited before.")
            target = str(visited[-2])
        os.chdir(os.path.expanduser(target))
        if Path(os.getcwd()) != visited[-1]:
            visited.append(Path(os.getcwd()))
        if not quiet:
            print(os.getcwd())

    def _env(self, line: str) -> Any:
        name, equals, text = line.strip().partition("=" if "=" in line else " ")
        name = name.strip()
        if not name:
            return dict(os.environ)
        if not equals:
            if name not in os.environ:
                raise UsageError(f"Environment does not have key: {name}")
            return os.environ[name]
        os.environ[name] = text.strip()
        print(f"env: {name}={text.strip()}")
        return None

    def _matplotlib(self, line: str) -> None:
        if line.strip() not in ("", "inline"):
            raise UsageError(f"Only %matplotlib inline works without IPython; {line.strip()!r} was not chosen.")
        self._figures.take_over()

    # --- variables ----------------------------------------------------------------------------------------

    def _who(self, _: str) -> None:
        names = sorted(user_variables(self._namespace))
        print("\t ".join(names) if names else "Interactive namespace is empty.")

    def _whos(self, _: str) -> None:
        rows = [("Variable", "Type", "Data/Info")]
        for name, value in sorted(user_variables(self._namespace).items()):
            text = repr(value).replace("\n", "\\n")
            rows.append((name, type(value).__name__, text if len(text) <= 60 else f"{text[:57]}..."))
        if len(rows) == 1:
            print("Interactive namespace is empty.")
            return
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"{row[0]:<{widths[0]}}   {row[1]:<{widths[1]}}   {row[2]}" for row in rows]
        print("\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]]))

    def _reset(self, line: str) -> None:
        sure = "-f" in line.split() or input(
            "Once deleted, variables cannot be recovered. Proceed (y/[n])? "
        ).strip().lower() in ("y", "yes")
        if not sure:
            print("Nothing done.")
            return
        for name in user_variables(self._namespace):
            del self._namespace[name]
        self._history.forget_results()

    def _lsmagic(self, _: str) -> None:
        print("Line magics:", "  ".join(f"%{name}" for name in sorted(self.lines)))
        print("Cell magics:", "  ".join(f"%%{name}" for name in sorted(self.cells)))
        print("All others need IPython.")

    # --- cells --------------------------------------------------------------------------------------------

    def _time_cell(self, line: str, cell: str) -> Any:
        if line.strip():
            raise UsageError("%%time takes nothing on its own line: use %time for one statement.")
        return timed("\n" + self.python(cell), f"%%time\n{cell}", self._compiler, self._namespace)

    def _capture(self, line: str, cell: str) -> None:
        words = line.split()
        unknown = [each for each in words if each.startswith("-") and each not in _KEEPING]
        if unknown:
            raise UsageError(f"%%capture: unknown option {unknown[0]}")
        captured, out, err = Captured(), io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            if "--no-stdout" not in words:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "--no-stderr" not in words:
                stack.enter_context(contextlib.redirect_stderr(err))
            if "--no-display" not in words:
                captured.outputs = stack.enter_context(self._displays.capturing())
            try:
                self._run_source(cell)
            finally:
                self._figures.flush()
                captured.stdout, captured.stderr = out.getvalue(), err.getvalue()
                for name in (each for each in words if not each.startswith("-")):
                    self._namespace[name] = captured

    def _writefile(self, line: str, cell: str) -> None:
        words = shlex.split(line)
        append = words[:1] in (["-a"], ["--append"])
        if len(words) != 1 + append:
            raise UsageError("%%writefile [-a] FILE: name one file.")
        path = Path(words[-1]).expanduser()
        if append:
            print(f"Appending to {path}" if path.exists() else f"Writing {path}")
        else:
            print(f"Overwriting {path}" if path.exists() else f"Writing {path}")
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(cell)


_KEEPING = {"--no-stdout", "--no-stderr", "--no-display"}
_CHANGES = {"install", "remove", "uninstall", "update", "upgrade"}
