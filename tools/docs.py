"""Write those parts of docs/ that follow from the code; with --check, only say what is stale.

    python tools/docs.py

docs/cli.md comes from the commands' own help, the lists in docs/isolation.md from the docstring of
`visual_erm.renderers.sandbox`. A test runs this with --check.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- begin lists -->\n", "<!-- end lists -->"
CLI_HEAD = """<!-- written by tools/docs.py from the commands' help; edit that instead -->
# Commands

Results go to stdout, progress and messages to stderr. With `--json`, what is printed is one JSON object.
Exit codes: 0 done, 1 bad input or a gate failed, 2 usage, 3 a backend is missing or down, 130 interrupted.
"""  # noqa: E501 - a paragraph


def cli() -> str:
    """docs/cli.md: every command with its arguments and options."""
    from typer.main import get_command

    from visual_erm.cli import VERBS, app

    group: Any = get_command(app)
    context = group.make_context("verm", [], resilient_parsing=True)
    parts = [CLI_HEAD]
    for verb in VERBS:
        command = group.get_command(context, verb)
        words = inspect.cleandoc(command.help)
        parts.append(f"\n## verm {verb}\n\n{words}\n\n{_parameters(command)}".rstrip() + "\n")
        for name, part in getattr(command, "commands", {}).items():
            words = inspect.cleandoc(part.help)
            parts.append(f"\n### verm {verb} {name}\n\n{words}\n\n{_parameters(part)}")
    return "".join(parts)


def _parameters(command: Any) -> str:
    # Read from attributes and not from the formatted help, which changes with Typer's version.
    rows = ["| Argument or option | Means | Default |", "|---|---|---|"]
    rows += [f"| {' | '.join(cells)} |" for cells in map(_cells, command.params) if cells]
    return "\n".join(rows) + "\n" if len(rows) > 2 else ""


def _cells(parameter: Any) -> tuple[str, ...]:
    name = parameter.metavar or ""
    if parameter.param_type_name == "argument":
        return f"`{name or parameter.name.upper()}`", parameter.help or "", ""
    if "--help" in parameter.opts:
        return ()
    value = "" if parameter.is_flag or parameter.multiple else name or parameter.type.name.upper()
    value = name if parameter.multiple else value
    # the short form last, as it is read
    names = ", ".join(f"`{opt} {value}`".replace(" `", "`") for opt in sorted(parameter.opts))
    default = parameter.default
    plain = isinstance(default, (str, int, float)) and not isinstance(default, bool)
    default = "required" if parameter.required else f"`{default}`" if plain else ""
    return names, parameter.help or "", default


def isolation() -> str:
    """docs/isolation.md, with the lists as they stand in the sandbox's docstring."""
    from visual_erm.renderers import sandbox

    text = (DOCS / "isolation.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{''.join(lists(sandbox.__doc__ or ''))}{END}{after}"


def lists(docstring: str) -> Iterator[str]:
    """The two lists of the docstring as Markdown, from "Stopped" on."""
    body = docstring[docstring.index("Stopped") :]
    heads = re.split(r"^(\S.*):\n", body, flags=re.MULTILINE)[1:]
    for head, items in zip(heads[::2], heads[1::2], strict=True):
        yield f"**{head}:**\n\n{textwrap.dedent(items).strip()}\n\n"


def main() -> int:
    """Write, or with --check compare; the exit code is 1 when something was stale."""
    texts = {"cli.md": cli(), "isolation.md": isolation()}
    stale = [
        name
        for name, text in texts.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    for name in stale:
        if "--check" in sys.argv:
            print(f"docs/{name} is not current; run: python tools/docs.py", file=sys.stderr)
        else:
            (DOCS / name).write_text(texts[name], encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
