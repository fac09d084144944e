"""A judge model behind OpenAI-compatible servers: vLLM, SGLang, or anything that speaks like them.

    endpoint:http://127.0.0.1:8000/v1#internlm/Visual-ERM
    endpoint:http://one:8000/v1,http://two:8000/v1#MODEL?profile=plain&deadline=60

Several URLs are replicas of one model: each request goes to the one with the fewest in flight, and
one that fails is left alone for a while. What is sent is a `Profile`; a retry repeats the same
request. A server that is down, busy or wrong is an infrastructure fault, a reply that holds no
verdict a judge fault; neither is ever a score. A key is taken from VISUAL_ERM_API_KEY or
OPENAI_API_KEY and sent to all of them.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl

import httpx
import numpy as np
import tenacity

from visual_erm.errors import BackendError, InfrastructureFault, JudgeFault, UsageError
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import load_profile
from visual_erm.types import Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

DEADLINE = 120.0
"""Seconds of wall time for one verdict, all tries together."""
TRIES = 4
CONNECT = 5.0
"""Seconds until a server that does not answer the door counts as down."""
REST = 10.0
"""Seconds for which a replica that failed is asked only when no other is left."""
LONGEST_WAIT = 20.0
"""Seconds between two tries, whatever a server's Retry-After asks for."""
BUSY = (408, 429, 500, 502, 503, 504, 529)
"""HTTP answers after which the same request may succeed."""
_KEYS = ("VISUAL_ERM_API_KEY", "OPENAI_API_KEY")
_SHAPE = "endpoint:URL[,URL...]#MODEL[?profile=NAME&deadline=SECONDS]"


@dataclass
class _Replica:
    """One server, and how it does."""

    url: str
    flying: int = 0
    rests_until: float = 0.0


class _TryAgainError(Exception):
    """The request may succeed later or elsewhere."""

    def __init__(self, failure: Failure, wait: float = 0.0) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.wait = wait
        """Seconds that the server asked for."""


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
        urls, self.model, options = _parse(spec)
        self.profile = load_profile(options.get("profile", "published"))
        self.deadline = _seconds(options.get("deadline"))
        self.identity = JudgeIdentity(
            name="endpoint",
            revision=f"{self.model} {self.profile.digest}",
            details={"model": self.model, "profile": self.profile.name},
        )
        self._replicas = [_Replica(url) for url in urls]
        self._fresh()
        self._knock()

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What the model says differs; see `Judge.compare`. Equal pictures are not sent.

        Raises:
            JudgeFault: codes refused, empty, truncated, unreadable.
            InfrastructureFault: codes unreachable, timeout, busy, refused_request, bad_answer.
        """
        if np.array_equal(reference, candidate):
            return Verdict(task=task, judge=self.identity, usage={"requests": 0})
        self._follow_fork()
        body = self.profile.request(reference, candidate, task, self.model)
        started = time.monotonic()
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES) | tenacity.stop_before_delay(self.deadline),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            reraise=True,
        )
        try:
            answer = retrying(self._ask, body, started + self.deadline)
        except _TryAgainError as error:
            raise InfrastructureFault(error.failure) from error
        usage = {
            "seconds": time.monotonic() - started,
            "requests": retrying.statistics["attempt_number"],
        }
        return self._read(answer, task, usage)

    def _read(self, answer: Any, task: Task, usage: dict[str, float]) -> Verdict:
        try:
            choice = answer["choices"][0]
            message = choice["message"]
            text = message.get("content") or ""
            refusal = message.get("refusal")
            finish = str(choice.get("finish_reason") or "stop")
            counted = answer.get("usage") or {}
            for name in ("prompt_tokens", "completion_tokens"):
                usage[name] = float(counted.get(name) or 0)
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            raise _fault("bad_answer", "the server's answer is no chat completion") from None
        if refusal or finish == "content_filter":
            failure = _failure("refused", "the model refused to judge", str(refusal or text))
            raise JudgeFault(failure)
        return read_reply(str(text), task, self.identity, finish=finish, usage=usage)

    def _ask(self, body: dict[str, Any], until: float) -> Any:
        """One try at the replica that has the least to do."""
        replica = self._take()
        answered = False
        try:
            left = max(0.1, until - time.monotonic())
            timeout = httpx.Timeout(left, connect=min(left, CONNECT))
            answer = self._client.post(
                f"{replica.url}/chat/completions", json=body, timeout=timeout, headers=_headers()
            )
            answered = answer.status_code not in BUSY
            return _content(answer, replica.url)
        except httpx.TimeoutException as error:
            late = isinstance(error, httpx.ConnectTimeout)
            code, what = ("unreachable", "be reached") if late else ("timeout", "answer in time")
            failure = _failure(code, f"the judge at {replica.url} did not {what}")
            raise _TryAgainError(failure) from error
        except httpx.HTTPError as error:
            raise _TryAgainError(_unreachable(replica.url, error)) from error
        finally:
            with self._lock:
                replica.flying -= 1
                replica.rests_until = 0.0 if answered else time.monotonic() + REST

    def _take(self) -> _Replica:
        with self._lock:
            now = time.monotonic()
            chosen = min(self._replicas, key=lambda r: (r.rests_until > now, r.flying))
            chosen.flying += 1
            return chosen

    def _knock(self) -> None:
        """Every server once, so that a wrong address is known before the first sample."""
        problems = []
        for replica in self._replicas:
            problem = self._problem(replica.url)
            if problem is not None:
                problems.append(problem)
                replica.rests_until = time.monotonic() + REST
        if len(problems) == len(self._replicas):
            raise BackendError("; ".join(dict.fromkeys(problems)))

    def _problem(self, url: str) -> str | None:
        """What is wrong with a server, or None. Servers without a list of models pass."""
        try:
            answer = self._client.get(f"{url}/models", timeout=CONNECT, headers=_headers())
        except httpx.HTTPError as error:
            return _unreachable(url, error).message
        if answer.status_code in (401, 403):
            return f"the judge at {url} refuses the key ({' or '.join(_KEYS)})"
        try:
            served = [str(entry["id"]) for entry in answer.json()["data"]]
        except (ValueError, TypeError, KeyError):
            return None
        if answer.is_success and served and self.model not in served:
            return f'the judge at {url} serves {", ".join(served[:5])}, not "{self.model}"'
        return None

    def _follow_fork(self) -> None:
        """A fork must not share its parent's connections, nor a lock that is held there."""
        if self._pid != os.getpid():
            self._fresh()

    def _fresh(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        for replica in self._replicas:
            replica.flying = 0
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        self._client = httpx.Client(limits=limits)
        self._closing = weakref.finalize(self, self._client.close)

    def close(self) -> None:
        """End the connections; the judge can ask no more."""
        self._closing()


def _parse(spec: str) -> tuple[list[str], str, dict[str, str]]:
    addresses, _, rest = spec.partition("#")
    model, _, query = rest.partition("?")
    urls = [url.strip().rstrip("/") for url in addresses.split(",") if url.strip()]
    if not urls or not model:
        raise UsageError(f'judge "endpoint" needs addresses and a model: {_SHAPE}')
    for url in urls:
        if not _is_address(url):
            raise UsageError(f'"{url}" is no http address: {_SHAPE}')
    options = dict(parse_qsl(query))
    unknown = sorted(set(options) - {"profile", "deadline"})
    if unknown:
        raise UsageError(f'judge "endpoint" has no option "{unknown[0]}": {_SHAPE}')
    return urls, model, options


def _is_address(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


def _seconds(text: str | None) -> float:
    try:
        seconds = DEADLINE if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f'deadline must be a number of seconds above 0; got "{text}"')
    return seconds


def _headers() -> dict[str, str]:
    for name in _KEYS:
        if os.environ.get(name):
            return {"Authorization": f"Bearer {os.environ[name]}"}
    return {}


def _content(answer: httpx.Response, url: str) -> Any:
    """The decoded body of a good answer; anything else is a fault of this try or of all."""
    if answer.status_code in BUSY:
        message = f"the judge at {url} is busy or broken: HTTP {answer.status_code}"
        raise _TryAgainError(_failure("busy", message, answer.text[:2000]), _retry_after(answer))
    if not answer.is_success:
        message = f"the judge at {url} refuses the request: HTTP {answer.status_code}"
        _refuse("refused_request", message, answer.text[:2000])
    try:
        return answer.json()
    except ValueError:
        message = f"the judge at {url} answers with something else than JSON"
        failure = _failure("bad_answer", message, answer.text[:2000])
        raise _TryAgainError(failure) from None


def _retry_after(answer: httpx.Response) -> float:
    """Seconds that the server asks for, given as a number or as a date (RFC 9110, 10.2.3)."""
    stated = answer.headers.get("Retry-After", "")
    try:
        return max(0.0, float(stated))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(stated).timestamp() - time.time())
    except ValueError:
        return 0.0


_backoff = tenacity.wait_random_exponential(multiplier=0.25, max=4.0)


def _wait(state: tenacity.RetryCallState) -> float:
    """What the server asked for, or else a random pause that doubles."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _TryAgainError) else 0.0
    return min(LONGEST_WAIT, max(asked, _backoff(state)))


def _unreachable(url: str, error: httpx.HTTPError) -> Failure:
    reason = str(error) or type(error).__name__
    return _failure("unreachable", f"the judge at {url} cannot be reached: {reason}")


def _failure(code: str, message: str, detail: str = "") -> Failure:
    return Failure(kind="infrastructure", stage="judge", code=code, message=message, detail=detail)


def _fault(code: str, message: str) -> InfrastructureFault:
    return InfrastructureFault(_failure(code, message))


def _refuse(code: str, message: str, detail: str) -> NoReturn:
    raise InfrastructureFault(_failure(code, message, detail))
