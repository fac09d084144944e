"""Does the judge find mistakes that were written by hand?

    python -m benchmarks.handwritten [--task chart] [--split tune] [--list]

Charts, tables and drawings that we wrote, and in each three or four mistakes of the kind that a
model makes when it writes a picture again as code: each alone, some or all at once; and the same
source drawn again with no error (another resolution, size, font or look, moved or compressed). They
were made without a look at the data engine or the judge, and what is wrong, how much (by the scale
of the taxonomy) and which second category is as right was written down before judging. Three
sessions of the model that helps us with this project wrote them. One wrote for "tune", where second
categories, parts and consequences were in part set after a first look at verdicts, and which anyone
may look at; another one for "held", other subjects and kinds, of which only figures were ever read,
and knew a list of what the judge had missed in the first; the third, that saw neither engine nor
judge nor any list, for both: a sum over the name drew in which of them each source is.

Printed is the card of `verm bench judge`, twice. "as written": a reported error is right with the
category that was written down; "accepting": or with a second one that is as right; what an edit
entails, and parts of an edit told apart, count for nothing. All sources are ours, under the
project's licence. Verdicts are kept in --out, and with them the next run is short.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from benchmarks.handwritten.pairs import Edit, Pair, Split, pairs, sources
from visual_erm import images
from visual_erm.bench import judging
from visual_erm.bench.card import make_card
from visual_erm.bench.judging import Judged
from visual_erm.bench.tallies import PLACE
from visual_erm.cli import cards, common
from visual_erm.rewards import runs
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, Task


def judge(found: Sequence[Pair], out: Path, reward: VisualReward) -> list[Judged]:
    """What is said of pairs; of those that have no verdict in `out` yet the judge is asked."""
    rows = [_row(pair) for pair in found]
    with common.progress("judging") as progress:
        return judging.judge_rows(rows, lambda: rows, out, reward, progress=progress)


def _row(pair: Pair) -> runs.Row:
    return {
        "id": pair.id,
        "task": pair.source.task,
        "kind": pair.kind,
        "operators": [],
        "seed": pair.source.name,
        "errors": [error.model_dump() for error in pair.truth],
        "reference": {"bytes": images.encode_png(pair.reference)},
        "prediction": {"bytes": images.encode_png(pair.prediction)},
    }


def accepting(item: Judged, edits: Sequence[Edit]) -> Judged:
    """The same, with second categories as the first ones, and without what counts for nothing."""
    found = list(item.found)
    for match in PLACE(item.truth, found).matches:
        found[match.found] = _as_first(found[match.found], edits[match.truth])
    matched = {m.found: m.truth for m in PLACE(item.truth, found).matches if m.level == "yes"}
    left = {number: edits[number].parts - 1 for number in matched.values()}
    kept = []
    for number, error in enumerate(found):
        if number not in matched:
            if any(_follows(error, edit) for edit in edits):
                continue
            part = next((t for t in left if left[t] and _part(error, item.truth[t], edits[t])), -1)
            if part >= 0:
                left[part] -= 1
                continue
        kept.append(error)
    return replace(item, found=tuple(kept))


def _as_first(error: Discrepancy, edit: Edit) -> Discrepancy:
    first = error.category in edit.also
    return error.model_copy(update={"category": edit.category}) if first else error


def _follows(error: Discrepancy, edit: Edit) -> bool:
    told = f"{error.location} {error.description}"
    return bool(edit.follows) and re.search(edit.follows, told, re.IGNORECASE) is not None


def _part(error: Discrepancy, truth: Discrepancy, edit: Edit) -> bool:
    return PLACE.level(truth, _as_first(error, edit)) == "yes"


def _list(item: Judged) -> None:
    """What is missed and made up."""
    matches = [match for match in PLACE(item.truth, item.found).matches if match.level == "yes"]
    missed = [e for n, e in enumerate(item.truth) if n not in {m.truth for m in matches}]
    more = [e for n, e in enumerate(item.found) if n not in {m.found for m in matches}]
    for sign, errors in (("-", missed), ("+", more)):
        for error in errors:
            what = f"{error.category} {error.severity} {error.location}: {error.description}"
            print(f"{item.task}/{item.id} ({item.score}) {sign} {what}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", choices=get_args(Task), action="append", help="all, if none")
    parser.add_argument("--split", choices=get_args(Split), action="append", help="both, if none")
    parser.add_argument("--judge", default="embedded", help="as verm judge takes them")
    parser.add_argument("--out", type=Path, default=Path("bench/handwritten"), help="verdicts")
    parser.add_argument("--list", action="store_true", help="misses and alarms of the split tune")
    options = parser.parse_args()
    if options.list and options.split != ["tune"]:
        parser.error("--list goes with --split tune: nobody looks at the pairs of the split held")
    options.out.mkdir(parents=True, exist_ok=True)
    reward = VisualReward(options.judge, keep_renderings=False)
    for split in options.split or get_args(Split):
        written, accepted = [], []
        for task in options.task or get_args(Task):
            found = list(pairs(sources(task, split)))
            judged = judge(found, options.out / f"{split}-{task}.jsonl", reward)
            written += judged
            for item, pair in zip(judged, found, strict=True):
                accepted.append(accepting(item, pair.edits))
        if options.list:
            for item in accepted:
                _list(item)
        named = {"as written": written, "accepting": accepted}
        cards.show([make_card(f"{split}, {name}", items) for name, items in named.items()])


if __name__ == "__main__":
    main()
