"""A judge model behind OpenAI-compatible servers: vLLM, SGLang, or anything that speaks like them.

    endpoint:http://127.0.0.1:8000/v1#internlm/Visual-ERM
    endpoint:http://one:8000/v1,http://two:8000/v1#MODEL?profile=plain&samples=3&cache=verdicts

What is sent is a `Profile`; how it is sent, to which replica and how often, is `endpoints`'; what
may stand behind the question mark is in `options`. A server that is down, busy or wrong is an
infrastructure fault, a reply that holds no verdict a judge fault; neither is ever a score. A key is
taken from VISUAL_ERM_API_KEY or OPENAI_API_KEY.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import Counter, OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from visual_erm.endpoints import Endpoint, Reply
from visual_erm.errors import JudgeFault
from visual_erm.judges import consistency, instructions
from visual_erm.judges.cache import Verdicts
from visual_erm.judges.options import read_options
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import Profile, load_profile, load_prompt
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.judges.grounding import Evidence
    from visual_erm.types import Image

SENT_BACK = 4000
"""Characters of an unreadable reply that the model is shown again."""
REFERENCES = 32
"""Encoded references that are kept: the rollouts of one prompt share one."""
ROWS = 29
"""Every such row of a reference is looked at to find it again."""
_UNREADABLE = ("empty", "truncated", "unreadable")
_CUT = ("empty", "truncated")
"""Replies that ran into their limit, perhaps because a schema let them write blanks for ever."""


class EndpointJudge:
    """Asks a vision-language model for a verdict. Thread-safe; connections are kept."""

    def __init__(self, spec: str) -> None:
        """Read the spec and knock at every server.

        Args:
            spec: as above, without "endpoint:".

        Raises:
            UsageError: the spec is malformed, or no such profile is built in.
            InputError: a profile of the user's or the cache cannot be read.
            BackendError: no server answers, or none of them has the model.
        """
        address, self.options = read_options(spec)
        self.model = address.model
        self.profile = load_profile(self.options.profile)
        self.deadline = self.options.deadline
        self.endpoint = Endpoint(
            address.urls,
            self.model,
            who="judge",
            deadline=self.deadline,
            hedge=self.options.hedge == "1",
            budget=self.options.limits(),
        )
        served = self.endpoint.knock()
        details = {"model": self.model, "profile": self.profile.name, **self.options.details()}
        self.identity = JudgeIdentity(
            name="endpoint",
            revision=f"{self.model} {self.profile.digest}",
            details={**details, "served": served} if served else details,
        )
        self.pictures = Pictures(self.profile)
        self._kept: Verdicts | None = None
        if self.options.cache:
            self._kept = Verdicts(self.options.cache, megabytes=self.options.cache_mb)

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What the model says differs; see `Judge.compare`. Equal pictures are not sent.

        Raises:
            JudgeFault: codes refused, empty, truncated, unreadable.
            InfrastructureFault: codes unreachable, timeout, busy, refused_key, refused_request,
                bad_answer.
            BackendError: the budget is used up.
        """
        if np.array_equal(reference, candidate):
            return Verdict(task=task, judge=self.identity, usage={"requests": 0})

        def ask() -> Verdict:
            return self._judged(reference, candidate, task)

        if self._kept is None:
            return ask()
        return self._kept.remember(reference, candidate, task, self.identity, ask)

    def close(self) -> None:
        """End the connections; the judge can ask no more."""
        self.endpoint.close()
        if self._kept is not None:
            self._kept.close()

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
        body = self.profile.body(pictures, task)
        reply = self.endpoint.ask(body, until=until)
        try:
            return self._read(reply, task)
        except JudgeFault as fault:
            if self.options.repair == "0" or fault.failure.code not in _UNREADABLE:
                raise
            first = fault.failure
        again = self.endpoint.ask(_sent_back(body, reply, first), until=until)
        verdict = self._read(again, task)
        repairs = (*verdict.repairs, f"asked once more, because {first.message}")
        usage = _total([reply.usage, verdict.usage])
        return verdict.model_copy(update={"repairs": repairs, "usage": usage})

    def _read(self, reply: Reply, task: Task) -> Verdict:
        refuse_refusal(reply)
        verdict = read_reply(
            reply.text, task, self.identity, finish=reply.finish, usage=dict(reply.usage)
        )
        repairs = verdict.repairs
        if reply.without_schema:
            repairs = (*repairs, "asked without the schema, which the server refuses")
        # what pixels bear out is not for the model to say
        errors = tuple(error.model_copy(update={"grounded": None}) for error in verdict.errors)
        return verdict.model_copy(update={"errors": errors, "repairs": repairs})


class Pictures:
    """Pictures as a profile sends them; references are encoded once. Thread-safe."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._parts: OrderedDict[Hashable, tuple[Image, dict[str, Any]]] = OrderedDict()

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
            if len(self._parts) > REFERENCES:
                self._parts.popitem(last=False)
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


def _sent_back(body: Mapping[str, Any], reply: Reply, failure: Failure) -> dict[str, Any]:
    """The question again, after the reply and what was wrong with it."""
    shown = reply.text.strip()[:SENT_BACK] or "(nothing)"
    messages = [
        *body["messages"],
        {"role": "assistant", "content": shown},
        {
            "role": "user",
            "content": load_prompt("repair.txt")[0].replace("{problem}", failure.message),
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
        total.update({name: usage[name] for name in _COSTS if name in usage})
    return dict(total)


_COSTS = ("seconds", "requests", "money", "prompt_tokens", "completion_tokens")
