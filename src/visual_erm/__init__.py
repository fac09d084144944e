"""visual-erm: render what a model wrote, compare with the reference, say what differs.

    import visual_erm

    rendering = visual_erm.render(source, task="chart")
    verdict = visual_erm.judge("reference.png", rendering.image, task="chart")
    for error in verdict.errors:
        print(error.severity, error.location, error.description)

Names are imported when they are first used: `import visual_erm` loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "BackendError": "errors",
    "CATEGORIES": "types",
    "Comparison": "report.notebook",
    "Discrepancy": "types",
    "Failure": "types",
    "Fault": "errors",
    "GroupReward": "rewards.group",
    "ImageError": "errors",
    "InfrastructureFault": "errors",
    "InputError": "errors",
    "JudgeFault": "errors",
    "PolicyFault": "errors",
    "Rendering": "types",
    "Results": "rewards.results",
    "Reward": "types",
    "TASKS": "types",
    "UsageError": "errors",
    "Verdict": "types",
    "VisualErmError": "errors",
    "VisualReward": "rewards.visual",
    "extract": "extraction",
    "judge": "judges",
    "load_image": "images",
    "refine": "refinement.loop",
    "render": "renderers",
    "render_many": "renderers",
}
_RENAMED = {"load_image": "load"}

__all__ = [
    "BackendError",
    "CATEGORIES",
    "Comparison",
    "Discrepancy",
    "Failure",
    "Fault",
    "GroupReward",
    "ImageError",
    "InfrastructureFault",
    "InputError",
    "JudgeFault",
    "PolicyFault",
    "Rendering",
    "Results",
    "Reward",
    "TASKS",
    "UsageError",
    "Verdict",
    "VisualErmError",
    "VisualReward",
    "extract",
    "judge",
    "load_image",
    "refine",
    "render",
    "render_many",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'visual_erm' has no attribute {name!r}")
    module = importlib.import_module(f"visual_erm.{_HOMES[name]}")
    return getattr(module, _RENAMED.get(name, name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
