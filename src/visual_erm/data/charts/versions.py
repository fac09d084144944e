"""Runs in the confined child: other versions of the program, and what is different in them.

An edit of the program is run like the program; the two figures are compared thing by thing. What
the edit is about has to differ, and nothing else but its consequences: otherwise it is not kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from visual_erm.data.charts import program_calls, program_edits
from visual_erm.data.charts.differences import Difference, differences
from visual_erm.data.charts.edits_texts import text_of
from visual_erm.data.charts.figures import around
from visual_erm.data.charts.no_ops import NO_OPS
from visual_erm.data.charts.program_operators import (
    PROGRAM_OPERATORS,
    ProgramOperator,
    Rewriting,
)
from visual_erm.data.charts.programs import Program
from visual_erm.data.charts.things import Scene
from visual_erm.renderers.job import Rejected

if TYPE_CHECKING:
    from visual_erm.types import Image

EDITS = (program_calls, program_edits)
"""Modules that register operators when they are imported."""
REFLOWING = frozenset(("moved", "scale", "size", "stretched"))
"""Aspects with which all that a plot shows may move."""
CONSEQUENCES = {
    ("x axis", "scale"): "code_limits",
    ("y axis", "scale"): "code_limits",
    ("legend", "place"): "code_legend_place",
}
"""What Matplotlib changes by itself when data changes, and a reader sees: errors of their own,
named after the operators that do the same."""
MOST_PLACES = 4
"""Places at which a text is told to be wrong, one by one."""
Run = Callable[[str], tuple[Scene, "Image"]]
Result = tuple[dict[str, Any], "Image | None"]


def edits(
    source: str, scene: Scene, count: int, names: Sequence[str], rng: random.Random, run: Run
) -> Iterator[Result]:
    """So many edited programs, of operators in random order, each at most once.

    Args:
        source: the program.
        scene: what it draws.
        count: how many.
        names: of the operators to be used; all if empty.
        rng: of every choice.
        run: from a source to its scene and picture; raises `Rejected`.
    """
    program = Program(source)
    order = sorted(names or PROGRAM_OPERATORS)
    for name in rng.sample(order, len(order)):
        if count <= 0:
            return
        operator = PROGRAM_OPERATORS.get(name)
        made = operator.function(program, scene, rng) if operator is not None else None
        text = program.rewritten(made.splices) if made is not None else None
        if operator is None or made is None or text is None or text == source:
            continue
        result, picture = _labelled(operator, made, scene, text, run)
        count -= picture is not None
        yield result, picture


def no_ops(source: str, count: int, rng: random.Random, run: Run) -> Iterator[Result]:
    """So many programs for the same picture."""
    program = Program(source)
    for name in rng.sample(list(NO_OPS), len(NO_OPS)):
        if count <= 0:
            return
        text = NO_OPS[name](program, rng)
        if text is None or text == source:
            continue
        try:
            _, picture = run(text)
        except Rejected as fault:
            yield {"failed": name, "why": str(fault)[:200], "reason": "not_drawn"}, None
            continue
        count -= 1
        yield {"no_op": name, "source": text}, picture


def _labelled(
    operator: ProgramOperator, made: Rewriting, scene: Scene, source: str, run: Run
) -> Result:
    failed = {"failed": operator.name, "why": ""}
    try:
        after, picture = run(source)
    except Rejected as fault:
        return {**failed, "why": str(fault)[:200], "reason": "not_drawn"}, None
    found = differences(scene, after)
    meant = [d for d in found if operator.meant(d)]
    # texts that only make room for others are not what was done
    meant = [d for d in meant if d.aspect != "shifted"] or meant
    more = [d for d in found if not operator.meant(d) and (d.kind, d.aspect) in CONSEQUENCES]
    other = [d for d in found if d not in meant and d not in more and not operator.allowed(d)]
    if not meant:
        return {**failed, "reason": "invisible"}, None
    if other or (len(meant) > 1 and not operator.many):
        what = ", ".join(sorted({f"{d.kind} {d.aspect}" for d in other or meant}))
        return {**failed, "why": what[:200], "reason": "elsewhere"}, None
    main = max(meant, key=lambda d: d.amount)
    if 1 < len(meant) <= MOST_PLACES and all(d.aspect == "words" for d in meant) and not made.said:
        # the same text in several places is an error at each
        steps = [_step(operator.name, [d], d.amount, _name(d), _said(d)) for d in meant]
    else:
        where, said = made.location or _location(meant, main), made.said or _all_said(meant, main)
        steps = [_step(operator.name, meant, main.amount, where, said)]
    for one in more:
        if not operator.allowed(one):
            name = CONSEQUENCES[one.kind, one.aspect]
            steps.append(_step(name, [one], one.amount, _name(one), _said(one)))
    boxes = [t.box for d in found for t in (d.before, d.after) if t is not None]
    # samples of a legend look like their series, a colour bar like its cells
    boxes += [t.box for s in (scene, after) for t in s.of("legend", "colour bar")]
    steps[0]["along"] = [box for box in boxes if box]
    reflows = not REFLOWING.isdisjoint(d.aspect for d in found)
    return {"steps": steps, "source": source, "reflows": reflows}, picture


def _step(
    name: str, found: Sequence[Difference], amount: float, location: str, said: str
) -> dict[str, Any]:
    return {
        "operator": name,
        "location": location,
        "description": said,
        "amount": amount,
        "before": around([d.before.box for d in found if d.before is not None]),
        "after": around([d.after.box for d in found if d.after is not None]),
        "along": [],
    }


def _location(meant: Sequence[Difference], main: Difference) -> str:
    """The names of what differs, or how many things there are."""
    if main.aspect == "data":
        plots = {id(thing.panel) for d in meant for thing in (d.before, d.after) if thing}
        several = len({id(d.before.panel) for d in meant if d.before is not None})
        return f"data of {several} subplots" if several > 1 < len(plots) else _name(main)
    names = list(dict.fromkeys(_name(d) for d in meant))
    if len(names) > 3:
        kinds = {d.kind for d in meant}
        return f"{len(names)} {kinds.pop()}s" if len(kinds) == 1 else f"{len(names)} things"
    return " and ".join(names)


def _name(difference: Difference) -> str:
    thing = difference.before or difference.after
    return thing.name if thing is not None else "plot"


def _all_said(meant: Sequence[Difference], main: Difference) -> str:
    """What is said of the largest difference; of texts that are missing, which they are."""
    if len(meant) == 1 or any(d.aspect != "words gone" for d in meant):
        return _said(main)
    if len(meant) > 3:
        return f"{len(meant)} texts are missing"
    words = [text_of(d.before).get_text().split() for d in meant if d.before is not None]
    return " and ".join(f'"{" ".join(text)}"' for text in words) + " are missing"


def _said(difference: Difference) -> str:
    if difference.said:
        return difference.said
    return {"gone": "it is missing", "new": "it should not be there"}.get(
        difference.aspect, "it differs"
    )
