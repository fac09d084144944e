"""What runs inside the confined child: one plotting program, and the picture that it meant.

`draw` runs the program as `python program.py` would, with hooks that catch every figure at the
moment it is saved, shown, closed or cleared; `chart_album` holds the rule that picks one. A program
that fails after it has saved or shown a picture still counts, with a warning; one that fails before
does not. `prime` runs once in the zygote, before the first fork.

The program is hostile: it shares this process with the hooks and may undo all of them. That can
spoil its own picture and nothing else; what leaves the process is pixels, JSON and a few words,
checked on the other side.

Options: `figure` ("last", "first" or an index from 0), `clock` (seconds since 1970 at which the
program's clock starts, or None for the real one).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from visual_erm.renderers.chart_album import Album, Choice, TooFewError
from visual_erm.renderers.chart_documents import Documents
from visual_erm.renderers.chart_figures import Figures
from visual_erm.renderers.chart_fixed import CLOCK, fix_clock, fix_randomness
from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.chart_program import Program, fault_of
from visual_erm.renderers.chart_scratch import Scratch
from visual_erm.renderers.chart_sizes import OversizeError
from visual_erm.renderers.chart_zygote import memory_maps, versions
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from types import ModuleType

FINGERPRINT = "fingerprint"
"""Option that asks for the versions which determine the pixels, in place of a drawing."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """Run a program and return the picture that it meant.

    Raises:
        Rejected: it failed before it put out a picture, or never made one.
    """
    if options.get(FINGERPRINT):
        return Drawing(meta=versions())
    with performed(source, options) as (album, choice):
        return _drawing(album, choice)


@contextmanager
def performed(source: bytes, options: dict[str, Any]) -> Iterator[tuple[Album, Choice]]:
    """Run a program; inside, what it drew is alive and the hooks are in place.

    Raises:
        Rejected: it failed before it put out a picture, or never made one.
    """
    patches = Patches()
    album = Album(options.get("figure", "last"))
    program = Program(source, note=album.note)
    scratch = Scratch()
    figures = Figures(album, scratch, patches)
    documents = Documents(album, scratch, patches)
    try:
        scratch.install(patches)
        scratch.promise("/proc/self/maps", memory_maps, 0)
        figures.install()
        documents.install()
        fix_randomness(patches)
        clock = options.get("clock", CLOCK)
        if clock is not None:
            fix_clock(patches, float(clock))
        fault = program.run(patches)
        if fault is not None:
            if not album.delivered:
                raise fault
            album.note(f"the program failed after it had put out a picture: {fault}")
        yield album, _chosen(album, figures, documents, program, fault)
    finally:
        patches.undo()


def _chosen(
    album: Album,
    figures: Figures,
    documents: Documents,
    program: Program,
    fault: Rejected | None,
) -> Choice:
    try:
        if fault is None:
            _enter_left(figures, documents, program, charts=not album.settled)
        choice = album.choose()
    except TooFewError as error:
        raise Rejected(
            "no_figure", f"the program makes {error} pictures; number {album.which} was asked for"
        ) from None
    except OversizeError as error:
        raise Rejected("too_large", f"the figure is {error}") from None
    except BaseException as error:  # noqa: BLE001 - artists are drawn here, the program's as well
        raise fault_of(error) from None
    if choice is None and documents.unfinished is not None:
        raise fault_of(documents.unfinished)
    if choice is None:
        raise Rejected("no_figure", "the program ends without having made a figure")
    return choice


def _enter_left(figures: Figures, documents: Documents, program: Program, *, charts: bool) -> None:
    """What the program leaves behind: open figures, and what its variables hold.

    Only figures are drawn late, so `charts` says whether anything else could still be chosen.
    """
    from matplotlib.figure import Figure

    held = sorted(vars(program.module).values(), key=documents.is_compound)
    if program.last_value is not None:
        held.append(program.last_value)
    loose = []
    for thing in {id(thing): thing for thing in held}.values():
        if isinstance(thing, Figure):
            loose.append(thing)
        elif charts and (figure := _seaborn_figure(thing)) is not None:
            loose.append(figure)
        elif charts:
            # a picture that was opened from a file and closed again cannot be drawn any more
            with suppress(OSError, ValueError, AssertionError):
                documents.enter("left", thing)
    figures.develop_left(loose)


def _seaborn_figure(thing: Any) -> Any:
    """The figure that a `seaborn.objects.Plot` would draw, if it is one."""
    objects: ModuleType | None = sys.modules.get("seaborn.objects")
    if objects is not None and isinstance(thing, objects.Plot):
        return thing.plot()._figure
    return None


def _drawing(album: Album, choice: Choice) -> Drawing:
    entry = choice.entry
    for note in entry.notes:
        album.note(note)
    if choice.count > 1:
        which = album.which if isinstance(album.which, str) else f"number {album.which}"
        album.note(
            f"{choice.count} pictures {choice.of}; the {which} one that is not blank is taken"
        )
    elif choice.of == "dropped":
        album.note("no picture saved, shown or left; the one closed or cleared last is taken")
    meta = {
        "kind": entry.kind,
        "of": choice.of,
        "count": choice.count,
        "warnings": album.notes,
    }
    return Drawing(image=entry.image, document=entry.document, meta=meta)
