"""Every block of the documents runs, in the order of its document, in one empty folder.

A block is skipped only where an HTML comment before it begins with "not run by the tests" and says
why. Blocks of other languages than Python and bash are not programs.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md"),
    *("docs/rewards.md", "docs/judging.md", "docs/judge-models.md", "docs/server.md"),
    *("docs/training.md", "docs/report.md", "docs/refine.md"),
]
BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^\n]*) -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.S | re.M
)


def blocks(document):
    return [match.groupdict() for match in BLOCK.finditer((ROOT / document).read_text("utf-8"))]


def skipped(block):
    return (block["note"] or "").startswith("not run by the tests: ")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_blocks_run(document, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(document):
        if skipped(block) or block["language"] not in ("python", "bash"):
            continue
        command = {"python": [sys.executable, "-W", "error", "-c"], "bash": ["bash", "-euc"]}
        done = subprocess.run(
            [*command[block["language"]], block["code"]],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{block['code']}\n{done.stderr}"


def test_no_block_is_skipped_but_those_that_install_test_or_need_a_gpu():
    left_out = [b["code"].split("\n")[0] for d in DOCUMENTS for b in blocks(d) if skipped(b)]
    serve = "vllm serve internlm/Visual-ERM --limit-mm-per-prompt '{\"image\": 2}'"
    server = "pip install 'visual-erm[server]' && verm serve"
    assert left_out == ["pip install . && verm demo", "make test", "make setup", serve, server]


def test_the_quickstart_is_short():
    code = next(b["code"] for b in blocks("README.md") if b["language"] == "python")
    assert len(code.splitlines()) < 20


def test_links_lead_somewhere():
    for document in DOCUMENTS:
        text = (ROOT / document).read_text("utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (ROOT / document).parent.joinpath(target).exists(), f"{document}: {target}"


def test_the_tree_names_what_is_there():
    text = (ROOT / "README.md").read_text("utf-8")
    tree = text.split("## Where things are")[1].split("```")[1]
    folders = {0: ROOT}
    named = set()
    for line in tree.splitlines()[1:]:
        if not line.strip():
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        for name in re.split(r"\s{2,}", line.strip())[0].split():
            paths = list(folders[depth].glob(name.rstrip("/")))
            assert paths, f"the tree names {folders[depth].name}/{name}, which is not there"
            named.update(paths)
            folders[depth + 1] = paths[0]
    package = ROOT / "src" / "visual_erm"
    modules = [*package.glob("*.py"), *package.glob("*/*.py")]
    missing = [m for m in modules if m.name != "__init__.py" and m not in named]
    assert not missing, f"the tree does not name {[str(m.relative_to(ROOT)) for m in missing]}"


def test_what_is_written_by_a_tool_is_current():
    tool = [sys.executable, ROOT / "tools" / "docs.py", "--check"]
    done = subprocess.run(tool, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_notebooks_run(tmp_path):
    tool = [sys.executable, "-W", "error", ROOT / "tools" / "notebooks.py", "--check"]
    environment = {**os.environ, "HOME": str(tmp_path)}  # what IPython keeps
    done = subprocess.run(
        tool, capture_output=True, text=True, timeout=600, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


def test_the_guide_to_isolation_has_both_lists_and_the_text_around_them():
    text = (ROOT / "docs" / "isolation.md").read_text("utf-8")
    assert text.startswith("# How untrusted code is confined")
    assert "**Not stopped:**" in text
    assert text.rstrip().endswith("with the program that does it.")
