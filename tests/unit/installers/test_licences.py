"""Who made what: from metadata to debian/copyright."""

from __future__ import annotations

import pytest

from installers.licences import Part, bundled_parts, licence_of, python_part
from installers.linux.copyright import debian_copyright, folded

MODULES = [
    "PySide6",
    "shiboken6",
    "msgpack",
    "cloudpickle",
    "nbformat",
    "resonate",
    "resonate_base",
    "aiohttp",
    "capsule_desktop",
]


@pytest.mark.parametrize(
    ("classifiers", "expression", "free_text", "licence"),
    [
        ([], "BSD-3-Clause", "whatever", "BSD-3-Clause"),
        ([], "", "MIT", "MIT"),
        ([], "", "Apache 2.0", "Apache-2.0"),
        (["License :: OSI Approved :: MIT License"], "", "", "MIT"),
        (["License :: OSI Approved :: BSD License"], "", "Copyright …\n" + "x" * 80, "Copyright …"),
        (["Topic :: Software Development"], "", "", "see-below"),
    ],
)
def test_the_licence_is_found_wherever_it_is_said(
    classifiers: list[str], expression: str, free_text: str, licence: str
) -> None:
    assert licence_of(classifiers, expression, free_text) == licence


def test_every_bundled_part_says_its_licence_and_its_text() -> None:
    parts = [python_part(), *bundled_parts(MODULES)]
    assert "capsule-desktop" not in {part.name for part in parts}
    for part in parts:
        assert part.licence != "see-below", part.name
        assert part.texts, part.name
        assert all(part.copyright), part.name


def test_the_copyright_file_is_of_paragraphs_with_their_three_fields() -> None:
    part = Part("thing", "1.0", "MIT OR Apache-2.0", ("2020 Somebody",), ("thing*",), (("LICENSE", "One\n\nTwo"),))
    paragraphs = debian_copyright([part]).strip().split("\n\n")
    assert paragraphs[0].startswith("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
    for paragraph in paragraphs[1:]:
        fields = [line.split(":")[0] for line in paragraph.splitlines() if not line.startswith(" ")]
        assert {"Files", "Copyright", "License"} <= set(fields)
    assert "License: MIT or Apache-2.0\n One\n .\n Two" in paragraphs[-1]


def test_texts_that_debian_has_are_pointed_to() -> None:
    part = Part(
        "thing", "1.0", "LGPL-3.0-only", ("x",), ("thing*",), (("L", "  GNU LESSER GENERAL PUBLIC LICENSE\n…"),)
    )
    assert "/usr/share/common-licenses/LGPL-3." in debian_copyright([part])


def test_folding_leaves_no_line_that_would_end_a_field() -> None:
    assert folded("a\n\n\tb\n") == " a\n .\n         b"
