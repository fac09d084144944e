"""Metrics of tables' sources, on cases worked by hand."""

import pytest

from visual_erm.bench import table_metrics as metrics


def table(*rows, tag="td"):
    cells = "".join(
        "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in row) + "</tr>" for row in rows
    )
    return f"<table><tbody>{cells}</tbody></table>"


FOUR = table(("abcd", "efgh"), ("ijkl", "mnop"))
ALL = (
    metrics.teds,
    metrics.teds_structure,
    metrics.cell_f1,
    metrics.grits_topology,
    metrics.grits_content,
    metrics.edit_similarity,
)


@pytest.mark.parametrize("metric", ALL)
def test_a_table_is_like_itself(metric):
    assert metric(FOUR, FOUR) == 1


def test_one_letter_costs_a_quarter_of_one_of_eight_nodes():
    # table, tbody, two tr, four td
    other = table(("abcd", "efgh"), ("ijkl", "mnox"))
    assert metrics.teds(FOUR, other) == pytest.approx(1 - 0.25 / 8)
    assert metrics.teds_structure(FOUR, other) == 1


def test_a_lost_column_costs_two_nodes_of_eight():
    other = table(("abcd",), ("ijkl",))
    assert metrics.teds(FOUR, other) == pytest.approx(1 - 2 / 8)
    assert metrics.teds_structure(FOUR, other) == pytest.approx(1 - 2 / 8)
    # two cells of four are there: 2 * 2 / (4 + 2)
    assert metrics.grits_content(FOUR, other) == pytest.approx(2 / 3)
    assert metrics.grits_topology(FOUR, other) == pytest.approx(2 / 3)
    assert metrics.cell_f1(FOUR, other) == pytest.approx(2 / 3)


def test_another_text_in_one_cell():
    other = table(("abcd", "efgh"), ("ijkl", "5678"))
    assert metrics.grits_content(FOUR, other) == pytest.approx(3 / 4)
    assert metrics.grits_topology(FOUR, other) == 1
    assert metrics.cell_f1(FOUR, other) == pytest.approx(3 / 4)


def test_a_span_is_another_topology():
    spanned = (
        '<table><tbody><tr><td colspan="2">abcd</td></tr>'
        "<tr><td>ijkl</td><td>mnop</td></tr></tbody></table>"
    )
    # the places of the wide cell overlap by a half with those of narrow ones: 2 * 3 / 8
    assert metrics.grits_topology(FOUR, spanned) == pytest.approx(3 / 4)


def test_header_and_body_cells_are_one_kind():
    assert metrics.teds_structure(FOUR, FOUR.replace("td", "th")) < 1  # they form a head
    one = "<table><tbody><tr><th>a</th><td>b</td></tr></tbody></table>"
    assert metrics.teds(one, one.replace("th", "td")) == 1


def test_markdown_is_read_as_it_is_drawn():
    markdown = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    html = (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )
    assert metrics.teds(html, markdown) == 1


@pytest.mark.parametrize("metric", ALL[:-1])
def test_what_holds_no_table_is_worth_nothing(metric):
    assert metric(FOUR, "The table shows four cells.") == 0


def test_edit_similarity_counts_letters():
    assert metrics.edit_similarity("abcd", "abce") == pytest.approx(0.75)
