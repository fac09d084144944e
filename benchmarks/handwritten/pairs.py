"""Sources of `benchmarks.handwritten`, what was edited in them, and the pairs that come of it.

A folder `SPLIT/TASK` holds sources as files and one `edits.toml`; of each source it says

    harmless     ways to draw it again that are no error: "dpi:120", "font:DejaVu Serif",
                 "size:1.1,1.1" (charts), "css:RULES" (tables), "all:OLD=>NEW" of the source,
                 "jpeg:60", "blur:0.6", "pad:5", "shift:2,3", "scale:0.9" of the picture
    edits        replace (old and new, first occurrences), category, severity, description; and
                 also         categories that are as right, where the taxonomy leaves it open
                 follows      words of reports that the edit entails, such as limits
                 parts        into how many reports it may be told, such as two for an exchange
                 box          where it lies, in shares of the picture, if a re-flow hides that
    mix          the numbers of those made at once, where not all go together
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter

from visual_erm import render_many
from visual_erm.align import area, bounds
from visual_erm.errors import InputError
from visual_erm.types import Box, Discrepancy, Rendering, Severity, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Split = Literal["tune", "held"]
HERE = Path(__file__).parent
SUFFIX: Mapping[Task, str] = {"chart": "py", "table": "html", "svg": "svg"}
CHANGED = 24
"""By how much one channel of a pixel has to differ."""
PLACED = 0.45
"""Share of the picture above which what changes is no place."""


@dataclass(frozen=True)
class Edit:
    """One mistake, and what is true of it; the fields are described above."""

    replace: tuple[tuple[str, str], ...]
    category: str
    severity: Severity
    description: str
    also: tuple[str, ...] = ()
    follows: str = ""
    parts: int = 1
    box: tuple[float, ...] = ()

    def apply(self, source: str) -> str:
        """The source with the mistake in it; InputError where what it replaces is not there."""
        for old, new in self.replace:
            if old not in source:
                raise InputError(f"{self.description}: {old!r} is not in the source")
            source = source.replace(old, new, 1)
        return source


@dataclass(frozen=True)
class Source:
    """One reference with its edits."""

    name: str
    task: Task
    text: str
    edits: tuple[Edit, ...]
    harmless: tuple[str, ...]
    mix: tuple[int, ...] = ()
    """Which edits are made at once, from 1; all if none is named."""

    @property
    def together(self) -> tuple[Edit, ...]:
        """Those made at once."""
        return tuple(self.edits[k - 1] for k in self.mix) or self.edits


@dataclass(frozen=True)
class Pair:
    """Two pictures and what is wrong with the second."""

    id: str
    source: Source
    kind: Literal["edit", "harmless"]
    edits: tuple[Edit, ...]
    truth: tuple[Discrepancy, ...]
    """Of each edit, in their order."""
    reference: Image
    prediction: Image


def sources(task: Task, split: Split) -> list[Source]:
    """All of one task and split, in the order of `edits.toml`."""
    folder = HERE / split / task
    said = tomllib.loads((folder / "edits.toml").read_text(encoding="utf-8"))
    return [
        Source(
            name,
            task,
            (folder / f"{name}.{SUFFIX[task]}").read_text(encoding="utf-8"),
            tuple(Edit(**{key: _frozen(value) for key, value in e.items()}) for e in row["edits"]),
            tuple(row["harmless"]),
            tuple(row.get("mix", ())),
        )
        for name, row in said.items()
    ]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def pairs(chosen: list[Source]) -> Iterator[Pair]:
    """Every edit alone, all of a source at once, and its harmless variants.

    Raises:
        InputError: something does not draw here, or an edit changes nothing.
    """
    items = [(text, one.task) for one in chosen for text in _texts(one)]
    drawn = render_many(items)
    for one in chosen:
        pictures = {}
        for text in _texts(one):
            made = next(drawn)
            if not isinstance(made, Rendering):
                raise InputError(f"{one.name} does not draw here: {made.message}")
            pictures[text] = made.image
        yield from _of_source(one, pictures)


def _texts(one: Source) -> list[str]:
    """All sources that are drawn for one; those of harmless variants that change the source."""
    varied = (_source(one, way) for way in one.harmless)
    texts = [one.text, *(edit.apply(one.text) for edit in one.edits), _mixed(one), *varied]
    return list(dict.fromkeys(texts))


def _of_source(one: Source, pictures: Mapping[str, Image]) -> Iterator[Pair]:
    reference = pictures[one.text]
    truths = []
    for number, edit in enumerate(one.edits, 1):
        picture = pictures[edit.apply(one.text)]
        truths.append(_truth(edit, reference, picture, one))
        name = f"{one.name}.{number}"
        yield Pair(name, one, "edit", (edit,), (truths[-1],), reference, picture)
    mix = pictures[_mixed(one)]
    both = tuple(truths[one.edits.index(edit)] for edit in one.together)
    yield Pair(f"{one.name}.mix", one, "edit", one.together, both, reference, mix)
    for way in one.harmless:
        picture = _picture(pictures[_source(one, way)], way)
        yield Pair(f"{one.name}.{way}", one, "harmless", (), (), reference, picture)


def _mixed(one: Source) -> str:
    text = one.text
    for edit in one.together:
        text = edit.apply(text)
    return text


def _truth(edit: Edit, reference: Image, picture: Image, one: Source) -> Discrepancy:
    """Its box is what changes; the whole picture where that is no place."""
    height, width = np.maximum(reference.shape[:2], picture.shape[:2])
    before, after = (_on_canvas(image, height, width) for image in (reference, picture))
    changed = np.abs(before.astype(int) - after).max(axis=2) > CHANGED
    found = bounds(changed)
    if found is None:
        raise InputError(f"{one.name}: nothing changes where {edit.description}")
    rows, columns = reference.shape[:2]
    whole: Box = (0, 0, columns, rows)
    box = found if area(found) <= PLACED * area(whole) else whole
    if edit.box:
        x0, y0, x1, y1 = edit.box
        box = (round(x0 * columns), round(y0 * rows), round(x1 * columns), round(y1 * rows))
    return Discrepancy(
        category=edit.category,
        severity=edit.severity,
        description=edit.description,
        bbox=box,
        bbox_prediction=box,  # what is edited stands at the same place
    )


def _on_canvas(image: Image, height: int, width: int) -> Image:
    rows, columns = image.shape[:2]
    more = ((0, height - rows), (0, width - columns), (0, 0))
    return np.pad(image, more, constant_values=255)


def _source(one: Source, way: str) -> str:
    """The source of a harmless variant; as it is where only the picture is another."""
    name, _, value = way.partition(":")
    if name == "all":
        old, new = value.split("=>")
        return one.text.replace(old, new)
    if name == "css":
        return f"{one.text}<style>{value}</style>"
    return HEADS[name].replace("VALUE", value) + one.text if name in HEADS else one.text


HEADS = {
    "dpi": "import matplotlib\n"
    "matplotlib.rcParams.update({'figure.dpi': VALUE, 'savefig.dpi': VALUE})\n",
    "font": "import matplotlib\nmatplotlib.rcParams['font.family'] = 'VALUE'\n",
    "size": "import matplotlib.figure as _figure\n_made = _figure.Figure.__init__\n"
    "def _make(self, *args, **more):\n    _made(self, *args, **more)\n"
    "    self.set_size_inches(self.get_size_inches() * (VALUE))\n"
    "_figure.Figure.__init__ = _make\n",
}
"""What is put before a chart's program."""


def _picture(image: Image, way: str) -> Image:
    name, _, value = way.partition(":")
    if name not in WAYS:
        return image
    return np.asarray(WAYS[name](Pillow.fromarray(image), value).convert("RGB"))


def _jpeg(image: Pillow.Image, quality: str) -> Pillow.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(quality))
    return Pillow.open(file)


def _pasted(image: Pillow.Image, x: int, y: int, grown: int) -> Pillow.Image:
    corner = image.getpixel((0, 0))
    out = Pillow.new("RGB", (image.width + grown, image.height + grown), corner)
    out.paste(image, (x, y))
    return out


def _shift(image: Pillow.Image, value: str) -> Pillow.Image:
    x, y = value.split(",")
    return _pasted(image, int(x), int(y), 0)


def _scale(image: Pillow.Image, value: str) -> Pillow.Image:
    size = (round(image.width * float(value)), round(image.height * float(value)))
    return image.resize(size, Pillow.Resampling.LANCZOS)


WAYS: Mapping[str, Callable[[Pillow.Image, str], Pillow.Image]] = {
    "jpeg": _jpeg,
    "blur": lambda image, value: image.filter(ImageFilter.GaussianBlur(float(value))),
    "pad": lambda image, value: _pasted(image, int(value), int(value), 2 * int(value)),
    "shift": _shift,
    "scale": _scale,
}
"""What is done to a picture."""
