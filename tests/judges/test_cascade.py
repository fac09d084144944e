"""The embedded judge first, the model where it is in doubt."""

import cv2
import numpy as np
import pytest
from judge_server import MODEL, NOTHING, ONE, JudgeServer, completion

from visual_erm.errors import UsageError
from visual_erm.judges import cascade, make_judge
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict


def drawing(colour=(30, 110, 180), width=120):
    image = np.full((200, 200, 3), 255, np.uint8)
    cv2.rectangle(image, (30, 40), (30 + width, 160), colour, -1)
    cv2.circle(image, (160, 40), 20, (200, 40, 40), -1, cv2.LINE_AA)
    return image


def compare(candidate, answer=ONE, doubt=0.5):
    with JudgeServer((200, completion(answer), {})).running() as server:
        spec = f"cascade:embedded?doubt={doubt}>endpoint:{server.url}#{MODEL}?profile=plain"
        verdict = make_judge(spec).compare(drawing(), candidate, "chart")
    return verdict, len(server.requests)


def test_the_model_is_asked_only_above_the_threshold():
    other = drawing(colour=(180, 110, 30))
    sure, asked = compare(other, doubt=1)
    assert asked == sure.usage["asked"] == 0
    assert sure.errors
    doubt = sure.usage["doubt"]
    assert 0 < doubt < 1
    told, asked = compare(other, doubt=doubt / 2)
    assert asked == told.usage["asked"] == 1
    assert [error.location for error in told.errors] == ["title"]
    assert told.errors[0].grounded is not None
    assert told.judge == told.judge.model_copy(update={"name": "cascade"})
    # one measure for the verdicts of both
    assert told.distance == sure.distance
    assert told.usage["prompt_tokens"] == 300


def test_equal_pictures_are_beyond_doubt():
    verdict, asked = compare(drawing(), doubt=0)
    assert (asked, verdict.errors, verdict.usage["doubt"]) == (0, (), 0)


def verdict_of(*errors):
    return Verdict(task="chart", errors=errors, judge=JudgeIdentity(name="x"))


def test_silence_is_in_doubt_where_pictures_differ_and_a_cheat_never_is():
    silent = verdict_of()
    assert cascade.doubt_of(silent, drawing(), drawing(width=150)) == cascade.SILENT
    assert cascade.doubt_of(silent, drawing(), drawing()) == 0
    cheat = Discrepancy(category="structure_error", severity=3, location="whole picture")
    assert cascade.doubt_of(verdict_of(cheat), drawing(), drawing(width=10)) == 0
    blank, asked = compare(np.full((200, 200, 3), 255, np.uint8), doubt=0)
    assert (asked, blank.usage["doubt"]) == (0, 0)


def test_many_at_once_and_a_fault_of_the_model_is_no_score():
    with JudgeServer(
        (200, completion("?"), {}), (200, completion(NOTHING), {})
    ).running() as server:
        spec = f"cascade:embedded?doubt=0>endpoint:{server.url}#{MODEL}?profile=plain"
        items = [
            {"task": "svg", "reference": drawing(), "prediction": drawing(width=60 + 5 * n)}
            for n in range(4)
        ]
        reward = VisualReward(spec)
        results = reward.score_batch(items)
    assert sorted(result.status for result in results) == ["judge_fault"] + ["scored"] * 3
    assert reward.identity.details["model"] == MODEL


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "embedded",
        "endpoint:http://x/v1#m>embedded",
        "embedded?doubt=2>embedded",
        "embedded?doubt=x>embedded",
        "embedded?depth=1>embedded",
    ],
)
def test_what_is_no_cascade(spec):
    with pytest.raises(UsageError):
        make_judge(f"cascade:{spec}")
