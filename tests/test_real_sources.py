"""What `benchmarks.real_sources` makes pairs of; making them needs packages to be fetched."""

import contextlib
import io

import pytest

pytest.importorskip("rich")

from benchmarks import real_sources
from visual_erm.data.packages import RESERVED

SETS = (real_sources.SCRIPTS, real_sources.MANUALS, real_sources.ICONS)


def test_nothing_is_in_both_splits():
    assert not any(found["tune"].keys() & found["kept"].keys() for found in SETS)


def test_what_is_kept_is_refused_by_the_engine_and_the_rest_is_not():
    for found in (real_sources.SCRIPTS, real_sources.ICONS):
        assert found["kept"].keys() <= RESERVED
        assert not found["tune"].keys() & RESERVED


def test_a_script_carries_the_data_that_it_would_fetch():
    source = real_sources._with_data('import seaborn as sns\nprint(len(sns.load_dataset("tips")))')
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(source, "script", "exec"), {})
    assert said.getvalue() == "240\n"


def test_a_script_whose_data_nobody_knows_is_passed_over():
    assert real_sources._with_data('sns.load_dataset("unheard_of")') is None


def test_other_scripts_stay_as_they_are():
    assert real_sources._with_data("plt.plot([1, 2])") == "plt.plot([1, 2])"
