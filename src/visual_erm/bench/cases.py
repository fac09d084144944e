"""Cases of a bench as items of a report: verdicts beside the truth, and what is matched.

items = of_builds(Path("bench/embedded.jsonl"), [own("chart-dev")])
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from visual_erm import jsonl
from visual_erm.bench.judging import result_id
from visual_erm.bench.matching import Matching
from visual_erm.bench.tallies import Matches
from visual_erm.bench.vc_reward_bench import PEOPLE
from visual_erm.data import shards
from visual_erm.errors import InputError, JudgeFault, UsageError
from visual_erm.judges import check_task
from visual_erm.judges.parse import read_record
from visual_erm.report.results import item_of, of_pair, of_results
from visual_erm.report.runs import Item
from visual_erm.types import JudgeIdentity, Verdict

TRUTH = JudgeIdentity(name="truth")
KEPT = ("id", "reference", "candidate", "source", "group", "tags")
"""What an item of a verdict has from the item of its pair."""
VERDICTS, PAIRS, RECORDS = "verdicts.jsonl", "pairs.jsonl", "records.jsonl"


def of_builds(
    results: Path,
    builds: Sequence[Path],
    *,
    only: Container[str] | None = None,
    matches: Matches | None = None,
) -> list[Item]:
    """Items of what `verm bench judge` wrote for one judge.

    Args:
        results: the judge's file in the bench's folder.
        builds: folders of the pairs.
        only: ids of the pairs to take; all if None.
        matches: which reported error is which true one; by place if None.

    Raises:
        InputError: a file cannot be read, or no build holds any of the pairs.
    """
    said = {str(row.get("id")): (number, row) for number, row in jsonl.read(results, finished=True)}
    found = []
    for build in builds:
        for row in shards.read(build):
            if only is not None and row["id"] not in only:
                continue
            number, result = said.get(result_id(row), (0, None))
            if result is None:
                continue
            labelled = of_pair(row, TRUTH)
            kept = {name: getattr(labelled, name) for name in KEPT}
            item = item_of(result, f"{results}:{number}", **kept)
            found.append(_beside(item, labelled.verdict, matches or Matches()))
    if not found:
        raise InputError(f"none of {', '.join(map(str, builds))} holds the pairs of {results}")
    return found


def of_vc_reward_bench(folder: Path) -> list[Item]:
    """Items of what `verm bench vc-reward-bench` wrote, with people's errors as second verdict.

    Raises:
        InputError: the folder does not hold all of it.
    """
    truth = {}
    for number, row in jsonl.read(folder / RECORDS):
        try:
            task = check_task(str(row["key"]).partition("/")[0])
            truth[str(row["key"])] = read_record(row["human_errors"] or [], task, PEOPLE)
        except (KeyError, UsageError, JudgeFault) as error:
            raise InputError(
                f"{folder / RECORDS}:{number}: not a record of ours: {error}"
            ) from None
    items = of_results(folder / VERDICTS, folder / PAIRS)
    return [_beside(item, truth.get(item.id), Matches()) for item in items]


def _beside(item: Item, truth: Verdict | None, matches: Matches) -> Item:
    """The item with the truth as its second verdict, and with what is matched."""
    made: Matching | None = None
    if truth is not None and item.verdict is not None:
        made = matches.of(truth.errors, item.verdict.errors)
    pairs = made and tuple((m.found + 1, m.truth + 1) for m in made.matches if m.level == "yes")
    return item.model_copy(update={"second": truth, "matches": pairs})
