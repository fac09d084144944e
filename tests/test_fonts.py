"""One set of fonts for every renderer."""

import re

import pytest
from matplotlib.ft2font import FT2Font

from visual_erm import fonts


def test_files_carry_the_families_that_are_promised():
    assert {FT2Font(str(path)).family_name for path in fonts.font_files()} == set(fonts.FAMILIES)


@pytest.mark.parametrize("text", ["数据表格", "データの表", "데이터", "資料表", "ＡＢ、。「」"])
def test_common_cjk_text_has_glyphs(text):
    covered = set()
    for path in fonts.font_files():
        covered |= set(FT2Font(str(path)).get_charmap())
    assert {ord(character) for character in text} <= covered


@pytest.mark.parametrize(
    ("family", "expected"),
    [("'Arial'", "DejaVu Sans"), ("no such font", "DejaVu Sans"), ("SIMHEI", "Noto Sans CJK SC")],
)
def test_every_family_has_a_stand_in(family, expected):
    assert fonts.substitute(family) == expected


def test_fingerprint_is_short_and_stable():
    assert re.fullmatch("[0-9a-f]{12}", fonts.fingerprint())
    assert fonts.fingerprint() == fonts.fingerprint()
