"""Altair and Vega(-Lite) charts: JSON from a plotting program, drawn by a warm confined V8 worker.

The specification was written by a policy. It is drawn by vl-convert in a process without network
and without files; data must stand in the specification, since nothing can be loaded by URL.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from visual_erm import fonts
from visual_erm.errors import require
from visual_erm.images import is_blank
from visual_erm.renderers.chart_sizes import MOST_PIXELS, MOST_SIDE
from visual_erm.renderers.job import Drawing, Job, Limits, Rejected
from visual_erm.renderers.service import Service
from visual_erm.types import Rendering

if TYPE_CHECKING:
    from visual_erm.types import Image

_FEATURE = "Drawing Altair charts"
_MEMORY = 1024 << 20
"""Bytes; V8 asks for much more than it touches, and ends when it does not get it."""


def vega_job() -> Job:
    """The work of a confined V8 worker."""
    return Job(
        name="vega",
        target="visual_erm.renderers.vega:draw",
        # loaded, never called: V8 started before a fork hangs in the child
        preload=("vl_convert", "numpy", "PIL.PngImagePlugin"),
        reuse=True,
        limits=Limits(memory=_MEMORY, address_space=False),
        read_only=tuple(str(folder) for folder in fonts.font_directories()),
        system_calls=frozenset({"socketpair"}),
        recycle=200,
    )


class VegaPainter:
    """Draws Vega-Lite documents. Thread-safe; the worker starts on first use."""

    def __init__(self, workers: int | None = None) -> None:
        require("vl_convert", extra="altair", feature=_FEATURE)
        self._service = Service(vega_job(), workers)
        self.fingerprint = f"vl-convert {version('vl-convert-python')}; fonts {fonts.fingerprint()}"

    def draw(self, document: bytes, *, deadline: float | None = None) -> Rendering:
        """Draw what `chart_documents` packed.

        Raises:
            PolicyFault: the specification cannot be drawn.
        """
        output = self._service.run(document, {}, deadline)
        assert output.image is not None
        return Rendering(
            image=output.image,
            task="chart",
            backend="vega",
            fingerprint=self.fingerprint,
            seconds=output.seconds,
            cpu_seconds=output.cpu_seconds,
            blank=is_blank(output.image),
        )

    def close(self) -> None:
        """End the workers."""
        self._service.close()


_ready: list[bool] = []


def draw(document: bytes, _: dict[str, Any]) -> Drawing:
    """Runs in the confined worker: one specification to pixels.

    Raises:
        Rejected: it cannot be read, needs the network, or is too large.
    """
    import vl_convert

    if not _ready:
        for folder in fonts.font_directories():
            vl_convert.register_font_directory(str(folder))
        _ready.append(True)
    try:
        packed = json.loads(document)
        spec = packed["spec"]
        scale = min(max(float(packed.get("scale") or 1), 0.1), 4.0)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Rejected("exception", f"the chart cannot be read: {error}") from None
    if not isinstance(spec, dict):
        raise Rejected("exception", "the chart's specification is not an object")
    name = "vega" if "/vega/" in str(spec.get("$schema")) else "vegalite"
    convert = getattr(vl_convert, f"{name}_to_png")
    try:
        content = convert(spec, scale=scale, allowed_base_urls=[])
    except (ValueError, RuntimeError, OSError) as error:
        raise _rejected(str(error)) from None
    return Drawing(image=_decoded(content))


def _decoded(content: bytes) -> Image:
    import io

    import numpy as np
    from PIL import Image as PILImage

    from visual_erm.images import on_white

    with PILImage.open(io.BytesIO(content)) as opened:
        if max(opened.size) > MOST_SIDE or opened.width * opened.height > MOST_PIXELS:
            raise Rejected("too_large", f"the chart is {opened.width} x {opened.height} pixels")
        return on_white(np.asarray(opened.convert("RGBA")))


def _rejected(reason: str) -> Rejected:
    line = next((line for line in reason.splitlines() if line.strip()), "unknown reason")
    if "External data url" in reason:
        message = "the chart loads data by URL; put the data into the program"
        return Rejected("network", message, reason[:2000])
    return Rejected("exception", f"the chart cannot be drawn: {line[:300]}", reason[:2000])
