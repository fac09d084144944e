import numpy as np
import pytest

from visual_erm.data.models import prompts
from visual_erm.types import CATEGORIES, TASKS

PICTURE = np.full((20, 30, 3), 255, np.uint8)


@pytest.mark.parametrize("task", TASKS)
def test_every_place_is_filled_and_every_category_told(task):
    texts = [
        prompts.edit(task, "x = {{wanted}}", [(CATEGORIES[task][0], 2)])[0]["content"],
        prompts.annotate(task, PICTURE, PICTURE)[0]["content"][0]["text"],
    ]
    for text in texts:
        assert all(f"- {category}: " in text for category in CATEGORIES[task])
    # what a source says is not read as a place to fill
    assert texts[0].count("{{") == 1 and "x = {{wanted}}" in texts[0]
    infer = prompts.infer(task, PICTURE)[0]["content"]
    assert "{{" not in infer[0]["text"] + texts[1]
    assert infer[1]["image_url"]["url"].startswith("data:image/png;base64,")


def test_a_source_is_fenced_as_what_it_is():
    for source, tag in (("<table>", "html"), ("\\begin{tabular}", "latex"), ("|a|", "markdown")):
        assert f"```{tag}\n{source}" in prompts.edit("table", source, [])[0]["content"]
