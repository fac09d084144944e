"""Scenes of figures as they come out of a confined process: checked field by field, bounded.

See `scene`, which writes them where the program ran; what stands here was written by somebody
else's program, and can be wrong, but not large and not of another form.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.data.records import UnusableError
from visual_erm.errors import first_problem

MOST_BYTES = 16 << 20
"""Of one scene as JSON."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=40)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{8}$")]
Pixels = tuple[int, int, int, int]
Values = Annotated[list[Number | None], Field(max_length=2500)]
Kind = Literal[
    "line", "dots", "guide line", "points", "area", "bars", "error bars", "box", "violin", "wedge",
    "cells", "picture", "coloured shapes", "segments", "polygons", "patch", "rectangle", "other",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Words(_Model):
    """A text and how it looks."""

    role: Name = "text"
    text: Annotated[str, Field(max_length=400)]
    box: Pixels | None = None
    colour: Colour | None = None
    size: Number | None = None
    """Points."""
    weight: Name = "normal"
    italic: bool = False
    angle: Number | None = None
    family: Annotated[str, Field(max_length=200)] = ""
    frame: bool = False
    arrow: bool = False


class Tick(_Model):
    """A tick within the limits."""

    at: Number | None
    text: Words | None = None
    mark: bool = True


class Axis(_Model):
    """One axis of a subplot."""

    name: Literal["x", "y", "z"]
    label: Words | None = None
    scale: Name = "linear"
    limits: tuple[Number | None, Number | None]
    """As data; the first is the larger one of an inverted axis."""
    inverted: bool = False
    turned: Number = 1.0
    """How much it matters which way it runs; see `edits_axes.by_direction`."""
    grid: bool = False
    grid_minor: bool = False
    ticks: Annotated[list[Tick], Field(max_length=60)] = []
    offset: Name = ""
    side: Name = ""
    box: Pixels | None = None


class Artist(_Model):
    """A series, or another thing that shows data."""

    kind: Kind
    name: Annotated[str, Field(max_length=200)] = ""
    """As a person would call it: `line "Wheat" (orange) in the left subplot`."""
    label: Annotated[str, Field(max_length=400)] = ""
    box: Pixels
    order: Number | None = None
    outline: bool = False
    """Whether it is a line along the edge of an area."""
    x: Values = []
    """Positions: of a bar its middle, of a wedge its two angles."""
    y: Values = []
    """Values: of a bar its length, of a wedge radius and width."""
    base: Values = []
    """Where bars begin."""
    thick: Values = []
    """Width of each bar, across its length; of error bars, how long each is."""
    count: int = 0
    """Points, bars or paths before they were thinned."""
    across: bool = False
    """Whether bars lie."""
    boxes: Annotated[list[Pixels | None], Field(max_length=300)] = []
    faces: Annotated[list[Colour | None], Field(max_length=300)] = []
    """Colour of each bar."""
    colour: Colour | None = None
    face: Colour | None = None
    edge: Colour | None = None
    colours: Annotated[list[Colour | None], Field(max_length=64)] = []
    edges: Annotated[list[Colour | None], Field(max_length=64)] = []
    style: Name | None = None
    width: Number | None = None
    marker: Name | None = None
    size: Number | None = None
    sizes: Values = []
    steps: Name = "default"
    hatch: Name | None = None
    alpha: Number | None = None
    map: Annotated[list[Colour | None], Field(max_length=8)] = []
    """Colours of the map from its low to its high end."""
    low: Number | None = None
    high: Number | None = None
    rows: int = 0
    columns: int = 0
    values: Values = []
    """Of cells, row by row; of points, what their colours stand for."""
    extent: Annotated[list[Number | None], Field(max_length=4)] = []
    origin: Name = "lower"
    centre: Annotated[list[Number | None], Field(max_length=2)] = []


class Entry(_Model):
    """A line of a legend."""

    text: Words
    box: Pixels | None = None
    colour: Colour | None = None
    marker: Name | None = None
    style: Name | None = None


class Legend(_Model):
    """A legend."""

    box: Pixels | None = None
    title: Words | None = None
    entries: Annotated[list[Entry], Field(max_length=60)] = []
    columns: int = 1
    frame: bool = True
    place: Name = "fixed"


class Subplot(_Model):
    """A subplot; colour bars are subplots too."""

    box: Pixels
    whole: Pixels | None = None
    """With title and labels."""
    name: Annotated[str, Field(max_length=80)] = "plot"
    """For example "left subplot"."""
    view: tuple[Number | None, Number | None] = (None, None)
    """Of a plot in three dimensions: elevation and azimuth, in degrees."""
    kind: Name = "rectilinear"
    grid: tuple[int, int, int, int, int, int] | None = None
    """Rows and columns of its grid, and first and past-the-last of those it takes."""
    bar: bool = False
    """Whether it is a colour bar."""
    on: bool = True
    background: Colour | None = None
    titles: Annotated[list[Words], Field(max_length=3)] = []
    axes: Annotated[list[Axis], Field(max_length=3)] = []
    spines: Annotated[list[Name], Field(max_length=12)] = []
    artists: Annotated[list[Artist], Field(max_length=300)] = []
    unseen: Annotated[dict[Kind, int], Field(max_length=20)] = {}
    """How many artists of each kind lie beyond the limits."""
    texts: Annotated[list[Words], Field(max_length=200)] = []
    legend: Legend | None = None


class Scene(_Model):
    """All that a figure shows."""

    width: int
    height: int
    background: Colour | None = None
    subplots: Annotated[list[Subplot], Field(max_length=40)] = []
    texts: Annotated[list[Words], Field(max_length=400)] = []
    legends: Annotated[list[Legend], Field(max_length=10)] = []


def read(document: bytes) -> Scene:
    """A scene from its JSON.

    Raises:
        UnusableError: it is too large, or of another form.
    """
    if len(document) > MOST_BYTES:
        raise UnusableError(f"the figure's scene takes {len(document)} bytes")
    try:
        return Scene.model_validate_json(document)
    except ValidationError as error:
        message = f"the figure's scene cannot be read: {first_problem(error)}"
        raise UnusableError(message) from None
