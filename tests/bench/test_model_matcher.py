"""A matcher behind a server on loopback: what it is asked, what is kept, and what is a fault."""

import json
import socket

import pytest
from judge_server import MODEL, JudgeServer, completion

from visual_erm import endpoints
from visual_erm.bench.card import make_card
from visual_erm.bench.judging import Judged
from visual_erm.bench.matching import Match, match_all
from visual_erm.bench.model_matcher import make_matcher
from visual_erm.bench.tallies import Matches
from visual_erm.errors import BackendError, InfrastructureFault, JudgeFault, UsageError
from visual_erm.types import Discrepancy, Failure

ONE_TO_TWO = {"matches": [{"truth": 1, "found": 2, "level": "yes"}]}


def error(words, box=None):
    return Discrepancy(category="text_error", severity=2, description=words, bbox=box)


TRUTH = [error("the title is missing", (0, 0, 9, 9)), error("legend at the left {{found}}")]
FOUND = [error("bar too high"), error("no title")]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.01)


def good(reply, **more):
    return (200, completion(reply, **more), {})


def ask(place, *answers, truth=TRUTH, found=FOUND):
    with JudgeServer(*answers).running() as server:
        match = make_matcher(f"endpoint:{server.url}#{MODEL}", place)
        return match(truth, found), server.requests


def test_it_is_asked_for_what_the_lists_say_and_not_for_places(tmp_path):
    matching, ((_, body),) = ask(tmp_path, good(ONE_TO_TWO))
    assert matching.matches == (Match(0, 1, "yes"),)
    assert (matching.missed, matching.spurious) == ((1,), (0,))
    question = body["messages"][0]["content"]
    assert '{"number": 2, "category": "text_error", "severity": 2, "description": "no title"}' in (
        question
    )
    # a place to fill inside an entry stays as it is
    assert "legend at the left {{found}}" in question
    assert "bbox" not in question
    assert body["temperature"] == 0


@pytest.mark.parametrize(
    "reply",
    ["```json\n{}\n```", "<think>1 and 2?</think>\n{}"],
)
def test_a_fence_and_thoughts_are_left_out(tmp_path, reply):
    reply = reply.replace("{}", json.dumps(ONE_TO_TWO))
    assert ask(tmp_path, good(reply))[0].matches == (Match(0, 1, "yes"),)


def test_a_question_is_paid_once(tmp_path):
    with JudgeServer(good(ONE_TO_TWO)).running() as server:
        for _ in range(2):
            # as another run, with another matcher over the same folder
            match = make_matcher(f"endpoint:{server.url}#{MODEL}", tmp_path)
            made = [match(TRUTH, FOUND) for _ in range(2)]
            assert made[0] == made[1]
            assert match(TRUTH[::-1], FOUND).matches == (Match(0, 1, "yes"),)
            match.close()
        assert len(server.requests) == 2


@pytest.mark.parametrize(("truth", "found"), [([], FOUND), (TRUTH, []), ([], [])])
def test_nothing_to_match_needs_no_model(tmp_path, truth, found):
    matching, requests = ask(tmp_path, (500, {}, {}), truth=truth, found=found)
    assert (matching.matches, requests) == ((), [])
    assert (len(matching.missed), len(matching.spurious)) == (len(truth), len(found))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (good("They match."), "unreadable"),
        (good({"matches": [{"truth": 1, "found": 3, "level": "yes"}]}), "unreadable"),
        (good({"matches": [{"truth": 0, "found": 1, "level": "yes"}]}), "unreadable"),
        (good({"matches": [{"truth": 1, "found": 1, "level": "maybe"}]}), "unreadable"),
        (good({"matches": ONE_TO_TWO["matches"] * 2}), "unreadable"),
        (good({"matches": [{"truth": "1", "found": 1, "level": "yes"}]}), "unreadable"),
        (good({}), "unreadable"),
        (good(ONE_TO_TWO, finish="length"), "truncated"),
        (good("", refusal="I will not"), "refused"),
        ((400, {}, {}), "refused_request"),
        ("drop", "unreachable"),
    ],
)
def test_what_is_no_answer_is_a_fault_and_is_asked_again(tmp_path, answer, code):
    with JudgeServer(*[answer] * 4, good(ONE_TO_TWO)).running() as server:
        match = make_matcher(f"endpoint:{server.url}#{MODEL}", tmp_path)
        with pytest.raises((JudgeFault, InfrastructureFault)) as caught:
            match(TRUTH, FOUND)
        assert caught.value.failure.code == code
        while server.answers[0] is answer:
            server.answers.popleft()
        assert match(TRUTH, FOUND).matches == (Match(0, 1, "yes"),)


def test_a_failure_is_counted_and_in_no_figure(tmp_path):
    hit = Judged("1", "chart", "edit", ("a",), "s", (TRUTH[0],), "scored", (FOUND[1],), 0.5, 0.1)
    lost = Judged("2", "chart", "edit", ("a",), "s", (TRUTH[1],), "scored", (FOUND[0],), 0.4, 0.1)
    clean = Judged("3", "chart", "identical", (), "s", (), "scored", (), 1.0, 0.1)
    pair = {"matches": [{"truth": 1, "found": 1, "level": "yes"}]}

    def answer(body):
        known = "no title" in body["messages"][0]["content"]
        return good(pair) if known else good("?")

    with JudgeServer(answer).running() as server:
        match = make_matcher(f"endpoint:{server.url}#{MODEL}", tmp_path)
        matches = Matches.ask([hit, lost, clean], match, match.name, workers=4)
        assert len(server.requests) == 2
    card = make_card("x", [hit, lost, clean], matches=matches)
    assert card.unmatched == {"unreadable": 1}
    assert card.matcher.startswith(f"{MODEL}, prompt ")
    assert (
        card.tasks["chart"].figures["recall"].value,
        card.tasks["chart"].figures["recall"].n,
    ) == (1, 1)
    assert card.tasks["chart"].figures["detection"].n == 2
    assert make_card("x", [hit, lost, clean]).tasks["chart"].figures["recall"].n == 2


def test_many_are_matched_at_once_and_in_order(tmp_path):
    with JudgeServer(good({"matches": []})).running() as server:
        match = make_matcher(f"endpoint:{server.url}#{MODEL}", tmp_path)
        lists = [([error(f"title {n}")], FOUND[: n % 3]) for n in range(12)]
        made = match_all(match, lists, workers=6)
    assert [len(one.spurious) for one in made] == [n % 3 for n in range(12)]
    assert not any(isinstance(one, Failure) for one in made)


def test_it_says_what_it_needs(tmp_path):
    with pytest.raises(UsageError, match="known: deterministic"):
        make_matcher("best", tmp_path)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{one.getsockname()[1]}/v1"
    with pytest.raises(BackendError, match="matcher"):
        make_matcher(f"endpoint:{url}#x", tmp_path)
