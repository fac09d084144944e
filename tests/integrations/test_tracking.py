"""Rollouts on the disk: those that were asked for, within bounds; rewards know nothing of it."""

import logging
import threading

import faulty_judges as faulty
import numpy as np

from visual_erm import images, renderers
from visual_erm.integrations.engine import engine
from visual_erm.integrations.settings import Settings
from visual_erm.integrations.tracking import WAITING, Tracker
from visual_erm.report.runs import RunFolder, read
from visual_erm.types import Failure, Reward

REFERENCE = faulty.reference()
REWARD = Reward(0.5, "scored", {"render": 1.0, "odd": float("nan")})


def sample(completion, **other):
    return {"reference": REFERENCE, "completion": completion, "task": "svg"} | other


def test_every_second_batch_lies_in_the_run_and_rewards_are_the_same(tmp_path):
    given = {"judge": faulty.FAULTY["nan"], "task": "svg"}
    plain = engine(Settings.of(**given))
    tracked = engine(Settings.of(**given, runs=str(tmp_path / "run"), runs_every=2))
    batch = [sample(faulty.svg(30), id="a"), sample("no picture")]
    for _ in range(3):
        scored = tracked.score_batch(batch)
        assert [one.flags() for one in scored] == [one.flags() for one in plain.score_batch(batch)]
    tracked.tracker.flush()
    items = read(tmp_path / "run")
    assert [(item.step, item.status) for item in items] == [
        *((0, "judge_fault"), (0, "policy_fault")),
        *((2, "judge_fault"), (2, "policy_fault")),
    ]
    assert len({item.group for item in items}) == 1
    drawn = renderers.render(items[0].source, task="svg").image
    assert (images.load(items[0].candidate) == drawn).all()
    assert (items[1].candidate, items[1].source) == (None, "no picture")
    assert items[0].metadata == {"sample": "a"}


def test_of_single_samples_all_attempts_at_a_reference_are_kept_or_none(tmp_path):
    tracker = Tracker(str(tmp_path), 2, 10)
    for attempt in range(3):
        for key in ("one", "two", "three"):
            tracker.take(sample(faulty.svg(attempt + 9), id=f"{key}{attempt}"), REWARD, key)
    tracker.flush()
    kept = [item.metadata["sample"] for item in read(tmp_path)]
    assert kept == ["one0", "three0", "one1", "three1", "one2", "three2"]


def test_it_ends_at_its_bound_and_thins_out_before(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    tracker = Tracker(str(tmp_path), 1, 1)
    tracker._most, tracker._next = 100_000, 50_000
    rng = np.random.default_rng(0)
    for _ in range(40):
        noise = rng.integers(0, 256, (60, 60, 3), np.uint8)  # 11 kB each
        tracker.take_batch([{"task": "svg", "reference": REFERENCE, "prediction": noise}], [REWARD])
        tracker.flush()
    assert tracker.every > 1
    steps = [item.step for item in read(tmp_path)]
    assert steps[:4] == [0, 1, 2, 3] and steps[-1] - steps[-2] > 1
    assert sum(p.stat().st_size for p in tmp_path.rglob("*.png")) < 115_000
    assert "no more rollouts are written" in caplog.text


def test_what_cannot_be_written_is_said_once_and_nothing_waits(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    (tmp_path / "file").touch()
    tracker = Tracker(str(tmp_path / "file"), 1, 1)
    tracker.take_batch([sample(faulty.svg(9))] * 3, [REWARD] * 3)
    tracker.flush()
    assert caplog.text.count("rollouts are not written") == 1
    slow = Tracker(str(tmp_path / "run"), 1, 1)
    busy = threading.Event()
    slow._thread = threading.Thread(target=busy.wait)
    slow._thread.start()
    for _ in range(WAITING + 5):
        slow.take_batch([sample("")], [REWARD])
    busy.set()
    assert "writing is too slow" in caplog.text


def test_a_reference_that_cannot_be_read_loses_one_rollout(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    failure = Failure(kind="infrastructure", stage="load", code="x", message="missing")
    lost = Reward(None, "infra_fault", failure=failure)
    tracker = Tracker(str(tmp_path), 1, 10)
    rows = [sample("", reference="missing.png"), sample(faulty.svg(9))]
    tracker.take_batch(rows, [lost, REWARD])
    tracker.flush()
    assert len(read(tmp_path)) == 1
    assert "no such file" in caplog.text
    with RunFolder(tmp_path):  # the writer has a name of its own
        pass
