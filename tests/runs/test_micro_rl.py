"""The small experiment: tasks and their tokens, and a run of it where torch is installed."""

import importlib.util
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runs.micro_rl import svg, table, tasks
from runs.micro_rl.svg import Element
from runs.micro_rl.table import DARK, GOLD, PLAIN, Cell, Row

ROOT = Path(__file__).parents[2]
BALL = Element("circle", ("red", "40", "40", "16"))
BOX = Element("rect", ("blue", "8", "8", "32", "16"))
LABEL = Element("text", ("8", "80", "47"))


@pytest.fixture(params=tasks.NAMES)
def task(request):
    return tasks.task_of(request.param)


def test_tokens_are_read_as_the_scene_they_were_made_from(task):
    rng = random.Random(0)
    for _ in range(300):
        scene = task.sample(rng)
        written = task.tokens(scene)
        assert len(written) <= task.LONGEST
        assert (written[0], written[-1]) == (tasks.START, tasks.END)
        assert task.read(written) == scene
        assert task.agreement(scene, task.read(written)).exact == 1


def test_whatever_is_written_is_read_or_refused_and_compared(task):
    rng = random.Random(2)
    for _ in range(2000):
        written = task.tokens(task.sample(rng))
        for _ in range(rng.randint(1, 4)):
            written[rng.randrange(len(written))] = rng.randrange(len(task.PIECES))
        found = task.agreement(task.sample(rng), task.read(written))
        assert 0 <= found.exact <= 1
        assert {*found.counts, "exact", "greedy"} == {*task.FIGURES}


def test_what_the_policy_sees_has_its_size(task):
    from visual_erm.renderers import renderer

    drawing = renderer(task.NAME, **task.RENDERER)
    rng = random.Random(4)
    for _ in range(3):
        source = tasks.text(task, task.tokens(task.sample(rng)))
        assert task.small(drawing.render(source).image).shape == (*task.SEEN, 3)
    assert all(side % field == 0 for side, field in zip(task.SEEN, task.FIELD, strict=True))


def test_a_hasty_teacher_slips_as_often_as_said_and_still_writes_documents():
    rng = random.Random(1)
    told = [(scene, svg.sloppy(scene, rng)) for scene in (svg.sample(rng) for _ in range(2000))]
    assert all(said and svg.read(svg.tokens(said)) == said for _, said in told)
    pairs = [(scene[0], said[0]) for scene, said in told if len(scene) == len(said) == 1]
    pairs = [(one, other) for one, other in pairs if one.kind != "text"]
    colours = sum(one.values[0] != other.values[0] for one, other in pairs) / len(pairs)
    numbers = sum(one.values[1:] != other.values[1:] for one, other in pairs) / len(pairs)
    assert colours == pytest.approx(svg.SLIP, abs=0.06)
    assert numbers == pytest.approx(svg.SLIP, abs=0.06)


def test_every_scene_draws_and_shows_its_elements():
    import visual_erm

    picture = visual_erm.render(tasks.text(svg, svg.tokens((BALL, BOX, LABEL))), task="svg").image
    side = picture.shape[0] / svg.SIDE
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
    found = svg.agreement((BALL, BOX), written)
    assert found.exact == pytest.approx(exact)
    assert found.counts["missing"][0] == missing
    assert found.counts["invented"][0] == invented


def test_numbers_that_are_read_wrong_are_counted():
    wrong = replace(LABEL, values=("8", "80", "48"))
    assert svg.agreement((BALL, LABEL), (BALL, LABEL)).counts["labels"] == (1, 1)
    assert svg.agreement((BALL, LABEL), (BALL, wrong)).counts["labels"] == (0, 1)


def test_what_does_not_parse_is_no_scene():
    whole = svg.tokens((BALL, LABEL))
    assert svg.read(whole[:-1]) is None
    assert svg.read(whole[:3] + whole[4:]) is None
    assert svg.read([]) is None


TRUE = (
    Row((Cell("item"), Cell("cost"), Cell("sold")), DARK),
    Row((Cell("tea"), Cell("12"), Cell("7")), GOLD),
    Row((Cell("milk"), Cell(""), Cell("30"))),
)


def _with(at, row):
    return (*TRUE[:at], row, *TRUE[at + 1 :])


BARE = _with(0, replace(TRUE[0], colours=("white", "white")))


@pytest.mark.parametrize(
    ("written", "exact", "figures"),
    [
        (TRUE, 1, {"texts": (18, 18), "unseen": (0, 1), "numbers": (3, 3), "colours": (3, 3)}),
        (BARE, 6 / 9, {"texts": (18, 18), "unseen": (3, 1), "colours": (2, 3)}),
        (_with(1, replace(TRUE[1], colours=PLAIN)), 1, {"colours": (2, 3), "unseen": (0, 1)}),
        (TRUE[:2], 12 / 15, {"missing": (1, 1), "numbers": (2, 3)}),
        # what stands below a missing row stands in another row
        ((TRUE[0], TRUE[2]), 6 / 15, {"missing": (1, 1), "numbers": (0, 3)}),
        (_with(1, Row((Cell("tea"), Cell("21"), Cell("7")), GOLD)), 8 / 9, {"numbers": (2, 3)}),
        (_with(2, Row((Cell("milk"), Cell("30", 2)))), 14 / 17, {"numbers": (2, 3)}),
        (None, 0, {"missing": (3, 1), "unseen": (0, 1)}),
        ((), 0, {"missing": (3, 1)}),
    ],
)
def test_cells_are_right_where_row_column_and_text_are_and_they_can_be_read(
    written, exact, figures
):
    found = table.agreement(TRUE, written)
    assert found.exact == pytest.approx(exact)
    assert {key: tuple(found.counts[key]) for key in figures} == figures


def test_a_table_that_is_not_html_is_no_table():
    words = {piece: token for token, piece in enumerate(table.PIECES)}

    def read(*pieces):
        return table.read([*(words[piece] for piece in pieces), tasks.END])

    assert read("<tr>", "<td>", "tea") == (Row((Cell("tea"),)),)
    assert read("<tr>", "<tr>", "<td>", "1", "2") == (Row((Cell("12"),)),)
    styled = ('<tr style="', "background:gold;", '">', "<td>", "1")
    assert read(*styled) == (Row((Cell("1"),), GOLD),)
    assert read(*styled[:2]) is None
    assert read(*styled[:2], "<td>") is None
    assert read("<td>", "1") is None
    assert read("<tr>", "1") is None
    assert read("<tr>", "<td>", '">') is None
    assert table.read([words["<tr>"], words["<td>"]]) is None


def test_what_a_hasty_teacher_hides_only_a_picture_tells():
    from visual_erm.bench.table_metrics import teds
    from visual_erm.renderers import render

    sources = [tasks.text(table, table.tokens(rows)) for rows in (TRUE, BARE)]
    assert teds(*sources) == 1
    shown, bare = (render(source, task="table", **table.RENDERER).image for source in sources)
    assert (shown[14:40] < 200).any()
    assert (bare[16:40, 16:70] == 255).all()


def test_every_cell_is_a_field_of_the_policy():
    from visual_erm.renderers import render

    rng = random.Random(0)
    for _ in range(4):
        rows = tuple(replace(row, colours=PLAIN) for row in table.sample(rng))
        source = tasks.text(table, table.tokens(rows))
        picture = render(source, task="table", **table.RENDERER).image
        columns = len(rows[0].cells)
        assert picture.shape[:2] == (32 * len(rows) + 33, 64 * columns + 25)
        lines = [table.MARGIN + 64 * at for at in range(columns + 1)]
        assert (picture[16:40, lines] < 128).all()


def test_the_policy_looks_at_the_cell_that_it_is_writing():
    written = table.tokens((TRUE[0], TRUE[2]))
    looked = table.aims(np.array([written]))[0]
    assert (looked.sum(1) == 1).all()
    pieces = [table.PIECES[token] for token in written]
    columns = table.SEEN[1] // table.FIELD[1]
    fields = {piece: int(looked[at].argmax()) for at, piece in enumerate(pieces)}
    assert [fields[word] for word in ("item", "cost", "sold")] == [0, 1, 2]
    assert [fields[word] for word in ("<tr>", "milk", "0")] == [columns, columns, columns + 2]


def test_a_hasty_teacher_of_tables_slips_as_often_as_said():
    rng = random.Random(1)
    told = [(rows, table.sloppy(rows, rng)) for rows in (table.sample(rng) for _ in range(2000))]
    assert all(table.read(table.tokens(said)) == said for _, said in told)
    heads = [(rows[0], said[0]) for rows, said in told]
    dark = [said.colours != DARK for row, said in heads if row.colours == DARK]
    words = [row.cells[1] != said.cells[1] for row, said in heads]
    assert sum(dark) / len(dark) == pytest.approx(table.SLIP, abs=0.04)
    assert sum(words) / len(words) == pytest.approx(table.SLIP, abs=0.04)
    long = [len(said) for rows, said in told if len(rows) == 4]
    assert long.count(4) / len(long) == pytest.approx((1 - table.SLIP) ** 3, abs=0.06)


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="needs torch: `make micro`")
@pytest.mark.parametrize(
    ("name", "rewards"),
    [
        ("svg", ("visual", "ssim", "embedding", "edit", "exact")),
        ("table", ("visual", "ssim", "teds", "exact")),
    ],
)
def test_a_run_of_every_reward_that_goes_on_where_it_stopped(tmp_path, name, rewards):
    command = [sys.executable, "-m", "runs.micro_rl", "--task", name, "--out", str(tmp_path)]
    command.append("--quick")
    subprocess.run([*command, "--rewards", ",".join(rewards)], check=True, cwd=ROOT)
    rows = {reward: json.loads((tmp_path / f"{reward}-0.json").read_text()) for reward in rewards}
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
    assert f"| ssim | {rows['ssim']['curve']['rows'][-1]['exact']:.3f} |" in again.stdout
