"""The reward end to end on given pictures: order, faults, parts, pickling, asynchrony."""

import asyncio
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import InfrastructureFault, JudgeFault, UsageError
from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.rewards.jobs import PARTS, UNKNOWN
from visual_erm.rewards.statistics import FaultRateExceeded
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Verdict

WHITE = np.full((60, 80, 3), 255, np.uint8)


def drawn(column=20):
    picture = WHITE.copy()
    picture[10:50, column : column + 12] = (30, 90, 200)
    return picture


class Counting:
    """A real judge of one rule, which counts its work: any pixel that differs is one error."""

    def __init__(self, seconds=0.0):
        self.identity = JudgeIdentity(name="counting")
        self.seconds = seconds
        self.calls = self.now = self.most = 0
        self.lock = threading.Lock()

    def compare(self, reference, candidate, task):
        with self.lock:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        share = float((reference != candidate).any(axis=2).mean())
        errors = (Discrepancy(category="style_error", severity=2),) if share else ()
        return Verdict(task=task, errors=errors, judge=self.identity, distance=share)


class Faulty(Counting):
    def __init__(self, fault):
        super().__init__()
        self.fault = fault

    def compare(self, reference, candidate, task):
        raise self.fault


def item(prediction=None, **other):
    return {"id": 1, "task": "svg", "reference": drawn(), "prediction": prediction} | other


def test_a_judged_picture():
    reward = VisualReward(Counting())
    result = reward.score(item(drawn(40)))
    assert (result.status, result.id) == ("scored", "1")
    assert reward.low < result.value < reward.high
    assert result.parts["severity"] == 2
    assert result.parts["n_errors"] == 1
    assert result.parts["distance"] == pytest.approx(result.verdict.distance)
    assert result.parts["render"] == 1
    assert result.rendering.backend == "given"
    assert reward.score(item(drawn())).value == 1.0


def test_parts_always_have_the_same_keys():
    results = [
        VisualReward(Counting()).score(item(drawn())),
        VisualReward(Counting()).score(item(WHITE)),
        VisualReward(Counting()).score(item("missing.png")),
        VisualReward(Counting()).score(item(completion="no source", prediction=None)),
        VisualReward(ScriptedJudge([])).score(item(drawn())),
    ]
    assert all(tuple(result.parts) == PARTS for result in results)
    assert [result.parts["scored"] for result in results] == [1, 1, 0, 1, 0]
    assert [result.parts["render"] for result in results] == [1, 1, UNKNOWN, 0, 1]
    assert [result.parts["severity"] for result in results] == [0, *[UNKNOWN] * 4]


def test_a_blank_picture_is_the_policys_doing():
    speck = WHITE.copy()
    speck[5, 5] = 0
    for blank in (WHITE, speck, np.zeros_like(WHITE)):
        result = VisualReward(Counting()).score(item(blank))
        assert (result.status, result.failure.code) == ("policy_fault", "blank")
        assert 0 < result.value < VisualReward(Counting()).score(item(drawn(60))).value
    both = VisualReward(Counting()).score(item(WHITE, reference=WHITE))
    assert (both.status, both.value) == ("scored", 1.0)


def test_no_source_is_the_policys_doing():
    for completion in ("I cannot", "", None, [{"role": "assistant", "content": ""}]):
        result = VisualReward(Counting()).score(item(completion=completion))
        assert (result.status, result.value) == ("policy_fault", 0.0)
        assert result.failure.code == "no_source"


FAILURE = Failure(kind="judge", stage="judge", code="x", message="m", detail="raw reply")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (JudgeFault(FAILURE), "judge_fault"),
        (InfrastructureFault(FAILURE), "infra_fault"),
        (ZeroDivisionError("bug"), "infra_fault"),
    ],
)
@pytest.mark.parametrize("shaping", ["graded", "paper", "fixed", "raw"])
def test_a_fault_of_the_judge_is_no_number(fault, status, shaping):
    result = VisualReward(Faulty(fault), shaping).score_batch([item(drawn())])[0]
    assert (result.value, result.status) == (None, status)
    assert result.failure.stage == "judge"
    assert result.row()["reward"] is None


@pytest.mark.parametrize(
    "bad",
    [
        {"id": 7},
        {"id": 7, "task": "chart"},
        {"id": 7, "task": "poem", "reference": drawn(), "prediction": drawn()},
        {"id": 7, "task": "svg", "reference": drawn()},
        {"id": 7, "task": "svg", "reference": drawn(), "prediction": drawn(), "source": "x"},
        {"id": 7, "task": "svg", "reference": drawn(), "source": 3},
        {"id": 7, "task": "svg", "reference": drawn(), "completion": 3},
        {"id": 7, "task": "svg", "reference": "missing.png", "prediction": drawn()},
        {"id": 7, "task": "svg", "reference": b"text", "prediction": drawn()},
        None,
        "{}",
    ],
)
def test_a_bad_item_does_not_end_the_batch(bad):
    results = VisualReward(Counting(), workers=2).score_batch([item(drawn()), bad, item(drawn())])
    assert [result.status for result in results] == ["scored", "infra_fault", "scored"]
    assert results[1].value is None
    assert results[1].failure.stage == "load"
    assert results[1].id == ("7" if isinstance(bad, dict) else None)


def test_the_batch_maximum_is_of_the_batch():
    script = [{"errors": [{"category": "style_error", "severity": s}]} for s in (1, 2)]
    reward = VisualReward(ScriptedJudge(script), "paper", workers=1)
    results = reward.score_batch([item(drawn(30)), item(drawn(40)), item(WHITE)])
    assert [result.value for result in results] == pytest.approx([1.5, 1.0, 0.0], abs=1e-6)


def test_a_shaping_of_the_batch_is_refused_where_samples_come_one_by_one():
    reward = VisualReward(ScriptedJudge([]), "paper", workers=1)
    with pytest.raises(UsageError, match="score a whole batch"):
        reward.score(item(drawn()))
    with pytest.raises(UsageError, match="score a whole batch"):
        next(reward.score_stream([item(drawn())]))
    with pytest.raises(UsageError, match="score a whole batch"):
        asyncio.run(reward.ascore(item(drawn())))


def test_work_is_done_at_once_but_not_more_than_workers():
    judge = Counting(seconds=0.05)
    pictures = [drawn(column) for column in range(8)]
    VisualReward(judge, workers=3).score_batch([item(picture) for picture in pictures])
    assert (judge.calls, judge.most) == (8, 3)


def test_pictures_are_dropped_when_not_wanted():
    result = VisualReward(Counting(), keep_renderings=False).score(item(drawn()))
    assert result.rendering is None
    assert result.value == 1.0


def test_asynchronous_scoring_is_bounded_and_outlives_its_loop():
    judge = Counting(seconds=0.02)
    reward = VisualReward(judge, workers=2)

    async def several():
        return await asyncio.gather(*(reward.ascore(item(drawn(n))) for n in range(6)))

    for _ in range(2):
        results = asyncio.run(several())
        assert [result.status for result in results] == ["scored"] * 6
    assert judge.most == 2
    reward.close()
    assert asyncio.run(reward.ascore(item(drawn()))).value == 1.0
    reward.close()


def test_pickled_before_and_after_use():
    reward = VisualReward(ScriptedJudge([{"errors": []}] * 3), "fixed", workers=2)
    before = pickle.loads(pickle.dumps(reward))
    assert before.score(item(drawn(40))).value == 2.0
    asyncio.run(reward.ascore(item(drawn(40))))
    after = pickle.loads(pickle.dumps(reward))
    reward.close()
    assert (after.low, after.high, after.__name__) == (0.0, 2.0, "visual_fixed")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(after.score, item(drawn(40))).result(60).value == 2.0


def test_a_run_stops_above_its_fault_rate():
    reward = VisualReward(Faulty(JudgeFault(FAILURE)), max_fault_rate=0.5)
    assert reward.score_batch([item(drawn())] * 31)[0].value is None
    with pytest.raises(FaultRateExceeded, match="32 of 32"):
        reward.score(item(drawn()))


def test_options_are_checked():
    for wrong in [
        {"shaping": "best"},
        {"noise_floor": 0.1, "shaping": "paper"},
        {"noise_floor": 2.0},
        {"max_fault_rate": 3},
        {"workers": 0},
        {"deadline": float("inf")},
        {"item_deadline": float("nan")},
        {"repair": "all"},
        {"judge": None},
    ]:
        with pytest.raises(UsageError):
            VisualReward(**{"judge": Counting()} | wrong)
    with pytest.raises(UsageError, match="deadline must be above 0 seconds"):
        VisualReward(Counting()).score_batch([item(drawn())], deadline=float("inf"))
    with pytest.raises(UsageError, match="takes a list of items"):
        VisualReward(Counting()).score_batch(item(drawn()))
    with pytest.raises(UsageError, match='no judge "nobody"; known:'):
        VisualReward("nobody").score(item(drawn()))
    assert VisualReward(noise_floor=0.1).shaping.noise_floor == 0.1


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<rect x="10" y="10" width="50" height="40" fill="{}"/></svg>'
)


def test_equal_completions_are_drawn_and_judged_once():
    judge = Counting()
    reference = images.encode_png(drawn())
    answers = [SVG.format(colour) for colour in ("red", "red", "blue", "red")]
    items = [{"task": "svg", "reference": reference, "completion": answer} for answer in answers]
    # equal answers to another picture are another sample, equal pixels the same one
    items += [{**items[0], "reference": drawn(50)}, {**items[0], "reference": drawn()}]
    items += [{**items[0], "reference": images.load(reference).copy()}]
    results = VisualReward(judge, workers=2).score_batch(items)
    assert judge.calls == 4
    assert len({result.value for result in results[:2]}) == 1
    assert results[0].rendering is results[3].rendering
    assert all(result.parts["seconds_render"] > 0 for result in results)


def test_failed_and_honest_attempts_keep_their_order():
    sources = ["<svg><g></svg>", SVG.format("none"), SVG.format("red"), SVG.format("teal")]
    reward = VisualReward(workers=1)
    target = reward.score({"task": "svg", "reference": drawn(), "source": sources[3]})
    reference = target.rendering.image
    items = [{"task": "svg", "reference": reference, "source": source} for source in sources]
    values = [result.value for result in reward.score_batch(items)]
    assert values == sorted(values)
    assert values[:2] == [0.0, 0.02]
    assert 0.05 < values[2] < values[3] == 1.0


def test_a_stream_takes_items_as_it_goes():
    judge = Counting(seconds=0.01)
    reward = VisualReward(judge, workers=2)
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield item(drawn(taken % 60), id=taken)

    stream = reward.score_stream(endless())
    names = {next(stream).id for _ in range(20)}
    stream.close()
    assert len(names) == 20
    assert taken <= 20 + 16
    assert judge.most == 2
    assert [result.id for result in reward.score_stream([item(drawn(), id=9)])] == ["9"]
    assert list(reward.score_stream([])) == []


def test_many_samples_are_judged_in_processes_of_their_own():
    from visual_erm.judges import parallel

    items = [item(drawn(column), id=column) for column in range(10, 19)]
    alone = VisualReward(workers=1).score_batch(items)
    try:
        together = VisualReward(workers=2).score_batch(items)
        assert len(parallel.shared("embedded", 2).processes()) == 2
        streamed = {
            result.id: result.value for result in VisualReward(workers=2).score_stream(items)
        }
    finally:
        parallel.close_all()
    assert [result.value for result in together] == [result.value for result in alone]
    assert streamed == {result.id: result.value for result in alone}
