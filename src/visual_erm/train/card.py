"""The card of a trained judge: its folder's README.md, of what was counted and measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from visual_erm.data import card as counting
from visual_erm.data import shards
from visual_erm.data.card import Statistics
from visual_erm.train.held import FIGURES
from visual_erm.train.settings import Settings

_PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "visual-erm")
_NOT_FOR = (
    "Judging people, or anything that is decided about them.",
    "Pictures other than charts, tables and drawings, and differences that are not of its tasks' "
    "categories.",
    "Comparing two models by a reward of this judge alone: a policy that was trained with it has "
    "learned what it overlooks. Hold results against another judge or an exact measure.",
    "A proof that two pictures are equal. An empty list of errors means that it saw none.",
)


@dataclass(frozen=True)
class Data:
    """What is known of a build."""

    name: str
    """Of its recipe, or of its folder; with a digest of `build.json`."""
    revision: str
    """Of the data engine and of what drew the pictures; empty if the build does not say it."""
    seed: int | None
    split: str
    references: int
    statistics: Statistics


@dataclass(frozen=True)
class Facts:
    """What a card is written from."""

    settings: Settings
    data: Sequence[Data]
    held: Sequence[Data]
    steps: int
    losses: Sequence[float]
    """Of the steps that were logged."""
    bounds: tuple[int, int]
    """Least and most pixels of a picture."""
    device: str
    evaluations: Sequence[Mapping[str, Any]]
    profile: str
    """Digest of the profile."""


def data_of(folder: Path) -> Data:
    """Count a build.

    Raises:
        InputError: it holds no pairs, or a shard is damaged.
    """
    statistics = counting.count(folder)
    references = len({row["seed"] for row in shards.read(folder, ["seed"])})
    note = folder / "build.json"
    build = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    recipe = build.get("recipe", {})
    digest = hashlib.sha256(
        json.dumps([build, statistics.model_dump(exclude={"bytes"})], sort_keys=True).encode()
    ).hexdigest()[:12]
    return Data(
        name=f"{recipe.get('name', folder.name)} {digest}",
        revision=build.get("fingerprint", ""),
        seed=recipe.get("seed"),
        split=recipe.get("split", ""),
        references=references,
        statistics=statistics,
    )


def write_card(folder: Path, facts: Facts) -> Path:
    """Write README.md into a folder of a model."""
    path = folder / "README.md"
    path.write_text(text(facts), encoding="utf-8")
    return path


def text(facts: Facts) -> str:
    """The card as Markdown, with the front matter that the hub reads."""
    settings = facts.settings
    how = (
        f"adapters of rank {settings.lora} on the language model, merged"
        if settings.lora
        else "all parameters" + (" but the vision tower's" if settings.freeze_vision else "")
    )
    lines = [
        "---",
        f"base_model: {json.dumps(settings.model)}",
        "library_name: transformers",
        "pipeline_tag: image-text-to-text",
        "tags: [visual-erm, reward-model]",
        "---",
        "",
        "# A judge of charts, tables and drawings",
        "",
        f"Made from {settings.model} by `verm train judge` ({how}). It is shown a reference and a "
        "prediction, and answers with the list of what differs. Every figure here is counted or "
        "measured by the run that wrote this folder.",
        "",
        "## Asking it",
        "",
        "    verm judge REFERENCE CANDIDATE --task chart "
        f"--judge 'local:FOLDER?profile={settings.profile}'",
        "    vllm serve FOLDER        # then --judge 'endpoint:http://127.0.0.1:8000/v1#FOLDER?"
        f"profile={settings.profile}'",
        "",
        f"Trained on what the profile `{settings.profile}` ({facts.profile}) asks; asked otherwise "
        f"it was not measured. Pictures have {facts.bounds[0]:,} to {facts.bounds[1]:,} pixels, "
        "which the processor in this folder sees to.",
        "",
        "## Held-back pairs",
        "",
    ]
    if facts.evaluations:
        lines += [
            "No reference of these was trained on. `final` is this folder, loaded as `local:` "
            "loads it; a number is a step of training. `unread` is the share of pairs without "
            "a verdict (equal pictures have one without being asked about); the other figures rest "
            "on the rest. Means over tasks:",
            "",
            *counting.table(("", *FIGURES), _cells(facts.evaluations, "")),
        ]
        last = facts.evaluations[-1]
        tasks = sorted({name.partition("/")[0] for name in last if "/" in name})
        rows = [(task, *_numbers(last, f"{task}/")) for task in tasks]
        lines += ["", f"By task, {_named(last)}:", "", *counting.table(("", *FIGURES), rows)]
        lines += ["", *_builds(facts.held)]
    else:
        lines += ["None were given: nothing is known of how good this judge is."]
    lines += ["", "## Learned from", "", *_builds(facts.data), "", "## How", ""]
    told = settings.model_dump(exclude={"about"}) | {"device": facts.device, "steps": facts.steps}
    lines += counting.table(("setting", "value"), told.items())
    if facts.losses:
        lines += ["", f"Loss: {facts.losses[0]:.3f} first, {facts.losses[-1]:.3f} last."]
    lines += ["", "Loss on the reply alone; nothing cut off, no packing.", ""]
    lines += ["With " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES) + "."]
    lines += ["", "## What not to use it for", "", *(f"- {one}" for one in _NOT_FOR)]
    return "\n".join(lines) + "\n"


def _cells(rows: Iterable[Mapping[str, Any]], prefix: str) -> list[tuple[str, ...]]:
    return [(_named(row), *_numbers(row, prefix)) for row in rows]


def _named(row: Mapping[str, Any]) -> str:
    name = row["evaluation"]
    return name if isinstance(name, str) else f"step {name}"


def _numbers(row: Mapping[str, Any], prefix: str) -> list[str]:
    found = (row.get(prefix + name) for name in FIGURES)
    return ["-" if value is None else f"{value:.3f}" for value in found]


def _builds(builds: Sequence[Data]) -> list[str]:
    """Counts of some builds."""
    head = ("build", "pairs", "references", "kinds", "errors", "seed", "split", "licences")
    rows = [
        (
            one.name,
            one.statistics.pairs,
            one.references,
            _counts(one.statistics.kinds),
            _counts({name: sum(of.values()) for name, of in one.statistics.errors.items()}),
            "-" if one.seed is None else one.seed,
            one.split or "-",
            _counts(one.statistics.licences),
        )
        for one in builds
    ]
    revisions = sorted({one.revision for one in builds if one.revision})
    told = [f"Made by the data engine: {line}." for line in revisions]
    return [*counting.table(head, rows), *(["", *told] if told else [])]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
