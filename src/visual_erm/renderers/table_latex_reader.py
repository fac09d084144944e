r"""LaTeX source as a tree of nodes, and the arguments that follow a macro in it.

A reader of its own, since pylatexenc's takes 18 ms per kilobyte and 2,048 tables are read a step;
it does what TeX does on the surface: groups, environments, comments, mathematics, and nothing about
category codes. What is not closed ends with the source; what was never opened is passed over.

    >>> [node.kind for node in read(r"a \textbf{b} & $x$ % no")]
    ['text', 'macro', 'group', 'text', 'and', 'text', 'math', 'text']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from visual_erm.renderers.job import Rejected

Kind = Literal["text", "macro", "group", "and", "math", "environment"]
MAX_DEPTH = 60
_TOKEN = re.compile(
    r"(?P<text>[^\\{}$&%\[\]~]+)"
    r"|\\(?P<edge>begin|end)\s*\{(?P<name>[^{}]{0,40})\}"
    r"|\\\((?P<round>.{0,1000}?)\\\)|\\\[(?P<square>.{0,1000}?)\\\]"
    r"|\\(?P<macro>[A-Za-z@]+\*?[ \t]*\n?[ \t]*|\\\*|.|$)"
    r"|\$\$(?P<block>.{0,1000}?)\$\$"
    r"|\$(?P<dollar>(?:[^$\\]|\\.){0,1000}?)\$"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*)?)"
    r"|(?P<sign>.)",
    re.DOTALL,
)


@dataclass(slots=True)
class Node:
    """One piece of LaTeX."""

    kind: Kind
    value: str
    """Text, macro name without backslash, formula, or name of the environment."""
    start: int = 0
    end: int = 0
    """Where the content stands in the source; for groups and environments, without the ends."""
    nodes: list[Node] = field(default_factory=list)
    """Content of a group or an environment."""
    display: bool = False
    """Whether a formula is set apart."""


def read(source: str) -> list[Node]:
    """The tree of a source.

    Raises:
        Rejected: groups are nested too deeply.
    """
    root = Node("group", "", 0, len(source))
    stack = [root]
    for match in _TOKEN.finditer(source):
        group = str(match.lastgroup)
        if group == "name":
            _edge(match, stack)
        elif group in ("round", "square", "block", "dollar"):
            display = group in ("square", "block")
            node = Node("math", match[group], match.start(), match.end(), display=display)
            stack[-1].nodes.append(node)
        elif group == "macro":
            name = match["macro"].rstrip() or " "
            stack[-1].nodes.append(Node("macro", name, match.start(), match.end()))
        elif group in ("text", "sign"):
            _sign(match, stack)
        if len(stack) > MAX_DEPTH:
            raise Rejected("too_large", f"groups are nested more than {MAX_DEPTH} deep")
    for node in stack[1:]:
        node.end = len(source)
    return root.nodes


def _edge(match: re.Match[str], stack: list[Node]) -> None:
    name = match["name"].strip()
    if match["edge"] == "begin":
        node = Node("environment", name, match.end())
        stack[-1].nodes.append(node)
        stack.append(node)
        return
    for index in range(len(stack) - 1, 0, -1):
        if stack[index].kind == "environment" and stack[index].value == name:
            for node in stack[index:]:
                node.end = match.start()
            del stack[index:]
            return


def _sign(match: re.Match[str], stack: list[Node]) -> None:
    text, top = match[0], stack[-1]
    if text == "{":
        node = Node("group", "", match.end())
        top.nodes.append(node)
        stack.append(node)
    elif text == "}":
        if top.kind == "group" and len(stack) > 1:
            top.end = match.start()
            stack.pop()
    elif text == "&":
        top.nodes.append(Node("and", "&", match.start(), match.end()))
    else:
        shown = "\u00a0" if text == "~" else text
        top.nodes.append(Node("text", shown, match.start(), match.end()))


def skip_space(nodes: Sequence[Node], index: int) -> int:
    """The first place from `index` on that is not white space."""
    while index < len(nodes) and _is_space(nodes[index]):
        index += 1
    return index


def _is_space(node: Node) -> bool:
    return node.kind == "text" and not node.value.strip(" \n\t")


def optional(nodes: list[Node], index: int) -> tuple[list[Node] | None, int]:
    """The argument in brackets at `index`, if there is one, and the place after it."""
    start = skip_space(nodes, index)
    if start >= len(nodes) or nodes[start].kind != "text" or nodes[start].value != "[":
        return None, index
    for end in range(start + 1, len(nodes)):
        if nodes[end].kind == "text" and nodes[end].value == "]":
            return nodes[start + 1 : end], end + 1
        if nodes[end].kind == "and":
            break
    return None, index


def argument(nodes: list[Node], index: int) -> tuple[list[Node], int]:
    """The argument at `index` (a group, or one token) and the place after it."""
    index = skip_space(nodes, index)
    if index >= len(nodes) or nodes[index].kind == "and":
        return [], index
    node = nodes[index]
    if node.kind == "group":
        return node.nodes, index + 1
    if node.kind == "text":
        text = node.value.lstrip()
        rest = Node("text", text[1:], node.end - len(text) + 1, node.end)
        if text[1:]:
            # the rest of the word stays for whoever reads on
            nodes[index] = rest
            return [Node("text", text[0], node.start, node.start + 1)], index
        return [Node("text", text, node.start, node.end)], index + 1
    return [node], index + 1


def parenthesis(nodes: list[Node], index: int) -> int:
    """The place after an argument in round brackets."""
    start = skip_space(nodes, index)
    if start < len(nodes) and nodes[start].value.lstrip()[:1] == "(":
        _, close, rest = nodes[start].value.partition(")")
        if close:
            if rest.strip():
                nodes[start] = Node("text", rest, nodes[start].start, nodes[start].end)
                return start
            return start + 1
    return index


def plain(nodes: Sequence[Node]) -> str:
    """Nodes as bare text: for numbers, lengths, colours and names."""
    parts = []
    for node in nodes:
        if node.kind == "macro":
            parts.append("\\" + node.value)
        elif node.kind in ("group", "environment"):
            parts.append(plain(node.nodes))
        else:
            parts.append(node.value)
    return "".join(parts).strip()
