"""One sample to score, in the forms that callers have it in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from visual_erm import images
from visual_erm.errors import InfrastructureFault, InputError
from visual_erm.extraction import extract
from visual_erm.judges import check_task
from visual_erm.types import Failure, Task


@dataclass(frozen=True)
class Item:
    """What was asked for, and what came: exactly one of completion, source and prediction."""

    task: Task
    reference: Any
    """The picture to reproduce, in any form that `images.load` reads."""
    completion: Any = None
    """A whole reply: text or chat messages; the source is extracted from it."""
    source: str | None = None
    """The source alone."""
    prediction: Any = None
    """The picture itself, when something else has rendered it."""
    id: str | None = None

    @classmethod
    def of(cls, item: Item | Mapping[str, Any]) -> Item:
        """An item, or a mapping with the same keys; other keys are left alone.

        Raises:
            InputError: no mapping, a key is missing, or there is not exactly one thing to judge.
            UsageError: unknown task.
        """
        if not isinstance(item, Item):
            if not isinstance(item, Mapping):
                raise InputError(f"expected a mapping, got {type(item).__name__}")
            missing = [key for key in ("task", "reference") if item.get(key) is None]
            if missing:
                raise InputError(f'expected "task" and "reference"; missing: {", ".join(missing)}')
            fields = {key: item[key] for key in _FIELDS if key in item}
            # a completion may be None: the policy wrote nothing; an absent one is no item
            if "completion" not in fields and all(fields.get(key) is None for key in _ONE_OF):
                raise InputError(f"expected one of {', '.join(_ONE_OF)}; got none")
            if fields.get("id") is not None:
                fields["id"] = str(fields["id"])
            item = cls(**fields)
        check_task(item.task)
        given = [key for key in _ONE_OF if getattr(item, key) is not None]
        if len(given) > 1:
            raise InputError(f"expected one of {', '.join(_ONE_OF)}; got {' and '.join(given)}")
        if item.source is not None and not isinstance(item.source, str):
            raise InputError(f"source: expected text, got {type(item.source).__name__}")
        return item

    @property
    def form(self) -> Literal["completion", "source", "prediction"]:
        """Which of the three is given; an absent completion is an empty one."""
        if self.prediction is not None:
            return "prediction"
        return "source" if self.source is not None else "completion"


_ONE_OF = ("completion", "source", "prediction")
_FIELDS = ("task", "reference", "id", *_ONE_OF)


def source_of(item: Item, repair: Literal["none", "close"]) -> str:
    """The source to render.

    Raises:
        PolicyFault: the completion holds none.
        InputError: the completion is neither text nor messages.
    """
    if item.source is not None:
        return item.source
    return extract(item.completion, item.task, repair=repair).source


def picture_key(picture: Any) -> str:
    """Equal for equal pictures: the path of a path, the content of anything else.

    Raises:
        ImageError: the picture cannot be read.
    """
    if isinstance(picture, Mapping):
        return picture_key(picture.get("bytes") or picture.get("path"))
    if isinstance(picture, str) and not picture.startswith("data:"):
        return f"path:{picture}"
    if isinstance(picture, os.PathLike):
        return f"path:{os.fspath(picture)}"
    if isinstance(picture, str):
        picture = picture.encode()
    if isinstance(picture, bytes | bytearray):
        return f"bytes:{hashlib.sha256(picture).hexdigest()}"
    return f"pixels:{images.digest(images.load(picture))}"


def load_fault(code: str, message: str) -> InfrastructureFault:
    """A picture or row of the caller cannot be read: nothing that the policy did."""
    failure = Failure(kind="infrastructure", stage="load", code=code, message=message)
    return InfrastructureFault(failure)
