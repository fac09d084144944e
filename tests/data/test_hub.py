"""The hub's own client against a hub on loopback; the datasets library on what a build leaves."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from visual_erm.data import build, hub, shards
from visual_erm.data.recipe import Recipe
from visual_erm.errors import InputError


class Hub:
    """As much of a hub as a push asks for; big files come by LFS, small ones with the commit."""

    def __init__(self, refuses=None):
        self.refuses = refuses
        self.repositories, self.stored, self.committed, self.tokens = [], {}, {}, set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.tokens.add(self.headers.get("Authorization"))
                raw = json.dumps(outer.answer(self.path, body)).encode()
                self.send_response(outer.refuses or 200)
                self.send_header("Content-Length", str(len(raw)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path, body):
        if self.refuses:
            return {"error": "no"}
        if path.startswith("/put/"):
            self.stored[path.removeprefix("/put/")] = body
            return {}
        if path.endswith("/repos/create"):
            self.repositories.append(json.loads(body))
            return {"url": f"{self.url}/datasets/me/pairs", "id": "me/pairs"}
        if path.endswith("/validate-yaml"):
            return {"errors": [], "warnings": []}
        if "/preupload/" in path:
            names = [file["path"] for file in json.loads(body)["files"]]
            modes = {True: "lfs", False: "regular"}
            files = [
                {"path": n, "uploadMode": modes[n.endswith(".parquet")], "shouldIgnore": False}
                for n in names
            ]
            return {"files": files}
        if path.endswith("/objects/batch"):
            return {
                "transfer": "basic",
                "objects": [
                    one | {"actions": {"upload": {"href": f"{self.url}/put/{one['oid']}"}}}
                    for one in json.loads(body)["objects"]
                ],
            }
        if "/commit/" in path:
            for line in body.splitlines():
                entry = json.loads(line)
                value = entry["value"]
                if entry["key"] == "file":
                    self.committed[value["path"]] = base64.b64decode(value["content"])
                if entry["key"] == "lfsFile":
                    self.committed[value["path"]] = self.stored[value["oid"]]
                    assert hashlib.sha256(self.stored[value["oid"]]).hexdigest() == value["oid"]
            address = f"{self.url}/datasets/me/pairs/commit/1"
            return {"commitUrl": address, "commitOid": "1", "success": True}
        return {}

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@pytest.fixture(scope="module")
def pairs(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "pairs"
    recipe = Recipe(name="t", pairs={"svg": 6}, per_seed=3)
    build(recipe, folder, corpus={"own": corpus}, workers=1)
    return folder


def environment(folder, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    # the LFS way, as the other transfers through a service of its own
    return kept | {"HF_HOME": str(folder), "HF_HUB_DISABLE_XET": "1", **more}


def push(folder, *arguments, **variables):
    command = [Path(sys.executable).with_name("verm"), "data", "push", *map(str, arguments)]
    variables = environment(folder, **variables)
    return subprocess.run(
        command, env=variables, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_push_brings_every_file(pairs, tmp_path):
    with Hub().running() as server:
        done = push(tmp_path, pairs, "pairs", "--private", HF_ENDPOINT=server.url, HF_TOKEN="hf_me")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{server.url}/datasets/me/pairs"
    (made,) = server.repositories
    assert (made["name"], made["type"]) == ("pairs", "dataset")
    assert made.get("private") or made.get("visibility") == "private"
    assert server.committed == {path.name: path.read_bytes() for path in pairs.iterdir()}
    assert "Bearer hf_me" in server.tokens
    assert "hf_me" not in done.stdout + done.stderr


def test_a_hub_that_refuses(pairs, tmp_path):
    with Hub(refuses=401).running() as server:
        done = push(tmp_path, pairs, "pairs", HF_ENDPOINT=server.url, HF_TOKEN="hf_me")
    assert (done.returncode, done.stderr) == (
        3,
        "verm: the hub refuses: the token is not accepted\n",
    )


def test_what_cannot_be_pushed(pairs, tmp_path):
    nobody = "http://127.0.0.1:9"
    done = push(tmp_path, pairs, "pairs", HF_ENDPOINT=nobody)
    assert (done.returncode, done.stderr) == (
        2,
        "verm: no token for the hub: set HF_TOKEN, or run hf auth login\n",
    )
    done = push(tmp_path, pairs, "pairs", HF_ENDPOINT=nobody, HF_TOKEN="hf_me")
    assert done.returncode == 3
    assert f"the hub at {nobody} does not answer" in done.stderr
    done = push(tmp_path, pairs, "a/b/c", HF_ENDPOINT=nobody, HF_TOKEN="hf_me")
    assert done.returncode == 2
    assert "is no name of a repository" in done.stderr
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "pairs-00000.parquet").write_bytes(
        (pairs / "pairs-00000.parquet").read_bytes()
    )
    with pytest.raises(InputError, match="is not finished"):
        hub.push(tmp_path / "half", "pairs")


READ = """
import json, sys
from datasets import Image, load_dataset
folder = sys.argv[1]
one = load_dataset(folder, split="train")
two = load_dataset("parquet", data_files=f"{folder}/pairs-*.parquet", split="train")
assert one.features == two.features, (one.features, two.features)
assert isinstance(one.features["reference"], Image)
rows = [
    {"id": row["id"], "size": row["reference"].size, "mode": row["prediction"].mode}
    for row in one.remove_columns("errors")
]
assert one["errors"][:] == two["errors"][:]
assert [row["id"] for row in rows] == two["id"][:]
print(json.dumps(rows))
"""


def test_the_datasets_library_reads_a_folder(pairs, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", READ, pairs],
        env=environment(tmp_path, HF_HUB_OFFLINE="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    for found, row in zip(rows, shards.read(pairs), strict=True):
        assert found["id"] == row["id"]
        assert min(found["size"]) > 1
        assert found["mode"] == "RGB"
