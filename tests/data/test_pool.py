"""Processes that die, and what is left of them."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from visual_erm.data import pool
from visual_erm.data.engine import plan
from visual_erm.data.pool import local, work
from visual_erm.data.recipe import Recipe
from visual_erm.errors import BackendError

RECIPE = Recipe(name="test", seed=3, pairs={"svg": 12}, per_seed=2)


@pytest.fixture(scope="module")
def units(corpus):
    return plan(RECIPE, 12, [corpus])[:8]


@pytest.fixture(scope="module")
def expected(units):
    return [work(unit) for unit in units]


def workers_of(process):
    return [
        child
        for child in psutil.Process(process).children()
        if any("spawn_main" in word for word in child.cmdline())
    ]


def gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def wait_until(true, seconds=60):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.slow
def test_a_process_that_is_killed_is_replaced(units, expected):
    results = local(units, 2)
    found = [next(results)]
    workers_of(os.getpid())[0].kill()
    found += results
    assert found == expected


@pytest.mark.slow
def test_processes_that_keep_dying_end_the_build(units, monkeypatch):
    monkeypatch.setattr(pool, "DEATHS", 0)
    results = local(units, 2)
    next(results)
    for process in workers_of(os.getpid()):
        process.kill()
    with pytest.raises(BackendError, match=r"keep being killed.*run the command again"):
        list(results)


def test_a_seed_that_nobody_thought_of_is_told_not_raised(units, monkeypatch):
    def broken(unit):
        raise ZeroDivisionError("a width of nothing")

    monkeypatch.setattr(pool, "make", broken)
    done = work(units[0])
    assert done.rows == []
    assert "ZeroDivisionError: a width of nothing" in done.unusable


SCRIPT = """
import sys
from pathlib import Path
from visual_erm import examples
from visual_erm.data.engine import build
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed

seeds = [
    Seed(id=e.name, task="svg", source=e.reference, family="own", licence="MIT", provenance="test")
    for e in examples.load_all("svg")
]
recipe = Recipe(name="kill", pairs={"svg": 200}, per_seed=50)
if __name__ == "__main__":
    build(recipe, Path(sys.argv[1]), corpus={"own": seeds}, workers=2)
"""


@pytest.mark.slow
def test_a_parent_that_is_killed_takes_all_with_it(tmp_path):
    (tmp_path / "run.py").write_text(SCRIPT)
    process = subprocess.Popen([sys.executable, tmp_path / "run.py", tmp_path / "pairs"])
    # two workers, each with a renderer
    wait_until(lambda: len(psutil.Process(process.pid).children(recursive=True)) >= 6)
    started = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: all(map(gone, started)))
