"""ms-swift: `--external_plugins "$(verm plugin-path swift)" --reward_funcs visual_erm`.

Rows have a column "reference" (path or data URI; else the first of "images") and, unless
VISUAL_ERM_TASK says it for all, "task". What cannot be scored is None, which ms-swift leaves out.

This file is alone in its folder, under a name that nothing else has: ms-swift puts the folder of a
plug-in first in the search path and imports the file by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from swift.rewards import ORM, orms

from visual_erm.integrations.samples import score_columns
from visual_erm.integrations.settings import Settings


class VisualERM(ORM):  # type: ignore[misc]
    """A reward function of ms-swift."""

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """One value for each completion, None where it could not be scored."""
        return [one.value for one in score_columns(Settings.of(), completions, columns)]


orms["visual_erm"] = VisualERM
