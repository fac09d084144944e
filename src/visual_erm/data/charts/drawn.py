"""Charts as their programs drew them: the picture, and the scene that came out with it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.data.charts import scenes
from visual_erm.data.charts.scenes import Scene
from visual_erm.data.records import UnusableError
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.job import MIB, Limits
from visual_erm.renderers.service import Service

if TYPE_CHECKING:
    from visual_erm.types import Image

WORKER = "visual_erm.data.charts.scene"
"""The module that draws; it loads Matplotlib, and this process does not."""


@dataclass(frozen=True)
class Drawn:
    """A chart with its picture."""

    scene: Scene
    picture: Image


def read(source: str) -> Drawn:
    """Run a program, confined.

    Raises:
        PolicyFault: it fails, or draws no Matplotlib figure.
        UnusableError: what it says of its figure cannot be read.
    """
    output = service().run(source, {})
    document, length = output.document or b"", output.meta.get("length")
    if not isinstance(length, int) or not 0 < length < len(document):
        raise UnusableError("the program's process answered with no scene")
    picture = images.load(document[:length], name="a chart")
    return Drawn(scenes.read(document[length:]), picture)


@functools.cache
def service() -> Service:
    """The workers that run programs; ended with this process."""
    job = chart_job(Limits(output=96 * MIB))
    asked = replace(
        job,
        name="chart scenes",
        target=f"{WORKER}:draw",
        preload=(*job.preload, WORKER),
        spares=False,
        scout="",
    )
    return Service(asked, 1)
