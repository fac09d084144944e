"""Small references, and attempts at them of which the worse is known, for `reward_lint`.

A reference has some elements: bars, rows, shapes. An attempt has some of them wrong; one whose
wrong elements include another's is worse than it, whoever judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from visual_erm.bench.hacks.attack import fenced
from visual_erm.bench.rewards import Attempt
from visual_erm.errors import Fault
from visual_erm.extraction import extract
from visual_erm.renderers import render
from visual_erm.types import Task

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from visual_erm.types import Image

NAMES = ("Oslo", "Bergen", "Kiruna", "Turku", "Aarhus")
COLOURS = ("#1f6f8b", "#b3202c", "#2c8a4b", "#a85a00", "#6b4fa0")
JUNK = (
    "",
    "   \n",
    "I cannot draw this picture.",
    "```\n```",
    "{}",
    '{"errors": []}',
    "\x00\x01\x02\ufffe\ud800",
    "```python\nraise SystemExit\n```",
    "```svg\n<svg\n```",
    "```html\n<table\n```",
)
"""What a policy writes that draws nothing; in every batch."""
NOTHING: dict[Task, str] = {
    "chart": "import matplotlib.pyplot as plt\nplt.figure()\nplt.savefig('out.png')",
    "table": "<table><tr><td></td></tr></table>",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="120"></svg>',
}
"""Sources that draw an empty picture."""


HONEST = 3
"""Attempts of a batch that draw something."""


@dataclass(frozen=True)
class Batch:
    """Attempts at one reference: perfect, some errors, more errors, an empty picture, junk."""

    attempts: tuple[Attempt, ...]
    names: tuple[str, ...]
    """What each is."""
    words: str
    """All of it, for a person to do again."""


def reference_of(task: Task) -> Batch:
    """A reference's own source, alone."""
    numbers = (20, 50, 80)
    source = written(task, numbers, ())
    return Batch((_attempt(task, source, fenced(task, source)),), ("the reference itself",), "")


def batches(task: Task) -> SearchStrategy[Batch]:
    """Batches at references of three to five elements; the smallest have few errors and no junk."""
    from hypothesis import strategies as st

    junk = st.one_of(
        st.sampled_from(JUNK),
        st.text(max_size=40),
        st.binary(max_size=40).map(lambda data: data.decode("latin-1")),
    )

    @st.composite
    def drawn(draw: st.DrawFn) -> Batch:
        numbers = draw(st.lists(st.integers(1, 9), min_size=3, max_size=5))
        places = st.integers(0, len(numbers) - 1)
        more = sorted(draw(st.sets(places, min_size=2, max_size=len(numbers) - 1)))
        kept = draw(st.integers(1, len(more) - 1))
        return made(task, tuple(10 * n for n in numbers), more[:kept], more, draw(junk))

    return drawn()


def made(
    task: Task, numbers: Sequence[int], less: Sequence[int], more: Sequence[int], junk: str
) -> Batch:
    """A batch.

    Args:
        task: what is drawn.
        numbers: of the reference's elements, 10 to 90.
        less: elements that are wrong in the better attempt.
        more: in the worse one; all of `less` and others.
        junk: a completion that hardly draws anything, beside `JUNK`.
    """
    reference = written(task, numbers, ())
    sources = [reference, written(task, numbers, less), written(task, numbers, more)]
    written_well = [fenced(task, one) for one in (*sources, NOTHING[task])]
    rubbish = list(dict.fromkeys((junk, *JUNK)))
    names = (
        "the reference itself",
        f"one with {len(less)} of {len(numbers)} elements wrong",
        f"one with {len(more)} of {len(numbers)} elements wrong",
        "an empty picture",
        *(f"the completion {one!r}" for one in rubbish),
    )
    words = (
        f"{task} of {', '.join(map(str, numbers))}; wrong are elements {_listed(less)}, "
        f"then {_listed(more)}"
    )
    attempts = tuple(_attempt(task, reference, one) for one in (*written_well, *rubbish))
    return Batch(attempts, names, words)


def _listed(places: Sequence[int]) -> str:
    return ", ".join(str(place + 1) for place in places) or "none"


def written(task: Task, numbers: Sequence[int], wrong: Sequence[int]) -> str:
    """A source whose elements are these, but for those that are wrong."""
    shown = [(n + 45) % 90 + 5 if at in wrong else n for at, n in enumerate(numbers)]
    names = NAMES[: len(numbers)]
    if task == "chart":
        return (
            "import matplotlib.pyplot as plt\n"
            "plt.figure(figsize=(4, 3))\n"
            f"plt.bar({list(names)}, {shown}, color={list(COLOURS[: len(numbers)])})\n"
            "plt.ylim(0, 100)\n"
            'plt.title("Days of rain")\n'
            "plt.savefig('out.png')"
        )
    if task == "table":
        rows = "".join(
            f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in zip(names, shown, strict=True)
        )
        return f"<table><tr><th>Town</th><th>Days of rain</th></tr>{rows}</table>"
    shapes = "".join(
        f'<circle cx="{24 + 48 * at}" cy="60" r="{8 + n / 8}" fill="{colour}"/>'
        for at, (n, colour) in enumerate(zip(numbers, COLOURS, strict=False))
        if at not in wrong
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="120">{shapes}</svg>'


@lru_cache(1024)
def _attempt(task: Task, reference: str, completion: str) -> Attempt:
    drawn = _drawn(task, reference)
    assert drawn is not None
    try:
        source = extract(completion, task).source
    except Fault:
        source = None
    return Attempt(
        task=task,
        reference=drawn,
        reference_source=reference,
        completion=completion,
        source=source,
        picture=None if source is None else _drawn(task, source),
        value=None,
    )


@lru_cache(256)
def _drawn(task: Task, source: str) -> Image | None:
    """What a source draws; None if nothing."""
    try:
        return render(source, task=task).image
    except Fault:
        return None
