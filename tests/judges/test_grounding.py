"""Claims held against pixels: grounded, contradicted, or neither."""

import cv2
import numpy as np
import pytest

from visual_erm.judges.grounding import Evidence, same
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

EVIDENCE = Evidence()


def chart(title="Rain in towns", bars=(120, 200), size=(400, 300)):
    """Two bars and a title, 400 by 300 pixels unless another size is said."""
    image = np.full((size[1], size[0], 3), 255, np.uint8)
    cv2.putText(image, title, (90, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2, cv2.LINE_AA)
    for at, height in enumerate(bars):
        x = 60 + 180 * at
        cv2.rectangle(image, (x, 280 - height), (x + 90, 280), (30, 110, 180), -1)
    return image


def found(*errors):
    return Verdict(task="chart", errors=errors, judge=JudgeIdentity(name="embedded"))


TITLE = Discrepancy(
    category="text_error",
    severity=2,
    location="title",
    description='"Rain in towns" became "Pain of towns"',
    bbox=(90, 8, 300, 40),
)


def mark(category, location, description="", candidate=None, evidence=(TITLE,), **more):
    claim = Discrepancy(
        category=category, severity=2, location=location, description=description, **more
    )
    candidate = chart("Pain of towns") if candidate is None else candidate
    marked = EVIDENCE.ground(found(claim), chart(), candidate, found=found(*evidence))
    return marked.errors[0].grounded


def test_what_the_embedded_judge_finds_too_is_grounded():
    said = "the title reads 'Pain of towns' instead of 'Rain in towns'"
    assert mark("text_error", "title", said) == "grounded"
    assert mark("style_error", "", bbox=(100, 10, 290, 38)) == "grounded"
    assert mark("style_error", "title", said) != "grounded"


def test_a_place_where_nothing_differs_is_ungrounded():
    assert mark("data_error", "lower right bar", "too short") == "ungrounded"
    assert mark("data_error", "", "too short", bbox=(60, 160, 150, 280)) == "ungrounded"
    assert mark("data_error", "", "too short", bbox=(-90, -90, -20, -20)) == "ungrounded"
    # something differs up there, and nobody says what
    assert mark("structure_error", "upper left", "an arrow is missing") == "unknown"


def test_a_quoted_text_that_stands_in_both_is_ungrounded():
    same_title = chart(bars=(120, 150))
    said = "the title 'Rain in towns' is missing"
    assert mark("text_error", "title", said, candidate=same_title, evidence=()) == "ungrounded"
    assert mark("text_error", "title", "'Rain' is missing", candidate=same_title) == "unknown"


def test_silence_proves_nothing():
    assert mark("style_error", "bars", "another green", evidence=()) == "unknown"
    wide = chart(size=(420, 300))
    assert mark("data_error", "lower right bar", candidate=wide, evidence=()) == "unknown"


def test_in_equal_pictures_nothing_is_grounded():
    noisy = chart()
    noisy[100:110, 100:110] -= 2
    assert mark("style_error", "bars", candidate=noisy, evidence=()) == "ungrounded"


def test_what_nobody_claims_is_counted():
    claim = Discrepancy(category="data_error", severity=2, description="a bar is too tall")
    candidate = chart("Pain of towns")
    marked = EVIDENCE.ground(found(claim), chart(), candidate, found=found(TITLE))
    assert marked.usage["unclaimed"] == 1
    marked = EVIDENCE.ground(found(TITLE), chart(), candidate, found=found(TITLE))
    assert marked.usage["unclaimed"] == 0


def test_the_embedded_judge_is_asked_where_its_verdict_is_not_given():
    claim = TITLE.model_copy(update={"bbox": None})
    marked = EVIDENCE.ground(found(claim), chart(), chart("Pain of towns"))
    assert marked.errors[0].grounded == "grounded"


@pytest.mark.parametrize("other", [(90, 8, 300, 40), (100, 5, 310, 45)])
def test_boxes_count_before_words(other):
    elsewhere = TITLE.model_copy(update={"bbox": (300, 200, 380, 280)})
    assert same(TITLE, TITLE.model_copy(update={"bbox": other, "description": "?"}))
    assert not same(TITLE, elsewhere)
