"""`verm report`: whatever was judged becomes a page; what was checked there becomes a benchmark."""

import json

import pytest
from typer.testing import CliRunner

from visual_erm import cli, images
from visual_erm.report import checks, view
from visual_erm.report.results import of_results
from visual_erm.report.runs import Item, RunFolder, read
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

GOOD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120">'
    '<rect width="50" height="40" x="20" y="20"/></svg>'
)
ROWS = [
    {"id": 1, "task": "svg", "reference": "a.png", "completion": f"```svg\n{GOOD}\n```"},
    {"id": 2, "task": "svg", "reference": "a.png", "prediction": "b.png"},
    {"id": 3, "task": "svg", "reference": "a.png", "completion": "no source"},
]


def verm(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def results(folder, write_rows):
    rows = write_rows(*ROWS)
    out = folder / "out.jsonl"
    assert verm("score", "--rows", rows, "--out", out, "--workers", "1").exit_code == 0
    return out, rows


def test_results_with_their_rows_and_two_judges_of_them(results, folder):
    out, rows = results
    one, two, three = sorted(of_results(out, rows), key=lambda item: item.id)
    assert one.source == GOOD and one.candidate.shape == (384, 512, 3)
    assert two.candidate == folder / "b.png" and two.verdict.judge.name == "embedded"
    assert (three.status, three.candidate, three.reward) == ("policy_fault", None, 0.0)
    assert {item.group for item in (one, two, three)} == {"a.png"}
    other = folder / "other.jsonl"
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    for line in lines:
        line["judge"]["name"] = "other"
        line["errors"] = []
    other.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = verm("report", out, other, "--rows", rows, "-o", folder / "page.html", "--json")
    row = json.loads(made.stdout)
    # 3 has no verdict, so that is there twice; 1 is drawn twice, from one source
    assert (row["items"], row["pictures"]) == (4, 3)
    text = (folder / "page.html").read_text()
    run = json.loads(text.split('id="run">')[1].split("</script>")[0])
    judged = {
        item["id"]: [v["judge"].split()[0] for v in item["verdicts"]] for item in run["items"]
    }
    # the judge's only error of 1 is of the only element
    assert run["items"][[i["id"] for i in run["items"]].index("1")]["blame"] != {}
    both = ["embedded", "other"]
    assert judged == {"1": both, "2": both, "3": [], "other:3": []}


def test_what_is_missing_is_said(results, folder, tmp_path):
    out, rows = results
    page = folder / "page.html"
    for arguments, code, words in (
        ((out,), 2, "give --rows"),
        ((tmp_path / "absent",), 1, "no such run"),
        ((tmp_path,), 1, "neither a run folder nor the folder of a bench"),
        ((rows, "--rows", rows), 1, "not a result of verm judge"),
        ((out, "--rows", folder / "none.jsonl"), 1, "cannot read"),
    ):
        made = verm("report", *arguments, "-o", page)
        assert (made.exit_code, words in made.stderr) == (code, True), made.stderr
    assert not page.exists()


def test_checks_become_a_benchmark_and_two_people_are_compared(folder, tmp_path):
    reference, candidate = images.load(folder / "a.png"), images.load(folder / "b.png")
    error = Discrepancy(category="shape_error", severity=2, description="a square too many")
    judged = Verdict(task="svg", errors=(error, error), judge=JudgeIdentity(name="x"))
    with RunFolder(folder / "run") as run:
        for name in "abc":
            run.add(
                Item(id=name, task="svg", reference=reference, candidate=candidate, verdict=judged)
            )
    keys = [view.key_of(reference), view.key_of(candidate)]
    items = {item.id: item for item in read(folder / "run")}

    def by(who, decisions, digest=None):
        rows = [
            {
                "id": name,
                "digest": digest or view.digest(items[name], keys),
                "task": "svg",
                "done": True,
                "errors": [
                    {
                        "number": at,
                        "decision": said,
                        **error.model_dump(include={"category", "severity", "description"}),
                    }
                    for at, said in enumerate(listed, 1)
                ],
                "missed": [],
            }
            for name, listed in decisions.items()
        ]
        path = folder / f"{who}.json"
        path.write_text(json.dumps({"format": checks.FORMAT, "annotator": who, "items": rows}))
        return path

    ada = by("Ada", {"a": ("accept", "reject"), "b": ("accept", "accept")})
    bob = by("Bob", {"a": ("accept", "reject"), "b": ("reject", "accept")})
    made = verm(
        "bench",
        "checked",
        folder / "run",
        "--by",
        ada,
        "--by",
        bob,
        "-o",
        tmp_path / "own",
        "--json",
    )
    said = json.loads(made.stdout)
    assert (said["rows"], said["errors"], said["conflicts"], said["unchecked"]) == (1, 1, 1, 1)
    agreed = said["agreement"]["Ada and Bob"]
    assert (agreed["items"], agreed["kept"]["value"], agreed["kappa"]["value"]) == (2, 0.75, 0.5)
    again = verm("bench", "checked", folder / "run", "--by", ada, "-o", tmp_path / "own")
    assert "not empty" in again.stderr
    other = by("Eve", {"a": ("accept", "accept")}, digest="0" * 24)
    refused = verm("bench", "checked", folder / "run", "--by", other, "-o", tmp_path / "more")
    assert "other pictures or other errors" in refused.stderr
    # and what was written is a benchmark
    judged = verm("bench", "vc-reward-bench", tmp_path / "own", "--field", "pred_json", "--json")
    assert json.loads(judged.stdout)["strict"]["overall"]["n"] == 1
    assert verm("report", folder / "run", "-o", folder / "p.html").exit_code == 0
