"""What a batch came to: a list of rewards that is a table too.

    results = reward.score_batch(items)
    results.to_pandas().groupby("task").reward.mean()
    results.to_pandas(by="error").value_counts("category")
    results.worst(3)                     # a notebook shows it, pictures and all

Two tables, both flat. By sample, one row a reward, in order: `SAMPLE` and then the `Reward.parts`
that are not there already. By error, one row for each error of each verdict: `ERROR`. What is not
known is missing (None, NaN, null), never 0 and never -1.

    >>> results = Results([Reward(0.5, "scored", id="a"), Reward(None, "judge_fault", id="b")])
    >>> results.to_pandas()[["id", "status", "reward"]].values.tolist()
    [['a', 'scored', 0.5], ['b', 'judge_fault', nan]]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from visual_erm import images, jsonl
from visual_erm.errors import InputError, UsageError, require
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Reward, Shown, Verdict

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import pyarrow as pa

By = Literal["sample", "error"]
Kind = Literal["text", "integer", "number"]
Columns = dict[str, tuple[Kind, list[Any]]]

SAMPLE: Mapping[str, Kind] = {
    "id": "text",
    "task": "text",
    "status": "text",
    "reward": "number",
    "severity": "integer",
    "errors": "integer",
    "distance": "number",
    "judge": "text",
    "judge_revision": "text",
    "warnings": "text",
    "failure": "text",
    "failure_message": "text",
}
"""Columns of the table by sample. `severity` is the sum and `errors` the number of them; `failure`
is "stage:code", as in `Statistics.codes`; `warnings` are those of the verdict, one a line."""
ERROR: Mapping[str, Kind] = {
    "sample": "integer",
    "id": "text",
    "task": "text",
    "category": "text",
    "severity": "integer",
    "location": "text",
    "description": "text",
    "grounded": "text",
    **dict.fromkeys(("x0", "y0", "x1", "y1"), "integer"),
    **dict.fromkeys(("prediction_x0", "prediction_y0"), "integer"),
    **dict.fromkeys(("prediction_x1", "prediction_y1"), "integer"),
}
"""Columns of the table by error. `sample` is the place of the reward in the list, from 0; boxes are
in pixels of the reference and, with "prediction_", of the candidate."""
PICTURE = "picture"
"""Column of the candidates' pictures: PNG, as `datasets.Image` keeps it."""
_NOWHERE = (None, None, None, None)


class Results(list[Reward], Shown):
    """Rewards in order, as `score_batch` gives them."""

    @classmethod
    def read(cls, path: Path | str) -> Results:
        """The results that `verm judge` or `verm score` wrote to a file, without pictures.

        Raises:
            InputError: there is no such file, or a line of it is no result.
        """
        return cls(reward_of(row, f"{path}:{number}") for number, row in jsonl.read(path))

    def worst(self, count: int = 5) -> Results:
        """Those with the lowest values, the lowest first; unscored ones are not among them."""
        scored = [reward for reward in self if reward.value is not None]
        return Results(sorted(scored, key=lambda reward: reward.value or 0.0)[:count])

    def to_pandas(self, by: By = "sample") -> pd.DataFrame:
        """One row for each sample, or for each error.

        Integers are pandas' `Int64`, so that those that are missing do not make floats of them.

        Raises:
            UsageError: another `by`.
        """
        import pandas as pd

        dtypes = {"text": "object", "integer": "Int64", "number": "float64"}
        return pd.DataFrame(
            {
                name: pd.Series(values, dtype=dtypes[kind])
                for name, (kind, values) in self._columns(by).items()
            }
        )

    def to_arrow(self, by: By = "sample", *, pictures: bool = False) -> pa.Table:
        """The same as an Arrow table.

        Args:
            by: what a row is.
            pictures: add `PICTURE`, null where nothing was drawn or kept; by sample only.

        Raises:
            UsageError: another `by`, or pictures by error.
            MissingPackage: pyarrow is not installed.
        """
        arrow = require("pyarrow", extra="notebook", feature="to_arrow")
        types = {"text": arrow.string(), "integer": arrow.int64(), "number": arrow.float64()}
        arrays = {
            name: arrow.array(values, types[kind])
            for name, (kind, values) in self._columns(by).items()
        }
        if pictures:
            picture = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
            arrays[PICTURE] = arrow.array(self._pictures(by), picture)
        return arrow.table(arrays)

    def to_dataset(self, by: By = "sample", *, pictures: bool = False) -> datasets.Dataset:
        """The same as a data set of Hugging Face's `datasets`, pictures as its `Image` feature.

        Args:
            by: what a row is.
            pictures: add `PICTURE`, None where nothing was drawn or kept; by sample only.

        Raises:
            UsageError: another `by`, or pictures by error.
            MissingPackage: datasets is not installed.
        """
        hub = require("datasets", extra="notebook", feature="to_dataset")
        types = {"text": "string", "integer": "int64", "number": "float64"}
        columns = self._columns(by)
        features = {name: hub.Value(types[kind]) for name, (kind, _) in columns.items()}
        values = {name: column for name, (_, column) in columns.items()}
        if pictures:
            features[PICTURE] = hub.Image()
            values[PICTURE] = self._pictures(by)
        return hub.Dataset.from_dict(values, features=hub.Features(features))

    def _columns(self, by: By) -> Columns:
        if by == "sample":
            rows = [_sample(reward) for reward in self]
            parts = dict.fromkeys(name for row in rows for name in row if name not in SAMPLE)
            kinds: Mapping[str, Kind] = {**SAMPLE, **dict.fromkeys(parts, "number")}
        elif by == "error":
            rows = [row for number, reward in enumerate(self) for row in _errors(number, reward)]
            kinds = ERROR
        else:
            raise UsageError(f'by must be "sample" or "error"; got {by!r}')
        return {name: (kind, [row.get(name) for row in rows]) for name, kind in kinds.items()}

    def _pictures(self, by: By) -> list[dict[str, Any] | None]:
        if by != "sample":
            raise UsageError('pictures are given by="sample" only')
        return [
            {"bytes": images.encode_png(reward.rendering.image), "path": None}
            if reward.rendering
            else None
            for reward in self
        ]


def _sample(reward: Reward) -> dict[str, Any]:
    row: dict[str, Any] = {"id": reward.id, "task": reward.task}
    row |= {"status": reward.status, "reward": reward.value}
    if (verdict := reward.verdict) is not None:
        row |= {"severity": verdict.severity, "errors": len(verdict.errors)}
        row |= {"distance": verdict.distance, "warnings": "\n".join(verdict.warnings) or None}
        row |= {"judge": verdict.judge.name, "judge_revision": verdict.judge.revision}
    if (failure := reward.failure) is not None:
        row["failure"] = f"{failure.stage}:{failure.code}"
        row["failure_message"] = failure.message
    told = ("n_errors", *SAMPLE)
    # a part below 0 says that nobody knows
    known = {k: v if v >= 0 else None for k, v in reward.parts.items() if k not in told}
    return row | known


def _errors(number: int, reward: Reward) -> list[dict[str, Any]]:
    if reward.verdict is None:
        return []
    common = {"sample": number, "id": reward.id, "task": reward.task}
    rows = []
    for error in reward.verdict.errors:
        row = common | error.model_dump(exclude={"bbox", "bbox_prediction"})
        for before, box in (("", error.bbox), ("prediction_", error.bbox_prediction)):
            names = (f"{before}{name}" for name in ("x0", "y0", "x1", "y1"))
            row |= dict(zip(names, box or _NOWHERE, strict=True))
        rows.append(row)
    return rows


def reward_of(row: Mapping[str, Any], where: str) -> Reward:
    """The reward that a row of results was written from, without its picture.

    Args:
        row: as `Reward.row` gives it.
        where: of which file and line messages speak.

    Raises:
        InputError: it is no result.
    """
    try:
        verdict = None
        if row["status"] == "scored":
            verdict = Verdict(
                task=row["task"],
                judge=JudgeIdentity.model_validate(row["judge"]),
                errors=tuple(Discrepancy.model_validate(error) for error in row["errors"]),
                distance=row.get("distance"),
                warnings=row.get("warnings", ()),
                usage=row.get("usage", {}),
            )
        failure = row.get("failure")
        return Reward(
            value=row["reward"],
            status=row["status"],
            parts=row.get("parts", {}),
            verdict=verdict,
            failure=None if failure is None else Failure.model_validate(failure),
            id=row["id"],
            task=row["task"],
        )
    except (KeyError, TypeError, ValidationError) as error:
        # what pydantic says fills a page
        reason = f"no {error}" if isinstance(error, KeyError) else str(error).split("\n")[0]
        raise InputError(f"{where}: not a result of verm judge or verm score: {reason}") from None
