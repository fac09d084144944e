"""An OpenAI-compatible server on loopback whose answers a test scripts; the transport is real."""

import json
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "tests/judge"
NOTHING = {"errors": []}
ONE = {"errors": [{"category": "text_error", "severity": 2, "location": "title"}]}


def completion(reply, *, finish="stop", **message):
    """A chat completion whose text is `reply`, JSON unless it is text already."""
    text = reply if isinstance(reply, str | None) else json.dumps(reply)
    return {
        "choices": [{"message": {"content": text, **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 20},
    }


class JudgeServer:
    """`answers` are taken in turn, the last one for ever: `(status, body, headers)`, "hang" or
    "drop", or a function that makes one of a request's body."""

    def __init__(self, *answers, models=(MODEL,)):
        self.answers = deque(answers or [(200, completion(NOTHING), {})])
        self.models = models
        self.roots = {}
        self.requests = []
        self.most_at_once = self._flying = 0
        self._lock = threading.Lock()
        self._let_go = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                entries = [
                    {"id": name, "root": outer.roots.get(name)} for name in outer.models or ()
                ]
                listed = {"data": entries}
                self.reply(*((404, b"", {}) if outer.models is None else (200, listed, {})))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.answer(self, json.loads(body))

            def reply(self, status, body, headers):
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": len(raw)} | headers).items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def answer(self, handler, body):
        with self._lock:
            self.requests.append((dict(handler.headers), body))
            chosen = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
            self._flying += 1
            self.most_at_once = max(self.most_at_once, self._flying)
        try:
            if callable(chosen):
                chosen = chosen(body)
            if chosen == "hang":
                self._let_go.wait(30)
                handler.close_connection = True
            elif chosen == "drop":
                handler.close_connection = True
            else:
                handler.reply(*chosen)
        finally:
            with self._lock:
                self._flying -= 1

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._let_go.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
