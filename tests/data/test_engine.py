import json
import os
import signal
import subprocess
import sys
import time

import pytest

from visual_erm.data import build, load_recipe, read, shards
from visual_erm.data.card import count
from visual_erm.data.engine import find_engine
from visual_erm.data.packages import pinned, refuse_reserved
from visual_erm.data.recipe import Recipe, recipes
from visual_erm.data.seeds import svg_folder
from visual_erm.errors import InputError, MissingPackage, UsageError

RECIPE = Recipe(name="test", seed=3, pairs={"svg": 12}, per_seed=4)
ROOM = 1 << 20
"""Bytes of a small file system."""
TABLE = (
    "<table><tr><th>Town</th><th>Rain</th></tr>"
    "<tr><td>Oslo</td><td>763</td></tr><tr><td>Bergen</td><td>2250</td></tr></table>"
)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("visual_erm.data.engine.PER_SHARD", 4)


@pytest.fixture(scope="module")
def own(corpus):
    return {"own": corpus}


def contents(folder):
    return {path.name: path.read_bytes() for path in shards.paths(folder)}


def test_a_build_has_what_was_asked_for(own, tmp_path, small):
    summary = build(RECIPE, tmp_path, corpus=own, workers=1)
    rows = list(read(tmp_path))
    assert summary.rows == len(rows) == 12
    assert len({row["id"] for row in rows}) == 12
    assert "edit" in {row["kind"] for row in rows}
    assert all(row["reference"]["bytes"].startswith(b"\x89PNG") for row in rows)
    assert all(bool(row["errors"]) == (row["kind"] in ("edit", "hack")) for row in rows)
    assert "| edit |" in (tmp_path / "README.md").read_text()


@pytest.mark.slow
def test_processes_make_no_difference(own, tmp_path, small):
    build(RECIPE, tmp_path / "one", corpus=own, workers=1)
    build(RECIPE, tmp_path / "two", corpus=own, workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_build_goes_on_where_it_was_stopped(own, tmp_path, small):
    build(RECIPE, tmp_path, corpus=own, workers=1)
    whole = contents(tmp_path)

    def never(units, workers):
        raise AssertionError("there was nothing to make")
        yield

    again = build(RECIPE, tmp_path, corpus=own, engine=never)
    assert (again.rows, again.made) == (12, 0)
    for lost in sorted(whole):
        (tmp_path / lost).unlink()
        again = build(RECIPE, tmp_path, corpus=own, workers=1)
        assert again.made == 4
        assert contents(tmp_path) == whole


@pytest.mark.slow
def test_a_killed_build_loses_nothing_and_doubles_nothing(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "import visual_erm.data.engine as b\n"
        "from visual_erm import examples\n"
        "from visual_erm.data.records import Seed\n"
        "b.PER_SHARD = 4\n"
        "seeds = [Seed(id=e.name, task='svg', source=e.reference, family='own',\n"
        "              licence='CC0-1.0', provenance='test') for e in examples.load_all('svg')]\n"
        "recipe = b.Recipe(name='kill', pairs={'svg': 20}, per_seed=4)\n"
        "b.build(recipe, Path(sys.argv[1]), corpus={'own': seeds}, workers=1)\n"
    )
    command = [sys.executable, str(script)]
    subprocess.run([*command, str(tmp_path / "whole")], check=True)
    killed = tmp_path / "killed"
    process = subprocess.Popen([*command, str(killed)])
    until = time.monotonic() + 60
    while time.monotonic() < until and not (killed / "pairs-00001.parquet").exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(shards.paths(killed)) < 5
    subprocess.run([*command, str(killed)], check=True)
    assert contents(killed) == contents(tmp_path / "whole")
    assert not list(killed.glob("*.part"))


def test_a_damaged_shard_is_named_and_can_be_made_again(own, tmp_path, small):
    build(RECIPE, tmp_path, corpus=own, workers=1)
    whole = contents(tmp_path)
    path = tmp_path / "pairs-00001.parquet"
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(InputError, match=r"pairs-00001.parquet is damaged.*delete it"):
        build(RECIPE, tmp_path, corpus=own, workers=1)
    path.unlink()
    build(RECIPE, tmp_path, corpus=own, workers=1)
    assert contents(tmp_path) == whole


def test_two_builds_do_not_mix(own, tmp_path, small):
    build(RECIPE, tmp_path, corpus=own, workers=1)
    other = RECIPE.model_copy(update={"seed": 4})
    with pytest.raises(InputError, match="another recipe"):
        build(other, tmp_path, corpus=own, workers=1)


def test_seeds_that_cannot_be_used_are_counted_not_fatal(own, tmp_path, small, corpus):
    broken = corpus[0].model_copy(update={"id": "own/broken", "source": "<svg"})
    recipe = RECIPE.model_copy(update={"pairs": {"svg": 8}})
    summary = build(recipe, tmp_path, corpus={"own": [broken, *corpus]}, workers=1)
    assert summary.rows == 8
    with pytest.raises(InputError, match="no usable seed"):
        build(recipe, tmp_path / "empty", corpus={"own": []}, workers=1)


def test_a_corpus_of_nothing_usable_says_so(tmp_path, corpus):
    broken = [corpus[0].model_copy(update={"id": f"own/{n}", "source": "<svg"}) for n in range(3)]
    sentence = r"holds 0 of 12 pairs: none of the 3 svg seeds could be used, own/\d for one: "
    for _ in range(2):
        with pytest.raises(InputError, match=sentence):
            build(RECIPE, tmp_path, corpus={"own": broken}, workers=1)
    assert set(count(tmp_path).unusable_examples) == {"own/0", "own/1", "own/2"}


def test_what_few_seeds_gave_is_kept(tmp_path, small, corpus):
    seeds = {"own": [corpus[0], corpus[0].model_copy(update={"task": "table", "source": TABLE})]}
    recipe = RECIPE.model_copy(update={"pairs": {"svg": 40, "table": 4}})
    for _ in range(2):
        with pytest.raises(InputError, match=r"the 1 svg seeds gave \d of 40; add seeds"):
            build(recipe, tmp_path, corpus=seeds, workers=1)
        tasks = [row["task"] for row in read(tmp_path, ["task"])]
        assert tasks.count("table") == 4 and "svg" in tasks
    whole = contents(tmp_path)
    (tmp_path / "pairs-00000.parquet").unlink()
    with pytest.raises(InputError, match="add seeds"):
        build(recipe, tmp_path, corpus=seeds, workers=1)
    assert contents(tmp_path) == whole


def test_progress_counts_what_was_there_once(own, tmp_path, small):
    build(RECIPE, tmp_path, corpus=own, workers=1)
    (tmp_path / "pairs-00001.parquet").unlink()
    told = []
    build(RECIPE, tmp_path, corpus=own, workers=1, progress=lambda *report: told.append(report))
    assert told[0] == (8, 12)
    assert told[-1] == (12, 12)
    assert told == sorted(told)


@pytest.fixture
def little_room(tmp_path):
    """A file system of few pages."""
    place = tmp_path / "full"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", place]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_what_was_finished(own, tmp_path, small, little_room):
    build(RECIPE, tmp_path / "whole", corpus=own, workers=1)
    whole = contents(tmp_path / "whole")
    room = ROOM - len(whole["pairs-00000.parquet"]) - 3 * 4096
    (little_room / "ballast").write_bytes(bytes(room))
    folder = little_room / "pairs"
    with pytest.raises(InputError, match=r"cannot write .*: No space left.*run the command again"):
        build(RECIPE, folder, corpus=own, workers=1)
    there = contents(folder)
    assert there == {name: whole[name] for name in there}
    assert not list(folder.glob("*.part"))
    (little_room / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=4m", little_room], check=True)
    build(RECIPE, folder, corpus=own, workers=1)
    assert contents(folder) == whole


def test_a_folder_that_cannot_be_written_is_refused_at_once(own, tmp_path, little_room):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot make the folder .*: File exists"):
        build(RECIPE, tmp_path / "file", corpus=own, workers=1)
    with pytest.raises(InputError, match=r"cannot make the folder .*: Not a directory"):
        build(RECIPE, tmp_path / "file" / "pairs", corpus=own, workers=1)
    subprocess.run(["mount", "-o", "remount,ro", little_room], check=True)
    with pytest.raises(InputError, match="cannot write to the folder"):
        build(RECIPE, little_room, corpus=own, workers=1)


def test_one_build_at_a_time(own, tmp_path, small):
    def other(done, wanted):
        with pytest.raises(InputError, match="another build is at work"):
            build(RECIPE, tmp_path, corpus=own, workers=1)

    build(RECIPE, tmp_path, corpus=own, workers=1, progress=other)


def test_without_pyarrow_nothing_is_begun(own, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackage, match="data"):
        build(RECIPE, tmp_path / "out", corpus=own, workers=1)
    assert not (tmp_path / "out").exists()


def test_an_engine_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r"pip install 'visual-erm\[ray\]'"):
        find_engine("ray")


def test_recipes_are_read_or_refused(tmp_path):
    for name in recipes():
        assert load_recipe(name).name == name
    with pytest.raises(UsageError, match="no recipe"):
        load_recipe("nonsense")
    bad = tmp_path / "bad.json"
    for pairs in ({"svg": "many"}, {"svg": 0}, {"svg": -6}, {}):
        bad.write_text(json.dumps({"name": "x", "pairs": pairs}))
        with pytest.raises(InputError, match=r"pairs(\.svg)?: "):
            load_recipe(str(bad))
    bad.write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="Invalid JSON"):
        load_recipe(str(bad))


def test_what_is_kept_for_testing_is_refused():
    assert {p.split for p in pinned()} == {"train", "dev"}
    for name in ("lucide", "@iconify-json/tabler", "@iconify-json/twemoji", "@iconify-json/bi"):
        with pytest.raises(InputError, match="kept for testing"):
            refuse_reserved(name)


def test_a_folder_of_drawings_is_a_corpus(tmp_path, corpus):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.svg").write_text(corpus[0].source)
    (tmp_path / "two.svg").write_text(corpus[1].source)
    found = svg_folder(tmp_path, "MIT")
    assert [(s.id, s.family, s.licence) for s in found] == [
        ("a/one", "a", "MIT"),
        ("two", ".", "MIT"),
    ]
    with pytest.raises(InputError, match="holds no SVG"):
        (tmp_path / "empty").mkdir()
        svg_folder(tmp_path / "empty", "MIT")
