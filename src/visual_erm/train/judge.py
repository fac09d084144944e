"""A judge, trained on pairs: `verm train judge`, read from top to bottom.

    verm train judge pairs --held held --out judge --preset paper                # several GPUs
    verm train judge pairs --held held --out judge --preset lora                 # one GPU
    verm train judge pairs --model tiny --out judge --device cpu --steps 2       # to try it

What a folder of a run holds:

    run.json      what was asked for; a run goes on only with the same
    checkpoints/  to go on from, the trainer's own
    logs/         TensorBoard
    held/         verdicts on held-back pairs, a file for each evaluation
    adapter/      with --lora, the adapters alone
    model/        the judge: safetensors, processor, chat template, README.md

Each sample is one conversation with two pictures, as the judge's profile asks it; the loss is on
the reply alone. Nothing is cut off (`max_length` None: cutting would take picture tokens), and
samples are not packed, which TRL cannot do with pictures.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visual_erm.bench.sinks import Sink, make_sink
from visual_erm.errors import BackendError, InputError, UsageError, require
from visual_erm.judges.local import load
from visual_erm.judges.options import LocalOptions
from visual_erm.judges.profile import load_profile
from visual_erm.train import held as holding
from visual_erm.train.card import Data, Facts, data_of, write_card
from visual_erm.train.held import Held
from visual_erm.train.pairs import dataset, refuse_leak
from visual_erm.train.settings import Settings

FEATURE = "Training a judge"
WAIT = 4 * 3600
"""Seconds that processes wait for the one that judges held-back pairs."""
LINEAR = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""Where adapters go: the language model, not the vision tower."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What came of a run."""

    model: Path
    """Folder of the judge."""
    steps: int
    loss: float | None
    """Of the last steps that were logged; None if nothing was left to do."""
    evaluations: tuple[dict[str, Any], ...]
    """Figures on held-back pairs: "evaluation" (a step, or "final") and those of `FIGURES`."""


def train_judge(
    pairs: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    held: Sequence[Path] = (),
    device: str = "cuda",
    log: str | None = None,
    resume: bool = False,
    held_batch: int = 8,
    tell: Tell = lambda line: None,
) -> Trained:
    """Train a judge and write it, with its card.

    Args:
        pairs: builds to learn from.
        out: folder of the run.
        settings: hyperparameters.
        held: builds to measure on; their references must not be among those of `pairs`.
        device: "cuda" or "cpu".
        log: a sink as `make_sink` reads it; TensorBoard in the run's folder if None.
        resume: go on with the run in `out`.
        held_batch: held-back pairs that are judged together.
        tell: takes a line now and then.

    Raises:
        MissingPackage: trl, peft, torch or another package is not installed.
        BackendError: no such model or device.
        InputError: no pairs, a reference on both sides, or `out` holds another run.
        UsageError: settings that do not go together.
    """
    for package in ("torch", "transformers", "accelerate", "datasets", "trl", "peft"):
        require(package, extra="train", feature=FEATURE)
    import torch
    import transformers
    from trl import SFTConfig, SFTTrainer

    devices = _devices(device)
    accumulated = settings.accumulated(devices)
    profile = load_profile(settings.profile)
    main = int(os.environ.get("RANK", "0")) == 0
    refuse_leak(pairs, held)
    if held and _sharded():
        raise UsageError(
            "weights that are spread over processes cannot answer while they are trained: leave "
            "--held out, and measure with verm bench judge 'local:CHECKPOINT?device=cuda:0'"
        )
    learned, apart = [data_of(one) for one in pairs], [data_of(one) for one in held]
    checkpoint = _begin(out, settings, learned, apart, resume=resume)

    # model: float32 weights under bfloat16 arithmetic, or frozen ones of that type with adapters
    transformers.set_seed(settings.seed)
    half = settings.dtype == "bfloat16"
    frozen = LocalOptions(dtype="bfloat16" if half and settings.lora else "float32")
    processor, model = load(settings.model, frozen)
    bounds = _bound(processor, settings)
    if settings.freeze_vision and not settings.lora:
        model.model.visual.requires_grad_(False)

    # data: (prompt, completion, [reference, prediction]) each; pixels are prepared on demand
    rows = dataset(pairs, profile, out / "cache")
    others = dataset(held, profile, out / "cache") if held else None

    evaluations: list[dict[str, Any]] = _evaluations(out, checkpoint)
    measured = Held(tuple(held), out / "held", settings.profile, held_batch)
    callbacks: list[Any] = []
    if main:
        sink = make_sink(log or f"tensorboard:{out / 'logs'}")
        callbacks = [_tracking(sink, tell)]
        if held:
            callbacks.append(_holding(measured, settings.model, evaluations, out, sink, tell))

    config = SFTConfig(
        output_dir=str(out / "checkpoints"),
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.per_device,
        per_device_eval_batch_size=settings.per_device,
        gradient_accumulation_steps=accumulated,
        num_train_epochs=settings.epochs,
        max_steps=settings.steps or -1,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.warmup,  # below 1 it is a share
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        bf16=half,
        use_cpu=device == "cpu",
        gradient_checkpointing=settings.recompute,
        max_length=None,
        packing=False,
        completion_only_loss=True,
        remove_unused_columns=False,
        dataloader_num_workers=settings.loaders,
        eval_strategy="steps" if held else "no",
        eval_steps=settings.every,
        eval_on_start=bool(held) and checkpoint is None,
        save_strategy="steps",
        save_steps=settings.every,
        save_total_limit=settings.keep,
        logging_steps=1 if (settings.steps or 1000) <= 100 else 10,
        logging_first_step=True,
        report_to="none",
        disable_tqdm=True,
        seed=settings.seed,
        data_seed=settings.seed,
        ddp_timeout=WAIT,
    )
    trainer = SFTTrainer(
        model=model,
        args=config,
        train_dataset=rows,
        eval_dataset=others,
        processing_class=processor,
        peft_config=_adapters(settings) if settings.lora else None,
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.PrinterCallback)  # stdout is for results
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    trainer.save_state()

    # the judge: adapters merged, weights of the type they were trained in
    steps = trainer.state.global_step
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    trained = trainer.accelerator.unwrap_model(trainer.model)
    folder = out / "model"
    if settings.lora:
        if main:
            trained.save_pretrained(str(out / "adapter"))
        trained = trained.merge_and_unload()
    if _sharded():
        trainer.save_model(str(folder))
    elif main:
        write_judge(folder, trained.to(getattr(torch, settings.dtype)), processor)
    if not main:
        return Trained(folder, steps, None, ())
    del trainer, model, trained
    if held:
        figures = holding.judged_as_served(
            measured, folder, "cuda:0" if device == "cuda" else "cpu"
        )
        evaluations.append({"evaluation": "final", **figures})
        _keep(out, evaluations)
        sink.log({f"final/{name}": value for name, value in figures.items()}, steps)
        tell(_line("final", figures))
    sink.close()
    write_card(
        folder,
        Facts(
            settings=settings,
            data=learned,
            held=apart,
            steps=steps,
            losses=losses,
            bounds=bounds,
            device=device,
            evaluations=evaluations,
            profile=profile.digest,
        ),
    )
    return Trained(folder, steps, losses[-1] if losses else None, tuple(evaluations))


def write_judge(folder: Path, model: Any, processor: Any) -> None:
    """A folder that transformers, vLLM and `local:` read: safetensors, processor, chat template."""
    model.save_pretrained(str(folder), safe_serialization=True)
    processor.save_pretrained(str(folder))


def _devices(device: str) -> int:
    """Devices that train, over all processes.

    Raises:
        BackendError: no GPU is seen.
        UsageError: several are, by one process.
    """
    import torch

    world = int(os.environ.get("WORLD_SIZE", "1"))
    if device == "cpu":
        return world
    if device != "cuda":
        raise UsageError(f'no device "{device}"; say cuda or cpu')
    seen = torch.cuda.device_count()
    if not seen:
        raise BackendError("no GPU is seen here; to train on processors say --device cpu")
    if seen > 1 and world == 1:
        raise UsageError(
            f"{seen} GPUs are seen by one process: start as many with torchrun, or show it one "
            "with CUDA_VISIBLE_DEVICES=0"
        )
    return world


def _sharded() -> bool:
    """Whether `accelerate launch` spreads the weights over processes."""
    stage = os.environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE", "0")
    return os.environ.get("ACCELERATE_USE_FSDP", "false") == "true" or stage == "3"


def _begin(
    out: Path, settings: Settings, pairs: Sequence[Data], held: Sequence[Data], *, resume: bool
) -> Path | None:
    """The checkpoint to go on from; None for a run from the beginning.

    Raises:
        InputError: the folder holds another run, or one and it is not to be resumed.
    """
    # how it is run may change, what is learned may not
    learned = settings.model_dump(exclude={"about", "per_device", "loaders", "keep", "recompute"})
    names = {"pairs": [one.name for one in pairs], "held": [one.name for one in held]}
    run = {**learned, **names}
    note = out / "run.json"
    if note.is_file():
        if not resume:
            raise InputError(f"{out} holds a run already: add --resume, or choose another folder")
        before = json.loads(note.read_text(encoding="utf-8"))
        for name, wanted in run.items():
            if before.get(name) != wanted:
                raise InputError(
                    f"the run in {out} has {name} {before.get(name)!r}; to go on ask for the same, "
                    f"not {wanted!r}"
                )
        return _whole(out / "checkpoints")
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty and holds no run; choose another folder")
    out.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(run, indent=1), encoding="utf-8")
    return None


def _whole(folder: Path) -> Path | None:
    """The last checkpoint that was finished; one that was being written is removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    for path in reversed(found):
        try:
            # the trainer writes this file last
            json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path)
        else:
            return path
    return None


def _bound(processor: Any, settings: Settings) -> tuple[int, int]:
    """Least and most pixels of a picture, set in the processor that is saved with the judge."""
    pictures = processor.image_processor
    low = settings.min_pixels or pictures.size["shortest_edge"]
    high = settings.max_pixels or pictures.size["longest_edge"]
    if low > high:
        raise UsageError(f"min_pixels {low} is more than max_pixels {high}")
    # in these processors the two "edges" are areas
    pictures.size = type(pictures.size)(shortest_edge=low, longest_edge=high)
    return int(low), int(high)


def _adapters(settings: Settings) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora,
        lora_alpha=settings.lora_alpha or 2 * settings.lora,
        lora_dropout=settings.lora_dropout,
        target_modules=LINEAR,
        task_type="CAUSAL_LM",
    )


def _tracking(sink: Sink, tell: Tell) -> Any:
    """A callback that sends the trainer's figures to a sink."""
    from transformers import TrainerCallback

    class Tracking(TrainerCallback):  # type: ignore[misc]
        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any
        ) -> None:
            values = {
                f"train/{name}" if "/" not in name and not name.startswith("eval") else name: value
                for name, value in (logs or {}).items()
                if isinstance(value, int | float)
            }
            sink.log(values, state.global_step)
            if "loss" in (logs or {}):
                tell(f"step {state.global_step} of {state.max_steps}: loss {logs['loss']:.4f}")

    return Tracking()


def _holding(
    measured: Held,
    where: str,
    evaluations: list[dict[str, Any]],
    out: Path,
    sink: Sink,
    tell: Tell,
) -> Any:
    """A callback that judges the held-back pairs whenever the trainer evaluates."""
    from transformers import TrainerCallback

    class Holding(TrainerCallback):  # type: ignore[misc]
        def on_evaluate(
            self, args: Any, state: Any, control: Any, model: Any, processing_class: Any, **_: Any
        ) -> None:
            step = state.global_step
            found = holding.judged_while_training(measured, processing_class, model, step, where)
            evaluations.append({"evaluation": step, **found})
            _keep(out, evaluations)
            sink.log({f"held/{name}": value for name, value in found.items()}, step)
            tell(_line(f"step {step}", found))

    return Holding()


def _evaluations(out: Path, checkpoint: Path | None) -> list[dict[str, Any]]:
    """Those before the checkpoint; later ones are made again."""
    path = out / "held.json"
    if checkpoint is None or not path.is_file():
        return []
    step = int(checkpoint.name.split("-")[1])
    known: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [row for row in known if row["evaluation"] != "final" and row["evaluation"] <= step]


def _keep(out: Path, evaluations: list[dict[str, Any]]) -> None:
    part = out / "held.part"
    part.write_text(json.dumps(evaluations, indent=1), encoding="utf-8")
    part.replace(out / "held.json")


def _line(name: str, figures: dict[str, float]) -> str:
    shown = ("f1", "unread", "severity_r")
    said = ", ".join(f"{one} {figures[one]:.3f}" for one in shown if one in figures)
    return f"{name}, held back: {said or 'nothing could be measured'}"
