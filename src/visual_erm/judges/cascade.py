"""The embedded judge first, a model only where it is in doubt.

    cascade:embedded>endpoint:http://127.0.0.1:8000/v1#internlm/Visual-ERM
    cascade:embedded?doubt=0.3>endpoint:...

Doubt is a number in [0, 1]. Where the embedded judge finds errors it is the largest chance that
one of them is none, by the trees of `trust`, which learned it from pairs with known truth. Where it
finds none although the pictures differ beyond drawing noise it is `SILENT`; where they do not, and
where it takes the candidate for no attempt at all, it is 0: a cheat shall not find a second judge.
Above the threshold the model is asked, and its errors count, marked by what the embedded judge
found (`grounding`). `usage` says of each verdict how large the doubt was and whether the model was
asked. `python -m benchmarks.judge.doubt PAIRS` prints how often each threshold asks, and how much
worse the embedded judge is there.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from visual_erm import images
from visual_erm.errors import UsageError
from visual_erm.judges import Judge, distance, embedded, make_judge, trust
from visual_erm.judges.parallel import shared
from visual_erm.processors import processors
from visual_erm.types import JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.judges.grounding import Evidence
    from visual_erm.types import Image

DOUBT = 0.3
"""Above this the model is asked: on a fifth of pairs with known truth."""
SILENT = 0.25
"""Doubt of a verdict without errors on pictures that differ: so many of them miss something."""
SHAPE = "cascade:embedded[?doubt=NUMBER]>JUDGE"


class CascadeJudge:
    """Two judges in turn. Thread-safe."""

    def __init__(self, spec: str) -> None:
        """Open the model judge; the embedded one opens on first use.

        Args:
            spec: as above, without "cascade:".

        Raises:
            UsageError: the spec is malformed.
            BackendError: the model judge cannot be reached.
        """
        first, found, rest = spec.partition(">")
        name, _, query = first.partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        if name != "embedded" or not found or set(options) - {"doubt"}:
            raise UsageError(f'judge "cascade" is written {SHAPE}; got "{spec}"')
        self.threshold = _number(options.get("doubt"))
        self.model: Judge = make_judge(rest)
        other = self.model.identity
        self.identity = JudgeIdentity(
            name="cascade",
            revision=f"embedded {embedded.REVISION} > {other.name} {other.revision}",
            details={"threshold": f"{self.threshold:g}", **other.details},
        )
        self._lock = threading.Lock()
        self._flying = 0

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """The embedded judge's verdict, or the model's; see `Judge.compare`.

        The distance is the embedded judge's in both cases, so that values can be compared.
        """
        first = self._embedded(reference, candidate, task)
        doubt = doubt_of(first, reference, candidate)
        if doubt <= self.threshold:
            usage = {**first.usage, "doubt": doubt, "asked": 0.0}
            return first.model_copy(update={"judge": self.identity, "usage": usage})
        second = self.model.compare(reference, candidate, task)
        second = self._evidence.ground(second, reference, candidate, found=first)
        seconds = first.usage["seconds"] + second.usage.get("seconds", 0.0)
        cpu = first.usage["cpu_seconds"] + second.usage.get("cpu_seconds", 0.0)
        usage = {**second.usage, "seconds": seconds, "cpu_seconds": cpu}
        return second.model_copy(
            update={
                "judge": self.identity,
                "distance": first.distance,
                "usage": {**usage, "doubt": doubt, "asked": 1.0},
            }
        )

    def _embedded(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """In this process, or, where several pairs are at hand, in processes beside it."""
        with self._lock:
            self._flying += 1
            alone = self._flying == 1
        try:
            cores = processors()
            judge = self._evidence.judge if alone or cores == 1 else shared("embedded", cores)
            return judge.compare(reference, candidate, task)
        finally:
            with self._lock:
                self._flying -= 1

    @cached_property
    def _evidence(self) -> Evidence:
        from visual_erm.judges.grounding import Evidence

        return Evidence()


def doubt_of(verdict: Verdict, reference: Image, candidate: Image) -> float:
    """How much the embedded judge's verdict is in doubt, in [0, 1]; see the head of this module."""
    task = verdict.task
    side = embedded.MAX_SIDE["full"][task]
    one, other = (images.fit(each, side) for each in (reference, candidate))
    if not verdict.errors:
        return 0.0 if embedded.harmless(one, other, fine=task == "table") else SILENT
    if any(error.location == embedded.WHOLE_PICTURE for error in verdict.errors):
        return 0.0
    measures = distance.measure(one, other)
    chances = trust.probabilities(
        trust.evidence(verdict.errors, reference, candidate, measures, task), task
    )
    return float(1 - chances.min())


def _number(stated: str | None) -> float:
    try:
        threshold = DOUBT if stated is None else float(stated)
    except ValueError:
        threshold = -1.0
    if not 0 <= threshold <= 1:
        raise UsageError(f'doubt must be a number in [0, 1]; got "{stated}"')
    return threshold
