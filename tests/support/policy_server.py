"""An OpenAI-compatible policy, in a process of its own, that does what it is told.

    with PolicyServer() as server:
        refine(picture, task="svg", policy=f"endpoint:{server.url}#{MODEL}")

It answers by rule: a draft of a drawing is broken XML, its repair is drawn in the wrong colour,
and a revision mends that when the judge's list says so. `dies_after` requests it ends like a
machine that is switched off; as "empty" it answers with nothing.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "tests/policy"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">\n'
    '<rect x="10" y="10" width="50" height="40" fill="{0}"/>\n'
    '<circle cx="70" cy="70" r="15" fill="orange"/>\n</svg>'
)
RIGHT = DRAWING.format("teal")


class PolicyServer:
    """The process; `port` 0 takes a free one."""

    def __init__(self, mode="rule", *, dies_after=10**9):
        self._arguments = [mode, str(dies_after)]

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__, *self._arguments], stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/v1"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def reply(body):
    """What the policy says; text and pictures of the question decide."""
    text, *pictures = body["messages"][0]["content"]
    assert all("image_url" in part for part in pictures)
    question = text["text"]
    if "Mend it" in question:
        assert "not well-formed" in question
        return f"I see.\n```svg\n{DRAWING.format('crimson')}\n```"
    if "judge compared" in question:
        assert len(pictures) == 2
        assert 'line 2: <rect x="10"' in question, question
        return f"```svg\n{RIGHT if 'colour' in question else DRAWING.format('navy')}\n```"
    return f"```svg\n{DRAWING.format('crimson').replace('/>', '>')}\n```"


def main(mode, dies_after):
    left = int(dies_after)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send({"data": [{"id": MODEL}]})

        def do_POST(self):
            nonlocal left
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            left -= 1
            if left < 0:
                os._exit(1)
            text = "" if mode == "empty" else reply(body)
            choice = {"message": {"content": text}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 1000, "completion_tokens": 100}
            self.send({"choices": [choice], "usage": usage})

        def send(self, content):
            raw = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
