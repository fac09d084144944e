"""Edits of figures, done where the program ran."""

import math
import random

import numpy as np
import pytest

from visual_erm.data import gate
from visual_erm.data.charts.edits import EDITS
from visual_erm.data.charts.pairs import REFLOWS, SINGLES, ChartPairs
from visual_erm.data.records import Dropped, Seed, UnusableError
from visual_erm.types import CATEGORIES

PROGRAMS = {
    "bars": """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(6, 4))
for shift, name in ((-0.2, "2023"), (0.2, "2024")):
    ax.bar([i + shift for i in range(3)], [12 + 9 * shift, 18, 25 - 20 * shift], 0.4, label=name)
ax.set_xticks(range(3), ["Oslo", "Bergen", "Tromso"])
ax.set(title="Rainy days", ylabel="Days", xlabel="Town")
ax.text(1, 22, "Wettest: 18")
ax.legend()
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
two.fill_between([-1, 0, 1], [0.2, 0.6, 0.3], alpha=0.4)
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
}


def seed(name):
    return Seed(
        id=name, task="chart", source=PROGRAMS[name], family="own", licence="CC0-1.0",
        provenance="test",
    )  # fmt: skip


@pytest.fixture(scope="module")
def every():
    """All edits of all programs, each as a single."""
    made = {}
    for name in PROGRAMS:
        # so many that every edit is among them
        maker = ChartPairs(seed(name), random.Random(name), math.ceil(len(EDITS) / SINGLES))
        made[name] = maker, list(maker._singles)
    return made


def kept(every):
    for _, pairs in every.values():
        yield from (pair for pair in pairs if not isinstance(pair, Dropped))


def test_every_edit_is_shown_by_some_program(every):
    shown = {pair.operators[0] for pair in kept(every)}
    # lines of these programs stay within their limits when they move a little less
    assert set(EDITS) - shown <= {"line_moved_small"}


def test_edits_change_the_picture_where_they_say(every):
    for pair in kept(every):
        (error,) = pair.errors
        assert error.category in CATEGORIES["chart"]
        assert error.location and error.description
        assert error.bbox or error.bbox_prediction
        if pair.operators[0] not in REFLOWS:
            assert gate.edit(pair.reference, pair.prediction, pair.errors) is None


def test_no_edit_fails_and_few_are_lost(every):
    lost = [pair for _, pairs in every.values() for pair in pairs if isinstance(pair, Dropped)]
    assert not [pair for pair in lost if pair.reason == "not_drawn"]
    elsewhere = [pair.operators for pair in lost if pair.reason == "elsewhere"]
    assert len(elsewhere) <= 4, elsewhere


def test_the_reference_is_what_the_program_draws(every):
    from visual_erm import render

    maker, _ = every["lines"]
    assert np.array_equal(render(PROGRAMS["lines"], task="chart").image, maker.reference)


def test_compositions_carry_several_errors(every):
    for maker, _ in every.values():
        pair = maker.some_edit(random.Random(0), several=True)
        while isinstance(pair, Dropped) and pair.operators != ("edit",):
            pair = maker.some_edit(random.Random(0), several=True)
        if not isinstance(pair, Dropped):
            assert len(pair.errors) == len(pair.operators) >= 2


def test_equal_seeds_make_equal_pairs():
    def made():
        maker = ChartPairs(seed("bars"), random.Random(4), 10)
        return [pair for pair in maker._singles if not isinstance(pair, Dropped)]

    one, two = made(), made()
    assert [pair.errors for pair in one] == [pair.errors for pair in two]
    assert all(np.array_equal(a.prediction, b.prediction) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "without having made a figure"),
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2]\n", "line 2"),
        ("1 / 0", "ZeroDivisionError"),
        ("import matplotlib.pyplot as plt\nplt.figure(facecolor='w')", "blank|no figure|figure"),
    ],
)
def test_an_unusable_program_says_why(source, words):
    broken = seed("bars").model_copy(update={"source": source})
    with pytest.raises(UnusableError, match=words):
        ChartPairs(broken, random.Random(0), 10)
