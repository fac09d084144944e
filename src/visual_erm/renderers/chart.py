"""Charts: plotting programs in Python, each in a confined process of its own.

    rendering = ChartRenderer().render("import pylab; pylab.plot([1, 3, 2]); pylab.show()")

Matplotlib and whatever draws with it (seaborn, pandas, networkx) and Pillow are drawn in the
process that runs the program; Plotly figures and Altair charts leave it as JSON and are drawn by a
browser page and by a V8 worker that are kept warm. Which picture of several is meant: see
`chart_album`. Same source, same pixels: see `chart_fixed`. What the confinement stops: `sandbox`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from visual_erm import fonts
from visual_erm.errors import PolicyFault
from visual_erm.images import MIN_SIDE, is_blank
from visual_erm.renderers.chart_album import Which
from visual_erm.renderers.chart_fixed import CLOCK
from visual_erm.renderers.service import Job, Limits, Output, Service
from visual_erm.types import Failure, Rendering

if TYPE_CHECKING:
    from visual_erm.renderers.plotly import PlotlyPainter
    from visual_erm.renderers.vega import VegaPainter
    from visual_erm.types import Image, Task


def chart_job(limits: Limits | None = None) -> Job:
    """The work that a confined plotting process does."""
    return Job(
        name="chart",
        target="visual_erm.renderers.capture:draw",
        preload=("visual_erm.renderers.chart_zygote:prime", "visual_erm.renderers.chart_priming"),
        limits=limits or Limits(),
        read_only=tuple(str(folder) for folder in fonts.font_directories()),
        # no processes here: what asks joblib for several jobs gets them one after the other
        environment=(("JOBLIB_MULTIPROCESSING", "0"), ("ARROW_DEFAULT_MEMORY_POOL", "system")),
        spares=True,
        # no `idle=...chart_priming:steps`: seaborn samples drawn in the zygote changed pixels of
        # scikit-learn's plot_kmeans_stability_low_dim_dense; why is not known yet
        scout="visual_erm.renderers.chart_priming:scouts",
    )


class ChartRenderer:
    """Draws plotting programs. Thread-safe and picklable; processes start on first use."""

    task: Task = "chart"

    def __init__(
        self,
        *,
        figure: Which = "last",
        clock: float | None = CLOCK,
        workers: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Keep what is needed; nothing starts before the first program.

        Args:
            figure: which of several pictures is taken: "last", "first", or an index from 0.
            clock: seconds since 1970 at which a program's clock starts; None for the real clock.
            workers: most programs at once; the number of usable processors if None.
            limits: what one program may use.
        """
        self._options: dict[str, Any] = {"figure": figure, "clock": clock}
        self._service = Service(chart_job(limits), workers)
        self._prepare()

    def _prepare(self) -> None:
        self._lock = threading.Lock()
        self._fingerprint: str | None = None
        self._plotly: PlotlyPainter | None = None
        self._vega: VegaPainter | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_options": self._options, "_service": self._service}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    @property
    def fingerprint(self) -> str:
        """Versions and fonts that determine Matplotlib's pixels; starts the workers."""
        with self._lock:
            if self._fingerprint is None:
                # this child runs no program, so what it answers can be believed
                meta = self._service.run(b"", {"fingerprint": True}).meta
                self._fingerprint = "; ".join(f"{name} {meta[name]}" for name in sorted(meta))
            return self._fingerprint

    def render(self, source: str, *, deadline: float | None = None) -> Rendering:
        """Run one program and return the picture that it meant.

        Args:
            source: a Python program.
            deadline: seconds of wall time until its process is killed; None for the default, 20.

        Raises:
            PolicyFault: with code `syntax_error`, `exception`, `exit`, `no_figure`, `timeout`,
                `memory`, `too_large`, `missing_module`, `network`, `crash`, `no_output`.
            InfrastructureFault: ours.
            BackendError: the workers cannot start or cannot be confined, or what draws Plotly or
                Altair is not installed.
        """
        output = self._service.run(source, self._options, deadline)
        warnings = _strings(output.meta.get("warnings"))
        if output.document is not None:
            drawn = self._draw_document(output, deadline)
            return Rendering(
                image=drawn.image,
                task="chart",
                backend=drawn.backend,
                fingerprint=drawn.fingerprint,
                seconds=output.seconds + drawn.seconds,
                cpu_seconds=None,
                warnings=(*warnings, *drawn.warnings),
                blank=drawn.blank,
            )
        if output.image is None:
            raise _fault("no_figure", "the program's process answered without a picture")
        image = _sized(output.image)
        return Rendering(
            image=image,
            task="chart",
            backend="pillow" if output.meta.get("kind") == "pillow" else "matplotlib",
            fingerprint=self.fingerprint,
            seconds=output.seconds,
            cpu_seconds=output.cpu_seconds,
            warnings=warnings,
            blank=is_blank(image),
        )

    def _draw_document(self, output: Output, deadline: float | None) -> Rendering:
        assert output.document is not None
        kind = output.meta.get("kind")
        if kind == "plotly":
            return self._plotly_painter().draw(output.document, deadline=deadline)
        if kind == "vega":
            return self._vega_painter().draw(output.document, deadline=deadline)
        raise _fault("no_figure", "the program's process answered with an unknown document")

    def _plotly_painter(self) -> PlotlyPainter:
        from visual_erm.renderers.plotly import PlotlyPainter

        with self._lock:
            if self._plotly is None:
                self._plotly = PlotlyPainter()
            return self._plotly

    def _vega_painter(self) -> VegaPainter:
        from visual_erm.renderers.vega import VegaPainter

        with self._lock:
            if self._vega is None:
                self._vega = VegaPainter()
            return self._vega

    def close(self) -> None:
        """End every process that was started."""
        self._service.close()
        with self._lock:
            painters = (self._plotly, self._vega)
            self._plotly = self._vega = None
        for painter in painters:
            if painter is not None:
                painter.close()


def _fault(code: str, message: str) -> PolicyFault:
    return PolicyFault(Failure(kind="policy", stage="render", code=code, message=message))


def _sized(image: Image) -> Image:
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise _fault(
            "too_small", f"the picture is {width} x {height} pixels; {MIN_SIDE} a side are needed"
        )
    return image


def _strings(value: Any) -> tuple[str, ...]:
    """What an untrusted process called its warnings, as far as they are texts."""
    if not isinstance(value, list):
        return ()
    return tuple(text[:300] for text in value[:20] if isinstance(text, str))
