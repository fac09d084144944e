"""The files for containers, as far as they can be checked without an engine to run them."""

import json
import re
from pathlib import Path

from typer.main import get_command

from visual_erm import cli

DEPLOY = Path(__file__).parents[2] / "deploy"


def options_of_serve():
    group = get_command(cli.app)
    serve = group.get_command(group.make_context("verm", [], resilient_parsing=True), "serve")
    return {name for parameter in serve.params for name in parameter.opts}


def test_what_the_containers_start_is_a_command_of_ours():
    docker = (DEPLOY / "Dockerfile").read_text()
    entry, more = (
        json.loads(re.search(rf"^{name} (\[.*\])$", docker, re.M)[1])
        for name in ("ENTRYPOINT", "CMD")
    )
    assert entry[:2] == ["verm", "serve"]
    compose = (DEPLOY / "compose.yaml").read_text().split("  model:\n    image")[0]
    given = [*entry, *more, *re.findall(r"^      - (--[\w-]+)$", compose, re.M)]
    used = {word for word in given if word.startswith("--")}
    assert {"--host", "--judge", "--token-file"} <= used <= options_of_serve()


def test_the_image_is_made_of_what_is_needed_and_runs_without_rights():
    docker = (DEPLOY / "Dockerfile").read_text()
    kept = re.findall(r"^!(.*)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.M)
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", docker, re.M)
    assert {name for line in copied for name in line.split()} == set(kept)
    assert all((DEPLOY.parent / name).exists() for name in kept)
    assert re.search(r"^USER 10001$", docker, re.M)
    compose = (DEPLOY / "compose.yaml").read_text()
    for line in ("read_only: true", "cap_drop: [ALL]", "127.0.0.1:8000:8000"):
        assert line in compose
