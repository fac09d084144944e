"""What a notebook shows for a verdict, a rendering, a reward and a batch: their `_repr_html_`.

    Comparison(reference.image, attempt.image, verdict)       # both pictures, with its boxes

Fragments of HTML that follow the notebook's own colours, dark or light. They hold no script and
load nothing; every value is escaped, pictures are data URIs of at most `MAX_SIDE` pixels and lists
are cut at `MAX_ERRORS` and `MAX_SAMPLES`, so that no batch makes a notebook too large to open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.errors import UsageError
from visual_erm.report.boxes import marked
from visual_erm.report.markup import STATUSES, assets, environment
from visual_erm.rewards.results import Results
from visual_erm.types import SEVERITIES, Discrepancy, Rendering, Reward, Shown, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

MAX_SIDE = 480
"""Pixels of the longer side above which a picture is scaled down."""
THUMBNAIL = 120
"""The same in the table of a batch."""
MAX_ERRORS = 30
"""Errors that are listed; the others are counted."""
MAX_SAMPLES = 20
"""Rewards of a batch that are listed; the others are counted."""
MAX_TEXT = 300
"""Characters of a text that a judge or a program wrote."""


@dataclass(frozen=True)
class Comparison(Shown):
    """Reference and candidate side by side, with the verdict's boxes and its list."""

    reference: Image
    """`(H, W, 3)` uint8 RGB."""
    candidate: Image
    """`(H, W, 3)` uint8 RGB."""
    verdict: Verdict


def html(shown: Shown) -> str:
    """What a notebook shows for one of our types.

    Raises:
        UsageError: not one of them.
    """
    kinds = (Rendering, Verdict, Reward, Comparison, Results)
    kind = next((kind for kind in kinds if isinstance(shown, kind)), None)
    if kind is None:
        raise UsageError(f"a notebook shows no {type(shown).__name__}")
    text = (
        environment()
        .get_template("notebook.html")
        .render(
            kind=kind.__name__,
            shown=shown,
            style=assets("notebook.css"),
            severities=SEVERITIES,
            statuses=STATUSES,
            most_errors=MAX_ERRORS,
            most_samples=MAX_SAMPLES,
            picture=picture,
            thumbnail=thumbnail,
            cut=cut,
            counts=Counter(r.status for r in shown) if isinstance(shown, Results) else {},
        )
    )
    # half a surrogate pair, which a program may write, cannot be saved in a notebook
    return text.encode("utf-8", "replace").decode("utf-8")


def picture(
    image: Image, errors: Sequence[Discrepancy] = (), *, prediction: bool = False
) -> dict[str, object]:
    """A picture with its boxes for the template: "uri", and "width" and "height" as shown."""
    shown = errors[:MAX_ERRORS]
    return _encoded(marked(image, shown, prediction=prediction, max_side=MAX_SIDE))


def thumbnail(image: Image) -> dict[str, object]:
    """A picture without boxes, small enough for a row of a table."""
    return _encoded(images.fit(image, THUMBNAIL))


def cut(text: str) -> str:
    """The text, if need be only its beginning."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _encoded(image: Image) -> dict[str, object]:
    png = images.encode_png(image, level=9)
    uri = images.uri_of(png, "png")
    # more than a byte a pixel: noise or a photograph
    if len(png) > image.shape[0] * image.shape[1]:
        uri = images.uri_of(images.encode_jpeg(image, quality=80), "jpeg")
    return {"uri": uri, "width": image.shape[1], "height": image.shape[0]}
