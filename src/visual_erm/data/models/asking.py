"""Models in their roles: asked through their pools, answered from the cache where that can be."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from visual_erm.data.models import prompts
from visual_erm.data.models.pool import Member, Pool
from visual_erm.data.models.replies import Replies, Spent
from visual_erm.endpoints import Reply
from visual_erm.errors import BackendError, InfrastructureFault

Role = Literal["editor", "inferrer", "annotator"]
MOST_FAILURES = 8
"""Questions that may go unanswered one after the other; then the run stops, to be resumed."""

_DOWN = ("unreachable", "timeout", "busy")
"""Failures of a server, not of a question."""


@dataclass(frozen=True)
class Answer:
    """A reply, and whose it is."""

    model: str
    reply: Reply


class Models:
    """The pools of a run. Thread-safe."""

    def __init__(
        self, pools: Mapping[Role, Pool], replies: Replies, *, budget: float | None = None
    ) -> None:
        """Keep what is needed; nothing is asked yet.

        Args:
            pools: by role; a run does without the roles that are not there.
            replies: where answers are kept.
            budget: money that all replies of the folder may cost; None sets no limit.
        """
        self.pools = dict(pools)
        self._replies, self._budget = replies, budget
        self._lock = threading.Lock()
        self._failures = 0
        self._stopped: str | None = None
        """Why nothing more is asked."""
        self._money = sum(line.money for line in replies.spent())
        self.asked: Counter[str] = Counter()
        """Replies that this run paid for, by role."""

    @property
    def routes(self) -> tuple[str, ...]:
        """What two builds must share to be one: who is asked for what, and the prompts."""
        asked = [
            f"{role} {member.model}" for role, pool in self.pools.items() for member in pool.members
        ]
        return (*sorted(asked), f"prompts {prompts.digest()}")

    def knock(self) -> None:
        """See that somebody is there in every role.

        Raises:
            BackendError: there is not.
        """
        for pool in self.pools.values():
            pool.knock()

    def ask(self, role: Role, messages: Sequence[dict[str, Any]], mark: str) -> Answer:
        """What a model of a pool answers; from the cache if it has answered before.

        Args:
            role: which pool.
            messages: of a chat completion.
            mark: tells apart questions that read the same; the model is drawn by it.

        Raises:
            InfrastructureFault: no model of the pool answers this question.
            BackendError: they answer none at all, a key is refused, or the budget is used up.
        """
        order = self.pools[role].order(random.Random(f"{role} {mark}"))
        keys = {member: _key(role, member, messages, mark) for member in order}
        for member in order:
            known = self._replies.get(keys[member])
            if known is not None:
                return Answer(member.model, known)
        for member in order:
            self._check()
            try:
                reply = self.pools[role].endpoint(member).ask(member.body(messages))
            except InfrastructureFault as fault:
                failed = fault
                continue
            money = member.cost(reply.usage)
            self._replies.put(keys[member], role, member.model, reply, money)
            with self._lock:
                self._failures = 0
                self._money += money
                self.asked[role] += 1
            return Answer(member.model, reply)
        self._count_failure(failed)
        raise failed

    def first(self, role: Role, mark: str) -> str:
        """The model that is asked first, to say who failed."""
        return self.pools[role].order(random.Random(f"{role} {mark}"))[0].model

    def spent(self) -> list[Spent]:
        """What all replies of the folder cost."""
        return self._replies.spent()

    def close(self) -> None:
        """End connections and cache."""
        for pool in self.pools.values():
            pool.close()
        self._replies.close()

    def _check(self) -> None:
        """Raise if the run has come to its end, for all that is still in work."""
        with self._lock:
            if self._stopped is None and self._budget is not None and self._money >= self._budget:
                self._stopped = (
                    f"the budget of {self._budget:g} is used up ({self._money:.4g}); what was "
                    "finished is kept, run the command again with a larger one to go on"
                )
            if self._stopped is not None:
                raise BackendError(self._stopped)

    def _count_failure(self, fault: InfrastructureFault) -> None:
        with self._lock:
            self._failures += fault.failure.code in _DOWN
            if self._stopped is None and fault.failure.code == "refused_key":
                self._stopped = str(fault)
            elif self._stopped is None and self._failures >= MOST_FAILURES:
                self._stopped = (
                    f"{self._failures} questions in a row went unanswered, the last as {fault}; "
                    "what was finished is kept, run the command again to go on"
                )
        self._check()


def _key(role: Role, member: Member, messages: Sequence[dict[str, Any]], mark: str) -> str:
    whole = [role, member.model, member.body(messages), mark]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
