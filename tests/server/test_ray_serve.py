"""Real Ray Serve on this machine: two replicas answer as the library does; one is killed."""

import importlib.util
import socket
from pathlib import Path

import httpx
import psutil
import pytest
from served import pair, plain

from visual_erm import VisualReward
from visual_erm.data.ray import started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]
RECIPE = Path(__file__).parents[2] / "deploy" / "ray_serve.py"


@pytest.fixture
def url():
    for needed in ("ray", "grpc"):  # what "ray[serve]" brings
        if importlib.util.find_spec(needed) is None:
            pytest.skip("pip install --group nightly")
    spec = importlib.util.spec_from_file_location("ray_serve", RECIPE)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started(2):
        from ray import serve

        serve.start(http_options={"host": "127.0.0.1", "port": port})
        serve.run(recipe.application({"replicas": "2", "cpus": "1"}))
        yield f"http://127.0.0.1:{port}"
        serve.shutdown()


def serves(process):
    try:
        return process.cmdline()[:1] and process.cmdline()[0].startswith("ray::ServeReplica")
    except psutil.Error:
        return False


def test_replicas_answer_as_the_library_does_and_one_may_be_killed(url, reference, prediction):
    item = {"task": "svg", "reference": reference, "prediction": prediction}
    expected = plain(VisualReward(workers=1).score(item).row())
    body = pair(reference, prediction)

    def ask():
        return httpx.post(f"{url}/v1/judge", json=body, timeout=60)

    assert [plain(ask().json()) for _ in range(6)] == [expected] * 6
    assert httpx.get(f"{url}/ready").json()["ready"]
    assert httpx.post(f"{url}/v1/judge", json={}).json()["code"] == "invalid"
    replicas = [process for process in psutil.Process().children(recursive=True) if serves(process)]
    assert len(replicas) == 2
    replicas[0].kill()
    answers = [ask() for _ in range(12)]
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) >= 10 and all(plain(answer.json()) == expected for answer in good)
    assert all("reward" not in answer.text for answer in answers if answer not in good)
