import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from judge_server import MODEL, NOTHING, JudgeServer, completion
from served import pair
from typer.testing import CliRunner

from visual_erm import cli
from visual_erm.errors import InputError, UsageError
from visual_erm.server.settings import Settings, read_token


@pytest.fixture
def gated():
    """A judge model that answers when it is let go; the event says that it was asked. Its first two
    answers are a reply without a verdict and the refusal of a key."""
    go, asked = threading.Event(), threading.Event()

    def answer(_):
        asked.set()
        go.wait(30)
        return 200, completion(NOTHING), {}

    bad = (200, completion("no verdict here"), {}), (401, b"no", {})
    with JudgeServer(*bad, answer).running() as model:
        yield f"endpoint:{model.url}#{MODEL}", go, asked
        go.set()


def ask(server, body):
    return httpx.post(f"{server.url}/v1/judge", json=body, timeout=60)


def ask_twice(server, body):
    """Until the judge model is gated."""
    return [ask(server, body) for _ in range(2)]


def test_faults_are_problems_and_the_first_signal_finishes_what_was_accepted(
    start, gated, reference, prediction
):
    judge, go, asked = gated
    server = start("--judge", judge, "--workers", "1")
    body = pair(reference, prediction)
    told = ask_twice(server, body)
    assert [(a.status_code, a.json()["kind"], a.json()["code"]) for a in told] == [
        (502, "judge", "unreadable"),
        (503, "infrastructure", "refused_key"),
    ]
    assert all("reward" not in a.json() for a in told)
    with ThreadPoolExecutor(4) as pool:
        accepted = [pool.submit(ask, server, body) for _ in range(2)]
        assert asked.wait(30)
        while server.client.get("/ready").json()["waiting"] < 1:
            pass
        server.process.send_signal(signal.SIGTERM)
        while server.client.get("/ready").status_code != 503:
            pass
        late = ask(server, body)
        assert late.status_code == 503 and late.headers["retry-after"]
        assert server.client.get("/health").status_code == 200
        go.set()
        assert [future.result().status_code for future in accepted] == [200, 200]
    assert server.process.wait(30) == 0


def test_after_the_grace_the_rest_is_answered_and_it_ends(start, gated, reference, prediction):
    judge, _, asked = gated
    server = start("--judge", judge, "--workers", "1", "--grace", "0.2")
    ask_twice(server, pair(reference, prediction))
    with ThreadPoolExecutor(2) as pool:
        accepted = [pool.submit(ask, server, pair(reference, prediction)) for _ in range(2)]
        assert asked.wait(30)
        while server.client.get("/ready").json()["waiting"] < 1:
            pass
        server.process.send_signal(signal.SIGTERM)
        answers = [future.result() for future in accepted]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(503, "stopping")] * 2
    assert server.process.wait(30) == 1


def test_the_second_signal_ends_it_at_once(start, gated, reference, prediction):
    judge, _, asked = gated
    server = start("--judge", judge, "--workers", "1")
    ask_twice(server, pair(reference, prediction))
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(ask, server, pair(reference, prediction))
        assert asked.wait(30)
        server.process.send_signal(signal.SIGTERM)
        while server.client.get("/ready").status_code != 503:
            pass
        processes = psutil.Process(server.process.pid).children(recursive=True)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 128 + signal.SIGTERM
        assert psutil.wait_procs(processes, timeout=10)[1] == []
        assert isinstance(lost.exception(), httpx.TransportError)


def test_many_at_once_get_a_result_or_an_honest_refusal_and_memory_has_a_bound():
    command = [sys.executable, "-m", "benchmarks.server_load"]
    few = ["--requests", "16", "--queue", "3", "--workers", "1"]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, *few], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and '"429"' in done.stdout, done.stdout


def run(*words):
    return CliRunner().invoke(cli.app, ["serve", *words])


def test_what_cannot_start_says_why():
    down = run("--judge", "endpoint:http://127.0.0.1:1/v1#m")
    assert down.exit_code == 3 and "cannot be reached" in down.output
    assert run("--judge", "oracle").exit_code == 2
    assert run("--shaping", "paper").exit_code == 2
    taken = run("--host", "192.0.2.1")
    assert taken.exit_code == 3 and "cannot listen on 192.0.2.1" in taken.output


def test_without_the_extra_a_sentence_says_how_to_install_it():
    program = (
        "import sys; sys.modules['fastapi'] = None\n"
        "import visual_erm, visual_erm.server as s\n"
        "from visual_erm.errors import MissingPackage\n"
        "try: s.serve(s.Settings())\n"
        "except MissingPackage as error: print(error)\n"
        "assert 'uvicorn' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "pip install 'visual-erm[server]'" in done.stdout


def test_settings_outside_their_range_are_refused(tmp_path):
    for wrong in ({"queue": 0}, {"deadline": 0}, {"token": "short"}, {"held": 1}, {"port": -1}):
        with pytest.raises(UsageError):
            Settings(**wrong)
    assert "secret" not in repr(Settings(token="secretsecretsecret"))
    with pytest.raises(InputError, match="cannot read the token"):
        read_token(tmp_path / "none")
