from html.parser import HTMLParser

import numpy as np
import pytest

from visual_erm import Comparison, Rendering, Results, Reward, Verdict, images
from visual_erm.errors import UsageError
from visual_erm.report import notebook
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Shown

HOSTILE = "</p></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}\ud800\0"
VOID = {"img", "br"}


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def verdict(text="", count=1):
    error = Discrepancy(
        category="data_error",
        severity=2,
        location=text,
        description=text or "5 became 4",
        bbox=(100, 200, 300, 400),
    )
    judge = JudgeIdentity(name=text or "scripted", revision=text)
    return Verdict(task="chart", errors=(error,) * count, judge=judge, warnings=(text,) * count)


def reward(text="", count=1, side=900):
    drawn = Rendering(noise(side, side), "chart", "matplotlib", "f", warnings=(text,) * count)
    failure = Failure(kind="judge", stage="judge", code=text, message=text)
    return Reward(None, "judge_fault", {}, verdict(text, count), drawn, failure, id=text)


class Fragment(HTMLParser):
    """Tags and attributes; every tag is closed in turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def shown(text="", count=1):
    given = reward(text, count)
    image = given.rendering.image
    return [
        given.rendering,
        given.verdict,
        given,
        Comparison(image, image, given.verdict),
        Results([given, Reward(0.5, "scored", verdict=given.verdict)]),
    ]


@pytest.mark.parametrize("number", range(5))
def test_what_others_wrote_is_text_and_nothing_is_loaded(number):
    text = shown(HOSTILE)[number]._repr_html_()
    fragment = Fragment(text)
    assert "script" not in fragment.tags and fragment.tags.count("style") == 1
    assert not [name for _, name, _ in fragment.attributes if name.startswith("on")]
    for tag, name, value in fragment.attributes:
        if name in ("src", "href"):
            assert tag == "img" and value.startswith("data:image/")
    assert "{{7*7}}" in text
    text.encode("utf-8")  # a notebook is saved as UTF-8
    assert "url(" not in text and "http" not in text


@pytest.mark.parametrize("number", range(5))
def test_size_has_a_bound_whatever_a_judge_says(number):
    text = shown("x" * 100_000, count=400)[number]._repr_html_()
    # noise is what compresses least; two pictures of it and two lists
    assert len(text) < 700_000
    Fragment(text)


def test_a_batch_is_cut_and_says_so():
    results = Results([reward(side=200)] * (notebook.MAX_SAMPLES + 3))
    text = results._repr_html_()
    assert text.count("<tr>") == 1 + notebook.MAX_SAMPLES and "and 3 more" in text
    assert "no reward" in text and len(text) < 1_000_000


def test_boxes_are_drawn_where_the_scaled_picture_has_them():
    image = np.full((960, 960, 3), 255, np.uint8)
    drawn = notebook.picture(image, verdict().errors)
    assert (drawn["width"], drawn["height"]) == (notebook.MAX_SIDE, notebook.MAX_SIDE)
    pixels = images.load(drawn["uri"])
    ink = np.argwhere((pixels[115:] != 255).any(axis=2))  # below the number
    assert abs(ink[:, 1].max() - 150) <= 2 and abs(ink[:, 0].max() + 115 - 200) <= 2


def test_means_say_what_they_are_of():
    text = Results([Reward(0.5, "scored"), Reward(None, "infra_fault")])._repr_html_()
    assert "mean reward 0.500 of the 1 with a value" in text and "1 infrastructure fault" in text


def test_other_things_are_refused():
    with pytest.raises(UsageError, match="shows no Shown"):
        notebook.html(Shown())
