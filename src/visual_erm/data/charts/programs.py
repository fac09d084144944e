"""A plotting program as text with its syntax tree: where things stand, and how to replace them.

    program = Program(source)
    call = program.calls("title")[0]
    program.rewritten([program.dropped(program.statement(call))])

What is replaced is found in the tree and spliced into the text, so all else stays as it was
written: comments, line breaks, quotes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Splice(NamedTuple):
    """New text for a stretch of a program."""

    start: int
    """In bytes from the beginning."""
    end: int
    text: str


@dataclass(frozen=True)
class Literal:
    """A list or tuple of constants."""

    node: ast.List | ast.Tuple
    values: tuple[float | str, ...]

    @property
    def numbers(self) -> bool:
        """Whether it holds nothing but numbers."""
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)

    @property
    def strings(self) -> bool:
        """Whether it holds nothing but texts."""
        return all(isinstance(v, str) for v in self.values)


class Program:
    """The text of a program and what stands in it."""

    def __init__(self, source: str) -> None:
        """Read it.

        Raises:
            SyntaxError: it is no Python.
        """
        self.source = source
        self.tree = ast.parse(source)
        self._bytes = source.encode()
        self._lines = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where the text of a node begins and ends, in bytes."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        return (
            self._lines[first - 1] + getattr(node, "col_offset", 0),
            self._lines[last - 1] + getattr(node, "end_col_offset", 0),
        )

    def text(self, node: ast.AST) -> str:
        """What is written there."""
        start, end = self.span(node)
        return self._bytes[start:end].decode()

    def replaced(self, node: ast.AST, text: str) -> Splice:
        """Other text in place of a node."""
        return Splice(*self.span(node), text)

    def rewritten(self, splices: Sequence[Splice]) -> str | None:
        """The program with all replacements; None where they overlap or leave no Python."""
        text = self._bytes
        end = len(text)
        for splice in sorted(splices, reverse=True):
            if splice.end > end:
                return None
            text = text[: splice.start] + splice.text.encode() + text[splice.end :]
            end = splice.start
        source = text.decode()
        try:
            ast.parse(source)
        except SyntaxError:
            return None
        return source

    def parent(self, node: ast.AST) -> ast.AST | None:
        """What a node stands in."""
        return self._parents.get(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """All that a node stands in, from the inside out."""
        found = self.parent(node)
        while found is not None:
            yield found
            found = self.parent(found)

    def calls(self, *names: str) -> list[ast.Call]:
        """Calls of functions and methods of these names."""
        return [
            node for node in ast.walk(self.tree)
            if isinstance(node, ast.Call) and called(node) in names
        ]  # fmt: skip

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement that consists of a call and nothing else, its value unused or named."""
        parent = self.parent(node)
        return parent if isinstance(parent, ast.Expr) else None

    def dropped(self, statement: ast.stmt) -> Splice:
        """A statement taken out, with its line where it has one of its own."""
        start, end = self.span(statement)
        line_start, line_end = self._lines[statement.lineno - 1], self._lines[
            statement.end_lineno or statement.lineno
        ]  # fmt: skip
        before, after = self._bytes[line_start:start], self._bytes[end:line_end]
        body = self._body(statement)
        alone = not before.strip() and (not after.strip() or after.strip().startswith(b"#"))
        if alone and len(body) > 1:
            return Splice(line_start, line_end, "")
        return Splice(start, end, "pass")

    def _body(self, statement: ast.stmt) -> list[ast.stmt]:
        parent = self.parent(statement)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(parent, name, None)
            if isinstance(body, list) and statement in body:
                return body
        return [statement]

    def after(self, statement: ast.stmt, text: str) -> Splice:
        """A statement inserted below another, with its indentation."""
        line_start = self._lines[statement.lineno - 1]
        start, end = self.span(statement)
        indentation = self._bytes[line_start:start]
        if indentation.strip():
            return Splice(end, end, f"; {text}")
        return Splice(end, end, f"\n{indentation.decode()}{text}")

    def constants(self, kind: type) -> list[ast.Constant]:
        """Constants of one type that stand in the text as they are: no docstrings, no `f"..."`."""
        return [
            node for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant) and type(node.value) is kind
            and not isinstance(self.parent(node), (ast.Expr, ast.JoinedStr))
        ]  # fmt: skip

    def literals(self, least: int = 3) -> list[Literal]:
        """Lists and tuples of so many constants or more."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) >= least:
                values = [constant(element) for element in node.elts]
                if all(v is not None for v in values):
                    found.append(Literal(node, tuple(v for v in values if v is not None)))
        return found

    def keywords(self, *names: str) -> list[ast.keyword]:
        """Arguments that are passed by one of these names."""
        return [
            node for node in ast.walk(self.tree)
            if isinstance(node, ast.keyword) and node.arg in names
        ]  # fmt: skip


def called(call: ast.Call) -> str:
    """The name of the function or method that is called; empty for anything else."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def constant(node: ast.AST) -> float | str | None:
    """The number, with its sign, or the text that a node is; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant(node.operand)
        return -inner if isinstance(inner, (int, float)) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
        return None if isinstance(node.value, bool) else node.value
    return None
