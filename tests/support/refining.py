"""Small drawings, and policies and judges that follow a script."""

import numpy as np

from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.rewards.visual import VisualReward

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90">'
    '<rect x="9" y="9" width="{}" height="50" fill="teal"/></svg>'
)
BROKEN = "<svg><g></svg>"


def drawing(width):
    return SVG.format(width)


def square():
    """The picture of `drawing(50)`, nearly."""
    picture = np.full((90, 90, 3), 255, np.uint8)
    picture[9:59, 9:59] = (0, 128, 128)
    return picture


class Script:
    """Writes one text after the other; what is an exception is raised. Keeps the turns."""

    name = "script"

    def __init__(self, *texts):
        self.texts = list(texts)
        self.turns = []

    def write(self, turn):
        from visual_erm.refinement.policies import Draft

        self.turns.append(turn)
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return Draft(text, usage={"requests": 1.0, "prompt_tokens": 10.0})


def judged(*severities, distance=None):
    """A reward whose judge finds one error of each sum of severities, in turn; None is a fault."""
    lines = []
    for total in severities:
        if total is None:
            failure = {"kind": "judge", "stage": "judge", "code": "unreadable", "message": "prose"}
            lines.append({"failure": failure})
            continue
        errors = [
            {"category": "shape_error", "severity": s, "description": f"error {n}"}
            for n, s in enumerate([3] * (total // 3) + [total % 3] * bool(total % 3))
        ]
        lines.append({"errors": errors, "distance": distance})
    return VisualReward(ScriptedJudge(lines), workers=1, tolerant=True)
