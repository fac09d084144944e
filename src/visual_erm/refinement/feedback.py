"""What a policy is told: the judge's list with places, what the last round did, why it failed.

The list is short: the severest entries first, at most `MOST`; a traceback keeps its end, where the
program's own line stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visual_erm.refinement.changes import Changes, changes
from visual_erm.refinement.records import Attempt
from visual_erm.types import SEVERITIES, Discrepancy, Failure

MOST = 20
"""Entries of a list."""
MOST_LINES, MOST_CHARACTERS = 12, 1500
"""Of a traceback."""
LONGEST = 160
"""Characters of a source line that is quoted."""
_LINE = re.compile(r"\bline (\d+)")
_CAUSES = {
    "timeout": "Make it simpler: it must be done within seconds.",
    "blank": "The picture shows nothing. See that something visible is drawn on the canvas.",
    "no_source": "The reply held no source. Answer with the whole source in one fenced block.",
    "truncated": "The reply was cut before its end. Write a shorter source.",
    "missing_module": "Use only Matplotlib, NumPy, pandas and seaborn.",
}
"""What helps, by the code of a failure."""


def of_verdict(best: Attempt, last: Attempt | None) -> str:
    """What differs in the best attempt, and what came of the last one.

    Args:
        best: has a verdict.
        last: the attempt before this turn; `best` itself if that was accepted.
    """
    verdict = best.reward.verdict
    assert verdict is not None and best.reward.rendering is not None
    picture = best.reward.rendering
    listed = _ordered(verdict.errors, best.lines)
    size = f"boxes in pixels of each picture, the attempt is {picture.width} x {picture.height}"
    parts = [f"Differences ({len(verdict.errors)} in all; {size}):"]
    parts += [
        f"{number}. {_entry(error, lines, best.source or '')}"
        for number, (error, lines) in enumerate(listed[:MOST], 1)
    ]
    if len(listed) > MOST:
        parts.append(f"... and {len(listed) - MOST} more, less severe.")
    if not listed:
        parts = ["The judge lists no difference by name, but the pictures are not equal yet."]
    if verdict.distance is not None:
        parts.append(f"Distance from the reference: {verdict.distance:.3f} (0 is equal).")
    history = _history(best, last)
    return "\n".join([*parts, *([history] if history else [])])


def of_failure(attempt: Attempt) -> str:
    """Why an attempt shows nothing, shortened to what helps."""
    failure = attempt.reward.failure
    assert failure is not None
    parts = [f"{failure.message} ({failure.code})"]
    detail = shortened(failure.detail)
    if detail and detail not in failure.message:
        parts.append(detail)
    parts += _quoted_line(failure, attempt.source)
    if failure.code in _CAUSES:
        parts.append(_CAUSES[failure.code])
    return "\n".join(parts)


def shortened(traceback: str) -> str:
    r"""The end of a traceback: its last lines, not longer than a paragraph.

    >>> shortened("a\n" * 50).count("a")
    11
    """
    lines = [line for line in traceback.rstrip().splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        lines = ["  ...", *lines[1 - MOST_LINES :]]
    return "\n".join(lines)[-MOST_CHARACTERS:]


def _ordered(
    errors: Sequence[Discrepancy], lines: Sequence[tuple[int, ...]]
) -> list[tuple[Discrepancy, tuple[int, ...]]]:
    padded = [*lines, *[()] * (len(errors) - len(lines))]
    return sorted(zip(errors, padded, strict=True), key=lambda pair: -pair[0].severity)


def _entry(error: Discrepancy, lines: tuple[int, ...], source: str) -> str:
    words = f"[{error.severity}, {SEVERITIES[error.severity]}; {error.category}] "
    words += error.description or "it differs"
    places = [error.location] if error.location else []
    if error.bbox is not None:
        places.append(f"reference {list(error.bbox)}")
    if error.bbox_prediction is not None:
        places.append(f"attempt {list(error.bbox_prediction)}")
    if places:
        words += f" At: {'; '.join(places)}."
    text = source.splitlines()
    for line in lines:
        words += f"\n   line {line}: {_cut(text[line - 1])}"
    return words


def _history(best: Attempt, last: Attempt | None) -> str:
    if last is None or last.round == 0:
        return ""
    if last.reward.failure is not None:
        return f"The last revision was given up: {last.reward.failure.message}"
    done = Changes(last.fixed, (), last.broken)
    if last is best:
        head = "The last revision was better."
    else:
        # said against what is revised now, which need not be what it was made from
        done = changes(best.reward.verdict, last.reward.verdict)
        head = "The last revision was no better and was given up; this is the one before it."
    fixed = "; ".join(_short(error) for error in done.fixed[:MOST]) or "nothing"
    broken = "; ".join(_short(error) for error in done.broken[:MOST]) or "nothing"
    return f"{head} It fixed: {fixed}. It broke: {broken}."


def _short(error: Discrepancy) -> str:
    return _cut(error.description.rstrip(".") or error.category)


def _quoted_line(failure: Failure, source: str | None) -> list[str]:
    """The line that a message names, unless the traceback shows it already."""
    named = _LINE.findall(failure.message) or _LINE.findall(failure.detail)
    text = (source or "").splitlines()
    if not named or not 0 < int(named[-1]) <= len(text):
        return []
    line = text[int(named[-1]) - 1].strip()
    return [] if not line or line in failure.detail else [f"line {named[-1]}: {_cut(line)}"]


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
