"""What models are asked: texts of `data/prompts`, filled in one pass."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from visual_erm import images
from visual_erm.types import Severity, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Prompt = Literal["edit", "infer", "annotate"]
Message = dict[str, Any]
MAX_SIDE = 1536
"""Pixels of a picture's longer side, as it is sent."""
_TAGS = {"<table": "html", "\\begin": "latex"}


def digest() -> str:
    """Of all prompts; part of what makes two builds the same."""
    folder = files("visual_erm.data").joinpath("prompts")
    texts = [entry.read_bytes() for entry in sorted(folder.iterdir(), key=lambda e: e.name)]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:12]


def edit(task: Task, source: str, wanted: Sequence[tuple[str, Severity]]) -> list[Message]:
    """Write these mistakes into a source."""
    listed = "\n".join(f"- one {category} of severity {level}" for category, level in wanted)
    text = _filled("edit", task, wanted=listed, source=source, tag=_tag(task, source))
    return [{"role": "user", "content": text}]


def redraw(task: Task) -> str:
    """What is asked of who sees a picture and is to write its source."""
    return _filled("infer", task)


def infer(task: Task, reference: Image) -> list[Message]:
    """Write the source of a picture."""
    return [_with_pictures(redraw(task), reference)]


def annotate(task: Task, reference: Image, prediction: Image) -> list[Message]:
    """Say what differs between two pictures."""
    return [_with_pictures(_filled("annotate", task), reference, prediction)]


def _with_pictures(text: str, *pictures: Image) -> Message:
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    for picture in pictures:
        shown = images.data_uri(images.fit(picture, MAX_SIDE))
        parts.append({"type": "image_url", "image_url": {"url": shown}})
    return {"role": "user", "content": parts}


def _tag(task: Task, source: str) -> str:
    """Of a code block that holds a source like this one."""
    if task == "table":
        found = [tag for sign, tag in _TAGS.items() if sign in source]
        return found[0] if found else "markdown"
    tag: str = _words()[task]["tag"]
    return tag


def _filled(prompt: Prompt, task: Task, **more: str) -> str:
    words = _words()[task]
    categories = "\n".join(f"- {name}: {what}" for name, what in words["categories"].items())
    values = {"thing": words["thing"], "language": words["language"], "tag": words["tag"]}
    values |= {"categories": categories, **more}
    # one pass: what is filled in is never read as a place to fill
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], _text(f"{prompt}.md"))


@functools.cache
def _text(name: str) -> str:
    return files("visual_erm.data").joinpath("prompts", name).read_text(encoding="utf-8")


@functools.cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(_text("words.json"))
    return words
