"""A policy behind OpenAI-compatible servers: vLLM, SGLang, or anything that speaks like them.

    endpoint:http://127.0.0.1:8000/v1#Qwen/Qwen3-VL-8B-Instruct?temperature=0.7&budget_tokens=2e6

How it is sent, to which replica and how often, is `visual_erm.endpoints`'; what it is asked,
`prompts`'. A key is taken from VISUAL_ERM_API_KEY or OPENAI_API_KEY.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from visual_erm.endpoints import DEADLINE, SHAPE, Endpoint, read_address, seconds
from visual_erm.errors import UsageError
from visual_erm.refinement import prompts
from visual_erm.refinement.policies import Draft, Turn
from visual_erm.spending import Budget

MOST_TOKENS = 8192


class Options(BaseModel):
    """What may stand behind the question mark of its address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline: float = DEADLINE
    """Seconds for one reply, all tries and waiting together."""
    temperature: float | None = Field(default=None, ge=0)
    """Left to the server if None."""
    max_tokens: int = Field(default=MOST_TOKENS, gt=0)
    prompts: str = ""
    """A folder with other texts in place of the built-in ones."""
    budget: float | None = Field(default=None, gt=0)
    """Money that this process may spend."""
    budget_tokens: float | None = Field(default=None, gt=0)
    budget_requests: float | None = Field(default=None, gt=0)
    price_in: float = Field(default=0.0, ge=0)
    """Money for a million tokens that are sent."""
    price_out: float = Field(default=0.0, ge=0)
    """Money for a million tokens of replies."""

    @field_validator("deadline", mode="before")
    @classmethod
    def _seconds(cls, stated: Any) -> float:
        return seconds(str(stated))

    def limits(self) -> Budget:
        """What may be spent."""
        return Budget(
            self.budget, self.budget_tokens, self.budget_requests, self.price_in, self.price_out
        )


class EndpointPolicy:
    """Asks a model behind servers. Thread-safe; connections are kept."""

    def __init__(self, spec: str = "") -> None:
        """Read the spec and knock at every server.

        Args:
            spec: as above, without "endpoint:".

        Raises:
            UsageError: the spec is malformed.
            InputError: a folder of prompts cannot be read.
            BackendError: no server answers, or none of them has the model.
        """
        if not spec:
            raise UsageError(f'policy "endpoint" needs an address and a model: endpoint:{SHAPE}')
        address = read_address(spec, Options.model_fields, what='policy "endpoint"')
        try:
            self._options = Options.model_validate(address.options)
        except ValidationError as error:
            first = error.errors()[0]
            message = f'policy "endpoint": {first["loc"][0]}: {first["msg"]}'
            raise UsageError(message) from None
        options = self._options
        if options.budget is not None and not options.price_in + options.price_out:
            raise UsageError("a budget of money needs price_in or price_out, per million tokens")
        self._texts = prompts.load(options.prompts)
        self._endpoint = Endpoint(
            address.urls,
            address.model,
            who="policy",
            deadline=options.deadline,
            budget=options.limits(),
        )
        served = self._endpoint.knock()
        sampling = f"temperature {options.temperature}, {options.max_tokens} tokens"
        model = f"{address.model} ({served})" if served else address.model
        self.name = f"endpoint {model}, prompts {self._texts.digest}, {sampling}"

    def write(self, turn: Turn) -> Draft:
        """Ask it; see `Policy.write`. A reply that was cut or refused is what it wrote."""
        body: dict[str, Any] = {
            "messages": prompts.messages(turn, self._texts),
            "max_tokens": self._options.max_tokens,
        }
        if self._options.temperature is not None:
            body["temperature"] = self._options.temperature
        if turn.sample:
            # servers that sample by a fixed seed would send the first draft again
            body["seed"] = turn.sample
        reply = self._endpoint.ask(body)
        notes = {"finish": reply.finish} if reply.finish != "stop" else {}
        return Draft(reply.text or reply.refusal, notes=notes, usage=reply.usage)

    def close(self) -> None:
        """End the connections."""
        self._endpoint.close()
