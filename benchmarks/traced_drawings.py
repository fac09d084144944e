"""Does a reward order drawings that real programs traced as their effort orders them?

    pip install vtracer
    python -m benchmarks.traced_drawings [--split kept] [--icons N] [--pictures FOLDER]

Icons, emoji and logos are drawn, and two tracers write each picture as SVG: VTracer (MIT, from
PyPI) and ImageTracer.js (Unlicense, installed by npm on first use). Each chain turns one knob down
in six steps: fewer pixels given, larger specks left out, fewer layers, fewer colours, coarser
outlines, shorter paths left out. With less effort a tracing is no better, so the order within a
chain is certain, without a judge or a reader. Blank pictures are left out, and comparisons of two
that differ by no more than drawing noise. The chains of the split "tune" were looked at once; those
whose order cannot be seen are named in `UNCLEAR`.

Printed is the share of comparisons within a chain that a reward orders so (ties count half), by
knob and over all, with the interval (95%) of icons drawn again. Rules of the judge and weights may
be made by the split "tune"; of "kept", icons of the sets kept for testing, only figures are read.
"""

from __future__ import annotations

import argparse
import base64
import importlib
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.judge import icons
from benchmarks.judge.svg_document import draw
from visual_erm import align, images, render_many
from visual_erm.bench.bootstrap import Resampled, Sums, figure
from visual_erm.errors import InputError
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.metrics import mse, perceptual_hash, ssim
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import Failure

if TYPE_CHECKING:
    from visual_erm.types import Image

Split = Literal["tune", "kept"]

DRAWN, SIDE = 512, 384
"""Pixels of a picture, and of the copy that a tracer gets."""
SEED = 7
KEPT = ("lucide", "tabler", "twemoji", "openmoji", "devicon", "bi")
"""Sets kept for testing, as `@iconify-json` names them."""
PLAIN = 8
"""Colours, by the two highest bits, below which a picture is taken for one of a single ink."""
PIXELS, VTRACER, IMAGETRACER = "pixels", "vtracer", "imagetracer"
UNCLEAR = frozenset({("flat-color-icons:data-sheet", "omit")})
"""Chains that look no worse, or other than their knob says: the palette that is chosen there loses
most of the drawing at once."""


@dataclass(frozen=True)
class Knob:
    """What is turned down, all else left as it is."""

    tracer: str
    settings: tuple[str, ...]
    steps: tuple[float, ...]
    """From the most effort to the least."""
    coloured: bool = False
    """Whether it does nothing in a picture of one ink."""


KNOBS: Mapping[str, Knob] = {
    "pixels": Knob(PIXELS, (), (SIDE, 96, 48, 28, 16, 9)),
    "specks": Knob(VTRACER, ("filter_speckle",), (2, 10, 18, 28, 44, 70)),
    "layers": Knob(VTRACER, ("layer_difference",), (4, 24, 48, 80, 128, 180), coloured=True),
    "colours": Knob(IMAGETRACER, ("numberofcolors",), (32, 12, 7, 4, 3, 2), coloured=True),
    "outlines": Knob(IMAGETRACER, ("ltres", "qtres"), (1, 10, 40, 160, 600, 2400)),
    "omit": Knob(IMAGETRACER, ("pathomit",), (4, 40, 80, 160, 320, 640)),
}


@dataclass(frozen=True)
class Chain:
    """Tracings of one picture, the best first."""

    icon: str
    knob: str
    reference: Image
    pictures: tuple[Image, ...]


def chains(count: int, split: Split) -> Iterator[Chain]:
    """All chains of some icons, drawn; those of one icon follow each other."""
    drawn = [(icon.name, draw(icon.svg, DRAWN)) for icon in _icons(count, split)]
    wanted = [
        (name, picture, knob)
        for name, picture in drawn
        for knob in KNOBS
        if not images.is_blank(picture)
        and (name, knob) not in UNCLEAR
        and (_colours(picture) >= PLAIN or not KNOBS[knob].coloured)
    ]
    sources = _imagetraced([(picture, KNOBS[knob]) for _, picture, knob in wanted])
    traced = [
        _vtraced(picture, KNOBS[knob]) if given is None else given
        for (_, picture, knob), given in zip(wanted, sources, strict=True)
    ]
    made = render_many([(source, "svg") for steps in traced for source in steps])
    for (name, picture, knob), steps in zip(wanted, traced, strict=True):
        pictures: list[Image] = []
        for _ in steps:
            one = next(made)
            if isinstance(one, Failure):
                if one.code != "blank":
                    raise InputError(f"a tracing of {name} does not draw: {one.message}")
                continue
            pictures.append(one.image)
        if len(pictures) > 1:
            yield Chain(name, knob, picture, tuple(pictures))


def _icons(count: int, split: Split) -> list[icons.Icon]:
    if split == "tune":
        return [icon for icon in icons.pick(count, SEED, "tune") if "maps:" not in icon.name]
    return icons.pick_from(KEPT, count, SEED)


def _colours(picture: Image) -> int:
    small = images.resize(picture, (64, 64)).reshape(-1, 3) >> 6
    return len(np.unique(small, axis=0))


def _given(picture: Image, step: float, knob: Knob) -> Image:
    """What the tracer gets."""
    side = int(step) if knob.tracer == PIXELS else SIDE
    return images.resize(picture, (side, max(1, round(side * len(picture) / picture.shape[1]))))


def _vtraced(picture: Image, knob: Knob) -> list[str]:
    vtracer: Any = importlib.import_module("vtracer")
    found = []
    for step in knob.steps:
        given = _given(picture, step, knob)
        height, width = given.shape[:2]
        options = {
            "filter_speckle": 1 if knob.tracer == PIXELS else 2,
            "color_precision": 8,
            "layer_difference": 8,
            **dict.fromkeys(knob.settings, int(step)),
        }
        pixels = [(*pixel, 255) for pixel in given.reshape(-1, 3).tolist()]
        svg = vtracer.convert_pixels_to_svg(pixels, size=(width, height), **options)
        found.append(_sized(svg, width, height))
    return found


_SCRIPT = """
const tracer = require(process.argv[1]);
const asked = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(asked.map(({options, width, height, data}) =>
  tracer.imagedataToSVG({width, height, data: Buffer.from(data, "base64")}, options))));
"""


def _imagetraced(wanted: Sequence[tuple[Image, Knob]]) -> list[list[str] | None]:
    """Of each picture, or None where the knob is another tracer's; one process for all."""
    asked = []
    for picture, knob in wanted:
        if knob.tracer != IMAGETRACER:
            continue
        given = _given(picture, SIDE, knob)
        height, width = given.shape[:2]
        rgba = np.dstack([given, np.full((height, width), 255, np.uint8)])
        data = base64.b64encode(rgba.tobytes()).decode()
        usual = {
            "colorsampling": 2,  # the only way to choose a palette that draws no random numbers
            "numberofcolors": 3 if _colours(picture) < PLAIN else 10,
            "pathomit": 8,
        }
        asked += [
            {
                "width": width,
                "height": height,
                "data": data,
                "options": {**usual, **dict.fromkeys(knob.settings, step)},
            }
            for step in knob.steps
        ]
    module = icons.install(("imagetracerjs",)) / "imagetracerjs"
    done = subprocess.run(
        ["node", "-e", _SCRIPT, str(module)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    traced = iter(json.loads(done.stdout))
    return [
        [_sized(next(traced), *_given(picture, SIDE, knob).shape[1::-1]) for _ in knob.steps]
        if knob.tracer == IMAGETRACER
        else None
        for picture, knob in wanted
    ]


def _sized(svg: str, width: int, height: int) -> str:
    """The drawing at the size of the reference, whatever the tracer was given."""
    _, body = re.split(r"<svg[^>]*>", svg, maxsplit=1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{DRAWN}" height="{round(DRAWN * height / width)}">{body}'
    )


def told_apart(chain: Chain) -> list[tuple[int, int]]:
    """Which pictures of a chain can be told from each other, by their places in it."""
    return [
        (one, two)
        for one, two in combinations(range(len(chain.pictures)), 2)
        if not align.only_noise(chain.pictures[one], chain.pictures[two])
    ]


def judged(chain: Chain, judge: EmbeddedJudge) -> Mapping[str, Sequence[float]]:
    """The values of our rewards for the pictures of a chain, higher for better ones."""
    verdicts = [judge.compare(chain.reference, picture, "svg") for picture in chain.pictures]
    return {
        "visual": [value or 0.0 for value in Graded()([Outcome.of(v) for v in verdicts])],
        "distance": [-(verdict.distance or 0.0) for verdict in verdicts],
        "severities": [-float(sum(e.severity for e in verdict.errors)) for verdict in verdicts],
    }


PLAIN_METRICS: Mapping[str, Callable[[Image, Image], float]] = {
    "ssim": ssim,
    "mse": lambda a, b: -mse(a, b),
    "phash": lambda a, b: -perceptual_hash(a, b),
}


def measured(chain: Chain) -> Mapping[str, Sequence[float]]:
    """The same of metrics that are not ours."""
    return {
        name: [metric(chain.reference, picture) for picture in chain.pictures]
        for name, metric in PLAIN_METRICS.items()
    }


def tally(sums: dict[str, Sums], chain: Chain, values: Mapping[str, Sequence[float]]) -> None:
    """Add the comparisons of one chain to what its icon has so far."""
    pairs = told_apart(chain)
    for name, found in values.items():
        for one, two in pairs:
            right = 0.5 if found[one] == found[two] else float(found[one] > found[two])
            for kind in (chain.knob, "all"):
                sums[name]["right", kind] = sums[name].get(("right", kind), 0.0) + right
                sums[name]["of", kind] = sums[name].get(("of", kind), 0.0) + 1


def main() -> None:
    """Trace, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=get_args(Split), default="tune")
    parser.add_argument("--icons", type=int, default=26)
    parser.add_argument("--pictures", type=Path, help="folder to write the chains to")
    options = parser.parse_args()
    judge = EmbeddedJudge()
    sums: dict[str, dict[str, Sums]] = defaultdict(lambda: defaultdict(dict))
    for chain in chains(options.icons, options.split):
        values = {**judged(chain, judge), **measured(chain)}
        tally(sums[chain.icon], chain, values)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            name = f"{chain.knob}_{chain.icon.replace(':', '_')}.png"
            strip = np.hstack([chain.reference, *chain.pictures])
            (options.pictures / name).write_bytes(images.encode_png(strip))
    names = [*next(iter(sums.values()))]
    shown = Table(title=f"{options.split}: {len(sums)} icons, comparisons within a chain in order")
    shown.add_column("reward")
    again = {name: Resampled([one[name] for one in sums.values()]) for name in names}
    kinds = ["all", *(knob for knob in KNOBS if again[names[0]].total("of", knob))]
    for kind in kinds:
        shown.add_column(f"{kind} ({again[names[0]].total('of', kind)})", justify="right")
    for name in names:
        cells = []
        for kind in kinds:
            one = figure(again[name].of("right", kind), again[name].of("of", kind))
            told = f"{one.value:.3f}"
            cells.append(f"{told} [{one.low:.2f}, {one.high:.2f}]" if kind == "all" else told)
        shown.add_row(name, *cells)
    Console(width=140).print(shown)


if __name__ == "__main__":
    main()
