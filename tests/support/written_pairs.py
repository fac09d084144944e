"""Builds of a few pairs, written without drawing anything."""

import numpy as np

from visual_erm.data import shards
from visual_erm.data.records import Pair, Seed
from visual_erm.types import Discrepancy

TASKS = ("chart", "table", "svg")


def pair(task, number, first=0):
    """A rectangle whose copy is elsewhere; every third pair has no error."""
    reference = np.full((64, 96, 3), 255, np.uint8)
    reference[10:30, 10 + first % 60 : 30 + first % 60] = (10, 90, 160)
    clean = number % 3 == 0
    prediction = reference if clean else np.roll(reference, 5 + number, axis=0)
    category = {"chart": "data_error", "table": "text_error", "svg": "shape_error"}[task]
    error = Discrepancy(
        category=category, severity=2, location="left", description="moved", bbox=(9, 9, 30, 30)
    )
    seed = Seed(
        id=f"{task}/{first}", task=task, source="-", family="own", licence="CC0-1.0",
        provenance="test",
    )  # fmt: skip
    kind = "identical" if clean else "edit"
    made = Pair(
        f"{seed.id}/{number}", seed, kind, () if clean else ("move",), reference, prediction, None,
        () if clean else (error,),
    )  # fmt: skip
    return shards.row(made, {})


def write_pairs(folder, *, first=0, seeds=2, each=3, tasks=TASKS):
    """A build of `seeds` references of each task."""
    folder.mkdir()
    for index, task in enumerate(tasks):
        rows = [pair(task, number, first + seed) for seed in range(seeds) for number in range(each)]
        shards.write(folder, index, rows, shards.Span(task, 0, seeds, len(rows), {}, {}))
    return folder
