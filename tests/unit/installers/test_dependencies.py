"""From sonames to a Depends field."""

from __future__ import annotations

import pytest

from installers.linux.dependencies import PACKAGES, UnknownLibrary, depends
from installers.linux.elf import glibc_version, needed_libraries

HEADERS = """
Dynamic Section:
  NEEDED               libfontconfig.so.1
  NEEDED               libc.so.6
  RUNPATH              $ORIGIN

Version References:
  required from libc.so.6:
    0x069691b4 0x00 03 GLIBC_2.34
    0x09691a75 0x00 02 GLIBC_2.2.5
    0x06969189 0x00 04 GLIBC_2.9
"""


def test_packages_are_named_once_and_in_order() -> None:
    sonames = [
        "libgthread-2.0.so.0",
        "libX11.so.6",
        "libglib-2.0.so.0",
        "libc.so.6",
        "libm.so.6",
        "ld-linux-x86-64.so.2",
    ]
    assert depends(sonames, (2, 36)) == "libc6 (>= 2.36), libglib2.0-0 | libglib2.0-0t64, libx11-6"


def test_a_library_that_nobody_named_stops_the_build() -> None:
    with pytest.raises(UnknownLibrary, match=r"libnew\.so\.3"):
        depends(["libnew.so.3"], (2, 36))


def test_what_was_renamed_for_a_64_bit_time_is_named_both_ways() -> None:
    renamed = {package for package in PACKAGES.values() if "t64" in package}
    assert renamed == {"libglib2.0-0 | libglib2.0-0t64", "libssl3 | libssl3t64"}


def test_headers_are_read() -> None:
    assert needed_libraries(HEADERS) == {"libfontconfig.so.1", "libc.so.6"}
    assert glibc_version(HEADERS) == (2, 34)  # not 2.9, which would be more as a text
    assert glibc_version("") == (0, 0)
