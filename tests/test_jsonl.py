"""Records survive what happens to long runs: a kill in mid-line, a second run, strange text."""

import json
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visual_erm import jsonl
from visual_erm.errors import InputError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(rows=st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=5))
def test_what_is_appended_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("records") / "out.jsonl"
    with jsonl.Records(path) as records:
        for number, row in enumerate(rows):
            records.append({**row, "id": number})
    assert [row for _, row in jsonl.read(path)] == [
        {**row, "id": number} for number, row in enumerate(rows)
    ]
    with jsonl.Records(path) as records:
        assert list(records.done) == [str(number) for number in range(len(rows))]


@pytest.mark.parametrize("text", ["\ud800", "a\nb\r\u2028", "\x00", "漢字", '"\\'])
def test_strange_text(tmp_path, text):
    path = tmp_path / "out.jsonl"
    with jsonl.Records(path) as records:
        records.append({"id": text})
    assert list(jsonl.read(path)) == [(1, {"id": text})]


def test_a_row_is_there_as_soon_as_append_returns(tmp_path):
    path = tmp_path / "out.jsonl"
    with jsonl.Records(path) as records:
        records.append({"id": 1})
        assert path.read_bytes() == b'{"id": 1}\n'


@pytest.mark.parametrize("torn", [b'{"id": 2', b'{"id": 2}', b"\xff", b"{"])
def test_a_torn_line_is_cut_off(tmp_path, torn):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"id": 1}\n' + torn)
    with jsonl.Records(path) as records:
        assert list(records.done) == ["1"]
        records.append({"id": 2})
    assert path.read_bytes() == b'{"id": 1}\n{"id": 2}\n'


def test_starting_anew(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"something else\n")
    with jsonl.Records(path, resume=False) as records:
        assert records.done == {}
        records.append({"id": 2})
    assert path.read_bytes() == b'{"id": 2}\n'


def test_a_second_run_is_refused_and_harms_nothing(tmp_path):
    path = tmp_path / "out.jsonl"
    with jsonl.Records(path) as records:
        records.append({"id": 1})
        for resume in (True, False):
            with pytest.raises(InputError, match="another run is writing"):
                jsonl.Records(path, resume=resume)
        assert path.read_bytes() == b'{"id": 1}\n'
    with jsonl.Records(path) as records:
        assert list(records.done) == ["1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"id": 1}\n[1]\n', "out.jsonl:2: expected a JSON object, got list"),
        (b'{"id": 1}\n\n{x}\n', "out.jsonl:3: not valid JSON"),
        (b'{"name": 1}\n', 'out.jsonl:1: not a record of ours: no "id"'),
        (b"\xff\xfe\xff\n", "out.jsonl:1: not valid JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}\n", "out.jsonl:1: not valid JSON"),
        (b"[" * 200_000 + b"\n", "out.jsonl:1: not valid JSON"),
    ],
)
def test_other_files_are_left_alone(tmp_path, content, message):
    path = tmp_path / "out.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        jsonl.Records(path)
    assert path.read_bytes() == content


def test_paths_that_cannot_be_used(tmp_path):
    with pytest.raises(InputError, match=r"cannot write .*No such file or directory"):
        jsonl.Records(tmp_path / "missing" / "out.jsonl")
    with pytest.raises(InputError, match=r"cannot write .*Is a directory"):
        jsonl.Records(tmp_path)
    with pytest.raises(InputError, match=r"cannot read .*No such file"):
        list(jsonl.read(tmp_path / "missing.jsonl"))
    with pytest.raises(InputError, match=r"cannot read .*Is a directory"):
        list(jsonl.read(tmp_path))


def test_no_nan_is_written(tmp_path):
    with jsonl.Records(tmp_path / "out.jsonl") as records, pytest.raises(ValueError, match="JSON"):
        records.append({"id": 1, "reward": float("nan")})


def test_a_killed_writer_leaves_whole_lines(tmp_path):
    path = tmp_path / "out.jsonl"
    program = (
        "import os, sys; from visual_erm.jsonl import Records\n"
        "records = Records(sys.argv[1])\n"
        "for n in range(50): records.append({'id': n})\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=60)
    assert done.returncode == -9
    assert [row["id"] for _, row in jsonl.read(path)] == list(range(50))


def test_a_full_disk_keeps_what_was_written(tmp_path):
    path = tmp_path / "out.jsonl"
    program = (
        "import sys; from visual_erm.jsonl import Records\n"
        "with Records(sys.argv[1]) as records:\n"
        "    for n in range(9999): records.append({'id': n, 'text': 'x' * 100})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000)),
    )
    assert "OSError" in done.stderr
    with jsonl.Records(path) as records:
        assert len(records.done) == 5_000 // len(json.dumps({"id": 10, "text": "x" * 100}) + "\n")
