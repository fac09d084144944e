"""What `benchmarks.real_sources` makes pairs of; making them needs packages to be fetched."""

import contextlib
import io

import pytest

pytest.importorskip("rich")

from benchmarks import docstring_charts, real_sources
from visual_erm.data.packages import RESERVED

SETS = (
    real_sources.SCRIPTS,
    real_sources.DOCSTRINGS,
    real_sources.MANUALS,
    real_sources.ICONS,
)


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


PACKAGE = '''
def curve(n):
    """A curve.

    >>> plt.plot(np.arange(3))
    [...]
    >>> plt.show()
    >>> plt.bar([1], [2])
    """


def again(n):
    """The same curve.

    >>> plt.plot(np.arange(3))
    [...]
    """


class Table:
    def draw(self):
        """Draws.

        >>> pd.Series([1, 2]).plot()
        """

    def quiet(self):
        """
        >>> 1 + 1
        2
        """
'''


def test_docstrings_are_programs_up_to_what_they_show_first(tmp_path, monkeypatch):
    (tmp_path / "drawing_package").mkdir()
    (tmp_path / "drawing_package" / "__init__.py").write_text("")
    (tmp_path / "drawing_package" / "curves.py").write_text(PACKAGE)
    (tmp_path / "drawing_package" / "extra.py").write_text("import nothing_of_this_name")
    monkeypatch.syspath_prepend(tmp_path)
    found = docstring_charts.examples("drawing_package")
    assert list(found) == ["curves/Table.draw", "curves/curve"]
    head = docstring_charts.HEAD
    assert found["curves/curve"] == head + "plt.plot(np.arange(3))\n"
    assert found["curves/Table.draw"] == head + "pd.Series([1, 2]).plot()\n"
