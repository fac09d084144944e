"""A judge model behind OpenAI-compatible servers: vLLM, SGLang, or anything that speaks like them.

    endpoint:http://127.0.0.1:8000/v1#internlm/Visual-ERM
    endpoint:http://one:8000/v1,http://two:8000/v1#MODEL?profile=plain&samples=3&cache=verdicts

How it is sent, to which replica and how often, is `endpoints`'; what may stand behind the question
mark is in `options`. A server that is down, busy or wrong is an infrastructure fault, a reply that
holds no verdict a judge fault; neither is ever a score. A key is taken from VISUAL_ERM_API_KEY or
OPENAI_API_KEY.
"""

from __future__ import annotations

from visual_erm.endpoints import Endpoint
from visual_erm.judges.model import ModelJudge
from visual_erm.judges.options import read_options
from visual_erm.judges.profile import load_profile


class EndpointJudge(ModelJudge):
    """Asks a model behind servers. Thread-safe; connections are kept.

    Faults of asking have the codes unreachable, timeout, busy, refused_key, refused_request and
    bad_answer.
    """

    def __init__(self, spec: str) -> None:
        """Read the spec and knock at every server.

        Args:
            spec: as above, without "endpoint:".

        Raises:
            UsageError: the spec is malformed, or no such profile is built in.
            InputError: a profile of the user's or the cache cannot be read.
            BackendError: no server answers, or none of them has the model.
        """
        address, options = read_options(spec)
        profile = load_profile(options.profile)
        endpoint = Endpoint(
            address.urls,
            address.model,
            who="judge",
            deadline=options.deadline,
            hedge=options.hedge == "1",
            budget=options.limits(),
        )
        served = endpoint.knock()
        super().__init__(
            endpoint,
            profile,
            options,
            name="endpoint",
            model=address.model,
            details={"served": served} if served else {},
        )
