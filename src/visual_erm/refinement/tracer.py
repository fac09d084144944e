"""A policy for drawings that needs no model: vtracer, whose settings are what is revised.

    refine("icon.png", task="svg", policy="tracer")

The draft is coarse: few colours, few points, so that the source is short. A revision changes the
best attempt's settings in one way, and spends detail where it promises most against what the judge
lists (parts that are missing: keep smaller specks; too many: drop them; outlines: trace a larger
picture, sharper corners; colours: more or fewer of them); what lost before promises less. Without
a judge it can only guess, and so do further drafts. What it writes is the reference as outlines, no
understanding of it; it is there so that the loop runs, and can be measured, without a model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from visual_erm import images
from visual_erm.errors import UsageError, require
from visual_erm.refinement.policies import Draft, Turn
from visual_erm.renderers.job import MIB, Job, Limits
from visual_erm.renderers.service import Service

if TYPE_CHECKING:
    from visual_erm.refinement.records import Attempt
    from visual_erm.types import Image

DEADLINE = 20.0
"""Seconds of wall time for one tracing."""
LARGEST = 2048
"""Pixels of a side that is traced at most."""
JOB = Job(
    name="tracer",
    target="visual_erm.refinement.tracer_worker:trace",
    preload=("visual_erm.refinement.tracer_worker:preload",),
    reuse=True,
    libraries=False,
    limits=Limits(memory=1024 * MIB, cpu=DEADLINE, deadline=DEADLINE, source=32 * MIB),
)


@dataclass(frozen=True)
class Settings:
    """Of one tracing; the defaults are coarse, so that a draft is short."""

    scale: int = 1
    """How many times as large the picture is traced."""
    filter_speckle: int = 12
    """Patches of fewer pixels a side are dropped."""
    color_precision: int = 3
    """Bits of a channel that count."""
    layer_difference: int = 64
    """Levels between two colours that are told apart."""
    corner_threshold: int = 100
    """Degrees from which a bend is a corner."""
    length_threshold: float = 10.0
    """Pixels of a segment, from which it is divided no further."""
    splice_threshold: int = 100
    """Degrees by which a curve may turn before it is divided."""

    def options(self) -> dict[str, Any]:
        """As vtracer takes them."""
        return {**{k: v for k, v in asdict(self).items() if k != "scale"}, "colormode": "color"}


def _clipped(settings: Settings) -> Settings:
    return replace(
        settings,
        scale=min(max(settings.scale, 1), 4),
        filter_speckle=min(max(settings.filter_speckle, 0), 16),
        color_precision=min(max(settings.color_precision, 1), 8),
        layer_difference=min(max(settings.layer_difference, 1), 128),
        corner_threshold=min(max(settings.corner_threshold, 10), 170),
        length_threshold=min(max(settings.length_threshold, 3.5), 10.0),
        splice_threshold=min(max(settings.splice_threshold, 10), 160),
    )


Move = Callable[[Settings], Settings]
MOVES: Mapping[str, Move] = {
    "larger": lambda s: replace(s, scale=2 * s.scale),
    "keep specks": lambda s: replace(s, filter_speckle=s.filter_speckle // 2),
    "drop specks": lambda s: replace(s, filter_speckle=2 * max(s.filter_speckle, 1)),
    "more colours": lambda s: replace(
        s, color_precision=s.color_precision + 1, layer_difference=s.layer_difference // 2
    ),
    "fewer colours": lambda s: replace(s, layer_difference=2 * s.layer_difference),
    "sharper": lambda s: replace(s, corner_threshold=s.corner_threshold - 25),
    "rounder": lambda s: replace(s, corner_threshold=s.corner_threshold + 25),
    "closer": lambda s: replace(
        s, length_threshold=s.length_threshold / 1.5, splice_threshold=s.splice_threshold - 15
    ),
}
"""Changes of settings, in the order in which they are tried where nothing speaks for another."""
ANSWERS: Mapping[str, Mapping[str, float]] = {
    "structure_error": {
        "keep specks": 1.0,
        "larger": 0.8,
        "more colours": 0.6,
        "drop specks": 0.4,
        "fewer colours": 0.4,
    },
    "shape_error": {"larger": 1.0, "sharper": 0.7, "closer": 0.6, "keep specks": 0.3},
    "style_error": {"fewer colours": 0.8, "more colours": 0.8, "larger": 0.6, "drop specks": 0.2},
    "text_symbol_error": {"larger": 1.0, "keep specks": 0.7, "sharper": 0.4},
}
"""How much each change promises against an error of a category."""
TOO_MUCH = ("drop specks", "fewer colours")
"""Changes against what the reference does not have."""
LOST = 3.0
"""By how much less a change promises for each time that it was no gain."""


class TracerPolicy:
    """Traces drawings with vtracer, in confined workers. Thread-safe."""

    def __init__(self, *, workers: int | None = None) -> None:
        """Look for vtracer; nothing starts before the first turn.

        Args:
            workers: tracings at once; the number of usable processors if None.

        Raises:
            MissingPackage: vtracer is not installed.
        """
        require("vtracer", extra="tracer", feature="The tracer")
        self.name = f"tracer vtracer-{version('vtracer')}"
        self._service = Service(JOB, workers)

    def write(self, turn: Turn) -> Draft:
        """Trace the reference with the settings that this turn calls for.

        Raises:
            UsageError: the task is not svg.
            InfrastructureFault: vtracer failed.
        """
        if turn.task != "svg":
            raise UsageError(f'the tracer writes drawings (svg); the task is "{turn.task}"')
        settings, move = _chosen(turn)
        picture = _enlarged(turn.reference, settings.scale)
        output = self._service.run(images.encode_png(picture), settings.options())
        document = (output.document or b"").decode()
        usage = {"seconds": output.seconds, "requests": 1.0}
        notes = {"settings": asdict(settings), "move": move}
        return Draft("", source=document, notes=notes, usage=usage)

    def close(self) -> None:
        """End every process that was started."""
        self._service.close()


def _enlarged(picture: Image, scale: int) -> Image:
    height, width = picture.shape[:2]
    factor = min(scale, max(1.0, LARGEST / max(height, width)))
    return images.resize(picture, (round(width * factor), round(height * factor)))


def _chosen(turn: Turn) -> tuple[Settings, str]:
    """Settings of the next tracing, and which change they are."""
    if turn.previous is None:
        return (_at_random(turn.sample), "random") if turn.sample else (Settings(), "coarse")
    base = _settings(turn.previous)
    tried = {_settings(attempt) for attempt in turn.attempts}
    order = _by_guess(turn) if turn.kind == "reflect" else _by_promise(turn.previous, turn.attempts)
    for move in order:
        settings = _clipped(MOVES[move](base))
        if settings not in tried:
            return settings, move
    return _at_random(len(tried)), "random"


def _settings(attempt: Attempt) -> Settings:
    known = attempt.notes.get("settings")
    return Settings(**known) if known else Settings()


def _by_promise(attempt: Attempt, attempts: Sequence[Attempt]) -> list[str]:
    """Changes, first the one that promises most against the judge's list."""
    promise = dict.fromkeys(MOVES, 0.1)
    verdict = attempt.reward.verdict
    for error in verdict.errors if verdict else ():
        for move, weight in ANSWERS.get(error.category, {}).items():
            added = error.bbox is None and error.bbox_prediction is not None
            gone = error.bbox is not None and error.bbox_prediction is None
            against = (added and move not in TOO_MUCH) or (gone and move in TOO_MUCH)
            promise[move] += error.severity * weight / (4 if against else 1)
    for other in attempts:
        move = str(other.notes.get("move"))
        if move in promise and not other.accepted:
            promise[move] /= LOST
    return sorted(MOVES, key=lambda move: -promise[move])


def _by_guess(turn: Turn) -> list[str]:
    order = list(MOVES)
    seed = f"guess {turn.round} {images.digest(turn.reference)}"
    random.Random(seed).shuffle(order)  # noqa: S311 - a choice, no secret
    return order


def _at_random(number: int) -> Settings:
    rng = random.Random(f"draft {number}")  # noqa: S311 - a choice, no secret
    settings = Settings()
    for move in rng.sample(list(MOVES), 3):
        settings = _clipped(MOVES[move](settings))
    return settings
