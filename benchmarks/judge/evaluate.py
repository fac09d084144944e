"""Measure the embedded judge on generated pairs with known truth, beside plain metrics.

    python -m benchmarks.judge.evaluate --pairs 300 --seed 0 --json figures.json

What the figures mean:
    detection      share of edited pairs with at least one reported error
    precision, recall, F1   over the edited pairs: reported and true errors are assigned one to
                   one, as many as possible, where category and place agree. Place agrees when
                   boxes overlap in either picture, or, without boxes, the location words agree.
    category       share of the pairs assigned by place alone that have the same category
    location       share of true errors with any reported error at their place
    false alarms   errors reported per identical and per harmless pair
    tau, ranking   Kendall tau-b and pairwise accuracy inside groups, of edited and harmless pairs
                   by true severity; ties in the truth are left out, ties in the score count half
    severity rank  Spearman's correlation of summed severities, true and reported, over all honest
                   pairs; and for each operator of edited pairs (with harmless and identical ones
                   of that operator: of recognised tables, how the reference is drawn)
    cheats         share of (cheat, edited pair) of one group with the cheat ranked below
    auc            of one minor error (a single edit of severity 1) against harmless pairs
    cpu            seconds per pair with the reference already seen: median, 95th percentile
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.optimize import linear_sum_assignment
from scipy.stats import kendalltau, spearmanr

from benchmarks.judge.pair import Pair
from visual_erm.align import area, iou, of_smaller
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.metrics import METRICS
from visual_erm.types import TASKS, Box, Discrepancy, Task, Verdict

BASELINES = ("ssim", "mse", "phash", "tolerant")
OVERLAP = 0.1
"""Intersection over union from which boxes name the same place."""
WITHIN = 0.5
"""Or: share of the smaller box that lies in the other, which is at most `LARGER` times as big."""
LARGER = 12.0


@dataclass(frozen=True)
class Judged:
    """A pair without its pictures, and what was said of it."""

    pair: Pair
    verdict: Verdict
    scores: dict[str, float]
    """Higher is better: ours, then the baselines."""
    cpu: float


def pairs(
    task: Task, count: int, seed: int, split: str = "report", source: str = "own"
) -> Iterator[Pair]:
    """From the generator of the task; where its sources have two halves, from that one."""
    module = importlib.import_module(f"benchmarks.judge.{task}_pairs")
    generate: Callable[..., Iterable[Pair]] = module.generate
    # The generators name their half differently.
    halves = (("split", split), ("part", split), ("tuning", split == "tune"))
    for name, value in (*halves, ("source", source)):
        if name in inspect.signature(generate).parameters:
            generate = functools.partial(generate, **{name: value})
    yield from generate(count, seed)


def judge(source: Iterable[Pair], judge: EmbeddedJudge) -> Iterator[Judged]:
    """Compare each pair; the time counted does not include taking the reference apart."""
    seen: set[str] = set()
    for pair in source:
        if pair.group not in seen:
            judge.compare(pair.reference, _scribbled(pair), pair.task)
            seen.add(pair.group)
        verdict = judge.compare(pair.reference, pair.candidate, pair.task)
        scores = {"ours": -(verdict.distance or 0.0)}
        for name in BASELINES:
            scores[name] = METRICS[name].quality(pair.reference, pair.candidate)
        yield Judged(_without_pictures(pair), verdict, scores, verdict.usage["cpu_seconds"])


def _scribbled(pair: Pair) -> Any:
    """A candidate that is neither equal nor blank, so that the reference is taken apart."""
    picture = pair.reference.copy()
    height, width = picture.shape[:2]
    picture[height // 4 : height // 2, width // 4 : width // 2] = (10, 200, 90)
    return picture


def _without_pictures(pair: Pair) -> Pair:
    empty = np.zeros((1, 1, 3), np.uint8)
    return Pair(pair.id, pair.group, pair.task, pair.kind, pair.operator, empty, empty, pair.truth)


def same_place(a: Discrepancy, b: Discrepancy) -> bool:
    """Whether two errors are about the same place."""
    boxes = ((a.bbox, b.bbox), (a.bbox_prediction, b.bbox_prediction))
    comparable = [(x, y) for x, y in boxes if x is not None and y is not None]
    if comparable:
        return any(_overlap(x, y) for x, y in comparable)
    return _same_words(a.location or a.description, b.location or b.description)


def _overlap(a: Box, b: Box) -> bool:
    small, large = sorted((area(a), area(b)))
    return iou(a, b) >= OVERLAP or (of_smaller(a, b) >= WITHIN and large <= LARGER * small)


def _same_words(a: str, b: str) -> bool:
    one, two = set(a.lower().split()), set(b.lower().split())
    return bool(one & two) and len(one & two) >= 0.5 * min(len(one), len(two))


def assign(
    truth: Sequence[Discrepancy],
    found: Sequence[Discrepancy],
    agree: Callable[[Discrepancy, Discrepancy], float],
) -> list[tuple[int, int]]:
    """The one-to-one assignment with the largest sum of agreement; pairs without are left out."""
    if not truth or not found:
        return []
    table = np.array([[agree(t, f) for f in found] for t in truth], float)
    rows, columns = linear_sum_assignment(-table)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if table[r, c] > 0]


def _preferring_categories(t: Discrepancy, f: Discrepancy) -> float:
    return same_place(t, f) * (1 + 0.1 * (t.category == f.category))


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """All figures of one task."""
    edited = [item for item in judged if item.pair.kind == "edit"]
    result: dict[str, Any] = {"pairs": len(judged), "edited": len(edited)}
    result |= _errors(edited)
    result |= _alarms(judged)
    honest = [item for item in judged if item.pair.kind != "cheat"]
    result["severity_rank"] = _severity_rank(honest)
    by_operator = {
        name: _severity_rank([item for item in honest if item.pair.operator == name])
        for name in sorted({item.pair.operator for item in edited})
    }
    result["severity_rank_by_operator"] = {k: v for k, v in by_operator.items() if not np.isnan(v)}
    result["ranking"] = {name: _ranking(judged, name) for name in ("ours", "severity", *BASELINES)}
    cpu = [item.cpu for item in judged]
    result["cpu_median"] = statistics.median(cpu)
    result["cpu_p95"] = float(np.percentile(cpu, 95))
    return result


def _errors(edited: Sequence[Judged]) -> dict[str, Any]:
    true = found = hits = located = right = placed = 0
    by_operator: dict[str, list[float]] = defaultdict(list)
    by_category: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for item in edited:
        truth, errors = item.pair.truth, item.verdict.errors
        full = assign(truth, errors, lambda t, f: (t.category == f.category) * same_place(t, f))
        # By place alone, equal categories first.
        place = assign(truth, errors, _preferring_categories)
        true, found, hits = true + len(truth), found + len(errors), hits + len(full)
        for error in truth:
            by_category[error.category][0] += 1
        for error in errors:
            by_category[error.category][1] += 1
        for row, _ in full:
            by_category[truth[row].category][2] += 1
        placed += len(place)
        right += sum(truth[t].category == errors[f].category for t, f in place)
        located += sum(any(same_place(t, f) for f in errors) for t in truth)
        by_operator[item.pair.operator].append(len(full) / max(1, len(truth)))
    precision, recall = hits / max(1, found), hits / max(1, true)
    return {
        "detection": sum(bool(item.verdict.errors) for item in edited) / max(1, len(edited)),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "category": right / max(1, placed),
        "location": located / max(1, true),
        "true_errors": true,
        "found_errors": found,
        "recall_by_operator": {k: _mean(v) for k, v in sorted(by_operator.items())},
        "category_true_found_hit": dict(by_category),
    }


def _alarms(judged: Sequence[Judged]) -> dict[str, Any]:
    counts: dict[str, dict[str, list[float]]] = {"identical": {}, "harmless": {}}
    for item in judged:
        if item.pair.kind in counts:
            kind = counts[item.pair.kind]
            kind.setdefault(item.pair.operator, []).append(len(item.verdict.errors))
    return {
        "false_alarms_identical": _mean(n for v in counts["identical"].values() for n in v),
        "false_alarms_harmless": _mean(n for v in counts["harmless"].values() for n in v),
        "false_alarms_by_operator": {k: _mean(v) for k, v in sorted(counts["harmless"].items())},
    }


def _severity_rank(items: Sequence[Judged]) -> float:
    """Spearman's correlation; NaN where either side knows one value only."""
    said = [[item.pair.severity for item in items], [item.verdict.severity for item in items]]
    if min(len(set(values)) for values in said) < 2:
        return float("nan")
    return float(spearmanr(*said).statistic)


def _ranking(judged: Sequence[Judged], name: str) -> dict[str, float]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        groups[item.pair.group].append(item)
    taus: list[float] = []
    ordered: list[float] = []
    beaten: list[float] = []
    for members in groups.values():
        honest = [m for m in members if m.pair.kind in ("edit", "harmless")]
        if len(honest) > 1 and len({m.pair.severity for m in honest}) > 1:
            tau = kendalltau(
                [-m.pair.severity for m in honest], [_score(m, name) for m in honest]
            ).statistic
            taus.append(0.0 if np.isnan(tau) else float(tau))
        for a in honest:
            for b in honest:
                if a.pair.severity < b.pair.severity:
                    ordered.append(_beats(a, b, name))
        for cheat in (m for m in members if m.pair.kind == "cheat"):
            beaten += [_beats(m, cheat, name) for m in members if m.pair.kind == "edit"]
    minor = [m for m in judged if m.pair.kind == "edit" and m.pair.severity == 1]
    harmless = [m for m in judged if m.pair.kind == "harmless"]
    return {
        "tau": _mean(taus),
        "pairwise": _mean(ordered),
        "cheats_below": _mean(beaten),
        "auc_minor": _mean(_beats(h, m, name) for h in harmless for m in minor),
    }


def _score(item: Judged, name: str) -> float:
    return float(-item.verdict.severity) if name == "severity" else item.scores[name]


def _beats(better: Judged, worse: Judged, name: str) -> float:
    a, b = _score(better, name), _score(worse, name)
    return 0.5 if a == b else float(a > b)


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return float(np.mean(kept)) if kept else float("nan")


def report(results: dict[str, dict[str, Any]], console: Console) -> None:
    """Two tables and the lists by operator."""
    table = Table(title="Errors, by task")
    names = ["pairs", "detection", "precision", "recall", "f1", "category", "location"]
    names += [
        "severity_rank",
        "false_alarms_identical",
        "false_alarms_harmless",
        "cpu_median",
        "cpu_p95",
    ]
    for column in ("", *results):
        table.add_column(column, justify="right")
    for name in names:
        table.add_row(name, *(_format(result[name]) for result in results.values()))
    console.print(table)
    table = Table(title="Ranking inside groups")
    for column in ("", "task", "tau", "pairwise", "cheats below", "auc minor"):
        table.add_column(column)
    for task, result in results.items():
        for name, values in result["ranking"].items():
            table.add_row(name, task, *(_format(value) for value in values.values()))
    console.print(table)
    for task, result in results.items():
        for key in (
            *("recall_by_operator", "false_alarms_by_operator", "severity_rank_by_operator"),
            "category_true_found_hit",
        ):
            listed = ", ".join(f"{name} {_format(value)}" for name, value in result[key].items())
            console.print(f"[bold]{task}[/] {key.replace('_', ' ')}: {listed}")


def _format(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(str(v) for v in value)
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def main() -> None:
    """Judge and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=300, help="over all chosen tasks")
    parser.add_argument("--task", choices=TASKS, action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--split", default="report", help='half of the sources: "report", or "tune" for rules'
    )
    parser.add_argument(
        "--source",
        default="own",
        help='"own"; charts: those of "docstrings"; tables: what is "recognised"',
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    console = Console()
    tasks = options.task or list(TASKS)
    results = {}
    for task in tasks:
        count = -(-options.pairs // len(tasks))
        source = track(
            pairs(task, count, options.seed, options.split, options.source),
            description=task,
            total=count,
            console=Console(stderr=True),
        )
        results[task] = figures(list(judge(source, EmbeddedJudge())))
    report(results, console)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
