"""When is the embedded judge in doubt, and is it right then? And what does it ground?

    verm data build PAIRS -p RECIPE.json
    python -m benchmarks.judge.doubt PAIRS

For thresholds of the cascade: the share of pairs for which a model would be asked, and how good the
embedded judge is on those and on the others: the F1 of its errors, and the share of verdicts with
any mistake. A threshold is worth something as far as the first are the worse.

Then claims: the true errors of each pair without their boxes, as a model would say them, and true
errors of another pair of the same task, which are no errors of this one: how many of each are
marked grounded, ungrounded and unknown. And how many candidates hold text that is taken for an
instruction to the judge, though none was put there.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from visual_erm import images
from visual_erm.bench.matching import Matcher
from visual_erm.data import shards
from visual_erm.judges import instructions
from visual_erm.judges.cascade import doubt_of
from visual_erm.judges.grounding import Evidence
from visual_erm.judges.parse import read_record
from visual_erm.types import TASKS, Discrepancy, JudgeIdentity, Task, Verdict

THRESHOLDS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.7)
SAID = JudgeIdentity(name="truth")
NAMES = ("reference", "prediction")


def f1(counts: Counter[str]) -> str:
    """Of the errors of some pairs; "-" where there are none."""
    total = 2 * counts["right"] + counts["missed"] + counts["false"]
    return f"{2 * counts['right'] / total:.2f}" if total else "-"


def wrong(seen: list[Counter[str]]) -> str:
    """Share of verdicts with any mistake."""
    if not seen:
        return "-"
    return f"{sum(bool(counts['missed'] or counts['false']) for counts in seen) / len(seen):.2f}"


def doubts(title: str, seen: list[tuple[float, Counter[str]]]) -> Table:
    """A row for each threshold."""
    names = ("doubt above", "asked", "F1 there", "F1 elsewhere", "wrong there", "wrong elsewhere")
    table = Table(*names, title=f"{title}, {len(seen)} pairs")
    for threshold in THRESHOLDS:
        asked = [counts for doubt, counts in seen if doubt > threshold]
        others = [counts for doubt, counts in seen if doubt <= threshold]
        sums = [sum(each, Counter[str]()) for each in (asked, others)]
        share = f"{len(asked) / len(seen):.2f}"
        table.add_row(f"{threshold:g}", share, *map(f1, sums), wrong(asked), wrong(others))
    return table


def claims(errors: list[Discrepancy], task: Task) -> Verdict:
    """Errors as a model says them: in words."""
    bare = [error.model_copy(update={"bbox": None, "bbox_prediction": None}) for error in errors]
    return Verdict(task=task, errors=tuple(bare), judge=SAID)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    folder = parser.parse_args().pairs
    evidence, match = Evidence(), Matcher()
    seen: dict[Task, list[tuple[float, Counter[str]]]] = {task: [] for task in TASKS}
    marks: dict[str, Counter[str]] = {"true": Counter(), "of another pair": Counter()}
    before: dict[Task, Verdict] = {}
    flagged = 0
    for row in track(list(shards.read(folder)), console=Console(stderr=True)):
        if row["kind"] == "hack":
            continue  # has no list of true errors
        task: Task = row["task"]
        one, two = (images.load(row[name]["bytes"], name=name) for name in NAMES)
        truth = list(read_record({"errors": row["errors"]}, task, SAID).errors)
        found = evidence.judge.compare(one, two, task)
        matching = match(truth, found.errors)
        right = sum(pair.level == "yes" for pair in matching.matches)
        counts = Counter(right=right, missed=len(truth) - right, false=len(found.errors) - right)
        seen[task].append((doubt_of(found, one, two), counts))
        said = {"true": claims(truth, task), "of another pair": before.get(task)}
        for name, verdict in said.items():
            if verdict is not None:
                marked = evidence.ground(verdict, one, two, found=found)
                marks[name].update(str(error.grounded) for error in marked.errors)
        if truth:
            before[task] = claims(truth, task)
        flagged += instructions.find(*evidence.texts(one, two)) is not None
    console = Console()
    for task in TASKS:
        if seen[task]:
            console.print(doubts(task, seen[task]))
    console.print(doubts("all", [one for found in seen.values() for one in found]))
    table = Table("claims", "grounded", "ungrounded", "unknown", "n", title="grounding")
    for name, counted in marks.items():
        n = counted.total()
        shares = (counted[mark] / n for mark in ("grounded", "ungrounded", "unknown"))
        table.add_row(name, *(f"{share:.2f}" for share in shares), str(n))
    console.print(table)
    console.print(
        f"instructions seen where there are none: {flagged} of {sum(map(len, seen.values()))}"
    )


if __name__ == "__main__":
    main()
