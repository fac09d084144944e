# ruff: noqa: E501 - a row of a table stands on one line
import random

import numpy as np
import pytest

from visual_erm import examples
from visual_erm.data import gate
from visual_erm.data.records import Dropped, Seed, UnusableError
from visual_erm.data.tables import documents
from visual_erm.data.tables import pairs as table_pairs
from visual_erm.data.tables.no_ops import NO_OPS
from visual_erm.data.tables.operators import OPERATORS
from visual_erm.data.tables.pairs import TablePairs
from visual_erm.data.tables.sheets import FOOT, Names
from visual_erm.types import CATEGORIES

GROUPED = """<style>
td,th{border:1px solid #333;padding:4px 8px}
</style>
<table>
<caption>Results of the trial</caption>
<thead>
<tr><th rowspan="2">Group</th><th rowspan="2">Site</th><th colspan="2">Dose (mg)</th><th colspan="2">Effect</th></tr>
<tr><th>low</th><th>high</th><th><i>k</i> (s<sup>−1</sup>)</th><th>Rate</th></tr>
</thead>
<tbody>
<tr><td rowspan="2">Älteste</td><td>Oslo Nord<sup>a</sup></td><td>12.5</td><td>1,250.75</td><td>4.9 × 10<sup>10</sup></td><td>0.42 ± 0.03</td></tr>
<tr><td>Paris</td><td>−3.25</td><td>2,480.5</td><td>2.2 × 10<sup>4</sup></td><td>0.55*</td></tr>
<tr><td rowspan="2">Young</td><td>Cairo</td><td>18.2</td><td>987.0</td><td>7.1 × 10<sup>2</sup></td><td>&lt;0.05</td></tr>
<tr><td>Lima</td><td>14.75</td><td>1,011.3</td><td>1.1 × 10<sup>5</sup></td><td><b>45.2%</b></td></tr>
</tbody>
</table>
<p><sup>a</sup> Second visit.</p>
"""
PLAIN = """<style>
td,th{padding:4px 12px}
tbody tr:nth-child(even){background:#eef2f7}
</style>
<table>
<caption>Rivers of the north</caption>
<thead>
<tr><th>River</th><th>Country</th><th>Length (km)</th><th>Basin</th><th>Flow</th></tr>
</thead>
<tbody>
<tr><td>Glomma river</td><td>Norway</td><td>604.5</td><td>41,900</td><td>$698.2</td></tr>
<tr><td>Torne</td><td>Sweden</td><td>522.1</td><td>40,131</td><td>$370.4</td></tr>
<tr><td>Kemi</td><td>Finland</td><td>552.7</td><td>51,127</td><td>$556.9</td></tr>
<tr><td>Lule</td><td>Sweden</td><td>461.3</td><td>25,240</td><td>$506.3</td></tr>
<tr><td>Tana</td><td>Norway</td><td>361.9</td><td>16,389</td><td>$203.8</td></tr>
<tr><td>Oulu</td><td>Finland</td><td>107.6</td><td>22,841</td><td>$262.5</td></tr>
<tr><td>Klar</td><td>Sweden</td><td>460.2</td><td>11,848</td><td>$162.7</td></tr>
</tbody>
</table>
"""
CJK = """<table>
<thead>
<tr><th>国家</th><th>人口 (万)</th><th>面积 (km²)</th></tr>
</thead>
<tbody>
<tr><td>肯尼亚</td><td>5,403</td><td>580,367</td></tr>
<tr><td>大韩民国</td><td>5,163</td><td>100,210</td></tr>
<tr><td>澳大利亚</td><td>2,597</td><td>7,692,024</td></tr>
</tbody>
</table>
<p>注：估计值。</p>
"""
MARKDOWN = """| Metal | Melts at | Price |
| --- | ---: | ---: |
| **Iron** | 1538 | 0.12 |
| Copper | 1085 | 8.53 |
| Zinc | 420 | 2.61 |

As of spring.
"""
LATEX = r"""\begin{tabular}{lrr}
\toprule
Model & Score & Cost \\
\midrule
Base & 71.4 & \$12 \\
\textbf{Large} & 78.9 & \$48 \\
Tiny & 65.0\% & \$3 \\
\bottomrule
\end{tabular}
"""
OWN = {"grouped": GROUPED, "plain": PLAIN, "cjk": CJK, "markdown": MARKDOWN, "latex": LATEX}


def seed(name, source):
    return Seed(
        id=f"own/{name}", task="table", source=source, family="own", licence="CC0-1.0",
        provenance=f"test:{name}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def makers():
    found = [seed(name, source) for name, source in OWN.items()]
    found += [seed(e.name, e.reference) for e in examples.load_all("table")[:2]]
    return [TablePairs(one) for one in found]


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_changes_the_picture_where_it_says(makers, name):
    rng = random.Random(name)
    made = [m.edited([name], rng) for m in makers if name in m.operators for _ in range(2)]
    pairs = [pair for pair in made if not isinstance(pair, Dropped)]
    if not pairs:
        pytest.fail(f"nothing in the corpus shows it: {[pair.reason for pair in made]}")
    for pair in pairs:
        (error,) = pair.errors
        assert error.category in CATEGORIES["table"]
        assert error.description.endswith(".") and "<" not in error.location
        assert error.location
        boxes = [box for box in (error.bbox, error.bbox_prediction) if box]
        assert boxes
        if pair.reference.shape == pair.prediction.shape:
            mask = gate.changed(pair.reference, pair.prediction)
            assert gate.inside(boxes, mask.shape)[mask].any()


def test_a_cell_edit_that_moves_nothing_changes_its_own_box_only(makers):
    kept = 0
    for maker in makers:
        rng = random.Random(maker.seed.id)
        for name in ("digit_changed", "letter_changed", "numbers_swapped"):
            pair = maker.edited([name], rng) if name in maker.operators else None
            if pair is None or isinstance(pair, Dropped):
                continue
            sheet = documents.read(pair.prediction_source)
            found = maker._located(sheet, pair.prediction)
            if found != maker._boxes:
                continue
            kept += 1
            mask = gate.changed(pair.reference, pair.prediction)
            (error,) = pair.errors
            inside = gate.inside([error.bbox, error.bbox_prediction], mask.shape)
            assert inside[mask].mean() >= 1 - gate.ELSEWHERE
    assert kept > 4


def test_there_are_operators_of_every_category_and_severity(makers):
    assert len(OPERATORS) >= 30
    seen = set()
    for maker in makers[:3]:
        rng = random.Random(maker.seed.id)
        for name in maker.operators:
            pair = maker.edited([name], rng)
            if not isinstance(pair, Dropped):
                seen.add((pair.errors[0].category, pair.errors[0].severity))
    assert seen == {(category, level) for category in CATEGORIES["table"] for level in (1, 2, 3)}


def test_a_composition_labels_each_of_its_errors(makers):
    for maker in makers:
        rng = random.Random(maker.seed.id)
        pair = maker.composed(maker.compositions(8, rng), 3, rng)
        if isinstance(pair, Dropped):
            continue
        assert len(pair.errors) == len(pair.operators) >= 2
        assert all(error.bbox or error.bbox_prediction for error in pair.errors)


@pytest.mark.parametrize("number", range(len(OWN)))
def test_pictures_are_what_their_sources_draw(makers, number):
    maker = makers[number]
    name = "number_emptied"
    pair = maker.edited([name], random.Random(0))
    draw = table_pairs.drawer()
    assert np.array_equal(draw(pair.prediction_source), pair.prediction)
    assert np.array_equal(draw(pair.seed.source), pair.reference)


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_source_of_ours_is_written_as_it_was_read(name):
    sheet = documents.read(OWN[name])
    assert documents.write(sheet) == OWN[name]


@pytest.mark.parametrize("name", sorted(NO_OPS))
def test_another_source_draws_the_same(makers, name):
    kept = 0
    for maker in makers:
        pair = maker.no_op(name, random.Random(0))
        if isinstance(pair, Dropped):
            assert pair.reason == "not_applicable"
            continue
        kept += 1
        assert pair.prediction_source != pair.seed.source
        assert not gate.changed(pair.reference, pair.prediction).any()
        assert pair.errors == ()
    assert kept


@pytest.mark.parametrize("name", TablePairs.harmless_names)
def test_harmless_variation_has_other_pixels_and_no_error(makers, name):
    pair = makers[1].harmless(name, random.Random(1))
    assert pair.errors == ()
    same = pair.prediction.shape == pair.reference.shape
    assert not (same and np.array_equal(pair.prediction, pair.reference))


@pytest.mark.parametrize("name", TablePairs.hack_names)
def test_a_hack_is_a_severe_error(makers, name):
    pair = makers[0].hack(name, makers[1].reference, random.Random(1))
    (error,) = pair.errors
    assert error.category in CATEGORIES["table"] and error.severity >= 2


def test_equal_seeds_make_equal_pairs():
    def made():
        maker = TablePairs(seed("plain", PLAIN))
        rng = random.Random(5)
        return [maker.edited([name], rng) for name in ("digit_changed", "row_moved")]

    for one, two in zip(made(), made(), strict=True):
        assert one.errors == two.errors
        assert np.array_equal(one.prediction, two.prediction)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "no table"),
        ("<table></table>", "no rows"),
        ("<table><tr><td>a</td></tr></table>", "1 cells"),
        ("<table><tr><td>a<td><table><tr><td>b</table></table>", "no rows"),
    ],
)
def test_an_unusable_seed_says_why(source, reason):
    with pytest.raises(UnusableError, match=reason):
        TablePairs(seed("bad", source))


def test_cells_are_called_by_their_rows_and_columns():
    sheet = documents.read(GROUPED)
    names = Names(sheet)
    said = {sheet.text(key): names.cell(key) for key in sheet.places}
    assert said["12.5"] == "row 'Oslo Nord', column 'Dose (mg) / low'"
    assert said["Dose (mg)"] == "group header 'Dose (mg)'"
    assert names.cell(FOOT) == "note below the table"
