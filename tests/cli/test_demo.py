import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pages import items

VERM = Path(sys.executable).with_name("verm")


def verm(*arguments, cwd, timeout=120):
    return subprocess.run(
        [VERM, *arguments], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False
    )


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_table_of_one_example(tmp_path):
    done = verm("demo", "--example", "svg/rocket", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for expected in ("svg/rocket", "flawed", "transparent", "SSIM", "Next:", "resvg"):
        assert expected in done.stdout


def test_json_and_a_page(tmp_path):
    names = ["--example", "svg/map", "--example", "table/nile"]
    done = verm("demo", "--json", "--html", "page.html", *names, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {case["task"] for case in result["cases"]} == {"svg", "table"}
    assert all(case["status"] in ("scored", "policy_fault") for case in result["cases"])
    assert result["orders"]["pairs"] == 1 + 4
    made = items(tmp_path / "page.html")
    assert [item["id"] for item in made] == [case["id"] for case in result["cases"]]
    assert [item["scores"]["SSIM"] for item in made] == [case["ssim"] for case in result["cases"]]
    assert {"honest", "cheat"} == {item["tags"][0] for item in made}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--task", "music"], "no task"), (["--example", "svg/none"], "no example")],
)
def test_a_wrong_name_is_one_sentence_and_exit_code_2(tmp_path, arguments, words):
    done = verm("demo", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_that_cannot_be_written(tmp_path):
    done = verm("demo", "--example", "svg/map", "--html", "absent/page.html", cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_closes_its_figures_is_not_punished(tmp_path):
    done = verm("demo", "--json", "--example", "chart/penguins", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cases = {case["id"].rpartition("/")[2]: case for case in json.loads(done.stdout)["cases"]}
    assert cases["closes_at_the_end"]["reward"] == 1.0
    assert cases["blank"]["status"] == "policy_fault"
    assert cases["flawed"]["reward"] > cases["banner"]["reward"]


@pytest.mark.slow
def test_the_story_is_told_within_half_a_minute(tmp_path):
    before = processor_seconds()
    done = verm("demo", "--json", cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    # of two idle processors; by the clock it would fail wherever anything else is going on
    assert processor_seconds() - before < 2 * 30
    assert result["orders"]["ours"] > result["orders"]["ssim"]


@pytest.mark.slow
def test_every_example_is_scored(tmp_path):
    done = verm("demo", "--all", "--json", cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len({case["id"].rpartition("/")[0] for case in result["cases"]}) == 23
    assert {case["status"] for case in result["cases"]} <= {"scored", "policy_fault"}
    assert result["orders"]["ours"] > result["orders"]["ssim"]
