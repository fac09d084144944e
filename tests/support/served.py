"""Small pictures and bodies of requests for the tests of the server."""

import base64

import numpy as np

from visual_erm import images

SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'>"
    "<rect x='26' y='26' width='24' height='24' fill='teal'/></svg>"
)


def square(corner, side=64):
    """A teal square on white."""
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[corner : corner + 24, corner : corner + 24] = (0, 128, 128)
    return picture


def png(picture):
    return images.encode_png(picture)


def text(content):
    """As it stands in JSON."""
    return base64.b64encode(content).decode()


def pair(reference, prediction, **more):
    """Body of /v1/judge."""
    return {"task": "svg", "reference": text(reference), "prediction": text(prediction), **more}


def plain(row):
    """A row without what differs from run to run."""
    timed = ("seconds", "usage", "rendering")
    parts = {k: v for k, v in (row.get("parts") or {}).items() if not k.startswith("seconds")}
    return {**{k: v for k, v in row.items() if k not in timed}, "parts": parts}
