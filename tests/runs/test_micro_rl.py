"""The small experiment: scenes and their tokens, and a run of it where torch is installed."""

import importlib.util
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runs.micro_rl import scenes
from runs.micro_rl.scenes import Element

ROOT = Path(__file__).parents[2]
BALL = Element("circle", ("red", "40", "40", "16"))
BOX = Element("rect", ("blue", "8", "8", "32", "16"))
LABEL = Element("text", ("8", "80", "47"))


def test_tokens_are_read_as_the_scene_they_were_made_from():
    rng = random.Random(0)
    for _ in range(300):
        scene = scenes.sample(rng)
        written = scenes.tokens(scene)
        assert len(written) <= scenes.LONGEST
        assert scenes.read(written) == scene
        assert scenes.agreement(scene, scenes.read(written)).exact == 1


def test_a_hasty_teacher_slips_as_often_as_said_and_still_writes_documents():
    rng = random.Random(1)
    told = [
        (scene, scenes.sloppy(scene, rng)) for scene in (scenes.sample(rng) for _ in range(2000))
    ]
    assert all(said and scenes.read(scenes.tokens(said)) == said for _, said in told)
    pairs = [(scene[0], said[0]) for scene, said in told if len(scene) == len(said) == 1]
    pairs = [(one, other) for one, other in pairs if one.kind != "text"]
    colours = sum(one.values[0] != other.values[0] for one, other in pairs) / len(pairs)
    numbers = sum(one.values[1:] != other.values[1:] for one, other in pairs) / len(pairs)
    assert colours == pytest.approx(scenes.SLIP, abs=0.06)
    assert numbers == pytest.approx(scenes.SLIP, abs=0.06)


def test_every_scene_draws_and_shows_its_elements():
    import visual_erm

    picture = visual_erm.render(scenes.text(scenes.tokens((BALL, BOX, LABEL))), task="svg").image
    side = picture.shape[0] / scenes.SIDE
    assert tuple(picture[int(40 * side), int(40 * side)]) == (255, 0, 0)
    assert tuple(picture[int(16 * side), int(24 * side)]) == (0, 0, 255)
    assert (picture[int(60 * side) :, : int(40 * side)] < 64).any()


@pytest.mark.parametrize(
    ("written", "exact", "missing", "invented"),
    [
        ((BALL, BOX), 1, 0, 0),
        ((BOX, BALL), 1, 0, 0),
        ((BALL,), 2 / 3, 1, 0),
        ((BALL, BOX, BOX), 4 / 5, 0, 1),
        ((BALL, replace(BOX, values=("green", "8", "8", "32", "16"))), (1 + 4 / 5) / 2, 0, 0),
        ((), 0, 2, 0),
        (None, 0, 2, 0),
        ((LABEL, LABEL), 0, 2, 2),
    ],
)
def test_agreement_counts_equal_parameters(written, exact, missing, invented):
    found = scenes.agreement((BALL, BOX), written)
    assert found.exact == pytest.approx(exact)
    assert (found.missing, found.invented) == (missing, invented)


def test_numbers_that_are_read_wrong_are_counted():
    wrong = replace(LABEL, values=("8", "80", "48"))
    assert scenes.agreement((BALL, LABEL), (BALL, LABEL)).labels == (1, 1)
    assert scenes.agreement((BALL, LABEL), (BALL, wrong)).labels == (0, 1)


def test_what_does_not_parse_is_no_scene():
    whole = scenes.tokens((BALL, LABEL))
    assert scenes.read(whole[:-1]) is None
    assert scenes.read(whole[:3] + whole[4:]) is None
    assert scenes.read([]) is None


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="needs torch: `make micro`")
def test_a_run_of_every_reward_that_goes_on_where_it_stopped(tmp_path):
    command = [sys.executable, "-m", "runs.micro_rl", "--out", str(tmp_path), "--quick"]
    names = ("visual", "ssim", "embedding", "edit", "exact")
    subprocess.run([*command, "--rewards", ",".join(names)], check=True, cwd=ROOT)
    rows = {name: json.loads((tmp_path / f"{name}-0.json").read_text()) for name in names}
    starts = {row["curve"]["rows"][0]["exact"] for row in rows.values()}
    assert len(starts) == 1, "all rewards begin with one policy"
    assert all(row["curve"]["unscored"] == 0 for row in rows.values())
    assert (tmp_path / "curves.png").stat().st_size > 10_000
    before = (tmp_path / "ssim-0.json").stat().st_mtime_ns
    again = subprocess.run(
        [*command, "--rewards", "ssim"], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert (tmp_path / "ssim-0.json").stat().st_mtime_ns == before
    assert "| ssim | 1 |" in again.stdout
