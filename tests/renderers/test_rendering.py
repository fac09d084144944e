"""`render`, `render_many` and `close_all` over all tasks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import psutil
import pytest

import visual_erm
from visual_erm import renderers
from visual_erm.errors import PolicyFault, UsageError
from visual_erm.types import Failure, Rendering


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    yield
    renderers.close_all()


def svg(side: int) -> str:
    box = f'<rect width="{side}" height="{side}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{box}</svg>'


def test_render_keeps_one_renderer() -> None:
    first = visual_erm.render(svg(10), task="svg")
    assert isinstance(first, Rendering)
    assert renderers.renderer("svg") is renderers.renderer("svg")
    assert renderers.renderer("svg", max_side=64) is not renderers.renderer("svg")
    assert visual_erm.render(svg(10), task="svg", max_side=64).width == 64


@pytest.mark.parametrize("deadline", [0, -1.0, float("nan"), float("inf"), 1e7, "3"])
def test_a_deadline_that_cannot_be_kept_is_refused(deadline: float) -> None:
    with pytest.raises(UsageError, match="deadline must be above 0 seconds"):
        visual_erm.render(svg(10), task="svg", deadline=deadline)


def test_render_raises_what_is_wrong() -> None:
    with pytest.raises(PolicyFault):
        visual_erm.render("<svg", task="svg")
    with pytest.raises(UsageError, match="chart, svg, table"):
        visual_erm.render("x", task="poem")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="colour"):
        visual_erm.render(svg(1), task="svg", colour="red")


def test_render_many_keeps_order_and_never_raises_for_an_item() -> None:
    items: list[object] = [(svg(side), "svg") for side in range(10, 90, 10)]
    items[2] = ("<svg", "svg")
    items[4] = {"source": svg(50), "task": "svg"}
    items += [("x", "poem"), {"task": "svg"}, 7, (None, "svg"), (svg(5), "svg")]
    results = list(visual_erm.render_many(items, workers=3))  # type: ignore[arg-type]
    assert len(results) == len(items)
    for index, side in enumerate(range(10, 90, 10)):
        result = results[index]
        if index == 2:
            assert isinstance(result, Failure) and result.kind == "policy"
            continue
        assert isinstance(result, Rendering)
        drawn = (result.image[256] == 0).all(axis=-1).sum() if side > 50 else side * 5.12
        assert abs(drawn - side * 5.12) <= 1
    assert [type(result) for result in results[8:]] == [Failure] * 4 + [Rendering]
    assert {result.code for result in results[8:12] if isinstance(result, Failure)} == {"bad_item"}


def test_render_many_takes_no_more_than_it_needs() -> None:
    taken = 0

    def endless() -> Iterator[tuple[str, visual_erm.types.Task]]:
        nonlocal taken
        while True:
            taken += 1
            yield svg(10), "svg"

    stream = visual_erm.render_many(endless(), workers=2)
    assert len(list(itertools.islice(stream, 5))) == 5
    assert taken < 20
    stream.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("render_")]


def test_close_all_leaves_nothing() -> None:
    renderers.close_all()
    # what other tests started and Python keeps, for example the tracker of multiprocessing
    others = set(psutil.Process().children(recursive=True))
    visual_erm.render(svg(10), task="svg")
    workers = [p for p in psutil.Process().children(recursive=True) if p not in others]
    assert workers
    renderers.close_all()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
