"""What people read first: a short quickstart, and a tree that names what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_quickstart_is_short():
    code = (ROOT / "README.md").read_text("utf-8").split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) < 20


def test_the_tree_names_what_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    tree = text.split("Where things are:")[1].split("```")[1]
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
    # a folder below is named as such, or file by file
    modules += [package.parent for package in package.glob("*/*/__init__.py")]
    missing = [m for m in modules if m.name != "__init__.py" and m not in named]
    assert not missing, f"the tree does not name {[str(m.relative_to(ROOT)) for m in missing]}"
