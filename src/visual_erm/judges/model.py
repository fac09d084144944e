"""A vision-language model as a judge, wherever it runs: what it is asked, how often, and what its
replies come to.

`EndpointJudge` and `LocalJudge` are this with a model behind servers and one in this process; what
is sent is a `Profile`, what may be wished of it `options.Asking`.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from cachetools import LRUCache

from visual_erm.errors import JudgeFault
from visual_erm.judges import consistency, instructions
from visual_erm.judges.cache import Kept
from visual_erm.judges.options import Asking
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import Profile, load_prompt
from visual_erm.types import COSTS, Discrepancy, Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.endpoints import Reply
    from visual_erm.judges.grounding import Evidence
    from visual_erm.types import Image

SENT_BACK = 4000
"""Characters of an unreadable reply that the model is shown again."""
REFERENCES = 32
"""Encoded references that are kept: the rollouts of one prompt share one."""
ROWS = 29
"""Every such row of a reference is looked at to find it again."""
Value = TypeVar("Value")
_UNREADABLE = ("empty", "truncated", "unreadable")
_CUT = ("empty", "truncated")
"""Replies that ran into their limit, perhaps because a schema let them write blanks for ever."""


class Source(Protocol):
    """Where replies come from: servers, or a model in this process. Thread-safe."""

    def ask(self, body: Mapping[str, Any], *, until: float | None = None) -> Reply:
        """What the model answers to the body of a chat completion; see `Endpoint.ask`."""
        ...

    def close(self) -> None:
        """Nothing more can be asked."""
        ...


@dataclass(frozen=True)
class Found(Generic[Value]):
    """What a model's reply came to."""

    value: Value
    usage: dict[str, float]
    """Of all requests."""
    first: Failure | None = None
    """What was wrong with the first reply, if a second was asked for."""


class ModelJudge:
    """Asks a vision-language model for a verdict. Thread-safe."""

    without_schema = "asked without the schema, which the server refuses"
    """The repair of a reply that was to be held to a schema and was not."""

    def __init__(
        self,
        source: Source,
        profile: Profile,
        options: Asking,
        *,
        name: str,
        model: str,
        details: Mapping[str, str],
    ) -> None:
        """Keep what is needed; nothing is asked yet.

        Args:
            source: whom it asks.
            profile: how it asks.
            options: what was wished.
            name: of the judge.
            model: what the verdicts' identity calls the model.
            details: of the identity, beside model, profile and options.

        Raises:
            InputError: the cache cannot be read.
        """
        self.source, self.profile, self.options = source, profile, options
        self.model = model
        told = {"model": model, "profile": profile.name, **options.details(), **details}
        self.identity = JudgeIdentity(name=name, revision=f"{model} {profile.digest}", details=told)
        self.deadline = options.deadline
        self.pictures = Pictures(profile)
        self.kept: Kept | None = None
        if options.cache:
            self.kept = Kept(options.cache, megabytes=options.cache_mb)

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What the model says differs; see `Judge.compare`. Equal pictures are not sent.

        Raises:
            JudgeFault: codes refused, empty, truncated, unreadable.
            InfrastructureFault: the model could not be asked; codes as the source's.
            BackendError: the budget is used up.
        """
        if np.array_equal(reference, candidate):
            return Verdict(task=task, judge=self.identity, usage={"requests": 0})

        def ask() -> Verdict:
            return self._judged(reference, candidate, task)

        if self.kept is None:
            return ask()
        return self.kept.remember(reference, candidate, task, self.identity, ask)

    def close(self) -> None:
        """End connections, or let go of the model; the judge can ask no more."""
        self.source.close()
        if self.kept is not None:
            self.kept.close()

    def _judged(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        until = time.monotonic() + self.deadline
        verdict = self._asked(reference, candidate, task, until)
        own: tuple[Discrepancy, ...] = ()
        if self.options.guard == "1":
            found = instructions.find(*self.evidence.texts(reference, candidate))
            if found is not None:
                clean = instructions.masked(candidate, found)
                second = self._asked(reference, clean, task, until)
                verdict, own = _masked(verdict, second, found.text), (found.error(task),)
        if self.options.ground == "1":
            verdict = self.evidence.ground(verdict, reference, candidate)
        return verdict.model_copy(update={"errors": (*verdict.errors, *own)})

    def _asked(self, reference: Image, candidate: Image, task: Task, until: float) -> Verdict:
        pictures = [
            self.pictures.kept_part(reference, task),
            self.profile.part(candidate, task),
        ]
        verdict = self._sampled(pictures, task, until)
        if self.options.swap == "1":
            verdict = _exchanged(verdict, self._look(pictures[::-1], task, until))
        return verdict

    @cached_property
    def evidence(self) -> Evidence:
        """What the embedded judge knows; opened where it is needed."""
        from visual_erm.judges.grounding import Evidence

        return Evidence()

    def _sampled(self, pictures: list[dict[str, Any]], task: Task, until: float) -> Verdict:
        """One of several replies: the one that disagrees least with the others."""
        # a greedy model says the same again, as far as its server can
        asked = 1 if self.profile.greedy(task) else self.options.samples
        if asked == 1:
            return self._look(pictures, task, until)
        looks: list[Verdict] = []
        faults: list[JudgeFault] = []
        for _ in range(asked):
            try:
                looks.append(self._look(pictures, task, until))
            except JudgeFault as fault:
                faults.append(fault)
        if 2 * len(looks) <= asked:
            raise faults[0]
        apart = consistency.mean_disagreement(looks)
        warnings = [f"{len(faults)} of {asked} replies could not be read"] if faults else []
        if apart > consistency.APART:
            sums = ", ".join(str(look.severity) for look in looks)
            warnings.append(f"the samples disagree: severities {sums}")
        chosen = looks[consistency.representative(looks)]
        return _with(chosen, looks, warnings, samples=len(looks), disagreement=apart)

    def _look(self, pictures: list[dict[str, Any]], task: Task, until: float) -> Verdict:
        """One reply, sent back once if it cannot be read and that is wished."""
        found = self.answer(
            self.profile.body(pictures, task), until, lambda reply: self._read(reply, task)
        )
        verdict = found.value
        if found.first is None:
            return verdict
        repairs = (*verdict.repairs, f"asked once more, because {found.first.message}")
        return verdict.model_copy(update={"repairs": repairs, "usage": found.usage})

    def answer(
        self,
        body: Mapping[str, Any],
        until: float,
        read: Callable[[Reply], Value],
        *,
        again: str = "repair.txt",
    ) -> Found[Value]:
        """What is read in the model's reply, or in a second one where that is wished.

        Args:
            body: of a chat completion.
            until: time of `time.monotonic` by which the answer must be there.
            read: raises a JudgeFault for what it cannot read.
            again: the prompt that sends an unreadable reply back.

        Raises:
            JudgeFault: of the last reply.
            InfrastructureFault: the model could not be asked.
            BackendError: the budget is used up.
        """
        reply = self.source.ask(body, until=until)
        try:
            return Found(read(reply), reply.usage)
        except JudgeFault as fault:
            if self.options.repair == "0" or fault.failure.code not in _UNREADABLE:
                raise
            first = fault.failure
        second = self.source.ask(_sent_back(body, reply, first, again), until=until)
        return Found(read(second), _total([reply.usage, second.usage]), first)

    def _read(self, reply: Reply, task: Task) -> Verdict:
        refuse_refusal(reply)
        verdict = read_reply(
            reply.text, task, self.identity, finish=reply.finish, usage=dict(reply.usage)
        )
        repairs = verdict.repairs
        if reply.without_schema:
            repairs = (*repairs, self.without_schema)
        # what pixels bear out is not for the model to say
        errors = tuple(error.model_copy(update={"grounded": None}) for error in verdict.errors)
        return verdict.model_copy(update={"errors": errors, "repairs": repairs})


class Pictures:
    """Pictures as a profile sends them; references are encoded once. Thread-safe."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._parts: LRUCache[Hashable, tuple[Image, dict[str, Any]]] = LRUCache(REFERENCES)

    def kept_part(self, picture: Image, task: Task) -> dict[str, Any]:
        """As `Profile.part`, remembered."""
        # a few rows say which it may be, all of them whether it is: a fifth of a digest's time
        name = (task, picture.shape, zlib.crc32(picture[::ROWS].tobytes()))
        with self._lock:
            known = self._parts.get(name)
        if known is not None and np.array_equal(known[0], picture):
            return known[1]
        part = self._profile.part(picture, task)
        with self._lock:
            self._parts[name] = (picture, part)
        return part


def refuse_refusal(reply: Reply) -> None:
    """Raise for a reply in which the model would not judge.

    Raises:
        JudgeFault: code refused.
    """
    if reply.refusal or reply.finish == "content_filter":
        raise JudgeFault(
            Failure(
                kind="judge",
                stage="judge",
                code="refused",
                message="the model refused to judge",
                detail=reply.refusal or reply.text,
            )
        )


def _sent_back(
    body: Mapping[str, Any], reply: Reply, failure: Failure, prompt: str
) -> dict[str, Any]:
    """The question again, after the reply and what was wrong with it."""
    shown = reply.text.strip()[:SENT_BACK] or "(nothing)"
    messages = [
        *body["messages"],
        {"role": "assistant", "content": shown},
        {
            "role": "user",
            "content": load_prompt(prompt)[0].replace("{problem}", failure.message),
        },
    ]
    again = {**body, "messages": messages}
    if failure.code in _CUT:
        again.pop("response_format", None)
    return again


def _exchanged(verdict: Verdict, other: Verdict) -> Verdict:
    """The verdict, with what asking for the opposite direction says of it."""
    apart = consistency.disagreement(verdict, other)
    warnings = []
    if apart > consistency.APART:
        warnings.append(
            f"the order of the pictures matters: severity {verdict.severity}, exchanged "
            f"{other.severity}"
        )
    return _with(verdict, [verdict, other], warnings, swap_disagreement=apart)


def _masked(first: Verdict, second: Verdict, text: str) -> Verdict:
    """The second verdict, on a candidate without a text that speaks to the judge."""
    warnings = [f'a text in the candidate is addressed to the judge: "{text}"']
    apart = consistency.disagreement(first, second)
    return _with(second, [first, second], warnings, masked_disagreement=apart)


def _with(
    verdict: Verdict, looks: Sequence[Verdict], warnings: Sequence[str], **figures: float
) -> Verdict:
    """The verdict with the costs of all looks, and what they say together."""
    usage = {**verdict.usage, **_total([look.usage for look in looks]), **figures}
    told = (*verdict.warnings, *warnings)
    return verdict.model_copy(update={"usage": usage, "warnings": told})


def _total(usages: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for usage in usages:
        total.update({name: usage[name] for name in COSTS if name in usage})
    return dict(total)
