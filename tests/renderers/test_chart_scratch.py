"""Files are opened here as sloppily as programs open them."""

# ruff: noqa: SIM115

import glob
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.chart_scratch import HOME, MOST_BYTES, Scratch


@pytest.fixture
def scratch():
    patches, scratch = Patches(), Scratch()
    scratch.install(patches)
    yield scratch
    patches.undo()


def test_nothing_reaches_the_disk(tmp_path):
    patches, scratch = Patches(), Scratch()
    scratch.install(patches)
    try:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "a.txt").write_text("hello")
        assert (tmp_path / "folder" / "a.txt").read_text() == "hello"
        assert [p.name for p in tmp_path.iterdir()] == ["folder"]
    finally:
        patches.undo()
    assert list(tmp_path.iterdir()) == []


def test_relative_paths_and_folders(scratch):
    assert os.getcwd() == HOME
    os.makedirs("out/deep", exist_ok=True)
    with pytest.raises(FileExistsError):
        os.makedirs("out/deep")
    with pytest.raises(FileExistsError):
        os.mkdir("out")
    with open("out/deep/x.csv", "w", newline="") as file:
        file.write("1,2\n")
    assert os.path.getsize("out/deep/x.csv") == 4
    assert glob.glob("out/*/*.csv") == ["out/deep/x.csv"]
    os.chdir("out")
    assert os.listdir(".") == ["deep"]
    assert Path("deep/x.csv").resolve() == Path(f"{HOME}/out/deep/x.csv")
    shutil.copy("deep/x.csv", "y.csv")
    os.replace("y.csv", "z.csv")
    assert open("z.csv").read() == "1,2\n"
    shutil.rmtree("deep")
    assert not os.path.exists("deep/x.csv")


def test_modes(scratch):
    with open("a", "w") as file:
        file.write("one\n")
    with open("a", "a") as file:
        file.write("two\n")
    with open("a", "r+") as file:
        assert file.readlines() == ["one\n", "two\n"]
        file.seek(0)
        file.write("ONE")
    with open("a", "rb") as file:
        assert file.read() == b"ONE\ntwo\n"
    with pytest.raises(FileExistsError):
        open("a", "x")
    os.remove("a")
    with pytest.raises(FileNotFoundError):
        open("a")


def test_files_of_the_machine_stay_readable_and_whole(scratch):
    here = Path(__file__)
    text = here.read_text()
    with open(here, "a") as file:
        file.write("changed in memory")
    assert here.read_text() == text + "changed in memory"
    with pytest.raises(OSError, match="Read-only"):
        os.remove(Path(__file__).parent)


def test_a_promise_is_kept_when_somebody_reads(scratch):
    made = []
    scratch.promise("p.png", lambda: made.append(1) or b"picture", 10)
    assert not made
    assert open("p.png", "rb").read() == b"picture"
    assert open("p.png", "rb").read() == b"picture"
    assert made == [1]


def test_the_size_is_bounded(scratch):
    with open("big", "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        for _ in range(MOST_BYTES // (1 << 20) + 1):
            file.write(bytes(1 << 20))


def test_promises_give_way_to_newer_ones(scratch):
    for number in range(10):
        scratch.promise(f"{number}.png", lambda: b"x", MOST_BYTES // 3)
    assert open("9.png", "rb").read() == b"x"


def test_temporary_files(scratch):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.txt").write_text("t")
    with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
        file.write("a")
        file.seek(0)
        assert file.read() == "a"
