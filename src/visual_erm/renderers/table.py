"""Tables as pictures: HTML, Markdown, grid, LaTeX tabular and CSV, in one fixed look.

Sources are parsed and sanitised in a confined worker. The document is drawn by Chromium where one
is found and by litehtml, in the same worker, where not; which one is decided once for a renderer,
and every rendering names it.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from visual_erm import fonts, images
from visual_erm.errors import PolicyFault, UsageError
from visual_erm.renderers.browser import Browser
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.job import MIB, Job, Limits
from visual_erm.renderers.service import Service
from visual_erm.types import Failure, Rendering, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Backend = Literal["auto", "chromium", "litehtml"]
DEADLINE = 20.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LIMITS = Limits(memory=1024 * MIB, cpu=10.0, deadline=10.0)


class TableRenderer:
    """Draws tables on white with a margin of 12 px. Thread-safe."""

    task: Task = "table"

    def __init__(
        self,
        *,
        backend: Backend = "auto",
        workers: int | None = None,
        isolation: str | None = None,
    ) -> None:
        """Choose how; nothing starts before the first table.

        Args:
            backend: "chromium", "litehtml", or "auto" for the first of them that is there.
            workers: most tables at once; the number of usable processors if None.
            isolation: see `sandbox.demand`.

        Raises:
            UsageError: an option that does not exist.
        """
        if backend not in ("auto", "chromium", "litehtml"):
            raise UsageError(f'backend must be "auto", "chromium" or "litehtml"; got "{backend}"')
        found = "chromium" if find_browser() else "litehtml"
        self.backend = found if backend == "auto" else backend
        lite = self.backend == "litehtml"
        primer = "preload_litehtml" if lite else "preload"
        job = Job(
            name="table",
            target="visual_erm.renderers.table_worker:draw",
            preload=(
                "docutils.writers.html5_polyglot",
                f"visual_erm.renderers.table_worker:{primer}",
            ),
            reuse=True,
            limits=_LIMITS,
            read_only=tuple(str(path) for path in fonts.font_files()),
        )
        self._service = Service(job, workers, isolation=isolation)
        self._browser = None if lite else Browser()

    @cached_property
    def fingerprint(self) -> str:
        """What determines the pixels of a table."""
        from visual_erm.renderers.table_worker import LOOK

        look = hashlib.sha256(LOOK.encode()).hexdigest()[:8]
        engine = self._browser.version if self._browser else f"litehtml-{version('pylitehtml')}"
        return f"{engine} fonts-{fonts.fingerprint()} look-{look}"

    def render(self, source: str, *, deadline: float | None = None) -> Rendering:
        """Draw one source; see `Renderer.render`.

        Raises:
            PolicyFault: with codes format, no_table, too_large, timeout, memory, crash, too_long.
        """
        lite = self._browser is None
        output = self._service.run(source, {"litehtml": lite}, deadline)
        image, seconds = output.image, output.seconds
        warnings = _warnings(output.meta)
        if self._browser is not None and output.document is not None:
            shot = self._browser.draw(output.document.decode(), deadline=deadline or DEADLINE)
            image, seconds = shot.image, seconds + shot.seconds
            warnings += ("the picture was cut at its longest side",) if shot.cut else ()
        if image is None:
            raise _nothing_drawn()
        return Rendering(
            image=image,
            task="table",
            backend=self.backend,
            fingerprint=self.fingerprint,
            seconds=seconds,
            cpu_seconds=output.cpu_seconds if lite else None,
            warnings=warnings,
            blank=images.is_blank(image),
        )

    def cells(self, source: str) -> Image:
        """The same picture with every cell in one colour; see `table_marks`. Only of litehtml.

        Raises:
            PolicyFault: as `render`.
        """
        output = self._service.run(source, {"litehtml": True, "marked": True})
        if output.image is None:
            raise _nothing_drawn()
        return output.image

    def close(self) -> None:
        """End every process that was started."""
        self._service.close()
        if self._browser is not None:
            self._browser.close()


def _nothing_drawn() -> PolicyFault:
    message = "table: nothing was drawn"
    return PolicyFault(Failure(kind="policy", stage="render", code="no_output", message=message))


def _warnings(meta: dict[str, Any]) -> tuple[str, ...]:
    """What the worker has to say; written by the policy's process, so checked."""
    given = meta.get("warnings")
    if not isinstance(given, list):
        return ()
    return tuple(_CONTROL.sub("", text)[:300] for text in given[:20] if isinstance(text, str))
