"""What all our HTML is made of: templates, style sheets, scripts, and the words for levels.

Every value that is put into a template is escaped. A page allows its own style and script, by
hash, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

STATUSES = {
    "scored": "scored",
    "policy_fault": "policy fault",
    "judge_fault": "judge fault",
    "infra_fault": "infrastructure fault",
}


def environment() -> Environment:
    """The templates; every value that is put into one is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("visual_erm.report", "viewer"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def assets(*names: str) -> str:
    """Style sheets or scripts, one after the other, as they stand in a page."""
    folder = files("visual_erm.report").joinpath("viewer")
    return "".join(folder.joinpath(name).read_text("utf-8") for name in names)


def content_hash(text: str) -> str:
    """What a page's policy names a style sheet or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
