import json
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest
from judge_server import MODEL, NOTHING, JudgeServer, completion
from served import pair, png, square
from typer.testing import CliRunner

from visual_erm import cli
from visual_erm.errors import InputError, UsageError
from visual_erm.server.settings import Settings, read_token

VERM = Path(sys.executable).with_name("verm")


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
            time.sleep(0.02)
        server.process.send_signal(signal.SIGTERM)
        while server.client.get("/ready").status_code != 503:
            time.sleep(0.02)
        late = ask(server, body)
        assert late.status_code == 503 and late.headers["retry-after"]
        assert server.client.get("/health").status_code == 200
        go.set()
        assert [future.result().status_code for future in accepted] == [200, 200]
    assert server.process.wait(30) == 0


def hang_up(url, body, after):
    """Ask, and leave when `after` says so."""
    address = httpx.URL(url)
    content = json.dumps(body).encode()
    with socket.create_connection((address.host, address.port)) as client:
        head = (
            f"POST /v1/judge HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        client.sendall(head.encode() + content)
        after()


def until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def counted(server, name):
    found = re.search(rf"^{re.escape(name)} ([0-9.]+)$", server.client.get("/metrics").text, re.M)
    return float(found[1]) if found else 0.0


def test_a_client_that_hangs_up_ends_its_request_to_the_judge_model(start, reference, prediction):
    body = pair(reference, prediction)
    with HangingModel() as model:
        server = start("--judge", f"endpoint:{model.url}#{MODEL}", "--workers", "1")
        hang_up(server.url, body, lambda: until(lambda: model.asked == 1))
        # the model's server sees the connection close, long before any deadline
        until(lambda: model.hung_up == 1, 5.0)
        until(lambda: server.client.get("/ready").json()["working"] == 0, 5.0)
        assert counted(server, 'verm_left_total{where="work"}') == 1
        # it is not tried again, and the place is free for the next one
        model.let_go.set()
        assert ask(server, body).status_code == 200
        assert model.asked == 2
        assert server.stop() == 0


def test_a_client_that_hangs_up_gives_its_place_before_a_judging_process_back(start):
    """Two processes judge and two samples wait before them; one of these leaves."""
    server = start("--workers", "2")
    processes = judging(server.process.pid)
    assert len(processes) == 2
    for process in processes:
        process.suspend()  # a judge that takes its time
    try:
        with ThreadPoolExecutor(3) as pool:
            slow = [pool.submit(ask, server, different(number)) for number in range(3)]
            until(lambda: server.client.get("/ready").json()["working"] == 3)

            def seen():
                until(lambda: server.client.get("/ready").json()["working"] == 4)

            hang_up(server.url, different(3), seen)
            # its place is free, though no process has moved
            until(lambda: server.client.get("/ready").json()["working"] == 3, 5.0)
            assert counted(server, 'verm_left_total{where="work"}') == 1
            assert all(process.status() == psutil.STATUS_STOPPED for process in processes)
            for process in processes:
                process.resume()
            assert [one.result().status_code for one in slow] == [200, 200, 200]
    finally:
        for process in processes:
            process.resume()
    assert server.stop() == 0


def judging(pid):
    """The processes that judge for a server."""
    found = []
    for one in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # or about to be none
            if any("parallel" in word for word in one.cmdline()):
                found.append(one)
    return found


def different(number):
    picture = square(26)
    picture[0, 0] = number
    return pair(png(square(10 + number)), png(picture))


class HangingModel:
    """A judge model that answers when it is let go, and notes whose socket closes before."""

    def __enter__(self):
        self.asked = self.hung_up = 0
        self.let_go = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.reply({"data": [{"id": MODEL}]})

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked += 1
                while not outer.let_go.wait(0.02):
                    ready, _, _ = select.select([self.connection], [], [], 0)
                    if ready and not self.connection.recv(1, socket.MSG_PEEK):
                        outer.hung_up += 1
                        self.close_connection = True
                        return
                self.reply(completion(NOTHING))

            def reply(self, content):
                raw = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def test_after_the_grace_the_rest_is_answered_and_it_ends(start, gated, reference, prediction):
    judge, _, asked = gated
    server = start("--judge", judge, "--workers", "1", "--grace", "0.2")
    ask_twice(server, pair(reference, prediction))
    with ThreadPoolExecutor(2) as pool:
        accepted = [pool.submit(ask, server, pair(reference, prediction)) for _ in range(2)]
        assert asked.wait(30)
        while server.client.get("/ready").json()["waiting"] < 1:
            time.sleep(0.02)
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
            time.sleep(0.02)
        processes = psutil.Process(server.process.pid).children(recursive=True)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 128 + signal.SIGTERM
        assert psutil.wait_procs(processes, timeout=10)[1] == []
        assert isinstance(lost.exception(), httpx.TransportError)


@pytest.mark.slow
def test_many_at_once_get_a_result_or_an_honest_refusal_and_memory_has_a_bound():
    command = [sys.executable, "-m", "benchmarks.server_load"]
    few = ["--requests", "16", "--queue", "3", "--workers", "1"]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, *few], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and '"429"' in done.stdout, done.stdout


def run(*words):
    return CliRunner().invoke(cli.app, ["serve", *words])


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_while_its_judges_start_it_stops_at_once(tmp_path, sig):
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [VERM, "serve", "--port", "0", "--workers", "2"], stdout=stream, stderr=stream
        )
    try:
        until(lambda: judging(process.pid), 60.0)
        children = psutil.Process(process.pid).children(recursive=True)
        began = time.monotonic()
        process.send_signal(sig)
        assert process.wait(30) == 0
        assert time.monotonic() - began < 10
        assert psutil.wait_procs(children, timeout=10)[1] == []
    finally:
        process.kill()
        process.wait()
    said = log.read_text()
    assert "stopping before it was ready" in said and "Traceback" not in said


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
