"""Runs in the confined child: one program, and what edits make of the figure that it drew.

The program runs once. Its figure is copied for every job, edited, drawn and measured, so an edit
costs a drawing and not a program. Other versions of the program run after it, in the same process.
What leaves the process is pixels and JSON, to be checked as what a rendering is: the program is
somebody else's.

Options: `singles` and `composed`, how many edits of one and of several things; `harmless`, names of
`HARMLESS`; `programs` and `no_ops`, how many edited and equivalent programs; `operators`, names of
those to be used (all if empty); `salt`, part of every random choice; `scenes`, whether the figures'
scenes are told as well; the other options are those of `capture`.
"""

from __future__ import annotations

import io
import itertools
import json
import pickle
import random
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from visual_erm.data.charts import (
    edits_axes,
    edits_layout,
    edits_looks,
    edits_series,
    edits_texts,
    edits_values,
    versions,
)
from visual_erm.data.charts.figures import around, box_of
from visual_erm.data.charts.operators import OPERATORS, Change, Operator, clash
from visual_erm.data.charts.scene import as_saved, of_figure, picture_of
from visual_erm.data.charts.things import Scene, Thing
from visual_erm.renderers.capture import performed
from visual_erm.renderers.chart_priming import left_alone
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from visual_erm.types import Image

EDITS = (edits_axes, edits_layout, edits_looks, edits_series, edits_texts, edits_values)
"""Modules that register operators when they are imported."""
MOST_PARTS = 1500
"""Artists of a figure: ordinary ones have 300, voxels thousands, all drawn for every edit."""
TRIES = 5
"""Things that an operator is tried on before it counts as not applicable."""
MOST_BYTES = 220 << 20
"""Of all pictures of one program."""
HARMLESS = ("other_dpi", "rough_text", "other_hinting", "other_size")
"""Other pixels of the same figure, which only the figure itself can draw."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """The reference, and one picture for each job that could be done.

    The document is pixels, one picture after the other; `meta` has the shape of each and says what
    it shows: `edits`, `harmless` and `programs`, each in the order of their pictures. With scenes
    there follow those of the reference and of every edit, as JSON lines; see `scene`.

    Raises:
        Rejected: the program fails, draws no Matplotlib figure, or its figure cannot be copied.
    """
    answer = _Answer()
    with left_alone(), performed(source, options) as (_, choice):
        original = _Original(as_saved(choice)[0])
        answer.add(original.reference)
        rng = random.Random(f"{options.get('salt')}")
        edits = []
        scenes = [of_figure(original.scene.figure)] if options.get("scenes") else []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for result, picture in _edits(original, options, rng):
                told = result.pop("scene", None)
                if picture is None or answer.add(picture):
                    edits.append(result)
                    scenes += [told] if told is not None else []
            harmless = [
                n for n in options.get("harmless", []) if answer.add(_varied(original, n, rng))
            ]
    rewritten = []
    text, names, run = source.decode(), options.get("operators", []), partial(_run, options)
    scene = original.scene
    for result, picture in itertools.chain(
        versions.edits(text, scene, options.get("programs", 0), names, rng, run),
        versions.no_ops(text, options.get("no_ops", 0), rng, run),
    ):
        if picture is None or answer.add(picture):
            rewritten.append(result)
    meta = {
        "shapes": answer.shapes, "edits": edits, "harmless": harmless, "programs": rewritten,
    }  # fmt: skip
    lines = "\n".join(json.dumps(scene, ensure_ascii=False) for scene in scenes)
    return Drawing(document=b"".join([*answer.parts, lines.encode()]), meta=meta)


class _Answer:
    """Pictures on their way out."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.shapes: list[tuple[int, int]] = []
        self._bytes = 0

    def add(self, picture: Image | None) -> bool:
        """Take a picture along; whether there was one, and room for it."""
        if picture is None or self._bytes + picture.nbytes > MOST_BYTES:
            return False
        self.parts.append(picture.tobytes())
        self.shapes.append((picture.shape[0], picture.shape[1]))
        self._bytes += picture.nbytes
        return True


def _run(options: dict[str, Any], source: str) -> tuple[Scene, Image]:
    """Another version of the program, in a process where one has run: its things, its picture.

    Raises:
        Rejected: it fails, or draws no Matplotlib figure.
    """
    with left_alone(), performed(source.encode(), options) as (_, choice):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                figure, picture = as_saved(choice)
                return Scene.read(figure), picture
        except Rejected:
            raise
        except Exception as error:  # noqa: BLE001 - what a program leaves may be anything
            message = f"{type(error).__name__}: {error}"
            raise Rejected("exception", message[:200]) from None


class _Original:
    """A figure that can be copied, with the list of its things."""

    def __init__(self, figure: Any) -> None:
        parts = len(figure.findobj())
        if parts > MOST_PARTS:
            raise Rejected("too_many_parts", f"the figure has {parts} parts, above {MOST_PARTS}")
        _hold(figure)
        _untie(figure)
        figure.canvas.draw()
        self.reference = picture_of(figure)
        self.scene = Scene.read(figure).located()
        stream = io.BytesIO()
        try:
            pickle.dump(self.scene, stream, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - formatters may be anything that cannot be copied
            raise Rejected("no_copy", f"the figure cannot be copied: {error}") from None
        self._pickled = stream.getvalue()

    def copy(self) -> Scene:
        """A figure like it, with its things, not drawn yet."""
        scene: Scene = pickle.loads(self._pickled)  # noqa: S301 - written above, by this process
        FigureCanvasAgg(scene.figure)
        return scene


def _hold(figure: Any) -> None:
    """Keep limits, the plots' room and the legends' places, whatever is done to their content."""
    figure.set_layout_engine("none")
    renderer = figure.canvas.get_renderer()
    legends = list(figure.legends)
    for axes in figure.axes:
        axes.set_autoscale_on(False)
        if axes.get_legend() is not None:
            legends.append(axes.get_legend())
    for legend in legends:
        if legend._loc == 0 and legend.get_visible():
            _keep_corner(legend, renderer)


def _untie(figure: Any) -> None:
    """Let numbers in the middle of bars be copied, which `bar_label` ties to them by a lambda."""
    for text in figure.findobj(Annotation):
        tie = text.xycoords
        if getattr(tie, "__qualname__", "").startswith("Axes.bar_label"):
            text.xycoords = partial(_seen, *tie.__defaults__)


def _seen(bar: Any, renderer: Any) -> Bbox:
    """What shows of a bar."""
    box = Bbox.intersection(bar.get_window_extent(renderer), bar.get_clip_box())
    return box or Bbox.null()


def _keep_corner(legend: Any, renderer: Any) -> None:
    """Name the place that `loc="best"` has chosen."""
    box = legend._legend_box.get_bbox(renderer)
    here = np.array(legend.get_window_extent(renderer).p0)
    for code in range(1, 11):
        place = legend._get_anchored_bbox(code, box, legend.get_bbox_to_anchor(), renderer)
        if np.abs(np.array(place) - here).max() < 2:
            legend.set_loc(code)
            return


def _edits(
    original: _Original, options: dict[str, Any], rng: random.Random
) -> Iterator[tuple[dict[str, Any], Image | None]]:
    """Edits of one thing, then of several; operators take turns in random order."""
    names = [n for n in options.get("operators") or sorted(OPERATORS) if n in OPERATORS]
    suited = [OPERATORS[name] for name in names if OPERATORS[name].needs(original.scene)]
    waiting: list[Operator] = []
    missing = options.get("singles", 0)
    for _ in range(len(suited)):
        if not missing:
            break
        if not waiting:
            waiting = rng.sample(suited, len(suited))
        result, picture = _edited(original, [waiting.pop()], 1, rng, options)
        missing -= picture is not None
        yield result, picture
    for _ in range(options.get("composed", 0)):
        order = rng.sample(suited, len(suited))
        yield _edited(original, order, rng.randint(2, 4), rng, options)


def _edited(
    original: _Original,
    operators: Sequence[Operator],
    count: int,
    rng: random.Random,
    options: dict[str, Any],
) -> tuple[dict[str, Any], Image | None]:
    """What the first so many of these operators that apply make of a copy."""
    scene = original.copy()
    taken: frozenset[str] = frozenset()
    done: list[tuple[Operator, Thing, Change]] = []
    name = "composed" if count > 1 else operators[0].name
    for operator in operators:
        try:
            step = _applied(operator, scene, taken, rng)
        except Exception as error:  # noqa: BLE001 - a figure of somebody else's may be anything
            return {"failed": operator.name, "why": f"{type(error).__name__}: {error}"[:200]}, None
        if step is not None:
            taken |= operator.claims(step[0])
            done.append((operator, *step))
        if len(done) == count:
            break
    if len(done) < min(count, 2):
        return {"failed": name, "why": ""}, None
    try:
        scene.figure.canvas.draw()
        result: dict[str, Any] = {"steps": [_measured(scene, *step) for step in done]}
        if options.get("scenes"):
            result["scene"] = of_figure(scene.figure)
    except Exception as error:  # noqa: BLE001 - see above
        name = "+".join(operator.name for operator, *_ in done)
        return {"failed": name, "why": f"{type(error).__name__}: {error}"[:200]}, None
    return result, picture_of(scene.figure)


def _applied(
    operator: Operator, scene: Scene, taken: frozenset[str], rng: random.Random
) -> tuple[Thing, Change] | None:
    things = [t for t in operator.needs(scene) if not clash(operator.claims(t), taken)]
    for thing in rng.sample(things, min(TRIES, len(things))):
        change = operator.function(scene, thing, rng)
        if change is not None:
            return thing, change
    return None


def _measured(scene: Scene, operator: Operator, thing: Thing, change: Change) -> dict[str, Any]:
    before = [thing] if change.before is None else change.before
    after = thing.artists if change.after is None else change.after
    boxes = [t.box for t in change.along] + [box_of(scene.figure, t.artists) for t in change.along]
    return {
        "operator": operator.name,
        "location": change.location or thing.name,
        "description": change.description,
        "amount": float(change.amount),
        "before": around([t.box for t in before]),
        "after": box_of(scene.figure, list(after)),
        "along": [box for box in boxes if box],
    }


def _varied(original: _Original, name: str, rng: random.Random) -> Image | None:
    """The same figure in other pixels."""
    figure = original.copy().figure
    settings = {}
    if name == "other_dpi":
        figure.set_dpi(figure.get_dpi() * rng.choice((0.7, 0.8, 1.25, 1.5)))
    elif name == "other_size":
        figure.set_size_inches(figure.get_size_inches() * (rng.uniform(0.93, 1.07), 1.04))
    elif name == "rough_text":
        for text in figure.findobj(Text):
            text.set_antialiased(False)
    else:
        settings = {"text.hinting": "none", "text.hinting_factor": 1}
    with rc_context(settings):
        try:
            figure.canvas.draw()
        except Exception:  # noqa: BLE001 - a figure of somebody else's may be anything
            return None
    return picture_of(figure)
