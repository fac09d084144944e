import io
import json
import socket
import zlib

import numpy as np
import pytest
from PIL import Image
from served import pair, png, square, text

from visual_erm import images
from visual_erm.server import uploads, wire
from visual_erm.server.problems import Problem
from visual_erm.server.settings import Settings

GOOD = png(square(10))
SVG_WITH_FILE = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">
<image href="file:///etc/passwd" width="9" height="9"/></svg>"""


def bomb(width, height):
    """A PNG of some kilobytes that says it has this many pixels."""
    head = bytes((8, 0, 0, 0, 0))
    chunks = [b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + head]
    data = [b"IDAT", zlib.compress(bytes(1 << 22), 9)]
    out = b"\x89PNG\r\n\x1a\n"
    for name, content in (chunks, data, [b"IEND", b""]):
        checked = name + content
        out += len(content).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")
    return out


def saved(picture, kind):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind)
    return buffer.getvalue()


HOSTILE = {
    "bomb": (bomb(16_000, 16_000), "has too many pixels"),
    "20,000 pixels wide": (bomb(20_000, 16), "20000 x 16 pixels"),
    "one pixel": (png(np.zeros((1, 1, 3), np.uint8)), "1 x 1 pixels"),
    "svg": (SVG_WITH_FILE, "is an SVG, which is a source and not a picture"),
    "html": (b"<html><body>", "is markup"),
    "pdf": (b"%PDF-1.7 ...", "is a PDF"),
    "zip": (b"PK\x03\x04....", "is an archive"),
    "gif": (saved(square(9), "GIF"), "is a GIF; PNG and JPEG files are taken"),
    "webp": (saved(square(9), "WEBP"), "is a WebP"),
    "bmp": (saved(square(9), "BMP"), "is a BMP"),
    "nothing": (b"", "is empty"),
    "noise": (bytes(range(256)) * 8, "is no picture"),
    "header only": (GOOD[:20], "prediction is"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_in_one_sentence_and_not_decoded(name, server, reference):
    content, words = HOSTILE[name]
    answer = server.client.post("/v1/judge", json=pair(reference, content))
    problem = answer.json()
    assert answer.status_code == 422 and words in problem["detail"]
    assert "\n" not in problem["detail"] and "/etc" not in problem["detail"]
    files = {"reference": reference, "prediction": content}
    form = server.client.post("/v1/judge", data={"task": "svg"}, files=files)
    assert form.status_code == 422 and form.json()["detail"] == problem["detail"]


def test_a_picture_that_ends_too_early_is_the_clients_fault(server, reference):
    answer = server.client.post("/v1/judge", json=pair(reference, GOOD[:-60]))
    assert answer.status_code == 422 and "damaged" in answer.json()["detail"]


def test_a_head_without_end_is_cut_off(server):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as endless:
        endless.settimeout(30)
        endless.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000)
        assert b" 400 " in endless.recv(4096)


@pytest.mark.parametrize(
    "picture",
    ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/a.png", "data:,x", {"path": "/x"}, 7],
)
def test_paths_and_addresses_are_not_opened(server, picture):
    body = {"task": "svg", "reference": picture, "prediction": text(GOOD)}
    answer = server.client.post("/v1/judge", json=body)
    assert answer.status_code == 422 and answer.json()["detail"].startswith("reference")


def test_an_svg_source_with_references_is_refused_where_it_is_drawn(server, reference):
    body = {"task": "svg", "reference": text(reference), "source": SVG_WITH_FILE.decode()}
    row = server.client.post("/v1/score", json=body).json()
    assert row["status"] in ("policy_fault", "scored") and row["reward"] < 0.1
    assert "passwd" not in json.dumps(row.get("failure", {}).get("detail", ""))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"task": "pie"}, "task: "),
        ({"source": "<svg/>", "completion": "x"}, "expected one of completion, source, prediction"),
        ({"source": None}, "source must not be null"),
        ({"deadline": 0}, "deadline: "),
        ({"path": "/etc"}, "path: "),
        ({}, "got none"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(body, words):
    whole = {"task": "svg", "reference": text(GOOD)} | body
    with pytest.raises(Problem) as caught:
        read(json.dumps(whole), wire.ScoreRequest)
    assert caught.value.status == 422 and words in caught.value.detail


def read(body, model, media="application/json"):
    return uploads.read(bytearray(body.encode()), media, model, Settings())


def test_a_batch_names_its_samples_and_no_two_alike():
    one = {"task": "svg", "reference": text(GOOD), "source": "<svg/>"}
    asked = read(json.dumps({"items": [one, one | {"id": "b"}]}), wire.BatchRequest)
    assert [item.id for item in asked.named()] == ["0", "b"]
    with pytest.raises(Problem, match='id "0" stands in items twice'):
        read(json.dumps({"items": [one, one | {"id": "0"}]}), wire.BatchRequest)


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        ("{}", "text/plain", 415),
        ("{", "application/json", 422),
        ("x", "multipart/form-data", 400),
        ("broken", "multipart/form-data; boundary=b", 400),
    ],
)
def test_bodies_that_are_not_what_they_say(body, media, status):
    with pytest.raises(Problem) as caught:
        read(body, wire.JudgeRequest, media)
    assert caught.value.status == status


def test_a_form_with_many_parts_or_one_twice_is_refused():
    def form(names):
        part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\nx\r\n'
        return "".join(part.format(name) for name in names) + "--b--\r\n"

    for names in (range(17), ("task", "task")):
        with pytest.raises(Problem) as caught:
            read(form(names), wire.JudgeRequest, "multipart/form-data; boundary=b")
        assert caught.value.code == "broken_form"


def test_a_header_is_read_without_its_pixels():
    assert images.check_header(bomb(4000, 4000)) == (4000, 4000)
