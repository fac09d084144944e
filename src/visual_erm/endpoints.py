"""Models behind OpenAI-compatible servers: replicas, retries, a deadline, and whose fault it was.

    address = read_address("http://127.0.0.1:8000/v1#some/model?deadline=60", {"deadline"})
    endpoint = Endpoint(address.urls, address.model, who="judge")
    reply = endpoint.ask({"messages": [...], "max_tokens": 512})

Several URLs are replicas of one model: each request goes to the one with the fewest in flight, and
one that fails is left alone for a while. A retry repeats the same request. A server that is down,
busy or wrong is an infrastructure fault; what a reply says is its reader's affair. A key comes from
the environment, by name, and is never shown.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import httpx
import tenacity

from visual_erm.errors import BackendError, InfrastructureFault, UsageError
from visual_erm.types import Failure

DEADLINE = 120.0
"""Seconds of wall time for one reply, all tries together."""
TRIES = 4
CONNECT = 5.0
"""Seconds until a server that does not answer the door counts as down."""
REST = 10.0
"""Seconds for which a replica that failed is asked only when no other is left."""
LONGEST_WAIT = 20.0
"""Seconds between two tries, whatever a server's Retry-After asks for."""
BUSY = (408, 429, 500, 502, 503, 504, 529)
"""HTTP answers after which the same request may succeed."""
KEYS = ("VISUAL_ERM_API_KEY", "OPENAI_API_KEY")
"""Variables that a key is taken from; the first that is set."""
SHAPE = "URL[,URL...]#MODEL[?OPTION=VALUE&...]"


@dataclass(frozen=True)
class Address:
    """Where a model is, as a user writes it."""

    urls: tuple[str, ...]
    """Of replicas, without a slash at the end."""
    model: str
    options: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What a model said."""

    text: str
    finish: str
    """Why it ended; "stop" unless a limit or a filter cut it."""
    refusal: str
    """What it said in place of an answer; empty if it answered."""
    usage: dict[str, float]
    """Seconds, requests, prompt_tokens and completion_tokens, 0 where the server does not say."""


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


def read_address(spec: str, options: Collection[str], *, what: str = "endpoint") -> Address:
    """Where a model is.

    Args:
        spec: as in `SHAPE`.
        options: names that may stand behind the question mark.
        what: is addressed, for messages.

    Raises:
        UsageError: it is malformed, or has another option.

    >>> read_address("http://one:8000/v1/#some/model?weight=2", {"weight"})
    Address(urls=('http://one:8000/v1',), model='some/model', options={'weight': '2'})
    """
    addresses, _, rest = spec.partition("#")
    model, _, query = rest.partition("?")
    urls = tuple(url.strip().rstrip("/") for url in addresses.split(",") if url.strip())
    if not urls or not model:
        raise UsageError(f"{what} needs addresses and a model: {SHAPE}")
    for url in urls:
        if not _is_http(url):
            raise UsageError(f'"{url}" is no http address: {SHAPE}')
    found = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(found) - set(options))
    if unknown:
        known = ", ".join(sorted(options))
        raise UsageError(f'{what} has no option "{unknown[0]}"; known: {known}')
    return Address(urls, model, found)


def seconds(text: str | None) -> float:
    """A deadline as a user writes it; `DEADLINE` if None.

    Raises:
        UsageError: it is no number above 0.
    """
    try:
        stated = DEADLINE if text is None else float(text)
    except ValueError:
        stated = 0.0
    if not 0 < stated < float("inf"):
        raise UsageError(f'deadline must be a number of seconds above 0; got "{text}"')
    return stated


class Endpoint:
    """One model behind one or several servers. Thread-safe; connections are kept."""

    def __init__(
        self,
        urls: Sequence[str],
        model: str,
        *,
        who: str,
        deadline: float = DEADLINE,
        keys: Sequence[str] = KEYS,
    ) -> None:
        """Keep what is needed; nothing is sent before the first question or knock.

        Args:
            urls: of replicas, as "http://127.0.0.1:8000/v1".
            model: its name there.
            who: what it serves as, for messages and as the stage of failures: "judge".
            deadline: seconds for one reply, all tries together.
            keys: variables that may hold the key.
        """
        self.model, self.deadline = model, deadline
        self._who, self._keys = who, tuple(keys)
        self._replicas = [_Replica(url) for url in urls]
        self._fresh()

    def ask(self, body: dict[str, Any]) -> Reply:
        """What the model answers.

        Args:
            body: of a chat completion; the model's name is added.

        Raises:
            InfrastructureFault: codes unreachable, timeout, busy, refused_key, refused_request,
                bad_answer.
        """
        self._follow_fork()
        started = time.monotonic()
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES) | tenacity.stop_before_delay(self.deadline),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            reraise=True,
        )
        try:
            answer = retrying(self._try, {"model": self.model, **body}, started + self.deadline)
        except _TryAgainError as error:
            raise InfrastructureFault(error.failure) from error
        usage = {
            "seconds": time.monotonic() - started,
            "requests": float(retrying.statistics["attempt_number"]),
        }
        return self._read(answer, usage)

    def knock(self) -> None:
        """Ask every server for its models, so that a wrong address is known before the first
        sample.

        Raises:
            BackendError: none answers, or none of them has the model.
        """
        problems = []
        for replica in self._replicas:
            problem = self._problem(replica.url)
            if problem is not None:
                problems.append(problem)
                replica.rests_until = time.monotonic() + REST
        if len(problems) == len(self._replicas):
            raise BackendError("; ".join(dict.fromkeys(problems)))

    def close(self) -> None:
        """End the connections; nothing more can be asked."""
        self._closing()

    def _read(self, answer: Any, usage: dict[str, float]) -> Reply:
        try:
            choice = answer["choices"][0]
            message = choice["message"]
            counted = answer.get("usage") or {}
            for name in ("prompt_tokens", "completion_tokens"):
                usage[name] = float(counted.get(name) or 0)
            return Reply(
                text=str(message.get("content") or ""),
                finish=str(choice.get("finish_reason") or "stop"),
                refusal=str(message.get("refusal") or ""),
                usage=usage,
            )
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            failure = self._failure("bad_answer", "the server's answer is no chat completion")
            raise InfrastructureFault(failure) from None

    def _try(self, body: dict[str, Any], until: float) -> Any:
        """One try at the replica that has the least to do."""
        replica = self._take()
        answered = False
        try:
            left = max(0.1, until - time.monotonic())
            timeout = httpx.Timeout(left, connect=min(left, CONNECT))
            answer = self._client.post(
                f"{replica.url}/chat/completions",
                json=body,
                timeout=timeout,
                headers=self._headers(),
            )
            answered = answer.status_code not in BUSY
            return self._content(answer, replica.url)
        except httpx.TimeoutException as error:
            late = isinstance(error, httpx.ConnectTimeout)
            code, what = ("unreachable", "be reached") if late else ("timeout", "answer in time")
            failure = self._failure(code, f"the {self._who} at {replica.url} did not {what}")
            raise _TryAgainError(failure) from error
        except httpx.HTTPError as error:
            raise _TryAgainError(self._unreachable(replica.url, error)) from error
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

    def _content(self, answer: httpx.Response, url: str) -> Any:
        """The decoded body of a good answer; anything else is a fault of this try or of all."""
        status, text = answer.status_code, answer.text[:2000]
        if status in BUSY:
            message = f"the {self._who} at {url} is busy or broken: HTTP {status}"
            raise _TryAgainError(self._failure("busy", message, text), _retry_after(answer))
        if status in (401, 403):
            self._refuse("refused_key", self._no_key(url), text)
        if not answer.is_success:
            message = f"the {self._who} at {url} refuses the request: HTTP {status}"
            self._refuse("refused_request", message, text)
        try:
            return answer.json()
        except ValueError:
            message = f"the {self._who} at {url} answers with something else than JSON"
            raise _TryAgainError(self._failure("bad_answer", message, text)) from None

    def _problem(self, url: str) -> str | None:
        """What is wrong with a server, or None. Servers without a list of models pass."""
        try:
            answer = self._client.get(f"{url}/models", timeout=CONNECT, headers=self._headers())
        except httpx.HTTPError as error:
            return self._unreachable(url, error).message
        if answer.status_code in (401, 403):
            return self._no_key(url)
        try:
            served = [str(entry["id"]) for entry in answer.json()["data"]]
        except (ValueError, TypeError, KeyError):
            return None
        if answer.is_success and served and self.model not in served:
            names = ", ".join(served[:5])
            return f'the {self._who} at {url} serves {names}, not "{self.model}"'
        return None

    def _headers(self) -> dict[str, str]:
        for name in self._keys:
            if os.environ.get(name):
                return {"Authorization": f"Bearer {os.environ[name]}"}
        return {}

    def _no_key(self, url: str) -> str:
        return f"the {self._who} at {url} refuses the key ({' or '.join(self._keys)})"

    def _unreachable(self, url: str, error: httpx.HTTPError) -> Failure:
        reason = str(error) or type(error).__name__
        message = f"the {self._who} at {url} cannot be reached: {reason}"
        return self._failure("unreachable", message)

    def _failure(self, code: str, message: str, detail: str = "") -> Failure:
        return Failure(
            kind="infrastructure", stage=self._who, code=code, message=message, detail=detail
        )

    def _refuse(self, code: str, message: str, detail: str) -> NoReturn:
        raise InfrastructureFault(self._failure(code, message, detail))

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


def _is_http(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


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
