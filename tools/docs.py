"""Write those parts of docs/ that follow from the code; with --check, only say what is stale.

    python tools/docs.py

docs/cli.md comes from the commands' own help, the lists in docs/isolation.md from the docstring of
`visual_erm.renderers.sandbox`. A test runs this with --check.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- begin lists -->\n", "<!-- end lists -->"
CLI_HEAD = """<!-- written by tools/docs.py from the commands' help; edit that instead -->

Results go to stdout, progress to stderr. Exit codes: 0 done, 1 bad input or a gate failed, 2 usage,
3 a backend is missing or down.

"""


def cli() -> str:
    """docs/cli.md: every command and option."""
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from visual_erm.cli import app

    command = get_command(app)
    context = command.make_context("verm", [], resilient_parsing=True)
    text = get_docs_for_click(obj=command, ctx=context, name="verm", title="Commands")
    head, _, rest = text.strip().partition("\n\n")
    return f"{head}\n\n{CLI_HEAD}{rest}\n"


def isolation() -> str:
    """docs/isolation.md, with the lists as they stand in the sandbox's docstring."""
    from visual_erm.renderers import sandbox

    text = (DOCS / "isolation.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{lists(sandbox.__doc__ or '')}{END}{after}"


def lists(docstring: str) -> str:
    """The two lists of the docstring as Markdown, from "Stopped" on."""
    body = docstring[docstring.index("Stopped") :]
    heads = re.split(r"^(\S.*):\n", body, flags=re.MULTILINE)[1:]
    return "".join(
        f"**{head}:**\n\n{textwrap.dedent(items).strip()}\n\n"
        for head, items in zip(heads[::2], heads[1::2], strict=True)
    )


def main() -> int:
    """Write, or with --check compare; the exit code is 1 when something was stale."""
    stale = [
        name
        for name, text in (("cli.md", cli()), ("isolation.md", isolation()))
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/{name} is not current; run: python tools/docs.py", file=sys.stderr)
        return int(bool(stale))
    (DOCS / "cli.md").write_text(cli(), encoding="utf-8")
    (DOCS / "isolation.md").write_text(isolation(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
