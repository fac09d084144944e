"""ChartMimic's low-level scores: figures of real programs, scores worked by hand."""

import dataclasses
import itertools
from collections import Counter

import numpy as np
import pytest
from skimage import color

from visual_erm.bench import chartmimic
from visual_erm.bench.chartmimic import Figure, compare, figure
from visual_erm.bench.rewards import Attempt, make_reward
from visual_erm.data.charts import drawn
from visual_erm.errors import InfrastructureFault, InputError
from visual_erm.types import Failure

PROGRAM = """
import matplotlib.pyplot as plt
import numpy as np
fig, axes = plt.subplots(2, 2)
one, two, three, four = axes.flat
one.bar(["a", "b"], [3, 5], label="Sold", color=["red", "#00ff00"])
one.set(title="Bars of\\ntwo", ylabel="Number"); one.legend()
two.plot([1, 2], [1, 2], color="purple"); two.plot([1, 2], [2, 3], color="#111111")
three.pie([1, 3], labels=["few", "many"], colors=["#222222", "#333333"])
fig.colorbar(four.imshow(np.eye(3), cmap="magma"), ax=four, label="heat")
fig.suptitle("All")
"""
PICTURE = np.zeros((20, 20, 3), np.uint8)


def empty(**parts):
    blank = Figure(Counter(), Counter(), Counter(), {})
    return dataclasses.replace(blank, **parts)


def test_what_is_compared_of_a_figure():
    found = figure(PROGRAM)
    words = ["All", "Bars of", "two", "Number", "Sold", "few", "many", "heat"]
    assert found.texts == Counter(words)
    whole = Counter({grid: n for grid, n in found.layout.items() if grid[:2] == (2, 2)})
    assert whole == Counter([(2, 2, 0, 1, 0, 1), (2, 2, 0, 1, 1, 2), (2, 2, 1, 2, 0, 1)])
    assert found.layout.total() == 5  # a colour bar splits the place of its plot in two
    assert found.types == Counter({"bars": 1, "line": 2, "wedge": 1, "cells": 1})
    assert found.colours["bars"] == ("#ff0000", "#00ff00")
    assert found.colours["line"] == ("#800080", "#111111")
    assert found.colours["wedge"] == ("#222222", "#333333")
    assert len(found.colours["cells"]) == 1 and len(found.colours["cells"][0]) == 45


def test_a_program_is_like_itself_and_one_that_fails_is_worth_nothing():
    assert set(chartmimic.chartmimic(PROGRAM, PROGRAM).values()) == {1.0}
    assert set(chartmimic.chartmimic(PROGRAM, "1 / 0").values()) == {0.0}
    with pytest.raises(InputError, match="no Matplotlib figure"):
        chartmimic.chartmimic("print(1)", PROGRAM)


def test_counts_by_hand():
    ours = empty(texts=Counter("aab"), layout=Counter([(1, 2)]), types=Counter(line=3))
    theirs = empty(texts=Counter("abc"), layout=Counter([(1, 1)]), types=Counter(line=1, bars=1))
    scores = compare(ours, theirs)
    # a and b of three and three; nothing; one line of three series and two
    assert scores["text"] == pytest.approx(2 * 2 / (3 + 3))
    assert scores["layout"] == 0
    assert scores["type"] == pytest.approx(2 * 1 / (3 + 2))
    assert scores["color"] == 1  # neither has any
    assert scores["mean"] == pytest.approx(sum(list(scores.values())[:4]) / 4)
    assert compare(ours, empty())["text"] == 0


def similarity(one, other):
    """As published: "kind--colour" with CIEDE2000, here scikit-image's."""
    (kind, a), (other_kind, b) = one, other
    if kind != other_kind:
        return 0.0
    if len(a) != 7 or len(b) != 7:
        return float(a == b)
    values = [color.rgb2lab(np.array([list(bytes.fromhex(c[1:]))]) / 255) for c in (a, b)]
    return max(0.0, 1 - color.deltaE_ciede2000(*values)[0] / 100)


def by_permutations(ours, theirs):
    short, long = sorted(
        ([(k, c) for k, colours in side.items() for c in colours] for side in (ours, theirs)),
        key=len,
    )
    best = max(
        sum(map(similarity, short, order)) for order in itertools.permutations(long, len(short))
    )
    return 2 * best / (len(short) + len(long))


def test_colours_are_assigned_as_the_best_of_all_permutations():
    rng = np.random.default_rng(3)

    def palette(*kinds):
        colours = {k: [f"#{rng.integers(1 << 24):06x}" for _ in range(2)] for k in kinds}
        return {**{k: tuple(c) for k, c in colours.items()}, "cells": ("#0000000" * 2,)}

    for _ in range(5):
        ours, theirs = palette("bars", "line"), palette("bars", "line", "wedge")
        score = compare(empty(colours=ours), empty(colours=theirs))["color"]
        assert score == pytest.approx(by_permutations(ours, theirs), abs=1e-4)


def test_rewards_keep_faults_of_the_machinery_apart(monkeypatch):
    def attempt(source, completion="text", reference=PROGRAM):
        return Attempt("chart", PICTURE, reference, completion, source, PICTURE, None)

    reward = make_reward("chartmimic_text")
    assert reward.applies("chart") and not reward.applies("svg")
    attempts = [
        attempt(PROGRAM),
        attempt(PROGRAM.replace('"heat"', '"cold"')),
        attempt(None),
        attempt(None, None),
        attempt(
            PROGRAM, reference="import plotly.express as px\npx.line(x=[1, 2], y=[1, 2]).show()"
        ),
    ]
    values = reward.score(attempts)
    assert values == [1.0, pytest.approx(7 / 8), 0.0, None, None]

    def died(source):
        raise InfrastructureFault(
            Failure(kind="infrastructure", stage="render", code="worker_died", message="it died")
        )

    monkeypatch.setattr(drawn, "read", died)
    assert reward.score([attempt(PROGRAM + "\n# another")]) == [None]
