"""The judge server: `verm serve`, or in Python

    from visual_erm.server import Settings, serve
    serve(Settings(port=8000))

`app.py` holds the routes, `intake.py` what a request must pass before anything is made of it,
`desk.py` the bounded queue in front of the reward engine, `uploads.py` how a body becomes items,
`problems.py` what a refusal or a fault looks like. FastAPI is imported only here, on use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from visual_erm.errors import require
from visual_erm.server.settings import Settings

if TYPE_CHECKING:
    from visual_erm.server.app import Server

__all__ = ["Settings", "make_app", "serve"]

_PACKAGES = ("fastapi", "uvicorn", "prometheus_client", "python_multipart")


def make_app(settings: Settings) -> Server:
    """The ASGI application, for an ASGI server of your own; its lifespan must be run.

    Raises:
        MissingPackage: the extra "server" is not installed.
        UsageError: the settings name an unknown judge or shaping.
    """
    _require()
    from visual_erm.server import app

    return app.Server(settings)


def serve(settings: Settings, announce: Callable[[dict[str, str]], None] | None = None) -> None:
    """Listen until a signal ends it: the first finishes what was accepted, the second does not.

    Args:
        settings: where, how, and how much at most.
        announce: told url, judge, revision and shaping when it listens; None says it on stderr.

    Raises:
        MissingPackage: the extra "server" is not installed.
        UsageError: an unknown judge or shaping.
        BackendError: the judge is missing or down, or the address cannot be listened on.
    """
    _require()
    from visual_erm.server import running

    running.serve(settings, announce)


def _require() -> None:
    for package in _PACKAGES:
        _: Any = require(package, extra="server", feature="The judge server")
