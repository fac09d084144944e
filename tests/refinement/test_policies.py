"""Policies by name: functions, commands, servers, and what is said of those that cannot be."""

import sys
import time

import pytest
from policy_server import MODEL, RIGHT, PolicyServer
from refining import drawing

from visual_erm import refine, render
from visual_erm.errors import BackendError, InfrastructureFault, InputError, UsageError
from visual_erm.refinement import prompts
from visual_erm.refinement.command import CommandPolicy
from visual_erm.refinement.endpoint import EndpointPolicy
from visual_erm.refinement.policies import Turn, make_policy

PROGRAM = """
import json, pathlib, sys
turn = json.load(sys.stdin)
assert pathlib.Path(turn["reference"]).read_bytes()[:4] == b"\\x89PNG"
assert turn["prompt"].startswith("The picture shows a drawing")
print("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M1 1h5v5z'/></svg>")
"""


def always(turn):
    return drawing(20 + turn.round)


def test_a_function_by_name(reference):
    policy = make_policy(f"python:{__name__}:always")
    assert (policy.write(Turn("draft", "svg", reference)).completion) == drawing(20)
    assert make_policy(policy) is policy
    with pytest.raises(InfrastructureFault, match="returned int"):
        make_policy(lambda turn: 3).write(Turn("draft", "svg", reference))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nobody", 'no policy "nobody"; known: command, endpoint, tracer'),
        ("python:nowhere:f", "cannot be loaded"),
        ("python:json", "needs python:MODULE:FUNCTION"),
        ("command:", "needs a program"),
        ("command:no-such-program -x", 'no program "no-such-program"'),
        ("command:sh 'x", "cannot be read"),
        ("endpoint:", "needs an address"),
        ("endpoint:http://127.0.0.1:9/v1#m?colour=red", "no option"),
        ("endpoint:http://127.0.0.1:9/v1#m?temperature=hot", "temperature"),
        ("endpoint:http://127.0.0.1:9/v1#m?budget=1", "needs price_in"),
    ],
)
def test_what_is_no_policy(spec, message):
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        make_policy(spec)


def test_a_command(reference, tmp_path):
    script = tmp_path / "policy.py"
    script.write_text(PROGRAM)
    refined = refine(reference, task="svg", policy=f"command:{sys.executable} {script}", rounds=0)
    assert "h5v5z" in refined.source


def test_a_command_that_fails_or_hangs_is_down_and_leaves_nothing(reference, tmp_path):
    turn = Turn("draft", "svg", reference)
    with pytest.raises(InfrastructureFault, match="exit code 3") as caught:
        CommandPolicy("sh -c 'echo because >&2; exit 3'").write(turn)
    assert "because" in caught.value.failure.detail
    mark = tmp_path / "mark"
    begun = time.monotonic()
    with pytest.raises(InfrastructureFault, match="was not done after"):
        CommandPolicy(f"sh -c '(sleep 0.5; touch {mark}) & sleep 30'", deadline=0.2).write(turn)
    assert time.monotonic() - begun < 20
    time.sleep(0.7)
    assert not mark.exists()  # what it had started is gone with it


def test_a_real_server_is_driven_from_a_broken_draft_to_an_equal_picture():
    picture = render(RIGHT, task="svg").image
    with PolicyServer() as server:
        refined = refine(picture, task="svg", policy=f"endpoint:{server.url}#{MODEL}?price_in=2")
    kinds = [(a.round, a.kind, a.reward.status) for a in refined.attempts]
    assert kinds == [
        (0, "draft", "policy_fault"),
        (0, "repair", "scored"),
        (1, "revise", "scored"),
    ]
    assert (refined.stop, refined.source, refined.value) == ("equivalent", RIGHT, 1.0)
    assert refined.attempts[2].fixed
    assert refined.usage["prompt_tokens"] == 3000
    assert refined.usage["money"] == pytest.approx(0.006)


def test_a_server_that_goes_away_or_says_nothing():
    picture = render(RIGHT, task="svg").image
    with PolicyServer(dies_after=2) as server:
        spec = f"endpoint:{server.url}#{MODEL}?deadline=2"
        refined = refine(picture, task="svg", policy=spec)
        assert (refined.stop, refined.chosen) == ("policy_down", 1)
        assert "crimson" in refined.source
        with pytest.raises(BackendError):
            EndpointPolicy(f"{server.url}#{MODEL}")
    with PolicyServer("empty") as server:
        refined = refine(picture, task="svg", policy=f"endpoint:{server.url}#{MODEL}", rounds=1)
    assert {a.reward.failure.code for a in refined.attempts} == {"no_source"}
    with PolicyServer() as server:
        spec = f"endpoint:{server.url}#{MODEL}?budget_requests=2"
        refined = refine(picture, task="svg", policy=spec)
    assert (refined.stop, refined.chosen) == ("budget", 1)


def test_prompts_of_ones_own(reference, tmp_path):
    (tmp_path / "draft.md").write_text("Draw this {{thing}} as {{tag}}.")
    texts = prompts.load(str(tmp_path))
    turn = Turn("draft", "chart", reference, feedback="{{source}}")
    assert prompts.text(turn, texts) == "Draw this chart as python."
    assert texts.digest != prompts.load().digest
    assert len(prompts.messages(turn, texts)[0]["content"]) == 2
    (tmp_path / "draft.md").write_text("Draw this {{thin}}.")
    prompts.load.cache_clear()
    with pytest.raises(InputError, match=r"prompt draft\.md has a place for"):
        prompts.load(str(tmp_path))
    with pytest.raises(InputError, match="no folder"):
        prompts.load(str(tmp_path / "nowhere"))
