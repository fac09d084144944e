"""Changes of colour that belong together: the same colours, the same fading, another palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.svg.events import VIVID, Event, union

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.svg.match import Comparison

FADE_FIT = 14.0
"""RGB distance within which a new colour is a mixture of the old one and the ground."""
SWAPPED = 32.0
"""RGB levels within which a part has the colour that another one had."""
PALETTES = ((8, 0.4), (4, 0.7), (3, 0.9), (2, 0.97))
"""Changes of colour, and share of the drawing that they cover, to be another palette."""


def recolour_groups(found: list[Event], c: Comparison) -> list[Event]:
    """One event for regions that changed colour alike: the same colours, or the same fading.

    Many colours changed nearly everywhere are one other palette.
    """
    ground = np.array(c.a.regions[c.a.ground].rgb, float)
    groups: list[tuple[list[Event], float | None]] = []
    for event in sorted(found, key=lambda e: -e.pixels):
        fade = _fade(event, ground)
        for members, other in groups:
            if _alike(event, members[0], ground) or (
                fade is not None and other is not None and abs(fade - other) < 0.08
            ):
                members.append(event)
                break
        else:
            groups.append(([event], fade))
    changed = sum(event.pixels for event in found)
    drawn = int(c.a.drawn.sum())
    many = any(len(groups) >= count and changed > share * drawn for count, share in PALETTES)
    if many and not _two_changes(groups):
        palette = _recolour_group([m for members, _ in groups for m in members], None)
        palette.change = f"nearly all colours are others, for example {palette.change}"
        return [palette]
    return [_recolour_group(members, fade) for members, fade in groups]


def _two_changes(groups: list[tuple[list[Event], float | None]]) -> bool:
    """Whether two parts changed each for itself: one faded, or they have each other's colour."""
    if len(groups) != 2:
        return False
    one, two = (members[0].colours for members, _ in groups)
    if one is None or two is None or any(fade is not None for _, fade in groups):
        return True
    return float(np.abs(np.subtract(one, two[::-1])).max()) < SWAPPED


def _alike(one: Event, two: Event, ground: NDArray[np.float64]) -> bool:
    """Whether two changes have the same colours, as they are or mixed with the ground alike.

    Thin lines and small letters show a mixture of their colour and the ground's.
    """
    if one.colours is None or two.colours is None:
        return False
    first, second = np.array(one.colours, float), np.array(two.colours, float)
    if float(np.abs(first - second).max()) < 14:
        return True
    way = second - ground
    length = float((way * way).sum())
    if length < 900:
        return False
    share = float(((first - ground) * way).sum()) / length
    rest = np.abs(first - ground - share * way).max()
    return 0.15 < share < 1.1 and float(rest) < 14


def _fade(event: Event, ground: NDArray[np.float64]) -> float | None:
    """By how much the colour went towards the ground, in [0, 1]; None for another change."""
    if event.colours is None:
        return None
    was, now = np.array(event.colours, float)
    way = ground - was
    if float(way @ way) < 900:
        return None
    share = float((now - was) @ way / (way @ way))
    rest = float(np.linalg.norm(now - was - share * way))
    return share if rest < FADE_FIT and 0.05 < share < 0.97 else None


def _recolour_group(members: list[Event], fade: float | None) -> Event:
    first = members[0]
    gap = max(m.gap for m in members)
    name = first.subject if len(members) == 1 else f"{first.subject} and {len(members) - 1} more"
    change = first.change
    if fade is not None:
        change += f" (as with opacity {1 - fade:.2f})"
        gap = min(gap, VIVID)
    return Event(
        "recolour",
        name,
        change,
        union([m.box for m in members if m.box]),
        union([m.other for m in members if m.other]),
        sum(m.pixels for m in members),
        gap=gap,
        colours=first.colours,
    )
