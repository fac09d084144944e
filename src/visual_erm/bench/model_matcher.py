"""A model that says which reported error is which true one, behind an OpenAI-compatible server.

    match = make_matcher("endpoint:http://127.0.0.1:8000/v1#MODEL", Path("bench"))
    match(truth, found).matches

It is shown what the published matcher is shown: category, severity and description, not the place.
A reply is kept in the folder, so the same question is paid once; a question that cannot be
answered, or whose answer cannot be read, is a fault and never "no match".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.bench.matching import Level, Match, Matcher, MatchErrors, Matching, unmatched
from visual_erm.data.models.replies import Replies
from visual_erm.endpoints import Endpoint, Reply, read_address, seconds
from visual_erm.errors import JudgeFault, UsageError
from visual_erm.types import Discrepancy, Failure

DETERMINISTIC = "deterministic"
MOST_TOKENS = 8192
NAME = "matches.sqlite"
_FENCED = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL)


class _Pair(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    truth: int = Field(ge=1)
    found: int = Field(ge=1)
    level: Level


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    matches: tuple[_Pair, ...]


class ModelMatcher:
    """Asks a model to match two lists. Thread-safe; connections are kept."""

    def __init__(self, spec: str, folder: Path) -> None:
        """Knock at the server; nothing is asked yet.

        Args:
            spec: "URL[,URL...]#MODEL[?deadline=SECONDS]".
            folder: where replies are kept.

        Raises:
            UsageError: the spec is malformed.
            BackendError: no server answers, or none has the model.
        """
        address = read_address(spec, {"deadline"}, what="matcher")
        self._prompt = _prompt()
        digest = hashlib.sha256(self._prompt.encode()).hexdigest()[:12]
        self.name = f"{address.model}, prompt {digest}"
        """Whose matches these are, for records."""
        deadline = seconds(address.options.get("deadline"))
        self._endpoint = Endpoint(address.urls, address.model, who="matcher", deadline=deadline)
        self._endpoint.knock()
        self._replies = Replies(folder / NAME)

    def __call__(self, truth: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> Matching:
        """Match two lists; an empty one needs no model.

        Raises:
            JudgeFault: the reply cannot be read: codes refused, truncated, unreadable.
            InfrastructureFault: the server could not be asked.
        """
        matches: tuple[Match, ...] = ()
        if truth and found:
            matches = self._asked(truth, found)
        return Matching(
            matches,
            unmatched(len(truth), (match.truth for match in matches)),
            unmatched(len(found), (match.found for match in matches)),
        )

    def close(self) -> None:
        """End the connections, and let the replies go."""
        self._endpoint.close()
        self._replies.close()

    def _asked(
        self, truth: Sequence[Discrepancy], found: Sequence[Discrepancy]
    ) -> tuple[Match, ...]:
        body = self._body(truth, found)
        whole = json.dumps([self._endpoint.model, body], sort_keys=True)
        key = hashlib.sha256(whole.encode()).hexdigest()
        known = self._replies.get(key)
        reply = known or self._endpoint.ask(body)
        matches = _read(reply, len(truth), len(found))
        if known is None:
            # only what could be read: a fault is asked again
            self._replies.put(key, "matcher", self._endpoint.model, reply, 0.0)
        return matches

    def _body(self, truth: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> dict[str, Any]:
        lists = {"truth": _listed(truth), "found": _listed(found)}
        # one pass: what is filled in is never read as a place to fill
        text = re.sub(r"\{\{(\w+)\}\}", lambda place: lists[place[1]], self._prompt)
        message = {"role": "user", "content": text}
        return {"messages": [message], "max_tokens": MOST_TOKENS, "temperature": 0}


def make_matcher(spec: str, folder: Path) -> MatchErrors:
    """The matcher that a name stands for.

    Args:
        spec: "deterministic", or "endpoint:URL#MODEL".
        folder: where a model's replies are kept.

    Raises:
        UsageError: it is neither.
        BackendError: no server answers.
    """
    if spec == DETERMINISTIC:
        return Matcher()
    kind, colon, address = spec.partition(":")
    if kind != "endpoint" or not colon:
        raise UsageError(f'no matcher "{spec}"; known: deterministic, endpoint:URL#MODEL')
    return ModelMatcher(address, folder)


def _prompt() -> str:
    return files("visual_erm.bench").joinpath("prompts", "match.md").read_text(encoding="utf-8")


def _listed(errors: Sequence[Discrepancy]) -> str:
    return "\n".join(
        json.dumps(
            {
                "number": number,
                "category": error.category,
                "severity": error.severity,
                "description": error.description or error.location,
            },
            ensure_ascii=False,
        )
        for number, error in enumerate(errors, 1)
    )


def _read(reply: Reply, truth: int, found: int) -> tuple[Match, ...]:
    """The matches of a reply, one to one, best first."""
    if reply.refusal or reply.finish == "content_filter":
        _fault("refused", "the matcher refused to answer", reply)
    if reply.finish == "length":
        _fault("truncated", "the matcher's reply was cut by its limit", reply)
    text = reply.text.rpartition("</think>")[2].strip()
    fenced = _FENCED.fullmatch(text)
    try:
        answer = _Answer.model_validate_json(fenced[1] if fenced else text)
    except ValidationError as error:
        what = error.errors()[0]["msg"]
        _fault(
            "unreadable", f"the matcher's reply is not the JSON that was asked for: {what}", reply
        )
    for side, count in (("truth", truth), ("found", found)):
        numbers = [getattr(pair, side) for pair in answer.matches]
        if len(set(numbers)) < len(numbers) or any(number > count for number in numbers):
            _fault("unreadable", f'the matcher names an entry of "{side}" twice or none', reply)
    pairs = sorted(answer.matches, key=lambda pair: (pair.level != "yes", pair.truth))
    return tuple(Match(pair.truth - 1, pair.found - 1, pair.level) for pair in pairs)


def _fault(code: str, message: str, reply: Reply) -> NoReturn:
    raise JudgeFault(
        Failure(kind="judge", stage="match", code=code, message=message, detail=reply.text[:2000])
    )
