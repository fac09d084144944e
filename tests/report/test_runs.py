"""Run folders: what goes in comes out, after a kill too; junk is named, and leads nowhere else."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from visual_erm import images
from visual_erm.errors import ImageError, InputError
from visual_erm.report.runs import Item, RunFolder, is_run, read
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Reward, Verdict

REFERENCE = np.full((20, 30, 3), 255, np.uint8)
CANDIDATE = REFERENCE.copy()
CANDIDATE[5:9, 5:20] = (200, 0, 0)
ERROR = Discrepancy(category="shape_error", severity=2, description="</script>", bbox=(1, 2, 3, 4))
VERDICT = Verdict(task="svg", errors=(ERROR,), judge=JudgeIdentity(name="a", revision="1"))


def item(name, **fields):
    given = {"task": "svg", "reference": REFERENCE, "candidate": CANDIDATE, "group": "p"}
    return Item(id=name, **(given | fields))


def test_what_is_added_is_read_and_pictures_are_shared(tmp_path):
    failure = Failure(kind="policy", stage="render", code="blank", message="nothing")
    with RunFolder(tmp_path / "run") as run:
        run.add(
            item(
                "one",
                verdict=VERDICT,
                second=VERDICT,
                reward=0.5,
                parts={"a": 1},
                blame={1: (3, 4)},
                metadata={"seed": [1, None]},
            )
        )
        run.add(item("two", candidate=None, failure=failure, reward=0.0, step=3, round=1))
        run.add(item("one", reward=0.25))
    assert run.done == {"one", "two"}
    assert run.written == sum(p.stat().st_size for p in (tmp_path / "run").rglob("*.*"))
    one, two = read(tmp_path / "run")
    assert (one.reward, one.verdict, one.status) == (0.25, None, "scored")
    assert (images.load(one.candidate) == CANDIDATE).all()
    assert (two.status, two.candidate, two.step, two.round) == ("policy_fault", None, 3, 1)
    assert one.reference == two.reference
    assert len(list((tmp_path / "run" / "pictures").iterdir())) == 2
    with RunFolder(tmp_path / "run", writer="rank1") as other:
        assert not other.done
        other.add(item("three", verdict=VERDICT, second=VERDICT, blame={1: (3, 4)}))
        assert [one.id for one in read(tmp_path / "run")] == ["one", "two", "three"]
    three = read(tmp_path / "run")[2]
    assert (three.verdict, three.second, three.blame) == (VERDICT, VERDICT, {1: (3, 4)})


def test_of_a_reward():
    made = Item.of(Reward(0.5, "scored", {"a": 1}, VERDICT, id="x"), task="svg", reference="a.png")
    assert (made.id, made.reward, made.verdict, made.candidate) == ("x", 0.5, VERDICT, None)
    with pytest.raises(ValidationError):
        item("x", reward=float("nan"))


def test_a_killed_run_loses_nothing_finished(tmp_path):
    program = (
        "import sys, numpy as np\n"
        "from visual_erm.report.runs import Item, RunFolder\n"
        "run = RunFolder(sys.argv[1])\n"
        "for n in range(10**6):\n"
        "    picture = np.full((16, 16, 3), n % 251, np.uint8)\n"
        "    run.add(Item(id=str(n), task='svg', reference=picture))\n"
        "    print(n, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        said = [writer.stdout.readline() for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    finished = [line.strip() for line in said if line.endswith("\n")]
    with (tmp_path / "run" / "items.jsonl").open("ab") as lines:
        lines.write(b'{"id": "torn')
    found = read(tmp_path / "run")
    assert [one.id for one in found][: len(finished)] == finished
    images.load(found[-1].reference)
    with RunFolder(tmp_path / "run") as run:
        run.add(item("after"))
    assert read(tmp_path / "run")[-1].id == "after"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"reference": "../../secret"}, "expected the name of a picture"),
        ({"reference": None}, "reference: expected"),
        ({"reference": "0" * 64}, "there is no picture"),
        ({"task": "photo"}, "task: Input should be"),
        ({"id": 7}, "id: Input should be a valid string"),
        ({"verdict": {"task": "svg"}}, "verdict.judge: Field required"),
        ({"reward": "much"}, "reward"),
        (None, "not valid JSON"),
    ],
)
def test_junk_is_named(tmp_path, row, words):
    with RunFolder(tmp_path) as run:
        run.add(item("one"))
    path = tmp_path / "items.jsonl"
    known = json.loads(path.read_text())
    path.write_text("junk\n" if row is None else json.dumps({**known, **row}) + "\n")
    with pytest.raises(InputError, match=r"items.jsonl:1: .*" + words):
        read(tmp_path)


def test_places_that_are_no_run(tmp_path):
    with pytest.raises(InputError, match="no run folder"):
        read(tmp_path)
    assert not is_run(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot make"):
        RunFolder(tmp_path / "file")
    with pytest.raises(InputError, match="letters and digits"):
        RunFolder(tmp_path, writer="../x")
    with RunFolder(tmp_path / "run") as run:
        with pytest.raises(ImageError, match="reference of x"):
            run.add(item("x", reference=b"junk"))
        nan = VERDICT.model_copy(update={"distance": float("nan")})
        with pytest.raises(InputError, match='item "x" cannot be written'):
            run.add(item("x", verdict=nan))
        with pytest.raises(InputError, match="another run"):
            RunFolder(tmp_path / "run")
