"""Sources, truths and pairs of `benchmarks.handwritten`, and what its second card accepts."""

import dataclasses

import pytest

pytest.importorskip("rich")

from benchmarks.handwritten import __main__ as handwritten
from benchmarks.handwritten.pairs import HERE, SUFFIX, Edit, pairs, sources
from visual_erm.bench.judging import Judged
from visual_erm.errors import InputError
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import CATEGORIES, Discrepancy

FOLDERS = [(task, split) for task in SUFFIX for split in ("tune", "held")]


@pytest.mark.parametrize(("task", "split"), FOLDERS)
def test_every_edit_applies_alone_and_with_the_others(task, split):
    for one in sources(task, split):
        mixed = one.text
        for edit in one.together:
            mixed = edit.apply(mixed)
        for edit in one.edits:
            assert edit.apply(one.text) != one.text
            assert {edit.category, *edit.also} <= set(CATEGORIES[task])
            assert edit.severity in (1, 2, 3)


@pytest.mark.parametrize(("task", "split"), FOLDERS)
def test_every_file_is_a_source(task, split):
    files = {path.stem for path in (HERE / split / task).glob(f"*.{SUFFIX[task]}")}
    assert files == {one.name for one in sources(task, split)}


def test_the_halves_have_nothing_in_common():
    for task in SUFFIX:
        texts = [{one.text for one in sources(task, split)} for split in ("tune", "held")]
        assert not texts[0] & texts[1]


def test_an_edit_of_what_is_not_there_is_refused():
    with pytest.raises(InputError, match="is not in the source"):
        Edit((("red", "blue"),), "style_error", 2, "blue").apply("<svg/>")


def drawing(name):
    return next(one for one in sources("svg", "tune") if one.name == name)


def test_pairs_are_each_edit_all_of_them_and_what_is_harmless():
    one = dataclasses.replace(drawing("target"), harmless=("jpeg:60", "shift:3,2"))
    found = list(pairs([one]))
    assert [pair.id for pair in found] == [
        *(f"target.{name}" for name in ("1", "2", "3", "mix", "jpeg:60", "shift:3,2"))
    ]
    assert found[3].truth == tuple(pair.truth[0] for pair in found[:3])
    assert [len(pair.truth) for pair in found[4:]] == [0, 0]
    height, width = found[0].reference.shape[:2]
    x0, y0, x1, y1 = found[0].truth[0].bbox
    assert 0 < x0 < x1 < width
    assert 0 < y0 < y1 < height


def test_what_changes_everywhere_has_the_whole_picture_as_its_place():
    one = drawing("tree")
    night = Edit(((">\n", "><rect width='100%' height='100%'/>\n"),), "style_error", 3, "black")
    pair = next(pairs([dataclasses.replace(one, edits=(night,))]))
    height, width = pair.reference.shape[:2]
    assert pair.truth[0].bbox == (0, 0, width, height)


def test_an_edit_that_changes_nothing_is_refused():
    still = Edit((("<svg ", "<svg  "),), "style_error", 1, "spaces")
    with pytest.raises(InputError, match="nothing changes"):
        list(pairs([dataclasses.replace(drawing("tree"), edits=(still,))]))


def test_a_verdict_is_kept(tmp_path):
    found = list(pairs([drawing("target")]))[:2]
    reward = VisualReward("embedded", keep_renderings=False)
    first = handwritten.judge(found, tmp_path / "out.jsonl", reward)
    assert [item.status for item in first] == ["scored", "scored"]
    assert all(item.found for item in first)
    lines = (tmp_path / "out.jsonl").read_text()
    assert handwritten.judge(found, tmp_path / "out.jsonl", reward) == first
    assert (tmp_path / "out.jsonl").read_text() == lines


BOX = (10, 10, 20, 20)
MOVED = Edit((), "data_error", 2, "a bar is higher", also=("text_error",), follows="limits")


def error(category, description="", box=BOX):
    return Discrepancy(category=category, severity=2, description=description, bbox=box)


def accepted(edit, *found):
    truth = (error(edit.category, edit.description),)
    item = Judged("a.1", "chart", "edit", (), "a", truth, "scored", found, 0.5, 0.1)
    return [one.category for one in handwritten.accepting(item, (edit,)).found]


def test_a_second_category_is_as_right():
    assert accepted(MOVED, error("text_error")) == ["data_error"]
    assert accepted(MOVED, error("style_error")) == ["style_error"]


def test_what_an_edit_entails_counts_for_nothing():
    limits = error("data_error", "the limits of the axis", (0, 50, 5, 90))
    assert accepted(MOVED, error("data_error"), limits) == ["data_error"]
    elsewhere = error("data_error", "another bar", (0, 50, 5, 90))
    assert accepted(MOVED, error("data_error"), elsewhere) == ["data_error", "data_error"]


def test_so_many_parts_of_one_edit_count_once():
    part = error("text_error")
    assert accepted(MOVED, part, part) == ["data_error", "text_error"]
    assert accepted(dataclasses.replace(MOVED, parts=2), part, part) == ["data_error"]
