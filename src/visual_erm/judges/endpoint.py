"""A judge model behind OpenAI-compatible servers: vLLM, SGLang, or anything that speaks like them.

    endpoint:http://127.0.0.1:8000/v1#internlm/Visual-ERM
    endpoint:http://one:8000/v1,http://two:8000/v1#MODEL?profile=plain&deadline=60

What is sent is a `Profile`; how it is sent, to which replica and how often, is `endpoints`'. A
server that is down, busy or wrong is an infrastructure fault, a reply that holds no verdict a judge
fault; neither is ever a score. A key is taken from VISUAL_ERM_API_KEY or OPENAI_API_KEY.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visual_erm.endpoints import Endpoint, Reply, read_address, seconds
from visual_erm.errors import JudgeFault
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import load_profile
from visual_erm.types import Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image


class EndpointJudge:
    """Asks a vision-language model for a verdict. Thread-safe; connections are kept."""

    def __init__(self, spec: str) -> None:
        """Read the spec and knock at every server.

        Args:
            spec: as above, without "endpoint:".

        Raises:
            UsageError: the spec is malformed, or no such profile is built in.
            InputError: a profile of the user's cannot be read.
            BackendError: no server answers, or none of them has the model.
        """
        address = read_address(spec, {"profile", "deadline"}, what='judge "endpoint"')
        self.model = address.model
        self.profile = load_profile(address.options.get("profile", "published"))
        self.deadline = seconds(address.options.get("deadline"))
        self.identity = JudgeIdentity(
            name="endpoint",
            revision=f"{self.model} {self.profile.digest}",
            details={"model": self.model, "profile": self.profile.name},
        )
        self._endpoint = Endpoint(address.urls, self.model, who="judge", deadline=self.deadline)
        self._endpoint.knock()

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What the model says differs; see `Judge.compare`. Equal pictures are not sent.

        Raises:
            JudgeFault: codes refused, empty, truncated, unreadable.
            InfrastructureFault: codes unreachable, timeout, busy, refused_key, refused_request,
                bad_answer.
        """
        if np.array_equal(reference, candidate):
            return Verdict(task=task, judge=self.identity, usage={"requests": 0})
        reply = self._endpoint.ask(self.profile.request(reference, candidate, task, self.model))
        refuse_refusal(reply)
        return read_reply(
            reply.text, task, self.identity, finish=reply.finish, usage=dict(reply.usage)
        )

    def close(self) -> None:
        """End the connections; the judge can ask no more."""
        self._endpoint.close()


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
