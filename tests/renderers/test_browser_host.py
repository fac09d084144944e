"""The host gives the browser its two pipes, whatever numbers they have in a busy process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from visual_erm.renderers import devtools

HOST = Path(devtools.__file__).with_name("browser_host.py")
ECHO = "import os; os.write(4, os.read(3, 9))"
PAIRS = [(3, 4), (4, 3), (16, 17), (17, 16), (59, 60), (60, 61), (61, 60), (200, 100)]


@pytest.mark.parametrize(("reads", "writes"), PAIRS)
def test_pipes_of_any_number_reach_the_browser(tmp_path, reads, writes):
    order = {
        "profile": str(tmp_path / "profile"),
        "reads": reads,
        "writes": writes,
        "command": [sys.executable, "-I", "-S", "-c", ECHO],
        "environment": {},
        "readable": ["/"],
        "writable": [],
    }
    (tmp_path / "profile").mkdir()
    # a child of its own moves the pipes to the numbers asked for, as a trainer's files would
    starter = (
        "import fcntl, json, os, subprocess, sys\n"
        "order = json.loads(sys.argv[2]); order['parent'] = os.getpid()\n"
        "into, out = os.pipe(), os.pipe()\n"
        "ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 300) for end in (*into, *out)]\n"
        "for end in (*into, *out): os.close(end)\n"
        "os.dup2(ends[0], order['reads']); os.dup2(ends[3], order['writes'])\n"
        "host = subprocess.Popen([sys.executable, '-I', '-S', sys.argv[1], json.dumps(order)],\n"
        "    stdin=subprocess.PIPE, pass_fds=(order['reads'], order['writes']))\n"
        "os.write(ends[1], b'pipes'); os.close(ends[3]); os.close(order['writes'])\n"
        "print(os.read(ends[2], 9).decode())\n"
        "host.wait(20)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", starter, str(HOST), json.dumps(order)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "pipes", done.stderr
