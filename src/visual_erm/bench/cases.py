"""The cases of a bench as items of a report: what the judge said, beside the truth.

items = of_builds(Path("bench/embedded.jsonl"), [own("chart-dev")])
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from visual_erm import jsonl
from visual_erm.bench.judging import result_id
from visual_erm.bench.vc_reward_bench import PEOPLE
from visual_erm.data import shards
from visual_erm.errors import InputError, JudgeFault, UsageError
from visual_erm.judges import check_task
from visual_erm.judges.parse import read_record
from visual_erm.report.results import item_of, of_results, with_truth
from visual_erm.report.runs import Item
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

TRUTH = JudgeIdentity(name="truth")
VERDICTS, PAIRS, RECORDS = "verdicts.jsonl", "pairs.jsonl", "records.jsonl"


def of_builds(results: Path, builds: Sequence[Path]) -> list[Item]:
    """Items of what `verm bench judge` wrote for one judge.

    Args:
        results: the judge's file in the bench's folder.
        builds: folders of the pairs.

    Raises:
        InputError: a file cannot be read, or no build holds any of the pairs.
    """
    said = {str(row.get("id")): (number, row) for number, row in jsonl.read(results, finished=True)}
    found = []
    for build in builds:
        for row in shards.read(build):
            number, result = said.get(result_id(row), (0, None))
            if result is None:
                continue
            errors = tuple(Discrepancy(**error) for error in row["errors"])
            found.append(
                item_of(
                    result,
                    f"{results}:{number}",
                    id=row["id"],
                    reference=row["reference"]["bytes"],
                    candidate=row["prediction"]["bytes"],
                    source=row["prediction_source"] or "",
                    second=Verdict(task=row["task"], errors=errors, judge=TRUTH),
                    group=row["seed"],
                    note=" ".join([row["kind"].replace("_", "-"), *row["operators"]]),
                )
            )
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
    return list(with_truth(of_results(folder / VERDICTS, folder / PAIRS), truth))
