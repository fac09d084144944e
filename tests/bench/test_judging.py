"""A judge over a build of the data engine: verdicts, resumption, and the page of its card."""

import pytest

from visual_erm import examples
from visual_erm.bench import page
from visual_erm.bench.card import make_card, worst
from visual_erm.bench.judging import judge_pairs
from visual_erm.data import build
from visual_erm.data.engine import Recipe
from visual_erm.data.records import Seed
from visual_erm.errors import InputError
from visual_erm.rewards.visual import VisualReward


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    seeds = [
        Seed(
            id=example.id,
            task="svg",
            source=example.reference,
            family="examples",
            licence=example.provenance.licence,
            provenance=example.id,
        )
        for example in examples.load_all("svg")[:4]
    ]
    place = tmp_path_factory.mktemp("bench") / "pairs"
    recipe = Recipe(name="tiny", pairs={"svg": 8}, per_seed=4)
    build(recipe, place, corpus={"examples": seeds}, workers=1)
    return place


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
    card = make_card("embedded", judged)
    assert card.pairs == 8
    text = page.write(tmp_path / "card.html", card, worst(judged, 3), [folder]).read_text()
    assert "Report card: embedded" in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_one_folder_twice_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="same pairs"):
        judge_pairs([folder, folder], tmp_path / "out.jsonl", VisualReward("embedded"))
