"""`verm data` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pages import items

from visual_erm import examples

VERM = Path(sys.executable).with_name("verm")


def verm(*arguments, cwd):
    return subprocess.run(
        [VERM, "data", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("data")
    (place / "drawings").mkdir()
    for example in examples.load_all("svg"):
        (place / "drawings" / f"{Path(example.name).name}.svg").write_text(example.reference)
    (place / "words").mkdir()
    for example in examples.load_all("table"):
        name = f"{Path(example.name).name}.html"
        if example.reference.lstrip().startswith("<table"):
            (place / "words" / name).write_text(example.reference)
    recipe = {"name": "mine", "pairs": {"svg": 10, "table": 4}, "per_seed": 5}
    (place / "mine.json").write_text(json.dumps(recipe))
    own = ("--preset", "mine.json", "--svg", "drawings", "--tables", "words")
    own += ("--licence", "CC0-1.0")
    done = verm("build", "pairs", *own, "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["rows"] == sum(line["kept"] for line in made["operators"]) == 14
    return place


def test_figures_of_a_folder(folder):
    done = verm("stats", "pairs", "--json", cwd=folder)
    assert json.loads(done.stdout)["pairs"] == 14
    done = verm("stats", "pairs", cwd=folder)
    assert done.stdout.startswith("14 pairs, ")
    assert "share kept" in done.stdout and "svg" in done.stdout


def test_a_sheet_shows_pairs_with_their_labels(folder):
    done = verm("show", "pairs", "--html", "sheet.html", "-n", "6", cwd=folder)
    assert done.returncode == 0, done.stderr
    made = items(folder / "sheet.html")
    assert len(made) == 6
    assert all(item["metadata"]["provenance"].startswith("file:") for item in made)
    assert all(item["verdicts"][0]["judge"] == "labels" and item["tags"] for item in made)


def test_rows_for_a_trainer(folder):
    done = verm("export", "pairs", "--out", "rows", "--layout", "sharegpt", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 14
    assert len((folder / "rows" / "train.jsonl").read_text().splitlines()) == 14


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("build", "x", "--preset", "nonsense"), 2, 'no recipe "nonsense"'),
        (("build", "x", "--preset", "mine.json", "--svg", "nowhere"), 1, "no folder nowhere"),
        (("build", "drawings/a/b", "--preset", "mine.json", "--svg", "empty"), 1, "holds no SVG"),
        (("show", "nowhere"), 1, "no folder nowhere"),
        (("show", "empty"), 1, "holds no pairs"),
        (("stats", "empty"), 1, "holds no pairs"),
        (("build", "mine.json", "--preset", "mine.json", "--svg", "drawings"), 1, "File exists"),
        (("export", "empty", "--out", "y", "--layout", "nonsense"), 2, "no layout"),
        (("recipes",), 0, ""),
    ],
)
def test_bad_requests_end_in_one_sentence(folder, arguments, code, words):
    (folder / "empty").mkdir(exist_ok=True)
    done = verm(*arguments, cwd=folder)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 1
