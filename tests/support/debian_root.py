"""A fresh Debian of a named release in a folder of its own, with its own processes and mounts, for tests of packages.

Made once by debootstrap from the mirror that this machine's apt uses, kept as a tar file (CAPSULE_ROOTS names the
folder; the user's cache otherwise), and unpacked anew for each use.  Needs root.  What runs inside ends with it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support import surroundings

RELEASES = ("bookworm", "trixie")
USER = "dana"
HOME = Path("/home") / USER
_UID = "1000"
LIMIT_S = 120
_BOOTSTRAP_LIMIT_S = 900

# what an ordinary desktop has, and hands for a test
_PACKAGES = (
    "ca-certificates dbus desktop-file-utils fontconfig fonts-dejavu-core libglib2.0-bin openbox procps python3 "
    "python3-venv scrot shared-mime-info xdg-utils xdotool xvfb"
).split()
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

# the first process of a root: what loses its parent ends without a trace
_INIT = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); print(flush=True); signal.pause()"


class DebianRoot:
    """Runs commands inside.  folder: the root as it is seen from outside."""

    def __init__(self, folder: Path, init: int) -> None:
        self.folder, self._init = folder, init

    def outside(self, inside: Path | str) -> Path:
        return self.folder / str(inside).lstrip("/")

    def command(
        self, words: Sequence[str], *, user: bool = False, environment: Mapping[str, str] | None = None
    ) -> list[str]:
        """What runs words inside when it is started here."""
        own = {"PATH": _PATH, "LANG": "C.UTF-8", **(environment or {})}
        identity = (
            ["setpriv", "--pdeathsig=KILL", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups"] if user else []
        )
        variables = [f"{name}={value}" for name, value in {**own, "HOME": str(HOME if user else "/root")}.items()]
        enter = ["nsenter", f"--target={self._init}", "--mount", "--pid", "--root", "--wd"]
        return [*enter, *identity, "env", "--ignore-environment", *variables, *words]

    def run(
        self, *words: str, user: bool = False, environment: Mapping[str, str] | None = None, limit_s: float = LIMIT_S
    ) -> str:
        """Its standard output.  Raises AssertionError with its words where it fails."""
        command = self.command(words, user=user, environment=environment)
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
        assert done.returncode == 0, (
            f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def launch(self, *words: str, environment: Mapping[str, str]) -> None:
        """As the user; it starts another program and ends.  What that one says is nobody's, and not waited for."""
        command = self.command(words, user=True, environment=environment)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_S, check=True)

    def install(self, *packages: str) -> None:
        """With apt, as an ordinary user is told to: a path's dependencies come from the mirror."""
        self._apt("install", "--no-install-recommends", *packages)

    def purge(self, package: str) -> None:
        self._apt("purge", package)

    def _apt(self, *words: str) -> None:
        self.run("apt-get", "-y", "-q", *words, environment={"DEBIAN_FRONTEND": "noninteractive"}, limit_s=600)

    def bring(self, file: Path, inside: Path | str) -> None:
        """A copy of file, which the user owns where it is in the user's home."""
        target = self.outside(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        self.give(inside)

    def give(self, inside: Path | str) -> None:
        if Path(inside).is_relative_to(HOME):
            self.run("chown", "-R", f"{_UID}:{_UID}", str(HOME))


@contextmanager
def debian_root(release: str) -> Iterator[DebianRoot]:
    """A fresh one with an ordinary user; everything that runs in it is killed in the end."""
    with TemporaryDirectory(prefix=f"cap-{release}-") as folder:
        root = Path(folder) / "root"
        root.mkdir()
        _checked(["tar", "-C", str(root), "-xpf", str(_kept(release))])
        script = f'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" python3 -c "{_INIT}"'
        ends_with_us = ["setpriv", "--pdeathsig=KILL"]
        command = [
            *ends_with_us,
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            script,
            str(root),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as space:
            try:
                assert space.stdout is not None
                assert space.stdout.readline() == b"\n", f"no root of {release} could be entered"
                children = Path(f"/proc/{space.pid}/task/{space.pid}/children").read_text(encoding="ascii")
                yield DebianRoot(root, int(children.split()[0]))
            finally:
                space.kill()


def _kept(release: str) -> Path:
    """The tar file, made where there is none of these packages yet."""
    named = os.environ.get("CAPSULE_ROOTS")
    kept = Path(named) if named else surroundings.REAL_HOME / ".cache/capsule-desktop-roots"
    stamp = hashlib.blake2b(" ".join(_PACKAGES).encode(), digest_size=4).hexdigest()
    tar = kept / f"{release}-{stamp}.tar"
    if tar.exists():
        return tar
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"cap-{release}-") as folder:
        root, half = Path(folder) / "root", tar.with_suffix(f".{os.getpid()}")
        words = ["--variant=minbase", f"--include={','.join(_PACKAGES)}", release, str(root), _mirror()]
        _checked(["debootstrap", *words], limit_s=_BOOTSTRAP_LIMIT_S)
        _checked(["chroot", str(root), "useradd", "--create-home", "--uid", _UID, "--shell", "/bin/bash", USER])
        _checked(["install", "-d", "-m", "700", "-o", _UID, "-g", _UID, f"{root}/run/user/{_UID}"])
        _checked(["chroot", str(root), "apt-get", "update", "-q"])
        _checked(["tar", "-C", str(root), "--one-file-system", "-cf", str(half), "."])
        half.replace(tar)
    return tar


def _mirror() -> str:
    """The first archive that this machine's apt takes Debian's main component from."""
    listed = _checked(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(COMPONENT)|$(REPO_URI)", "Created-By: Packages"]
    )
    mirrors = [line.split("|")[2] for line in listed.splitlines() if line.startswith("Debian|main|")]
    assert mirrors, "apt knows no mirror of Debian here"
    return mirrors[0]


def _checked(command: Sequence[str], *, limit_s: float = LIMIT_S) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    assert done.returncode == 0, f"{command[0]}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
