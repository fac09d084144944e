"""Make the pictures of the report viewer that docs/ shows.

    python tools/pictures.py [RUN]

RUN is a run folder that is made once and photographed again. Attempts of the packaged examples are
scored, and some drawings refined by the tracer (`pip install 'visual-erm[tracer]'`), so the
pictures show what the viewer shows of real runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from visual_erm import examples, images, renderers
from visual_erm.refinement.lines import with_lines
from visual_erm.renderers.devtools import find_browser
from visual_erm.report import view
from visual_erm.report.runs import Item, RunFolder, is_run, read
from visual_erm.rewards.visual import VisualReward

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = {"width": 1360, "height": 820}


def main() -> None:
    """Score, refine, write the page, photograph it."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run = Path(sys.argv[1]) if sys.argv[1:] else folder / "run"
        if not is_run(run):
            with RunFolder(run) as made_now:
                for item in [*scored(), *refined(folder)]:
                    made_now.add(item)
        made = view.write(folder / "page.html", read(run), title="Attempts at packaged examples")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=find_browser(), args=["--no-sandbox"]
            )
            for name, scheme, act in (
                ("report", "light", at_errors),
                ("report-difference", "dark", at_difference),
                ("report-rounds", "light", at_rounds),
            ):
                context = chromium.new_context(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(made.path.as_uri())
                page.wait_for_selector(".row img[src]")
                act(page)
                page.wait_for_timeout(2500)  # what was said has faded
                kept(page.screenshot(), PICTURES / f"{name}.png")
                context.close()
            chromium.close()


def scored() -> Iterator[Item]:
    """The attempts at the examples of the short demo."""
    with closing(VisualReward("embedded", workers=1)) as reward:
        for example in examples.load_all():
            if not example.short_demo:
                continue
            reference = renderers.render(example.reference, task=example.task).image
            for attempt in example.attempts:
                sample = {"task": example.task, "reference": reference, "source": attempt.source}
                got = reward.score(sample)
                item = Item.of(
                    got,
                    id=f"{example.id}/{attempt.name}",
                    task=example.task,
                    reference=reference,
                    source=attempt.source,
                    group=example.title,
                    note=f"{attempt.kind}: {attempt.note}",
                )
                yield with_lines(item)


def refined(folder: Path) -> list[Item]:
    """Drawings that the tracer drew in rounds."""
    rows = folder / "rows.jsonl"
    lines = []
    for example in examples.load_all("svg")[:3]:
        picture = folder / f"{example.name}.png"
        drawn = renderers.render(example.reference, task="svg").image
        picture.write_bytes(images.encode_png(drawn))
        lines.append({"id": example.name, "task": "svg", "reference": picture.name})
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    verm = Path(sys.executable).with_name("verm")
    out = str(folder / "refined")
    command = [str(verm), "refine", "--rows", str(rows), "--policy", "tracer", "--out", out]
    subprocess.run(command, check=True)
    return read(folder / "refined")


def at_errors(page: Page) -> None:
    """An error chosen, with its boxes and its line."""
    page.evaluate("choose(items.find((i) => i.verdicts[0]?.errors.length > 2 && i.blame[1]))")
    page.keyboard.press("1")


def at_difference(page: Page) -> None:
    """The heat map."""
    page.evaluate("choose(items.find((i) => i.task === 'table' && i.verdicts[0]?.errors.length))")
    page.keyboard.press("d")


def at_rounds(page: Page) -> None:
    """The last round of a refinement."""
    page.evaluate("choose(items.findLast((i) => i.round != null))")


def kept(png: bytes, path: Path) -> None:
    """Write a photograph with few colours, which takes a third of the bytes."""
    from io import BytesIO

    from PIL import Image

    Image.open(BytesIO(png)).convert("RGB").quantize(192).save(path, optimize=True)
    print(path, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    main()
