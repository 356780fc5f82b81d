"""The built .deb: its size and the archive's, the start of what it installs with cold and with warm files, its memory
when it is idle.

Unpacked as dpkg does it, to a folder of the checkout's disk.  Cold: the files of the installation, and the system's
libraries that it maps, have been evicted from the page cache; what other running programs map (libc, the X
server's) stays, as it does on a desktop.
"""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from installers.project import BUILD, DIST, read_project
from tests.benchmarks.idle_memory import idle_memory
from tests.benchmarks.own_window import write_code_notebook
from tests.benchmarks.start import painted_s


def measure(*, quick: bool) -> dict[str, object]:
    deb = _built_deb()
    rounds = 3 if quick else 5
    with TemporaryDirectory(dir=BUILD, prefix="measured-") as name:
        root = Path(name)
        subprocess.run(["dpkg-deb", "-x", str(deb), name], check=True)
        program = root / "usr" / "bin" / "capsule-desktop"
        with _surroundings() as (environment, notebook):
            idle = idle_memory([str(program), str(notebook)], environment)
        files = [*_files(root), *idle.mapped]
        starts = [_cold_and_warm_s(program, files) for _ in range(rounds)]
        installed_bytes = sum(path.lstat().st_size for path in _files(root))
    cold, warm = zip(*starts, strict=True)
    return {
        "deb_mb": round(deb.stat().st_size / 1e6, 1),
        **_archive_figures(),
        "installed_mb": round(installed_bytes / 1e6, 1),
        "cold_start_s": round(statistics.median(cold), 3),
        "cold_start_max_s": round(max(cold), 3),
        "warm_start_s": round(statistics.median(warm), 3),
        "warm_start_max_s": round(max(warm), 3),
        "rss_idle_mb": round(idle.rss_bytes / 1e6, 1),
        "pss_idle_mb": round(idle.pss_bytes / 1e6, 1),
        "workers_pss_idle_mb": round(idle.workers_pss_bytes / 1e6, 1),
        "rounds": rounds,
        "platform": os.environ["QT_QPA_PLATFORM"],
    }


def _built_deb() -> Path:
    version = read_project().debian_version
    found = sorted(DIST.glob(f"capsule-desktop_{version}_*.deb"))
    if not found:
        raise SystemExit(
            f"There is no package of version {version} in {DIST}; build it: sh installers/dev.sh build deb"
        )
    return found[-1]


def _archive_figures() -> dict[str, float]:
    """Of the portable archive of this version, where it was built, too."""
    found = sorted(DIST.glob(f"capsule-desktop-{read_project().version}-*.tar.gz"))
    return {"tar_mb": round(found[-1].stat().st_size / 1e6, 1)} if found else {}


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]


def _evict(files: Iterable[Path]) -> None:
    """Drop the clean pages of these files; what is dirty is written first, since dirty pages stay."""
    os.sync()
    for path in files:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:  # a mapped file that was deleted or is no file
            continue
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _cold_and_warm_s(program: Path, files: Iterable[Path]) -> tuple[float, float]:
    _evict(files)
    return _start_s(program), _start_s(program)


def _start_s(program: Path) -> float:
    """Seconds to the painted window with a notebook in it."""
    with _surroundings() as (environment, notebook):
        return painted_s([str(program), str(notebook)], environment)


@contextmanager
def _surroundings() -> Iterator[tuple[Mapping[str, str], Path]]:
    """Directories of its own, or the next start would be answered by an instance that runs."""
    with TemporaryDirectory(prefix="cap-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)
        notebook = folder / "first.ipynb"
        write_code_notebook(notebook, ["1+1"] * 20)
        yield {**os.environ, "XDG_STATE_HOME": f"{name}/state", "XDG_RUNTIME_DIR": f"{name}/run"}, notebook
