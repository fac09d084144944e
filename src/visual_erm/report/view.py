"""The report viewer: any number of items in one self-contained HTML file.

    write("page.html", read("run"), title="step 40")

The file loads nothing and asks nobody. Items stand in it as JSON and every picture once, as a
block of its own that is decoded when it is first shown; the list draws only what can be seen.
Texts are put in as text nodes; the page's policy allows its own script and style, by hash, and
nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.processors import processors
from visual_erm.report.markup import assets, content_hash, environment
from visual_erm.report.runs import PICTURES, SIDES, Item
from visual_erm.types import CATEGORIES, JudgeIdentity, Verdict

MAX_SIDE = 1400
"""Pixels of the longer side above which a picture is scaled down for the page."""
LOOK = ("look.css",)
"""What other pages of ours have in common with the viewer, beside `PARTS`."""
PARTS = ("parts.js", "views.js")
STYLES = (*LOOK, "page.css")
SCRIPTS = (*PARTS, "data.js", "list.js", "case.js", "checks.js", "keys.js")
KEY = 24
"""Hexadecimal digits of a picture's name in the page."""
LONGEST = 200_000
"""Characters of a source that are shown."""


@dataclass(frozen=True)
class Written:
    """What came to stand in a page."""

    path: Path
    items: int
    pictures: int
    """Different ones; each stands in the page once."""
    bytes: int


def write(
    path: Path | str, items: Sequence[Item], *, title: str, note: str = "", front: str = ""
) -> Written:
    """Write the page.

    Args:
        path: where.
        items: in the order in which they are to stand.
        title: of the page.
        note: a sentence under it.
        front: HTML that the page opens with, before the items; what is in it is not escaped.

    Raises:
        InputError: the file cannot be written, or a picture cannot be read.
    """
    path, shelf = Path(path), _Shelf()
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as out:
            for part in _parts(items, shelf, title, note, front):
                out.write(part.encode("utf-8", "replace"))
            size = out.tell()
        partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
    return Written(path, len(items), len(shelf.pictures), size)


def parts(items: Sequence[Item], *, title: str, note: str = "") -> Iterator[str]:
    """The page in pieces, in their order.

    Args:
        items: in the order in which they are to stand.
        title: of the page.
        note: a sentence under it.

    Raises:
        InputError: a picture cannot be read.
    """
    return _parts(items, _Shelf(), title, note, "")


def _parts(
    items: Sequence[Item], shelf: _Shelf, title: str, note: str, front: str
) -> Iterator[str]:
    """The skeleton, the items, the script, and picture after picture."""
    style, script = assets(*STYLES), assets(*SCRIPTS)
    hashes = {"style_hash": content_hash(style), "script_hash": content_hash(script)}
    template = environment().get_template("page.html")
    rows = [_row(item, shelf) for item in items]
    yield template.render(title=title, note=note, front=front, style=style, **hashes)
    run = {"title": title, "categories": CATEGORIES, "items": rows}
    yield f'<script type="application/json" id="run">{_json(run)}</script>\n'
    yield f"<script>{script}</script>\n"
    with ThreadPoolExecutor(processors(), "verm-report") as pool:
        encoded = pool.map(_shown, shelf.pictures.values())
        for key, content in zip(shelf.pictures, encoded, strict=True):
            text = base64.b64encode(content).decode()
            yield f'<script type="text/plain" id="p-{key}">{text}</script>\n'


def digest(item: Item, keys: Sequence[str | None]) -> str:
    """Names what a person checks: an item with its pictures and its judge's errors.

    Args:
        item: of a run.
        keys: of its reference and of its candidate, see `key_of`.
    """
    errors = item.verdict.errors if item.verdict else ()
    listed = [error.model_dump(mode="json") for error in errors]
    content = json.dumps([item.id, item.task, *keys, listed])
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def key_of(picture: Any) -> str | None:
    """Names a picture by its pixels; None for none.

    Raises:
        ImageError: it cannot be read.
    """
    if picture is None:
        return None
    if _is_kept(picture):
        return str(picture.stem)[:KEY]
    return images.digest(images.load(picture))[:KEY]


def _is_kept(picture: Any) -> bool:
    """Whether it is a file of a run folder, which is named by its pixels."""
    return isinstance(picture, Path) and picture.parent.name == PICTURES and len(picture.stem) == 64


class _Shelf:
    """The pictures of a page, each once."""

    def __init__(self) -> None:
        self.pictures: dict[str, Path | bytes] = {}
        """By name: a file of a run folder, or what stands in the page."""
        self._sizes: dict[str, tuple[int, int]] = {}

    def put(self, picture: Any, name: str) -> dict[str, Any]:
        """Name and size of a picture, as the page needs them.

        Raises:
            ImageError: it cannot be read.
        """
        if _is_kept(picture):
            key = picture.stem[:KEY]
            if key not in self.pictures:
                self._sizes[key] = images.check_header(_bytes(picture), name=name)
                self.pictures[key] = picture
        else:
            pixels = images.load(picture, name=name)
            key = images.digest(pixels)[:KEY]
            if key not in self.pictures:
                self._sizes[key] = (pixels.shape[1], pixels.shape[0])
                self.pictures[key] = images.encode_webp(images.fit(pixels, MAX_SIDE))
        width, height = self._sizes[key]
        return {"key": key, "width": width, "height": height}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _shown(kept: Path | bytes) -> bytes:
    """A picture of the shelf as it stands in the page, no larger than that needs."""
    if isinstance(kept, bytes):
        return kept
    return images.encode_webp(images.fit(images.load(kept), MAX_SIDE))


def _row(item: Item, shelf: _Shelf) -> dict[str, Any]:
    row = item.model_dump(
        mode="json", exclude={*SIDES, "verdict", "second", "blame", "source", "failure"}
    )
    row["status"] = item.status
    row["source"] = item.source[:LONGEST]
    row["blame"] = {str(number): lines for number, lines in item.blame.items()}
    row["failure"] = item.failure.model_dump(mode="json") if item.failure else None
    verdicts = [item.verdict, item.second]
    while verdicts and verdicts[-1] is None:
        verdicts.pop()
    # a second one without a first keeps its place: it is not what is checked
    row["verdicts"] = [one and _verdict(one) for one in verdicts]
    for side in SIDES:
        picture = getattr(item, side)
        row[side] = None if picture is None else shelf.put(picture, f"{side} of {item.id}")
    row["digest"] = digest(item, [row[side] and row[side]["key"] for side in SIDES])
    return row


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "judge": _name(verdict.judge),
        "distance": verdict.distance,
        "errors": [error.model_dump(mode="json", exclude_none=True) for error in verdict.errors],
        "warnings": verdict.warnings,
        "repairs": verdict.repairs,
    }


def _name(judge: JudgeIdentity) -> str:
    return f"{judge.name} {judge.revision}".strip()


def _json(value: Any) -> str:
    """JSON that cannot end the block that it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
