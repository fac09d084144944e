"""The documents: their blocks run, the commands that they name exist, their site is built.

Every block of Python and bash runs, in the order of its document, in one empty folder. A block is
left out only where an HTML comment before it begins with "not run by the tests" and says why.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import visual_erm

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *PAGES]
BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.S | re.M
)
LEFT_OUT = {
    ("CONTRIBUTING.md", "make setup"),
    ("README.md", "make test"),
    ("README.md", "pip install . && verm demo"),
    ("docs/benchmark.md", "verm bench hacks"),
    ("docs/benchmark.md", "verm bench judge"),
    ("docs/benchmark.md", "verm bench lint-reward my_module:reward"),
    ("docs/benchmark.md", "verm bench vc-reward-bench FOLDER"),
    ("docs/data.md", "verm data build pairs --preset mine.json --svg drawings --editor"),
    ("docs/data.md", "verm data build pairs --preset small"),
    ("docs/judge-models.md", "vllm serve internlm/Visual-ERM"),
    ("docs/quickstart.md", "python3 -m venv .venv"),
    ("docs/report.md", "verm bench checked"),
    ("docs/server.md", "pip install 'visual-erm[server]' && verm serve"),
    ("docs/training-judges.md", "pip install 'visual-erm[train]'"),
    ("docs/training-judges.md", "python -m runs.micro_judge"),
    ("docs/results.md", "make micro"),
    ("docs/training.md", "inspect score"),
    ("docs/training.md", "verm data build pairs --preset small"),
}
"""Blocks that are not run, by what they begin with."""


def text_of(document):
    return (ROOT / document).read_text("utf-8")


def blocks(document):
    return [match.groupdict() for match in BLOCK.finditer(text_of(document))]


def skipped(block):
    return (block["note"] or "").startswith("not run by the tests: ")


def runs(document):
    return [b for b in blocks(document) if b["language"] in ("python", "bash") and not skipped(b)]


@pytest.mark.parametrize("document", [document for document in DOCUMENTS if runs(document)])
def test_blocks_run(document, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in runs(document):
        command = {"python": [sys.executable, "-W", "error", "-c"], "bash": ["bash", "-euc"]}
        done = subprocess.run(
            [*command[block["language"]], block["code"]],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{block['code']}\n{done.stdout}\n{done.stderr}"


def test_no_block_is_left_out_but_those_that_cannot_run_here():
    left_out = [(d, b["code"]) for d in DOCUMENTS for b in blocks(d) if skipped(b)]
    for document, code in left_out:
        assert [d for d, start in LEFT_OUT if d == document and code.startswith(start)], code
    assert len(left_out) == len(LEFT_OUT)


@pytest.mark.parametrize("document", PAGES)
def test_no_command_hides_from_the_tests(document):
    assert not [block for block in blocks(document) if not block["language"]]
    # an indented block, which nobody runs: not in a fence, not the rest of an item of a list
    rest = re.sub(r"^[-\d*].*?(?=^\S)", "", BLOCK.sub("", text_of(document)), flags=re.S | re.M)
    assert not re.findall(r"^\n {4}\S.*$", rest, re.M)


def code_of(document):
    """Inline code, and blocks without Python in them; lines that go on are joined."""
    text = text_of(document)
    found = [b["code"] for b in blocks(document) if b["language"] not in ("python", "toml")]
    found += re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))
    return [code.replace("\\\n", " ") for code in found]


def words_of(command):
    """The words of one command, without those of what it is piped into or what comments it."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;()<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words = []
    try:
        for word in lexer:
            if set(word) <= set("|&;()<>"):
                break
            words.append(word)
    except ValueError:  # the end of a quoted text stands on another line
        pass
    return words


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_exist_with_their_options(document):
    from typer.main import get_command

    from visual_erm.cli import app

    root = get_command(app)
    for code in code_of(document):
        for command in re.findall(r"(?<![\w/.-])verm (?=[a-z])(.+)", code):
            words = words_of(command)
            known = root
            while words and hasattr(known, "commands") and not words[0].startswith("-"):
                # a group's name alone stands for all of its commands
                name = words.pop(0)
                assert name in known.list_commands(None), f"verm {command}"
                known = known.get_command(
                    known.make_context("verm", [], resilient_parsing=True), name
                )
            options = {name for parameter in known.params for name in parameter.opts} | {"--help"}
            used = {word.partition("=")[0] for word in words if re.match(r"-+[a-z]", word)}
            assert used <= options, f"verm {command}: no {used - options}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_exist_with_their_options(document):
    for code in code_of(document):
        for module, rest in re.findall(r"python -m ((?:benchmarks|runs)[\w.]*)(.*)", code):
            path = ROOT / module.replace(".", "/")
            files = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else []
            files += path.glob("*.py") if (path / "__main__.py").exists() else []
            assert files, f"python -m {module}"
            source = "".join(file.read_text("utf-8") for file in files)
            for option in re.findall(r"--[a-z-]+", " ".join(words_of(rest))):
                # argparse names options, Typer takes them from parameters
                named = rf'"{option}"|^ +{option[2:].replace("-", "_")}: Annotated'
                assert re.search(named, source, re.M), f"python -m {module} {option}"


def test_links_lead_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text_of(document)):
            assert (ROOT / document).parent.joinpath(target).exists(), f"{document}: {target}"


def test_every_public_name_is_in_the_reference():
    named = re.findall(r"^::: visual_erm\.(\S+)", text_of("docs/api.md"), re.M)
    missing = {
        name
        for name in visual_erm.__all__
        if f"{visual_erm._HOMES[name]}.{visual_erm._RENAMED.get(name, name)}"
        not in {n.replace("__init__.", "") for n in named}
    }
    assert not missing


def test_the_site_is_built_without_a_warning_and_asks_nobody(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path]
    # without this it says that MkDocs has a successor
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    loaded = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["'](?:https?:)?//""")
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        assert not loaded.search(page.read_text("utf-8")), page


def test_the_notebooks_run(tmp_path):
    tool = [sys.executable, "-W", "error", ROOT / "tools" / "notebooks.py", "--check"]
    environment = {**os.environ, "HOME": str(tmp_path)}  # what IPython keeps
    done = subprocess.run(
        tool, capture_output=True, text=True, timeout=600, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


def test_what_is_written_by_a_tool_is_current():
    tool = [sys.executable, ROOT / "tools" / "docs.py", "--check"]
    done = subprocess.run(tool, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_guide_to_isolation_has_both_lists_and_the_text_around_them():
    text = text_of("docs/isolation.md")
    assert text.startswith("# How untrusted code is confined")
    assert "**Not stopped:**" in text
    assert text.rstrip().endswith("with the program that does it.")
