r"""Replies of model judges and records of benchmarks: read into a `Verdict`, written back.

The one place that knows the published wire formats. A reply is one JSON object, mostly: models
wrap it in fences, prose and reasoning, write `type` for `category`, numbers as strings, and stop in
the middle. What can be read without guessing is read, and every mending is named in
`Verdict.repairs`; the rest is a `JudgeFault` that keeps the raw reply. A severity outside 1..3 is a
fault of the reply: never clamped, never added up.

    >>> reply = '```json\n{"errors": [{"type": "Text", "severity": "2"}]}\n```'
    >>> verdict = read_reply(reply, "table", JudgeIdentity(name="doctest"))
    >>> verdict.errors[0].category, verdict.errors[0].severity
    ('text_error', 2)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NoReturn

from visual_erm.errors import JudgeFault
from visual_erm.judges import parse_json
from visual_erm.types import CATEGORIES, Box, Discrepancy, Failure, JudgeIdentity, Task, Verdict

MAX_REPLY = 1_000_000
"""Characters; 8,192 tokens are some 40,000."""
MAX_TEXT = 2_000
"""Characters of a description or location; longer ones are cut, and that is said."""

OnBad = Literal["refuse", "drop"]
"""What an error that cannot be read leads to: no verdict at all, or a verdict without it."""

_OLD_CATEGORIES: Mapping[Task, tuple[str, ...]] = {
    "chart": (),
    "table": (),
    "svg": ("other_error",),
}
"""Categories of older prompts: read, and left out of metrics."""
_SEVERITY_WORDS = {"minor": 1, "medium": 2, "severe": 3}
_SEVERITY_TEXT = re.compile(r"([123])(?:\.0)?(?: ?[-:(]? ?(minor|medium|severe)\)?)?")
_THINK_END = re.compile(r"</(?:think|thinking|reasoning|thought)>", re.IGNORECASE)
_THINK_START = re.compile(r"<(?:think|thinking|reasoning|thought)>", re.IGNORECASE)
_GROUNDED = ("grounded", "ungrounded", "unknown")


class _Unreadable(ValueError):
    """One error of the list says something that cannot be read; the message says what."""


def read_reply(
    reply: str,
    task: Task,
    judge: JudgeIdentity,
    *,
    finish: str = "stop",
    on_bad: OnBad = "refuse",
    usage: Mapping[str, float] | None = None,
) -> Verdict:
    """The verdict in a judge's reply.

    Args:
        reply: the reply's text, as it came.
        task: which categories are allowed.
        judge: who replied.
        finish: why the reply ended, as the server says; "length" when a limit cut it.
        on_bad: what to do with an error of unknown category or impossible severity.
        usage: what the reply cost; kept in the verdict.

    Raises:
        JudgeFault: stage "judge" with code empty, too_large, truncated or unreadable; `detail`
            holds the reply.
    """
    if not reply.strip():
        _refuse("empty", "the judge's reply is empty", reply)
    if len(reply) > MAX_REPLY:
        message = f"the judge's reply has {len(reply)} characters; at most {MAX_REPLY}"
        _refuse("too_large", message, reply[:MAX_TEXT])
    answer, repairs = _without_thinking(reply)
    found = parse_json.find(answer)
    repairs += found.repairs
    if found.value is None:
        cut = finish == "length" or found.cut
        code = "truncated" if cut else "unreadable"
        reason = "was cut before it held one error" if cut else "holds no JSON object with errors"
        _refuse(code, f"the judge's reply {reason}", reply)
    try:
        errors = _read_value(found.value, task, on_bad, repairs, whole=not found.cut)
    except _Unreadable as problem:
        _refuse("unreadable", f"the judge's reply cannot be read: {problem}", reply)
    return Verdict(
        task=task,
        errors=errors,
        judge=judge,
        repairs=_merged(repairs),
        finish="length" if found.cut and finish == "stop" else finish,
        usage=dict(usage or {}),
        raw=reply,
    )


def read_record(
    value: Any, task: Task, judge: JudgeIdentity, *, on_bad: OnBad = "refuse"
) -> Verdict:
    """The verdict in decoded JSON: a reply's object, or a bare list of errors.

    Official files hold `human_errors` as such a list, and `pred_json` as such an object.

    Raises:
        JudgeFault: it holds no list of errors, or one that cannot be read.
    """
    repairs: list[str] = []
    try:
        errors = _read_value(value, task, on_bad, repairs, whole=True)
    except _Unreadable as problem:
        _refuse("unreadable", f"the record cannot be read: {problem}", repr(value)[:MAX_TEXT])
    return Verdict(task=task, errors=errors, judge=judge, repairs=_merged(repairs))


def read_ranking(reply: str, count: int, *, finish: str = "stop") -> tuple[int, ...]:
    r"""The tier of each of `count` candidates, 0 the best, in a reply that ranks them.

    `{"ranking": [[2], [1, 3]]}` holds numbers from 1, best first; a candidate alone needs no list
    of its own. Each must be there once: a ranking that leaves one out is not filled up.

    >>> read_ranking('```json\\n{"ranking": [2, [1, 3]]}\\n```', 3)
    (1, 0, 1)

    Raises:
        JudgeFault: code empty, truncated or unreadable; `detail` holds the reply.
    """
    if not reply.strip():
        _refuse("empty", "the judge's reply is empty", reply)
    answer, _ = _without_thinking(reply[:MAX_REPLY])
    for match in reversed(list(re.finditer(r'\{\s*"ranking"', answer))):
        try:
            value, _ = json.JSONDecoder().raw_decode(answer[match.start() :])
            listed = value["ranking"] if isinstance(value["ranking"], list) else []
            tiers = [tier if isinstance(tier, list) else [tier] for tier in listed]
            named = [(str(name), at) for at, tier in enumerate(tiers) for name in tier]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        found = dict(named)
        wanted = [str(number) for number in range(1, count + 1)]
        if len(named) == count and set(found) == set(wanted):
            return tuple(found[name] for name in wanted)
        _refuse("unreadable", f"the judge does not rank each of {count} candidates once", reply)
    code = "truncated" if finish == "length" else "unreadable"
    return _refuse(code, "the judge's reply holds no ranking", reply)


def to_wire(verdict: Verdict) -> dict[str, Any]:
    """The published format: counts, then errors. Tables say `type` and have no location."""
    wire: dict[str, Any] = {f"{name}_count": n for name, n in verdict.counts.items()}
    wire["errors"] = [_error_to_wire(error, verdict.task) for error in verdict.errors]
    return wire


def _error_to_wire(error: Discrepancy, task: Task) -> dict[str, Any]:
    if task == "table":
        return {
            "type": error.category,
            "description": error.description,
            "severity": error.severity,
        }
    return {
        "category": error.category,
        "severity": error.severity,
        "location": error.location,
        "description": error.description,
    }


def _refuse(code: str, message: str, raw: str) -> NoReturn:
    raise JudgeFault(
        Failure(kind="judge", stage="judge", code=code, message=message, detail=raw[:MAX_REPLY])
    )


def _without_thinking(reply: str) -> tuple[str, list[str]]:
    """What follows the last reasoning block; an open one hides the rest."""
    ends = list(_THINK_END.finditer(reply))
    answer = reply[ends[-1].end() :] if ends else reply
    starts = _THINK_START.search(answer)
    if starts is not None:
        answer = answer[: starts.start()]
    # a marker inside a description must not hide the object around it
    if not answer.strip() or (ends and "{" not in answer and "[" not in answer):
        begins = _THINK_START.match(reply.lstrip())
        return ("" if begins else reply), []
    return answer, ["left reasoning out"] if ends or starts else []


def _read_value(
    value: Any, task: Task, on_bad: OnBad, repairs: list[str], *, whole: bool
) -> tuple[Discrepancy, ...]:
    if isinstance(value, list):
        repairs.append("a bare list of errors")
        return _read_errors(value, task, on_bad, repairs)
    if not isinstance(value, Mapping):
        raise _Unreadable(f"expected an object, got {type(value).__name__}")
    counts = _counts(value, task)
    listed = value.get("errors")
    if listed is None:
        if len(counts) == len(CATEGORIES[task]) and not any(counts.values()):
            repairs.append("no list of errors; every count is 0")
            return ()
        raise _Unreadable('no list "errors"')
    if not isinstance(listed, list):
        raise _Unreadable(f'"errors" should be a list, got {type(listed).__name__}')
    errors = _read_errors(listed, task, on_bad, repairs)
    _compare_counts(counts, errors, repairs, whole=whole)
    return errors


def _counts(value: Mapping[str, Any], task: Task) -> dict[str, int]:
    counts = {}
    for category in CATEGORIES[task]:
        stated = value.get(f"{category}_count")
        if isinstance(stated, str) and stated.strip().isdecimal() and len(stated) < 9:
            stated = int(stated)
        if isinstance(stated, int) and not isinstance(stated, bool):
            counts[category] = stated
    return counts


def _compare_counts(
    counts: Mapping[str, int],
    errors: Sequence[Discrepancy],
    repairs: list[str],
    *,
    whole: bool,
) -> None:
    """The list counts; a count that says otherwise is noted."""
    for category, stated in counts.items():
        listed = sum(error.category == category for error in errors)
        if stated != listed:
            what = "listed" if whole else "kept"
            repairs.append(f"{category}_count says {stated}, {listed} {what}")


def _read_errors(
    listed: Sequence[Any], task: Task, on_bad: OnBad, repairs: list[str]
) -> tuple[Discrepancy, ...]:
    errors = []
    for number, item in enumerate(listed, 1):
        try:
            errors.append(_read_error(item, task, repairs))
        except _Unreadable as problem:
            message = f"{problem} in error {number} of {len(listed)}"
            if on_bad == "refuse":
                raise _Unreadable(message) from None
            repairs.append(f"dropped: {message}")
    return tuple(errors)


def _read_error(item: Any, task: Task, repairs: list[str]) -> Discrepancy:
    if not isinstance(item, Mapping):
        raise _Unreadable(f"expected an object, got {json.dumps(item)[:80]}")
    category = _category(item, task, repairs)
    return Discrepancy(
        category=category,
        severity=_severity(item.get("severity"), category, repairs),
        location=_text(item, "location", repairs),
        description=_text(item, "description", repairs),
        bbox=_box(item, "bbox", repairs),
        bbox_prediction=_box(item, "bbox_prediction", repairs),
        grounded=item["grounded"] if item.get("grounded") in _GROUNDED else None,
    )


def _category(item: Mapping[str, Any], task: Task, repairs: list[str]) -> str:
    stated = [item[key] for key in ("category", "type") if item.get(key) is not None]
    if not stated:
        raise _Unreadable("no category")
    if len(stated) == 2 and stated[0] != stated[1]:
        raise _Unreadable(f"category {stated[0]!r:.60} and type {stated[1]!r:.60}")
    if not isinstance(stated[0], str):
        raise _Unreadable(f"category {stated[0]!r:.60}")
    allowed = CATEGORIES[task] + _OLD_CATEGORIES[task]
    if stated[0] in allowed:
        return stated[0]
    name = re.sub(r"[\s-]++", "_", stated[0].strip().lower())
    for candidate in (name, f"{name}_error"):
        if candidate in allowed:
            repairs.append(f'category "{stated[0]}" read as {candidate}')
            return candidate
    known = ", ".join(CATEGORIES[task])
    raise _Unreadable(f'category "{stated[0][:60]}" is none of {known}')


def _severity(stated: Any, category: str, repairs: list[str]) -> Literal[1, 2, 3]:
    value = stated
    if isinstance(value, str):
        word = value.strip().lower()
        match = _SEVERITY_TEXT.fullmatch(word)
        if match and (match[2] is None or _SEVERITY_WORDS[match[2]] == int(match[1])):
            value = int(match[1])
        else:
            value = _SEVERITY_WORDS.get(word, stated)
    elif isinstance(value, float) and value in (1.0, 2.0, 3.0):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in (1, 2, 3):
        if type(stated) is not int:
            repairs.append(f"severity {json.dumps(stated)} read as {value}")
        return (1, 2, 3)[value - 1]
    shown = json.dumps(stated)[:60]
    raise _Unreadable(f'severity must be 1, 2 or 3; got {shown} (category "{category}")')


def _text(item: Mapping[str, Any], key: str, repairs: list[str]) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)
        repairs.append(f"{key} was no text")
    if len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
        repairs.append(f"cut a {key} at {MAX_TEXT} characters")
    return str(value)


def _box(item: Mapping[str, Any], key: str, repairs: list[str]) -> Box | None:
    value = item.get(key)
    if value is None:
        return None
    if (
        isinstance(value, list | tuple)
        and len(value) == 4
        and all(type(side) in (int, float) and abs(side) < 1e6 for side in value)
    ):
        x0, y0, x1, y1 = (round(side) for side in value)
        if x0 < x1 and y0 < y1:  # shares of a side, as some models write them, are no pixels
            return (x0, y0, x1, y1)
    repairs.append(f"left out a {key} that is no box")
    return None


def _merged(repairs: Iterable[str]) -> tuple[str, ...]:
    """Each repair once, with its number: a reply of strings repairs every severity."""
    counted: dict[str, int] = {}
    for repair in repairs:
        counted[repair] = counted.get(repair, 0) + 1
    return tuple(f"{text} ({n} times)" if n > 1 else text for text, n in counted.items())
