r"""From a completion to the source inside it. Reads text; never runs it, never guesses a language.

The last fitting code fence counts: its tag names a language of the task, or it has no tag and its
content is of the task by a strict syntactic test. Without such a fence, a complete SVG, table or
program that stands in the open counts. Reasoning blocks are not part of the answer.

    >>> extract("Here it is:\n```python\nimport matplotlib\n```", "chart").source
    'import matplotlib'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from visual_erm import extraction_shapes as shapes
from visual_erm.errors import InputError, PolicyFault
from visual_erm.extraction_fences import Fence, fences, outside
from visual_erm.types import Failure, Task

MAX_COMPLETION = 4_000_000
"""Characters of a reply that are looked at; 8,192 tokens are some 40,000."""
MAX_SOURCE = 1_000_000
"""Characters of a source; larger ones are nobody's answer."""

_PYTHON = (
    *("python", "py", "python3", "py3", "ipython", "ipython3"),
    *("matplotlib", "pyplot", "seaborn", "plotly", "altair"),
)
_TAGS: Mapping[Task, Mapping[str, str]] = {
    "chart": dict.fromkeys(_PYTHON, "python"),
    "table": {
        **dict.fromkeys(("html", "htm", "xhtml", "html5"), "html"),
        **dict.fromkeys(("markdown", "md", "gfm"), "markdown"),
        **dict.fromkeys(("latex", "tex"), "latex"),
        "rst": "grid",
        "csv": "csv",
    },
    "svg": dict.fromkeys(("svg", "xml", "svg+xml", "image/svg+xml"), "svg"),
}
_UNDECIDED = {"", "text", "txt", "plaintext", "output", "code", "table", "html", "xml"}
"""Tags that say nothing, or not enough: the content decides."""

_THINK = re.compile(r"<(/?)(think|thinking|reasoning|thought)>", re.IGNORECASE)
_ANSWER = re.compile(r"<(/?)answer>", re.IGNORECASE)
_TAG_PAIR = re.compile(r"<(/?)([A-Za-z][\w:.-]*+)([^<>]*+)>")
_VOID = {"br", "hr", "img", "col", "input", "meta", "link", "wbr"}


@dataclass(frozen=True)
class Extraction:
    """The source that a completion holds."""

    source: str
    format: str | None
    """"python", "svg", "html", "markdown", "grid", "latex" or "csv"."""
    repairs: tuple[str, ...] = ()
    """What was done to a source that was not complete as written."""
    where: Literal["fence", "unfenced"] = "fence"


def extract(
    completion: Any, task: Task, *, repair: Literal["none", "close"] = "none"
) -> Extraction:
    """The source of `task` in a completion.

    Args:
        completion: text, or chat messages as `text_of` reads them.
        task: what the source must be: a Python program, a table or an SVG.
        repair: "close" ends a source that the reply's limit cut off, and says so in `repairs`;
            "none" makes that the policy's fault.

    Raises:
        PolicyFault: stage "extract" with code no_source, truncated, too_large or not_text.
        InputError: the completion is neither text nor messages.
    """
    text = text_of(completion).replace("\r\n", "\n")
    if len(text) > MAX_COMPLETION:
        raise _fault("too_large", f"the reply has {len(text)} characters; at most {MAX_COMPLETION}")
    answer, cut = _without_thinking(text)
    for scope in _scopes(answer):
        blocks = fences(scope)
        found = _fenced(blocks, task, repair) or _open(outside(scope, blocks), task, repair)
        if found is not None:
            return _checked(found)
    if cut:
        raise _fault("truncated", "the reply ends inside its reasoning, before any source")
    raise _fault("no_source", f"the reply holds no {task} source")


def text_of(completion: Any) -> str:
    """The text of a completion in any of the forms that trainers hand over.

    A string; a message (mapping or object with "content"); a list of messages, of which the last
    counts; a list of content parts, whose texts are joined. Reasoning parts and None are empty.

    Raises:
        InputError: anything else.
    """
    if completion is None:
        return ""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        return _text_of_mapping(completion)
    if isinstance(completion, Sequence) and not isinstance(completion, bytes | bytearray):
        if completion and _is_message(completion[-1]):
            return text_of(completion[-1])
        return "".join(text_of(part) for part in completion)
    for name in ("content", "text"):
        if hasattr(completion, name):
            return text_of(getattr(completion, name))
    raise InputError(
        f"completion: expected text, a message or a list of messages, "
        f"got {type(completion).__name__}"
    )


def _text_of_mapping(part: Mapping[str, Any]) -> str:
    if "content" in part:
        return text_of(part["content"])
    if str(part.get("type", "text")) in ("text", "output_text"):
        return text_of(part.get("text"))
    return ""


def _is_message(part: Any) -> bool:
    return "role" in part if isinstance(part, Mapping) else hasattr(part, "role")


def _fault(code: str, message: str, detail: str = "") -> PolicyFault:
    failure = Failure(kind="policy", stage="extract", code=code, message=message, detail=detail)
    return PolicyFault(failure)


def _checked(found: Extraction) -> Extraction:
    if len(found.source) > MAX_SOURCE:
        raise _fault(
            "too_large", f"the source has {len(found.source)} characters; at most {MAX_SOURCE}"
        )
    try:
        found.source.encode()
    except UnicodeEncodeError as error:
        raise _fault("not_text", f"the source is not valid Unicode: {error.reason}") from None
    return found


def _without_thinking(text: str) -> tuple[str, bool]:
    """The text outside of reasoning blocks, and whether it ends inside one.

    A first closing tag without an opening one ends reasoning that the chat template opened.
    """
    marks = list(_THINK.finditer(text))
    if not marks:
        return text, False
    code = [(block.start, block.end) for block in fences(text) if block.closed]
    kept: list[str] = []
    depth, position, seen = 0, 0, False
    block = 0
    for mark in marks:
        while block < len(code) and code[block][1] < mark.start():
            block += 1
        if block < len(code) and code[block][0] < mark.start() and _quoted(text, mark):
            continue
        if not mark[1]:
            if depth == 0:
                kept.append(text[position : mark.start()])
            depth += 1
        elif depth > 0:
            depth -= 1
            position = mark.end()
        elif not seen:
            position = mark.end()
        seen = True
    if depth == 0:
        kept.append(text[position:])
    return "\n".join(kept), depth > 0


def _quoted(text: str, mark: re.Match[str]) -> bool:
    """Whether the tag stands inside a string of its line: `plt.title("</think>")`."""
    before = text[max(text.rfind("\n", 0, mark.start()), mark.start() - 2_000) + 1 : mark.start()]
    after = text[mark.end() : mark.end() + 2_000].split("\n", 1)[0]
    return any(before.count(quote) % 2 == 1 and quote in after for quote in "\"'")


def _scopes(text: str) -> list[str]:
    """The last `<answer>` block first, if there is one, then all of the text."""
    start: int | None = None
    last: tuple[int, int] | None = None
    for mark in _ANSWER.finditer(text):
        if not mark[1]:
            start = mark.end()
        elif start is not None:
            last, start = (start, mark.start()), None
    if start is not None:
        last = (start, len(text))
    return [text] if last is None else [text[slice(*last)], text]


def _fenced(blocks: list[Fence], task: Task, repair: str) -> Extraction | None:
    for block in reversed(blocks):
        form = _fits(block, task)
        if form is None:
            found = _in_page(block, task)
            if found is not None:
                return found
            continue
        source = block.body.strip("\n")
        if block.closed:
            return Extraction(source, form, block.repairs)
        # a document that ends is complete, whatever became of its fence
        if task != "chart" and shapes.whole(source, _spans(source, task)) is not None:
            return Extraction(source, form, ("the fence was never closed; its document is whole",))
        if repair == "none":
            raise _fault("truncated", "the reply ends inside its code fence", source[-500:])
        return _close(Extraction(source, form, ("closed a fence that was cut off",)))
    return None


def _fits(block: Fence, task: Task) -> str | None:
    """The format of a fence, or None if it is not of this task."""
    if not block.body.strip():
        return None
    tagged = _TAGS[task].get(block.tag)
    if tagged is not None and not (block.tag == "xml" and "<svg" not in block.body):
        return tagged
    if block.tag not in _UNDECIDED:
        return None
    if task == "chart":
        return "python" if shapes.is_python_program(block.body) else None
    spans = _spans(block.body, task)
    if spans:
        covering = shapes.whole(block.body, spans)
        return covering.format if covering else None
    cut = not block.closed and block.body.lstrip().startswith(("<svg", "<table", "\\begin"))
    if cut and (shapes.svg_cut if task == "svg" else shapes.table_cut)(block.body):
        return "svg" if task == "svg" else "latex" if block.body.lstrip()[0] == "\\" else "html"
    return None


def _in_page(block: Fence, task: Task) -> Extraction | None:
    """The one drawing of an HTML page."""
    if task != "svg" or block.tag not in _TAGS["table"] or _TAGS["table"][block.tag] != "html":
        return None
    spans = shapes.svg_spans(block.body)
    if len(spans) != 1:
        return None
    source = block.body[spans[0].start : spans[0].end]
    return Extraction(source, "svg", (*block.repairs, "took the SVG out of its HTML page"))


def _spans(text: str, task: Task) -> list[shapes.Span]:
    return shapes.svg_spans(text) if task == "svg" else shapes.table_spans(text)


def _open(text: str, task: Task, repair: str) -> Extraction | None:
    """A complete source that stands outside of any fence."""
    if task == "chart":
        program = text.strip()
        fits = shapes.is_python_program(program)
        return Extraction(program, "python", where="unfenced") if fits else None
    spans = _spans(text, task)
    if spans:
        last = spans[-1]
        return Extraction(text[last.start : last.end], last.format, where="unfenced")
    cut: Callable[[str], bool] = shapes.svg_cut if task == "svg" else shapes.table_cut
    if not cut(text):
        return None
    if repair == "none":
        raise _fault("truncated", f"the reply ends inside its {task}", text[-500:])
    start = re.search(r"<svg\s" if task == "svg" else r"<(?:table|html)|\\begin", text, re.I)
    rest = text[start.start() if start else 0 :].rstrip()
    form = "svg" if task == "svg" else "latex" if rest.startswith("\\") else "html"
    return replace(_close(Extraction(rest, form)), where="unfenced")


def _close(found: Extraction) -> Extraction:
    """End what a limit cut off: drop an unfinished tag, close what is open; say both."""
    if found.format in ("svg", "html"):
        closed = _close_markup(found)
        if not closed.source.strip():
            raise _fault("truncated", "the reply ends inside its first tag", found.source)
        return closed
    if found.format == "latex":
        return _close_latex(found)
    return found


def _close_markup(found: Extraction) -> Extraction:
    source, repairs = found.source, list(found.repairs)
    if source.rfind("<") > source.rfind(">"):
        source = source[: source.rfind("<")]
        repairs.append("dropped an unfinished tag")
    opened: list[str] = []
    for tag in _TAG_PAIR.finditer(source):
        name = tag[2]
        if tag[1]:
            if opened and opened[-1] == name:
                opened.pop()
        elif not tag[3].endswith("/") and name.lower() not in _VOID:
            opened.append(name)
    if opened:
        source += "".join(f"</{name}>" for name in reversed(opened))
        repairs.append(f"closed {len(opened)} open elements")
    return replace(found, source=source, repairs=tuple(repairs))


def _close_latex(found: Extraction) -> Extraction:
    opened: list[str] = []
    for tag in re.finditer(r"\\(begin|end)\{([\w*]++)\}", found.source):
        if tag[1] == "begin":
            opened.append(tag[2])
        elif opened and opened[-1] == tag[2]:
            opened.pop()
    if not opened:
        return found
    ends = "".join(f"\n\\end{{{name}}}" for name in reversed(opened))
    repairs = (*found.repairs, f"closed {len(opened)} open environments")
    return replace(found, source=found.source + ends, repairs=repairs)
