"""Two programs that a person can read, and what a person would say of their charts."""

import pytest

from visual_erm.data.oracle import annotate
from visual_erm.errors import InputError, PolicyFault

REFERENCE = """
import matplotlib.pyplot as plt
fig, (one, two) = plt.subplots(1, 2, figsize=(8, 4))
one.bar(["Oslo", "Rome", "Bonn", "Graz"], [12, 18, 25, 9], color="teal", label="2024")
one.set_title("Rainy days"); one.set_ylabel("Days"); one.set_xlabel("Town"); one.legend()
two.plot([0, 1, 2, 3, 4], [1, 4, 9, 16, 25], label="rising")
two.plot([0, 1, 2, 3, 4], [25, 20, 15, 10, 5], color="C1", label="falling")
two.set_xlim(0, 4); two.set_ylim(0, 30); two.legend(); two.text(2, 27, "peak 25")
plt.show()
"""


def errors(prediction, reference=REFERENCE):
    found = annotate(reference, prediction, "chart").errors
    return [(e.category, e.severity, e.location) for e in found]


RISING = 'line "rising" (blue) in the right subplot'


ONE, TWO = "in the left subplot", "in the right subplot"
BARS = f'bars of the bars "2024" (dark teal) {ONE}'


def moved(where):
    """What the legend's `loc="best"` makes of other data."""
    return ("structure_error", 1, f"legend {where}")


SAME = [
    ("import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt  # the same"),
    ("fig, (one, two) = plt.subplots(1, 2, figsize=(8, 4))",
     "fig = plt.figure(figsize=(8, 4)); one = fig.add_subplot(121); two = fig.add_subplot(122)"),
]  # fmt: skip
CHANGES = [
    [
        ("Rainy days", "Riany days", ("text_error", 1, f"title {ONE}")),
        ("12, 18, 25, 9", "12, 14, 25, 9", ("data_error", 2, BARS.replace("bars", "bar", 1))),
        ("two.set_ylim(0, 30)", "two.set_ylim(0, 60)",
         ("data_error", 3, f"y axis {TWO}"), moved(TWO)),
        ('label="falling"', 'label="sinking"', ("text_error", 3, f'legend entry "falling" {TWO}')),
    ],
    [
        ('one.set_title("Rainy days")', "pass", ("text_error", 2, f"title {ONE}")),
        ("12, 18, 25, 9", "25, 18, 12, 9", ("data_error", 3, BARS), moved(ONE)),
        ("two.set_ylim(0, 30)", "two.set_ylim(30, 0)", ("data_error", 3, f"y axis {TWO}"),
         moved(TWO)),
        ('25], label="rising")', '25], "--", lw=5, label="rising")', ("style_error", 1, RISING)),
    ],
    [
        ('"Days"', '"Weeks"', ("text_error", 3, f"y-axis label {ONE}")),
        ('"Bonn", "Graz"]', '"Graz", "Bonn"]', ("text_error", 3, f"x axis {ONE}")),
        ("1, 4, 9, 16, 25]", "1, 4, 9, 22, 25]", ("data_error", 2, RISING)),
        ("peak 25", "peak 35", ("text_error", 2, f'text "peak 25" {TWO}')),
        ("one.legend()", "pass", ("structure_error", 2, f"legend {ONE}")),
    ],
    [
        ("one.bar", "one.plot", ("structure_error", 3, "left subplot")),
        ('two.plot([0, 1, 2, 3, 4], [25, 20, 15, 10, 5], color="C1", label="falling")', "",
         ("data_error", 3, f'line "falling" (orange) {TWO}')),
        ('25], label="rising")', '25], color="red", label="rising")', ("style_error", 1, RISING)),
        ("two.legend()", "two.legend(); two.grid()", ("style_error", 1, f"grid {TWO}")),
    ],
]  # fmt: skip


def test_another_program_of_the_same_chart_has_no_errors():
    prediction = REFERENCE
    for old, new in SAME:
        assert old in prediction
        prediction = prediction.replace(old, new)
    assert errors(prediction) == []


@pytest.mark.parametrize("changes", CHANGES)
def test_each_thing_is_said_once(changes):
    prediction = REFERENCE
    for old, new, *_ in changes:
        assert old in prediction
        prediction = prediction.replace(old, new, 1)
    assert sorted(errors(prediction)) == sorted(one for _, _, *all_ in changes for one in all_)


def test_subplots_that_are_missing_or_exchanged_are_one_thing():
    single = REFERENCE.replace("plt.show()", "one.remove(); plt.show()")
    assert errors(single) == [("structure_error", 3, "left subplot")]
    exchanged = REFERENCE.replace("(one, two) =", "(two, one) =", 1)
    found = errors(exchanged)
    assert found == [("structure_error", 2, "left subplot and right subplot")]


def test_a_category_that_is_missing_is_one_thing():
    fewer = REFERENCE.replace('"Rome", ', "").replace("12, 18, 25, 9", "12, 25, 9")
    missing = ("data_error", 3, BARS.replace("bars", "bar", 1))
    assert errors(fewer) == [missing, moved(ONE)]


def test_other_marks_lengths_and_what_two_plots_share():
    base = """
import matplotlib.pyplot as plt
fig, (one, two) = plt.subplots(1, 2, figsize=(8, 4))
years = [2001, 2002, 2003, 2004]
one.fill_between(years, [3, 5, 4, 6], label="low"); one.plot(years, [9, 8, 7, 9], label="high")
two.errorbar(years, [3, 5, 4, 6], [1, 1, 1, 1], fmt="o", capsize=3)
one.set_ylim(0, 10); two.set_ylim(0, 10); one.set_ylabel("Share"); two.set_ylabel("Part")
"""
    drawn = base.replace("one.fill_between(years, [3, 5, 4, 6]", "one.plot(years, [3, 5, 4, 6]")
    assert ("structure_error", 3, f'area "low" (blue) {ONE}') in errors(drawn, base)
    assert errors(base.replace("[1, 1, 1, 1]", "[1, 2, 1, 1]"), base) == [
        ("data_error", 2, f"error bars {TWO}")
    ]
    bare = base.replace('one.set_ylabel("Share"); two.set_ylabel("Part")', "")
    ((category, severity, location),) = errors(bare, base)
    assert (category, severity) == ("text_error", 2) and location.endswith("in 2 subplots")


def test_cells_pies_and_colours():
    cells = """
import matplotlib.pyplot as plt
import numpy as np
fig, (one, two) = plt.subplots(1, 2, figsize=(8, 4))
values = np.arange(12.0).reshape(3, 4)
shown = one.imshow(values, cmap="viridis", vmin=0, vmax=11); fig.colorbar(shown)
two.pie([30, 50, 20], labels=["a", "b", "c"])
"""
    wrong = cells.replace("reshape(3, 4)", "reshape(3, 4); values[0, 0] = 11")
    ((category, severity, location),) = errors(wrong, cells)
    assert (category, severity) == ("data_error", 2) and location.startswith("cell of the cells")
    assert errors(cells.replace("viridis", "magma"), cells) == [
        ("style_error", 2, "cells in the left subplot")
    ]
    ((category, severity, _),) = errors(cells.replace("30, 50", "40, 40"), cells)
    assert (category, severity) == ("data_error", 2)


def test_faults_say_whose_they_are():
    with pytest.raises(PolicyFault):
        annotate(REFERENCE, "1 / 0", "chart")
    with pytest.raises(InputError, match="the reference cannot be used"):
        annotate("1 / 0", REFERENCE, "chart")
