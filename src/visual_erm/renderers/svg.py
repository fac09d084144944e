"""SVG documents as pictures, drawn by resvg in a confined, reused worker.

>>> renderer = SvgRenderer()
>>> rendering = renderer.render(
...     '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><circle r="1"/></svg>')
>>> rendering.image.shape, rendering.backend
((256, 512, 3), 'resvg')
>>> renderer.close()
"""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version

from visual_erm import fonts, images
from visual_erm.errors import PolicyFault, UsageError
from visual_erm.renderers.job import MIB, Job, Limits
from visual_erm.renderers.service import Service
from visual_erm.renderers.svg_source import Repair
from visual_erm.types import Failure, Rendering, Task

DEADLINE = 5.0
JOB = Job(
    name="svg",
    target="visual_erm.renderers.svg_worker:draw",
    preload=("visual_erm.renderers.svg_worker:preload",),
    reuse=True,
    libraries=False,
    limits=Limits(memory=1024 * MIB, cpu=DEADLINE, deadline=DEADLINE),
)


class SvgRenderer:
    """Draws SVG on white, longest side `max_side` pixels, aspect kept. Thread-safe."""

    task: Task = "svg"

    def __init__(
        self,
        *,
        max_side: int = 512,
        repair: Repair = "strict",
        rasters: bool = False,
        workers: int | None = None,
        isolation: str | None = None,
    ) -> None:
        """Choose how; nothing starts before the first document.

        Args:
            max_side: pixels of the longest side, 16 to 4096.
            repair: what to do with documents that are not well-formed: "strict" refuses them,
                "lenient" mends them in ways that the rendering's warnings name.
            rasters: draw pictures embedded as data; they are dropped otherwise.
            workers: most documents at once; the number of usable processors if None.
            isolation: see `sandbox.demand`.

        Raises:
            UsageError: an option that does not exist.
        """
        if not 16 <= max_side <= 4096:
            raise UsageError(f"max_side must be 16 to 4096 pixels; got {max_side}")
        if repair not in ("strict", "lenient"):
            raise UsageError(f'repair must be "strict" or "lenient"; got "{repair}"')
        self._options = {"max_side": max_side, "repair": repair, "rasters": rasters}
        self._service = Service(JOB, workers, isolation=isolation)

    @cached_property
    def fingerprint(self) -> str:
        """What determines the pixels of a document."""
        options = ",".join(f"{key}={value}" for key, value in self._options.items())
        return f"resvg-{version('resvg')} fonts-{fonts.fingerprint()} {options}"

    def render(self, source: str, *, deadline: float | None = None) -> Rendering:
        """Draw one document; see `Renderer.render`.

        Raises:
            PolicyFault: with codes malformed, not_svg, too_complex, bad_size, timeout, memory,
                crash, too_long.
        """
        output = self._service.run(source, self._options, deadline)
        if output.image is None:
            failure = Failure(
                kind="policy", stage="render", code="no_output", message="svg: nothing was drawn"
            )
            raise PolicyFault(failure)
        warnings = output.meta.get("warnings", ())
        return Rendering(
            image=output.image,
            task="svg",
            backend="resvg",
            fingerprint=self.fingerprint,
            seconds=output.seconds,
            cpu_seconds=output.cpu_seconds,
            warnings=tuple(str(warning) for warning in warnings),
            blank=images.is_blank(output.image),
        )

    def close(self) -> None:
        """End every process that was started."""
        self._service.close()
