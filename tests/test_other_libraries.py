"""What `benchmarks.other_libraries` draws: the drawing itself needs other libraries."""

import copy

import pytest

from benchmarks.other_libraries import CHARTS, KEPT, LIBRARIES, SLIPS, source, wrong

ALL = CHARTS | KEPT


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", ALL)
def test_a_slip_makes_a_chart_wrong_wherever_it_is_drawn(name, slip):
    before = copy.deepcopy(ALL[name])
    made = wrong(ALL[name], slip, name)
    assert ALL[name] == before
    assert made != before
    assert made == wrong(ALL[name], slip, name)
    along = made.get("names") or made["at"]
    assert all(len(values) == len(along) for values in made["series"].values())


@pytest.mark.parametrize("library", LIBRARIES)
def test_programs_can_be_read(library):
    compile(source(CHARTS["loss"], LIBRARIES[library]), library, "exec")


def test_charts_kept_apart_are_other_charts():
    assert not set(CHARTS) & set(KEPT)
    assert not {chart["title"] for chart in CHARTS.values()} & {
        chart["title"] for chart in KEPT.values()
    }
