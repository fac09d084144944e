"""A report of many rollouts: its size, how many pictures stand in it, how fast it opens.

    python -m benchmarks.report_size                    # 1,000 rollouts, 8 of each reference
    python -m benchmarks.report_size --pairs BUILD --page page.html

Rollouts are pairs of the data engine: real sources of three tasks, drawn, with known errors; none
is drawn or judged here, as neither size nor speed depends on who judged. The page is opened from
disk in Chromium; "list" is when the list and the first case stand, "whole" when the last picture is
read. Ends with exit code 1 above 60 MB or 2 seconds to the whole page (median of the runs).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from playwright.sync_api import sync_playwright

from visual_erm.data import build, load_recipe, shards
from visual_erm.renderers.devtools import find_browser
from visual_erm.report import view
from visual_erm.report.results import of_pair
from visual_erm.report.runs import Item, RunFolder, read
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import TASKS, JudgeIdentity

MB = 1e6
MOST_BYTES = 60 * MB
MOST_SECONDS = 2.0
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run")
OPENED = """() => [performance.getEntriesByName("verm-open")[0].startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd]"""
"""Milliseconds since the page was asked for."""


def main() -> int:
    """Build, write, open, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--pairs", type=Path, help="a build to take them from; made, if none")
    parser.add_argument("--page", type=Path, help="keep the page here")
    parser.add_argument("--runs", type=int, default=5, help="times that it is opened")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pairs = asked.pairs or built(folder / "pairs", asked.items)
        with RunFolder(folder / "run") as run:
            for item in islice(rollouts(pairs), asked.items):
                run.add(item)
        page = (asked.page or folder / "page.html").absolute()
        items = read(folder / "run")
        began = time.process_time()
        made = view.write(page, items, title=f"{len(items):,} rollouts")
        took = time.process_time() - began
        listed, whole, thread = opened(page, asked.runs)
    shown = sum(1 if item.candidate is None else 2 for item in items)
    print(f"{made.items} rollouts with {shown} pictures, {made.pictures} of them different")
    each = made.bytes / made.items / 1000
    print(f"page of {made.bytes / MB:.1f} MB, {each:.0f} kB a rollout, made in {took:.0f} CPU s")
    print(f"opens in Chromium: list {listed:.2f} s, whole {whole:.2f} s (median of {asked.runs})")
    print(f"of which the tab's thread computes {thread:.2f} s")
    return int(made.bytes > MOST_BYTES or whole > MOST_SECONDS)


def built(folder: Path, count: int) -> Path:
    """A build of so many pairs: 8 of a reference, a third of each task."""
    pairs = dict.fromkeys(TASKS, -(-count // len(TASKS)))
    recipe = {"name": "rollouts", "seed": 11, "split": "train", "per_seed": 8, "pairs": pairs}
    path = folder.with_suffix(".json")
    path.write_text(json.dumps(recipe))
    build(load_recipe(str(path)), folder)
    return folder


def rollouts(pairs: Path) -> Iterator[Item]:
    """The pairs as attempts at their references, with the known errors as the verdict."""
    shaping = Graded()
    for row in shards.read(pairs):
        item = of_pair(row, JudgeIdentity(name="truth"))
        assert item.verdict is not None
        yield item.model_copy(update={"reward": shaping([Outcome.of(item.verdict)])[0]})


def opened(page: Path, runs: int) -> tuple[float, float, float]:
    """Seconds until the list stands, until the file is read, and of the tab's thread for it."""
    browser = find_browser()
    if browser is None:
        raise SystemExit("no Chromium here")
    times = []
    with sync_playwright() as playwright:
        for _ in range(runs):
            chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
            tab = chromium.new_page()
            watch = tab.context.new_cdp_session(tab)
            watch.send("Performance.enable", {"timeDomain": "threadTicks"})
            tab.goto(page.as_uri(), wait_until="domcontentloaded")
            tab.wait_for_selector(".row img[src]")
            known = {m["name"]: m["value"] for m in watch.send("Performance.getMetrics")["metrics"]}
            listed, whole = tab.evaluate(OPENED)
            times.append((listed / 1000, whole / 1000, known["TaskDuration"]))
            chromium.close()
    listed, whole, thread = (statistics.median(column) for column in zip(*times, strict=True))
    return listed, whole, thread


if __name__ == "__main__":
    sys.exit(main())
