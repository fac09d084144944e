"""A judge over a build of the data engine: verdicts, resumption, and the page of its card."""

import json

import pytest
from judge_server import MODEL, NOTHING, JudgeServer, completion
from typer.testing import CliRunner

from visual_erm import cli, endpoints, jsonl
from visual_erm.bench import page
from visual_erm.bench.card import make_card, worst
from visual_erm.bench.cases import of_builds
from visual_erm.bench.judging import judge_pairs
from visual_erm.bench.tallies import PLACE
from visual_erm.data import build
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed
from visual_erm.errors import InputError
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.rewards.visual import VisualReward


def test_verdicts_are_kept_and_go_on_a_page(folder, tmp_path):
    reward = VisualReward("embedded", workers=1, keep_renderings=False)
    calls = []
    for _ in range(2):
        judged = judge_pairs(
            [folder],
            tmp_path / "out.jsonl",
            reward,
            progress=lambda done, total: calls.append((done, total)),
        )
    assert calls[0] == (0, 8)
    assert calls[-1] == (8, 8)
    assert len(calls) == 10
    # beside the truth, in a report
    items = of_builds(tmp_path / "out.jsonl", [folder])
    assert [item.id for item in items] == [one.id for one in judged]
    assert [item.verdict.errors for item in items] == [one.found for one in judged]
    assert [item.second.errors for item in items] == [one.truth for one in judged]
    card = make_card("embedded", judged)
    assert card.pairs == 8
    # what is matched is what the card counts
    for item, one in zip(items, judged, strict=True):
        yes = [match for match in PLACE(one.truth, one.found).matches if match.level == "yes"]
        assert item.matches == tuple((match.found + 1, match.truth + 1) for match in yes)
    shown = worst(judged, 3)
    made = page.write(tmp_path / "card.html", card, tmp_path / "out.jsonl", shown, [folder])
    text = made.path.read_text()
    assert made.items == len(shown)
    assert "Report card: embedded" in text and "pairs have a verdict" in text
    places = [text.index(f'"id":"{one.id}"') for one in shown]
    assert places == sorted(places)
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_a_pair_that_was_built_anew_is_judged_anew(tmp_path):
    """An id comes from the seed; its pictures may be others after a change of the engine."""
    out = tmp_path / "out.jsonl"
    reward = VisualReward("embedded", workers=1, keep_renderings=False)
    ids = []
    for colour in ("teal", "navy"):
        shape = f'<rect width="5" height="4" fill="{colour}"/>'
        source = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{shape}</svg>'
        seed = Seed(
            id="one", task="svg", source=source, family="f", licence="MIT", provenance="here"
        )
        recipe = Recipe(name="tiny", pairs={"svg": 2}, per_seed=2)
        build(recipe, tmp_path / colour, corpus={"own": [seed]}, workers=1)
        ids.append([item.id for item in judge_pairs([tmp_path / colour], out, reward)])
    assert ids[0] == ids[1]
    assert sum(1 for _ in jsonl.read(out)) == 2 * len(ids[0])


def test_one_folder_twice_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="same pairs"):
        judge_pairs([folder, folder], tmp_path / "out.jsonl", VisualReward("embedded"))


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.01)


def test_a_judge_that_fails_on_some_pairs_leaves_them_unscored(folder, tmp_path, quick):
    good, unread = (200, completion(NOTHING), {}), (200, completion("no idea"), {})
    refused = (400, {"error": "too large"}, {})
    with JudgeServer(good, unread, refused, good).running() as server:
        spec = f"endpoint:{server.url}#{MODEL}"
        arguments = ["judge", spec, "embedded", "--pairs", folder, "--out", tmp_path, "--json"]
        page = tmp_path / "card.html"
        done = CliRunner().invoke(cli.app, ["bench", *map(str, arguments), "--html", str(page)])
        assert done.exit_code == 0, done.output
        asked = len(server.requests)
        again = CliRunner().invoke(cli.app, ["bench", *map(str, arguments)])
    # resumed: nobody is asked twice, unless --retry says so
    assert (again.exit_code, len(server.requests)) == (0, asked)
    made = json.loads(done.stdout, parse_constant=pytest.fail)
    card, other = made["cards"]
    assert card["statuses"] == {"scored": 6, "judge_fault": 1, "infra_fault": 1}
    assert sum(card["failures"].values()) == 2
    assert set(card["failures"]) == {"refused_request", "unreadable"}
    assert card["tasks"]["svg"]["figures"]["coverage"]["value"] == 6 / 8
    # of the pairs with a verdict, and none is a pair without errors
    assert card["tasks"]["svg"]["figures"]["detection"]["value"] == 0
    assert other["tasks"]["svg"]["figures"]["coverage"]["value"] == 1
    (difference,) = made["comparisons"]
    assert (difference["pairs"], difference["left_out"]) == (6, 2)
    assert difference["tasks"]["svg"]["detection"]["value"] < 0
    assert "less embedded" in page.read_text()


def test_what_only_failed_for_a_while_is_asked_again_with_retry(folder, tmp_path, quick):
    good, refused = (200, completion(NOTHING), {}), (400, {}, {})
    with JudgeServer(refused, refused, good).running() as server:
        reward = VisualReward(f"endpoint:{server.url}#{MODEL}", keep_renderings=False)
        first = judge_pairs([folder], tmp_path / "out.jsonl", reward)
        assert sum(item.score is None for item in first) == 2
        second = judge_pairs([folder], tmp_path / "out.jsonl", reward, retry=True)
    assert all(item.score is not None for item in second)
    assert next(item for item in second if item.kind == "edit").usage["prompt_tokens"] == 300


def test_verdicts_of_two_judges_do_not_mix(folder, tmp_path, quick):
    judge_pairs([folder], tmp_path / "few.jsonl", VisualReward(EmbeddedJudge(max_errors=3)))
    with pytest.raises(InputError, match=r"max_errors 3\), this run uses .*max_errors 40\)"):
        judge_pairs([folder], tmp_path / "few.jsonl", VisualReward("embedded"))
    with JudgeServer().running() as server:
        out, where = tmp_path / "out.jsonl", f"endpoint:{server.url}#{MODEL}"
        judge_pairs([folder], out, VisualReward(where, keep_renderings=False))
        for other in (f"{where}?profile=plain", "embedded"):
            with pytest.raises(InputError, match="holds results of judge"):
                judge_pairs([folder], out, VisualReward(other, keep_renderings=False))
