"""Colours of the marks in a panel, told apart from their blends.

A smoothed edge mixes two colours, so a picture has more colours than its chart. A colour counts
when enough pixels lie inside marks of it, or, for thin lines, when it is not on the way from the
background to another colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.align import bounds, coverage, exceeds, pixels, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Colour = NDArray[np.float32]

CODES = 1 << 18
"""Colours at 6 bits a channel."""
PLAIN, FLAT, TOP = 1, 2, 3
"""Pixels that stand out from the paper: those inside of marks, those that stand out most from what
is around, as the middle of a thin line does, and others."""
STEP = 5.0
"""Size of the bins of the Lab histogram."""
SAME_TINT = 14
"""Grey levels within which a pale colour is a strong one on paper."""
SAME = 13.0
"""Distance in Lab within which two colours are one."""
SHADE = 7.0
"""Distance in Lab of two large flat marks that is not noise any more."""
LEAST = 0.0011
"""Share of the panel that a colour must cover."""
KNOWN = 0.25
"""Part of that which is enough for a colour of the other picture."""
MOST = 14
"""With more colours than this a panel is a map of values, not a set of series."""


FEW, COVERED = 5, 0.87
"""With more colours than this in a panel that is covered all over it is a map of values too; the
share of what no text hides that is all over, since there may be gaps between cells."""

FEWER, ALL_COVERED = 3, 0.9
"""The same in a panel that is covered with hardly a gap."""
MOSTLY, SHADES = 0.6, 15.0
"""In a panel that is covered by more than this it is one as well where this many shades are equally
frequent, be they all of one colour: a grey picture. Edges and compression make fewer."""
CELLS = 0.05
"""Or share of it that lies inside of marks which have that many colours: cells of a sparse map."""
RARELY, ALL_OVER = 0.02, 0.3
"""Shares of a panel that are covered at least, and that have the most frequent colour at most, for
it to be a picture in which one of its own colours was taken for the paper."""

SHADED, OFF = (0.05, 0.76), 16.0
"""Part of a colour's strength that is left of it under ink, and grey levels by which that may be
off."""
BESIDE = 0.9
"""Share of the ink on other marks that must lie within two pixels of them."""


@dataclass(frozen=True)
class Palette:
    """The colours of one panel and which pixel has which."""

    colours: tuple[Colour, ...]
    """Lab, most frequent first."""
    index: NDArray[np.int16]
    """`(H, W)`: index of the pixel's colour, -1 for background and what is hidden."""
    areas: tuple[int, ...]
    many: bool
    """Whether there are too many colours to be series."""
    ink: int = -1
    """The colour of dark outlines, hatches and whiskers, blended with what they are drawn on; -1
    where there are none."""
    shaded: bool = False
    """Whether it is not their number that says so but their shades, as of a picture, over which
    series may be drawn."""
    seen: tuple[Colour, ...] = ()
    """The colours with each shade of the ink, for a search in another picture."""

    def mask(self, k: int) -> Mask:
        """Pixels of colour `k`."""
        return np.asarray(self.index == k)


def lab(image: Image) -> NDArray[np.float32]:
    """CIE Lab, L in 0..100."""
    return np.asarray(cv2.cvtColor(images.unit(image), cv2.COLOR_RGB2LAB), np.float32)


def lab_of(colour: NDArray[np.uint8]) -> Colour:
    """One RGB colour in CIE Lab."""
    return np.asarray(lab(colour.reshape(1, 1, 3))[0, 0])


def rgb_of(colour: Colour) -> NDArray[np.float64]:
    """One Lab colour in RGB, 0 to 255; not clipped."""
    rgb = cv2.cvtColor(np.asarray(colour, np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0]
    return np.asarray(rgb, np.float64) * 255


def opacity_of(pale: Colour, strong: Colour, paper: NDArray[np.uint8]) -> float:
    """How opaque a colour must be on paper to look like a paler one; 0 where it never does."""
    ground = paper.astype(np.float64)
    way, there = rgb_of(strong) - ground, rgb_of(pale) - ground
    opacity = float(there @ way) / max(1.0, float(way @ way))
    return opacity if np.abs(there - opacity * way).max() <= SAME_TINT else 0.0


@dataclass(frozen=True)
class Inside:
    """The pixels of a panel's inside by their colour, whatever texts hide of it.

    A chart has few distinct colours, so all work is done once a colour (at 6 bits a channel).
    """

    paper: Colour
    """Lab."""
    values: NDArray[np.float32]
    """`(N, 3)`: the colours that occur, in Lab."""
    codes: NDArray[np.integer]
    """`(H, W)`: which of them each pixel has."""
    drawn: NDArray[np.bool_]
    """`(N,)`: which stand out from the paper."""
    kinds: NDArray[np.uint8]
    """`(H, W)`: `PLAIN`, `FLAT` or `TOP`; 0 for paper."""
    counts: NDArray[np.float64]
    """`(N, 4)`: pixels of each colour and kind."""

    def shown(self, hidden: Mask) -> NDArray[np.float64]:
        """`counts` without hidden pixels."""
        return self.counts - _counted(self.codes[hidden], self.kinds[hidden], len(self.values))

    def narrow(self) -> Inside:
        """The same in less memory, to be kept."""
        return replace(self, codes=self.codes.astype(np.min_scalar_type(len(self.values))))


def inside(image: Image, background: NDArray[np.uint8]) -> Inside:
    """The pixels of a panel's inside by their colour."""
    codes, values = _coded(image)
    paper = lab_of(background)
    away = np.asarray(np.linalg.norm(values - paper, axis=1), np.float32)
    far = away.take(codes)
    top = (far >= 0.97 * cv2.dilate(far, np.ones((3, 3), np.uint8))) & (far > 20)
    drawn, flat = far > 9, _flat(image)
    kinds = drawn * np.uint8(PLAIN)
    kinds += (drawn & flat) * np.uint8(FLAT - PLAIN)
    kinds += (top & ~flat) * np.uint8(TOP - PLAIN)
    return Inside(paper, values, codes, away > 9, kinds, _counted(codes, kinds, len(values)))


def palette(seen: Inside, hidden: Mask, known: Sequence[Colour] = ()) -> Palette:
    """Colours of a panel's inside; `hidden` pixels (texts, legends) are left out.

    Of `known` colours, those of the other picture, little is enough to count.
    """
    paper, values = seen.paper, seen.values
    shown = seen.shown(hidden)
    counts = shown[:, PLAIN:].sum(axis=1)
    if not counts.any():
        return Palette((), np.full(hidden.shape, -1, np.int16), (), False)
    least = LEAST * hidden.size
    solid = _peaks(shown[:, FLAT], values, least, [])
    colours = [c for c in solid if not _pale_neutral(c, paper)]
    colours = _with_thin(shown[:, TOP], values, paper, colours, least)
    colours = [*colours, *_again(known, colours, values, counts, KNOWN * least)]
    index = np.where(seen.drawn, _classify(values, paper, colours), np.int16(-1))
    mine = index >= 0
    areas = np.bincount(index[mine], counts[mine], minlength=len(colours)).astype(int)
    kept = [
        k
        for k in np.argsort(-areas, kind="stable")
        if areas[k] >= (KNOWN * least if _near(colours[k], known) else least)
        and not (_grey(colours[k]) and _grid((index == k).take(seen.codes) & ~hidden))
    ]
    renumber = np.full(len(colours) + 1, -1, np.int16)
    renumber[np.array(kept, int)] = np.arange(len(kept))
    covered = counts.sum() / max(1, hidden.size - pixels(hidden))
    many = len(kept) > MOST or (len(kept) > FEW and covered > COVERED)
    shaded = not many and _shaded(seen, counts, shown[:, FLAT], covered)
    many = many or shaded or (len(kept) > FEWER and covered > ALL_COVERED)
    own = tuple(colours[k] for k in kept)
    placed = renumber[index].take(seen.codes)
    placed[hidden] = -1
    sizes = tuple(int(areas[k]) for k in kept)
    return _inked(Palette(own, placed, sizes, many, shaded=shaded, seen=own))


def _shaded(
    seen: Inside, drawn: NDArray[np.float64], flat: NDArray[np.float64], covered: float
) -> bool:
    """Whether a panel shows a picture, be it of one colour's shades only.

    One of its own colours may have been taken for the paper, but in a chart that one is frequent.
    """
    if covered > MOSTLY and _spread(drawn) > SHADES:
        return True
    if flat.sum() > CELLS * seen.codes.size and _spread(flat) > SHADES:
        return True
    if covered < RARELY:
        return False
    counts = np.bincount(seen.codes[::2, ::2].ravel()).astype(np.float64)
    return float(counts.max()) < ALL_OVER * counts.sum() and _spread(counts) > SHADES


def _spread(counts: NDArray[np.float64]) -> float:
    """How many equally frequent colours are as hard to guess as those that were counted."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _inked(found: Palette) -> Palette:
    """The colours with thin dark shades of others as one: ink, smoothed over what it is drawn on.

    A black outline of less than two pixels has no black pixel: over blue it is dark blue.
    """
    shades = {
        k
        for k, colour in enumerate(found.colours)
        if (
            _dark(colour)
            or any(
                found.areas[f] > found.areas[k] and _shade(colour, other)
                for f, other in enumerate(found.colours)
            )
        )
        and _drawn_on(found, k)
    }
    if not shades:
        return found
    ink = min(shades)
    rest = [k for k in range(len(found.colours)) if k not in shades or k == ink]
    renumber = np.full(len(found.colours) + 1, -1, np.int16)
    renumber[rest] = np.arange(len(rest))
    at = int(renumber[ink])
    renumber[list(shades)] = at
    areas = [found.areas[k] for k in rest]
    areas[at] = sum(found.areas[k] for k in shades)
    colours = [found.colours[k] for k in rest]
    colours[at] = np.zeros(3, np.float32)
    return replace(
        found, colours=tuple(colours), index=renumber[found.index], areas=tuple(areas), ink=at
    )


def _dark(colour: Colour) -> bool:
    """Whether a colour is nearly black, as ink is, be it smoothed over several others."""
    return bool(colour[0] < 40 and np.hypot(colour[1], colour[2]) < 18)


def _shade(colour: Colour, other: Colour) -> bool:
    """Whether a colour is another one mixed with black."""
    pair = np.stack([colour, other])[None]
    dark, full = (cv2.cvtColor(pair, cv2.COLOR_LAB2RGB)[0] * 255).astype(np.float64)
    share = float(dark @ full) / max(1.0, float(full @ full))
    return SHADED[0] < share < SHADED[1] and float(np.abs(dark - share * full).max()) < OFF


def _drawn_on(found: Palette, k: int) -> bool:
    """Whether a colour is drawn in thin strokes on or right beside others."""
    mask = found.mask(k)
    box = bounds(mask)
    if box is None:
        return False
    x0, y0, x1, y1 = box
    part = mask[y0:y1, x0:x1].astype(np.uint8)
    if cv2.erode(part, np.ones((5, 5), np.uint8), borderValue=0).any():
        return False
    others = ((found.index >= 0) & ~mask)[y0:y1, x0:x1].astype(np.uint8)
    near = cv2.dilate(others, np.ones((5, 5), np.uint8))
    return pixels(part & near) > BESIDE * pixels(part)


def _near(colour: Colour, others: Sequence[Colour]) -> bool:
    return any(float(np.linalg.norm(colour - other)) < SAME for other in others)


def _again(
    known: Sequence[Colour],
    colours: Sequence[Colour],
    values: NDArray[np.float32],
    counts: NDArray[np.float64],
    least: float,
) -> list[Colour]:
    """Known colours that are there too, though too little of them to be found."""
    missing = [colour for colour in known if not _near(colour, colours)]
    return [
        colour
        for colour in missing
        if counts[np.linalg.norm(values - colour, axis=1) < 0.6 * SAME].sum() >= least
    ]


def _coded(image: Image) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """`(H, W)`: which of the colours that occur each pixel has; those colours in Lab."""
    # red, green and blue in one number, from the highest byte but one
    packed = cv2.cvtColor(image, cv2.COLOR_RGB2BGRA).view(np.uint32)[:, :, 0]
    packed = (packed >> 6 & 63 << 12) | (packed >> 4 & 63 << 6) | (packed >> 2 & 63)
    codes = packed.astype(np.intp)  # as NumPy looks things up
    occurs = np.zeros(CODES, bool)
    occurs[codes] = True
    present = np.flatnonzero(occurs)
    rgb = np.stack([present >> 12, (present >> 6) & 63, present & 63], axis=1) * 4 + 2
    rank = np.empty(CODES, np.intp)  # of codes that do not occur nothing is asked
    rank[present] = np.arange(len(present))
    return rank.take(codes), lab(rgb.astype(np.uint8)[None])[0]


def _counted(
    codes: NDArray[np.integer], kinds: NDArray[np.uint8], number: int
) -> NDArray[np.float64]:
    """`(number, 4)`: pixels of each colour and kind."""
    drawn = kinds > 0
    both = 4 * codes[drawn].astype(np.intp) + kinds[drawn]
    return np.bincount(both, minlength=4 * number).reshape(-1, 4).astype(np.float64)


def _pale_neutral(colour: Colour, paper: Colour) -> bool:
    """Grid lines and frames of legends: nearly grey, and near to the background."""
    return bool(np.hypot(colour[1], colour[2]) < 6 and np.linalg.norm(colour - paper) < 26)


def _grey(colour: Colour) -> bool:
    return bool(np.hypot(colour[1], colour[2]) <= 8)


def _grid(mask: Mask) -> bool:
    """Whether a mask is that of lines which cross the panel."""
    down, across = coverage(mask, 1), coverage(mask, 0)
    rows, columns = down / mask.shape[1] > 0.45, across / mask.shape[0] > 0.45
    crossing = int(down[rows].sum()) + int(across[columns].sum())
    thin = share(rows) < 0.15 and share(columns) < 0.15
    return bool(thin and crossing > 0.7 * pixels(mask))


def _flat(image: Image) -> Mask:
    kernel = np.ones((3, 3), np.uint8)
    steps = cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel))
    return ~exceeds(np.asarray(steps, np.uint8), 13)


def _peaks(
    counts: NDArray[np.float64], values: NDArray[np.float32], least: float, known: list[Colour]
) -> list[Colour]:
    """Centres of a histogram of Lab `values` that hold enough pixels, away from known ones."""
    some = counts > 0
    if not some.any():
        return []
    values, counts = values[some], counts[some]
    bins = np.round(values / STEP).astype(np.int32)
    keys = (bins[:, 0] << 20) + ((bins[:, 1] + 64) << 10) + bins[:, 2] + 64
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.bincount(inverse, counts)
    found: list[Colour] = []
    places: list[tuple[int, int, int]] = []
    shares: list[float] = []
    for k in np.argsort(-sums)[:400]:
        # in whole bins: a chart of many colours compares thousands of them
        x, y, z = (int(v) for v in bins[first[k]])
        near = next(
            (
                i
                for i, (p, q, r) in enumerate(places)
                if (p - x) ** 2 + (q - y) ** 2 + (r - z) ** 2 < (SAME / STEP) ** 2
            ),
            None,
        )
        colour = bins[first[k]].astype(np.float32) * STEP
        if near is not None:
            shares[near] += sums[k]
        elif not any(np.linalg.norm(f - colour) < SAME for f in known):
            found.append(colour)
            places.append((x, y, z))
            shares.append(float(sums[k]))
    kept = [f for f, s in zip(found, shares, strict=True) if s >= least]
    return [_centre(values, counts, colour) for colour in kept[: MOST + 6]]


def _centre(values: NDArray[np.float32], counts: NDArray[np.float64], colour: Colour) -> Colour:
    near = np.linalg.norm(values - colour, axis=1) < STEP
    if not near.any():
        return colour
    return np.asarray(np.average(values[near], axis=0, weights=counts[near]), np.float32)


def _with_thin(
    tops: NDArray[np.float64],
    values: NDArray[np.float32],
    paper: Colour,
    colours: list[Colour],
    least: float,
) -> list[Colour]:
    """Add colours of thin lines: `tops` counts pixels that stand out most from what is around."""
    for colour in _peaks(tops, values, 0.35 * least, colours):
        if _pale_neutral(colour, paper):
            continue
        others = [paper, *colours]
        blend = any(
            on_the_way(colour, others[i], others[k])
            for i in range(len(others))
            for k in range(i + 1, len(others))
        )
        if not blend:
            colours = [*colours, colour]
    return colours


def on_the_way(colour: Colour, one: Colour, two: Colour) -> bool:
    """Whether a colour lies between two others, ends excluded by little."""
    way = two - one
    length = float(way @ way)
    if length < 1:
        return False
    t = float((colour - one) @ way) / length
    return 0.0 <= t <= 1.04 and float(np.linalg.norm(colour - one - t * way)) < 10


def _classify(
    values: NDArray[np.float32], paper: Colour, colours: list[Colour]
) -> NDArray[np.int16]:
    """Index of the colour that each value is: the nearest, or that of which it is a tint."""
    if not colours:
        return np.full(len(values), -1, np.int16)
    centres = np.stack(colours)
    direct = np.linalg.norm(values[:, None] - centres[None], axis=2)
    ways = centres - paper
    lengths = np.maximum(1e-3, (ways**2).sum(axis=1))
    t = ((values - paper) @ ways.T) / lengths
    off = np.linalg.norm(
        values[:, None] - paper - np.clip(t, 0, 1.1)[..., None] * ways[None], axis=2
    )
    off[t < 0.42] = 99
    tint = np.where(off.min(axis=1) < 12, off.argmin(axis=1), -1)
    return np.where(direct.min(axis=1) < SAME, direct.argmin(axis=1), tint).astype(np.int16)
