"""Addresses, keys and replies; what is retried is tested with the judge that asks through it."""

import threading
import time

import pytest
from judge_server import MODEL, ONE, JudgeServer, completion

from visual_erm import endpoints
from visual_erm.endpoints import Endpoint, read_address
from visual_erm.errors import InfrastructureFault, LeftError, UsageError
from visual_erm.waiting import Waiter

QUESTION = {"messages": [{"role": "user", "content": "What differs?"}]}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name in endpoints.KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.01)


def test_a_reply_says_what_it_cost():
    with JudgeServer((200, completion(ONE), {})).running() as server:
        endpoint = Endpoint([server.url], MODEL, who="editor")
        reply = endpoint.ask(QUESTION)
        endpoint.close()
    assert reply.usage["prompt_tokens"] == 300
    assert (reply.finish, reply.refusal) == ("stop", "")
    assert server.requests[0][1] == {"model": MODEL, **QUESTION}


def test_a_key_is_taken_from_the_variable_that_is_named_and_never_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "not-this-one")
    monkeypatch.setenv("OTHER_KEY", "secret")
    with JudgeServer((401, {"error": "no"}, {})).running() as server:
        endpoint = Endpoint([server.url], MODEL, who="editor", keys=["OTHER_KEY"])
        with pytest.raises(InfrastructureFault) as caught:
            endpoint.ask(QUESTION)
        endpoint.close()
    assert server.requests[0][0]["Authorization"] == "Bearer secret"
    assert len(server.requests) == 1
    assert caught.value.failure.code == "refused_key"
    assert "refuses the key (OTHER_KEY)" in str(caught.value)
    assert "secret" not in caught.value.failure.model_dump_json()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("http://one/v1", "needs addresses and a model"),
        ("ftp://one#m", "no http address"),
        ("http://one#m?colour=red", 'has no option "colour"; known: weight'),
    ],
)
def test_what_is_no_address(spec, words):
    with pytest.raises(UsageError, match=words):
        read_address(spec, {"weight"})


@pytest.mark.parametrize("hedge", [False, True])
@pytest.mark.parametrize("answer", ["hang", (503, b"", {"Retry-After": "30"})])
def test_who_leaves_ends_the_request_or_the_wait_for_the_next_try(answer, hedge, monkeypatch):
    monkeypatch.setattr("visual_erm.replicas.Replicas.slow", lambda self: 0.01)
    with JudgeServer(answer).running() as one, JudgeServer(answer).running() as two:
        endpoint = Endpoint([one.url, two.url], MODEL, who="judge", deadline=60, hedge=hedge)
        waiter = Waiter()
        timer = threading.Timer(0.5, waiter.leave)
        began = time.monotonic()
        timer.start()
        with waiter.waits(), pytest.raises(LeftError):
            endpoint.ask(QUESTION)
        assert time.monotonic() - began < 10
        asked = len(one.requests) + len(two.requests)
        # and nothing more is asked in its name
        with waiter.waits(), pytest.raises(LeftError):
            endpoint.ask(QUESTION)
        assert asked == len(one.requests) + len(two.requests)
        endpoint.close()
        timer.join()
