import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from visual_erm.errors import PolicyFault
from visual_erm.renderers.chart import ChartRenderer

LINE = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.savefig('a.png', dpi={})"


@pytest.fixture(scope="module")
def renderer():
    renderer = ChartRenderer()
    yield renderer
    renderer.close()


def test_a_rendering_says_what_drew_it(renderer):
    rendering = renderer.render(LINE.format(50))
    assert rendering.image.shape == (240, 320, 3)
    assert (rendering.backend, rendering.task, rendering.blank) == ("matplotlib", "chart", False)
    assert "matplotlib 3" in rendering.fingerprint
    assert "freetype" in rendering.fingerprint
    assert rendering.cpu_seconds > 0


def test_same_source_same_pixels(renderer):
    source = """
import matplotlib.pyplot as plt, numpy as np, random, datetime
plt.scatter(np.random.rand(20), np.random.default_rng().random(20), s=random.randint(9, 99))
plt.title(str(datetime.date.today()) + str({"a", "b", "c"}))
plt.show()
"""
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(renderer.render, [source, source])
    np.testing.assert_array_equal(one.image, two.image)


def test_a_program_leaves_nothing_for_the_next_one(renderer):
    before = renderer.render(LINE.format(50)).image
    with pytest.raises(PolicyFault):
        renderer.render("import matplotlib as m; m.rcParams['lines.linewidth'] = 9")
    np.testing.assert_array_equal(before, renderer.render(LINE.format(50)).image)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("while True: pass", "timeout"),
        ("x = bytearray(1 << 33)", "memory"),
        ("import os; os._exit(0)", "no_output"),
        ("import os; os.abort()", "crash"),
        ("from PIL import Image; Image.new('RGB', (3, 3)).save('a.png')", "too_small"),
        ("print(open('/etc/passwd').read())", "exception"),
        ("import subprocess; subprocess.run(['true'])", "exception"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "network"),
    ],
)
def test_faults_are_the_policys(renderer, source, code):
    with pytest.raises(PolicyFault) as caught:
        renderer.render(source, deadline=3)
    assert caught.value.failure.code == code


def test_white_is_blank(renderer):
    assert renderer.render("from PIL import Image; Image.new('L', (99, 99), 255).show()").blank


def test_which_figure_survives_a_pickle():
    renderer = pickle.loads(pickle.dumps(ChartRenderer(figure="first")))
    try:
        source = (
            LINE.format(50) + "\nplt.figure(figsize=(1, 1)); plt.plot([1]); plt.savefig('b.png')"
        )
        assert renderer.render(source).image.shape == (240, 320, 3)
    finally:
        renderer.close()


def test_a_lying_process_is_not_believed(renderer):
    source = """
import visual_erm.renderers.capture as capture, visual_erm.renderers.chart_album as album
album.Album.note = lambda self, text: None
album.Album.__getattribute__ = lambda self, name: (
    [1, "x" * 9999] if name == "notes" else object.__getattribute__(self, name))
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
"""
    assert renderer.render(source).warnings == ("x" * 300,)
