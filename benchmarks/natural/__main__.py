"""Does a reward order attempts as a reader does, when everything about them is another?

    python -m benchmarks.natural [--half tune] [--rewards visual,ssim,...] [--list]

Charts that we wrote, and for each six programs as models of different strength write them from the
picture alone: another size, font and layout throughout, values read off, default colours, a series
or a plot missing, another type of chart; and fewer tables and drawings with four or six each. All
were scored from 0 to 100 by looking at both pictures
before any reward had been computed, by the rubric that such benchmarks give to a vision-language
model: type, layout, text, data, style, clarity. Printed is the share of pairs of attempts at one
reference whose scores differ by at least 5 that a reward orders alike (ties count half), the same
of close pairs, and Kendall's tau-b, each with the interval of references drawn again; and what is
reported of attempts that are nearly perfect.

The model that wrote the attempts scored them, and knew what it had done wrong. Rules of the judge
are made by looking at half of the references ("tune"); of the other ("held") only figures are read.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import get_args

from rich.console import Console
from rich.table import Table
from scipy.stats import kendalltau

from benchmarks.natural.attempts import FOLDERS, Drawn, Half, draw, references
from visual_erm.bench import rewards
from visual_erm.bench.bootstrap import Figure, Resampled, Sums, figure
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import Task, Verdict

APART, CLOSE, GOOD = 5.0, 20.0, 92.0
"""Points by which one attempt is clearly better; below which two are close; and of one with hardly
a flaw."""
LEVELS = {"visual": "full", "embedded:fast": "fast"}
"""The rewards that are ours, with the level of their judge."""
PARTS = {"distance", "severities"}
"""What `visual` joins, each alone."""
CHEAP = ("visual", *sorted(PARTS), "embedded:fast", *rewards.PICTURES)


def tally(scores: Sequence[float], values: Sequence[float]) -> Sums:
    """What the attempts at one reference add to the figures of one reward."""
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for one, two in combinations(range(len(scores)), 2):
        apart = (scores[one] - scores[two], values[one] - values[two])
        if abs(apart[0]) >= APART:
            right = 0.5 if apart[1] == 0 else float((apart[0] > 0) == (apart[1] > 0))
            for kind in ("pairs", "close")[: 1 + (abs(apart[0]) < CLOSE)]:
                sums["right", kind] += right
                sums["of", kind] += 1
    if len(set(values)) > 1:
        sums["tau",] = float(kendalltau(scores, values).statistic)
    sums["taus",] = 1
    return dict(sums)


def measure(drawn: Drawn, name: str, verdicts: dict[str, list[Verdict]]) -> list[float]:
    """The values of one reward for each attempt, higher for better ones."""
    task = drawn.reference.task
    judged = verdicts[LEVELS.get(name, "full")]
    if name == "distance":
        return [-(verdict.distance or 0.0) for verdict in judged]
    if name == "severities":
        return [-float(sum(error.severity for error in verdict.errors)) for verdict in judged]
    if name in LEVELS:
        return [value or 0.0 for value in Graded()([Outcome.of(v) for v in judged])]
    source = drawn.reference.source
    attempts = [
        rewards.Attempt(task, drawn.picture, source, one.source, one.source, picture, None)
        for one, picture in zip(drawn.reference.attempts, drawn.attempts, strict=True)
    ]
    found = rewards.make_reward(name).score(attempts)
    return [value if value is not None else float("-inf") for value in found]


def report(task: Task, half: Half, names: Sequence[str], *, show: bool) -> None:
    """Measure the attempts of one half, and print."""
    levels = {"full"} | {LEVELS[name] for name in names if name in LEVELS}
    judges = {level: EmbeddedJudge(level) for level in sorted(levels)}
    sums: dict[str, list[Sums]] = {name: [] for name in names}
    counts: list[int] = []
    said: Counter[str] = Counter()
    chosen = references(task, half)
    for drawn in draw(chosen):
        one = drawn.reference
        verdicts = {
            level: [judge.compare(drawn.picture, p, task) for p in drawn.attempts]
            for level, judge in judges.items()
        }
        scores = [attempt.score for attempt in one.attempts]
        values = {name: measure(drawn, name, verdicts) for name in names}
        for name in names:
            sums[name].append(tally(scores, values[name]))
        good = [v for v, s in zip(verdicts["full"], scores, strict=True) if s >= GOOD]
        counts += [len(verdict.errors) for verdict in good]
        said.update(error.category for verdict in good for error in verdict.errors)
        if show and half == "tune":
            _show(drawn, verdicts["full"], values)
    attempts = sum(len(one.attempts) for one in chosen)
    title = f"{task}, {half} half: {len(chosen)} references, {attempts} attempts"
    shown = Table(title=title)
    for column in ("reward", "pairs in order", f"close (< {CLOSE:.0f})", "Kendall tau"):
        shown.add_column(column, justify="left" if column == "reward" else "right")
    for name in names:
        again = Resampled(sums[name])
        parts = [figure(again.of("right", k), again.of("of", k)) for k in ("pairs", "close")]
        tau = figure(again.of("tau"), again.of("taus"))
        shown.add_row(name, *(_told(part) for part in (*parts, tau)))
    Console().print(shown)
    mean = statistics.fmean(counts) if counts else 0.0
    each = ", ".join(f"{count / len(counts):.2f} {name}" for name, count in said.most_common())
    print(f"{len(counts)} attempts scored {GOOD:.0f} or more: {mean:.2f} errors each ({each})")


def _told(one: Figure) -> str:
    return f"{one.value:.3f} [{one.low:.2f}, {one.high:.2f}] of {one.n}"


def _show(drawn: Drawn, verdicts: Sequence[Verdict], values: dict[str, list[float]]) -> None:
    print(f"\n{drawn.reference.name}")
    order = sorted(range(len(verdicts)), key=lambda k: -drawn.reference.attempts[k].score)
    for k in order:
        one = drawn.reference.attempts[k]
        said = "  ".join(f"{name} {found[k]:.3f}" for name, found in values.items())
        print(f"  {one.name} {one.score:.0f}: {said}")
        for error in verdicts[k].errors:
            print(f"      {error.severity} {error.category} {error.location}: {error.description}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", choices=tuple(FOLDERS), action="append")
    parser.add_argument("--half", choices=get_args(Half), action="append")
    parser.add_argument("--rewards", default=",".join(CHEAP), help="comma-separated")
    parser.add_argument("--list", action="store_true", help="the values of the tuning half")
    options = parser.parse_args()
    for task in options.task or FOLDERS:
        for half in options.half or get_args(Half):
            report(task, half, options.rewards.split(","), show=options.list)


if __name__ == "__main__":
    main()
