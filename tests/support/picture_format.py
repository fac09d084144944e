"""For schemathesis: pictures in bodies, deadlines that can be met, and lines of JSON."""

import json

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks as own
from served import png, square, text

PICTURES = [png(square(corner)) for corner in (8, 20, 30)]
schemathesis.openapi.format("picture", st.sampled_from([text(picture) for picture in PICTURES]))
schemathesis.openapi.format("binary", st.sampled_from(PICTURES))


@schemathesis.hook
def before_call(context, case, kwargs):
    """A right deadline becomes one that can be met: a 504 is honest, but it would hide others."""
    body = case.body
    if isinstance(body, dict):
        wish = body.get("deadline")
        if isinstance(wish, int | float) and not isinstance(wish, bool) and wish > 0:
            body["deadline"] = 50


@schemathesis.check
def wrong_json_is_refused(context, response, case):
    """Its negative_data_rejection, but for forms, where it takes bytes of a file for wrong."""
    form = case.media_type == "multipart/form-data"
    return None if form else own.negative_data_rejection(context, response, case)


@schemathesis.deserializer("application/x-ndjson")
def first_line(context, response):
    """The first row; all have one schema."""
    return json.loads(response.content.split(b"\n")[0])
