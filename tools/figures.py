"""Draw the pictures of docs/: what the judge says of packaged examples, and how a reward is made.

    python tools/figures.py

Everything in them is rendered, judged and scored as they are drawn; nothing is touched up.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from visual_erm import examples, images
from visual_erm.examples import Example, trial
from visual_erm.report.boxes import beside, marked

if TYPE_CHECKING:
    from visual_erm.types import Image

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIDE = 460
"""Pixels of the longer side of one picture of a pair."""
JUDGED = ("chart/unemployment", "table/planets", "svg/mushroom")
"""Examples whose flawed attempt is shown, one a task."""
LADDER = "chart/penguins"
"""The example all of whose attempts are shown."""
INK, PAPER, DIM, TEAL, RED = "#1b2430", "#ffffff", "#586476", "#00796b", "#b3202c"


def judged(example: Example) -> Image:
    """Reference and flawed attempt with the boxes of the verdict on it."""
    flawed = [attempt for attempt in example.attempts if attempt.name == "flawed"]
    (outcome,) = next(iter(trial.run([replace(example, attempts=tuple(flawed))])))
    verdict, drawn = outcome.reward.verdict, outcome.reward.rendering
    assert verdict is not None and drawn is not None
    return beside(
        marked(outcome.reference.image, verdict.errors, max_side=SIDE),
        marked(drawn.image, verdict.errors, prediction=True, max_side=SIDE),
    )


def ladder(example: Example) -> Any:
    """All attempts at one reference, by reward, with SSIM beside it."""
    (outcomes,) = trial.run([example])
    outcomes = sorted(outcomes, key=lambda outcome: -(outcome.reward.value or 0.0))
    figure, axes = plt.subplots(1, len(outcomes) + 1, figsize=(10.5, 2.35), dpi=100)
    axes[0].imshow(outcomes[0].reference.image)
    axes[0].set_title("reference", fontsize=9, color=INK)
    for ax, outcome in zip(axes[1:], outcomes, strict=True):
        if outcome.reward.rendering is not None:
            ax.imshow(outcome.reward.rendering.image)
        honest = outcome.attempt.kind == "honest"
        name = outcome.attempt.name.replace("_", " ")
        ax.set_title(name, fontsize=9, color=TEAL if honest else RED)
        ssim = "none" if outcome.ssim is None else f"{outcome.ssim:.2f}"
        words = f"reward {outcome.reward.value:.2f}\nSSIM {ssim}"
        ax.set_xlabel(words, fontsize=9, color=INK, labelpad=6)
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_color("#d5dae2")
    figure.tight_layout(pad=0.6)
    return figure


STEPS = (
    ("completion", "what the model wrote", None),
    ("extract", "the source in it", "no source"),
    ("render", "confined process", "fails, hangs, blank"),
    ("judge", "against the reference", None),
    ("shape", "verdict to number", None),
)


def flow() -> Any:
    """How a reward is made, and where it can end early."""
    figure, ax = plt.subplots(figsize=(10.5, 2.5), dpi=100)
    ax.set(xlim=(0, 12.3), ylim=(-1.75, 1.15))
    ax.axis("off")
    for at, (name, words, fails) in enumerate(STEPS):
        _box(ax, at * 2.1, 0, name, words, TEAL)
        _arrow(ax, (at * 2.1 + 1.75, 0.4), (at * 2.1 + 2.07, 0.4), INK)
        if fails:
            _arrow(ax, (at * 2.1 + 0.88, -0.08), (at * 2.1 + 0.88, -0.62), RED)
            ax.text(at * 2.1 + 0.98, -0.38, fails, fontsize=8, color=RED, va="center")
    _box(ax, 10.5, 0, "value", "in [0, 1]", INK)
    _box(ax, 2.1, -1.5, "policy fault", "value 0, or 0.02 if blank", RED, width=3.85)
    _box(ax, 6.3, -1.5, "judge or machinery at fault", "value None: unscored", DIM, width=5.95)
    _arrow(ax, (7.18, -0.08), (7.18, -0.62), DIM)
    ax.text(7.28, -0.38, "no verdict, server down, time-out", fontsize=8, color=DIM, va="center")
    figure.subplots_adjust(0.005, 0.01, 0.995, 0.99)
    return figure


def _box(ax: Any, x: float, y: float, name: str, words: str, colour: str, **size: float) -> None:
    width = size.get("width", 1.75)
    style = "round,pad=0,rounding_size=0.09"
    ax.add_patch(FancyBboxPatch((x, y), width, 0.8, boxstyle=style, fc=PAPER, ec=colour, lw=1.6))
    middle = x + width / 2
    ax.text(middle, y + 0.52, name, ha="center", va="center", fontsize=11, color=colour, weight=700)
    ax.text(middle, y + 0.2, words, ha="center", va="center", fontsize=8, color=INK)


def _arrow(ax: Any, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4})


def main() -> None:
    """Draw all of them."""
    PICTURES.mkdir(exist_ok=True)
    for name in JUDGED:
        picture = judged(examples.load(name))
        (PICTURES / f"{name.partition('/')[0]}.png").write_bytes(images.encode_png(picture))
    for name, figure in (("ladder", ladder(examples.load(LADDER))), ("flow", flow())):
        figure.savefig(PICTURES / f"{name}.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
