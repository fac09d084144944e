import datetime
import pickle
import random
import time

import numpy as np
import pandas as pd
import pytest

from visual_erm.renderers.chart_fixed import CLOCK, fix_clock, fix_randomness
from visual_erm.renderers.chart_patches import Patches


@pytest.fixture
def patches():
    patches = Patches()
    yield patches
    patches.undo()


def draw():
    return (
        random.random(),
        np.random.rand(),
        np.random.default_rng().random(),
        np.random.default_rng().random(),
        np.random.RandomState().rand(),
        np.random.Generator(np.random.PCG64()).random(),
    )


def test_unseeded_generators_repeat_from_program_to_program(patches):
    fix_randomness(patches)
    first = draw()
    patches.undo()
    fix_randomness(patches)
    assert draw() == first
    assert len(set(first)) == len(first)


def test_a_seed_of_the_program_is_its_own(patches):
    expected = np.random.default_rng(5).random()
    fix_randomness(patches)
    assert np.random.default_rng(5).random() == expected


def test_the_clock_starts_where_it_is_told_and_goes_on(patches):
    fix_clock(patches, CLOCK)
    day = datetime.date(2026, 1, 1)
    assert datetime.date.today() == day
    assert datetime.datetime.now().date() == day
    assert datetime.datetime.now(datetime.UTC).hour == 12
    assert pd.Timestamp.now().date() == day
    assert time.strftime("%Y-%m-%d") == "2026-01-01"
    before = time.time()
    time.sleep(0.01)
    assert CLOCK <= before < time.time() < CLOCK + 60


def test_dates_stay_the_ones_that_libraries_know(patches):
    real = datetime.datetime
    fix_clock(patches, CLOCK)
    made = datetime.datetime(2024, 5, 6, 7, 8)
    assert type(made) is real
    assert isinstance(made, datetime.datetime)
    assert isinstance(made, datetime.date)
    assert isinstance(datetime.datetime.now(), datetime.datetime)
    assert datetime.datetime.strptime("2024-05-06 07:08", "%Y-%m-%d %H:%M") == made
    assert pickle.loads(pickle.dumps(made)) == made

    class Mine(datetime.datetime):
        pass

    assert type(Mine(2024, 1, 1)) is Mine


def test_the_real_clock_is_put_back(patches):
    fix_clock(patches, 0.0)
    assert time.time() < 60
    patches.undo()
    assert time.time() > 1e9
