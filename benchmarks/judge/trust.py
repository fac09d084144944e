"""Train the trees that say what to believe of the embedded judge's findings, and write them.

    pip install skl2onnx
    python -m benchmarks.judge.trust                     builds its pairs first
    python -m benchmarks.judge.trust --task svg --pairs MY_BUILD --out trust

Pairs come from the data engine's recipes of its training families. Every finding of the judge is
an example: an error of its own where the best assignment by place and category gives it a true
error, or where the pair is a cheat, none otherwise. What is printed, and written to the card
beside the trees, is measured on families that the trees at hand have not seen (four folds by
reference), and, harder, on edits whose operators they have not seen: what another person's edits
or a model's mistakes are like.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy.optimize import linear_sum_assignment
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from benchmarks.judge.builds import built
from visual_erm import images
from visual_erm.bench.matching import Matcher
from visual_erm.data import shards
from visual_erm.judges import distance, embedded, trust
from visual_erm.types import TASKS, Discrepancy, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

SEED = 0
BUILDS: dict[Task, tuple[tuple[int, int], ...]] = {
    "chart": ((77, 700),),
    "table": ((77, 700), (78, 800)),
    "svg": ((77, 700), (78, 800)),
}
"""Seeds of recipes, and pairs of each."""
OUT = Path("src/visual_erm/judges/trust")
DOUBTS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
RESIZED, SIZES = 0.4, (0.7, 0.85, 1.2, 1.4)
"""Share of pairs whose candidate is shown in another size, and by what factors."""
FOLDS = 4
HELD = 5
"""Times that a third of the operators is held back."""
TREES: dict[str, Any] = {
    "n_estimators": 150,
    "max_depth": 3,
    "learning_rate": 0.08,
    "subsample": 0.6,
    "max_features": 0.3,
    "random_state": SEED,
}
PLACES = Matcher()
_judge = embedded.EmbeddedJudge(doubt=0, max_errors=1000)


@dataclass(frozen=True)
class Example:
    """A pair without its pictures: its true errors, and what was found."""

    seed: str
    kind: str
    operators: tuple[str, ...]
    truth: tuple[Discrepancy, ...]
    found: tuple[Discrepancy, ...]
    evidence: np.ndarray[Any, np.dtype[np.float32]]
    true: tuple[bool, ...]
    """Of each finding: whether it is an error of its own."""


def example(row: dict[str, Any]) -> Example | None:
    """Judge a pair; None for one without a verdict by rules.

    A cheat is wrong throughout, so all that is found in one counts as true: what is left out there
    is what it would live on.
    """
    reference, candidate = (
        images.fit(images.load(row[side]["bytes"]), embedded.MAX_SIDE["full"][row["task"]])
        for side in ("reference", "prediction")
    )
    if images.is_blank(candidate):
        return None
    truth = tuple(Discrepancy(**error) for error in row["errors"])
    candidate, truth = _in_some_size(candidate, truth, random.Random(row["id"]))
    found = _judge.compare(reference, candidate, row["task"]).errors
    measures = distance.measure(reference, candidate)
    return Example(
        row["seed"],
        row["kind"],
        tuple(row["operators"]),
        truth,
        found,
        trust.evidence(found, reference, candidate, measures, row["task"]),
        (True,) * len(found) if row["kind"] == "hack" else _true(truth, found),
    )


def _in_some_size(
    candidate: Image, truth: tuple[Discrepancy, ...], rng: random.Random
) -> tuple[Image, tuple[Discrepancy, ...]]:
    """A picture in another size, of some pairs: the engine draws its edits in the reference's."""
    if rng.random() >= RESIZED:
        return candidate, truth
    factor = rng.choice(SIZES)
    height, width = (max(1, round(side * factor)) for side in candidate.shape[:2])

    def moved(error: Discrepancy) -> Discrepancy:
        box = error.bbox_prediction
        if box is None:
            return error
        scaled = tuple(round(value * factor) for value in box)
        return error.model_copy(update={"bbox_prediction": scaled})

    return images.resize(candidate, (width, height)), tuple(moved(error) for error in truth)


def _true(truth: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> tuple[bool, ...]:
    """Which findings are at the place of a true error, one for one, rather of its category."""
    own = [False] * len(found)
    if truth and found:
        worth = np.array(
            [[_worth(one, other) for other in found] for one in truth], dtype=np.float64
        )
        for row, column in zip(*linear_sum_assignment(-worth), strict=True):
            own[column] = bool(worth[row, column] > 0)
    return tuple(own)


def _worth(truth: Discrepancy, found: Discrepancy) -> float:
    agreement = PLACES.agreement(truth, found)
    return agreement + (truth.category == found.category) if agreement >= PLACES.alike else 0.0


def examples(folders: Sequence[Path], task: Task, workers: int) -> list[Example]:
    """All pairs of a task, judged."""
    columns = ["id", "task", "kind", "seed", "operators", "errors", "reference", "prediction"]
    rows = [row for f in folders for row in shards.read(f, columns) if row["task"] == task]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        made = track(pool.map(example, rows, chunksize=8), f"judging {task}", len(rows))
        return [one for one in made if one is not None]


def fitted(seen: Sequence[Example]) -> GradientBoostingClassifier:
    """Trees of some examples."""
    values = np.concatenate([one.evidence for one in seen if one.found])
    true = np.array([label for one in seen for label in one.true])
    return GradientBoostingClassifier(**TREES).fit(values, true)


def chances(trees: GradientBoostingClassifier, one: Example) -> list[float]:
    """Of each finding to be an error of its own."""
    if not one.found:
        return []
    return [float(value) for value in trees.predict_proba(one.evidence)[:, 1]]


def figures(
    judged: Sequence[tuple[Example, Sequence[float]]], doubt: float, task: Task
) -> dict[str, float | None]:
    """Precision, recall and F1 of edits, and errors a harmless pair, at a doubt."""
    hits = told = true = 0
    alarms = []
    for one, trusted in judged:
        kept = trust.kept(one.found, trusted, task, doubt)
        if one.kind == "edit":
            matches = PLACES(one.truth, kept).matches
            hits += sum(match.level == "yes" for match in matches)
            told, true = told + len(kept), true + len(one.truth)
        elif one.kind == "harmless":
            alarms.append(len(kept))
    return {
        "precision": hits / told if told else None,
        "recall": hits / true if true else None,
        "f1": 2 * hits / (told + true) if told + true else None,
        "harmless": float(np.mean(alarms)) if alarms else None,
    }


def unseen_families(
    known: Sequence[Example], columns: Sequence[int] | None = None
) -> list[tuple[Example, list[float]]]:
    """Each example with the chances that trees give which have not seen its reference."""
    used = [_restricted(one, columns) for one in known]
    judged: list[tuple[Example, list[float]]] = []
    for seen, unseen in GroupKFold(FOLDS).split(used, groups=[one.seed for one in used]):
        trees = fitted([used[k] for k in seen])
        judged += [(used[k], chances(trees, used[k])) for k in unseen]
    return judged


def _restricted(one: Example, columns: Sequence[int] | None) -> Example:
    if columns is None or not one.found:
        return one
    return Example(**{**one.__dict__, "evidence": one.evidence[:, list(columns)]})


def unseen_operators(known: Sequence[Example]) -> Iterator[list[tuple[Example, list[float]]]]:
    """Edits with an operator that the trees have not seen, at references that they have not."""
    rng = random.Random(SEED)
    operators = sorted({name for one in known for name in one.operators if one.kind == "edit"})
    seeds = sorted({one.seed for one in known})
    for _ in range(HELD):
        held = set(rng.sample(operators, len(operators) // 3))
        apart = set(rng.sample(seeds, len(seeds) // 2))
        seen = [one for one in known if not held & {*one.operators} and one.seed not in apart]
        edits = [one for one in known if one.kind == "edit" and one.seed in apart]
        trees = fitted(seen)
        yield [(one, chances(trees, one)) for one in edits if held & {*one.operators}]


def auc(judged: Sequence[tuple[Example, Sequence[float]]]) -> float:
    """Of the chances against the truth, over all findings."""
    true = [label for one, _ in judged for label in one.true]
    return float(roc_auc_score(true, [chance for _, trusted in judged for chance in trusted]))


def report(known: Sequence[Example], task: Task) -> dict[str, Any]:
    """What the trees gain, on families and on operators that they have not seen."""
    judged = unseen_families(known)
    apart = [pair for held in unseen_operators(known) for pair in held]
    width = next(one.evidence.shape[1] for one in known if one.found)
    of_pair = range(width - trust.OF_PAIR, width)
    return {
        "pairs": len(known),
        "findings": sum(len(one.found) for one in known),
        "references": len({one.seed for one in known}),
        "true": float(np.mean([label for one in known for label in one.true])),
        "unseen families": {str(doubt): figures(judged, doubt, task) for doubt in DOUBTS},
        "unseen operators": {str(doubt): figures(apart, doubt, task) for doubt in DOUBTS},
        "auc": auc(judged),
        "auc, unseen operators": auc(apart),
        "auc, the pair alone": auc(unseen_families(known, of_pair)),
        "auc, the finding alone": auc(unseen_families(known, range(width - trust.OF_PAIR))),
    }


def write(trees: GradientBoostingClassifier, path: Path) -> None:
    """The trees as ONNX."""
    from skl2onnx import to_onnx

    sample = np.zeros((1, trees.n_features_in_), np.float32)
    model = to_onnx(trees, sample, options={id(trees): {"zipmap": False}})
    path.write_bytes(model.SerializeToString())


def card(reports: Mapping[Task, Mapping[str, Any]]) -> str:
    """The trees' card."""
    lines = [TEXT]
    for task in TASKS:
        if task not in reports:
            continue
        told = reports[task]
        lines += [
            f"\n## {task}\n",
            f"{told['pairs']} pairs of {told['references']} references "
            f"(recipes of seed {' and '.join(str(seed) for seed, _ in BUILDS[task])}), "
            f"{told['findings']} findings, {told['true']:.0%} of them errors of their own.",
            f"AUC {told['auc']:.2f} on unseen families, "
            f"{told['auc, unseen operators']:.2f} on unseen operators;",
            f"from what the whole pair is like {told['auc, the pair alone']:.2f}, "
            f"without that {told['auc, the finding alone']:.2f}.\n",
            "| doubt | P, R, F1 | harmless | unseen operators: P, R, F1 |",
            "|---|---|---|---|",
        ]
        for doubt in DOUBTS:
            seen, apart = (
                told[name][str(doubt)] for name in ("unseen families", "unseen operators")
            )
            both = [
                ", ".join(f"{row[name]:.3f}" for name in ("precision", "recall", "f1"))
                for row in (seen, apart)
            ]
            lines.append(f"| {doubt:g} | {both[0]} | {seen['harmless']:.3f} | {both[1]} |")
    return "\n".join(lines) + "\n"


TEXT = f"""# What to believe of the embedded judge's findings

Gradient-boosted trees (scikit-learn, {TREES["n_estimators"]} of depth {TREES["max_depth"]}, \
written as ONNX), one file a task. They give
a finding of the rules the probability that it is an error of its own; below `doubt` \
({", ".join(f"{trust.DOUBT[task]} for {task}" for task in TASKS)})
it is left out. Written by `python -m benchmarks.judge.trust`, seed {SEED}, from pairs of the data
engine's training families; the benchmark's families are other packages. {RESIZED:.0%} of the pairs
show the candidate in another size, as the engine's edits do not and models' attempts do; of its
cheats all findings count as true.

Figures are measured on references that the trees at hand have not seen. The right column is
harder: edits with operators (a third of them, {HELD} times) that the trees have not seen either, as
other people's edits and models' mistakes are. "Harmless" is the errors reported for a pair
without any. What the whole pair is like (sizes, how much differs) should say little about a
finding: it is where a trace of how the pairs are made would show.

Not for: verdicts of other judges; findings of severity 3 in tables and drawings, and pairs whose
severities sum up to {trust.FAR} or more, in charts each times its probability (all are kept there:
a cheat would live on what is left out); deciding whether a picture was made by our engine. Attempts
that are laid out anew, as models' are, were not among what they learned from.

The trees for charts are those of revision 7 of the judge, and so are their figures below: severe
findings were all kept then. Fitted anew to the rules of revision 11 they did no better on pairs of
other seeds, and were left as they are."""


def main() -> None:
    """Build, judge, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", action="append", choices=TASKS, help="default: all")
    parser.add_argument("--pairs", type=Path, action="append", help="builds; default: its own")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    console = Console()
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "figures.json"
    reports: dict[Task, Any] = json.loads(file.read_text()) if file.exists() else {}
    for task in options.task or TASKS:
        folders = options.pairs or [
            built("trust", task, seed, count, 4) for seed, count in BUILDS[task]
        ]
        known = examples(folders, task, options.workers)
        reports[task] = report(known, task)
        write(fitted(known), options.out / f"{task}.onnx")
        file.write_text(json.dumps(reports, indent=1) + "\n")
    (options.out / "card.md").write_text(card(reports))
    console.print(card(reports))


if __name__ == "__main__":
    main()
