"""Judges that fail in the ways in which judges fail, and samples for them; picklable."""

import math
import time

from visual_erm import images, render
from visual_erm.types import JudgeIdentity, Verdict

UNREACHABLE = "endpoint:http://127.0.0.1:9/v1#model"
"""A judge server that is down: nothing listens on that port."""


def svg(width=50, colour="teal"):
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'>"
        f"<rect x='9' y='9' width='{width}' height='50' fill='{colour}'/></svg>"
    )


def reference():
    return images.data_uri(render(svg(), task="svg").image)


def picture_file():
    return images.encode_png(render(svg(), task="svg").image)


HANGING_CHART = "```python\nimport matplotlib.pyplot as plt\nwhile True:\n    pass\n```"


class _Judge:
    identity = JudgeIdentity(name="test")


class Nan(_Judge):
    """Finds nothing, at no distance that is a number."""

    def compare(self, reference, candidate, task):
        return Verdict(task=task, judge=self.identity, distance=math.nan)


class Junk(_Judge):
    """Answers with what is no verdict."""

    def compare(self, reference, candidate, task):
        return "I am sorry, but I cannot compare pictures."


class Broken(_Judge):
    def compare(self, reference, candidate, task):
        raise ZeroDivisionError("a bug in a judge")


class Hanging(_Judge):
    """Never comes back for a navy picture; finds nothing in others."""

    def compare(self, reference, candidate, task):
        if candidate[candidate.shape[0] // 3, candidate.shape[1] // 3].tolist() == [0, 0, 128]:
            time.sleep(3600)
        return Verdict(task=task, judge=self.identity, distance=0.0)


FAULTY = {"down": UNREACHABLE, "nan": Nan(), "junk": Junk(), "broken": Broken()}
"""None of these ever gives a score."""
