"""Runs in the confined child: one program, and what edits make of the figure that it drew.

The program runs once. Its figure is copied for every job, edited, drawn and measured, so an edit
costs a drawing and not a program. What leaves the process is PNG files and JSON, to be checked as
what a rendering is: the program is somebody else's.

Options: `jobs`, a list of lists of operator names; `salt`, part of every random choice; `take`, how
many of a job's operators are to be applied; the other options are those of `capture`.
"""

from __future__ import annotations

import io
import pickle
import random
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg

from visual_erm import images
from visual_erm.data.charts import edits_looks, edits_values
from visual_erm.data.charts.edits import EDITS, Change, box_of
from visual_erm.renderers.capture import performed
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from visual_erm.types import Image

REGISTERING = (edits_values, edits_looks)
"""Modules that add to `EDITS` when they are imported."""
DPI = 100
"""Of the pictures, unless the program saves with one of its own."""
LARGEST_DPI = 150
TRIES = 8
"""Subplots are chosen by lot, and not each has something for every edit."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """The reference and one picture for each job that could be done.

    The document is PNG files, one after the other; `meta` says how long each is and what it shows.

    Raises:
        Rejected: the program fails, draws no Matplotlib figure, or its figure cannot be copied.
    """
    with performed(source, options) as (_, choice):
        figure = choice.entry.subject
        if choice.entry.kind != "matplotlib" or not hasattr(figure, "axes"):
            raise Rejected("no_figure", "the program draws no Matplotlib figure")
        original = _Original(figure, choice.entry.settings)
        reference = original.copy()
        reference.canvas.draw()
        parts = [images.encode_png(picture_of(reference))]
        made: list[dict[str, Any]] = []
        for number, names in enumerate(options.get("jobs", [])):
            rng = random.Random(f"{options.get('salt')} {number}")
            take = options["take"][number]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result, picture = _edited(original, names, take, rng)
            if picture is not None:
                parts.append(images.encode_png(picture))
            made.append(result)
    meta = {"lengths": [len(part) for part in parts], "jobs": made}
    return Drawing(document=b"".join(parts), meta=meta)


class _Original:
    """A figure that can be copied."""

    def __init__(self, figure: Any, settings: dict[str, Any]) -> None:
        dpi = settings.get("dpi")
        figure.set_dpi(min(dpi, LARGEST_DPI) if isinstance(dpi, (int, float)) else DPI)
        if "facecolor" in settings and settings["facecolor"] != "auto":
            figure.set_facecolor(settings["facecolor"])
        # a copy must not enter itself into pyplot, and knows where its labels are if this one does
        Gcf.figs.clear()
        FigureCanvasAgg(figure).draw()
        stream = io.BytesIO()
        try:
            pickle.dump(figure, stream)
        except Exception as error:  # noqa: BLE001 - formatters may be anything that cannot be copied
            raise Rejected("no_copy", f"the figure cannot be copied: {error}") from None
        self._pickled = stream.getvalue()

    def copy(self) -> Any:
        """A figure like it, not drawn yet."""
        figure = pickle.loads(self._pickled)  # noqa: S301 - written above, by this process
        FigureCanvasAgg(figure)
        return figure


def picture_of(figure: Any) -> Image:
    """What was drawn last."""
    return images.on_white(np.asarray(figure.canvas.buffer_rgba()).copy())


def _tried(name: str, figure: Any, rng: random.Random) -> Change | None:
    """What an edit did; several subplots may have nothing for it before one has."""
    for _ in range(TRIES):
        change = EDITS[name](figure, rng)
        if change is not None:
            return change
    return None


def _edited(
    original: _Original, names: list[str], take: int, rng: random.Random
) -> tuple[dict[str, Any], Image | None]:
    figure = original.copy()
    done: list[tuple[str, Change]] = []
    for name in names:
        try:
            change = _tried(name, figure, rng)
            if change is not None:
                figure.canvas.draw()
        except Exception as error:  # noqa: BLE001 - a figure of somebody else's may be anything
            return {"failed": name, "why": f"{type(error).__name__}: {error}"[:200]}, None
        if change is not None:
            done.append((name, change))
        if len(done) == take:
            break
    if len(done) < take:
        return {"failed": "+".join(names) if take == 1 else "composed", "why": ""}, None
    picture = picture_of(figure)
    errors = [
        {
            "category": change.category,
            "severity": change.severity,
            "location": change.location,
            "description": change.description,
            "bbox": change.before,
            "bbox_prediction": box_of(figure, change.after) if change.after else None,
        }
        for _, change in done
    ]
    return {"operators": [name for name, _ in done], "errors": errors}, picture
