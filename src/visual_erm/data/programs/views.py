"""What a chart shows: small parts of data sets, as plain lists of names and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 34
"""Signs of a name; longer ones are cut at a word."""


@dataclass(frozen=True)
class View:
    """What all have: how it is called, and where it is from."""

    title: str
    label: str
    """Of the values, with their unit."""
    unit: str
    language: str
    credit: str
    about: str


@dataclass(frozen=True)
class Trend(View):
    """Series over time."""

    x: list[Any]
    """Years as int, or ISO dates."""
    time: str
    series: dict[str, list[float]]
    by: str
    """What tells the series apart."""
    column: str
    """Of the data set, "" where records are counted or several columns are shown."""
    additive: bool
    """Whether series can be put on top of each other."""
    log: bool


@dataclass(frozen=True)
class Bars(View):
    """One value for each name."""

    names: list[str]
    values: list[float]
    group: str
    parts: bool
    """Whether they are parts of a whole."""
    ordered: bool
    """Whether the names have an order of their own."""
    log: bool


@dataclass(frozen=True)
class Grid(View):
    """A value for each pair of names; all are known."""

    rows: list[str]
    columns: list[str]
    values: list[list[float]]
    row_label: str
    column_label: str
    parts: bool
    log: bool


@dataclass(frozen=True)
class Samples(View):
    """Single values, in groups."""

    groups: dict[str, list[float]]
    group: str
    """"" if there is one group only."""


@dataclass(frozen=True)
class Points(View):
    """Points of a plane, with sizes, groups and names where they are known."""

    x: list[float]
    y: list[float]
    x_label: str
    size: list[float]
    size_label: str
    groups: list[str]
    group: str
    names: list[str]
    log: bool


@dataclass(frozen=True)
class Numbers(View):
    """Several measures of the same records."""

    columns: dict[str, list[float]]


@dataclass(frozen=True)
class Spans(View):
    """Things that last."""

    names: list[str]
    starts: list[float]
    ends: list[float]
    time: str


@dataclass(frozen=True)
class Field(View):
    """Heights over a plane."""

    heights: list[list[float]]
    x: tuple[float, float]
    """First and last place of the columns."""
    y: tuple[float, float]
    x_label: str
    y_label: str


@dataclass(frozen=True)
class Arrows(View):
    """Directions in a plane."""

    x: list[float]
    y: list[float]
    u: list[float]
    v: list[float]


def rounded(values: Sequence[float]) -> list[float]:
    """With three or four digits that mean something; whole where all are.

    >>> rounded([1.23456, 20.5]), rounded([1250.25, 3.0]), rounded([4.0, 7.0])
    ([1.23, 20.5], [1250.2, 3.0], [4, 7])
    """
    known = [abs(v) for v in values if math.isfinite(v)]
    if all(float(v).is_integer() for v in known):
        return [int(v) if math.isfinite(v) else v for v in values]
    most = max(known)
    places = 1 if most >= 100 else 2 if most >= 2 else max(3, 2 - math.floor(math.log10(most)))
    return [round(float(v), places) for v in values]


def scaled(values: Sequence[float], unit: str) -> tuple[float, str]:
    """By what to divide, and the unit then: people and dollars are told in millions."""
    most = max(map(abs, values))
    if unit in ("US$", "people"):
        for power, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
            if most >= 2 * power:
                return power, f"{unit} {word}" if unit == "US$" else f"{word}s"
    return 1.0, unit


def short(name: str) -> str:
    """A name that fits beside an axis."""
    if len(name) <= LONGEST:
        return name
    return name[: name.rfind(" ", 0, LONGEST)].rstrip(" ,") + "…"
