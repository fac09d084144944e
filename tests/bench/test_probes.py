"""Probes on the embedded judge, and on judges with a known weakness."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import pytest

from visual_erm.bench.judging import Judged, judge_pairs
from visual_erm.bench.probes import NOISE, PROBES, measure, run, sample
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict


@dataclass
class Odd:
    """Finds one error, and where `rule` holds one more."""

    rule: object
    identity: JudgeIdentity = field(default_factory=lambda: JudgeIdentity(name="odd"))

    def compare(self, reference, candidate, task):
        kinds = ["shape_error"] + ["style_error"] * bool(self.rule(reference, candidate))
        errors = tuple(Discrepancy(category=kind, severity=3) for kind in kinds)
        return Verdict(task=task, errors=errors, judge=self.identity)


def probed(folder, place, judge):
    reward = VisualReward(judge, workers=1, keep_renderings=False)
    judged = judge_pairs([folder], place / "out.jsonl", reward)
    tried = run([folder], judged, place / "probes.jsonl", reward)
    return {
        probe: {name: figure.value for name, figure in figures.items()}
        for probe, figures in measure(tried)["svg"].items()
    }


@pytest.mark.slow
def test_the_embedded_judge_does_not_flip(folder, tmp_path):
    made = probed(folder, tmp_path, "embedded")
    assert set(made) == {*PROBES, NOISE}
    assert set(made["repeat"].values()) == {0, 1}
    assert made["repeat"]["coverage"] == 1
    assert made[NOISE]["change"] == 0
    # boxes are back in the unchanged pictures, or nothing would match
    for probe in ("order", "smaller", "larger", "padding"):
        assert made[probe]["list"] < 0.6


def test_a_judge_that_prefers_wide_candidates_is_found(folder, tmp_path):
    made = probed(folder, tmp_path, Odd(lambda a, b: b.shape[1] <= a.shape[1]))
    assert made["padding"]["errors"] == 1
    assert made["padding"]["shift"] > 0.05
    assert made["padding"]["beyond"] == 1
    assert made["larger"]["flips"] == made["jpeg"]["flips"] == made["repeat"]["flips"] == 0


def test_a_judge_that_changes_its_mind_is_found(folder, tmp_path):
    turn = itertools.count()
    made = probed(folder, tmp_path, Odd(lambda a, b: next(turn) % 3 == 0))
    assert 0 < made["repeat"]["flips"] < 1


def test_one_edited_pair_of_each_reference_is_drawn():
    def pair(id, seed, kind="edit", status="scored"):
        return Judged(id, "svg", kind, ("moved",), seed, (), status, (), 0.5, 0.1)

    pairs = [pair("a", "x"), pair("b", "x"), pair("c", "y", "hack")]
    pairs += [pair("d", "z", status="judge_fault"), pair("e", "z")]
    chosen = sample(pairs)
    assert len(chosen) == 2
    assert {item.seed for item in chosen.values()} == {"x", "z"}
    assert sample(pairs[::-1]) == chosen


@pytest.mark.parametrize("probe", ["order", "padding", "smaller", "larger"])
def test_boxes_are_brought_back(probe):
    picture = np.full((200, 300, 3), 255, np.uint8)
    other = picture.copy()
    picture[40:80, 60:160] = other[100:140, 200:280] = (200, 30, 30)
    truth = Discrepancy(
        category="shape_error",
        severity=2,
        bbox=(60, 40, 160, 80),
        bbox_prediction=(200, 100, 280, 140),
    )
    left, right = PROBES[probe].change(picture, other)
    seen = truth.model_copy(update={"bbox": box(left), "bbox_prediction": box(right)})
    back = PROBES[probe].back(seen, other.shape)
    for side in ("bbox", "bbox_prediction"):
        assert np.abs(np.subtract(getattr(back, side), getattr(truth, side))).max() <= 2


def box(image):
    rows, columns = np.nonzero(image[..., 1] < 140)
    return (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
