"""Run the notebooks of docs/ and keep what they show; with --check, only run them.

    python tools/notebooks.py

A notebook is stored with its outputs, so that it can be read where nothing can be run. A cell that
raises ends this with its traceback.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "docs" / "notebooks"
SECONDS = 600
"""Of wall time for one cell; it takes one or two where nothing else is at work."""


async def run(path: Path) -> str:
    """The notebook with the outputs of a fresh kernel, in an empty folder."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        await client.async_execute()
    # the interpreter that happened to run it is no part of it
    notebook.metadata.pop("language_info", None)
    return str(nbformat.writes(notebook))


def main() -> None:
    """Run all of them, one after the other."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = asyncio.run(run(path))
        if "--check" not in sys.argv:
            path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
