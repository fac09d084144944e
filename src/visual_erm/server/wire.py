"""What goes over the wire: bodies of requests, rows of results.

A picture comes as base64 of a PNG or JPEG file, or in a multipart form as the file itself. It is
never a path or an address: nothing that a client names is opened. Its size is read from its header
and checked here; its pixels are decoded by the engine.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from visual_erm import images
from visual_erm.errors import ImageError
from visual_erm.rewards.items import Item
from visual_erm.server.settings import Settings
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Status, Task

FORMATS = ("PNG", "JPEG")
_BASE64 = ";base64,"
PICTURE_SCHEMA = {
    "type": "string",
    "format": "picture",
    "description": "base64 of a PNG or JPEG file, or a data URI of one",
}


def _picture(value: Any, info: ValidationInfo) -> bytes:
    """The bytes of a picture's file, its header checked; ValueError with one sentence otherwise."""
    content = value if isinstance(value, bytes) else _from_base64(value)
    limit = info.context.pixels if isinstance(info.context, Settings) else images.MAX_PIXELS
    try:
        images.check_header(content, formats=FORMATS, most=limit, name=info.field_name or "picture")
    except ImageError as error:
        raise ValueError(str(error)) from None
    return content


def _from_base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError(f"expected base64 of a PNG or JPEG file, got {type(text).__name__}")
    if text.startswith("data:"):
        header, found, text = text.partition(_BASE64)
        if not found or header not in ("data:image/png", "data:image/jpeg"):
            raise ValueError(
                "a data URI here begins with data:image/png;base64, or data:image/jpeg;base64,"
            )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(
            "this is not base64 of a picture; paths and addresses are not opened"
        ) from None


Picture = Annotated[bytes, BeforeValidator(_picture), WithJsonSchema(PICTURE_SCHEMA)]
Name = Annotated[str, Field(max_length=256)]
Seconds = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False, description="From arrival to answer; the server has its own."),
]
Absent = SkipJsonSchema[None]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(_Body):
    """One turn of a chat."""

    role: str
    content: str


class JudgeRequest(_Body):
    """Two pictures to compare."""

    task: Task
    reference: Picture
    """What should have been drawn."""
    prediction: Picture
    """What was drawn."""
    id: Name | None = None
    deadline: Seconds | None = None

    def item(self) -> Item:
        """As the engine takes it."""
        return Item(self.task, self.reference, prediction=self.prediction, id=self.id)


class Sample(_Body):
    """A reference picture, and one of completion, source and prediction."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [key]} for key in ("completion", "source", "prediction")]
        }
    )

    task: Task
    reference: Picture
    """What should have been drawn."""
    completion: str | list[Message] | Absent = None
    """A whole reply; the source is taken out of it."""
    source: str | Absent = None
    """The program or document alone."""
    prediction: Picture | Absent = None
    """A picture that something else has drawn."""
    id: Name | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Sample:
        given = {"completion", "source", "prediction"} & self.model_fields_set
        if len(given) != 1:
            words = " and ".join(sorted(given)) or "none"
            raise ValueError(f"expected one of completion, source, prediction; got {words}")
        if getattr(self, next(iter(given))) is None:
            raise ValueError(f"{next(iter(given))} must not be null")
        return self

    def item(self, name: str | None = None) -> Item:
        """As the engine takes it; `name` is used where it has no id."""
        completion: Any = self.completion
        if isinstance(completion, list):
            completion = [message.model_dump() for message in completion]
        return Item(
            self.task,
            self.reference,
            completion=completion,
            source=self.source,
            prediction=self.prediction,
            id=self.id if self.id is not None else name,
        )


class ScoreRequest(Sample):
    """A reference picture and what a model wrote, to draw, to judge and to reward."""

    deadline: Seconds | None = None
    rendering: StrictBool = False
    """Whether the answer holds the picture that was drawn."""


class BatchRequest(_Body):
    """Samples that are scored together; each is a batch of one to the shaping."""

    items: Annotated[list[Sample], Field(min_length=1)]
    """Their ids, where they have some, differ; the others are known by their place, from "0"."""
    deadline: Seconds | None = None

    @model_validator(mode="after")
    def _distinct(self) -> BatchRequest:
        names = [item.id for item in self.named()]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f'id "{twice}" stands in items twice')
        return self

    def named(self) -> list[Item]:
        """As the engine takes them, each with an id."""
        return [sample.item(str(place)) for place, sample in enumerate(self.items)]


class RemoteRewardRequest(BaseModel):
    """What OpenRLHF posts to `--reward.remote_url`: one sample, or none.

    With several servers it asks one of them about the sample and sends the others empty lists.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"query": {"maxItems": 0}}},
                {"properties": {"query": {"minItems": 1}, "labels": {"minItems": 1}}},
            ]
        }
    )

    query: list[str] = Field(max_length=1)
    """Prompt and response, as the tokenizer decodes them."""
    prompts: list[str] = Field([], max_length=1)
    labels: list[Picture] = Field(max_length=1)
    """The reference picture."""

    @model_validator(mode="after")
    def _labelled(self) -> RemoteRewardRequest:
        if self.query and not self.labels:
            raise ValueError("the query has no label; it should be the reference picture")
        return self


FIELDS = frozenset(
    name
    for model in (Message, JudgeRequest, ScoreRequest, BatchRequest, RemoteRewardRequest)
    for name in model.model_fields
)
"""Names of fields of requests."""


class Drawn(BaseModel):
    """A picture that was drawn."""

    backend: str
    fingerprint: str
    width: int
    height: int
    blank: bool
    seconds: float
    warnings: list[str]
    picture: str | None = None
    """A data URI, where it was asked for."""


class Row(BaseModel):
    """A result, as `verm judge` and `verm score` write it."""

    id: str | None
    task: Task
    status: Status
    reward: float | None
    """None where the judge or the machinery failed, in batches; else a number."""
    errors: list[Discrepancy]
    """Boxes are [x0, y0, x1, y1] in pixels, x1 and y1 exclusive."""
    judge: JudgeIdentity | None
    severity: int | None = None
    distance: float | None = None
    parts: dict[str, float] | None = None
    seconds: float
    usage: dict[str, float] | None = None
    rendering: Drawn | None = None
    failure: Failure | None = None


class RemoteReward(BaseModel):
    """What OpenRLHF reads; None where it asked about no sample."""

    rewards: float | None
    scores: float | None
    """The same in [0, 1]."""
    extra_logs: dict[str, float]
    """Parts of the reward; always the same keys."""


class State(BaseModel):
    """Whether the server can do its work."""

    ready: bool
    stopping: bool
    renders: str
    """ "yes", "not tried yet", or why sources cannot be drawn here."""
    waiting: int
    working: int


class About(BaseModel):
    """What this server does, and what it takes at most."""

    version: str
    judge: JudgeIdentity
    shaping: str
    low: float | None
    """No reward is below this; None for no bound."""
    high: float
    deadline: float
    body: int
    pixels: int
    batch: int
    queue: int


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"
