import io

import numpy as np
import pytest

from visual_erm import examples
from visual_erm.examples import story, trial
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Rendering, Reward, Verdict

WHITE = np.full((40, 40, 3), 255, np.uint8)
REFERENCE = Rendering(WHITE, "svg", backend="resvg", fingerprint="x")
ROCKET = examples.load("svg/rocket")
HONEST, CHEAT = ROCKET.attempts[0], ROCKET.attempts[1]
BLANK = Failure(kind="policy", stage="render", code="blank", message="the picture shows nothing")
ERRORS = tuple(
    Discrepancy(category="shape_error", severity=2, location=f"[place {n}]", description="w" * 90)
    for n in range(3)
)
VERDICT = Verdict(task="svg", errors=ERRORS, judge=JudgeIdentity(name="scripted", revision="7"))


def outcome(attempt, value, ssim, failure=None, verdict=None):
    status = failure.status if failure else "scored"
    reward = Reward(value=value, status=status, failure=failure, verdict=verdict)
    return trial.Outcome(ROCKET, attempt, REFERENCE, reward, ssim)


def test_only_an_honest_attempt_strictly_above_is_right():
    cases = [(0.6, 0.4, True), (0.4, 0.4, False), (0.2, 0.4, False)]
    for honest, cheat, right in cases:
        [pair] = trial.pairs([outcome(HONEST, honest, 0.9), outcome(CHEAT, cheat, 0.9)])
        assert pair.ours is right
        assert pair.by_ssim is False


def test_no_picture_is_the_worst_for_ssim():
    [pair] = trial.pairs([outcome(HONEST, 0.5, 0.1), outcome(CHEAT, 0.0, None, BLANK)])
    assert pair.by_ssim


def test_pairs_stay_within_an_example():
    other = examples.load("svg/map")
    stranger = trial.Outcome(other, other.attempts[-1], REFERENCE, Reward(1.0, "scored"), 1.0)
    assert trial.pairs([outcome(HONEST, 0.5, 0.5), stranger]) == []


def test_the_summary_counts_and_confesses():
    right = [outcome(HONEST, 0.6, 0.8, verdict=VERDICT), outcome(CHEAT, 0.02, 0.9, BLANK)]
    words = story.summary(right, trial.pairs(right), 4.2)
    assert "2 attempts at 1 reference, drawn by resvg and judged by scripted 7 in 4 s" in words
    assert "Of 1 pair of" in words
    assert "first in 1, SSIM in 0" in words
    wrong = [outcome(HONEST, 0.3, 0.8), outcome(CHEAT, 0.4, 0.2)]
    words = story.summary(wrong, trial.pairs(wrong))
    assert "Ours is wrong at svg/rocket: no_shapes 0.400, flawed 0.300." in words
    assert story.as_json(wrong, trial.pairs(wrong), 1)["orders"]["wrong"][0]["cheat"] == "no_shapes"


def test_unscored_attempts_are_named():
    away = Failure(kind="infrastructure", stage="judge", code="timeout", message="no answer")
    outcomes = [outcome(HONEST, None, 0.8, away)]
    assert "1 without a reward" in story.summary(outcomes, [])
    assert trial.pairs([*outcomes, outcome(CHEAT, 0.4, 0.2)]) == []


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_marks_what_puts_a_cheat_first(width):
    from rich.console import Console

    console = Console(width=width, file=io.StringIO())
    outcomes = [outcome(HONEST, 0.6, 0.8, verdict=VERDICT), outcome(CHEAT, 0.02, 0.9, BLANK)]
    console.print(story.table([outcomes]))
    text = console.file.getvalue()
    assert "0.600" in text
    assert "!0.900" in text
    assert "!0.020" not in text
    assert "[place 0]: www" in text
    assert "the picture shows nothing" in text


def test_long_lists_are_cut_to_their_first_words():
    said = story.said(outcome(HONEST, 0.6, 0.8, verdict=VERDICT))
    assert said.endswith("… (+2 more)")
    assert len(said) < story.WORDS + 12


def test_examples_run_with_any_reward():
    pytest.importorskip("resvg_py")
    from visual_erm import VisualReward

    seen = []
    chosen = [ROCKET, examples.load("svg/map")]
    reward = VisualReward(workers=1)
    groups = list(trial.run(chosen, reward, progress=lambda *done: seen.append(done)))
    total = sum(len(example.attempts) for example in chosen)
    assert seen == [(done, total) for done in range(1, total + 1)]
    assert [group[0].example.id for group in groups] == ["svg/rocket", "svg/map"]
    every = [one for group in groups for one in group]
    assert all(pair.ours for pair in trial.pairs(every))
    blank = next(one for one in every if one.attempt.name == "transparent")
    assert blank.reward.failure.code == "blank"
    assert blank.ssim is not None
    assert blank.row()["kind"] == "cheat"
