"""`draw` in this process, without the confinement: it is our own programs that run here."""

import sys

import numpy as np
import pytest

from visual_erm.renderers import capture, chart_zygote
from visual_erm.renderers.job import Rejected


@pytest.fixture(scope="module", autouse=True)
def primed():
    main = sys.modules["__main__"]
    with chart_zygote.quiet():
        chart_zygote.import_matplotlib()
    yield
    assert sys.modules["__main__"] is main


@pytest.fixture(autouse=True)
def closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def draw(source, **options):
    return capture.draw(source.encode(), options)


def fault(source, **options):
    with pytest.raises(Rejected) as caught:
        draw(source, **options)
    return caught.value


TWO = """
import matplotlib.pyplot as plt
for n in (2, 3):
    plt.figure(figsize=(n, 2))
    plt.plot([1, 2])
    plt.savefig(f"{n}.png")
"""


def test_which_figure():
    assert draw(TWO).image.shape == (200, 300, 3)
    assert draw(TWO, figure="first").image.shape == (200, 200, 3)
    assert draw(TWO, figure=1).image.shape == (200, 300, 3)
    assert fault(TWO, figure=2).code == "no_figure"


def test_hooks_are_gone_afterwards():
    import builtins
    import time

    from matplotlib.figure import Figure

    before = builtins.open, time.time, Figure.clear, Figure.show
    draw(TWO)
    assert (builtins.open, time.time, Figure.clear, Figure.show) == before


def test_the_traceback_names_lines_of_the_program_only():
    source = "import matplotlib.pyplot as plt\ndef f():\n    plt.plot([1], [2, 3])\nf()\n"
    failed = fault(source)
    assert failed.code == "exception"
    assert str(failed).startswith("line 3: ValueError: x and y")
    lines = failed.detail.splitlines()
    assert [line.strip() for line in lines if "File" in line] == [
        'File "program.py", line 4, in <module>',
        'File "program.py", line 3, in f',
    ]
    assert "    plt.plot([1], [2, 3])" in lines
    assert lines[-1].startswith("ValueError: x and y")
    assert "site-packages" not in failed.detail


def test_a_figure_that_cannot_be_drawn_late_is_the_programs_fault():
    failed = fault(r"import matplotlib.pyplot as plt; plt.title(r'$\nope$'); plt.show()")
    assert failed.code == "exception"
    assert "nope" in str(failed)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = (", "syntax_error"),
        ("\0", "syntax_error"),
        ("(" * 500 + ")" * 500, "syntax_error"),
        ("!pip install foo", "syntax_error"),
        ("import nobody_has_this", "missing_module"),
        ("import urllib.request as u; u.urlopen('http://127.0.0.1:9/')", "network"),
        ("raise MemoryError", "memory"),
        ("import sys; sys.exit(3)", "exit"),
        ("import sys; sys.exit(0)", "no_figure"),
        ("def f(): f()\nf()", "exception"),
        ("class E(BaseException):\n  def __str__(self): raise self\nraise E", "exception"),
        ("", "no_figure"),
    ],
)
def test_failures_have_codes(source, code):
    assert fault(source).code == code


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("\0", "source code string cannot contain null bytes"),
        ("x=" + "-" * 100_000 + "1", "the program cannot be read: its expressions are nested"),
    ],
)
def test_what_cannot_be_read_is_said_without_holes(source, message):
    assert str(fault(source)).startswith(message)


def test_what_runs_at_exit_counts():
    source = """
import atexit
import matplotlib.pyplot as plt
plt.plot([1, 2])
atexit.register(plt.savefig, "late.png", dpi=30)
"""
    assert draw(source).meta["of"] == "saved"


def test_a_program_that_fails_after_show_still_counts():
    drawing = draw("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show(); 1 / 0")
    assert drawing.meta["of"] == "shown"
    assert "ZeroDivisionError" in drawing.meta["warnings"][0]


def test_a_figure_of_every_closing_loop_is_drawn_once(monkeypatch):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    draws = []
    original = FigureCanvasAgg.draw
    monkeypatch.setattr(FigureCanvasAgg, "draw", lambda c: draws.append(1) or original(c))
    loop = "for i in range(9): plt.figure(); plt.plot([i]); plt.show()"
    draw(f"import matplotlib.pyplot as plt\n{loop}")
    assert len(draws) == 1


def test_clearing_after_show_keeps_the_picture():
    source = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show(); plt.clf()"
    shown = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    np.testing.assert_array_equal(draw(source).image, draw(shown).image)


def test_undoing_the_hooks_hurts_only_the_program():
    source = """
import matplotlib.figure
matplotlib.figure.Figure.savefig = lambda *a, **k: None
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.savefig("x.png")
"""
    import matplotlib.figure

    original = matplotlib.figure.Figure.savefig
    try:
        assert fault(source).code == "exception"
    finally:
        matplotlib.figure.Figure.savefig = original


def test_versions_are_told_without_running_anything():
    meta = draw("raise SystemError", fingerprint=True).meta
    assert meta["backend"] == "agg"
    assert {"matplotlib", "freetype", "numpy", "fonts"} <= set(meta)
