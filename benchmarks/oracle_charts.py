"""Edited figures with their scenes: what the oracle of charts is measured on.

    for case in cases(source, "salt", singles=20, composed=10): ...

Figures are edited where their program ran, so there is no second source; their scenes are what an
edited program's would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visual_erm import images
from visual_erm.data import gate
from visual_erm.data.charts import scenes
from visual_erm.data.charts.drawn import Drawn
from visual_erm.data.charts.operators import OPERATORS
from visual_erm.data.charts.pairs import service
from visual_erm.data.records import Effect
from visual_erm.types import Discrepancy


@dataclass(frozen=True)
class Case:
    """A figure, an edited copy, and what was done to it."""

    operators: tuple[str, ...]
    errors: tuple[Discrepancy, ...]
    reference: Drawn
    prediction: Drawn


def cases(source: str, salt: str, *, singles: int, composed: int) -> Iterator[Case]:
    """Edits of one program's figure that the gate lets through.

    Raises:
        PolicyFault: it fails, or draws no Matplotlib figure.
    """
    options = {"singles": singles, "composed": composed, "salt": salt, "scenes": True}
    output = service().run(source, options)
    document, meta = output.document or b"", output.meta
    pictures, at = [], 0
    for height, width in meta["shapes"]:
        pixels = np.frombuffer(document, np.uint8, 3 * height * width, at)
        pictures.append(pixels.reshape(height, width, 3))
        at += 3 * height * width
    told = [scenes.read(line) for line in document[at:].split(b"\n")]
    drawn = [Drawn(scene, picture) for scene, picture in zip(told, pictures, strict=True)]
    reference, *edited = drawn
    ink = max(1, int(images.ink(reference.picture).sum()))
    done = [result for result in meta["edits"] if "failed" not in result]
    for result, prediction in zip(done, edited, strict=True):
        steps = result["steps"]
        errors = []
        for step in steps:
            boxes = step["before"], step["after"]
            share = gate.share(reference.picture, prediction.picture, boxes, ink)
            operator = OPERATORS[step["operator"]]
            errors.append(
                Discrepancy(
                    category=operator.category,
                    severity=operator.severity(Effect(share, amount=step["amount"])),
                    location=step["location"],
                    description=step["description"],
                    bbox=step["before"],
                    bbox_prediction=step["after"],
                )
            )
        along = [box for step in steps for box in step["along"]]
        pictures_ = reference.picture, prediction.picture
        if gate.edit(*pictures_, errors, least=gate.LETTER, along=along) is None:
            names = tuple(step["operator"] for step in steps)
            yield Case(names, tuple(errors), reference, prediction)
