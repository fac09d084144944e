import ast
import json
from importlib.resources import files

import pytest
from lxml import etree

from visual_erm import examples
from visual_erm.errors import UsageError
from visual_erm.types import TASKS

ROOT = files("visual_erm.examples")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_at_least_six_examples_and_some_cheats(task):
    loaded = examples.load_all(task)
    assert len(loaded) >= 6
    assert sum(attempt.kind == "cheat" for one in loaded for attempt in one.attempts) >= 6


@pytest.mark.parametrize("task", TASKS)
def test_the_short_demo_shows_four_a_task_each_with_a_cheat(task):
    shown = [one for one in examples.load_all(task) if one.short_demo]
    assert len(shown) == 4
    assert all(any(attempt.kind == "cheat" for attempt in one.attempts) for one in shown)


@pytest.mark.parametrize("identity", examples.names())
def test_an_example_is_whole(identity):
    example = examples.load(identity)
    assert example.id == identity
    assert example.attempts[0].name == "flawed"
    sources = [example.reference, *(attempt.source for attempt in example.attempts)]
    assert len(set(sources)) == len(sources), "two attempts are the same text"
    assert all(attempt.note for attempt in example.attempts)


@pytest.mark.parametrize("identity", examples.names("chart"))
def test_chart_programs_compile(identity):
    example = examples.load(identity)
    for source in [example.reference, *(attempt.source for attempt in example.attempts)]:
        ast.parse(source)


@pytest.mark.parametrize("identity", examples.names("svg"))
def test_drawings_are_well_formed(identity):
    example = examples.load(identity)
    for source in [example.reference, *(attempt.source for attempt in example.attempts)]:
        assert etree.fromstring(source.encode()).tag == "{http://www.w3.org/2000/svg}svg"


def test_provenance_names_every_example_and_no_other():
    table = json.loads(ROOT.joinpath("provenance.json").read_text())
    assert list(table) == sorted(table, key=lambda key: (TASKS.index(key.split("/")[0]), key))
    assert set(table) == set(examples.names())
    text = ROOT.joinpath("PROVENANCE.md").read_text()
    for identity, fields in table.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {identity} |"))
        assert fields["licence"] in row
        assert fields["version"] in row


def test_no_note_is_left_without_its_attempt():
    for example in examples.load_all():
        meta = json.loads(ROOT.joinpath(example.task, example.name, "meta.json").read_text())
        assert len(meta["attempts"]) == len(example.attempts) - 1


def test_an_unknown_example_is_a_usage_error_that_lists_the_known():
    with pytest.raises(UsageError, match="svg/rocket"):
        examples.load("svg/unicorn")
    with pytest.raises(UsageError):
        examples.load("../../etc/passwd")
