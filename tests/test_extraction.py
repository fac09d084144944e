"""Sources are found where people and models put them, and nowhere else; time stays linear."""

import contextlib
import gc
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visual_erm.errors import InputError, PolicyFault
from visual_erm.extraction import MAX_COMPLETION, MAX_SOURCE, extract, text_of

PROGRAM = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g><rect width="4"/></g></svg>'
TABLE = "<table><tr><td>1</td></tr></table>"
PIPES = "| a | b |\n|---|:-:|\n| 1 | 2 |"
LATEX = "\\begin{tabular}{ll}\na & b \\\\\n\\end{tabular}"
GRID = "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+"


def fence(body: str, tag: str = "", sign: str = "```") -> str:
    return f"{sign}{tag}\n{body}\n{sign}"


def code_of(completion: object, task: str, **options: str) -> str:
    with pytest.raises(PolicyFault) as caught:
        extract(completion, task, **options)
    assert caught.value.failure.stage == "extract"
    assert caught.value.failure.kind == "policy"
    return caught.value.failure.code


@pytest.mark.parametrize(
    "tag", ["python", "py", "Python3", "{.python}", "{python}", "python:plot.py", "python title=x"]
)
def test_a_tagged_fence_is_found(tag):
    found = extract(f"Sure!\n\n{fence(PROGRAM, tag)}\nDone.", "chart")
    assert (found.source, found.format, found.where) == (PROGRAM, "python", "fence")
    assert found.repairs == ()


@pytest.mark.parametrize(
    ("task", "tag", "body", "form"),
    [
        ("table", "html", TABLE, "html"),
        ("table", "md", PIPES, "markdown"),
        ("table", "tex", LATEX, "latex"),
        ("table", "csv", "a,b\n1,2", "csv"),
        ("table", "rst", GRID, "grid"),
        ("table", "", TABLE, "html"),
        ("table", "", PIPES, "markdown"),
        ("table", "text", LATEX, "latex"),
        ("table", "", GRID, "grid"),
        ("svg", "svg", SVG, "svg"),
        ("svg", "xml", SVG, "svg"),
        ("svg", "image/svg+xml", SVG, "svg"),
        ("table", "table", PIPES, "markdown"),
        ("svg", "html", SVG, "svg"),
        ("svg", "", SVG, "svg"),
        ("chart", "", PROGRAM, "python"),
    ],
)
def test_formats(task, tag, body, form):
    found = extract(fence(body, tag), task)
    assert (found.source, found.format) == (body, form)


@pytest.mark.parametrize("sign", ["````", "~~~", "~~~~~"])
def test_other_fences(sign):
    inner = PROGRAM + '\ntext = """\n```\n"""' if sign != "~~~" else PROGRAM
    assert extract(fence(inner, "python", sign), "chart").source == inner


def test_the_last_fitting_fence_counts():
    reply = "\n".join(
        [fence("import draft", "python"), fence(PROGRAM, "python"), fence("pip install x", "bash")]
    )
    assert extract(reply, "chart").source == PROGRAM


def test_fences_of_other_languages_do_not_fit():
    assert code_of(fence("plot <- 1", "r"), "chart") == "no_source"
    assert code_of(fence("just some words"), "chart") == "no_source"
    assert code_of(fence(PROGRAM, "python"), "svg") == "no_source"
    assert code_of(fence("<note/>", "xml"), "svg") == "no_source"
    assert code_of(fence(f'print("{TABLE}")', "python"), "table") == "no_source"


def test_indentation_of_the_fence_is_removed():
    body = "import matplotlib\nif True:\n    pass"
    indented = "\n".join("   " + line for line in fence(body, "python").split("\n"))
    assert extract(f"1. Do this:\n{indented}", "chart").source == body


def test_a_fence_inside_markdown():
    reply = "```markdown\n# Plot\n" + fence(PROGRAM, "python") + "\n```"
    assert extract(reply, "chart").source == PROGRAM
    assert extract("````md\n" + fence(PROGRAM, "python") + "\n````", "chart").source == PROGRAM


def test_a_stray_closing_fence_does_no_harm():
    assert extract(fence(PROGRAM, "python") + "\n```\nI hope it helps.", "chart").source == PROGRAM


@pytest.mark.parametrize("tail", ["</answer>", "<|im_end|>", "</s>"])
def test_markers_glued_to_the_closing_fence(tail):
    assert extract(fence(PROGRAM, "python") + tail, "chart").source == PROGRAM


def test_closing_fence_at_the_end_of_a_line_is_a_stated_repair():
    found = extract(f"```python\n{PROGRAM}```", "chart")
    assert found.source == PROGRAM
    assert "end of a line" in found.repairs[0]


def test_a_prompt_that_opened_the_fence():
    found = extract(f"{PROGRAM}\n```\nThis draws a line.", "chart")
    assert (found.source, found.where) == (PROGRAM, "unfenced")


def test_windows_line_ends():
    assert extract(fence(PROGRAM, "python").replace("\n", "\r\n"), "chart").source == PROGRAM


class TestThinking:
    def test_fences_in_thoughts_are_ignored(self):
        draft = fence("import draft", "python")
        reply = f"<think>\n{draft}\n</think>\n{fence(PROGRAM, 'python')}"
        assert extract(reply, "chart").source == PROGRAM
        after = f"{fence(PROGRAM, 'python')}\n<THINK>{draft}</THINK>"
        assert extract(after, "chart").source == PROGRAM
        assert code_of(f"<think>{draft}</think>", "chart") == "no_source"

    def test_several_and_nested_blocks(self):
        reply = f"<think>a<think>b</think>{fence('import x', 'python')}</think>{SVG}<think></think>"
        assert extract(reply, "svg").source == SVG
        assert code_of(reply, "chart") == "no_source"

    def test_an_unclosed_block_hides_the_rest(self):
        assert code_of(f"<think>{fence(PROGRAM, 'python')}", "chart") == "truncated"
        reply = f"{fence(PROGRAM, 'python')}\n<think>was that right?"
        assert extract(reply, "chart").source == PROGRAM

    def test_a_template_that_opened_the_block(self):
        reply = f"{fence('import draft', 'python')}\n</think>\n\n{fence(PROGRAM, 'python')}"
        assert extract(reply, "chart").source == PROGRAM

    @pytest.mark.parametrize("marker", ["</think>", "<think>", "I'm </think> here"])
    def test_a_label_is_no_marker(self, marker):
        program = f'{PROGRAM}\nplt.title("{marker}")'
        assert extract(fence(program, "python"), "chart").source == program
        thought = f"<think>It's done</think>\n{fence(program, 'python')}"
        assert extract(thought, "chart").source == program


class TestAnswerTags:
    def test_the_last_answer_block_comes_first(self):
        reply = f"<answer>{fence(PROGRAM, 'python')}</answer>\n{fence('import other', 'python')}"
        assert extract(reply, "chart").source == PROGRAM

    def test_plain_code_inside(self):
        found = extract(f"<answer>\n{PROGRAM}\n</answer>", "chart")
        assert (found.source, found.where) == (PROGRAM, "unfenced")

    def test_an_answer_without_source_leaves_the_text(self):
        assert extract(f"{fence(PROGRAM, 'py')}<answer>see above</answer>", "chart").source == (
            PROGRAM
        )

    def test_unclosed(self):
        assert extract(f"<answer>{SVG}", "svg").source == SVG


def test_one_drawing_in_an_html_page_is_taken_out_of_it():
    page = f"<html><body>\n{SVG}\n</body></html>"
    found = extract(fence(page, "html"), "svg")
    assert (found.source, found.format) == (SVG, "svg")
    assert found.repairs == ("took the SVG out of its HTML page",)
    with pytest.raises(PolicyFault):
        extract(fence(f"<html>{SVG}{SVG}</html>", "html"), "svg")


class TestUnfenced:
    def test_style_sheets_right_before_a_table_belong_to_it(self):
        sheet = "<style type='text/css'>\n#T_1 td {color: red;}\n</style>\n"
        table = "<table id='T_1'><tr><td>1</td></tr></table>"
        text = f"<style>p{{}}</style> Here it is:\n{sheet}{sheet}{table} Done."
        assert extract(text, "table").source == sheet + sheet + table

    def test_svg_in_prose(self):
        found = extract(f"The `<svg>` root holds all.\n{SVG}\nDone: <b>ok</b>", "svg")
        assert (found.source, found.where) == (SVG, "unfenced")

    def test_svg_outermost_and_last(self):
        nested = f'<svg width="9">{SVG}<svg/></svg>'
        assert extract(f"{SVG}\nBetter:\n{nested}", "svg").source == nested

    def test_svg_keeps_its_prolog(self):
        prolog = '<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY a "b">]>\n'
        assert extract(f"Here:\n{prolog}{SVG}", "svg").source == prolog + SVG
        assert extract(f"{prolog}{SVG} then {SVG}", "svg").source == SVG

    def test_table_in_prose_with_html_inside(self):
        reply = f"The <b>table</b> has <i>one</i> cell:<br>\n{TABLE}\n<p>That is all."
        assert extract(reply, "table").source == TABLE
        nested = f"<table><tr><td>{TABLE}</td></tr></table>"
        assert extract(f"x {nested} y", "table").source == nested

    def test_html_document(self):
        document = f"<!DOCTYPE html>\n<html><body>{TABLE}{TABLE}</body></html>"
        found = extract(f"Here.\n{document}\nBye.", "table")
        assert (found.source, found.format) == (document, "html")

    @pytest.mark.parametrize(
        ("source", "form"), [(PIPES, "markdown"), (GRID, "grid"), (LATEX, "latex")]
    )
    def test_other_tables(self, source, form):
        found = extract(f"Here is the table:\n\n{source}\n\nNote: a | b is not one.", "table")
        assert (found.source, found.format, found.where) == (source, form, "unfenced")

    def test_pipe_rows_need_an_equal_delimiter_row(self):
        assert code_of("a | b\nc | d", "table") == "no_source"
        assert code_of("| a | b |\n|---|\n| 1 | 2 |", "table") == "no_source"
        assert extract("a | b\n-|-\n1 | 2", "table").source == "a | b\n-|-\n1 | 2"

    def test_program(self):
        assert extract(f"\n{PROGRAM}\n", "chart").source == PROGRAM
        assert code_of(f"Here you go:\n{PROGRAM}", "chart") == "no_source"
        assert code_of("plot", "chart") == "no_source"

    @pytest.mark.parametrize("task", ["chart", "table", "svg"])
    @pytest.mark.parametrize(
        "reply", ["", " \n", ":", "```", "```python\n```", "I cannot do that."]
    )
    def test_nothing(self, reply, task):
        assert code_of(reply, task) == "no_source"


class TestCutOff:
    def test_program(self):
        reply = f"```python\n{PROGRAM}\nplt.tit"
        assert code_of(reply, "chart") == "truncated"
        found = extract(reply, "chart", repair="close")
        assert found.source.endswith("plt.tit")
        assert found.repairs == ("closed a fence that was cut off",)

    def test_an_earlier_draft_does_not_stand_in(self):
        assert code_of(f"{fence(PROGRAM, 'python')}\n```python\nimport", "chart") == "truncated"

    def test_a_whole_document_in_a_cut_fence(self):
        found = extract(f"```svg\n{SVG}\n", "svg")
        assert found.source == SVG
        assert found.repairs

    @pytest.mark.parametrize("opening", ["```svg\n", "", "```\n"])
    def test_svg(self, opening):
        reply = opening + SVG[: SVG.index("4")]
        assert code_of(reply, "svg") == "truncated"
        found = extract(reply, "svg", repair="close")
        assert found.source.endswith("<g></g></svg>")
        assert "closed 2 open elements" in found.repairs

    @pytest.mark.parametrize("opening", ["```html\n", ""])
    def test_html(self, opening):
        reply = opening + "<table><tr><td>1<br></td><td>2"
        assert code_of(reply, "table") == "truncated"
        found = extract(reply, "table", repair="close")
        assert found.source.endswith("2</td></tr></table>")

    def test_latex(self):
        reply = "\\begin{tabular}{l}\na \\\\"
        assert code_of(reply, "table") == "truncated"
        assert extract(reply, "table", repair="close").source.endswith("\\end{tabular}")

    def test_a_mention_is_no_beginning(self):
        assert code_of("An <svg> element would do.", "svg") == "no_source"


def test_sizes_are_bounded():
    assert code_of("x" * (MAX_COMPLETION + 1), "chart") == "too_large"
    assert code_of(fence("#" * (MAX_SOURCE + 1), "python"), "chart") == "too_large"


def test_lone_surrogates_are_refused():
    assert code_of(fence("title = '\ud800'", "python"), "chart") == "not_text"


def test_text_of_messages():
    assert text_of("a") == "a"
    assert text_of(None) == ""
    assert text_of({"role": "assistant", "content": "a"}) == "a"
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert text_of(turns) == "a"
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"text": "b"}]
    assert text_of([{"role": "assistant", "content": parts}]) == "ab"
    assert text_of(SimpleNamespace(role="assistant", content="a")) == "a"
    assert text_of([SimpleNamespace(role="assistant", content=None)]) == ""
    assert text_of([]) == ""
    with pytest.raises(InputError, match="expected text"):
        text_of(3)


PIECES = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "python",
        "svg",
        "\n",
        " ",
        "<think>",
        "</think>",
        "<answer>",
        "'",
        '"',
        "</answer>",
        "<svg",
        "<svg x=",
        "</svg>",
        "/>",
        ">",
        "<table>",
        "</table>",
        "|",
        "---",
        "+",
        "\\begin{tabular}",
        "\\end{tabular}",
        "import a",
        "\t",
        "\r\n",
        "x",
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["chart", "table", "svg"]), st.booleans())
def test_any_text_gives_a_source_or_a_policy_fault(pieces, task, close):
    text = "".join(pieces)
    try:
        found = extract(text, task, repair="close" if close else "none")
    except PolicyFault as fault:
        assert fault.failure.code in {"no_source", "truncated"}
        return
    assert found.source.strip()
    if not found.repairs and "think>" not in text:
        # the source is a part of the reply, up to the indentation of its fence
        flat = "".join(text.split())
        assert "".join(found.source.split()) in flat


HOSTILE = [
    *(
        "`",
        "```\n",
        "```text\n",
        "```a\n```\n",
        "~~~x\n",
        "````\n```\n",
        "``` `\n",
        " ",
        "\n",
        "\t\n",
    ),
    *("<", "<svg ", "<svg x=", "<svg>", "<svg>\n</svg", "</svg ", "<svg/>", "<?xml <svg a='>'/>"),
    *(
        "<table",
        "<table>",
        "</table ",
        "<!doctype html",
        "<think>",
        "</think>",
        "<think>'\"</think>",
    ),
    *(
        "<answer>",
        "|",
        "|\n",
        "|-|\n",
        "|-",
        "+-",
        "+-+\n",
        "+-+\n|\n",
        "\\begin{table}",
        "import ",
    ),
    *("<style>", "<style></style>", "<style></style><table></table>"),
    *("(", "import a\n", "'\"", "```python\n'<think>'\n```\n", "```\nimport a\n```\n", "\\|", "-"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear(unit):
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            for task in ("chart", "table", "svg"):
                for repair in ("none", "close"):
                    with contextlib.suppress(PolicyFault):
                        extract(text, task, repair=repair)
            best = min(best, time.process_time() - start)
        return best

    # linear is 8; quadratic is 64. The collector walks whatever else the test process holds, which
    # is not this function's cost, and it sets in between the two sizes.
    gc.collect()
    gc.disable()
    try:
        assert seconds(120_000) / max(seconds(15_000), 0.005) < 30
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "line",
    [r'plt.title("$\alpha\s$")', r"plt.title('it\'s')", "x = 1 + \\\n  2", r'f"\N{DEGREE SIGN}"'],
)
def test_untagged_programs_with_escapes(line):
    program = f"{PROGRAM}\n{line}"
    assert extract(fence(program), "chart").source == program


PROSE = st.text("abc .,:!\n<>*-`'\"|", max_size=40).filter(lambda text: "```" not in text)
LINES = st.lists(
    st.text("ab =()'\"<>|{}#\\`~ ", max_size=12).filter(
        lambda line: not line.lstrip().startswith(("```", "~~~"))
    ),
    max_size=6,
)


@given(PROSE, LINES, PROSE, st.sampled_from(["```", "~~~", "`````"]), st.sampled_from(["", "  "]))
def test_what_stands_in_the_last_fence_comes_out_as_it_was(before, lines, after, sign, indent):
    body = "\n".join(["import a", *lines]).rstrip("\n")
    indented = "\n".join(indent + line for line in f"{sign}py\n{body}\n{sign}".split("\n"))
    draft = fence("import draft", "python")
    found = extract(f"{draft}\n{before}\n{indented}\n{after}", "chart")
    assert found.source == body
    assert found.repairs == ()
