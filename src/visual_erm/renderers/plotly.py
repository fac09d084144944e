"""Plotly figures: JSON from a plotting program, drawn in a warm browser page.

The page holds the plotly.js that the plotly package ships and nothing else: it is offline, and the
figure reaches it as a text that it parses, never as part of a script. Sizes follow Kaleido:
the figure's own, else 700 x 500. What a figure loads by URL (map outlines, pictures) is missing.
"""

from __future__ import annotations

import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from visual_erm import fonts
from visual_erm.errors import PolicyFault, require
from visual_erm.images import is_blank
from visual_erm.renderers.browser import Browser
from visual_erm.renderers.chart_sizes import MOST_PIXELS, MOST_SIDE
from visual_erm.types import Failure, Rendering

if TYPE_CHECKING:
    from types import ModuleType

WIDTH, HEIGHT = 700, 500
"""Pixels of a figure that does not say."""
_DRAW = f"""async text => {{
  const {{figure, width, height, scale}} = JSON.parse(text);
  const layout = figure.layout || {{}};
  const side = (value, otherwise) =>
    Math.min(Math.max(Math.round(Number(value) || otherwise), 10), {MOST_SIDE});
  const w = side(width || layout.width, {WIDTH}), h = side(height || layout.height, {HEIGHT});
  const most = Math.min({MOST_SIDE} / Math.max(w, h), Math.sqrt({MOST_PIXELS} / (w * h)));
  const factor = Math.min(Math.max(Number(scale) || 1, 0.1), most);
  const node = document.createElement("div");
  document.body.style.margin = 0;
  document.body.replaceChildren(node);
  await Plotly.newPlot(node, figure.data || [], {{...layout, width: w, height: h}},
                       {{staticPlot: true, responsive: false, plotGlPixelRatio: 1}});
  node.style.transformOrigin = "0 0";
  node.style.transform = `scale(${{factor}})`;
  return {{width: Math.round(w * factor), height: Math.round(h * factor)}};
}}"""


class PlotlyPainter:
    """Draws Plotly documents. Thread-safe; the browser starts on first use."""

    def __init__(self, browser: Browser | None = None) -> None:
        """Find plotly.js.

        Raises:
            MissingPackage: plotly is not installed.
        """
        plotly = require("plotly", extra="plotly", feature="Drawing Plotly figures")
        self._library = _javascript(plotly)
        self._browser = browser or Browser()
        self._lock = threading.Lock()
        self._fingerprint = ""

    @property
    def fingerprint(self) -> str:
        """Versions and fonts that determine the pixels; starts the browser.

        Raises:
            BackendError: there is none.
        """
        with self._lock:
            if not self._fingerprint:
                self._fingerprint = (
                    f"plotly {version('plotly')}; {self._browser.version}; "
                    f"fonts {fonts.fingerprint()}"
                )
            return self._fingerprint

    def draw(self, document: bytes, *, deadline: float | None = None) -> Rendering:
        """Draw what `chart_documents` packed.

        Raises:
            PolicyFault: plotly.js refuses the figure, or it takes too long.
            BackendError: there is no browser.
        """
        text = document.decode("utf-8", "replace")
        try:
            shot = self._browser.draw_script(
                (self._library,), _DRAW, text, deadline=20.0 if deadline is None else deadline
            )
        except PolicyFault as fault:
            raise _named(fault) from None
        return Rendering(
            image=shot.image,
            task="chart",
            backend="plotly",
            fingerprint=self.fingerprint,
            seconds=shot.seconds,
            blank=is_blank(shot.image),
        )

    def close(self) -> None:
        """End the browser."""
        self._browser.close()


def _javascript(plotly: ModuleType) -> str:
    assert plotly.__file__ is not None
    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text("utf-8")


def _named(fault: PolicyFault) -> PolicyFault:
    """With the code `network` where the figure wanted to load something."""
    message = fault.failure.message
    words = message.lower()
    if fault.failure.code == "exception" and any(w in words for w in ("fetch", "topojson", "http")):
        failure = Failure(
            kind="policy",
            stage="render",
            code="network",
            message=f"the figure needs the network, which it does not have: {message}"[:400],
        )
        return PolicyFault(failure)
    return fault
