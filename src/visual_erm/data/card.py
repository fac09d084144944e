"""What a folder of pairs holds, counted from its shards: figures, and the data set's card.

figures = count(Path("pairs"))
for line in figures.operators:
    print(line.name, line.kept, line.made)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from visual_erm.data import shards
from visual_erm.types import Task

SEVERAL = "(several edits)"
"""Stands for all pairs that more than one operator made."""
_NOT_TRIED = "not_applicable"
_KEPT = "kept"
"""Stands among the reasons for what models claimed and was believed; it is no pair."""
_NONE_LEFT = frozenset(("edit", "no_op", "composed"))
"""Names under which makers say that they have nothing to try."""
_SHOWN = 20
"""Unusable seeds that are named."""


class Operator(BaseModel):
    """What became of an operator's attempts."""

    model_config = ConfigDict(frozen=True)

    task: Task
    name: str
    made: int
    """Pictures that it made: those that are kept and those that the gate dropped."""
    kept: int
    dropped: dict[str, int]
    """Those that the gate dropped, by reason."""
    not_applicable: int
    """Times that a seed had nothing for it to act on."""

    @property
    def share(self) -> float | None:
        """Kept of those made; None if there were none."""
        return self.kept / self.made if self.made else None


class Statistics(BaseModel):
    """Counts over all pairs of a folder."""

    model_config = ConfigDict(frozen=True)

    pairs: int
    bytes: int
    """Of the shards on disk."""
    kinds: dict[str, int]
    numbers: dict[str, int]
    """Pairs by how many errors they have."""
    errors: dict[str, dict[str, int]]
    """Errors by task and category, and by severity."""
    operators: tuple[Operator, ...]
    """By task and name."""
    families: dict[str, int]
    licences: dict[str, int]
    unusable: int
    """Seeds that nothing could be made of."""
    unusable_examples: dict[str, str]
    """The first of them, and why."""


def count(folder: Path) -> Statistics:
    """Read every row of a folder, without its pictures.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    kinds: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    families: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    errors: dict[str, Counter[str]] = {}
    kept: Counter[tuple[Task, str]] = Counter()
    wanted = ["task", "kind", "operators", "family", "licence", "errors"]
    for row in shards.read(folder, wanted):
        kinds[row["kind"]] += 1
        numbers[str(len(row["errors"]))] += 1
        families[row["family"]] += 1
        licences[row["licence"]] += 1
        kept[row["task"], _line(row["operators"])] += 1
        for error in row["errors"]:
            of_category = errors.setdefault(f"{row['task']} {error['category']}", Counter())
            of_category[str(error["severity"])] += 1
    dropped: dict[tuple[Task, str], Counter[str]] = {}
    unusable: dict[str, str] = {}
    broken = 0
    for span in shards.spans(folder):
        broken += len(span.unusable)
        for name, why in span.unusable.items():
            if len(unusable) < _SHOWN:
                unusable[name] = why
        for name, reasons in span.dropped.items():
            of_line = dropped.setdefault((span.task, _line(name.split("+"))), Counter())
            of_line.update(reasons)
    return Statistics(
        pairs=kinds.total(),
        bytes=sum(path.stat().st_size for path in shards.paths(folder)),
        kinds=_sorted(kinds),
        numbers=_sorted(numbers),
        errors={name: _sorted(counts) for name, counts in sorted(errors.items())},
        operators=tuple(_operators(kept, dropped)),
        families=_sorted(families),
        licences=_sorted(licences),
        unusable=broken,
        unusable_examples=unusable,
    )


def _line(operators: list[str]) -> str:
    return operators[0] if len(operators) == 1 else SEVERAL


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _operators(
    kept: Mapping[tuple[Task, str], int], dropped: Mapping[tuple[Task, str], Counter[str]]
) -> Iterable[Operator]:
    for task, name in sorted({*kept, *dropped}):
        if name in _NONE_LEFT:
            continue
        reasons = dropped.get((task, name), Counter())
        lost = {why: n for why, n in sorted(reasons.items()) if why not in (_NOT_TRIED, _KEPT)}
        remain = kept.get((task, name), 0) + reasons[_KEPT]
        yield Operator(
            task=task,
            name=name,
            made=remain + sum(lost.values()),
            kept=remain,
            dropped=lost,
            not_applicable=reasons[_NOT_TRIED],
        )


def write_card(folder: Path, name: str, statistics: Statistics) -> Path:
    """The folder's README.md, which the Hugging Face hub shows.

    Raises:
        InputError: it cannot be written.
    """
    path = folder / "README.md"
    with shards.whole(path) as file:
        file.write(card(name, statistics).encode())
    return path


def card(name: str, statistics: Statistics) -> str:
    """The data set's card as Markdown.

    Args:
        name: of the recipe.
        statistics: of the folder.
    """
    lines = [
        "---",
        "license: other",
        "configs:",
        "- config_name: default",
        "  data_files: pairs-*.parquet",
        "---",
        "",
        f"# {name}",
        "",
        f"{statistics.pairs} pairs of a reference and a prediction, with what differs: category, "
        "severity from 1 to 3, place, words, boxes.",
        f"Made by `verm data build --preset {name}`; every figure below is counted.",
    ]
    counted = {
        "Kinds of pairs": statistics.kinds,
        "Errors in a pair": statistics.numbers,
        "Sources": statistics.families,
        "Licences of the sources": statistics.licences,
    }
    for title, counts in counted.items():
        lines += ["", f"## {title}", "", *table(("", "count"), counts.items())]
    by_severity = [
        (category, *(counts.get(level, 0) for level in "123"))
        for category, counts in statistics.errors.items()
    ]
    lines += ["", "## Errors by category and severity", ""]
    lines += table(("", "1", "2", "3"), by_severity)
    lines += [
        "",
        "## Operators",
        "",
        "Made are the pictures that an operator drew; the gate dropped those whose change nobody "
        "would see, or that changed elsewhere than their label says.",
        "",
        *table(OPERATOR_HEAD, map(operator_cells, statistics.operators)),
    ]
    if statistics.unusable:
        lines += ["", "## Seeds that could not be used", "", f"{statistics.unusable}, among them:"]
        lines += ["", *table(("", "why"), statistics.unusable_examples.items())]
    return "\n".join(lines) + "\n"


OPERATOR_HEAD = ("task", "operator", "made", "kept", "share kept", "dropped", "did not apply")


def operator_cells(line: Operator) -> tuple[str, ...]:
    """What stands under `OPERATOR_HEAD`."""
    share = "" if line.share is None else f"{line.share:.0%}"
    dropped = ", ".join(f"{why} {n}" for why, n in line.dropped.items())
    return (
        *(line.task, line.name, str(line.made), str(line.kept), share),
        *(dropped, str(line.not_applicable or "")),
    )


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Lines of a Markdown table; what would end a cell is taken out of it.

    >>> table(("", "count"), [("a|b", 3)])
    ['|  | count |', '|---|---|', '| a b | 3 |']
    """
    head = list(head)
    cells = [[" ".join(str(cell).replace("|", " ").split()) for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in [head, *cells]]
    return [lines[0], "|" + "---|" * len(head), *lines[1:]]
