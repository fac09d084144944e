import random
from itertools import pairwise

from visual_erm.judges.together import ALONE, AT_ONCE, together
from visual_erm.types import CATEGORIES, Discrepancy


def error(place: int, severity: int = 1, category: str = "text_error") -> Discrepancy:
    box = (10 * place, 0, 10 * place + 8, 8)
    return Discrepancy(
        category=category,
        severity=severity,
        location=f"label {place}",
        description=f"{place} became {place + 1}",
        bbox=box,
        bbox_prediction=box,
    )


def total(found: list[Discrepancy]) -> int:
    return sum(one.severity for one in together(found, "chart"))


def test_a_flood_becomes_a_handful() -> None:
    kept = together([error(place) for place in range(30)], "chart")
    assert len(kept) == ALONE["chart"] + -(-(30 - ALONE["chart"]) // AT_ONCE)
    assert kept[2].location == "8 places"
    assert kept[2].bbox == (20, 0, 98, 8)
    assert "label 2: 2 became 3; " in kept[2].description
    assert kept[2].description.endswith("; and 4 more")


def test_short_lists_and_those_of_other_tasks_stay_as_they_are() -> None:
    few = [error(0, 2), error(1), error(2, 3, "data_error"), error(3)]
    assert sorted(one.location for one in together(few, "chart")) == [
        f"label {n}" for n in range(4)
    ]
    many = [error(place) for place in range(30)]
    assert together(many, "table") == many


def test_a_finding_more_or_a_worse_one_never_makes_a_list_cheaper() -> None:
    rng = random.Random(5)
    for _ in range(200):
        drawn = [
            error(n, rng.choice((1, 2, 3)), rng.choice(CATEGORIES["chart"]))
            for n in range(rng.randint(1, 40))
        ]
        sums = [total(drawn[:count]) for count in range(len(drawn) + 1)]
        assert all(one <= more for one, more in pairwise(sums))
        at = rng.randrange(len(drawn))
        worse = drawn[at].model_copy(update={"severity": 3})
        assert total(drawn) <= total([*drawn[:at], worse, *drawn[at + 1 :]])
