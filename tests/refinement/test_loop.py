"""The loop: what is kept, when it ends, and that no fault loses the best so far."""

import random
from pathlib import Path

import pytest
from refining import BROKEN, Script, drawing, judged

from visual_erm import refine, render
from visual_erm.errors import BackendError, ImageError, UsageError
from visual_erm.refinement.loop import Plan
from visual_erm.refinement.policies import down
from visual_erm.rewards.visual import VisualReward
from visual_erm.spending import BudgetUsedUp

HOSTILE = Path(__file__).parents[1] / "hostile" / "svg"


def run(reference, policy, reward, **plan):
    return refine(reference, task="svg", policy=policy, reward=reward, **plan)


def drafts(count):
    return Script(*(drawing(10 + n) for n in range(count)))


@pytest.mark.parametrize(
    ("severities", "plan", "chosen", "stop", "attempts"),
    [
        ([9, 6, 3, 1], {}, 3, "rounds", 4),
        ([9, 6, 7, 5], {}, 3, "rounds", 4),  # the loss in between is given up
        ([9, 12, 10, 1], {}, 0, "no_gain", 3),
        ([9, 12, 3, 1], {"patience": 1}, 0, "no_gain", 2),
        ([9, 0, 3], {}, 1, "equivalent", 2),
        ([0], {}, 0, "equivalent", 1),
        ([9, 6], {"rounds": 1}, 1, "rounds", 2),
        ([9], {"rounds": 0}, 0, "rounds", 1),
        ([9, 8, 7, 6], {"least_gain": 0.05}, 2, "rounds", 4),  # one level less is noise, two not
        ([9, 4, 6], {"strategy": "best-of-n", "samples": 3}, 1, "rounds", 3),
        ([9, 4, 6, 5, 1], {"strategy": "both", "samples": 3, "rounds": 2}, 4, "rounds", 5),
        ([9, 4, 12, 11], {"strategy": "reflect"}, 3, "rounds", 4),  # the last, though worse
    ],
)
def test_what_is_kept_and_when_it_ends(reference, severities, plan, chosen, stop, attempts):
    refined = run(reference, drafts(len(severities)), judged(*severities), **plan)
    assert (refined.chosen, refined.stop, len(refined.attempts)) == (chosen, stop, attempts)
    assert refined.source == drawing(10 + chosen)
    assert refined.usage["prompt_tokens"] == 10 * attempts


def test_it_never_ends_worse_than_any_draft_or_worse_than_it_began(reference):
    rng = random.Random(1)
    for _ in range(15):
        severities = [rng.randrange(1, 20) for _ in range(6)]
        strategy = rng.choice(["refine", "both", "best-of-n"])
        plan = {"strategy": strategy, "samples": 3, "rounds": 3, "patience": 3}
        refined = run(reference, drafts(6), judged(*severities), **plan)
        values = [attempt.value for attempt in refined.attempts]
        assert refined.value >= max(values) - 0.01
        assert refined.gain >= 0
        kept = [attempt.value for attempt in refined.attempts if attempt.accepted]
        assert kept == sorted(kept)


def test_a_revision_is_told_what_differs_what_it_fixed_and_what_it_broke(reference):
    policy = Script(drawing(30), drawing(40), drawing(49))
    refined = refine(reference, task="svg", policy=policy, rounds=2)  # the embedded judge
    assert refined.value > refined.first.value
    revise, again = policy.turns[1:]
    assert (revise.kind, revise.previous, revise.feedback[:14]) == (
        *("revise", refined.attempts[0]),
        "Differences (1",
    )
    assert "in pixels of" in revise.feedback
    assert "line 1: <svg" in revise.feedback
    assert "The last revision was" in again.feedback
    assert again.attempts == refined.attempts[:2]


def test_what_does_not_draw_is_repaired_in_the_same_round(reference):
    policy = Script(f"```svg\n{BROKEN}\n```", drawing(30), "I cannot.", drawing(50))
    refined = run(reference, policy, judged(6, 2), rounds=1)
    assert [(a.round, a.kind, a.reward.status) for a in refined.attempts] == [
        (0, "draft", "policy_fault"),
        (0, "repair", "scored"),
        (1, "revise", "policy_fault"),
        (1, "repair", "scored"),
    ]
    broken, mute = (turn.feedback for turn in policy.turns if turn.kind == "repair")
    assert "not well-formed XML, line 1" in broken
    assert "line 1: <svg><g></svg>" in broken
    assert "no svg source" in mute
    assert refined.chosen == 3


def test_without_any_drawing_the_rounds_are_repairs(reference):
    policy = Script("no", "no", "no", drawing(30))
    refined = run(reference, policy, judged(6), rounds=1)
    assert [attempt.kind for attempt in refined.attempts] == ["draft", *["repair"] * 3]
    nothing = run(reference, Script(*["no"] * 6), judged(), rounds=3)
    assert (nothing.stop, nothing.status, nothing.value) == ("no_gain", "policy_fault", 0.0)


def test_the_same_source_again_is_not_judged_again(reference):
    refined = run(reference, Script(*[drawing(30)] * 4), judged(6))
    assert (len(refined.attempts), refined.stop) == (3, "no_gain")


@pytest.mark.parametrize(
    ("error", "stop"),
    [
        (down("unreachable", "gone"), "policy_down"),
        (BackendError("gone"), "policy_down"),
        (ZeroDivisionError("gone"), "policy_down"),
        (BudgetUsedUp("gone"), "budget"),
    ],
)
def test_a_policy_that_fails_in_round_2_leaves_the_best_so_far(reference, error, stop):
    policy = Script(drawing(30), drawing(40), error)
    refined = run(reference, policy, judged(6, 3))
    assert (refined.stop, refined.chosen, refined.status) == (stop, 1, "scored")
    assert "gone" in refined.message
    at_once = run(reference, Script(error), judged())
    assert (at_once.stop, at_once.best, at_once.status) == (stop, None, "infra_fault")


def test_a_judge_that_fails_leaves_the_best_so_far(reference):
    refined = run(reference, drafts(3), judged(6, None))
    assert (refined.stop, refined.chosen) == ("judge_fault", 0)
    assert refined.message == "judge: prose"
    assert refined.attempts[1].value is None
    first = run(reference, drafts(1), judged(None))
    assert (first.stop, first.source, first.value) == ("judge_fault", drawing(10), None)
    ended = run(reference, drafts(2), judged(6))  # a script without lines is a fault of ours
    assert (ended.stop, ended.chosen) == ("infra_fault", 0)


def test_a_picture_that_takes_too_long_leaves_the_best_so_far(reference):
    hangs = HOSTILE.joinpath("filter_bomb.svg").read_text()
    policy = Script(drawing(30), hangs, hangs + " ")
    reward = VisualReward(judged(6).judge, workers=1, tolerant=True, deadline=0.2)
    refined = refine(reference, task="svg", policy=policy, reward=reward, rounds=1)
    # on an overloaded machine it is our fault, and the end
    assert refined.attempts[1].reward.failure.code in ("timeout", "starved")
    assert (refined.chosen, refined.source) == (0, drawing(30))
    if refined.stop == "rounds":
        assert "within seconds" in policy.turns[2].feedback


def test_the_deadline_of_an_item(reference):
    refined = run(reference, drafts(1), judged(6), deadline=1e-9, draft=drawing(30))
    assert (refined.stop, refined.source) == ("deadline", drawing(30))


def test_what_cannot_be_begun(reference):
    with pytest.raises(ImageError):
        refine("missing.png", task="svg", policy=drafts(1))
    with pytest.raises(UsageError, match="no task"):
        refine(reference, task="poem", policy=drafts(1))
    with pytest.raises(UsageError, match="beam"):
        refine(reference, task="svg", policy=drafts(1), beam=3)
    with pytest.raises(UsageError, match="rounds must be at least 0"):
        Plan(rounds=-1)
    with pytest.raises(UsageError, match="least_gain must be at least 0"):
        Plan(least_gain=float("nan"))
    with pytest.raises(UsageError, match="deadline must be above 0"):
        Plan(deadline=float("nan"))
    with pytest.raises(UsageError, match='no strategy "luck"'):
        Plan(strategy="luck")


CHART = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [3, 5])\nplt.title('{}')\n"
TABLE = "<table>\n<tr><th>Town</th><th>Rain</th></tr>\n<tr><td>Oslo</td><td>{}</td></tr>\n</table>"


@pytest.mark.parametrize(
    ("task", "source", "right", "wrong", "broken", "told"),
    [
        ("chart", CHART, "Rain", "Pain", f"```python\n{CHART}1 / 0\n```", "line 4: 1 / 0"),
        ("table", TABLE, "763", "999", "I see a table.", "no table source"),
    ],
    ids=["chart", "table"],
)
def test_programs_and_tables(task, source, right, wrong, broken, told):
    picture = render(source.format(right), task=task).image
    policy = Script(broken, *(f"```\n{source.format(text)}\n```" for text in (wrong, right)))
    refined = refine(picture, task=task, policy=policy)
    assert [a.reward.status for a in refined.attempts] == ["policy_fault", "scored", "scored"]
    assert (refined.stop, refined.value) == ("equivalent", 1.0)
    assert told in policy.turns[1].feedback.replace("    1 / 0", "line 4: 1 / 0")
    assert "line 3: " in policy.turns[2].feedback
