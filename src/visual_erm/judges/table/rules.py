"""Which cells of matched tables differ, and why: one finding for each cause.

Cells merged or split are found while cells are compared. Then, each step leaving the next only what
it does not explain: cells exchanged, or shifted by a lost or added span; and other spans. `differ`
says where `layout`, `pushed` and `causes` come in, and `changes`, which tells single cells last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around
from visual_erm.judges.table import causes, look, shapes, signs, text
from visual_erm.judges.table.match import Item, Matching, RowPair, items
from visual_erm.types import Box, Discrepancy, Severity

if TYPE_CHECKING:
    from visual_erm.judges.table.scene import TableScene

MOST_FINDINGS = 24
MISSPELT = 0.6
"""Likeness from which a text is another one misspelt."""
JOINED = 0.9
"""Likeness from which a long text is several others, joined."""
LONG = 24
"""Signs from which a text is judged by its letters and digits alone."""
SECOND_LOOKS = 40
"""Cells read again in one comparison."""
SMALLER = 0.87
"""Height of type beside that of the other picture below which it is clearly harder to read."""
MOST_SPANS = 0.25
"""Share of the cells with rules around them that may cover other rows."""
LOST_POINT = 2.5
"""Evidence from which a number lost a point that was read in the picture that is harder to read."""


@dataclass(frozen=True)
class Change:
    """A cell that differs: on one side only when lost or added."""

    row: int
    """Of the reference; the row before, when the cell is added."""
    column: int
    """Of the reference; of the candidate, when the cell is added."""
    before: Item | None
    after: Item | None

    @property
    def texts(self) -> tuple[str, str]:
        """What it was and what it is."""
        return self.before.text if self.before else "", self.after.text if self.after else ""


@dataclass
class Comparison:
    """Two scenes, how they correspond, and what was found so far."""

    reference: TableScene
    candidate: TableScene
    matching: Matching
    findings: list[Discrepancy] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    shifted: list[tuple[int, Item, Item]] = field(default_factory=list)
    """Row, and a cell whose text stands in another column."""
    kept: list[tuple[int, Item, Item]] = field(default_factory=list)
    """Row, and cells that agree."""
    looks: int = SECOND_LOOKS

    def report(
        self,
        category: str,
        severity: Severity,
        location: str,
        description: str,
        before: Iterable[Box] = (),
        after: Iterable[Box] = (),
    ) -> None:
        """Add one finding."""
        old, new = list(before), list(after)
        self.findings.append(
            Discrepancy(
                category=category,
                severity=severity,
                location=location,
                description=description,
                bbox=around(old) if old else None,
                bbox_prediction=around(new) if new else None,
            )
        )

    def unequal(self, row: int, a: Item, b: Item) -> None:
        """Take cells that were kept for changed ones."""
        self.kept.remove((row, a, b))
        self.changes.append(Change(row, a.first, a, b))

    def same(self, a: Item, b: Item) -> bool:
        """Whether two cells show the same text, after a second look if they seem not to."""
        if text.equal(a.text, b.text):
            return True
        if look.comparable(a.cells, b.cells):
            if self.unmoved and look.another_sign(a.cells[0], b.cells[0]):
                return False
            alike = look.alike(a.cells[0], b.cells[0])
            if alike >= (look.ALIKE_AT_ONCE if self.one_look else look.ALIKE):
                return True
            if self.one_look and alike < look.UNLIKE_AT_ONCE:
                return False
        if not self.left_out(a, b) and signs.other_lengths(a.cells, b.cells):
            return False
        # Over many lines letters that look alike, and signs between words, are misread somewhere.
        long, alike = min(len(a.text), len(b.text)) > LONG, text.alike(a.text, b.text)
        if long and (alike or text.same_words(a.text, b.text)):
            return True
        short = min(len(a.text), len(b.text)) <= look.SHORT
        unlike = text.likeness(a.text, b.text) < 0.3 and not short and self.legible
        if not self.looks or unlike:
            return alike or not self.legible
        self.looks -= 1
        found = look.certainty(a.cells, self.reference, b.cells, self.candidate)
        return found < self._asked(a, b)

    def left_out(self, a: Item, b: Item) -> bool:
        """Whether signs may have been left out that are there.

        A reader leaves out what a scan or small type hardly shows, and does not make it up: if a
        picture that is easier to read has more signs, that says little; if it has less, much.
        Only a mark at an end of a short text stands free enough to be seen, and a minus.
        """
        ends = text.without_marks(a.text) == text.without_marks(b.text)
        if ends and min(len(a.text), len(b.text)) <= LONG:
            return False
        return self.harder * (len(text.plain(b.text)) - len(text.plain(a.text))) > 0

    @cached_property
    def harder(self) -> int:
        """1 where the reference is clearly harder to read, -1 where the candidate is, else 0."""
        sides = self.reference, self.candidate
        scans = [bool(scene.glimpses) for scene in sides]
        if scans[0] != scans[1]:
            return 1 if scans[0] else -1
        heights = [scene.height for scene in sides]
        # a blurred copy has taller letters
        copied = self.reference.size == self.candidate.size
        if copied or min(heights) >= SMALLER * max(heights):
            return 0
        return 1 if heights[0] < heights[1] else -1

    def _asked(self, a: Item, b: Item) -> float:
        """Evidence from which the texts of two cells differ."""
        if self.left_out(a, b):
            return max(self.enough, look.CERTAIN)
        number = text.is_numeric(a.text) and text.is_numeric(b.text)
        if number and self.left_out(b, a) and text.digits(a.text) == text.digits(b.text):
            return LOST_POINT
        return self.enough

    @cached_property
    def enough(self) -> float:
        """Evidence from which texts differ: more where the recogniser is in doubt everywhere."""
        scores = [
            float(np.median([cell.score for cell in scene.cells])) if scene.cells else 1.0
            for scene in (self.reference, self.candidate)
        ]
        return look.ENOUGH + look.DOUBT * max(0.0, look.SURE - min(scores))

    @property
    def legible(self) -> bool:
        """Whether texts can be read well enough to be told apart at once."""
        return self.enough <= look.ENOUGH + 1

    @cached_property
    def one_look(self) -> bool:
        """Whether both pictures are drawn alike; asked for once the equal texts are known."""
        return look.one_look((a.cells[0], b.cells[0]) for _, a, b in self.single)

    @cached_property
    def unmoved(self) -> bool:
        """Whether equal texts have equal pixels; asked for once the equal texts are known."""
        return look.unmoved((a.cells[0], b.cells[0]) for _, a, b in self.single)

    @property
    def single(self) -> list[tuple[int, Item, Item]]:
        """Of what agrees, texts of one cell each."""
        return [kept for kept in self.kept if len(kept[1].cells) == len(kept[2].cells) == 1]

    def row_name(self, row: int) -> str:
        """A row of the reference in words."""
        heads = self.reference.heads
        alone = len(self.reference.rows[row]) == 1 and len(self.reference.grid.columns) > 1
        if row >= heads:
            last = row == len(self.reference.rows) - 1
            return "note below the table" if alone and last else f"row {row - heads + 1}"
        if alone and row == 0 and heads > 1:
            return "caption or first header"
        return "header" if heads == 1 else f"header row {row + 1}"

    def rows_name(self, rows: Sequence[int]) -> str:
        """Neighbouring rows of the reference in words."""
        first, last = self.row_name(rows[0]), self.row_name(rows[-1])
        return first if len(rows) == 1 else f"{first} to {last}"

    def column_name(self, column: int) -> str:
        """A column of the reference by its header, or by its number."""
        for row in reversed(self.reference.rows[: self.reference.heads]):
            for cell in row:
                alone = len(row) == 1 and len(self.reference.grid.columns) > 1
                if cell.place.first == cell.place.last == column and cell.text and not alone:
                    return f'column "{cell.text}"'
        return f"column {column + 1}"

    def place_name(self, row: int, column: int) -> str:
        """A cell of the reference in words."""
        name = self.row_name(row)
        if name.startswith("note"):
            return name
        if row < self.reference.heads:
            return f"{name}, column {column + 1}"
        return f"{name}, {self.column_name(column)}"


def compare_cells(found: Comparison) -> None:
    """Sort the cells of every row pair into kept, shifted and changed."""
    rows = [_plainly_equal(found, pair) for pair in found.matching.pairs]
    causes.report_rows_exchanged(found, rows)
    look.doubt(found)
    for pair, (before, after) in zip(found.matching.pairs, rows, strict=True):
        _compare_rest(found, pair.reference[0], before, after)
    shapes.doubt(found)
    _forgive_floating(found)


def _mapped(found: Comparison, item: Item) -> set[int]:
    columns = found.matching.columns
    return {columns[c] for c in range(item.first, item.last + 1) if c in columns}


def _plainly_equal(found: Comparison, pair: RowPair) -> tuple[list[Item], list[Item]]:
    """Keep what reads the same; returns the rest of both rows."""
    matching = found.matching
    lost, extra = set(matching.lost_columns), set(matching.extra_columns)
    before = [i for i in items(found.reference, pair.reference) if not lost >= set(_over(i))]
    after = [i for i in items(found.candidate, pair.candidate) if not extra >= set(_over(i))]
    row = pair.reference[0]
    _take(found, row, before, after, lambda a, b: text.equal(a.text, b.text))
    return before, after


def _compare_rest(found: Comparison, row: int, before: list[Item], after: list[Item]) -> None:
    if _joined(before) == _joined(after) and len(before) != len(after):
        _report_merged(found, row, before, after)
        return
    _take_shifted(found, row, before, after)
    _report_merged(found, row, before, after)
    _take(found, row, before, after, found.same)
    for a in list(before):
        over = [b for b in after if _mapped(found, a) & set(_over(b))]
        if over:
            after.remove(over[0])
        before.remove(a)
        if a.text or (over and over[0].text):
            found.changes.append(Change(row, a.first, a, over[0] if over else None))
    found.changes += [Change(row, b.first, None, b) for b in after if b.text]


def _over(item: Item) -> range:
    return range(item.first, item.last + 1)


def _joined(row: Sequence[Item]) -> str:
    return text.plain("".join(item.text for item in row)).lower()


def _take(
    found: Comparison,
    row: int,
    before: list[Item],
    after: list[Item],
    same: Callable[[Item, Item], bool],
) -> None:
    """Move what agrees, in corresponding columns, from both rows to the kept ones."""
    for a in list(before):
        for b in after:
            if _mapped(found, a) & set(_over(b)) and same(a, b):
                found.kept.append((row, a, b))
                before.remove(a)
                after.remove(b)
                break


def _take_shifted(found: Comparison, row: int, before: list[Item], after: list[Item]) -> None:
    steps = set()
    columns = found.matching.columns
    for a in list(before):
        if not text.plain(a.text):
            continue
        equal = [b for b in after if text.equal(a.text, b.text)]
        if equal:
            found.shifted.append((row, a, equal[0]))
            steps.add(equal[0].first - columns.get(a.first, -10))
            before.remove(a)
            after.remove(equal[0])
    if len(steps) != 1:
        return
    # What stands beside them may have moved with them, and be misspelt besides.
    step = steps.pop()
    for a in list(before):
        for b in list(after):
            moved = b.first == columns.get(a.first, -10) + step
            if moved and text.likeness(a.text, b.text) >= MISSPELT and a in before:
                found.shifted.append((row, a, b))
                if not found.same(a, b):
                    found.changes.append(Change(row, a.first, a, b))
                before.remove(a)
                after.remove(b)


def _report_merged(found: Comparison, row: int, before: list[Item], after: list[Item]) -> None:
    """Neighbouring cells whose texts together are one cell of the other table."""
    for whole in list(after):
        parts = _parts_of(whole, before)
        if parts:
            after.remove(whole)
            for part in parts:
                before.remove(part)
            if _are_apart(parts, found.reference) and _is_one_cell(whole, parts, found.candidate):
                names = " and ".join(f'"{part.text}"' for part in parts)
                found.report(
                    "layout_error", 2, found.place_name(row, parts[0].first),
                    f"cells {names} are merged into one", [p.area for p in parts], [whole.area],
                )  # fmt: skip
    for whole in list(before):
        parts = _parts_of(whole, after)
        if parts:
            before.remove(whole)
            for part in parts:
                after.remove(part)
            if _are_apart(parts, found.candidate) and _is_one_cell(whole, parts, found.reference):
                names = " and ".join(f'"{part.text}"' for part in parts)
                found.report(
                    "layout_error", 2, found.place_name(row, whole.first),
                    f'cell "{whole.text}" is split into {names}', [whole.area],
                    [p.area for p in parts],
                )  # fmt: skip


def _parts_of(whole: Item, row: list[Item]) -> list[Item]:
    for start in range(len(row)):
        for end in range(start + 2, min(len(row), start + 5) + 1):
            if _is_one([_joined([part]) for part in row[start:end]], _joined([whole])):
                return row[start:end]
    return []


def _is_one(parts: Sequence[str], whole: str) -> bool:
    """Whether a text is several ones joined; of long ones some signs may be misread."""
    if min(len("".join(parts)), len(whole)) <= LONG:
        return "".join(parts) == whole
    return text.is_joined(whole, parts, JOINED)


def _are_apart(parts: list[Item], scene: TableScene) -> bool:
    """Whether more than a space lies between the parts, or they have rules around them."""
    gaps = [b.box[0] - a.box[2] for a, b in pairwise(parts)]
    return min(gaps) >= 0.8 * scene.height or all(part.framed for part in parts)


def _is_one_cell(whole: Item, parts: list[Item], scene: TableScene) -> bool:
    """Whether a text over several columns is one cell, not several that nearly touch."""
    if whole.first == whole.last:
        return True
    if whole.framed:
        return True
    share = len(parts[0].text) / max(1, sum(len(part.text) for part in parts))
    cut = whole.box[0] + share * (whole.box[2] - whole.box[0])
    left, right = scene.grid.columns[whole.first], scene.grid.columns[whole.first + 1]
    slack = 0.8 * scene.height
    return not left[1] - slack <= cut <= right[0] + slack


def _forgive_floating(found: Comparison) -> None:
    """A cell over several rows may stand at the top of them or in the middle."""
    for lost in [c for c in found.changes if c.before and not c.after]:
        for added in [c for c in found.changes if c.after and not c.before]:
            a, b = lost.before, added.after
            if a is None or b is None or not 0 < abs(lost.row - added.row) <= 4:
                continue
            if _mapped(found, a) & set(_over(b)) and text.equal(a.text, b.text):
                found.changes = [c for c in found.changes if c is not lost and c is not added]
                found.kept.append((lost.row, a, b))
                break
    _forgive_lone_rows(found)


def _forgive_lone_rows(found: Comparison) -> None:
    """Such a cell may even stand between two rows, as a row of its own."""
    matching = found.matching
    for extra in list(matching.extra):
        alone = items(found.candidate, [extra])
        if len(alone) != 1 or len(found.candidate.grid.columns) < 2:
            continue
        near = [p.reference[0] for p in matching.pairs if abs(p.candidate[0] - extra) <= 3]
        for change in found.changes:
            a = change.before
            if a is None or change.after or change.row not in near:
                continue
            if _mapped(found, a) & set(_over(alone[0])) and text.equal(a.text, alone[0].text):
                matching.extra.remove(extra)
                found.changes.remove(change)
                found.kept.append((change.row, a, alone[0]))
                break
    for row in list(matching.lost):
        alone = items(found.reference, [row])
        if len(alone) != 1 or len(found.reference.grid.columns) < 2:
            continue
        for change in found.changes:
            b = change.after
            if b is None or change.before or abs(change.row - row) > 3:
                continue
            if _mapped(found, alone[0]) & set(_over(b)) and text.equal(b.text, alone[0].text):
                matching.lost.remove(row)
                found.changes.remove(change)
                found.kept.append((row, alone[0], b))
                break


def runs(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers that follow each other, together."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def parts_of_run(run: list[int], count: int) -> list[list[int]]:
    """The run in up to so many parts of about equal length."""
    return [part.tolist() for part in np.array_split(run, count) if len(part)]


def report_shifts(found: Comparison) -> None:
    """Exchanged cells, and cells that a lost or added span pushed aside."""
    by_row: dict[int, list[tuple[Item, Item]]] = {}
    for row, a, b in found.shifted:
        by_row.setdefault(row, []).append((a, b))
    pushed: list[int] = []
    for row, moves in by_row.items():
        rest = _report_swaps(found, row, moves)
        if rest:
            by_row[row] = rest
            pushed.append(row)
    for run in runs(pushed):
        moves = [move for row in run for move in by_row[row]]
        first, after = moves[0]
        # a span pushes all that follows it the same way
        one_way = len({now.first > was.first for was, now in moves}) == 1
        cause = _cause(found, run[0], first) if one_way else None
        name = found.rows_name(run)
        if run[0] < found.reference.heads and len(moves) > 1 and not cause:
            # whoever reads a column reads it for something else: each is a mistake of its own
            for was, now in moves:
                words = f'"{was.text}" stands over another column'
                found.report("text_error", 3, name, words, [was.area], [now.area])
            continue
        old, new = cause or (first, after)
        what = f'"{first.text}"' + (f" and {len(moves) - 1} more" if len(moves) > 1 else "")
        why = f'; the span of "{old.text}" differs' if cause else ""
        # without a span that explains it, everything below or beside is read for something else
        severity: Severity = 2 if cause else 3
        verb = "stands" if len(moves) == 1 else "stand"
        words = f"{what} {verb} in another column{why}"
        found.report("layout_error", severity, name, words, [old.area], [new.area])


def _report_swaps(
    found: Comparison, row: int, moves: list[tuple[Item, Item]]
) -> list[tuple[Item, Item]]:
    rest = list(moves)
    for a, b in moves:
        for c, d in moves:
            if (a, b) not in rest or (c, d) not in rest or a is c:
                continue
            if _mapped(found, a) & set(_over(d)) and _mapped(found, c) & set(_over(b)):
                rest.remove((a, b))
                rest.remove((c, d))
                head = row < found.reference.heads
                numeric = text.is_numeric(a.text) and text.is_numeric(c.text)
                numeric = numeric and not head
                level: Severity = 3 if head or text.are_marks(a.text, c.text) else 2
                found.report(
                    "numeric_error" if numeric else "text_error",
                    text.severity_of_exchange(a.text, c.text) if numeric else level,
                    f"{found.row_name(row)}, columns {a.first + 1} and {c.first + 1}",
                    f'"{a.text}" and "{c.text}" are exchanged',
                    [a.area, c.area], [b.area, d.area],
                )  # fmt: skip
    return rest


def _cause(found: Comparison, row: int, shifted: Item) -> tuple[Item, Item] | None:
    """The cell whose lost or added span pushed `shifted` aside: beside it, or above."""
    beside = [(a, b) for r, a, b in found.kept if r == row and a.last < shifted.first]
    if beside:
        cell = max(beside, key=lambda pair: pair[0].last)
        # where rules say how far it reaches, it must reach further or less far
        ruled = all(item.framed for item in cell)
        return None if ruled and _mapped(found, cell[0]) == set(_over(cell[1])) else cell
    above = [(r, a, b) for r, a, b in found.kept if r < row and a.first <= shifted.first]
    if not above:
        return None
    _, a, b = min(above, key=lambda entry: (entry[1].first, row - entry[0]))
    return a, b


def report_spans(found: Comparison) -> None:
    """Cells that ruling lines in both pictures give different columns, or rows."""
    framed = [(row, a, b) for row, a, b in found.kept if a.framed and b.framed]
    _report_rows_covered(found, framed)
    columns = found.matching.columns
    if found.matching.lost_columns or found.matching.extra_columns:
        return
    for row, a, b in framed:
        if any(c not in columns for c in _over(a)):
            continue
        if {columns[c] for c in _over(a)} != set(_over(b)):
            _report_span(found, "columns", (row, a, b), _over(a), _over(b))


def _report_rows_covered(found: Comparison, framed: Sequence[tuple[int, Item, Item]]) -> None:
    """Cells over more or fewer rows; where that holds for many, rules are drawn in another way."""
    if found.reference.glimpses or found.candidate.glimpses:
        # a scan loses thin rules
        return
    to = {p.reference[0]: p.candidate[0] for p in found.matching.pairs if _is_single(p)}
    other = []
    for kept in framed:
        ours = found.reference.rows_beside(kept[1].cells)
        theirs = found.candidate.rows_beside(kept[2].cells)
        known = to.keys() >= set(ours) and set(to.values()) >= set(theirs)
        if known and {to[row] for row in ours} != set(theirs):
            other.append((kept, ours, theirs))
    if len(other) <= MOST_SPANS * len(framed):
        for kept, ours, theirs in other:
            _report_span(found, "rows", kept, ours, theirs)


def _is_single(pair: RowPair) -> bool:
    return len(pair.reference) == len(pair.candidate) == 1


def _report_span(
    found: Comparison,
    axis: str,
    kept: tuple[int, Item, Item],
    ours: Sequence[int],
    theirs: Sequence[int],
) -> None:
    """A cell that covers other rows or columns, or stands in each of them: no text is lost then."""
    row, a, b = kept
    rows = ours if axis == "rows" else [row]
    again = [
        c
        for c in found.changes
        if c.after and not c.texts[0] and text.equal(c.after.text, a.text)
        and c.row in rows and c.after.first in _mapped(found, a)
    ]  # fmt: skip
    found.changes = [c for c in found.changes if c not in again]
    said = f"covers {len(theirs)} {axis} instead of {len(ours)}"
    if again:
        said = f"is repeated where it covers {len(ours)} {axis} in the reference"
    found.report(
        "layout_error", 1 if again else 2, found.place_name(row, a.first), f'"{a.text}" {said}',
        _frames(a), [*_frames(b), *(c.after.area for c in again if c.after)],
    )  # fmt: skip


def _frames(item: Item) -> list[Box]:
    return [cell.place.frame or cell.area for cell in item.cells]
