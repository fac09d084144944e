"""Judge SFT in miniature: does a judge with the real architecture learn more from more pairs?

    python -m runs.micro_judge --out runs/out/micro_judge   # an hour, on one core
    python -m runs.micro_judge --out runs/out/micro --sizes 60 240 --steps 60 --held 40

Pairs come from the data engine (drawings of a few shapes, 64 x 64), the model is a Qwen3-VL of
1.8 million random weights, training is `verm train judge`'s own, and the figures are the bench's,
of the saved folder, on pairs of other drawings. Every size gets the same number of steps, so what
grows is data alone. `answers` counts the different lists of errors that were said: a judge with one
answer for everything reads well and sees nothing. Written are results.json, table.md and curve.png;
docs/training-judges.md says what came of it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

from runs.micro_judge import model
from runs.micro_judge.drawings import drawings
from visual_erm.data import build, shards
from visual_erm.data.export import reply
from visual_erm.data.recipe import Recipe
from visual_erm.judges.local import LocalJudge
from visual_erm.train.held import Held, figures
from visual_erm.train.judge import train_judge
from visual_erm.train.pairs import refuse_leak
from visual_erm.train.settings import Settings

HERE = Path(__file__).parent
FIGURES = (
    *("f1", "precision", "recall", "alarms_harmless", "unread", "severity_r", "pairwise"),
    "answers",
)
PER_SEED = 4


def builds(out: Path, count: int, held: int) -> tuple[Path, Path]:
    """Pairs to learn from and pairs of other drawings; both go on where they were."""
    known = list(drawings(count // 2, 1))
    others = list(drawings(held // 2, 9, {one.source for one in known}))
    for name, number, seed, found in (("pairs", count, 1, known), ("held", held, 9, others)):
        recipe = Recipe(name=f"micro-{name}", seed=seed, pairs={"svg": number}, per_seed=PER_SEED)
        build(recipe, out / name, corpus={name: found})
    return out / "pairs", out / "held"


def first(folder: Path, count: int, out: Path) -> Path:
    """The first pairs of a build as one of their own; what is smaller is part of what is larger."""
    if not out.is_dir():
        rows = [row for _, row in zip(range(count), shards.read(folder), strict=False)]
        out.mkdir()
        shards.write(out, 0, rows, shards.Span("svg", 0, count, len(rows), {}, {}))
    return out


def trained(
    asked: argparse.Namespace, size: int, seed: int, folder: Path, held: Path
) -> dict[str, Any]:
    """Figures of one judge: made, trained, saved, loaded, measured."""
    note = asked.out / f"size-{size}-seed-{seed}.json"
    if note.is_file():
        return json.loads(note.read_text(encoding="utf-8"))
    run, start = asked.out / f"run-{size}-{seed}", asked.out / f"start-{size}-{seed}"
    for left in (run, start):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    data = first(folder, size, asked.out / f"pairs-{size}")
    parameters = model.write(start, [reply(row) for row in shards.read(data)], seed)
    settings = Settings(
        model=str(start),
        profile=str(HERE / "profile.json"),
        learning_rate=1e-3,
        batch=asked.batch,
        per_device=asked.batch,
        steps=asked.steps,
        warmup=0.05,
        dtype="float32",
        recompute=False,
        every=asked.steps,
        seed=seed,
    )
    made = train_judge([data], run, settings, device="cpu", tell=_tell)
    row = {"pairs": size, "seed": seed, "parameters": parameters, "loss": made.loss}
    row |= _measured(made.model, held, asked.out / f"held-{size}-{seed}", settings.profile)
    note.write_text(json.dumps(row), encoding="utf-8")
    return row


def _measured(folder: Path, held: Path, out: Path, profile: str) -> dict[str, Any]:
    """The bench's figures of a saved judge, each with its interval over the held-back drawings."""
    asked = Held((held,), out, profile, 16)
    judge = LocalJudge(asked.spec(folder, "cpu"))
    try:
        card = asked.judge(judge, "final")
    finally:
        judge.close()
    found = card.tasks["svg"].figures
    spans = {name: [found[name].low, found[name].high] for name in FIGURES if name in found}
    return {**figures(card), "intervals": spans, "answers": _answers(out / "final.jsonl")}


def _answers(verdicts: Path) -> int:
    """Different lists of errors among the verdicts."""
    rows = map(json.loads, verdicts.read_text(encoding="utf-8").splitlines())
    return len({json.dumps(row["errors"]) for row in rows if row["status"] == "scored"})


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def table(rows: list[dict[str, Any]]) -> str:
    """Means over seeds by size, as Markdown: of one seed with intervals, else with the range."""
    lines = [f"| pairs | loss | {' | '.join(FIGURES)} |", "|---" * (len(FIGURES) + 2) + "|"]
    for size in sorted({row["pairs"] for row in rows}):
        of_size = [row for row in rows if row["pairs"] == size]
        cells = [_cell(of_size, name) for name in ("loss", *FIGURES)]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: list[dict[str, Any]], name: str) -> str:
    found = [row[name] for row in rows if row.get(name) is not None]
    if not found:
        return "-"
    if name == "answers":
        return ", ".join(str(value) for value in found)
    mean = f"{sum(found) / len(found):.2f}"
    if len(found) > 1:
        return f"{mean} ({min(found):.2f} to {max(found):.2f})"
    span = _span(rows[0], name)
    return f"{mean} [{span[0]:.2f}, {span[1]:.2f}]" if span else mean


def _span(row: dict[str, Any], name: str) -> tuple[float, float] | None:
    """The interval of a figure; None where there is none."""
    low, high = row["intervals"].get(name, (None, None))
    return None if low is None or high is None else (low, high)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Figures over pairs: a dot with its interval for each seed, a line through the means."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.8), layout="constrained")
    axes = figure.subplots()
    shown = (
        ("f1", "F1 of errors", "#1d4ed8", 0.97),
        ("severity_r", "correlation of severities", "#047857", 1.0),
        ("pairwise", "pairs in the right order", "#7c3aed", 1.03),
        ("alarms_harmless", "errors said of a harmless pair", "#b91c1c", 1.06),
    )
    sizes = sorted({row["pairs"] for row in rows})
    for name, label, colour, aside in shown:
        means = []
        for size in sizes:
            found = [row for row in rows if row["pairs"] == size and row.get(name) is not None]
            for row in found:
                # moved a little aside, so that intervals do not cover each other
                axes.plot([aside * size], [row[name]], "o", color=colour, markersize=4)
                if span := _span(row, name):
                    axes.plot([aside * size] * 2, span, color=colour, linewidth=1, alpha=0.6)
            if found:
                means.append((aside * size, sum(row[name] for row in found) / len(found)))
        axes.plot(*zip(*means, strict=True) if means else ([], []), color=colour, label=label)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("pairs learned from (the same number of steps)")
    axes.set_ylabel("on held-back pairs")
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def main() -> None:
    """One command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/out/micro_judge"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1600])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--held", type=int, default=200, help="held-back pairs")
    asked = parser.parse_args()
    model.mend_torchvision()
    torch.set_num_threads(1)  # the matrices are small; a second thread mostly waits
    asked.out.mkdir(parents=True, exist_ok=True)
    folder, held = builds(asked.out, max(asked.sizes), asked.held)
    refuse_leak([folder], [held])
    rows = [
        trained(asked, size, seed, folder, held) for size in asked.sizes for seed in asked.seeds
    ]
    (asked.out / "results.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (asked.out / "table.md").write_text(table(rows) + "\n", encoding="utf-8")
    draw(rows, asked.out / "curve.png")
    print(table(rows))


if __name__ == "__main__":
    main()
