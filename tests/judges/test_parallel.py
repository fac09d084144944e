"""Processes behind the judge's protocol: same verdicts, faults, deaths, forks, no orphans."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from visual_erm.errors import InfrastructureFault, UsageError
from visual_erm.judges import make_judge, parallel


def picture(column):
    image = np.full((60, 90, 3), 255, np.uint8)
    image[10:40, column : column + 20] = (30, 90, 200)
    return image


@pytest.fixture(scope="module")
def judge():
    with_two = parallel.ParallelJudge("embedded", 2)
    yield with_two
    with_two.close()


def test_the_verdicts_are_those_of_the_judge(judge):
    alone = make_judge("embedded")
    pairs = [(picture(10 + n % 2), picture(10 * n)) for n in range(6)]
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda pair: judge.compare(*pair, "svg"), pairs))
    expected = [alone.compare(*pair, "svg") for pair in pairs]
    assert [v.errors for v in verdicts] == [v.errors for v in expected]
    assert [v.distance for v in verdicts] == [v.distance for v in expected]
    assert judge.identity == alone.identity
    assert len(judge.processes()) == 2


def test_a_defect_comes_back_as_a_fault(judge):
    with pytest.raises(InfrastructureFault, match="judge stopped with"):
        judge.compare(picture(0), "no picture", "svg")
    assert judge.compare(picture(0), picture(0), "svg").errors == ()


def test_a_process_that_dies_is_replaced(judge):
    judge.compare(picture(0), picture(20), "svg")
    for pid in judge.processes():
        os.kill(pid, signal.SIGKILL)
    assert judge.compare(picture(0), picture(20), "svg").errors
    assert all(psutil.pid_exists(pid) for pid in judge.processes())


def test_a_pair_that_takes_too_long(judge, monkeypatch):
    judge.compare(picture(0), picture(20), "svg")
    for pid in judge.processes():
        os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(parallel, "DEADLINE", 0.3)
    with pytest.raises(InfrastructureFault, match="took more than 0 s"):
        judge.compare(picture(0), picture(30), "svg")
    monkeypatch.undo()
    judge.close()
    assert judge.processes() == []
    assert judge.compare(picture(0), picture(0), "svg").errors == ()


def test_one_reference_stays_with_one_process_while_that_is_free():
    judge = parallel.ParallelJudge("embedded", 3)
    first = judge._take("a")
    assert judge._take("a") is first
    assert judge._take("a") is not first
    other = judge._take("b")
    assert other is not first
    other.queued = 0
    assert judge._take("b") is other


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_shared_judges_are_not_shared_with_a_fork():
    judge = parallel.shared("embedded", 2)
    assert parallel.shared("embedded", 2) is judge
    judge.compare(picture(0), picture(20), "svg")
    before = judge.processes()
    child = multiprocessing.get_context("fork").Process(target=in_the_fork, args=(id(judge),))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert judge.processes() == before
    assert judge.compare(picture(0), picture(20), "svg").errors
    parallel.close_all()
    assert not any(psutil.pid_exists(pid) for pid in before)


def in_the_fork(parents):
    judge = parallel.shared("embedded", 2)
    assert id(judge) != parents or not judge.processes()
    assert judge.compare(picture(0), picture(20), "svg").errors
    parallel.close_all()


def test_unknown_judges():
    with pytest.raises(UsageError, match="no judge"):
        parallel.ParallelJudge("oracle", 2)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit()"])
def test_no_process_outlives_its_parent(end):
    program = (
        "import os, sys, numpy as np\n"
        "from visual_erm.judges import parallel\n"
        "judge = parallel.shared('embedded', 1)\n"
        "judge.compare(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), 'svg')\n"
        "print(*judge.processes(), flush=True)\n" + end
    )
    # no guard against being imported again: the processes must not import the main script
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    pid = int(done.stdout)
    end_of_wait = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end_of_wait
        time.sleep(0.05)
