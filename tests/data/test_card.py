from visual_erm.data import build
from visual_erm.data.card import SEVERAL, card, count
from visual_erm.data.recipe import Recipe
from visual_erm.data.shards import read, spans

RECIPE = Recipe(name="test", seed=3, pairs={"svg": 12}, per_seed=6)


def test_figures_add_up(corpus, tmp_path):
    found = build(RECIPE, tmp_path, corpus={"own": corpus}, workers=1).statistics
    rows = list(read(tmp_path))
    assert found == count(tmp_path)
    assert found.pairs == sum(found.kinds.values()) == sum(found.numbers.values()) == 12
    assert sum(line.kept for line in found.operators) == 12
    errors = sum(sum(levels.values()) for levels in found.errors.values())
    assert errors == sum(len(row["errors"]) for row in rows)
    lost = sum(n for span in spans(tmp_path) for d in span.dropped.values() for n in d.values())
    listed = sum(sum(o.dropped.values()) + o.not_applicable for o in found.operators)
    composed = sum(
        span.dropped.get("composed", {}).get("not_applicable", 0) for span in spans(tmp_path)
    )
    assert listed == lost - composed
    for line in found.operators:
        assert line.made == line.kept + sum(line.dropped.values())
        assert line.name == SEVERAL or "+" not in line.name
    text = (tmp_path / "README.md").read_text()
    assert text == card("test", found)
    assert f"| svg | {found.operators[-1].name} | " in text


def test_a_reason_with_a_bar_keeps_its_cell(corpus, tmp_path):
    broken = corpus[0].model_copy(update={"id": "own/a|b", "source": "<svg"})
    recipe = RECIPE.model_copy(update={"pairs": {"svg": 5}})
    found = build(recipe, tmp_path, corpus={"a": [broken], "b": corpus[:1]}, workers=1).statistics
    assert found.unusable == 1
    assert "| own/a b | Couldn't find end of Start Tag" in card("test", found)
