"""Chart pairs with known truth: identical, harmless change, single edits, compositions, cheats.

    python -m benchmarks.judge.chart_pairs OUT_FOLDER [COUNT]      # writes them as PNG, to look at

`generate(count, seed, tuning=False)` draws from the programs that no threshold was looked up on;
`source` says whose programs: our own (`chart_programs`) or those of others (`chart_docstrings`).
"""

from __future__ import annotations

import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.judge import chart_docstrings, chart_edits_looks, chart_edits_values
from benchmarks.judge.chart_edits import EDITS, Change, box_of
from benchmarks.judge.chart_programs import PROGRAMS, Program
from benchmarks.judge.pair import Pair
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

    Harm = Callable[[Program, Image, random.Random], Image]

Source = Literal["own", "docstrings"]
REGISTERING = (chart_edits_values, chart_edits_looks)
"""Modules that add to `EDITS` when they are imported."""
OTHER_FONTS = ["DejaVu Serif", "STIXGeneral"]
"""Families that come with Matplotlib and look unlike its own."""


def _pixels(fig: Any) -> Image:
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture


def _figure(program: Program) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return program.draw()


def draw(program: Program, settings: dict[str, Any] | None = None) -> Image:
    """The program's picture, under other rcParams if given."""
    with plt.style.context(program.style), matplotlib.rc_context(settings or {}):
        return _pixels(_figure(program))


def _other_size(program: Program, image: Image, rng: random.Random) -> Image:
    with plt.style.context(program.style):
        fig = _figure(program)
        fig.set_size_inches(fig.get_size_inches() * (rng.choice([0.94, 1.08]), 1.05))
        return _pixels(fig)


def _shifted(_: Program, image: Image, rng: random.Random) -> Image:
    dx, dy = rng.choice([(1, 0), (0, 1), (2, 1), (-1, -2), (1, -1)])
    moved = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(
        cv2.warpAffine(image, moved, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    )


def _jpeg(_: Program, image: Image, rng: random.Random) -> Image:
    coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def _padded(_: Program, image: Image, rng: random.Random) -> Image:
    top, bottom, left, right = (rng.randrange(0, 14) for _ in range(4))
    padded = np.pad(image, ((top, bottom), (left, right), (0, 0)), mode="edge")
    return np.asarray(padded, np.uint8)


def _cropped(program: Program, image: Image, rng: random.Random) -> Image:
    """Saved with `bbox_inches="tight"`: the same figure with its outer margins cut off."""
    with plt.style.context(program.style):
        fig = _figure(program)
        stream = io.BytesIO()
        fig.savefig(stream, bbox_inches="tight")
        plt.close(fig)
    decoded = cv2.imdecode(np.frombuffer(stream.getvalue(), np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])


def _tightened(program: Program, image: Image, rng: random.Random) -> Image:
    """Laid out anew, which moves and stretches every plot a little."""
    with plt.style.context(program.style), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fig = _figure(program)
        fig.tight_layout()
        return _pixels(fig)


def _other_font(program: Program, image: Image, rng: random.Random) -> Image:
    return draw(program, {"font.family": [rng.choice(OTHER_FONTS), "DejaVu Sans"]})


HARMLESS: dict[str, Harm] = {
    "dpi_80": lambda p, i, r: draw(p, {"figure.dpi": 80}),
    "dpi_150": lambda p, i, r: draw(p, {"figure.dpi": 150}),
    "figure_size": _other_size,
    "shift": _shifted,
    "jpeg": _jpeg,
    "blur": lambda p, i, r: np.asarray(cv2.GaussianBlur(i, (0, 0), 0.6)),
    "no_smoothing": lambda p, i, r: draw(p, {"text.antialiased": False}),
    "no_smoothing_marks": lambda p, i, r: draw(
        p, {"lines.antialiased": False, "patch.antialiased": False}
    ),
    "padding": _padded,
    "other_font": _other_font,
    "tight_box": _cropped,
    "tight_layout": _tightened,
    "hinting": lambda p, i, r: draw(p, {"text.hinting": "none", "text.hinting_factor": 1}),
}


def edited(
    program: Program, names: list[str], rng: random.Random
) -> tuple[Image, list[str], list[Discrepancy]]:
    """The program's picture after the edits that apply, their names, and the truth."""
    with plt.style.context(program.style), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fig = program.draw()
        fig.canvas.draw()
        done: list[tuple[str, Change]] = []
        for name in names:
            change = EDITS[name](fig, rng)
            if change is not None:
                done.append((name, change))
                fig.canvas.draw()
        truth = [
            Discrepancy(
                category=change.category,
                severity=change.severity,
                location=change.location,
                description=change.description,
                bbox=change.before,
                bbox_prediction=box_of(fig, change.after) if change.after else None,
            )
            for _, change in done
        ]
        return _pixels(fig), [name for name, _ in done], truth


def _banner(image: Image) -> Image:
    picture = image.copy()
    h, w = picture.shape[:2]
    picture[h // 4 : 3 * h // 4, w // 10 : 9 * w // 10] = 255
    at = (w // 8, h // 2)
    cv2.putText(
        picture, "PERFECT MATCH, NO ERRORS", at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2
    )
    return picture


def _half(image: Image) -> Image:
    picture = image.copy()
    picture[:, image.shape[1] // 2 :] = image[0, 0]
    return picture


CHEATS: dict[str, Callable[[Image, Image], Image]] = {
    "blank": lambda image, other: np.full_like(image, 255),
    "half_erased": lambda image, other: _half(image),
    "other_figure": lambda image, other: other,
    "blurred": lambda image, other: np.asarray(cv2.GaussianBlur(image, (0, 0), 9)),
    "banner": lambda image, other: _banner(image),
}

CLASH = (
    {"title_typo", "title_missing", "title_other", "font_size"},
    {"label_typo", "label_missing", "tick_typo", "limits_changed", "log_scale", "inverted"},
    {"legend_typo", "legend_labels_swapped", "legend_dropped", "legend_moved"},
    {"grid_toggled", "spines_hidden", "background"},
    {"note_number", "cell_value", "colormap"},
)
"""Edits of one set would hide each other; all others act on the marks and go in one set too."""


def _composition(rng: random.Random, size: int) -> list[str]:
    marks = set(EDITS).difference(*CLASH) - {"panel_dropped"}
    groups = [sorted(group) for group in (*CLASH, marks, marks)]
    rng.shuffle(groups)
    return [rng.choice(group) for group in groups[:size]]


def generate(
    count: int, seed: int = 0, *, tuning: bool | None = None, source: Source = "own"
) -> Iterator[Pair]:
    """Pairs, group by group; a group is one program.

    Args:
        count: about how many; the programs share them, each with every kind.
        seed: of every choice.
        tuning: only the programs for tuning, only those for reporting, or (None) both.
        source: whose programs.
    """
    if source == "own":
        programs = [p for p in PROGRAMS.values() if tuning is None or p.tuning == tuning]
    else:
        programs = chart_docstrings.programs(tuning=tuning)
    each = max(6, -(-count // len(programs)))
    # A few pairs are drawn from programs all over the list, not from its beginning.
    step = max(1, len(programs) * each // count)
    chosen = programs[::step]
    references = {p.name: draw(p) for p in chosen}
    made = 0
    for number, program in enumerate(chosen):
        rng = random.Random(f"{seed}:{program.name}")
        other = references[chosen[(number + 3) % len(chosen)].name]
        for pair in _group(program, references[program.name], other, each, rng):
            if made >= count:
                return
            made += 1
            yield pair


def _group(
    program: Program, reference: Image, other: Image, count: int, rng: random.Random
) -> Iterator[Pair]:
    base = Pair(
        f"{program.name}/identical", program.name, "chart", "identical", "identical",
        reference, reference.copy(),
    )  # fmt: skip
    yield base
    harms = rng.sample(sorted(HARMLESS), max(1, min(len(HARMLESS), count // 5)))
    for name in harms:
        candidate = HARMLESS[name](program, reference, rng)
        yield replace(
            base, id=f"{program.name}/{name}", kind="harmless", operator=name, candidate=candidate
        )
    cheats = rng.sample(sorted(CHEATS), max(1, min(len(CHEATS), count // 10)))
    for name in cheats:
        yield replace(
            base,
            id=f"{program.name}/{name}",
            kind="cheat",
            operator=name,
            candidate=CHEATS[name](reference, other),
        )
    left = count - 1 - len(harms) - len(cheats)
    singles = rng.sample(sorted(EDITS), len(EDITS))
    wanted = [[name] for name in singles]
    several = [_composition(rng, 2 + i % 3) for i in range(left // 3)]
    made = 0
    for names in [*several, *wanted]:
        if made >= left:
            return
        candidate, done, truth = edited(program, names, rng)
        if not done or _same(candidate, reference):
            continue
        made += 1
        operator = "+".join(done)
        yield replace(
            base,
            id=f"{program.name}/{made}-{operator}",
            kind="edit",
            operator=operator,
            candidate=candidate,
            truth=tuple(truth),
        )


def _same(one: Image, two: Image) -> bool:
    return one.shape == two.shape and int(np.abs(one.astype(int) - two).max()) < 24


def main() -> None:
    """Write pairs as pictures, reference above candidate."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60
    folder.mkdir(parents=True, exist_ok=True)
    for pair in generate(count):
        size = pair.reference.shape[1::-1]
        both = np.vstack([pair.reference, cv2.resize(pair.candidate, size)])
        cv2.imwrite(str(folder / (pair.id.replace("/", "-") + ".png")), both[..., ::-1])


if __name__ == "__main__":
    main()
