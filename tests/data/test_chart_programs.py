"""Edits of programs, and other programs for the same picture."""

import ast
import random

import pytest

from visual_erm.data import gate
from visual_erm.data.charts import no_ops, versions
from visual_erm.data.charts.figures import span_texts
from visual_erm.data.charts.pairs import ChartPairs
from visual_erm.data.charts.program_operators import PROGRAM_OPERATORS
from visual_erm.data.charts.programs import Program, called
from visual_erm.data.charts.things import Scene, legend_columns, outlines, take_row
from visual_erm.data.records import Dropped, Seed

SOURCE = """\
# Rain by town
import matplotlib.pyplot as plt
import numpy as np

towns = ['Oslo', 'Bergen', 'Narvik', 'Bodo']
rain = [70.5, 210, 90, 120]
fig, (one, two) = plt.subplots(1, 2, figsize=(9, 4))
one.bar(towns, rain, color="#ff0000", alpha=0.9)
one.set_title("Rain in October 2023", fontsize=14)
one.set_ylabel("Millimetres of rain")
for name, factor in {"North": 1.5, "South": 0.5}.items():
    two.plot(np.arange(1000, 1010), np.arange(10) * factor, label=name, linewidth=2, ls="--")
two.axhline(5, color="grey", linewidth=1)
two.legend(loc="upper left")
two.grid(True)  # to be read off
plt.show()
"""


def seed(source=SOURCE):
    return Seed(
        id="rain", task="chart", source=source, family="own", licence="CC0-1.0", provenance="test"
    )


@pytest.fixture(scope="module")
def made():
    """As many edited programs as there are, and as many no-ops."""
    wanted = {"edit": 200, "no_op": 20}
    return ChartPairs(seed(), random.Random(5), wanted, 0.0, sorted(PROGRAM_OPERATORS))


@pytest.fixture(scope="module")
def edited(made):
    return {p.operators[0]: p for p in made._edits if not isinstance(p, Dropped)}


def test_what_is_spliced_leaves_all_else_as_it_was():
    program = Program(SOURCE)
    (call,) = program.calls("grid")
    statement = program.statement(call)
    assert program.text(statement) == "two.grid(True)"
    dropped = program.rewritten([program.dropped(statement)])
    assert dropped == SOURCE.replace("two.grid(True)  # to be read off\n", "")
    below = program.rewritten([program.after(statement, "two.cla()")])
    assert "two.grid(True)\ntwo.cla()" in below
    assert program.rewritten([program.replaced(call, "two grid")]) is None
    assert program.rewritten([program.replaced(call, "a()"), program.replaced(call, "b()")]) is None


def test_the_only_statement_of_a_body_leaves_pass():
    program = Program("if True:\n    f()\nx = 1; g(); y = 2\n")
    for name, rest in (("f", "if True:\n    pass\n"), ("g", "x = 1; pass; y = 2\n")):
        (call,) = program.calls(name)
        assert rest in program.rewritten([program.dropped(program.statement(call))])


def test_letters_of_several_bytes_do_not_shift_places():
    program = Program('t = "Größe"; plt.title("Länge"); u = 1\n')
    (call,) = program.calls("title")
    assert program.text(call) == 'plt.title("Länge")'
    assert called(call) == "title"


def test_operators_cover_all_categories(made):
    assert len(PROGRAM_OPERATORS) >= 35
    assert {o.category for o in PROGRAM_OPERATORS.values()} == {
        "data_error", "structure_error", "style_error", "text_error",
    }  # fmt: skip


def test_edited_programs_come_with_their_source_and_a_true_label(edited):
    assert len(edited) >= 20
    for pair in edited.values():
        ast.parse(pair.prediction_source)
        assert pair.prediction_source != SOURCE
        assert len(pair.errors) == len(pair.operators)
        error = pair.errors[0]
        assert error.location and error.description
        assert error.bbox or error.bbox_prediction
        if pair.reference.shape == pair.prediction.shape:
            assert gate.changed(pair.reference, pair.prediction).any()


@pytest.mark.parametrize(
    ("name", "location", "words"),
    [
        ("code_legend_dropped", "legend", "the legend is missing"),
        ("code_grid_dropped", "grid", "the grid is missing"),
        ("code_guide_line_dropped", "grey straight line in the right subplot", "is missing"),
        ("code_line_width", "", "points wide instead of"),
        ("code_text_dropped", "left subplot", "is missing"),
    ],
)
def test_labels_say_what_was_done(edited, name, location, words):
    (error,) = edited[name].errors
    assert location in error.location
    assert words in error.description


def test_a_number_is_named_with_its_bar_and_severity_follows_the_axis(edited):
    (error,) = edited["code_number_off"].errors
    assert error.location.startswith('bar "')
    assert "instead of" in error.description


def test_an_edit_that_draws_the_same_is_not_kept(made):
    lost = {p.operators[0]: p.reason for p in made._edits if isinstance(p, Dropped)}
    assert set(lost.values()) <= {"invisible", "elsewhere", "not_drawn"}


def test_no_ops_draw_the_same_picture(made):
    kept = [p for p in made._no_ops if not isinstance(p, Dropped)]
    assert len(kept) >= 10 and len(kept) >= len(made._no_ops) - 1
    for pair in kept:
        assert pair.kind == "no_op" and not pair.errors
        assert pair.prediction_source != SOURCE
        assert gate.unchanged(pair.reference, pair.prediction) is None


@pytest.mark.parametrize("name", list(no_ops.NO_OPS))
def test_every_no_op_finds_something(name):
    source = no_ops.NO_OPS[name](Program(SOURCE), random.Random(1))
    assert source is not None and source != SOURCE
    ast.parse(source)


def test_names_that_could_mean_something_else_stay():
    shared = "def f(data):\n    return data\nprint(f(1))\nimport os as o\nglobals()\nx = 1\n"
    assert no_ops.renamed(Program(shared), random.Random(0)) is None
    told = 'value = 3\nprint(f"{value}")\n'
    assert no_ops.renamed(Program(told), random.Random(0)) is None


def test_consequences_are_errors_of_their_own():
    assert set(versions.CONSEQUENCES.values()) <= set(PROGRAM_OPERATORS)


def rewritten(name, source):
    program = Program(source)
    made = PROGRAM_OPERATORS[name].function(program, None, random.Random(0))
    return made and program.rewritten(made.splices)


def test_bars_are_turned_with_the_arguments_that_say_where_they_stand():
    turned = rewritten("code_bars_turned", "ax.bar(x=a, height=b, width=0.5, bottom=c)\n")
    assert turned == "ax.barh(y=a, width=b, height=0.5, left=c)\n"
    assert rewritten("code_bars_turned", "df.plot.bar(x='a', y='b')\n") == (
        "df.plot.barh(x='a', y='b')\n"
    )


def test_only_the_place_of_a_legend_is_one():
    assert rewritten("code_legend_place", "ax.set_title('Rain', loc='left')\n") is None
    assert "legend(loc='upper left')" not in rewritten(
        "code_legend_place", "ax.set_title('a', loc='left'); ax.legend(loc='upper left')\n"
    )


def test_colours_are_said_in_words():
    (said,) = {
        PROGRAM_OPERATORS["code_edge_colour"]
        .function(Program("ax.bar(x, y, ec='k')\n"), None, random.Random(n)).said for n in range(3)
    }  # fmt: skip
    assert said == "the outline is red instead of black"


@pytest.fixture(scope="module")
def figure():
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.subplots()
    ax.fill_between(range(4), [1, 3, 2, 4], label="area")
    ax.plot(range(4), [1, 3, 2, 4], label="edge")
    ax.plot(range(4), [1, 2, 3, 5], label="other")
    ax.legend(ncols=3)
    figure.canvas.draw()
    return figure


def test_a_line_along_an_area_is_its_outline(figure):
    scene = Scene.read(figure)
    found = {line.label: outlines(line, scene.of("area")) for line in scene.of("line")}
    assert found == {"edge": True, "other": False}


def test_a_legend_without_an_entry_keeps_no_room_for_it(figure):
    scene = Scene.read(figure)
    take_row(scene.of("legend entry")[1])
    assert len(legend_columns(scene.of("legend")[0].artists[0])) == 2


def test_limits_that_read_the_same_get_more_digits():
    from matplotlib.figure import Figure

    axis = Figure().subplots().yaxis
    assert span_texts(axis, (157.1, 247.2), (157.3, 247.4)) == (
        "157.1 to 247.2", "157.3 to 247.4",
    )  # fmt: skip
    assert span_texts(axis, (0, 50), (0, 60)) == ("0 to 50", "0 to 60")
