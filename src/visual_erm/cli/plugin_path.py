"""`verm plugin-path`: the file of a plug-in, for trainers that take a path."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common
from visual_erm.errors import UsageError

FILES = {
    "easyr1": "easyr1.py",
    "openrlhf": "openrlhf.py",
    "swift": "swift_plugin/visual_erm_swift.py",
    "verl": "verl.py",
}


def plugin_path(
    trainer: Annotated[str, typer.Argument(metavar="TRAINER", help=", ".join(FILES) + ".")],
    *,
    json: common.JsonOption = False,
) -> None:
    """Print the file of a trainer's plug-in: swift, easyr1, openrlhf, verl."""
    if trainer not in FILES:
        raise UsageError(f'no plug-in file for "{trainer}"; there are: {", ".join(FILES)}')
    path = str(Path(__file__).parents[1] / "integrations" / FILES[trainer])
    if json:
        common.print_json({"trainer": trainer, "path": path})
    else:
        typer.echo(path)
