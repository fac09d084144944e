"""VLMEvalKit: the reward as a data set's evaluation, by a base class that stands first.

    class ChartCode(VisualEvaluation, ImageBaseDataset):
        VISUAL_TASK = "chart"

The first picture of a row is the one to reproduce. Predictions are scored together, rows with
reward and reason are written beside the prediction file, and what cannot be scored is left out of
the mean and counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from visual_erm.integrations.engine import FLAGS, engine
from visual_erm.integrations.settings import Settings


class VisualEvaluation:
    """`evaluate` for a class with VLMEvalKit's `data` and `dump_image`."""

    VISUAL_TASK: str | None = None
    """chart, table or svg; None for a column "task" or VISUAL_ERM_TASK."""
    data: pd.DataFrame

    def dump_image(self, line: Any) -> Any:
        """Paths of a row's pictures; the class of VLMEvalKit has it."""
        return super().dump_image(line)  # type: ignore[misc]

    def evaluate(self, eval_file: str, **_: Any) -> dict[str, float]:
        """Score a file of predictions.

        Args:
            eval_file: as VLMEvalKit wrote it, with "index" and "prediction".

        Returns:
            "reward", the mean over scored rows (NaN where there are none), and the share of all
            rows for each flag.

        Raises:
            UsageError: nothing says which task.
        """
        from vlmeval.smp import load

        given = load(eval_file)
        rows = {str(row["index"]): row for _, row in self.data.iterrows()}
        samples = [
            self._sample(rows[str(index)], text)
            for index, text in zip(given["index"], given["prediction"], strict=True)
        ]
        scored = engine(Settings.of()).score_batch(samples)
        table = pd.DataFrame([one.flat | {"why": one.why} for one in scored])
        table.insert(0, "index", list(given["index"]))
        table["score"] = [one.value for one in scored]
        table.to_csv(f"{Path(eval_file).with_suffix('')}_visual.csv", index=False)
        shares = {name: float(table[name].mean()) for name in FLAGS if name != "score"}
        return {"reward": float(table["score"].astype(float).mean()), **shares}

    def _sample(self, line: Any, prediction: Any) -> dict[str, Any]:
        paths = self.dump_image(line)
        return {
            "task": self.VISUAL_TASK or line.get("task"),
            "reference": paths[0] if isinstance(paths, list) else paths,
            "completion": prediction if isinstance(prediction, str) else "",
        }
