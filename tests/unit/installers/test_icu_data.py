"""What is left out of Qt's ICU, tried with the ICU of the PySide6 that the tests run with."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import PySide6
import pytest

from installers.freezing import BuildError
from installers.linux import icu_data
from installers.project import ROOT

QT_LIBRARIES = Path(PySide6.__file__).parent / "Qt/lib"
PROGRAMS = ("objdump", "objcopy", "as", "ld", "icupkg")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have their own ICU")


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    missing = [name for name in PROGRAMS if shutil.which(name, path=icu_data.search_path()) is None]
    if missing:
        pytest.skip(f"building needs {', '.join(missing)}")
    folder = tmp_path / "_internal/PySide6/Qt/lib"
    folder.mkdir(parents=True)
    for library in (*QT_LIBRARIES.glob("libicu*.so.*"), QT_LIBRARIES / "libQt6Core.so.6"):
        shutil.copy(library, folder)
    return tmp_path


def _data(frozen: Path) -> Path:
    return next(frozen.rglob("libicudata.so.*"))


def test_every_language_sorts_as_before_with_an_eighth_of_the_data_and_the_same_bytes_anywhere(
    frozen: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """That languages sort as before is what trim_icu itself holds."""
    before = _data(frozen).stat().st_size
    other = tmp_path_factory.mktemp("elsewhere") / "longer-name"
    shutil.copytree(frozen, other)
    for folder in (frozen, other):
        icu_data.trim_icu(folder)
    assert _data(frozen).stat().st_size < before / 7
    assert _data(frozen).read_bytes() == _data(other).read_bytes()


@pytest.mark.parametrize("lost", ["sv", "root"])
def test_a_language_that_lost_its_order_stops_the_build_and_stays_out_of_what_was_frozen(
    frozen: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(icu_data, "_KEPT", re.compile(rf"(?!coll/{lost}\.res)(?:{icu_data._KEPT.pattern})"))
    before = _data(frozen).read_bytes()
    with pytest.raises(BuildError):
        icu_data.trim_icu(frozen)
    assert _data(frozen).read_bytes() == before  # which --keep-frozen would pack


def test_a_qt_that_asks_icu_for_more_stops_the_build(frozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icu_data, "_ASKED_FOR", ("ucol_", "ucal_", "ucnv_", "UCNV_"))
    with pytest.raises(BuildError, match=r"u_strToLower_\d+, u_strToUpper_\d+, too"):
        icu_data.trim_icu(frozen)


def test_nothing_of_the_application_asks_qt_for_names_of_zones_or_for_encodings() -> None:
    asks = re.compile(
        r"\bQ(TimeZone|Timezone|StringConverter|StringDecoder|StringEncoder|TextStream|XmlStreamReader)\b"
    )
    found = [path for path in (ROOT / "capsule_desktop").rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))]
    assert found == []
