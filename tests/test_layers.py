"""A module imports only from the lines above its own (CONTRIBUTING.md)."""

import ast
from pathlib import Path

import pytest

import visual_erm

ROOT = Path(visual_erm.__file__).parent
LAYERS = [
    {"types", "errors"},
    {
        "plugins",
        "images",
        "align",
        "extraction",
        "extraction_turns",
        "jsonl",
        "fonts",
        "processors",
        "waiting",
    },
    {"transport", "replicas", "spending", "endpoints"},
    {"renderers", "judges", "metrics"},
    {"rewards"},
    {"data", "report", "examples"},
    {"refinement"},
    {"bench"},
    {"integrations", "train", "server"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
WITHIN = {
    "types",
    "errors",
    "plugins",
    "images",
    "align",
    "extraction",
    "jsonl",
    "fonts",
    "processors",
    "waiting",
    "transport",
    "replicas",
    "spending",
    "endpoints",
}
"""Small modules of one line that may know each other; whole packages may not."""


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem in LEVEL)


def home(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("visual_erm."):
                yield name.split(".")[1]


def test_every_module_stands_in_a_layer():
    assert {home(path) for path in modules()} <= set(LEVEL)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_upwards(path):
    own = home(path)
    wrong = {
        name
        for name in imported(path)
        if name in LEVEL
        and name != own
        and (LEVEL[name] > LEVEL[own] or (LEVEL[name] == LEVEL[own] and name not in WITHIN))
    }
    assert not wrong, f"{own} must not import {sorted(wrong)}"


def test_no_file_is_longer_than_our_ceiling():
    long = {p.name: n for p in modules() if (n := len(p.read_text().splitlines())) > 600}
    assert not long
