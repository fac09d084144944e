"""Every picture a program put out, and the rule that says which one it meant.

The rule, the same for good first and junk second figures and for the reverse:

1. the last one *saved* (`savefig`, `Image.save`, `write_image`, ...);
2. else the last one *shown* (`plt.show`, `fig.show`, `chart.display`, ...);
3. else what is *left* when the program ends: pyplot's current figure, then other open figures, then
   figures, charts and pictures that module variables hold;
4. else the last one *dropped*: closed or cleared without having been put out.

Within these classes a full picture goes before a hollow one (axes without anything in them, as
`plt.savefig` after `plt.show` makes them on a desktop), and a hollow one before a blank one.
`figure="first"` or an index counts from the front of the class that the rule chose.

What is shown, left or dropped is drawn late, when the choice falls on it: a program that shows ten
figures draws one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from visual_erm.images import is_blank

if TYPE_CHECKING:
    from visual_erm.types import Image

Class = Literal["saved", "shown", "left", "dropped"]
CLASSES: tuple[Class, ...] = ("saved", "shown", "left", "dropped")
Which = Literal["last", "first"] | int
KEPT = 24
"""Pictures kept of each class; a program that saves a thousand must not fill the memory."""


@dataclass(eq=False)
class Entry:
    """One picture, drawn or still to be drawn."""

    subject: Any = None
    """The figure, chart or image that it shows; compared by identity only."""
    image: Image | None = None
    document: bytes | None = None
    """A figure as JSON, to be drawn elsewhere."""
    kind: str = "matplotlib"
    """What draws it: "matplotlib", "pillow", "plotly" or "vega"."""
    hollow: bool = False
    """Axes or less, without anything in them."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Arguments of the `savefig` that asked for it."""
    develop: Callable[[dict[str, Any]], Image] | None = None
    """Draws it, with the arguments of a `savefig`."""
    notes: tuple[str, ...] = ()

    def resolve(self, settings: dict[str, Any] | None = None) -> None:
        """Draw now, if that has not happened."""
        if self.image is None and self.document is None and self.develop is not None:
            self.image = self.develop(settings or {})
        self.develop = None

    @property
    def blank(self) -> bool:
        """Whether a drawn picture shows nothing. A document is taken for full."""
        return self.document is None and (self.image is None or is_blank(self.image))


class TooFewError(Exception):
    """Fewer pictures than the index that was asked for; carries how many."""


@dataclass(frozen=True)
class Choice:
    """The picture that the program meant."""

    entry: Entry
    of: Class
    count: int
    """Pictures of that class."""


class Album:
    """The entries of each class, in the order in which they came."""

    def __init__(self, which: Which = "last") -> None:
        self.which = which
        self.notes: list[str] = []
        self.paused = False
        """While a file that was promised is being written, nothing counts as put out."""
        self._entries: dict[Class, list[Entry]] = {name: [] for name in CLASSES}
        self._counts: dict[Class, int] = dict.fromkeys(CLASSES, 0)

    def add(self, of: Class, entry: Entry) -> None:
        """Append; an undrawn entry of the same subject and class is replaced."""
        if self.paused:
            return
        entries = self._entries[of]
        for old in entries:
            if old.develop is not None and old.subject is entry.subject:
                entries.remove(old)
                self._counts[of] -= 1
                break
        entries.append(entry)
        self._counts[of] += 1
        if len(entries) > KEPT:
            # the front is dropped for "last", the back for "first" and for an index
            del entries[0 if self.which == "last" else -2]

    def note(self, text: str) -> None:
        """A warning for the reader of the rendering, once."""
        if text not in self.notes and len(self.notes) < 20:
            self.notes.append(text[:300])

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Count nothing that is saved meanwhile."""
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before

    @property
    def settled(self) -> bool:
        """Whether something full has been saved, so that nothing else can be chosen."""
        return any(not entry.hollow for entry in self._entries["saved"])

    @property
    def delivered(self) -> bool:
        """Whether anything was saved or shown."""
        return bool(self._entries["saved"] or self._entries["shown"])

    def pending(self, subject: Any) -> list[Entry]:
        """Undrawn entries of this subject."""
        return [
            entry
            for entries in self._entries.values()
            for entry in entries
            if entry.subject is subject and entry.develop is not None
        ]

    def choose(self) -> Choice | None:
        """Apply the rule; None when there is no picture at all.

        Raises:
            TooFewError: fewer pictures than the index that was asked for.
        """
        settings: dict[str, Any] = {}
        for wanted in (_full, _drawn, _any):
            for name in CLASSES:
                if name == "shown" and wanted is _full:
                    settings = self._lost_settings()
                entry = self._pick(self._entries[name], wanted, settings)
                if entry is not None:
                    return Choice(entry, name, self._counts[name])
        return None

    def _pick(
        self, entries: list[Entry], wanted: Callable[[Entry], bool], settings: dict[str, Any]
    ) -> Entry | None:
        backwards = self.which == "last"
        number = self.which if isinstance(self.which, int) else 0
        passed = 0
        for entry in reversed(entries) if backwards else entries:
            if wanted is _full and entry.hollow:
                continue
            entry.resolve(settings)
            if not wanted(entry):
                continue
            if passed == number:
                return entry
            passed += 1
        if passed:
            raise TooFewError(passed)
        return None

    def _lost_settings(self) -> dict[str, Any]:
        """Arguments of the last `savefig` that found nothing to save.

        They were meant for the picture that had been shown, closed or cleared before.
        """
        for entry in reversed(self._entries["saved"]):
            if entry.hollow or entry.blank:
                return entry.settings
        return {}


def _full(entry: Entry) -> bool:
    return not entry.hollow and not entry.blank


def _drawn(entry: Entry) -> bool:
    return not entry.blank


def _any(entry: Entry) -> bool:
    return entry.image is not None or entry.document is not None
