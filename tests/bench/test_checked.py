"""How far two people agree, beside an independent implementation."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from visual_erm.bench.checked import agreement
from visual_erm.report.checks import Checked, Checks, Said


def checks(who, levels):
    """One item for each row of levels: 0 rejects an error, 1 to 3 keep it with that severity."""
    items = [
        Checked(
            id=str(at),
            digest="",
            task="svg",
            done=True,
            errors=tuple(
                Said(
                    number=number,
                    decision="accept" if level else "reject",
                    category="shape_error",
                    severity=int(level) or 1,
                )
                for number, level in enumerate(row, 1)
            ),
        )
        for at, row in enumerate(levels)
    ]
    return Checks(format="visual-erm checks", annotator=who, items=tuple(items))


def test_kappas_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    one = rng.integers(0, 4, (40, 3))
    two = np.where(rng.random((40, 3)) < 0.3, rng.integers(0, 4, (40, 3)), one)
    made = agreement(checks("Ada", one), checks("Bob", two))
    assert (made.items, made.kept.n) == (40, 120)
    assert made.kept.value == pytest.approx(((one > 0) == (two > 0)).mean())
    keep = cohen_kappa_score(one.ravel() > 0, two.ravel() > 0)
    assert made.kappa.value == pytest.approx(keep)
    weighted = cohen_kappa_score(one.ravel(), two.ravel(), weights="quadratic")
    assert made.severity_kappa.value == pytest.approx(weighted)
    assert made.alpha.low < made.alpha.value < made.alpha.high < 1
    same = agreement(checks("Ada", one), checks("Bob", one))
    assert (same.kappa.value, same.alpha.value) == (1, 1)


def test_people_who_share_no_item():
    nothing = agreement(checks("Ada", [[1]]), checks("Bob", []))
    assert (nothing.items, nothing.kappa.value) == (0, None)
