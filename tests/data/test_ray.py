"""Real Ray on this machine: the same bytes, also when its processes are killed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from visual_erm.data import build, shards
from visual_erm.data.engine import find_engine
from visual_erm.data.ray import ADDRESS, on_ray, started
from visual_erm.data.recipe import Recipe
from visual_erm.errors import BackendError, UsageError
from visual_erm.renderers import close_all

pytestmark = [
    pytest.mark.skipif(
        # not imported: what it does when it is started depends on what was set before
        importlib.util.find_spec("ray") is None,
        reason="Ray is not installed: pip install 'visual-erm[ray]'",
    ),
    # Ray's own: it leaves files and sockets to the interpreter's end
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
RECIPE = Recipe(name="test", seed=3, pairs={"svg": 16}, per_seed=4)


def contents(folder):
    return {path.name: path.read_bytes() for path in shards.paths(folder)}


def below():
    return psutil.Process().children(recursive=True)


@pytest.fixture(scope="module")
def running():
    before = set(below())
    with started(2) as ray:
        yield ray
        listening = {
            link.laddr.ip.removeprefix("::ffff:")
            for process in set(below()) - before
            for link in process.net_connections()
            if link.status == psutil.CONN_LISTEN
        }
        assert listening <= {"127.0.0.1", "::1"}
    close_all()
    _, alive = psutil.wait_procs(set(below()) - before, timeout=60)
    assert not alive


@pytest.mark.slow
def test_a_build_on_ray_is_the_same_bytes_whatever_dies(corpus, tmp_path, running, monkeypatch):
    monkeypatch.setattr("visual_erm.data.engine.PER_SHARD", 8)
    build(RECIPE, tmp_path / "one", corpus={"own": corpus}, workers=1)
    killed = []

    def kill(done, wanted):
        if done and not killed:
            workers = [p for p in below() if p.name().startswith("ray::") and "work" in p.name()]
            for process in workers:
                process.kill()
                killed.append(process)

    build(
        RECIPE,
        tmp_path / "two",
        corpus={"own": corpus},
        workers=2,
        engine=find_engine("ray"),
        progress=kill,
    )
    assert killed
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_error_that_ends_a_build_is_raised_as_it_is(running, monkeypatch):
    def unavailable(unit):
        raise BackendError("there is nothing to draw with")

    monkeypatch.setattr("visual_erm.data.ray.work", unavailable)
    with pytest.raises(BackendError, match="nothing to draw with"):
        list(on_ray([None, None], 2))


def test_what_is_no_engine():
    with pytest.raises(UsageError, match='no engine "spark"; known: local, ray'):
        find_engine("spark")


def test_a_cluster_that_is_not_there(tmp_path):
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings" / "one.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="40" '
        'height="40" fill="#1a56db"/></svg>'
    )
    (tmp_path / "mine.json").write_text('{"name": "mine", "pairs": {"svg": 1}}')
    command = [Path(sys.executable).with_name("verm"), "data", "build", "pairs"]
    command += ["--preset", "mine.json", "--svg", "drawings", "--engine", "ray"]
    nobody = os.environ | {ADDRESS: "127.0.0.1:1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=nobody, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 3
    assert "Ray cannot join the cluster at 127.0.0.1:1: " in done.stderr
    assert len(done.stderr.splitlines()) == 1
