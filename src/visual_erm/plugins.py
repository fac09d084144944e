"""Backends by name: one table of "module:attribute" strings, extended by entry points.

Built-in judges, renderers and policies stand in the same table that plug-ins add to, so
nothing imports upward to find one. An entry point of the group `visual_erm.judges`,
`visual_erm.renderers` or `visual_erm.policies` adds a name; it cannot replace a built-in one.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Any, Literal

from visual_erm.errors import UsageError

Group = Literal["renderers", "judges", "policies"]

BUILT_IN: dict[Group, dict[str, str]] = {
    "renderers": {
        "chart": "visual_erm.renderers.chart:ChartRenderer",
        "table": "visual_erm.renderers.table:TableRenderer",
        "svg": "visual_erm.renderers.svg:SvgRenderer",
    },
    "judges": {
        "embedded": "visual_erm.judges.embedded:EmbeddedJudge",
        "cascade": "visual_erm.judges.cascade:CascadeJudge",
        "endpoint": "visual_erm.judges.endpoint:EndpointJudge",
        "local": "visual_erm.judges.local:LocalJudge",
        "scripted": "visual_erm.judges.scripted:ScriptedJudge",
        "vllm": "visual_erm.judges.vllm:VllmJudge",
    },
    "policies": {
        "command": "visual_erm.refinement.command:CommandPolicy",
        "endpoint": "visual_erm.refinement.endpoint:EndpointPolicy",
        "tracer": "visual_erm.refinement.tracer:TracerPolicy",
    },
}

_ONE: dict[Group, str] = {
    "renderers": "renderer",
    "judges": "judge",
    "policies": "policy",
}


def known(group: Group) -> list[str]:
    """Sorted names of the group, plug-ins included."""
    return sorted({*BUILT_IN[group], *(e.name for e in entry_points(group=f"visual_erm.{group}"))})


def find(group: Group, name: str) -> Any:
    """The class or function registered under `name`; imported here, not before.

    Raises:
        UsageError: nobody registered that name.
    """
    if name in BUILT_IN[group]:
        module, _, attribute = BUILT_IN[group][name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    for entry in entry_points(group=f"visual_erm.{group}", name=name):
        return entry.load()
    raise UsageError(
        f'no {_ONE[group]} "{name}"; known: {", ".join(known(group))}. '
        f'Plug-ins add one through "visual_erm.{group}".'
    )
