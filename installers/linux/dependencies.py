"""Which Debian packages a frozen folder needs: sonames in, a Depends field out.

Not dpkg-shlibdeps, which knows the names of the release it runs on only: a package serves Debian 12 and 13 (and what
is made from these), where the change to a 64-bit time_t renamed some packages.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from installers.linux.elf import elf_files, glibc_version, headers, needed_libraries

_C_LIBRARY = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"}
_C_LIBRARY_PREFIX = "ld-linux"

# soname -> what to depend on, under the names of Debian 12 and 13
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbz2.so.1.0": "libbz2-1.0",
    "libcrypto.so.3": "libssl3 | libssl3t64",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libffi.so.8": "libffi8",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0 | libglib2.0-0t64",
    "libgthread-2.0.so.0": "libglib2.0-0 | libglib2.0-0t64",
    "liblzma.so.5": "liblzma5",
    "libsqlite3.so.0": "libsqlite3-0",
    "libssl.so.3": "libssl3 | libssl3t64",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


class UnknownLibrary(Exception):
    """A bundled file needs a library that PACKAGES does not name."""


def depends_of(folder: Path) -> str:
    """The Depends field for what is in folder.  Raises UnknownLibrary."""
    texts = [headers(path) for path in elf_files(folder)]
    bundled = {path.name for path in folder.rglob("*.so*")}
    needed = set[str]().union(*(needed_libraries(text) for text in texts)) - bundled
    return depends(needed, max(glibc_version(text) for text in texts))


def depends(sonames: Iterable[str], glibc: tuple[int, int]) -> str:
    """One alternative a package, sorted, the C library of at least the version whose symbols are used first."""
    wanted: set[str] = set()
    for soname in sonames:
        if soname in _C_LIBRARY or soname.startswith(_C_LIBRARY_PREFIX):
            continue
        if soname not in PACKAGES:
            raise UnknownLibrary(
                f"{soname} is needed; say in {Path(__file__).name} which package has it, or leave out what needs it."
            )
        wanted.add(PACKAGES[soname])
    return ", ".join([f"libc6 (>= {glibc[0]}.{glibc[1]})", *sorted(wanted)])
