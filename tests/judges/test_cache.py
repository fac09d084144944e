"""Answers that are kept: what is another question, what is never kept, and kill -9."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import InputError, JudgeFault
from visual_erm.judges.cache import NAME, Kept, key
from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Verdict

WHITE = np.full((60, 90, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 20:60] = (10, 90, 160)
ONE = {"errors": [{"category": "text_error", "severity": 2}]}
WHO = JudgeIdentity(name="test")


def verdict(severity=1, **more):
    error = Discrepancy(category="text_error", severity=severity)
    return Verdict(task="chart", errors=(error,), judge=WHO, **more)


def asking(folder, *script):
    """A judge that replays a script through the cache of a folder."""
    kept, judge = Kept(folder), ScriptedJudge(script)
    return lambda: kept.remember(
        WHITE, MARKED, "chart", WHO, lambda: judge.compare(WHITE, MARKED, "chart")
    )


def test_the_second_time_costs_nothing(tmp_path):
    ask = asking(tmp_path, ONE)
    first, second = ask(), ask()
    assert first.errors == second.errors
    assert (first.usage["cached"], second.usage["cached"]) == (0, 1)


def test_another_pixel_order_task_or_judge_is_another_verdict():
    one_pixel = MARKED.copy()
    one_pixel[0, 0, 0] = 254
    other = JudgeIdentity(name="test", details={"profile": "plain"})

    def filed(reference, candidate, task, judge):
        return key([images.digest(reference), images.digest(candidate)], task, judge)

    keys = {
        filed(WHITE, MARKED, "chart", WHO),
        filed(WHITE, one_pixel, "chart", WHO),
        filed(one_pixel, MARKED, "chart", WHO),
        filed(MARKED, WHITE, "chart", WHO),
        filed(WHITE, MARKED, "svg", WHO),
        filed(WHITE, MARKED, "chart", other),
        # the same bytes in another shape
        filed(WHITE.reshape(90, 60, 3), MARKED, "chart", WHO),
    }
    assert len(keys) == 7


def test_faults_and_cut_replies_are_not_kept(tmp_path):
    failure = Failure(kind="judge", stage="judge", code="unreadable", message="no JSON")
    ask = asking(tmp_path, failure, verdict(finish="length"), verdict(2))
    with pytest.raises(JudgeFault):
        ask()
    assert ask().finish == "length"
    assert ask().severity == 2
    assert ask().usage["cached"] == 1


def test_what_was_used_last_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("visual_erm.judges.cache._CHECKED", 10)
    monkeypatch.setattr("visual_erm.judges.cache._FRESH", -1.0)
    size = len(verdict().model_dump_json()) + 1
    kept = Kept(tmp_path, megabytes=20 * size / 1e6)
    kept.put("0", verdict())
    for number in range(1, 40):
        kept.put(str(number), verdict())
        assert kept.get("0", Verdict)
    assert len(kept) <= 20
    assert kept.get("39", Verdict)
    assert kept.get("1", Verdict) is None
    kept.close()


def test_a_file_of_something_else(tmp_path):
    (tmp_path / NAME).write_text("not a database, but longer than a header would be" * 9)
    with pytest.raises(InputError, match="cannot be used"):
        Kept(tmp_path)


def test_a_file_that_breaks_costs_the_cache_and_not_the_verdict(tmp_path):
    ask = asking(tmp_path, ONE, ONE)
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("drop table verdicts")
    other.close()
    with pytest.warns(RuntimeWarning, match="fails"):
        assert ask().severity == 2
    assert ask().severity == 2


WRITER = """
import sys
from visual_erm.judges.cache import Kept
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

kept, at = Kept(sys.argv[1]), 0
while True:
    name = str(at % 50)
    error = Discrepancy(category="text_error", severity=1 + at % 50 % 3, description=name * 3000)
    known = kept.get(name, Verdict)
    assert known is None or known.errors == (error,), name
    kept.put(name, Verdict(task="chart", errors=(error,), judge=JudgeIdentity(name="test")))
    at += 1
    if at == 50:
        print("round", flush=True)
"""


def test_two_processes_and_kill_9(tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout.readline() == b"round\n"
    time.sleep(0.05)
    os.kill(writers[0].pid, signal.SIGKILL)
    # the other goes on as if nothing had happened
    time.sleep(0.1)
    assert writers[1].poll() is None
    os.kill(writers[1].pid, signal.SIGKILL)
    for writer in writers:
        writer.communicate()
    kept = Kept(tmp_path)
    assert kept._file.execute("pragma integrity_check").fetchone() == ("ok",)
    for number in range(50):
        found = kept.get(str(number), Verdict)
        assert found.errors[0].description == str(number) * 3000
    kept.close()


def test_a_fork_and_a_pickle_open_the_file_again(tmp_path):
    kept = Kept(tmp_path)
    kept.put("a", verdict(3))
    child = os.fork()
    if child == 0:
        kept.put("b", verdict(1))
        os._exit(kept.get("a", Verdict).severity)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert kept.get("b", Verdict).severity == 1
    kept.close()
