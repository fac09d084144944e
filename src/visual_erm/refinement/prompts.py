"""What a policy is asked: texts of `prompts/`, filled in one pass, with the pictures.

A user's folder may hold any of draft.md, revise.md, repair.md, reflect.md and words.json; those
that it lacks are the built-in ones.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.types import TASKS, Task

if TYPE_CHECKING:
    from visual_erm.refinement.policies import Turn
    from visual_erm.types import Image

Message = dict[str, Any]
NAMES = ("draft.md", "revise.md", "repair.md", "reflect.md", "words.json")
MAX_SIDE = 1536
"""Pixels of a picture's longer side, as it is sent."""
_TAGS = {"<table": "html", "\\begin": "latex"}
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Texts:
    """The prompts of all tasks."""

    texts: dict[str, str]
    """Of each kind of turn."""
    words: dict[Task, dict[str, str]]
    """For each task, what stands in the places of the texts."""
    digest: str
    """Of everything in them."""


@functools.cache
def load(folder: str = "") -> Texts:
    """The built-in texts, or those of a folder in place of them.

    Raises:
        InputError: there is no such folder, or a file in it cannot be used.
    """
    if folder and not Path(folder).is_dir():
        raise InputError(f"there is no folder of prompts {folder}")
    contents = {name: _content(name, folder) for name in NAMES}
    try:
        words = json.loads(contents["words.json"])
        places = {task: set(words[task]) for task in TASKS}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"words.json of the prompts cannot be used: {error!r}") from None
    texts = {name.removesuffix(".md"): contents[name] for name in NAMES if name.endswith(".md")}
    for name, text in texts.items():
        unknown = set(_PLACE.findall(text)) - {"feedback", "source", "tag"} - places["chart"]
        if unknown:
            raise InputError(f"prompt {name}.md has a place for {{{{{min(unknown)}}}}}: unknown")
    whole = "".join(contents.values()).encode()
    return Texts(texts, words, hashlib.sha256(whole).hexdigest()[:12])


def _content(name: str, folder: str) -> str:
    own = Path(folder) / name
    if folder and own.exists():
        try:
            return own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read {own}: {error}") from None
    return files("visual_erm.refinement").joinpath("prompts", name).read_text(encoding="utf-8")


def text(turn: Turn, texts: Texts | None = None) -> str:
    """What is asked, without the pictures."""
    texts = texts or load()
    source = (turn.previous.source or turn.previous.completion) if turn.previous else ""
    values = {**texts.words[turn.task], "feedback": turn.feedback, "source": source}
    if source and turn.task == "table":
        values["tag"] = next((tag for sign, tag in _TAGS.items() if sign in source), "markdown")
    # one pass: what is filled in is never read as a place to fill
    return _PLACE.sub(lambda found: values[found[1]], texts.texts[turn.kind])


def messages(turn: Turn, texts: Texts | None = None) -> list[Message]:
    """A chat: the text, the reference, and the picture of what is to be revised."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": text(turn, texts)}]
    parts.append(_picture(turn.reference))
    if turn.previous is not None and turn.previous.reward.rendering is not None:
        parts.append(_picture(turn.previous.reward.rendering.image))
    return [{"role": "user", "content": parts}]


def _picture(picture: Image) -> dict[str, Any]:
    shown = images.data_uri(images.fit(picture, MAX_SIDE))
    return {"type": "image_url", "image_url": {"url": shown}}
