"""Models behind OpenAI-compatible servers: replicas, retries, a deadline, and whose fault it was.

    address = read_address("http://127.0.0.1:8000/v1#some/model?deadline=60", {"deadline"})
    endpoint = Endpoint(address.urls, address.model, who="judge")
    reply = endpoint.ask({"messages": [...], "max_tokens": 512})

Several URLs are replicas of one model: `replicas` chooses among them. A retry repeats the same
request; the one exception is a server that refuses to hold replies to a schema, which is asked
without one from then on, and its replies say so. A server that is down, busy or wrong is an
infrastructure fault; what a reply says is its reader's affair. A key comes from the environment,
by name, and is never shown.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
import weakref
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import httpx
import tenacity

from visual_erm import waiting
from visual_erm.errors import BackendError, InfrastructureFault, UsageError
from visual_erm.replicas import Replica, Replicas
from visual_erm.spending import Budget
from visual_erm.transport import (
    Answer,
    Call,
    CallError,
    CancelledError,
    LateError,
    TooLongError,
    Transport,
    UnreachableError,
)
from visual_erm.types import Failure
from visual_erm.waiting import Waiter

DEADLINE = 120.0
"""Seconds of wall time for one reply, all tries together."""
TRIES = 4
KNOCK = 5.0
"""Seconds for a list of models."""
MOST_HEDGED = 256
"""Requests in flight at most where hedging is on."""
LONGEST_WAIT = 20.0
"""Seconds between two tries, whatever a server's Retry-After asks for."""
BUSY = (408, 429, 500, 502, 503, 504, 529)
"""HTTP answers after which the same request may succeed."""
NO_SCHEMA = (400, 404, 415, 422, 501)
"""HTTP answers of servers that may only dislike the schema; they are asked again without it."""
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
    """Seconds, requests, money, prompt_tokens and completion_tokens, 0 where the server does not
    say."""
    without_schema: bool = False
    """Whether the server refused to hold the reply to the schema that was sent."""


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
        hedge: bool = False,
        budget: Budget | None = None,
    ) -> None:
        """Keep what is needed; nothing is sent before the first question or knock.

        Args:
            urls: of replicas, as "http://127.0.0.1:8000/v1".
            model: its name there.
            who: what it serves as, for messages and as the stage of failures: "judge".
            deadline: seconds for one reply, all tries and waiting together.
            keys: variables that may hold the key.
            hedge: whether a question that takes longer than 95 of 100 others is asked at another
                replica as well; the first answer counts, the other connection is closed.
            budget: what may be spent.
        """
        self.model, self.deadline, self.hedge = model, deadline, hedge
        self.budget = budget or Budget()
        self._who, self._keys = who, tuple(keys)
        self._replicas = Replicas(urls)
        self._fresh()

    def ask(self, body: Mapping[str, Any], *, until: float | None = None) -> Reply:
        """What the model answers.

        Args:
            body: of a chat completion; the model's name is added.
            until: time of `time.monotonic` by which the answer must be there; None for the
                endpoint's deadline from now.

        Raises:
            InfrastructureFault: codes unreachable, timeout, busy, refused_key, refused_request,
                bad_answer.
            BackendError: the budget is used up.
            LeftError: whoever waits has left (`waiting`); the request was called off.
        """
        self._follow_fork()
        self.budget.check()
        started = time.monotonic()
        question = _Question({"model": self.model, **body}, until or started + self.deadline)
        left = question.waiter.left
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES)
            | tenacity.stop_before_delay(max(0.0, question.until - started))
            | tenacity.stop_when_event_set(left),
            sleep=tenacity.sleep_using_event(left),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            reraise=True,
        )
        usage = {"requests": 0.0}
        try:
            waiting.check()
            found = retrying(self._race if self.hedge else self._try, question)
            usage = {"seconds": time.monotonic() - started, "requests": float(question.sent)}
            return self._read(found, usage)
        except _TryAgainError as error:
            waiting.check()
            raise InfrastructureFault(error.failure) from error
        finally:
            usage["requests"] = float(question.sent)
            usage["money"] = self.budget.add(usage)

    def knock(self) -> str:
        """Ask every server for its models, so that a wrong address is known before the first
        sample.

        Returns:
            What the model is by the servers' own account (vLLM and SGLang name its folder or
            repository as "root"); empty if they say no more than the name it is asked by.

        Raises:
            BackendError: none answers, none of them has the model, or two hold different ones
                under its name.
        """
        self._follow_fork()
        problems, served = [], set()
        for replica in self._replicas.all:
            try:
                served.add(self._served(replica.url))
            except BackendError as error:
                problems.append(str(error))
                replica.flying += 1
                self._replicas.done(replica, well=False)
        if not served:
            raise BackendError("; ".join(dict.fromkeys(problems)))
        known = sorted(served - {""})
        if len(known) > 1:
            names = " and ".join(known)
            raise BackendError(f'"{self.model}" is {names}, depending on the server that is asked')
        return known[0] if known else ""

    def close(self) -> None:
        """End the connections; nothing more can be asked."""
        self._closing()

    def _read(self, found: _Found, usage: dict[str, float]) -> Reply:
        try:
            choice = found.answer["choices"][0]
            message = choice["message"]
            counted = found.answer.get("usage") or {}
            for name in ("prompt_tokens", "completion_tokens"):
                usage[name] = float(counted.get(name) or 0)
            return Reply(
                text=str(message.get("content") or ""),
                finish=str(choice.get("finish_reason") or "stop"),
                refusal=str(message.get("refusal") or ""),
                usage=usage,
                without_schema=found.without_schema,
            )
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            failure = self._failure("bad_answer", "the server's answer is no chat completion")
            raise InfrastructureFault(failure) from None

    def _race(self, question: _Question) -> _Found:
        """One try, and a second one at another server where the first is slow."""
        slow = self._replicas.slow()
        if slow is None or len(self._replicas.all) == 1:
            return self._try(question)
        runs = [_Run()]
        flying = {self._hands.submit(self._try, question, runs[0])}
        ended, flying = wait(flying, timeout=slow)
        if not ended:
            runs.append(_Run(avoid=[run.replica for run in runs if run.replica]))
            flying.add(self._hands.submit(self._try, question, runs[1]))
        while True:
            failed: BaseException | None = None
            for future in ended:
                failed = future.exception()
                if failed is None:
                    for run in runs:
                        run.end()
                    return future.result()
            if failed is not None and not flying:
                raise failed
            ended, flying = wait(flying, return_when=FIRST_COMPLETED)

    def _try(self, question: _Question, run: _Run | None = None) -> _Found:
        """One try at the replica that has the least to do."""
        run = run or _Run()
        replica = run.replica = self._replicas.take(self._awake, run.avoid)
        started = time.monotonic()
        well: bool | None = False
        seconds, rest = None, 0.0
        try:
            answer = self._send(question, run, replica.url, bare=replica.without_schema)
            if answer.status in NO_SCHEMA and question.guided and not replica.without_schema:
                bare = self._send(question, run, replica.url, bare=True)
                if bare.status == 200:
                    answer, replica.without_schema = bare, True
            rest = _retry_after(answer)
            well = answer.status not in BUSY
            content = self._content(answer, replica.url)
            seconds = time.monotonic() - started
            return _Found(content, question.guided and replica.without_schema)
        except CancelledError as error:
            well = None
            raise _TryAgainError(self._failure("timeout", str(error))) from error
        except LateError as error:
            failure = self._failure("timeout", f"{self._named(replica.url)} did not answer in time")
            raise _TryAgainError(failure) from error
        except TooLongError as error:
            failure = self._failure("bad_answer", f"{self._named(replica.url)} sends {error}")
            raise _TryAgainError(failure) from error
        except UnreachableError as error:
            raise _TryAgainError(self._unreachable(replica.url, error)) from error
        finally:
            self._replicas.done(replica, well=well, seconds=seconds, rest=rest)

    def _send(self, question: _Question, run: _Run, url: str, *, bare: bool) -> Answer:
        headers = {"Content-Type": "application/json", **self._headers()}
        body = question.bare if bare else question.encoded
        call = Call("POST", f"{url}/chat/completions", body, headers, question.until)
        with self._lock:
            question.sent += 1
        run.begin(call)
        with question.waiter.told(call.cancel):
            return self._transport.send(call)

    def _awake(self, replica: Replica) -> bool:
        """Whether a server that failed answers again, by a question that costs it nothing."""
        try:
            return self._models(replica.url).status not in BUSY
        except CallError:
            return False

    def _models(self, url: str) -> Answer:
        until = time.monotonic() + KNOCK
        return self._transport.send(
            Call("GET", f"{url}/models", headers=self._headers(), until=until)
        )

    def _content(self, answer: Answer, url: str) -> Any:
        """The decoded body of a good answer; anything else is a fault of this try or of all."""
        status, text = answer.status, answer.body[:2000].decode(errors="replace")
        if status in BUSY:
            message = f"{self._named(url)} is busy or broken: HTTP {status}"
            raise _TryAgainError(self._failure("busy", message, text), _retry_after(answer))
        if status in (401, 403):
            self._refuse("refused_key", self._no_key(url), text)
        if not 200 <= status < 300:
            message = f"{self._named(url)} refuses the request: HTTP {status}"
            self._refuse("refused_request", message, text)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            message = f"{self._named(url)} answers with something else than JSON"
            raise _TryAgainError(self._failure("bad_answer", message, text)) from None

    def _served(self, url: str) -> str:
        """What a server says the model is; raises a BackendError if it has it not.

        Servers without a list of models pass.
        """
        try:
            answer = self._models(url)
        except CallError as error:
            raise BackendError(self._unreachable(url, error).message) from None
        if answer.status in (401, 403):
            raise BackendError(self._no_key(url))
        try:
            listed = {str(entry["id"]): entry for entry in json.loads(answer.body)["data"]}
        except (ValueError, TypeError, KeyError, RecursionError):
            return ""
        if answer.status != 200 or not listed:
            return ""
        if self.model not in listed:
            names = ", ".join(list(listed)[:5])
            raise BackendError(f'{self._named(url)} serves {names}, not "{self.model}"')
        root = str(listed[self.model].get("root") or "")
        return "" if root == self.model else root

    def _headers(self) -> dict[str, str]:
        for name in self._keys:
            if os.environ.get(name):
                return {"Authorization": f"Bearer {os.environ[name]}"}
        return {}

    def _named(self, url: str) -> str:
        return f"the {self._who} at {url}"

    def _no_key(self, url: str) -> str:
        return f"{self._named(url)} refuses the key ({' or '.join(self._keys)})"

    def _unreachable(self, url: str, error: CallError) -> Failure:
        message = f"{self._named(url)} cannot be reached: {error}"
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
            self._replicas.renew()
            self.budget.renew()
            self._fresh()

    def _fresh(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._hands = ThreadPoolExecutor(MOST_HEDGED, f"{self._who}-hedge")
        self._transport = Transport()
        self._closing = weakref.finalize(self, _end, self._transport, self._hands)


def _end(transport: Transport, hands: ThreadPoolExecutor) -> None:
    hands.shutdown(wait=False, cancel_futures=True)
    transport.close()


@dataclass
class _Question:
    """One request, as every try sends it."""

    body: dict[str, Any]
    until: float
    """Time of `time.monotonic` at which nobody waits for the answer any more."""
    sent: int = 0
    waiter: Waiter = field(default_factory=lambda: waiting.current() or Waiter())

    @property
    def guided(self) -> bool:
        """Whether the reply is to be held to a schema."""
        return "response_format" in self.body

    @cached_property
    def encoded(self) -> bytes:
        return encoded(self.body)

    @cached_property
    def bare(self) -> bytes:
        """Without the schema."""
        body = {name: value for name, value in self.body.items() if name != "response_format"}
        return encoded(body)


def encoded(body: Mapping[str, Any]) -> bytes:
    """A body as JSON. Pictures are set in as they are: base64 has nothing to escape, and looking
    for it takes as long as all the rest.

    >>> part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    >>> encoded({"messages": [{"content": [part]}]}) == json.dumps(
    ...     {"messages": [{"content": [part]}]}).encode()
    True
    """
    pictures: list[str] = []
    mark = secrets.token_hex(16)

    def without(part: Any) -> Any:
        if not isinstance(part, Mapping) or "image_url" not in part:
            return part
        url = part["image_url"]["url"]
        if not _PICTURE.match(url):
            return part
        pictures.append(url)
        return {**part, "image_url": {**part["image_url"], "url": mark}}

    messages = [
        {**message, "content": [without(part) for part in message["content"]]}
        if isinstance(message.get("content"), list)
        else message
        for message in body["messages"]
    ]
    first, *rest = json.dumps({**body, "messages": messages}).split(mark)
    whole = [first]
    for url, text in zip(pictures, rest, strict=True):
        whole += (url, text)
    return "".join(whole).encode()


_PICTURE = re.compile(r"data:image/[a-z]+;base64,(?=[A-Za-z0-9+/])")


@dataclass(frozen=True)
class _Found:
    """A good answer of a server."""

    answer: Any
    without_schema: bool


@dataclass
class _Run:
    """One of two tries that race."""

    avoid: Sequence[Replica] = ()
    replica: Replica | None = None
    _call: Call | None = None
    _ended: bool = False

    def begin(self, call: Call) -> None:
        self._call = call
        if self._ended:
            call.cancelled = True

    def end(self) -> None:
        """Nobody waits for it any more."""
        self._ended = True
        if self._call is not None:
            self._call.cancel()


def _is_http(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


def _retry_after(answer: Answer) -> float:
    """Seconds that the server asks for, given as a number or as a date (RFC 9110, 10.2.3)."""
    stated = answer.headers.get("retry-after", "")
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
