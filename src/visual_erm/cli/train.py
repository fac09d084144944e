"""`verm train`: make a judge of a vision-language model, from pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def train() -> None:
    """Make a judge of a vision-language model, from pairs."""


@app.command()
def judge(
    pairs: Annotated[list[Path], typer.Argument(metavar="PAIRS...", help="Builds to learn from.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Of the run.")],
    *,
    held: Annotated[
        list[Path] | None,
        typer.Option(
            "--held", metavar="PAIRS", help="A build of other seeds to measure on; again for more."
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", "-p", metavar="NAME", help="A name, or a JSON file.")
    ] = "paper",
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID_OR_PATH", help="Where to begin; the preset's if none."),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", metavar="DEVICE", help="cuda or cpu.")
    ] = "cuda",
    dtype: Annotated[
        str | None, typer.Option("--dtype", metavar="TYPE", help="bfloat16 or float32.")
    ] = None,
    lora: Annotated[
        int | None,
        typer.Option("--lora", metavar="RANK", help="Adapters; 0 trains all parameters."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option("--lr", metavar="RATE", help="Learning rate.")
    ] = None,
    batch: Annotated[
        int | None, typer.Option("--batch", metavar="N", help="Pairs of one step, all devices.")
    ] = None,
    per_device: Annotated[
        int | None, typer.Option("--per-device", metavar="N", help="Pairs a device holds at once.")
    ] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", metavar="N", help="Times over the pairs.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", help="In place of epochs.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", metavar="STEPS", help="Between checkpoints, and evaluations."),
    ] = None,
    min_pixels: Annotated[
        int | None, typer.Option("--min-pixels", metavar="N", help="Of a picture.")
    ] = None,
    max_pixels: Annotated[
        int | None, typer.Option("--max-pixels", metavar="N", help="Of a picture.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="PROFILE", help="How the judge will be asked."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of order and adapters.")
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="SINK",
            help="tensorboard:FOLDER, wandb:PROJECT, trackio:PROJECT or jsonl:FILE.  "
            "[tensorboard, in the run's folder]",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in FOLDER, from its last checkpoint."),
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Train a judge and measure it on held-back pairs; FOLDER/model is what vLLM and local: read.

    Presets: paper (all parameters of an 8B model, as published) and lora (adapters, one GPU). On
    several GPUs start it with torchrun or accelerate launch.
    """
    from visual_erm.train.judge import train_judge
    from visual_erm.train.settings import load_preset

    settings = load_preset(preset).changed(
        model=model,
        dtype=dtype,
        lora=lora,
        learning_rate=rate,
        batch=batch,
        per_device=per_device,
        epochs=epochs,
        steps=steps,
        every=every,
        min_pixels=min_pixels,
        max_pixels=max_pixels,
        profile=profile,
        seed=seed,
    )
    trained = train_judge(
        pairs,
        out,
        settings,
        held=held or (),
        device=device,
        log=log,
        resume=resume,
        tell=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        common.print_json(
            {
                "model": str(trained.model),
                "steps": trained.steps,
                "loss": trained.loss,
                "evaluations": list(trained.evaluations),
            }
        )
        return
    typer.echo(
        f"{trained.steps} steps; the judge is in {trained.model}, its card in README.md there."
    )
    typer.echo(f"Ask it: verm judge A B --task svg --judge 'local:{trained.model}'")


@app.command()
def merge(
    adapter: Annotated[Path, typer.Argument(metavar="FOLDER", help="Adapters, or a checkpoint.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write.")],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID_OR_PATH", help="What they belong to, if it moved."),
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Merge adapters into their model, for vLLM; a finished run has done so already."""
    from visual_erm.train.merge import merge as write

    base = write(adapter, out, model=model)
    if as_json:
        common.print_json({"out": str(out), "model": base})
    else:
        typer.echo(f"{adapter} merged into {base}: {out}")
