"""What MkDocs does not do by itself: pages from outside docs/, and pages from notebooks.

A hook of mkdocs.yml. The pages of docs/ stay as they are read in the repository, with links that
work there; links that lead out of docs/ are turned to the page that stands for the file here.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "src/visual_erm/judges/trust/card.md": "trust.md",
}
"""Files of the repository that are pages of the site, and the pages' names."""
LINK = re.compile(r"(\]\()(?!https?:|#)([^)#\s]+)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that docs/ does not hold."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=_relinked(text, source)))
    for notebook in sorted(ROOT.glob("docs/notebooks/*.ipynb")):
        source = notebook.relative_to(ROOT).as_posix()
        text = _relinked("".join(_cells(notebook)), source)
        files.append(File.generated(config, f"{notebook.stem}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """A page of docs/, with its links to files outside turned."""
    if page.file.generated_by:
        return markdown
    return _relinked(markdown, f"docs/{page.file.src_uri}")


def _relinked(text: str, source: str) -> str:
    """The text of a file of the repository, with links as they lead from a page of the site."""
    folder = posixpath.dirname(source)

    def turned(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        if target.endswith(".ipynb"):
            return f"{link[1]}{posixpath.basename(target)[:-6]}.md"
        # pages lie in one folder here
        return link[1] + OUTSIDE.get(target, target.removeprefix("docs/"))

    return LINK.sub(turned, text)


def _cells(notebook: Path) -> Iterator[str]:
    """A notebook as Markdown: its texts, its code, and what came of that as it is stored."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield f"{source}\n\n"
            continue
        yield f"```python\n{source}\n```\n\n"
        for output in cell["outputs"]:
            data = output.get("data", {"text/plain": output.get("text", [])})
            if "text/html" in data:
                # blank lines would end the block of HTML
                lines = "".join(data["text/html"]).splitlines()
                shown = "\n".join(line for line in lines if line.strip())
                yield f'<div class="output">\n{shown}\n</div>\n\n'
            else:
                yield f"```text\n{''.join(data['text/plain'])}\n```\n\n"
