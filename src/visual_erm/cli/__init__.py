"""The command `verm`: parse, call the library, print.

Results go to stdout, progress and messages to stderr. This file is the one place where errors
become exit codes: 0 done, 1 bad input or a gate failed, 2 usage, 3 a backend is missing or down,
130 interrupted. A verb's module is imported when the verb runs, so `verm --help` is quick.
"""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

VERBS = {
    "bench": "Measure judges and rewards.",
    "data": "Make labelled pairs with known truth, look at them, write them for trainers.",
    "demo": "Score honest attempts and cheats at real charts, tables and SVGs, beside SSIM.",
    "doctor": "Say what draws, judges and confines on this machine.",
    "judge": "Compare pictures: one candidate with its reference, or a file of pairs.",
    "plugin-path": "Print the file of a trainer's plug-in: swift, easyr1, openrlhf, verl.",
    "refine": "Have a policy draw a reference, and revise what it drew by the judge's list.",
    "render": "Draw one source and write the picture.",
    "report": "Make one page of rollouts, judgments, refinements or bench cases, to look at and to "
    "check.",
    "score": "Draw what a model wrote, judge it, and give it a reward.",
    "serve": "Serve the judge over HTTP, with a page at /.",
    "train": "Make a judge of a vision-language model, from pairs.",
}
"""Verb and the first sentence of its help; the function is `visual_erm.cli.<verb>:<verb>`, or for
a verb of several parts the application `visual_erm.cli.<verb>:app`."""


class Verbs(TyperGroup):
    """Commands that are imported when they are used, and the exit codes of all of them."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Every verb, in alphabetical order."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb's command; while help is printed, only its name and first sentence."""
        if cmd_name not in VERBS:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=VERBS[cmd_name])
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"visual_erm.cli.{name}")
        if hasattr(module, "app"):  # a verb of several parts
            return typer.main.get_command(module.app)
        single = typer.Typer(add_completion=False)
        single.command(cmd_name)(getattr(module, name))
        return typer.main.get_command(single)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Help of the group, without importing any verb."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def invoke(self, ctx: Any) -> Any:
        """Run a verb; whatever a user can bring about ends in one sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("interrupted; what was finished is kept", err=True)
            raise typer.Exit(130) from None
        except _own_errors() as error:
            typer.echo(f"verm: {error}", err=True)
            raise typer.Exit(error.exit_code) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            typer.echo(f"verm: {_system_sentence(error)}", err=True)
            raise typer.Exit(1) from None


def _own_errors() -> Any:
    # asked only when something was raised, so that help need not import the data model
    return importlib.import_module("visual_erm.errors").VisualErmError


def _system_sentence(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    kept = "; what was finished is kept" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{error.strerror or error}{where}{kept}"


def _version(wanted: bool) -> None:
    if wanted:
        from visual_erm import __version__

        typer.echo(f"verm {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Verbs, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@app.callback()
def _verm(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it and stop."),
    ] = False,
) -> None:
    """A reward that sees: draw what a model wrote, compare it with the reference picture, say what
    differs.
    """


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        # a terminal that lacks a character must not end a run
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="verm")
