"""Pages copied ahead: seen when they were written to, and then no longer a cost."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

from visual_erm.renderers.pages import Pages, private_mappings

SCRIPT = """
import json, mmap, os, resource
from visual_erm.renderers.pages import Pages

PAGE = mmap.PAGESIZE
block = mmap.mmap(-1, 512 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
block.write(b"a" * len(block))

def touch(count):
    for number in range(count):
        block[number * PAGE] = 66

pages = Pages()
for _ in pages.learn([lambda: touch(512), lambda: touch(256), lambda: touch(256), lambda: 1 / 0]):
    pass
reader, writer = os.pipe()

def faults(own):
    if os.fork() == 0:
        if own:
            pages.own(lambda: False)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        touch(512)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        same = block[:] == (b"B" + b"a" * (PAGE - 1)) * 512
        os.write(writer, json.dumps([after - before, same]).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reader, 99))

learned = sum(length for _, length in pages.spans) // PAGE
print(json.dumps({"learned": learned, "own": faults(True), "not": faults(False)}))
"""


def test_pages_that_most_scouts_wrote_to_are_copied_and_unchanged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, check=True, text=True
    )
    found = json.loads(done.stdout)
    plain, same = found["not"]
    assert same
    assert plain >= 512
    owned, same = found["own"]
    assert same, "copying changes nothing"
    if found["learned"]:  # a kernel without the page map learns nothing
        assert 256 <= found["learned"] < 800
        assert owned <= plain - 250


def test_copying_stops_when_the_worker_is_asked() -> None:
    pages = Pages()
    start, end = max(private_mappings(), key=lambda span: span[1] - span[0])
    pages.spans = [(start, end - start)]
    asked = iter([False, True])
    pages.own(until=lambda: next(asked))
    assert next(asked, None) is None
