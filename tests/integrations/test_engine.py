"""What every trainer relies on: the same keys, no invented zero, no exception, no waiting."""

import asyncio
import logging
import math
import pickle
import time
from collections import defaultdict

import faulty_judges as faulty
import psutil
import pytest

from visual_erm import images, processors
from visual_erm.errors import BackendError, ImageError, UsageError
from visual_erm.integrations import engine as engines
from visual_erm.integrations.engine import FIELDS, References, _Unused, engine
from visual_erm.integrations.settings import Settings
from visual_erm.integrations.trl import TrlReward
from visual_erm.rewards import visual
from visual_erm.rewards.shaping import Raw
from visual_erm.rewards.statistics import FaultRateExceeded

REFERENCE = faulty.reference()


def sample(completion=None, **other):
    return {
        "reference": REFERENCE,
        "completion": completion if completion is not None else faulty.svg(40),
        "task": "svg",
    } | other


@pytest.fixture(autouse=True)
def own_engines(monkeypatch):
    """Other files may have met the same faulty judge, and the log is told once a minute."""
    monkeypatch.setattr(engines, "_engines", defaultdict(dict))
    yield
    processors.limit(None)


def make(judge="embedded", **given):
    return engine(Settings.of(judge=judge, **given))


def test_keys_and_numbers_are_the_same_whatever_came():
    scored = make().score_batch(
        [
            sample(faulty.svg()),
            sample(),
            sample("no picture at all"),
            sample(faulty.svg(0)),
            sample(reference="missing.png"),
            sample(reference="http://127.0.0.1/a.png"),
            sample([{"role": "assistant", "content": faulty.svg()}]),
            sample([]),
            sample(faulty.HANGING_CHART, task="poem"),
        ]
    )
    assert all(tuple(one.flat) == FIELDS for one in scored)
    assert all(math.isfinite(x) and type(x) is float for one in scored for x in one.flat.values())
    assert [one.value is None for one in scored] == [False] * 4 + [True] * 2 + [False] * 2 + [True]
    assert scored[0].value == scored[6].value == 1.0 > scored[1].value > scored[3].value
    assert scored[2].value == scored[7].value == 0.0
    assert [one.flat["policy_fault"] for one in scored[:4]] == [0, 0, 1, 1]
    assert [one.flat["rendered"] for one in scored[:4]] == [1, 1, 0, 1]
    assert "network" in scored[5].why


@pytest.mark.parametrize("name", faulty.FAULTY)
def test_a_faulty_judge_scores_nothing_and_stops_nothing(name, caplog):
    caplog.set_level(logging.WARNING)
    one = make(faulty.FAULTY[name])
    batch = one.score_batch([sample(), sample(faulty.svg(30)), sample("none")])
    assert [scored.value for scored in batch] == [None, None, 0.0]
    assert [scored.flat["unscored"] for scored in batch] == [1, 1, 0]
    assert one.score(sample()).value is None
    assert asyncio.run(one.ascore(sample())).value is None
    assert len(caplog.records) == 1, "the log is told once, not for each sample"
    assert "not scored" in caplog.text


def test_a_judge_that_is_down_is_not_asked_by_every_sample(monkeypatch):
    asked = []

    def refuse(spec):
        asked.append(spec)
        raise BackendError("nobody answers")

    monkeypatch.setattr(visual, "make_judge", refuse)
    one = make("endpoint:http://127.0.0.1:9/v1#another")
    assert [one.score(sample()).value for _ in range(3)] == [None] * 3
    assert len(asked) == 1
    monkeypatch.setattr(visual, "AGAIN", 0.0)
    assert one.score(sample()).why.endswith("nobody answers")
    assert len(asked) == 2


def test_what_hangs_is_given_up_and_the_rest_is_scored():
    one = make(faulty.Hanging(), item_deadline=0.5, workers=2)
    navy = sample(faulty.svg(50, "navy"))
    began = time.monotonic()
    # more hang than there are places for
    batch = one.score_batch([navy, sample(faulty.svg(50, "navy") + "\n"), sample(), sample()])
    assert [scored.value for scored in batch] == [None, None, 1.0, 1.0]
    assert [scored.flat["timed_out"] for scored in batch] == [1, 1, 0, 0]

    async def many():
        return await asyncio.gather(*[one.ascore(s) for s in (navy, navy, navy, sample())])

    assert [scored.value for scored in asyncio.run(many())] == [None, None, None, 1.0]
    assert one.score(navy).flat["timed_out"] == 1
    assert time.monotonic() - began < 60


def test_a_failed_sample_without_a_value_is_refused():
    with pytest.raises(UsageError, match="a trainer cannot punish"):
        make(shaping="raw")
    one = make(shaping=Raw(failed=-60.0))
    assert one.score(sample("no drawing")).number == -60.0


def test_places_in_groups_are_a_shaping():
    widths = [sample(faulty.svg(width)) for width in (20, 50, 40)]
    one = pickle.loads(pickle.dumps(TrlReward(shaping="places", task="svg")))
    assert one([s["completion"] for s in widths], reference=[REFERENCE] * 3) == [
        pytest.approx(0.05),
        1,
        pytest.approx(0.525),
    ]
    scored = make(shaping="places").score_batch([*widths, sample("no drawing")])
    assert all(tuple(one.flat) == FIELDS for one in scored)
    assert scored[3].number == 0.0
    with pytest.raises(UsageError, match="whole batch"):
        make(shaping="places").score(widths[0])


@pytest.mark.parametrize("name", faulty.FAULTY)
def test_a_faulty_judge_gives_nobody_a_place(name):
    batch = make(faulty.FAULTY[name], shaping="places").score_batch(
        [sample(), sample(faulty.svg(30)), sample("none")]
    )
    assert [scored.value for scored in batch] == [None, None, 0.0]


def test_a_share_of_the_processors_is_no_limit_to_questions_at_a_server():
    server = "endpoint:http://127.0.0.1:9/v1#m"
    assert make(server, workers=2).reward.workers == 32
    assert make(server, workers=2, requests=5).reward.workers == 5


def test_a_batch_ends_at_its_deadline():
    one = make(faulty.Hanging(), deadline=0.5, workers=1)
    batch = one.score_batch([sample(), sample(faulty.svg(50, "navy")), sample(faulty.svg(20))])
    assert [scored.value for scored in batch] == [1.0, None, None]
    assert one.score(sample(faulty.svg(50, "navy"))).flat["timed_out"] == 1
    assert asyncio.run(one.ascore(sample(faulty.svg(50, "navy")))).value is None


@pytest.mark.slow
def test_a_program_that_hangs_is_stopped_and_is_the_policys_doing():
    one = make(render_deadline=0.5)
    hung = one.score(sample(faulty.HANGING_CHART, task="chart"))
    assert (hung.value, hung.flat["timed_out"], hung.flat["policy_fault"]) == (0.0, 1, 1)


def test_an_unscored_sample_gets_what_its_group_got():
    one = make(faulty.Hanging(), item_deadline=0.3, shaping="graded", workers=2)
    hung = sample(faulty.svg(50, "navy"))
    assert one.score(hung).number == 0.5, "nothing is known yet: the middle"
    scored = one.score_batch([sample(), sample("nothing"), hung])
    assert [x.number for x in scored] == [1.0, 0.0, 0.5]
    one.score_batch([sample(f"nothing {k}") for k in range(6)])
    assert one.score(hung).number == pytest.approx(1 / 8)
    fixed = make(faulty.Nan(), unscored=-1.0)
    assert fixed.score(sample()).flat["score"] == -1.0


def test_no_event_loop_is_remembered():
    one = make()
    values = [asyncio.run(one.ascore(sample())).value for _ in range(3)]
    assert len(set(values)) == 1
    assert make() is one


def test_wrong_settings_stop_at_once():
    for given in (
        {"judgee": "x"},
        {"workers": 0},
        {"deadline": "soon"},
        {"deadline": "inf"},
        {"unscored": "nan"},
        {"task": "poem"},
    ):
        with pytest.raises(UsageError, match="setting"):
            Settings.of(**given)
    with pytest.raises(UsageError, match="no judge"):
        make("embeded").score(sample())
    with pytest.raises(UsageError, match="which task"):
        make().score_batch([sample(task=None)])


def test_too_many_faults_stop_a_run_that_asked_for_it():
    one = make(faulty.Junk(), max_fault_rate=0.5)
    with pytest.raises(FaultRateExceeded):
        one.score_batch([sample(faulty.svg(width)) for width in range(20, 60)])


def test_settings_come_from_arguments_then_from_the_environment(monkeypatch):
    monkeypatch.setenv("VISUAL_ERM_TASK", "table")
    monkeypatch.setenv("VISUAL_ERM_ITEM_DEADLINE", "7.5")
    assert Settings.of(task="svg").task == "svg"
    assert Settings.of().task == "table"
    assert Settings.of(item_deadline=None).item_deadline == 7.5
    assert pickle.loads(pickle.dumps(Settings.of())) == Settings.of()


def test_one_reference_is_decoded_once(monkeypatch):
    decoded = []
    decode = images._decode
    monkeypatch.setattr(images, "_decode", lambda p, n: (decoded.append(n), decode(p, n))[1])
    held = References(10**6)
    first = held.load(REFERENCE)
    assert held.load(REFERENCE) is first
    assert len(decoded) == 1
    for width in range(20, 70):
        held.load(images.encode_png(images.blank(100 + width, 100)))
    assert held.load(REFERENCE) is not first, "what was not used for long makes room"
    with pytest.raises(ImageError, match="reference: no such file"):
        held.load("missing.png")


def test_a_reference_larger_than_all_that_may_be_kept_stays_until_the_next_comes():
    held = References(10_000)
    large = images.encode_png(images.blank(200, 100))
    first = held.load(large)
    assert held.load(large) is first
    held.load(images.encode_png(images.blank(201, 100)))
    assert held.load(large) is not first


def test_memory_that_is_free_is_handed_back():
    unused = _Unused()
    unused.hand_back()
    held = [b"x" * (50_000 + i % 2) for i in range(2000)]
    kept = held[-1]  # at the end of the heap, so that it cannot shrink by itself
    full = psutil.Process().memory_info().rss
    del held
    unused._since = -math.inf
    unused.hand_back()
    assert kept
    assert psutil.Process().memory_info().rss < full - 50_000_000
