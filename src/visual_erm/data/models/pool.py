"""Which model is asked: a pool of them, each as often as its weight says.

    pool = read_pool(["http://one:8000/v1#big?weight=3", "http://two:8000/v1#small"], "editor")

The order for a question is drawn from the question itself, so a run that is resumed asks the same
model again and finds its reply in the cache. The others stand in when the first cannot be reached.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from visual_erm.endpoints import DEADLINE, KEYS, Endpoint, read_address
from visual_erm.errors import BackendError, InputError, UsageError, first_problem

MOST_TOKENS = 8192


class Member(BaseModel):
    """One model of a pool."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[str, ...] = Field(min_length=1)
    """Of its servers, which are replicas."""
    model: str
    weight: float = Field(default=1.0, gt=0)
    """How often it is asked, beside the others' weights."""
    key: str | None = None
    """Variable that holds its key; VISUAL_ERM_API_KEY or OPENAI_API_KEY if None."""
    price_in: float = Field(default=0.0, ge=0)
    """Money for a million tokens that are sent."""
    price_out: float = Field(default=0.0, ge=0)
    """Money for a million tokens of replies."""
    deadline: float = Field(default=DEADLINE, gt=0)
    """Seconds for one reply, all tries together."""
    max_tokens: int = Field(default=MOST_TOKENS, gt=0)
    temperature: float | None = Field(default=None, ge=0)
    """Left to the server if None."""

    def cost(self, usage: dict[str, float]) -> float:
        """Money for a reply."""
        tokens = (usage["prompt_tokens"], usage["completion_tokens"])
        return (tokens[0] * self.price_in + tokens[1] * self.price_out) / 1e6

    def body(self, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """A chat completion's, for these messages."""
        body: dict[str, Any] = {"messages": list(messages), "max_tokens": self.max_tokens}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        return body


_OPTIONS = sorted(set(Member.model_fields) - {"urls", "model"})


class Pool:
    """Models that can stand in for each other."""

    def __init__(self, members: Sequence[Member], role: str) -> None:
        self.members = tuple(members)
        self._endpoints = {
            member: Endpoint(
                member.urls,
                member.model,
                who=role,
                deadline=member.deadline,
                keys=[member.key] if member.key else KEYS,
            )
            for member in members
        }

    def order(self, rng: random.Random) -> list[Member]:
        """All members, the one to ask first, drawn by weight."""
        # Efraimidis and Spirakis 2006: keys u^(1/w) put them in the order of drawing by weight
        return sorted(self.members, key=lambda m: rng.random() ** (1 / m.weight), reverse=True)

    def endpoint(self, member: Member) -> Endpoint:
        """Where a member is asked."""
        return self._endpoints[member]

    def knock(self) -> None:
        """See that somebody is there.

        Raises:
            BackendError: no member answers.
        """
        problems = []
        for member in self.members:
            try:
                self._endpoints[member].knock()
            except BackendError as error:
                problems.append(str(error))
        if len(problems) == len(self.members):
            raise BackendError("; ".join(problems))

    def close(self) -> None:
        """End the connections."""
        for endpoint in self._endpoints.values():
            endpoint.close()


def read_pool(specs: Sequence[str], role: str) -> Pool:
    """A pool as a user names it: addresses, or JSON files with a list of members.

    Args:
        specs: "URL[,URL...]#MODEL[?weight=2&price_in=0.25&...]", or a path that ends in ".json".
        role: what its models are asked for.

    Raises:
        UsageError: an address is malformed, or an option has no such value.
        InputError: a file cannot be read.
    """
    members: list[Member] = []
    for spec in specs:
        members += _file(Path(spec)) if spec.endswith(".json") else [_member(spec, role)]
    return Pool(members, role)


def _member(spec: str, role: str) -> Member:
    address = read_address(spec, _OPTIONS, what=role)
    try:
        return Member.model_validate(
            {"urls": address.urls, "model": address.model, **address.options}
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{role} {address.model}: {first['loc'][0]}: {first['msg']}") from None


def _file(path: Path) -> list[Member]:
    try:
        found = TypeAdapter(list[Member]).validate_python(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except ValidationError as error:
        raise InputError(f"pool {path}: {first_problem(error, 'file')}") from None
    except ValueError as error:
        raise InputError(f"pool {path}: not valid JSON: {error}") from None
    if not found:
        raise InputError(f"pool {path} has no members")
    for member in found:
        for url in member.urls:
            read_address(f"{url}#{member.model}", (), what=str(path))
    return found
