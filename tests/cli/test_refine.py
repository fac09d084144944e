"""`verm refine`: one reference and files of them, and what failed on the way as exit codes."""

import json
import sys

import pytest
from typer.testing import CliRunner

from visual_erm import cli

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<rect x="10" y="10" width="50" height="40" fill="{}"/></svg>'
)
POLICY = f"""
DRAWING = '''{SVG}'''

def mends(turn):
    return DRAWING.format("teal" if turn.kind == "revise" else "navy")

def leaves(turn):
    if turn.round:
        raise OSError("no route to host")
    return DRAWING.format("navy")
"""


def verm(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def place(folder, monkeypatch):
    """ref.png is a teal rectangle; a module of policies stands in the working folder."""
    (folder / "teal.svg").write_text(SVG.format("teal"))
    (folder / "navy.svg").write_text(SVG.format("navy"))
    drawn = verm("render", folder / "teal.svg", "-t", "svg", "--out", folder / "ref.png")
    assert drawn.exit_code == 0
    (folder / "cli_policies.py").write_text(POLICY)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return folder


def test_one_reference(place):
    out = place / "best.svg"
    result = verm("refine", "ref.png", "-t", "svg", "-p", "python:cli_policies:mends", "-o", out)
    assert result.exit_code == 0, result.output
    assert out.read_text() == SVG.format("teal")
    assert "equivalent: the judge finds no difference; gain +" in result.stdout
    lines = result.stdout.splitlines()
    assert ("draft" in lines[1], "revise" in lines[2], "best" in lines[2]) == (True, True, True)


def test_without_out_the_source_is_what_is_printed(place):
    asked = ("refine", "ref.png", "-t", "svg", "-p", "python:cli_policies:mends")
    result = verm(*asked)
    assert result.stdout == SVG.format("teal") + "\n"
    assert "equivalent: the judge finds no difference" in result.stderr
    nowhere = verm(*asked, "-o", place / "no" / "best.svg")
    assert (nowhere.exit_code, "its folder does not exist" in nowhere.stderr) == (1, True)


def test_a_policy_that_leaves_is_exit_code_3_and_the_best_is_there(place):
    out, leaves = place / "best.svg", "python:cli_policies:leaves"
    result = verm("refine", "ref.png", "-t", "svg", "-p", leaves, "-o", out, "--json")
    assert result.exit_code == 3
    assert "no route to host" in result.stderr
    assert json.loads(result.stdout)["stop"] == "policy_down"
    assert out.read_text() == SVG.format("navy")


def test_a_draft_of_ones_own(place):
    options = ("-t", "svg", "-p", "python:cli_policies:leaves", "--draft", "teal.svg", "--json")
    result = verm("refine", "ref.png", *options)
    assert (result.exit_code, json.loads(result.stdout)["reward"]) == (0, 1.0)
    assert verm("refine", "no.png", *options[:4]).exit_code == 1


def test_rows(place, write_rows):
    row = {"task": "svg", "reference": "ref.png"}
    path = write_rows({"id": "a", **row}, {"id": "b", **row, "reference": "no.png"})
    options = ("refine", "--rows", path, "-p", "python:cli_policies:mends", "--workers", 1)
    result = verm(*options, "-o", place / "run", "--json")
    assert result.exit_code == 1
    assert "1 items ended early" in result.stderr
    said = json.loads(result.stdout)
    assert (said["items"], said["equivalent"], said["infra_fault"]) == (2, 1, 1)
    again = verm(*options, "-o", place / "run")
    assert again.stdout.startswith("2 items in ")
    assert verm(*options, "-o", place / "run", "--rounds", 9).exit_code == 1
