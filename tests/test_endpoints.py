"""Addresses, keys and replies; what is retried is tested with the judge that asks through it."""

import pytest
from judge_server import MODEL, ONE, JudgeServer, completion

from visual_erm import endpoints
from visual_erm.endpoints import Endpoint, read_address
from visual_erm.errors import InfrastructureFault, UsageError

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
