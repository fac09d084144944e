"""The command as a whole: quick help, exit codes in one place, no traceback for a mistake."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from visual_erm import cli, errors

VERM = Path(sys.executable).with_name("verm")


def verm(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_help_loads_nothing_heavy():
    program = (
        "import sys; from visual_erm import cli\n"
        "try: cli.app(['--help'], prog_name='verm')\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*{m.partition('.')[0] for m in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert not {"numpy", "pydantic", "cv2", "PIL", "matplotlib", "onnxruntime"} & set(
        done.stderr.split()
    )
    for name, words in cli.VERBS.items():
        assert name in done.stdout
        assert words.split()[0] in done.stdout


PARTS = {
    "bench": ("hacks", "judge", "vc-reward-bench"),
    "data": ("build", "show", "export", "prompts", "recipes", "stats"),
    "train": ("judge", "merge"),
}


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_has_help_that_begins_as_the_list_says(name):
    result = verm(name, "--help")
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert cli.VERBS[name] in words
    parts = [[name, part] for part in PARTS.get(name, ())] or [[name]]
    assert all(f" {part} " in words for part in PARTS.get(name, ()))
    for part in parts:
        assert "--json" in verm(*part, "--help").output


def test_the_package_can_be_run_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "visual_erm", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("verm ")


def test_version():
    import visual_erm

    assert verm("--version").output == f"verm {visual_erm.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["judge"],
        ["judge", "a.png"],
        ["judge", "a.png", "b.png"],
        ["judge", "a.png", "b.png", "--task", "poem"],
        ["judge", "a.png", "b.png", "--out", "o.jsonl"],
        ["judge", "--pairs", "p.jsonl"],
        ["judge", "a.png", "--pairs", "p.jsonl", "--out", "o.jsonl"],
        ["judge", "--pairs", "p.jsonl", "--out", "o.jsonl", "--task", "poem"],
        ["judge", "--pairs", "p.jsonl", "--out", "o.jsonl", "--workers", "0"],
        ["judge", "--colour"],
        ["judge", "a.png", "b.png", "--task", "svg", "--judge", "embedded:3"],
        ["score", "a.png"],
        ["score", "--rows", "p.jsonl"],
        ["score", "--rows", "p.jsonl", "--out", "o.jsonl", "--shaping", "paper"],
        ["score", "--rows", "p.jsonl", "--out", "o.jsonl", "--shaping", "best"],
        ["refine", "a.png", "--policy", "tracer"],
        ["refine", "--policy", "tracer", "--task", "svg"],
        ["refine", "--policy", "tracer", "--rows", "p.jsonl"],
        ["refine", "a.png", "--policy", "tracer", "--task", "svg", "--strategy", "luck"],
        ["refine", "a.png", "--policy", "tracer", "--task", "svg", "--retry"],
        ["render"],
        ["render", "a.svg", "--out", "a.png"],
        ["render", "a.svg", "--task", "svg"],
        ["render", "a.svg", "--task", "svg", "--out", "a.jpg"],
    ],
)
def test_usage(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = verm(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.InputError("bad row"), 1, "verm: bad row\n"),
        (errors.UsageError("no such thing"), 2, "verm: no such thing\n"),
        (errors.BackendError("not there"), 3, "verm: not there\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "what was finished is kept"),
        (KeyboardInterrupt(), 130, "interrupted; what was finished is kept"),
    ],
)
def test_exit_codes(error, code, message, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("visual_erm.cli.score.read_source", fail)
    result = verm("score", "a.png", "a.svg", "--task", "svg")
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--html"],
        ["judge", "a.png", "b.png", "--task", "svg", "--html"],
        ["score", "a.png", "b.svg", "--task", "svg", "--html"],
        ["render", "a.svg", "--task", "svg", "--out"],
    ],
)
def test_where_nothing_can_be_written_nothing_is_begun(arguments, tmp_path):
    for path, reason in (
        (tmp_path / "no" / "x", "its folder does not exist"),
        (tmp_path, "folder"),
    ):
        result = verm(*arguments, str(path))
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.startswith(f"verm: cannot write {path}: ")
        assert reason in result.stderr
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["judge", "a.png", "b.png", "--task", "svg", "--html", "b.png"],
        ["score", "a.png", "b.svg", "--task", "svg", "--html", "./b.svg"],
        ["render", "b.svg", "--task", "svg", "--out", "link.png"],
        ["refine", "a.png", "--policy", "tracer", "--task", "svg", "--out", "a.png"],
        ["report", "rows.jsonl", "--rows", "rows.jsonl", "--out", "rows.jsonl"],
        ["score", "--rows", "rows.jsonl", "--out", "rows.jsonl", "--fresh"],
        ["judge", "--pairs", "rows.jsonl", "--out", "rows.jsonl"],
        ["data", "annotate", "rows.jsonl", "--out", "rows.jsonl", "--fresh"],
    ],
)
def test_what_is_read_is_not_written_over(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "b.svg", "rows.jsonl"):
        (tmp_path / name).write_text('{"id": "a"}\n')
    (tmp_path / "link.png").symlink_to("b.svg")
    result = verm(*arguments)
    assert result.exit_code == 1
    assert result.stderr == (
        f"verm: cannot write {Path(arguments[-1 - arguments.count('--fresh')])}: "
        "it is what is read; choose another name\n"
    )
    assert {path.read_text() for path in tmp_path.iterdir()} == {'{"id": "a"}\n'}


def test_a_full_disk_is_said_with_the_picture_that_has_no_room(tmp_path):
    (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>")
    (tmp_path / "a.png").symlink_to("/dev/full")
    result = verm("render", tmp_path / "a.svg", "-t", "svg", "-o", tmp_path / "a.png")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == f"verm: cannot write {tmp_path}/a.png: No space left on device\n"


def test_a_defect_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr("visual_erm.cli.score.read_source", lambda path: 1 / 0)
    assert isinstance(verm("score", "a", "b", "-t", "svg").exception, ZeroDivisionError)


def test_a_closed_pipe_is_quiet():
    done = subprocess.run(
        f"{VERM} --help | head -c 1",
        check=False,
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
