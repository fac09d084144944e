"""Coefficients of agreement, against published examples, numpy, and cases worked by hand."""

from itertools import permutations

import numpy as np
import pytest

from visual_erm.bench.agreement import correlation, ordinal_alpha, weighted_kappa

KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Krippendorff (2011), example D: four observers, twelve units, some values missing."""


def coincidences(observers, size):
    matrix = np.zeros((size, size))
    for unit in zip(*(row.split() for row in observers), strict=True):
        values = [int(value) - 1 for value in unit if value != "."]
        for one, other in permutations(values, 2):
            matrix[one, other] += 1 / (len(values) - 1)
    return matrix


def test_alpha_is_the_published_one():
    above, below = ordinal_alpha(coincidences(KRIPPENDORFF, 5))
    assert above / below == pytest.approx(0.815, abs=5e-4)


def test_alpha_of_two_observers_and_two_values_is_the_published_one():
    # the same paper, example B; with two values, ordinal and nominal are one
    pair = ("1 2 1 1 1 1 1 1 2 1", "2 2 2 1 1 2 1 1 1 1")
    above, below = ordinal_alpha(coincidences(pair, 2))
    assert above / below == pytest.approx(0.095, abs=5e-4)


def test_kappa_of_a_table_worked_by_hand():
    # seen: 1 + 1 = 2; chance: (3 x (2 + 4 x 2) + 2 x (2 + 2) + 1 x (4 x 2 + 2)) / 6 = 8
    above, below = weighted_kappa(np.array([[2.0, 1, 0], [0, 1, 1], [0, 0, 1]]))
    assert (above, below) == (6, 8)


def test_a_stack_of_tables_is_done_at_once():
    rng = np.random.default_rng(1)
    tables = rng.integers(0, 9, (4, 3, 3)).astype(float)
    for function in (weighted_kappa, lambda t: ordinal_alpha(t + np.swapaxes(t, -1, -2))):
        above, below = function(tables)
        alone = [function(table) for table in tables]
        assert list(above) == pytest.approx([one for one, _ in alone])
        assert list(below) == pytest.approx([other for _, other in alone])


def test_correlation_is_numpys():
    x, y = np.random.default_rng(2).normal(size=(2, 40))
    above, below = correlation(40, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum())
    assert above / below == pytest.approx(np.corrcoef(x, y)[0, 1])
