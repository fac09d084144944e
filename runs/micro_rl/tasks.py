"""What a task of the experiment consists of. Each is one module: `svg` and `table`.

    task = task_of("table")
    scene = task.sample(random.Random(0))
    source = text(task, task.tokens(scene))       # the document
    task.agreement(scene, task.read(written))     # what of it is right

The policy, the training and the rewards know a task only as what stands here. Tokens are pieces of
text: joined, they are the document. So a policy can write what does not parse, leave things out and
invent others, as one of any size can.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from visual_erm.types import Image

Name = Literal["svg", "table"]
NAMES: tuple[Name, ...] = ("svg", "table")
START, END = 0, 1
"""Tokens that every task has: of the start, which stands for padding as well, and of the end."""
Scene = Any
"""What is to be written: a task's own value, which nothing but the task looks into."""


@dataclass(frozen=True)
class Agreement:
    """What is the same in two scenes."""

    exact: float
    """What counts, F1 of what is right; in [0, 1]."""
    counts: Mapping[str, tuple[int, int]]
    """For each other figure how many, and of how many; sums over scenes are divided."""


class Task(Protocol):
    """What the modules define."""

    NAME: Name
    """As the renderers and the judge know it."""
    RENDERER: Mapping[str, Any]
    """Options of its renderer."""
    SEEN: tuple[int, int]
    """Height and width of the picture that the policy sees, in pixels."""
    FIELD: tuple[int, int]
    """Height and width of the fields that its eye divides the picture into."""
    HEAD: str
    """What every document begins with."""
    PIECES: tuple[str, ...]
    """Text of each token; those of `START` and `END` first."""
    LONGEST: int
    """Tokens of a document, at most, with the start and the end."""
    REWARDS: tuple[str, ...]
    """What the policy is trained with."""
    FIGURES: Mapping[str, str]
    """Keys of figures with their titles; the first four are drawn as curves."""

    def sample(self, rng: random.Random) -> Scene:
        """A scene to be written."""
        ...

    def sloppy(self, scene: Scene, rng: random.Random) -> Scene:
        """The scene as somebody in a hurry describes it: what the policy is taught by."""
        ...

    def tokens(self, scene: Scene) -> list[int]:
        """The scene as the policy should write it, with the start and the end."""
        ...

    def read(self, written: Sequence[int]) -> Scene | None:
        """What tokens describe; None if it does not parse."""
        ...

    def agreement(self, true: Scene, written: Scene | None) -> Agreement:
        """What was written rightly, by comparing scenes."""
        ...

    def aims(self, written: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """The fields where some heads look for the token after each of `(N, T)`.

        `(N, T, fields)`, row by row; None if all heads look anywhere.
        """
        ...

    def small(self, picture: Image) -> Image:
        """A picture of the size `SEEN`."""
        ...


def task_of(name: str) -> Task:
    """The module of a task."""
    return cast(Task, importlib.import_module(f"runs.micro_rl.{NAMES[NAMES.index(name)]}"))


def text(task: Task, written: Sequence[int]) -> str:
    """The document that tokens are; whatever the policy wrote, and no more."""
    return task.HEAD + "".join(task.PIECES[token] for token in written)
