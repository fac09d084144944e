"""Adapters and the model under them, made one folder that any server reads."""

from __future__ import annotations

import json
from pathlib import Path

from visual_erm.errors import BackendError, InputError, require
from visual_erm.judges.local import load
from visual_erm.judges.options import LocalOptions
from visual_erm.train.judge import write_judge

FEATURE = "Merging adapters"


def merge(adapter: Path, out: Path, *, model: str | None = None) -> str:
    """Merge adapters into their model; returns what they were merged into.

    Args:
        adapter: folder of adapters, as a run's `adapter` or one of its checkpoints.
        out: folder to write; made if it is not there.
        model: folder or id of the model; the one that the adapters name if None.

    Raises:
        MissingPackage: peft, torch or transformers is not installed.
        InputError: no adapters there, or `out` is not empty.
        BackendError: the model cannot be loaded, or the adapters do not fit it.
    """
    for package in ("torch", "transformers", "peft"):
        require(package, extra="train", feature=FEATURE)
    from peft import PeftModel

    note = adapter / "adapter_config.json"
    if not note.is_file():
        raise InputError(f"{adapter} holds no adapters (adapter_config.json)")
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose another folder")
    base = model or json.loads(note.read_text(encoding="utf-8"))["base_model_name_or_path"]
    # on a processor, in the type in which such a model is served
    processor, whole = load(base, LocalOptions(dtype="bfloat16"))
    if any((adapter / name).is_file() for name in ("processor_config.json", "chat_template.jinja")):
        from transformers import AutoProcessor

        processor = AutoProcessor.from_pretrained(adapter)  # with the bounds of its training
    try:
        merged = PeftModel.from_pretrained(whole, str(adapter)).merge_and_unload()
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise BackendError(f"the adapters in {adapter} do not fit {base}: {reason}") from None
    write_judge(out, merged, processor)
    return str(base)
