"""How a model judge is asked: the callers of the published model disagree, so it is data.

A profile is one JSON file with a layout for each task: system message, order of text and
pictures, how pictures are prepared, sampling, prompt. Built in are "published", "benchmark" and
"plain" (see `profiles/`); anything that ends in ".json" is a file of the user's, whose prompts
stand beside it. The hash of everything that shapes a request is part of the judge's identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from visual_erm import images
from visual_erm.errors import InputError, UsageError, first_problem
from visual_erm.types import CATEGORIES, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

_PROFILES = Path(__file__).parent / "profiles"
_PROMPTS = Path(__file__).parent / "prompts"
MOST_ERRORS = 40
"""Errors in a schema-guided reply; a list without bound lets a reply run into its limit."""
MOST_CHARACTERS = 300
"""Of a location or description in a schema-guided reply."""


class Layout(BaseModel):
    """How one task is put to the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    """File name of the prompt, beside the profile or among the built-in prompts."""
    system: str | None = None
    """The system message; None sends none."""
    order: Literal["pictures_first", "text_first"] = "pictures_first"
    max_side: int | None = None
    """Longest side in pixels; larger pictures are scaled down. None leaves them as they are."""
    encoding: Literal["png", "jpeg"] = "png"
    quality: int = Field(default=95, ge=1, le=100)
    """Of JPEGs."""
    chroma: Literal["444", "420"] = "444"
    """Of JPEGs: colour at full resolution or at half."""
    detail: Literal["low", "high", "auto"] | None = None
    """The field of that name of OpenAI's picture parts."""
    sampling: dict[str, float] = {}
    """Sent as they are; what is not named is left to the server."""
    max_tokens: int = 4096
    schema_guided: bool = False
    """Whether the reply is held to a JSON schema, by servers that can."""


class Profile(BaseModel):
    """The layouts of all tasks, and the texts of their prompts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str = ""
    layouts: dict[Task, Layout]
    _prompts: dict[Task, str] = PrivateAttr(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Of everything that shapes a request; 12 hexadecimal digits."""
        layouts = {task: layout.model_dump() for task, layout in self.layouts.items()}
        guided = [task for task, layout in self.layouts.items() if layout.schema_guided]
        schemas = {task: reply_schema(task) for task in guided}
        whole = json.dumps([layouts, self._prompts, schemas], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def prompt(self, task: Task) -> str:
        """What is asked about two pictures of a task.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        self._layout(task)
        return self._prompts[task]

    def prepared(self, picture: Image, task: Task) -> bytes:
        """A picture as the model is shown it: scaled and encoded.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        return _encoded(picture, self._layout(task), images.encode_png)

    def _layout(self, task: Task) -> Layout:
        if task not in self.layouts:
            raise UsageError(f'profile "{self.name}" has no layout for task "{task}"')
        return self.layouts[task]

    def greedy(self, task: Task) -> bool:
        """Whether the same question gets the same reply, as far as the server can.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        return self._layout(task).sampling.get("temperature") == 0

    def part(self, picture: Image, task: Task) -> dict[str, Any]:
        """A picture as a part of a message: prepared, encoded, as a data URI.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        layout = self._layout(task)
        content = _encoded(picture, layout, images.encode_plain_png)
        url = {"url": images.uri_of(content, layout.encoding)}
        if layout.detail is not None:
            url["detail"] = layout.detail
        return {"type": "image_url", "image_url": url}

    def messages(
        self, parts: Sequence[dict[str, Any]], task: Task, *, prompt: str | None = None
    ) -> list[dict[str, Any]]:
        """What is said to the model, in the layout's order; judges are trained on the same.

        Args:
            parts: the two pictures, the reference first, in whatever form the reader takes.
            task: whose layout is used.
            prompt: another question than the task's.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        layout = self._layout(task)
        text = {"type": "text", "text": prompt or self._prompts[task]}
        content = [*parts, text] if layout.order == "pictures_first" else [text, *parts]
        asked = {"role": "user", "content": content}
        if layout.system is None:
            return [asked]
        return [{"role": "system", "content": layout.system}, asked]

    def body(
        self, parts: Sequence[dict[str, Any]], task: Task, *, prompt: str | None = None
    ) -> dict[str, Any]:
        """The body of a chat completion, without the model's name.

        Args:
            parts: of `part`, the reference first.
            task: whose layout is used.
            prompt: another question than the task's, whose reply is held to no schema.

        Raises:
            UsageError: the profile has no layout for this task.
        """
        layout = self._layout(task)
        messages = self.messages(parts, task, prompt=prompt)
        body = {"messages": messages, "max_tokens": layout.max_tokens, **layout.sampling}
        if layout.schema_guided and prompt is None:
            schema = {"name": "verdict", "schema": reply_schema(task)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body


def load_profile(spec: str) -> Profile:
    """A built-in profile by name, or the file of a path that ends in ".json".

    Raises:
        UsageError: no built-in profile has that name.
        InputError: the file, or a prompt it names, is missing or malformed.
    """
    path = Path(spec) if spec.endswith(".json") else _PROFILES / f"{spec}.json"
    if path.parent == _PROFILES and not path.is_file():
        known = ", ".join(sorted(file.stem for file in _PROFILES.glob("*.json")))
        raise UsageError(f'no profile "{spec}"; known: {known}, or a path that ends in .json')
    try:
        profile = Profile.model_validate_json(path.read_text(encoding="utf-8"))
        for task, layout in profile.layouts.items():
            beside = path.parent / layout.prompt
            prompt = beside if beside.is_file() else _PROMPTS / layout.prompt
            profile._prompts[task] = prompt.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"profile {path} or a prompt of it is not UTF-8 text") from None
    except ValidationError as error:
        raise InputError(f"profile {path}: {first_problem(error, 'file')}") from None
    return profile


def _encoded(picture: Image, layout: Layout, encode_png: Callable[[Image], bytes]) -> bytes:
    if layout.max_side is not None:
        picture = images.fit(picture, layout.max_side)
    if layout.encoding == "png":
        return encode_png(picture)
    return images.encode_jpeg(picture, quality=layout.quality, chroma=layout.chroma)


def load_prompt(name: str) -> tuple[str, str]:
    """A built-in prompt, and its digest: 12 hexadecimal digits."""
    text = (_PROMPTS / name).read_text(encoding="utf-8").strip()
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def reply_schema(task: Task) -> dict[str, Any]:
    """JSON schema of a reply, with bounded lists, texts and numbers, so that every reply ends."""
    words = {"type": "string", "maxLength": MOST_CHARACTERS}
    name = "type" if task == "table" else "category"
    error: dict[str, Any] = {
        name: {"type": "string", "enum": list(CATEGORIES[task])},
        "severity": {"type": "integer", "enum": [1, 2, 3]},
    }
    if task != "table":
        error["location"] = words
    error["description"] = words
    number = {"type": "integer", "minimum": 0, "maximum": MOST_ERRORS}
    counts = {f"{category}_count": number for category in CATEGORIES[task]}
    listed = {"type": "array", "maxItems": MOST_ERRORS, "items": _object(error)}
    return _object({**counts, "errors": listed})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
