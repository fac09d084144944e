"""`verm score` and `verm render`: real sources through extraction, rendering, judge and reward."""

import json

import pytest
from pages import items
from typer.testing import CliRunner

from visual_erm import cli, images

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<rect x="10" y="10" width="50" height="40" fill="teal"/>{}</svg>'
)
WHOLE = SVG.format('<circle cx="70" cy="70" r="15" fill="orange"/>')
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('{}')\nplt.show()\n"


def verm(*arguments, stdin=None):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=stdin)


@pytest.fixture
def sources(folder):
    """ref.png is the picture of whole.svg; half.svg lacks the circle."""
    (folder / "whole.svg").write_text(WHOLE)
    (folder / "half.svg").write_text(SVG.format(""))
    (folder / "broken.svg").write_text("<svg><g></svg>")
    (folder / "broken.py").write_text("import matplotlib\n1 / 0\n")
    result = verm("render", folder / "whole.svg", "-t", "svg", "--out", folder / "ref.png")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{folder / 'ref.png'}: 512 x 512, resvg")
    return folder


class TestRender:
    def test_json_and_stdin(self, folder):
        out = folder / "c.png"
        result = verm(
            "render", "-", "-t", "chart", "--out", out, "--json", stdin=PLOT.format("Sales")
        )
        row = json.loads(result.stdout)
        assert (row["backend"], row["blank"], row["out"]) == ("matplotlib", False, str(out))
        assert images.load(out).shape == (row["height"], row["width"], 3)

    def test_a_source_that_does_not_draw(self, sources):
        out = sources / "x.png"
        result = verm("render", sources / "broken.py", "-t", "chart", "--out", out)
        assert result.exit_code == 1
        assert "ZeroDivisionError" in result.stderr
        assert "verm: " in result.stderr.splitlines()[-1]
        assert not out.exists()

    def test_paths_that_cannot_be_used(self, sources):
        for source, out in [("missing.svg", "x.png"), ("whole.svg", "no/x.png"), (".", "x.png")]:
            result = verm("render", sources / source, "-t", "svg", "--out", sources / out)
            assert result.exit_code == 1
            assert len(result.stderr.splitlines()) == 1
        (sources / "latin.svg").write_bytes(b"<svg>\xe4</svg>")
        result = verm("render", sources / "latin.svg", "-t", "svg", "--out", sources / "x.png")
        assert (result.exit_code, "is not UTF-8" in result.stderr) == (1, True)


class TestOneSource:
    def test_order(self, sources):
        values = {}
        for name in ("whole", "half", "broken"):
            result = verm(
                "score", sources / "ref.png", sources / f"{name}.svg", "-t", "svg", "--json"
            )
            assert result.exit_code == 0, result.output
            values[name] = json.loads(result.stdout)
        assert values["broken"]["reward"] == 0.0 < values["half"]["reward"]
        assert values["half"]["reward"] < values["whole"]["reward"] == 1.0
        assert values["broken"]["status"] == "policy_fault"
        assert values["half"]["rendering"]["backend"] == "resvg"
        assert values["half"]["errors"]

    def test_a_whole_reply(self, sources):
        reply = sources / "reply.md"
        reply.write_text(f"Here it is:\n```svg\n{WHOLE}\n```\n")
        asked = ("score", sources / "ref.png", reply, "-t", "svg")
        assert verm(*asked, "--completion").stdout.startswith("reward 1.000: no errors")
        assert verm(*asked).stdout.startswith("reward 0.000: policy fault, render: ")

    def test_words(self, sources):
        result = verm("score", sources / "ref.png", sources / "broken.svg", "-t", "svg")
        assert result.stdout.startswith("reward 0.000: policy fault, render: ")

    def test_shaping_and_page(self, sources):
        page = sources / "page.html"
        result = verm(
            *("score", sources / "ref.png", sources / "whole.svg", "-t", "svg"),
            *("--shaping", "fixed", "--html", page),
        )
        assert result.stdout.startswith("reward 2.000: no errors")
        (item,) = items(page)
        assert (item["id"], item["reward"], item["verdicts"][0]["errors"]) == ("whole.svg", 2.0, [])
        assert item["source"] == (sources / "whole.svg").read_text()


class TestRows:
    def test_a_file_of_completions(self, sources, write_rows):
        base = {"task": "svg", "reference": "ref.png"}
        fenced = f"Here:\n```svg\n{WHOLE}\n```"
        path = write_rows(
            {**base, "id": "fence", "completion": fenced},
            {**base, "id": "same", "completion": fenced},
            {**base, "id": "chat", "completion": [{"role": "assistant", "content": WHOLE}]},
            {**base, "id": "source", "source": SVG.format("")},
            {**base, "id": "picture", "prediction": "ref.png"},
            {**base, "id": "none", "completion": "I cannot"},
            {**base, "id": "null", "completion": None},
            {**base, "id": "cut", "completion": fenced[:80]},
            {**base, "id": "broken", "source": "<svg><g></svg>"},
            {**base, "id": "blank", "source": SVG.replace("teal", "none").format("")},
            {**base, "id": "chart", "task": "chart", "source": "1 / 0"},
            {**base, "id": "nothing"},
        )
        out = sources / "out.jsonl"
        result = verm("score", "--rows", path, "--out", out)
        assert result.exit_code == 1
        rows = {row["id"]: row for row in map(json.loads, out.read_text().splitlines())}
        assert len(rows) == 12
        assert result.stdout == (f"12 rows in {out}: 1 infra_fault, 6 policy_fault, 5 scored\n")
        values = {name: row["reward"] for name, row in rows.items()}
        for name in ("fence", "same", "chat", "picture"):
            assert values[name] == 1.0
        assert 0.05 < values["source"] < 1.0
        assert values["blank"] == 0.02
        assert {values[name] for name in ("none", "null", "cut", "broken", "chart")} == {0.0}
        assert values["nothing"] is None
        assert rows["cut"]["failure"]["code"] == "truncated"
        assert rows["fence"]["rendering"]["width"] == 512
        assert "rendering" not in rows["picture"]
        assert set(rows["fence"]["parts"]) == set(rows["nothing"]["parts"])
        again = out.read_bytes()
        assert verm("score", "--rows", path, "--out", out).exit_code == 1
        assert out.read_bytes() == again
