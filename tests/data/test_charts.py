"""Edits of figures, done where the program ran."""

import random

import numpy as np
import pytest

from visual_erm.data import gate
from visual_erm.data.charts.figures import colour_word, number_text
from visual_erm.data.charts.operators import OPERATORS, clash
from visual_erm.data.charts.pairs import ChartPairs
from visual_erm.data.charts.worker import HARMLESS
from visual_erm.data.records import Dropped, Seed, UnusableError
from visual_erm.types import CATEGORIES

PROGRAMS = {
    "bars": """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(6, 4))
for shift, name in ((-0.2, "2023"), (0.2, "2024")):
    ax.bar([i + shift for i in range(3)], [12 + 9 * shift, 18, 25 - 20 * shift], 0.4, label=name)
ax.set_xticks(range(3), ["Oslo", "Bergen", "Tromso"])
ax.set(title="Rainy days in 2024", ylabel="Number of days", xlabel="Town")
ax.text(1, 22, "Wettest: 18")
ax.legend(title="Year")
plt.savefig("out.png")
""",
    "lines": """
import matplotlib.pyplot as plt
import numpy as np
x = np.arange(2000, 2020)
fig, (one, two) = plt.subplots(1, 2, figsize=(9, 4))
one.plot(x, np.sqrt(x - 1999.0) * 9, label="North")
one.plot(x, (x - 1995.0) * 1.5, "--", label="South")
one.legend(); one.set_title("Sales"); one.set_xlabel("Year")
two.scatter(np.cos(x), np.sin(x * 1.3)); two.set_title("Points")
two.axhline(0.5, color="grey")
plt.show()
""",
    "others": """
import matplotlib.pyplot as plt
import numpy as np
fig, (one, two) = plt.subplots(1, 2, figsize=(9, 4))
one.pie([30, 25, 35, 10], labels=["Bus", "Car", "Bike", "Walk"])
one.set_title("Ways to work")
shown = two.imshow(np.arange(12).reshape(3, 4) ** 1.3)
fig.colorbar(shown)
two.set_title("Cells")
plt.show()
""",
    "stack": """
import matplotlib.pyplot as plt
fig, (one, two) = plt.subplots(2, 1, figsize=(6, 7))
one.bar_label(one.bar(["a", "b", "c"], [3, 4, 5], label="Coal"), label_type="center")
one.bar(["a", "b", "c"], [2, 1, 2], bottom=[3, 4, 5], label="Gas")
two.bar(["Paris", "Rome", "Bonn", "Graz"], [51, 72, 33, 24], color="teal")
plt.show()
""",
    "rest": """
import matplotlib.pyplot as plt
import numpy as np
fig = plt.figure(figsize=(9, 7))
one, two, three, four = (
    fig.add_subplot(2, 2, n, projection="3d" if n == 4 else None) for n in range(1, 5)
)
one.boxplot([[1, 2, 3, 4, 9], [3, 4, 5, 6, 7]])
two.errorbar(range(5), [3, 5, 4, 6, 7], 0.8, fmt="o-", capsize=4)
three.fill_between(range(6), [3, 5, 4, 6, 7, 5], alpha=0.6)
three.set_yscale("log")
four.plot_wireframe(*np.meshgrid([1, 2, 3], [1, 2, 3]), np.eye(3))
plt.show()
""",
    "edge": """
import matplotlib.pyplot as plt
plt.fill_between(range(6), [3, 5, 4, 6, 7, 5], alpha=0.6)
plt.plot(range(6), [3, 5, 4, 6, 7, 5], color="black")
plt.show()
""",
}
WHOLE = 500
"""So many edits that every operator has its turn."""


def seed(name):
    return Seed(
        id=name, task="chart", source=PROGRAMS[name], family="own", licence="CC0-1.0",
        provenance="test",
    )  # fmt: skip


@pytest.fixture(scope="module")
def every():
    """Every operator on the first program that it shows on."""
    made, left = {}, set(OPERATORS)
    for name in PROGRAMS:
        maker = ChartPairs(seed(name), random.Random(name), {"edit": WHOLE}, 0.0, sorted(left))
        made[name] = maker, list(maker._edits)
        left -= {p.operators[0] for p in maker._edits if not isinstance(p, Dropped)}
    return made


@pytest.fixture(scope="module")
def some():
    """What is made of a program in a build."""
    kinds = {"edit": 10, "harmless": 30}
    return ChartPairs(seed("lines"), random.Random(2), kinds, 0.9)


def kept(every):
    for _, pairs in every.values():
        yield from (pair for pair in pairs if not isinstance(pair, Dropped))


def test_every_operator_is_shown_by_some_program(every):
    assert len(OPERATORS) >= 100
    assert set(OPERATORS) == {pair.operators[0] for pair in kept(every)}


def test_operators_of_a_category_reach_every_severity():
    # rules take how much differs and by how much a value is off; both are tried all over
    from visual_erm.data.records import Effect

    found = {category: set() for category in CATEGORIES["chart"]}
    for operator in OPERATORS.values():
        for share in (0.01, 0.5):
            for amount in (0.01, 0.12, 0.3, 1.0):
                found[operator.category].add(operator.severity(Effect(share, amount=amount)))
    assert all(levels == {1, 2, 3} for levels in found.values()), found


def test_edits_change_the_picture_where_they_say(every):
    for pair in kept(every):
        (error,) = pair.errors
        assert error.category == OPERATORS[pair.operators[0]].category
        assert error.location and error.description
        assert error.bbox or error.bbox_prediction
        assert gate.changed(pair.reference, pair.prediction).any()


def test_no_edit_fails_and_few_are_lost(every):
    lost = [pair for _, pairs in every.values() for pair in pairs if isinstance(pair, Dropped)]
    assert not [pair for pair in lost if pair.reason == "not_drawn"]
    assert len([pair for pair in lost if pair.reason != "not_applicable"]) <= 4, lost


def test_things_are_named_as_a_person_would(every):
    said = {p.operators[0]: (p.errors[0].location, p.errors[0].description) for p in kept(every)}
    assert said["bar_value"][0].startswith(('bar "Oslo" of', 'bar "Bergen" of', 'bar "Tromso" of'))
    assert " instead of " in said["bar_value"][1]
    assert said["legend_dropped"] == ("legend", "the legend is missing")
    assert said["line_style"][0] in (
        'line "North" (blue) in the left subplot', 'line "South" (orange) in the left subplot',
    )  # fmt: skip
    assert said["wedge_missing"][0].startswith('wedge "')


def test_the_reference_is_what_the_program_draws(every):
    from visual_erm import render

    maker, _ = every["lines"]
    assert np.array_equal(render(PROGRAMS["lines"], task="chart").image, maker.reference)


def test_compositions_carry_an_error_for_each_edit(some):
    several = [p for p in some._edits if not isinstance(p, Dropped) and len(p.operators) > 1]
    assert len(several) >= 5
    for pair in several:
        assert len(pair.errors) == len(pair.operators)
        assert [e.category for e in pair.errors] == [OPERATORS[n].category for n in pair.operators]


def test_edits_of_one_part_do_not_meet():
    assert clash(frozenset({"0/marks"}), frozenset({"0/marks/3"}))
    assert not clash(frozenset({"0/title"}), frozenset({"0/marks", "1/title"}))


def test_the_figure_draws_its_own_harmless_variations(some):
    assert set(some._drawn) == set(HARMLESS)
    for name in HARMLESS:
        some._harmless = [name]
        pair = some.harmless("jpeg", random.Random(0))
        assert pair.operators == (name,) and not pair.errors
        assert not np.array_equal(pair.prediction, pair.reference)


def test_equal_seeds_make_equal_pairs():
    def made():
        maker = ChartPairs(seed("bars"), random.Random(4), {"edit": 6}, 0.3)
        return [pair for pair in maker._edits if not isinstance(pair, Dropped)]

    one, two = made(), made()
    assert [pair.errors for pair in one] == [pair.errors for pair in two]
    assert all(np.array_equal(a.prediction, b.prediction) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "without having made a figure"),
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2]\n", "line 2"),
        ("1 / 0", "ZeroDivisionError"),
        (
            "import matplotlib.pyplot as plt\nfor n in range(1600): plt.plot([0, 1], [0, n])",
            "parts, above 1500",
        ),
        ("import matplotlib.pyplot as plt\nplt.figure(facecolor='w')", "blank|no figure|figure"),
    ],
)
def test_an_unusable_program_says_why(source, words):
    broken = seed("bars").model_copy(update={"source": source})
    with pytest.raises(UnusableError, match=words):
        ChartPairs(broken, random.Random(0), {"edit": 3}, 0.3)


def test_colours_and_numbers_have_everyday_words():
    assert [colour_word(c) for c in ((1, 0, 0), (0.12, 0.47, 0.71), (1, 0.5, 0.05), (1, 1, 1))] == [
        "red", "blue", "orange", "white",
    ]  # fmt: skip
    assert number_text(1234.5) == "1,234"
