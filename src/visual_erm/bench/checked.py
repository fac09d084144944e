"""Rows of a benchmark from what people said of a run's errors, and how far two people agree.

    done = write(items, [read(Path("checks-Ada.json"))], Path("own-bench"))

The folder is one that `vc_reward_bench.load` reads: JSONL in the published format beside pictures.
Where two people checked an item and keep other errors, it goes to `conflicts.jsonl` and not into
the benchmark: a label that they do not share is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from visual_erm import images, jsonl
from visual_erm.bench.agreement import ordinal_alpha, weighted_kappa
from visual_erm.bench.bootstrap import Figure, Resampled, of_values, ratios
from visual_erm.errors import InputError
from visual_erm.judges.parse import to_wire
from visual_erm.report.checks import Checked, Checks
from visual_erm.report.runs import Item, keep
from visual_erm.report.view import digest, key_of
from visual_erm.types import CATEGORIES, Discrepancy, JudgeIdentity, Verdict

LEVELS = 4
"""What a person gives an error: 0 none at all, or its severity 1 to 3."""


@dataclass(frozen=True)
class Agreement:
    """How far two people agree on the errors that a judge reported."""

    kept: Figure
    """Share of errors that both keep or both reject."""
    kappa: Figure
    """Cohen's kappa of keeping and rejecting."""
    severity_kappa: Figure
    """Quadratically weighted kappa of the severities, 0 for a rejected error."""
    alpha: Figure
    """Krippendorff's alpha of the same."""
    items: int
    """Items that both have checked."""
    missed: tuple[int, int]
    """Errors that each of them added."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        figures = ("kept", "kappa", "severity_kappa", "alpha")
        made: dict[str, Any] = {name: getattr(self, name).row() for name in figures}
        return made | {"items": self.items, "missed": list(self.missed)}


@dataclass(frozen=True)
class Built:
    """What came to stand in a benchmark."""

    rows: int
    errors: int
    conflicts: int
    """Items on which people differ, left out."""
    unchecked: int
    """Items of the run that nobody has finished."""


def write(items: Sequence[Item], checks: Sequence[Checks], out: Path) -> Built:
    """Write the items that somebody has checked as a benchmark.

    Args:
        items: of the run.
        checks: one for each person.
        out: folder; made if it is not there.

    Raises:
        InputError: the checks are of other items, or `out` holds something already.
    """
    _refuse_doubles(checks)
    pictures = out / "pictures"
    try:
        if out.is_dir() and any(out.iterdir()):
            raise InputError(f"{out} is not empty; choose another folder")
        pictures.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"cannot make {out}: {error.strerror}") from None
    rows = errors = conflicts = unchecked = 0
    with (
        jsonl.Records(out / "pairs.jsonl") as kept,
        jsonl.Records(out / "conflicts.jsonl") as differing,
    ):
        for item in items:
            said = {c.annotator: c.finished[item.id] for c in checks if item.id in c.finished}
            if not said or item.candidate is None:
                unchecked += 1
                continue
            _refuse_others(item, said)
            lists = [one.kept for one in said.values()]
            if any(_labels(one) != _labels(lists[0]) for one in lists[1:]):
                conflicts += 1
                by = {who: _wire(item, one.kept) for who, one in said.items()}
                differing.append({"id": item.id, "category": item.task, "by": by})
                continue
            row = {"id": item.id, "idx": rows, "category": item.task}
            for side, field in (("reference", "gt_img_path"), ("candidate", "pred_img_path")):
                path, _ = keep(images.load(getattr(item, side)), pictures)
                row[field] = f"{pictures.name}/{path.name}"
            row["human_errors"] = _wire(item, lists[0])
            row["annotators"] = list(said)
            row["pred_json"] = _judged(item)
            kept.append(row)
            rows += 1
            errors += len(lists[0])
    return Built(rows, errors, conflicts, unchecked)


def agreement(one: Checks, other: Checks) -> Agreement:
    """How far two people agree on the judge's errors of the items that both have checked."""
    mine, theirs = one.finished, other.finished
    both = [name for name in mine if name in theirs]
    sums = [_counts(mine[name], theirs[name]) for name in both]
    drawn = Resampled([{(str(key),): value for key, value in one.items()} for one in sums])
    levels = range(LEVELS)
    table = np.array([[drawn.of(str((i, j))) for j in levels] for i in levels]).transpose(2, 0, 1)
    # rejected by each, and kept by each with whatever severity
    kept = [[1, 0], *[[0, 1]] * (LEVELS - 1)]
    binary = np.transpose(kept) @ table @ np.array(kept)
    total = table.sum((-2, -1))
    n = float(total[0])
    same = binary[:, 0, 0] + binary[:, 1, 1]
    coincidences = table + np.swapaxes(table, -1, -2)
    return Agreement(
        kept=of_values(ratios(same, total), n),
        kappa=of_values(ratios(*weighted_kappa(binary)), n),
        severity_kappa=of_values(ratios(*weighted_kappa(table)), n),
        alpha=of_values(ratios(*ordinal_alpha(coincidences)), n),
        items=len(both),
        missed=(
            sum(len(mine[name].missed) for name in both),
            sum(len(theirs[name].missed) for name in both),
        ),
    )


def _refuse_doubles(checks: Sequence[Checks]) -> None:
    names = [one.annotator for one in checks]
    if len(set(names)) < len(names):
        raise InputError(f"two files of checks are by one person: {', '.join(sorted(names))}")


def _refuse_others(item: Item, said: Mapping[str, Checked]) -> None:
    ours = digest(item, [key_of(item.reference), key_of(item.candidate)])
    for who, one in said.items():
        if one.digest != ours:
            raise InputError(
                f'{who} checked an item "{item.id}" with other pictures or other errors; give the '
                "run that the page was made of"
            )


def _counts(one: Checked, other: Checked) -> Mapping[tuple[int, int], float]:
    counts: dict[tuple[int, int], float] = {}
    theirs = {said.number: said for said in other.errors}
    for said in one.errors:
        also = theirs.get(said.number)
        if also is not None:
            pair = tuple(0 if s.decision == "reject" else s.severity for s in (said, also))
            counts[pair] = counts.get(pair, 0) + 1  # type: ignore[index, arg-type]
    return counts


def _labels(errors: Sequence[Discrepancy]) -> list[tuple[str, int]]:
    """What two people have to share: how many errors of which category and severity."""
    return sorted((error.category, error.severity) for error in errors)


def _wire(item: Item, errors: Sequence[Discrepancy]) -> list[dict[str, Any]]:
    """Errors as the benchmark's files have them."""
    listed = []
    for error in errors:
        if error.category not in CATEGORIES[item.task]:
            raise InputError(f'item "{item.id}": no category "{error.category}" of {item.task}')
        row = {
            "type": error.category,
            "severity": error.severity,
            "description": error.description,
        }
        listed.append(row | ({"location": error.location} if error.location else {}))
    return listed


def _judged(item: Item) -> dict[str, Any] | None:
    """What the judge had said, in the field that the published scripts read."""
    if item.verdict is None:
        return None
    return to_wire(
        Verdict(task=item.task, errors=item.verdict.errors, judge=JudgeIdentity(name="judge"))
    )
