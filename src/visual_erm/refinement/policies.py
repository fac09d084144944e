"""What writes: models behind endpoints, functions, commands, and a tracer that needs no model.

    tracer                                      drawings; vtracer, whose settings are revised
    endpoint:URL[,URL...]#MODEL[?OPTION=VALUE]  an OpenAI-compatible server
    command:PROGRAM ARGUMENTS                   a turn as JSON on stdin, the completion on stdout
    python:MODULE:FUNCTION                      called with a `Turn`, returns text or a `Draft`

A policy that cannot be asked raises an `InfrastructureFault` or a `BackendError`; what it writes,
an empty reply too, is never an exception.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from visual_erm import plugins
from visual_erm.errors import InfrastructureFault, UsageError
from visual_erm.refinement.records import Attempt, Kind
from visual_erm.types import Failure, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

_shared: dict[str, Policy] = {}
_shared_lock = threading.Lock()


@dataclass(frozen=True)
class Turn:
    """What a policy is asked for."""

    kind: Kind
    task: Task
    reference: Image
    """`(H, W, 3)` uint8 RGB, what is to be drawn."""
    round: int = 0
    sample: int = 0
    """Which of several drafts; a policy that can be random writes another one for each."""
    previous: Attempt | None = None
    """What is to be revised or repaired; None for drafts."""
    feedback: str = ""
    """What is wrong with it, in words: the judge's list, or why it does not draw."""
    attempts: tuple[Attempt, ...] = ()
    """All that came before, at this reference."""


@dataclass(frozen=True)
class Draft:
    """What a policy wrote."""

    completion: str
    """A whole reply; the source is taken out of it."""
    source: str | None = None
    """The source itself, where there is nothing around it."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """The policy's own, JSON-able; kept with the attempt and found there in later turns."""
    usage: Mapping[str, float] = field(default_factory=dict)
    """Seconds, requests, prompt_tokens, completion_tokens, money; what it knows of them."""


class Policy(Protocol):
    """One way to write sources. Thread-safe; all it needs to know of an item is in the turn."""

    @property
    def name(self) -> str:
        """For records: everything that tells it from another policy."""
        ...

    def write(self, turn: Turn) -> Draft:
        """Answer a turn.

        Raises:
            InfrastructureFault: it could not be asked.
            BackendError: it is missing, or the budget is used up.
        """
        ...


class FunctionPolicy:
    """A Python function that takes a `Turn` and returns text or a `Draft`."""

    def __init__(self, function: Callable[[Turn], str | Draft], name: str = "") -> None:
        """Keep it.

        Args:
            function: thread-safe.
            name: for records; module and name of the function if empty.
        """
        self._function = function
        own = f"{function.__module__}:{getattr(function, '__qualname__', repr(function))}"
        self.name = name or f"python:{own}"

    def write(self, turn: Turn) -> Draft:
        """Call it; see `Policy.write`."""
        written = self._function(turn)
        if isinstance(written, str):
            return Draft(written)
        if isinstance(written, Draft):
            return written
        kind = type(written).__name__
        raise down("no_text", f"the policy {self.name} returned {kind}, not text or a Draft")


def down(code: str, message: str, detail: str = "") -> InfrastructureFault:
    """The policy could not be asked, or did not answer as a policy does."""
    return InfrastructureFault(
        Failure(
            kind="infrastructure", stage="policy", code=code, message=message, detail=detail[-4000:]
        )
    )


def make_policy(spec: str | Policy | Callable[[Turn], str | Draft]) -> Policy:
    """The policy that a name stands for; one name is opened once in a process.

    Args:
        spec: as at the top of this module; a policy, which is returned as it is; or a function.

    Raises:
        UsageError: no policy has that name, or its argument is missing or wrong.
        BackendError: it is not installed, or does not answer.
    """
    if not isinstance(spec, str):
        return cast("Policy", spec) if hasattr(spec, "write") else FunctionPolicy(spec)
    name, _, argument = spec.partition(":")
    if name == "python":
        return FunctionPolicy(_function(argument), spec)
    with _shared_lock:
        if spec not in _shared:
            factory = plugins.find("policies", name)
            _shared[spec] = factory(argument) if argument else factory()
        return _shared[spec]


def _function(where: str) -> Callable[[Turn], str | Draft]:
    module, _, attribute = where.partition(":")
    if not module or not attribute:
        raise UsageError(f'policy "python" needs python:MODULE:FUNCTION; got "{where}"')
    try:
        found: Callable[[Turn], str | Draft] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f'policy "python:{where}" cannot be loaded: {error}') from None
    return found
