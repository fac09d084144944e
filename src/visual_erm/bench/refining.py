"""What refinement gains round by round, beside reflection without a judge and the best of n drafts.

    result = study("rows.jsonl", "out", policy, VisualReward(tolerant=True), Plan(rounds=3))
    result.write("out")         # study.json, study.png

All strategies begin with the same draft of an item. The best of n has n = 1 + r drafts where
refinement has r rounds: as many turns of the policy, repairs aside. Each strategy's attempts are a
run folder of their own below `out`, resumed like any. Means are over the items that every strategy
could score at every step; the others are counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm import images, jsonl
from visual_erm.bench.bootstrap import Figure, Resampled, Sums, figure
from visual_erm.errors import InputError, UsageError
from visual_erm.metrics import METRICS, Metric
from visual_erm.refinement import batch
from visual_erm.refinement.loop import Plan, Strategy
from visual_erm.refinement.policies import Policy
from visual_erm.refinement.records import INTERRUPTED
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRATEGIES: tuple[Strategy, ...] = ("best-of-n", "refine", "reflect")
"""In the order in which they are run: the first writes the drafts of all."""
BOUNDED = tuple(name for name, metric in METRICS.items() if metric.high < float("inf"))
"""Metrics that say something about an attempt that does not draw."""
COLOURS: Mapping[Strategy, str] = {
    "refine": "#1a56db",
    "best-of-n": "#047857",
    "reflect": "#b91c1c",
}
APART = 0.07
"""Steps by which the strategies' bars stand beside each other."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """A strategy after some steps."""

    strategy: Strategy
    step: int
    """Rounds, or further drafts; 0 is the first draft."""
    reward: Figure
    """Mean over items."""
    metric: Figure
    """Mean quality over items: higher is better."""
    better: Figure
    """Share of items whose reward is higher than the draft's."""
    worse: Figure
    """Share of items whose reward is lower than the draft's."""


@dataclass(frozen=True)
class Study:
    """The curves of all strategies."""

    points: tuple[Point, ...]
    metric: str
    items: int
    """That are in the means."""
    unscored: int
    """Left out: the policy, the judge or the machinery failed on them somewhere."""

    def row(self) -> Row:
        """As JSON."""
        points = [
            {
                "strategy": point.strategy,
                "step": point.step,
                **{
                    name: getattr(point, name).row()
                    for name in ("reward", "metric", "better", "worse")
                },
            }
            for point in self.points
        ]
        return {
            "metric": self.metric,
            "items": self.items,
            "unscored": self.unscored,
            "points": points,
        }

    def write(self, out: Path | str) -> None:
        """Write study.json and the curves as study.png into a folder."""
        path = Path(out) / "study.json"
        path.write_text(json.dumps(self.row(), indent=1), encoding="utf-8")
        _draw(self, Path(out) / "study.png")


def study(
    rows: Path | str,
    out: Path | str,
    policy: Policy,
    reward: VisualReward,
    plan: Plan,
    *,
    metric: str = "ssim",
    **options: Any,
) -> Study:
    """Run every strategy over the rows, as far as that is not done, and draw up the curves.

    Args:
        rows: as for `batch.run`.
        out: a folder; each strategy has one in it.
        policy: who writes.
        reward: how attempts are scored.
        plan: its rounds, repairs and noise floor; its strategy and samples are set here.
        metric: a measure of pictures that the reward does not know; one of `BOUNDED`.
        options: as for `batch.run`: task, workers, resume, retry, progress.

    Raises:
        UsageError: no such metric, or one without a worst value.
        InputError: rows or results cannot be read.
        BackendError: the judge is missing, or the budget is used up.
    """
    if metric not in BOUNDED:
        raise UsageError(f'no metric "{metric}" for a study; known: {", ".join(sorted(BOUNDED))}')
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    found: dict[Strategy, dict[str, Row]] = {}
    given = Path(rows)
    for strategy in STRATEGIES:
        ran = replace(plan, strategy=strategy, samples=plan.rounds + 1)
        folder = out / strategy
        batch.run(given, folder, policy, reward, ran, **options)
        results = {str(row["id"]): row for _, row in jsonl.read(folder / batch.RECORDS)}
        found[strategy] = results
        if strategy == STRATEGIES[0]:
            given = _with_drafts(Path(rows), results, out / "drafts.jsonl", options.get("task"))
    return curves(found, out, plan.rounds, metric)


def _with_drafts(rows: Path, results: Mapping[str, Row], path: Path, task: Task | None) -> Path:
    """The rows with the drafts that were written for them; those without one are left out."""
    lines = []
    for _, row in jsonl.read(rows):
        attempts = results.get(str(row["id"]), {}).get("attempts")
        if not attempts:
            continue
        first = attempts[0]
        draft = {key: first[key] for key in ("source", "completion") if first.get(key) is not None}
        reference = row["reference"]
        if isinstance(reference, str) and not reference.startswith("data:"):
            reference = str((rows.parent / reference).absolute())
        kept = {key: value for key, value in row.items() if key not in ("source", "completion")}
        kept |= {"task": row.get("task") or task, "reference": reference}
        lines.append({**kept, **draft, "notes": first["notes"]})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def curves(
    found: Mapping[Strategy, Mapping[str, Row]], out: Path, steps: int, metric: str
) -> Study:
    """The curves from what was run.

    Args:
        found: for each strategy, rows as `Refined.row` by id.
        out: where each strategy's pictures are.
        steps: up to which the curves go; what ended earlier stays where it is.
        metric: name of a measure.
    """
    names = sorted({name for results in found.values() for name in results})
    kept = [
        name for name in names if all(_complete(results.get(name)) for results in found.values())
    ]
    if not kept:
        raise InputError(f"none of {len(names)} items was scored by every strategy; see {out}")
    points = []
    for strategy, results in found.items():
        paths = out / strategy / "pictures"
        chosen = [[_after(results[n], strategy, s) for s in range(steps + 1)] for n in kept]
        quality = _Quality(METRICS[metric], paths)
        for step in range(steps + 1):
            sums: list[Sums] = []
            for name, attempts in zip(kept, chosen, strict=True):
                value, first = attempts[step]["reward"], attempts[0]["reward"]
                sums.append(
                    {
                        ("n",): 1.0,
                        ("reward",): value,
                        ("metric",): quality.of(results[name]["reference"], attempts[step]),
                        ("better",): float(value > first),
                        ("worse",): float(value < first),
                    }
                )
            drawn = Resampled(sums)
            figures = {
                name: figure(drawn.of(name), drawn.of("n"))
                for name in ("reward", "metric", "better", "worse")
            }
            points.append(Point(strategy, step, **figures))
    return Study(tuple(points), metric, len(kept), len(names) - len(kept))


def _complete(row: Row | None) -> bool:
    """Whether every attempt of an item was scored, and none is missing through a fault."""
    if row is None or not row["attempts"] or row["stop"] in INTERRUPTED:
        return False
    return all(attempt["reward"] is not None for attempt in row["attempts"])


def _after(row: Row, strategy: Strategy, step: int) -> Row:
    """What would have been returned after some steps: the last attempt that was accepted."""
    count = "sample" if strategy == "best-of-n" else "round"
    accepted = [a for a in row["attempts"] if a["accepted"] and a[count] <= step]
    last: Row = accepted[-1]
    return last


class _Quality:
    """A measure of attempts, each taken once."""

    def __init__(self, metric: Metric, pictures: Path) -> None:
        self._metric, self._pictures = metric, pictures
        self._known: dict[tuple[str, str | None], float] = {}

    def of(self, reference: str, attempt: Row) -> float:
        """Higher is better; the worst where nothing was drawn."""
        key = (reference, attempt["picture"])
        if key not in self._known:
            self._known[key] = self._taken(*key)
        return self._known[key]

    def _taken(self, reference: str, picture: str | None) -> float:
        if picture is None:
            return self._metric.worst
        one, other = (images.load(self._pictures / f"{n}.png") for n in (reference, picture))
        return self._metric.quality(one, other)


def _draw(result: Study, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(canvas)
    for axes, name, words in zip(
        canvas.subplots(1, 2),
        ("reward", "metric"),
        ("reward", f"{result.metric}, higher is better"),
        strict=True,
    ):
        for strategy in STRATEGIES:
            _line(axes, [p for p in result.points if p.strategy == strategy], name)
        axes.set_xlabel("rounds, or further drafts")
        axes.set_ylabel(words)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    canvas.axes[0].legend(frameon=False)
    canvas.suptitle(f"{result.items} items; bars: 95%, items drawn with replacement", fontsize=10)
    canvas.savefig(path, dpi=150)


def _line(axes: Axes, points: Sequence[Point], name: str) -> None:
    shown = [(point.step, getattr(point, name)) for point in points]
    known = [(step, one.value, one.low, one.high) for step, one in shown if one.value is not None]
    if not known:
        return
    steps, values, lows, highs = zip(*known, strict=True)
    below = [value - low for value, low in zip(values, lows, strict=True)]
    above = [high - value for value, high in zip(values, highs, strict=True)]
    strategy = points[0].strategy
    aside = APART * (STRATEGIES.index(strategy) - 1)
    axes.errorbar(
        [step + aside for step in steps],
        values,
        yerr=(below, above),
        color=COLOURS[strategy],
        marker="o",
        markersize=4,
        capsize=3,
        label=strategy,
    )
