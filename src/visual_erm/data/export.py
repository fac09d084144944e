"""Pairs as rows for trainers: two pictures and a question, and the verdict as the reply.

    export(Path("pairs"), Path("rows"), "trl")

Three layouts serve the trainers that are in use: `trl` (prompt, completion, images; parquet),
`sharegpt` (LLaMA-Factory and ms-swift read the same rows; JSON lines beside a folder of pictures)
and `verl` (parquet). System message, question, order and preparation of the pictures come from a
judge's profile, so a model is trained on what it will be asked: its tokens are those that a judge
feeds it, which tests/data/test_prompt_parity.py holds against a real model's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.data import shards
from visual_erm.data.parquet import (
    STRING,
    hub_features,
    messages_of,
    messages_type,
    picture_type,
    struct,
    verl_schema,
    write_parquet,
)
from visual_erm.errors import InputError, UsageError
from visual_erm.judges.parse import to_wire
from visual_erm.judges.profile import Profile, load_profile
from visual_erm.types import Discrepancy, JudgeIdentity, Task, Verdict

Row = dict[str, Any]
_SLOT = {"type": "image"}
_MARK = "<image>"


def export(pairs: Path, out: Path, layout: str, *, profile: str = "published") -> int:
    """Write every pair in the layout of a trainer; returns how many.

    Args:
        pairs: folder of a build.
        out: folder to write to; made if it is not there.
        layout: "trl", "sharegpt" or "verl".
        profile: of the judge to be trained; see `load_profile`.

    Raises:
        UsageError: no such layout or profile.
        InputError: there are no pairs, or `out` holds something else.
    """
    check_layout(layout)
    asked = load_profile(profile)
    if layout != "trl":
        for task in asked.layouts:
            _marked(task, asked)
    make_empty(out)
    return LAYOUTS[layout](shards.read(pairs), out, asked)


def check_layout(layout: str) -> None:
    """Raise a `UsageError` for a layout that no trainer here reads."""
    if layout not in LAYOUTS:
        raise UsageError(f'no layout "{layout}"; known: {", ".join(LAYOUTS)}')


def make_empty(out: Path) -> None:
    """Make a folder for rows; an `InputError` where it holds something already."""
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose another folder")
    out.mkdir(parents=True, exist_ok=True)


def reply(row: Row) -> str:
    """The verdict on a row as a judge model writes it: one JSON object."""
    errors = tuple(Discrepancy(**error) for error in row["errors"])
    verdict = Verdict(task=row["task"], errors=errors, judge=JudgeIdentity(name="data"))
    return json.dumps(to_wire(verdict), ensure_ascii=False)


def prepared(row: Row, profile: Profile) -> list[bytes]:
    """Reference and prediction as the profile shows them."""
    return [
        profile.prepared(images.load(row[name]["bytes"], name=name), row["task"])
        for name in ("reference", "prediction")
    ]


def messages(task: Task, profile: Profile) -> list[Row]:
    """What a judge is asked about two pictures, in parts, with `{"type": "image"}` for each.

    Raises:
        UsageError: the profile has no layout for this task.
    """
    asked = profile.messages([_SLOT, _SLOT], task)
    return [{**message, "content": _parts(message["content"])} for message in asked]


def _parts(content: str | list[Row]) -> list[Row]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _marked(task: Task, profile: Profile) -> list[Row]:
    """The same as texts, with `<image>` where a picture goes: as LLaMA-Factory and verl read it.

    Raises:
        UsageError: the profile has no layout for this task, or its texts hold that mark.
    """
    said = messages(task, profile)
    if any(_MARK in part.get("text", "") for message in said for part in message["content"]):
        raise UsageError(
            f'profile "{profile.name}": a text for task "{task}" holds {_MARK}, which stands for '
            "a picture in this layout"
        )
    return [
        {
            "role": message["role"],
            "content": "".join(part.get("text", _MARK) for part in message["content"]),
        }
        for message in said
    ]


def _trl(rows: Iterator[Row], out: Path, profile: Profile) -> int:
    arrow = shards.arrow()
    parts = arrow.list_(arrow.struct([("type", arrow.string()), ("text", arrow.string())]))
    prompt = arrow.list_(arrow.struct([("role", arrow.string()), ("content", parts)]))
    schema = arrow.schema(
        [
            ("id", arrow.string()),
            ("prompt", prompt),
            ("completion", messages_type()),
            ("images", arrow.list_(picture_type())),
        ],
        metadata=hub_features(
            {
                "id": {"dtype": "string", "_type": "Value"},
                "prompt": messages_of({"feature": struct("type", "text"), "_type": "List"}),
                "completion": messages_of(STRING),
                "images": {"feature": {"_type": "Image"}, "_type": "List"},
            }
        ),
    )

    def convert(row: Row) -> Row:
        return {
            "id": row["id"],
            "prompt": messages(row["task"], profile),
            "completion": [{"role": "assistant", "content": reply(row)}],
            "images": [{"bytes": b, "path": None} for b in prepared(row, profile)],
        }

    return write_parquet(map(convert, rows), out / "train.parquet", schema)


def _verl(rows: Iterator[Row], out: Path, profile: Profile) -> int:
    def convert(row: Row) -> Row:
        return {
            "data_source": "visual-erm",
            "prompt": _marked(row["task"], profile),
            "images": [{"bytes": b, "path": None} for b in prepared(row, profile)],
            "ability": row["task"],
            "reward_model": {"style": "rule", "ground_truth": reply(row)},
            "extra_info": {"id": row["id"], "task": row["task"]},
        }

    return write_parquet(map(convert, rows), out / "train.parquet", verl_schema("id", "task"))


def _sharegpt(rows: Iterator[Row], out: Path, profile: Profile) -> int:
    folder = out / "pictures"
    folder.mkdir()
    count = 0
    with (out / "train.jsonl").open("w", encoding="utf-8") as lines:
        for count, row in enumerate(rows, 1):
            files = []
            for side, content in zip(("ref", "pred"), prepared(row, profile), strict=True):
                kind = "png" if content.startswith(b"\x89PNG") else "jpg"
                name = f"{count:07d}-{side}.{kind}"
                (folder / name).write_bytes(content)
                files.append(f"pictures/{name}")
            said = {"role": "assistant", "content": reply(row)}
            line = {"messages": [*_marked(row["task"], profile), said], "images": files}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    tags = {"role_tag": "role", "content_tag": "content"}
    tags |= {"user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
    info = {
        "visual_erm": {
            "file_name": "train.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "images": "images"},
            "tags": tags,
        }
    }
    (out / "dataset_info.json").write_text(json.dumps(info, indent=1), encoding="utf-8")
    return count


LAYOUTS: Mapping[str, Callable[[Iterator[Row], Path, Profile], int]] = {
    "trl": _trl,
    "sharegpt": _sharegpt,
    "verl": _verl,
}
