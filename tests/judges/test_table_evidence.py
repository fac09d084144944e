"""How sure pictures make it that texts differ: worked by hand, and on type of several qualities."""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm.judges.ocr import Reader, Strip
from visual_erm.judges.table import evidence, look

READER = Reader()


def strip(text, *chances, signs=("", "a", "b")):
    return Strip(text, 1.0, tuple(range(len(text))), signs, np.array(chances, np.float32))


def drawn(text, size, font="DejaVu Sans", blur=0.0):
    face = ImageFont.truetype(font_manager.findfont(font), size)
    page = PILImage.new("RGB", (round(face.getlength(text)) + 6, round(1.5 * size)), "white")
    ImageDraw.Draw(page).text((3, size * 0.15), text, "black", font=face)
    picture = np.asarray(page)
    if blur:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur))
    return evidence.line(READER.strip(picture))


def test_likelihood_is_the_sum_over_all_ways_to_spread_a_text():
    chances = ((0.2, 0.7, 0.1), (0.5, 0.3, 0.2), (0.6, 0.1, 0.3))
    line = evidence.line(strip("ab", *chances))

    def read(way):
        signs = [s for s, before in zip(way, (0, *way), strict=False) if s and s != before]
        return "".join(" ab"[s] for s in signs)

    for text in ("", "a", "ab", "aa", "ba"):
        ways = (way for way in product(range(3), repeat=3) if read(way) == text)
        chance = sum(np.prod([chances[t][s] for t, s in enumerate(way)]) for way in ways)
        assert np.exp(evidence.likelihood(line, text)) == pytest.approx(chance, rel=2e-3)


def test_one_text_that_explains_both_is_no_evidence():
    sure = evidence.line(strip("a", (0.02, 0.97, 0.01)))
    torn = evidence.line(strip("b", (0.02, 0.47, 0.51)))
    other = evidence.line(strip("b", (0.02, 0.01, 0.97)))
    assert evidence.evidence([sure], [torn]) == pytest.approx(np.log(0.51 / 0.47), abs=0.01)
    assert evidence.evidence([sure], [other]) == pytest.approx(np.log(97), abs=0.05)
    assert evidence.evidence([sure], [sure]) == 0


def test_lines_of_one_text_are_read_as_one():
    one, two = (evidence.line(strip(s, row)) for s, row in (("a", (0, 1, 0)), ("b", (0, 0, 1))))
    assert evidence.joined([one, two]).text == "ab"
    assert evidence.likelihood(evidence.joined([one, two]), "ab") == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("a", "b"), [("1584", "1564"), ("-2.31", "2.31"), ("Warsaw", "Warsow")])
@pytest.mark.parametrize("font", ["DejaVu Sans", "DejaVu Serif"])
def test_another_sign_in_clean_type_is_evidence_in_any_font(a, b, font):
    assert evidence.evidence([drawn(a, 15)], [drawn(b, 15, font)]) > look.ENOUGH
    assert evidence.evidence([drawn(a, 15)], [drawn(a, 15, font)]) < look.ENOUGH


@pytest.mark.parametrize("text", ["California", "0.842", "non-aboriginal", "1,716"])
@pytest.mark.parametrize(("size", "blur"), [(8, 0.0), (10, 0.9), (12, 1.2)])
def test_small_or_blurred_type_supports_no_difference(text, size, blur):
    poor = drawn(text, size, blur=blur)
    assert evidence.evidence([drawn(text, 18, "DejaVu Serif")], [poor]) < look.ENOUGH


def test_many_weak_hints_in_a_long_text_are_no_strong_one():
    words = "close, closed, readable, readline, seekable, tell, writable, writelines"
    assert evidence.evidence([drawn(words, 15)], [drawn(words, 9, blur=0.5)]) < 5.5
    wrong = words.replace("seekable", "seebable")
    assert evidence.evidence([drawn(words, 15)], [drawn(wrong, 13)]) > look.ENOUGH


def test_places_where_texts_differ():
    assert evidence.differences("abcdef", "abcdef") == []
    assert evidence.differences("abcdefgh", "xbcdefgz") == [
        ((0, 2), (0, 2)),
        ((6, 8), (6, 8)),
    ]
    assert evidence.differences("abc", "") == [((0, 3), (0, 0))]
