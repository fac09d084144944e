"""How the thresholds of the deterministic matcher move the figures of the embedded judge.

    python -m benchmarks.matcher_thresholds [--out FOLDER]

Judges chart-dev, table-dev and svg-dev first, unless FOLDER holds those verdicts already. Then all
edited pairs are matched anew at each threshold: `overlap` as they are, with and without the rule
of the middle; `alike` with the boxes of the reported errors left out, as a judge would say it that
names places in words only. Prints precision, recall and F1 by task; and for matches by words the
share that boxes confirm, and the share of matches by boxes that words find.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from visual_erm.bench.card import by_task
from visual_erm.bench.judging import PRESETS, Judged, judge_pairs, own
from visual_erm.bench.matching import Matcher
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Task

OVERLAPS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
LIKENESSES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def figures(items: Sequence[Judged], matcher: Matcher) -> tuple[float, float, float]:
    """Precision, recall and F1 of the errors of edited pairs."""
    edits = [item for item in items if item.kind == "edit" and item.score is not None]
    matchings = [matcher(item.truth, item.found) for item in edits]
    hits = sum(match.level == "yes" for one in matchings for match in one.matches)
    true = sum(len(item.truth) for item in edits)
    found = sum(len(item.found) for item in edits)
    return hits / max(found, 1), hits / max(true, 1), 2 * hits / max(true + found, 1)


def without_boxes(item: Judged) -> Judged:
    """The pair as a judge would see it that names places in words."""
    bare = {"bbox": None, "bbox_prediction": None}
    return replace(item, found=tuple(error.model_copy(update=bare) for error in item.found))


def confirmed(items: Sequence[Judged], matcher: Matcher) -> tuple[float, float]:
    """Matches by words that boxes confirm, and matches by boxes that words find."""
    places: set[tuple[str, int, int]] = set()
    words: set[tuple[str, int, int]] = set()
    for item in items:
        if item.kind == "edit" and item.score is not None:
            for kept, matching in (
                (places, Matcher()(item.truth, item.found)),
                (words, matcher(item.truth, without_boxes(item).found)),
            ):
                matches = (match for match in matching.matches if match.level == "yes")
                kept.update((item.id, match.truth, match.found) for match in matches)
    both = len(places & words)
    return both / max(len(words), 1), both / max(len(places), 1)


def table(
    head: str,
    tasks: dict[Task, list[Judged]],
    rows: Sequence[float],
    cells: Callable[[Sequence[Judged], float], Sequence[float]],
) -> None:
    """Print a row for each threshold."""
    print(f"{head:<26}" + "".join(f"{task:>24}" for task in tasks))
    for row in rows:
        words = (" / ".join(f"{v:.3f}" for v in cells(items, row)) for items in tasks.values())
        print(f"{row:<26}" + "".join(f"{one:>24}" for one in words))


def by_words(threshold: float) -> Matcher:
    """A matcher that calls errors with words this much alike the same."""
    return Matcher(alike=threshold, related=min(threshold, Matcher.related))


def main() -> int:
    """Judge, or read what was judged, and match at each threshold."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--out", type=Path, default=Path("bench"), help="where verdicts are")
    out = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    reward = VisualReward("embedded", keep_renderings=False)
    folders = [own(preset) for preset in PRESETS]
    tasks = by_task(judge_pairs(folders, out / "embedded.jsonl", reward))
    bare = {task: [without_boxes(item) for item in items] for task, items in tasks.items()}
    print("precision / recall / F1")
    table("overlap", tasks, OVERLAPS, lambda of, v: figures(of, Matcher(overlap=v)))
    table(
        "overlap, not the middle",
        *(tasks, OVERLAPS, lambda of, v: figures(of, Matcher(overlap=v, middle=False))),
    )
    table("alike, no boxes", bare, LIKENESSES, lambda of, v: figures(of, by_words(v)))
    print("confirmed by boxes / found of those by boxes")
    table("alike, no boxes", tasks, LIKENESSES, lambda of, v: confirmed(of, by_words(v)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
