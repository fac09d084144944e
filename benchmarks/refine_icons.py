"""Does the loop better drawings by a measure that the judge does not know? 60 icons, no model.

    python -m benchmarks.refine_icons [--folder DIR] [--icons N] [--rounds R] [--side PIXELS]

Icons of four packages (fetched by npm, see `data.packages`; none of the sets kept for testing) are
drawn at 256 pixels. `verm refine`'s tracer gets the picture, drafts, and revises by the embedded
judge's list. The measure is the mean squared error between the icon's own source and the traced
one, both drawn at 1024 pixels, a picture that neither the tracer nor the judge has seen. Printed:
the share of icons whose best attempt is nearer than the draft, and further, with intervals (95%,
Wilson); the same for the judge's reward, which may never be lower.

The folder is a run folder: the run is resumed, and every attempt can be looked at. Exit code 1
where the reward of an icon ended lower than it began.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from visual_erm import images, jsonl
from visual_erm.bench.hacks.suite import wilson
from visual_erm.data.packages import Package, fetch
from visual_erm.data.seeds import INK
from visual_erm.judges.parallel import shared
from visual_erm.metrics import mse
from visual_erm.processors import processors
from visual_erm.refinement import batch
from visual_erm.refinement.loop import Plan
from visual_erm.refinement.tracer import TracerPolicy
from visual_erm.renderers import renderer
from visual_erm.rewards.visual import VisualReward

SIDE = 1024
"""Pixels at which traced and true drawings are compared."""


def _package(name: str, version: str, licence: str) -> Package:
    return Package(
        registry="npm",
        name=name,
        version=version,
        licence=licence,
        task="svg",
        adapter="svg_files",
        split="train",
    )


SETS = (
    (_package("@phosphor-icons/core", "2.1.1", "MIT"), "assets/duotone"),
    (
        _package("@fortawesome/fontawesome-free", "7.3.1", "(CC-BY-4.0 AND OFL-1.1 AND MIT)"),
        "svgs/solid",
    ),
    (_package("heroicons", "2.2.0", "MIT"), "24/outline"),
    (_package("ionicons", "8.1.0", "MIT"), "dist/svg"),
)
"""Packages and the folder of each: two-tone, filled, outlined and mixed drawings."""


def icons(count: int, seed: int) -> dict[str, str]:
    """Names and sources, as many of each package, in a colour each."""
    rng = random.Random(seed)
    found = {}
    for package, folder in SETS:
        files = sorted((fetch(package) / folder).glob("*.svg"))
        for path in rng.sample(files, count // len(SETS)):
            colour = rng.choice(INK)
            head = f'<svg color="{colour}"'
            text = path.read_text(encoding="utf-8").replace("currentColor", colour)
            if " fill=" not in text.partition(">")[0]:
                head += f' fill="{colour}"'
            name = package.name.strip("@").partition("/")[0]
            found[f"{name}/{path.stem}"] = text.replace("<svg", head, 1)
    return found


def refine(sources: dict[str, str], folder: Path, plan: Plan, side: int) -> dict[str, Any]:
    """Refine all icons into the folder, as far as that is not done; a row for each."""
    folder.mkdir(parents=True, exist_ok=True)
    small = renderer("svg", max_side=side)
    rows = []
    for number, (name, source) in enumerate(sources.items()):
        path = folder / f"reference-{number}.png"
        path.write_bytes(images.encode_png(small.render(source).image))
        rows.append({"id": name, "task": "svg", "reference": path.name})
    listed = folder / "rows.jsonl"
    listed.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    workers = processors()
    reward = VisualReward(shared("embedded", workers), workers=workers)
    policy = TracerPolicy()
    batch.run(listed, folder, policy, reward, plan, workers=workers, progress=_progress)
    policy.close()
    return {str(row["id"]): row for _, row in jsonl.read(folder / batch.RECORDS)}


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)


def distances(sources: dict[str, str], rows: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Squared error of the draft and of the best attempt, by icon."""
    large = renderer("svg", max_side=SIDE)
    found = {}
    for name, source in sources.items():
        truth = large.render(source).image
        row = rows[name]
        draft, best = row["attempts"][0]["source"], row["source"]
        before = mse(truth, large.render(draft).image)
        after = before if best == draft else mse(truth, large.render(best).image)
        found[name] = (before, after)
    return found


def share(what: str, hits: Sequence[bool]) -> None:
    """Print a share with its interval."""
    if hits:
        found = wilson([float(hit) for hit in hits])
        interval = f"[{100 * found.low:.0f}, {100 * found.high:.0f}]"
        print(f"{what}: {sum(hits)} of {len(hits)}, {100 * found.rate:.0f}% {interval}")


def report(rows: dict[str, Any], apart: dict[str, tuple[float, float]]) -> int:
    """Print the outcome; how many icons ended with a lower reward than they began with."""
    begun = [name for name in apart if rows[name]["attempts"][0]["errors"]]
    print(f"{len(apart)} icons, {len(begun)} with a draft that the judge finds errors in")
    for what, names in (("all icons", list(apart)), ("drafts with errors", begun)):
        pairs = [apart[name] for name in names]
        share(f"{what}, nearer by squared error", [after < before for before, after in pairs])
        share(f"{what}, further by squared error", [after > before for before, after in pairs])
        gains = [rows[name]["gain"] or 0.0 for name in names]
        share(f"{what}, higher reward", [gain > 0 for gain in gains])
        if pairs:
            ratio = statistics.median(after / before for before, after in pairs)
            print(f"{what}, squared error of the best beside the draft, median: {ratio:.2f}")
    first, last = (
        statistics.fmean(row[key] for row in rows.values()) for key in ("first", "reward")
    )
    print(f"mean reward: {first:.3f} of drafts, {last:.3f} of the best attempts")
    attempts = statistics.fmean(len(row["attempts"]) for row in rows.values())
    stops = sorted(row["stop"] for row in rows.values())
    ends = ", ".join(f"{stops.count(stop)} {stop}" for stop in dict.fromkeys(stops))
    print(f"{attempts:.1f} attempts at an icon; ended by: {ends}")
    lower: int = sum(row["reward"] < row["first"] for row in rows.values())
    print(f"lower reward than the draft: {lower}")
    return lower


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="a run folder; resumed, kept")
    parser.add_argument("--icons", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--patience", type=int, default=3)
    parser.add_argument("--side", type=int, default=256, help="pixels of the references")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sources = icons(options.icons, options.seed)
    plan = Plan(rounds=options.rounds, patience=options.patience)
    with tempfile.TemporaryDirectory(prefix="verm-icons-") as temporary:
        folder = options.folder or Path(temporary)
        rows = refine(sources, folder, plan, options.side)
        lower = report(rows, distances(sources, rows))
    return int(lower > 0)


if __name__ == "__main__":
    sys.exit(main())
