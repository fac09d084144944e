"""Half of a picture is no attempt at it; one that leaves elements out is."""

import numpy as np
import pytest

from tests.judges.test_svg import PARTS, draw
from tests.judges.test_table import ROWS
from tests.judges.test_table import draw as draw_table
from visual_erm.judges.distance import CEILING
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.judges.erased import erased

WIDE = {**PARTS, "bar": '<rect x="12" y="84" width="76" height="8" fill="#7a3fa0"/>'}


@pytest.mark.parametrize("turn", range(4))
def test_what_is_wiped_out_on_one_side_is_no_attempt(turn: int) -> None:
    reference = np.ascontiguousarray(np.rot90(draw(WIDE), turn))
    candidate = reference.copy()
    candidate[:, candidate.shape[1] // 2 :] = 255
    sham = erased(reference, candidate)
    assert sham is not None
    assert "straight line" in sham.reason
    verdict = EmbeddedJudge().compare(reference, candidate, "svg")
    assert any("straight line" in error.description for error in verdict.errors)
    assert verdict.distance is not None
    assert verdict.distance > CEILING


def test_elements_that_are_left_out_are_left_out_whole() -> None:
    for kept in ("circle", "square"):
        fewer = {name: part for name, part in WIDE.items() if name in (kept, "bar")}
        assert erased(draw(WIDE), draw(fewer)) is None


def test_a_shorter_bar_is_shorter_on_both_sides() -> None:
    bar = '<rect x="{}" y="40" width="{}" height="12" fill="#222"/>'
    assert erased(draw({"bar": bar.format(10, 80)}), draw({"bar": bar.format(30, 40)})) is None


def test_a_table_without_its_right_half_is_no_attempt_and_one_without_a_column_is() -> None:
    reference = draw_table()
    half = reference.copy()
    half[:, half.shape[1] // 2 :] = 255
    fewer = draw_table([row[:3] for row in ROWS])
    verdicts = [EmbeddedJudge().compare(reference, one, "table") for one in (half, fewer)]
    assert [
        any("straight line" in error.description for error in verdict.errors)
        for verdict in verdicts
    ] == [True, False]
    assert (verdicts[0].distance or 0) > CEILING > (verdicts[1].distance or 1)
