"""Edits of what can be read: titles, axis labels, tick labels, legends, notes in the plot."""

from __future__ import annotations

import random
import re
import string
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axis import Ticker
from matplotlib.ticker import FixedFormatter, FixedLocator

from visual_erm.data.charts.operators import Change, Need, of, operator
from visual_erm.data.charts.things import Scene, Thing
from visual_erm.data.records import Effect, Rule, always, at_steps
from visual_erm.types import Severity

Rewrite = Any
"""From a text to another, or None: `(text, rng) -> str | None`."""
OTHER_TITLES = (
    *("Quarterly revenue", "Results of the survey", "Energy use by sector", "Visitors per month"),
    *("Average temperature", "Training progress", "Share of households", "Exports and imports"),
    *("Comparison of methods", "Population of cities", "Daily page views", "Distribution of ages"),
)
OTHER_LABELS = (
    *(
        "Price (EUR)",
        "Time (s)",
        "Temperature (K)",
        "Number of cases",
        "Distance (km)",
        "Share (%)",
    ),
    *("Year", "Weight (kg)", "Accuracy", "Frequency", "Age (years)", "Speed (m/s)"),
)
OTHER_NAMES = (
    "Others",
    "Total",
    "Baseline",
    "Control",
    "Average",
    "Unknown",
    "Group B",
    "Sample 2",
)
_ALIKE = {"o": "0", "0": "o", "l": "1i", "1": "li", "i": "l1", "s": "5", "5": "s"}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def typo(text: str, rng: random.Random) -> str | None:
    """The text with one letter replaced, dropped, doubled or exchanged with the next."""
    if "$" in text:
        return None
    at = [i for i, c in enumerate(text) if c.isalpha() and c.isascii()]
    if not at:
        return None
    i = rng.choice(at)
    how = rng.choice(("other", "other", "dropped", "doubled", "swapped"))
    if how == "dropped" and len(at) > 3:
        return text[:i] + text[i + 1 :]
    if how == "doubled" and len(at) > 2:
        return text[:i] + text[i] + text[i:]
    if how == "swapped" and i + 1 in at and text[i].lower() != text[i + 1].lower():
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    avoid = text[i].lower() + _ALIKE.get(text[i].lower(), "")
    letter = rng.choice([c for c in string.ascii_lowercase if c not in avoid])
    return text[:i] + (letter.upper() if text[i].isupper() else letter) + text[i + 1 :]


def words_dropped(text: str, rng: random.Random) -> str | None:
    """The text without one or two of its words."""
    words = text.split(" ")
    if "$" in text or "\n" in text or len(words) < 3:
        return None
    count = 1 if len(words) < 5 else rng.choice((1, 2))
    at = rng.randrange(len(words) - count + 1)
    return " ".join(words[:at] + words[at + count :])


def number_changed(text: str, rng: random.Random) -> str | None:
    """The text with one of its numbers changed in a digit."""
    found = [] if "$" in text else list(_NUMBER.finditer(text))
    if not found:
        return None
    number = rng.choice(found)
    places = [i for i in range(*number.span()) if text[i].isdigit()]
    at = rng.choice(places)
    first = at == places[0] and len(places) > 1
    digits = [d for d in string.digits[first:] if d != text[at]]
    return text[:at] + rng.choice(digits) + text[at + 1 :]


def other_of(choices: tuple[str, ...], text: str, rng: random.Random) -> str | None:
    """One of some texts that has nothing to do with this one."""
    far = [c for c in choices if not set(c.lower().split()) & set(text.lower().split())]
    return rng.choice(far) if far else None


def off(old: str, new: str) -> float:
    """By how much the number that differs is off, as a share of the larger.

    >>> off("about 40 of 100", "about 50 of 100")
    0.2
    """
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=False)
    values = [(float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs if a != b
              and a.count(".") < 2 > b.count(".")]  # fmt: skip
    return max((abs(a - b) / max(a, b, 1e-9) for a, b in values), default=0.0)


def by_number(effect: Effect) -> Severity:
    """A number that is read: off by a twentieth needs correction, by a half misleads."""
    return at_steps(effect.amount, 0.05, 0.5)


def rewritten(thing: Thing, new: str | None, scene: Scene) -> Change | None:
    """Give a text other words; None where there are none, or the same."""
    text = text_of(thing)
    old = text.get_text()
    if new is None or new == old:
        return None
    if thing.kind == "tick label":
        fixed_ticks(thing, {thing.at: new})
    text.set_text(new)
    said = f'"{_line(old)}" became "{_line(new)}"'
    # the room of a legend follows its longest text
    along = [thing.whole] if thing.kind.startswith("legend") and thing.whole else []
    return Change(said, amount=off(old, new), along=along)


def text_of(thing: Thing) -> Any:
    """The artist that holds the words."""
    if thing.kind == "legend entry":
        assert thing.whole is not None
        return thing.whole.artists[0].get_texts()[thing.at]
    return thing.artists[0]


def _line(text: str) -> str:
    return " ".join(text.split())


def _words(rewrite: Rewrite, scene: Scene, thing: Thing, rng: random.Random) -> Change | None:
    return rewritten(thing, rewrite(text_of(thing).get_text(), rng), scene)


def _missing(scene: Scene, thing: Thing, rng: random.Random) -> Change | None:
    text = text_of(thing)
    old = text.get_text()
    text.set_text("")
    if getattr(text, "arrow_patch", None) is not None:
        text.set_visible(False)
    return Change(f'"{_line(old)}" is missing', after=[])


def _has(pattern: str, count: int = 1) -> Any:
    """Whether a text has what a rewriting needs."""
    compiled = re.compile(pattern)

    def condition(scene: Scene, thing: Thing) -> bool:
        text = text_of(thing).get_text()
        return "$" not in text and len(compiled.findall(text)) >= count

    return condition


def _register(
    name: str, kinds: tuple[str, ...], rule: Rule, rewrite: Rewrite, pattern: str, count: int = 1
) -> None:
    needs: Need = of(*kinds, where=_has(pattern, count))
    operator("text_error", rule, needs, name=name)(partial(_words, rewrite))


_LETTER, _WORD, _DIGIT = r"[A-Za-z]", r"\S+", r"\d"
for _name, _kinds in (
    ("title", ("title",)),
    ("axis_label", ("axis label",)),
    ("tick_label", ("tick label",)),
    ("legend_entry", ("legend entry", "legend title")),
    ("note", ("note",)),
):
    _register(f"{_name}_typo", _kinds, always(1), typo, _LETTER)
_register("title_words_dropped", ("title",), always(2), words_dropped, _WORD, 3)
_register("axis_label_words_dropped", ("axis label",), always(2), words_dropped, _WORD, 3)
_register("title_number", ("title",), always(2), number_changed, _DIGIT)
_register("tick_label_number", ("tick label",), by_number, number_changed, _DIGIT)
_register("legend_entry_number", ("legend entry",), always(2), number_changed, _DIGIT)
_register("note_number", ("note",), by_number, number_changed, _DIGIT)
_register("title_other", ("title",), always(3), partial(other_of, OTHER_TITLES), _LETTER)
_register("axis_label_other", ("axis label",), always(3), partial(other_of, OTHER_LABELS), _LETTER)
_register("legend_entry_other", ("legend entry",), always(3), partial(other_of, OTHER_NAMES),
          _LETTER)  # fmt: skip
_register("tick_label_other", ("tick label",), always(2), partial(other_of, OTHER_NAMES), _LETTER)
operator("text_error", always(2), of("title"), name="title_missing")(_missing)
operator("text_error", always(2), of("axis label"), name="axis_label_missing")(_missing)
operator("text_error", always(1), of("legend title"), name="legend_title_missing")(_missing)
operator("text_error", always(2), of("note"), name="note_missing")(_missing)


def _two_labels(scene: Scene, thing: Thing) -> bool:
    return len(scene.parts(thing)) > 1


@operator("text_error", always(3), of("legend", where=lambda s, t: len(_entries(s, t)) > 1))
def legend_entries_swapped(scene: Scene, legend: Thing, rng: random.Random) -> Change | None:
    """Two legend entries are exchanged."""
    one, two = rng.sample(_entries(scene, legend), 2)
    return _exchanged(scene, one, two, [legend])


def _entries(scene: Scene, legend: Thing) -> list[Thing]:
    return [t for t in scene.parts(legend) if t.kind == "legend entry"]


def _exchanged(scene: Scene, one: Thing, two: Thing, along: list[Thing]) -> Change | None:
    first, second = text_of(one), text_of(two)
    a, b = first.get_text(), second.get_text()
    if a == b:
        return None
    first.set_text(b)
    second.set_text(a)
    where = (one.whole or one).name
    return Change(
        f'"{_line(a)}" and "{_line(b)}" are swapped', location=where, before=[one, two],
        after=[*one.artists, *two.artists], along=along,
    )  # fmt: skip


def _ticks(scene: Scene, axis: Thing) -> list[Thing]:
    return [t for t in scene.parts(axis) if t.kind == "tick label"]


def _named_ticks(scene: Scene, axis: Thing) -> list[Thing]:
    return [t for t in _ticks(scene, axis) if _has(_LETTER)(scene, t)]


@operator(
    "text_error", always(3), of("x axis", "y axis", where=lambda s, t: len(_named_ticks(s, t)) > 1)
)
def tick_labels_swapped(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """Two named places of an axis have each other's name."""
    one, two = rng.sample(_named_ticks(scene, axis), 2)
    a, b = one.artists[0].get_text(), two.artists[0].get_text()
    fixed_ticks(one, {one.at: b, two.at: a})
    return _exchanged(scene, one, two, [])


@operator("text_error", always(2), of("x axis", "y axis", where=lambda s, t: len(_ticks(s, t)) > 1))
def tick_labels_missing(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """An axis has no numbers or names."""
    labels = _ticks(scene, axis)
    one = axis.artists[0]
    one.set_tick_params(labelbottom=False, labelleft=False, labeltop=False, labelright=False)
    return Change("the tick labels are missing", before=labels, after=[], along=[axis])


def _both_labels(scene: Scene, panel: Thing) -> bool:
    labels = scene.within(panel.panel, "axis label")
    return len(labels) == 2 and text_of(labels[0]).get_text() != text_of(labels[1]).get_text()


@operator("text_error", always(3), of("panel", where=_both_labels), also=("x", "y"))
def axis_labels_swapped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """The label of x stands at y, and the reverse."""
    one, two = scene.within(panel.panel, "axis label")
    change = _exchanged(scene, one, two, [])
    if change is not None:
        change.location = f"axis labels of the {panel.name}"
    return change


SIZES = (0.6, 1.5, 1.8)


@operator("text_error", always(1), of("title", "axis label", "note"))
def text_size(scene: Scene, thing: Thing, rng: random.Random) -> Change | None:
    """A text is larger or smaller."""
    text, factor = text_of(thing), rng.choice(SIZES)
    text.set_fontsize(text.get_fontsize() * factor)
    return Change(f"the text is {'larger' if factor > 1 else 'smaller'}", amount=factor)


@operator("text_error", always(1), of("x axis", "y axis", where=_two_labels))
def tick_label_size(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """The tick labels of an axis are larger or smaller."""
    labels = _ticks(scene, axis)
    if not labels:
        return None
    factor = rng.choice(SIZES[:2])
    axis.artists[0].set_tick_params(labelsize=labels[0].artists[0].get_fontsize() * factor)
    said = f"the tick labels are {'larger' if factor > 1 else 'smaller'}"
    return Change(said, before=labels, after=[axis.artists[0]], along=[axis])


@operator("text_error", always(1), of("x axis", where=_two_labels), also=("notes",))
def tick_label_rotation(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """The labels of the x axis are turned, or no longer are."""
    labels = _ticks(scene, axis)
    if not labels:
        return None
    turned = labels[0].artists[0].get_rotation() % 180 != 0
    angle = 0 if turned else rng.choice((45, 90))
    axis.artists[0].set_tick_params(labelrotation=angle)
    for label in labels:  # what was set by hand stays otherwise
        label.artists[0].set_rotation(angle)
        if turned:
            label.artists[0].set_ha("center")
    said = (
        "the tick labels are no longer turned" if turned else f"the tick labels stand at {angle}°"
    )
    return Change(said, before=labels, after=[axis.artists[0]], along=[axis])


@operator("text_error", always(1), of("title"))
def title_weight(scene: Scene, title: Thing, rng: random.Random) -> Change | None:
    """A title is bold, in italics, or neither."""
    text = text_of(title)
    bold = text.get_fontweight() in ("bold", "heavy", "semibold", "black") or (
        isinstance(text.get_fontweight(), int) and text.get_fontweight() >= 600
    )
    if bold:
        text.set_fontweight("normal")
        return Change("the text is no longer bold")
    text.set_fontweight("bold")
    return Change("the text is bold")


def _over(scene: Scene, title: Thing) -> bool:
    return title.panel is not None and title.panel.name != "3d"


@operator("text_error", always(2), of("title", where=_over), also=("marks", "notes"))
def title_misplaced(scene: Scene, title: Thing, rng: random.Random) -> Change | None:
    """A title stands within the plot, over what is shown there."""
    text, panel = text_of(title), title.panel
    moved = panel.text(
        0.5, rng.uniform(0.45, 0.7), text.get_text(), transform=panel.transAxes, ha="center",
        va="center", fontproperties=text.get_fontproperties(), color=text.get_color(), zorder=9,
    )  # fmt: skip
    text.set_text("")
    return Change("it stands over the plot in place of above it", after=[moved])


@operator("text_error", always(1), of("note", where=lambda s, t: t.panel is not None))
def note_moved(scene: Scene, note: Thing, rng: random.Random) -> Change | None:
    """A text in the plot stands elsewhere."""
    text, panel = text_of(note), note.panel
    if getattr(text, "arrow_patch", None) is not None or note.box is None:
        return None
    width, height = panel.bbox.size
    move = np.array((rng.choice((-1, 1)) * 0.22 * width, rng.choice((-1, 1)) * 0.18 * height))
    transform = text.get_transform()
    if hasattr(text, "xyann"):
        return None
    place = transform.inverted().transform(transform.transform(text.get_position()) + move)
    if not panel.bbox.contains(*transform.transform(place)):
        return None
    text.set_position(place)
    return Change(f'"{_line(text.get_text())}" stands in another place')


def fixed_ticks(thing: Thing, texts: dict[int, str]) -> None:
    """Let the axis of a tick label show other words at some of its places."""
    assert thing.whole is not None
    axis = thing.whole.artists[0]
    ticks = axis.get_major_ticks()
    labels = [tick.label1.get_text() or tick.label2.get_text() for tick in ticks]
    for at, text in texts.items():
        labels[at] = text
    formatter = FixedFormatter(labels)
    formatter.set_offset_string(axis.get_offset_text().get_text())
    # axes that share their scale share the object that holds both
    axis.major = Ticker()
    axis.set_major_locator(FixedLocator([tick.get_loc() for tick in ticks]))
    axis.set_major_formatter(formatter)
