"""Cells without a label hold as much ink as before, wherever they stand now."""

import pytest

from visual_erm.data.tables import documents
from visual_erm.data.tables.pairs import drawer
from visual_erm.data.tables.unmoved import same_elsewhere

SOURCE = (
    "<table><tr><th>City</th><th>2020</th></tr><tr><td>Oslo</td><td>693,494</td></tr>"
    "<tr><td>Bergen</td><td>283,929</td></tr></table>"
)


def drawn(source):
    sheet = documents.read(source)
    draw = drawer()
    return draw(documents.write(sheet)), documents.boxes(sheet, draw(documents.marked(sheet)))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("Oslo", "Oslo (capital)"), True),
        (("<th>2020</th>", "<th>Inhabitants in the year 2020</th>"), True),
        (("283,929", "288,929"), False),
        (("Bergen", "Bergen, Norway"), False),
    ],
)
def test_only_the_labelled_cells_may_change(change, same):
    reference, before = drawn(SOURCE)
    prediction, after = drawn(SOURCE.replace(*change))
    cells = documents.read(SOURCE).cells()
    labelled = {cell.key for cell in cells if cell.plain in ("2020", "Oslo")}
    assert same_elsewhere(reference, prediction, before, after, labelled) is same


def test_a_picture_against_itself_is_the_same():
    reference, cells = drawn(SOURCE)
    assert same_elsewhere(reference, reference, cells, cells, ())
