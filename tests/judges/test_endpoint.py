"""Real requests over loopback: what is sent, what is retried, and whose fault a failure is."""

import base64
import io
import os
import socket
import threading
import time

import numpy as np
import pytest
from judge_server import MODEL, ONE, JudgeServer, completion
from PIL import Image

from visual_erm import endpoints
from visual_erm.errors import BackendError, InfrastructureFault, JudgeFault, UsageError
from visual_erm.judges import make_judge
from visual_erm.judges.endpoint import EndpointJudge
from visual_erm.rewards.visual import VisualReward

WHITE = np.full((60, 90, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 20:60] = (10, 90, 160)
GOOD = (200, completion(ONE), {})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.delenv("VISUAL_ERM_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.01)


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}/v1"


def compare(*answers, options=""):
    with JudgeServer(*answers).running() as server:
        return EndpointJudge(f"{server.url}#{MODEL}{options}").compare(WHITE, MARKED, "chart")


class TestWhatIsSent:
    def test_two_pictures_then_the_prompt_reference_first(self):
        with JudgeServer(GOOD).running() as server:
            verdict = EndpointJudge(f"{server.url}#{MODEL}").compare(WHITE, MARKED, "chart")
        assert [error.location for error in verdict.errors] == ["title"]
        assert verdict.usage["prompt_tokens"] == 300
        ((headers, body),) = server.requests
        assert "Authorization" not in headers
        assert (body["model"], body["temperature"], body["top_k"]) == (MODEL, 0.7, 20)
        (message,) = body["messages"]
        *pictures, text = message["content"]
        assert "Original Image" in text["text"]
        sent = [decoded(part) for part in pictures]
        assert sent[0].min() == 255
        assert sent[1].min() < 50

    def test_the_key_comes_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("VISUAL_ERM_API_KEY", "secret")
        with JudgeServer(GOOD).running() as server:
            EndpointJudge(f"{server.url}#{MODEL}").compare(WHITE, MARKED, "chart")
        assert server.requests[0][0]["Authorization"] == "Bearer secret"

    def test_equal_pictures_are_not_sent(self):
        with JudgeServer(GOOD).running() as server:
            verdict = EndpointJudge(f"{server.url}#{MODEL}").compare(MARKED, MARKED, "chart")
        assert verdict.errors == ()
        assert server.requests == []

    def test_a_profile_can_hold_the_reply_to_a_schema(self):
        with JudgeServer(GOOD).running() as server:
            judge = EndpointJudge(f"{server.url}#{MODEL}?profile=plain")
            judge.compare(WHITE, MARKED, "table")
        schema = server.requests[0][1]["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["errors"]["maxItems"] > 0
        assert judge.identity.details["profile"] == "plain"


def decoded(part):
    raw = base64.b64decode(part["image_url"]["url"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))


class TestFaults:
    @pytest.mark.parametrize("first", ["drop", (503, b"", {}), (429, {}, {}), (200, b"<html>", {})])
    def test_a_passing_fault_is_tried_again_with_the_same_request(self, first):
        with JudgeServer(first, GOOD).running() as server:
            verdict = EndpointJudge(f"{server.url}#{MODEL}").compare(WHITE, MARKED, "chart")
        assert verdict.usage["requests"] == 2
        assert server.requests[0][1] == server.requests[1][1]

    @pytest.mark.parametrize(
        ("answer", "code", "tries"),
        [
            ((503, b"", {}), "busy", endpoints.TRIES),
            ("drop", "unreachable", endpoints.TRIES),
            ((400, {"error": "context too long"}, {}), "refused_request", 1),
            ((200, {"choices": []}, {}), "bad_answer", 1),
            ((200, b"[1, 2", {}), "bad_answer", endpoints.TRIES),
        ],
    )
    def test_a_lasting_fault_is_the_machinery_s(self, answer, code, tries):
        with JudgeServer(answer).running() as server:
            judge = EndpointJudge(f"{server.url}#{MODEL}")
            with pytest.raises(InfrastructureFault) as caught:
                judge.compare(WHITE, MARKED, "chart")
        assert caught.value.failure.code == code
        assert len(server.requests) == tries

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (completion(""), "empty"),
            (completion(None), "empty"),
            (completion("They look alike to me."), "unreadable"),
            (completion('{"errors": [{"cat', finish="length"), "truncated"),
            (completion(None, refusal="I cannot"), "refused"),
            (completion("", finish="content_filter"), "refused"),
        ],
    )
    def test_a_reply_without_a_verdict_is_the_judge_s(self, answer, code):
        with pytest.raises(JudgeFault) as caught:
            compare((200, answer, {}))
        assert caught.value.failure.code == code

    def test_a_server_that_hangs_ends_at_the_deadline(self):
        started = time.monotonic()
        with pytest.raises(InfrastructureFault) as caught:
            compare("hang", options="?deadline=0.6")
        assert caught.value.failure.code == "timeout"
        assert time.monotonic() - started < 10

    @pytest.mark.parametrize("stated", ["0.4", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"])
    def test_retry_after_is_read(self, stated):
        started = time.monotonic()
        verdict = compare((429, b"", {"Retry-After": stated}), GOOD)
        assert verdict.usage["requests"] == 2
        if stated == "0.4":
            assert time.monotonic() - started >= 0.4


class TestReplicas:
    def test_one_that_is_down_costs_no_verdict(self):
        with JudgeServer(GOOD).running() as server:
            judge = EndpointJudge(f"{closed_port()},{server.url}#{MODEL}")
            for _ in range(5):
                assert judge.compare(WHITE, MARKED, "chart").usage["requests"] == 1
        assert len(server.requests) == 5

    def test_requests_go_where_the_fewest_are(self):
        with JudgeServer("hang").running() as slow, JudgeServer(GOOD).running() as quick:
            judge = EndpointJudge(f"{slow.url},{quick.url}#{MODEL}?deadline=1")
            stuck = threading.Thread(target=ask_in_vain, args=[judge])
            stuck.start()
            while not slow.requests:
                time.sleep(0.01)
            for _ in range(4):
                ask(judge)
            assert len(quick.requests) == 4
            stuck.join()

    def test_none_there(self):
        with pytest.raises(BackendError, match="cannot be reached"):
            EndpointJudge(f"{closed_port()}#{MODEL}")

    def test_another_model(self):
        serves = f'serves other, not "{MODEL}"'
        with (
            JudgeServer(GOOD, models=["other"]).running() as server,
            pytest.raises(BackendError, match=serves),
        ):
            EndpointJudge(f"{server.url}#{MODEL}")


class TestSecondQuestions:
    """What more than one reply to a pair says."""

    def test_of_several_samples_the_one_that_agrees_most_counts(self):
        answers = [(200, completion(errors(*each)), {}) for each in ((3, 3, 3), (1,), (2,))]
        verdict = compare(*answers, options="?samples=3")
        assert verdict.severity == 2
        assert verdict.usage["requests"] == 3
        assert verdict.usage["prompt_tokens"] == 900
        assert 0.5 < verdict.usage["disagreement"] < 1
        assert verdict.warnings == ("the samples disagree: severities 9, 1, 2",)

    def test_half_of_the_samples_must_be_readable(self):
        broken = (200, completion("no idea"), {})
        verdict = compare(broken, GOOD, GOOD, options="?samples=3")
        assert verdict.warnings == ("1 of 3 replies could not be read",)
        with pytest.raises(JudgeFault, match="no JSON"):
            compare(broken, broken, GOOD, options="?samples=3")

    def test_a_greedy_model_is_asked_once(self):
        assert compare(GOOD, options="?samples=3&profile=plain").usage["requests"] == 1

    def test_exchanged_pictures_must_get_the_same(self):
        verdict = compare(GOOD, (200, completion(errors(3, 3, 3)), {}), options="?swap=1")
        assert verdict.severity == 2
        assert verdict.usage["swap_disagreement"] == pytest.approx(7 / 11)
        assert verdict.warnings == ("the order of the pictures matters: severity 2, exchanged 9",)
        assert compare(GOOD, GOOD, options="?swap=1").warnings == ()

    def test_an_unreadable_reply_is_sent_back_once(self):
        with JudgeServer((200, completion("Well, the title."), {}), GOOD).running() as server:
            judge = EndpointJudge(f"{server.url}#{MODEL}?repair=1")
            verdict = ask(judge)
        assert verdict.repairs == (
            "asked once more, because the judge's reply holds no JSON object with errors",
        )
        _, reply, complaint = server.requests[1][1]["messages"]
        assert reply["content"] == "Well, the title."
        assert "holds no JSON" in complaint["content"]
        assert verdict.usage["requests"] == 2

    def test_blanks_without_end_are_asked_for_without_the_schema(self):
        blanks = (200, completion(" \n" * 2000, finish="length"), {})
        with JudgeServer(blanks, GOOD).running() as server:
            ask(EndpointJudge(f"{server.url}#{MODEL}?repair=1&profile=plain"))
        guided = ["response_format" in body for _, body in server.requests]
        assert guided == [True, False]

    def test_a_server_that_knows_no_schema_is_asked_without_from_then_on(self):
        def picky(body):
            return (400, b"", {}) if "response_format" in body else GOOD

        with JudgeServer(picky).running() as server:
            judge = EndpointJudge(f"{server.url}#{MODEL}?profile=plain")
            first, second = ask(judge), ask(judge)
        assert len(server.requests) == 3
        assert first.repairs == second.repairs
        assert first.repairs == ("asked without the schema, which the server refuses",)


def errors(*severities):
    return {"errors": [{"category": "text_error", "severity": each} for each in severities]}


class TestWhatIsSpent:
    def test_a_budget_ends_the_asking(self):
        with JudgeServer(GOOD).running() as server:
            price = "price_in=1000&price_out=10000"
            judge = EndpointJudge(f"{server.url}#{MODEL}?budget=0.9&{price}")
            assert ask(judge).usage["money"] == pytest.approx(0.5)
            ask(judge)
            with pytest.raises(BackendError, match=r"budget of 0\.9 money is used up \(1\)"):
                ask(judge)
        assert len(server.requests) == 2

    def test_failed_tries_count(self):
        with JudgeServer((503, b"", {})).running() as server:
            judge = EndpointJudge(f"{server.url}#{MODEL}?budget_requests=4")
            with pytest.raises(InfrastructureFault):
                ask(judge)
            with pytest.raises(BackendError, match="4 requests is used up"):
                ask(judge)

    @pytest.mark.parametrize("option", ["budget=1", "samples=0", "swap=yes", "budget=-1"])
    def test_what_is_no_option(self, option):
        with pytest.raises(UsageError):
            EndpointJudge(f"http://127.0.0.1:9#m?{option}")


class TestCache:
    def test_a_pair_is_paid_once_and_another_pixel_again(self, tmp_path):
        other = MARKED.copy()
        other[0, 0] = 254
        with JudgeServer(GOOD).running() as server:
            for cached in (0, 1):
                judge = EndpointJudge(f"{server.url}#{MODEL}?cache={tmp_path}")
                verdict = ask(judge)
                assert verdict.usage["cached"] == cached
                assert verdict.usage["requests"] == 1 - cached
                assert verdict.severity == 2
            assert judge.compare(WHITE, other, "chart").usage["cached"] == 0
            judge.close()
        assert len(server.requests) == 2

    def test_another_model_revision_or_way_of_asking_is_asked_again(self, tmp_path):
        with JudgeServer(GOOD).running() as server:
            for option in ("", "&swap=1", "&revision=2", "&profile=plain"):
                spec = f"{server.url}#{MODEL}?cache={tmp_path}{option}"
                assert ask(EndpointJudge(spec)).usage["cached"] == 0
            server.roots = {MODEL: "weights/of/tuesday"}
            judge = EndpointJudge(f"{server.url}#{MODEL}?cache={tmp_path}")
            assert judge.identity.details["served"] == "weights/of/tuesday"
            assert ask(judge).usage["cached"] == 0


class TestHedging:
    def test_a_slow_request_is_sent_to_another_replica_too(self):
        with JudgeServer(GOOD).running() as one, JudgeServer(GOOD).running() as two:
            judge = EndpointJudge(f"{one.url},{two.url}#{MODEL}?hedge=1&deadline=20")
            for _ in range(24):
                ask(judge)
            one.answers.append("hang")
            one.answers.popleft()
            before = len(two.requests)
            verdicts = [ask(judge) for _ in range(2)]
        assert {verdict.severity for verdict in verdicts} == {2}
        assert sum(verdict.usage["requests"] for verdict in verdicts) > 2
        assert len(two.requests) > before


def test_two_servers_with_different_weights_under_one_name():
    one, two = JudgeServer(GOOD), JudgeServer(GOOD)
    one.roots, two.roots = {MODEL: "old"}, {MODEL: "new"}
    with (
        one.running(),
        two.running(),
        pytest.raises(BackendError, match="new and old, depending on the server"),
    ):
        EndpointJudge(f"{one.url},{two.url}#{MODEL}")


def ask_in_vain(judge):
    with pytest.raises(InfrastructureFault):
        ask(judge)


def ask(judge):
    return judge.compare(WHITE, MARKED, "chart")


@pytest.mark.parametrize(
    "spec",
    ["", "#model", "http://one/v1", "one:8000#m", "http://:8000#m", "http://one#m?colour=red"],
)
def test_what_is_no_endpoint(spec):
    with pytest.raises(UsageError):
        make_judge(f"endpoint:{spec}")


@pytest.mark.parametrize("deadline", ["0", "-1", "soon", "nan", "inf"])
def test_what_is_no_deadline(deadline):
    with pytest.raises(UsageError, match="deadline"):
        EndpointJudge(f"http://127.0.0.1:9#m?deadline={deadline}")


def test_a_reward_asks_many_at_once_and_scores_no_fault():
    pair = threading.Barrier(2)

    def with_another(reply):
        def answer(_):
            pair.wait(20)  # one by one would break it, and nothing would be answered
            return (200, completion(reply), {})

        return answer

    answers = [with_another(ONE)] * 20 + [with_another("no idea")] * 4
    pictures = []
    for number in range(24):
        picture = MARKED.copy()
        picture[:4, : number + 1] = 0
        pictures.append(picture)
    with JudgeServer(*answers).running() as server:
        reward = VisualReward(f"endpoint:{server.url}#{MODEL}")
        items = [{"task": "chart", "reference": MARKED, "prediction": one} for one in pictures]
        results = reward.score_batch(items)
    assert server.most_at_once > 1
    assert sum(result.value is None for result in results) == 4
    assert {result.status for result in results} == {"scored", "judge_fault"}


def test_a_fork_uses_its_own_connections():
    with JudgeServer(GOOD).running() as server:
        judge = EndpointJudge(f"{server.url}#{MODEL}")
        ask(judge)
        child = os.fork()
        if child == 0:
            os._exit(len(ask(judge).errors))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 1
        assert len(ask(judge).errors) == 1
