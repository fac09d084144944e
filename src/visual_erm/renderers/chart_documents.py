"""Hooks for what is not a Matplotlib figure: Pillow images, Plotly figures, Altair charts.

Plotly and Altair draw with a browser and with V8, neither of which a confined program may start.
Their figures leave as JSON (`Entry.document`), to be drawn by `plotly` and `vega` in processes that
never run the program. Packages that the zygote has not loaded are not installed, so nothing needs
to be hooked for them later.
"""

from __future__ import annotations

import io
import json
import os
import sys
import types
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

import numpy as np

from visual_erm.images import on_white, resize
from visual_erm.renderers.chart_album import Album, Class, Entry
from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.chart_sizes import MOST_PIXELS, MOST_SIDE
from visual_erm.renderers.job import Rejected

if TYPE_CHECKING:
    from visual_erm.renderers.chart_scratch import Scratch

MOST_DOCUMENT = 8 << 20
"""Bytes of a figure's JSON."""
_PLACEHOLDER = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\xdac\xfc\xff\xff?\x03\x00\x08\xfc\x02\xfe\xa7\x9a\xa0\xa0"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""One white pixel: what a program gets that reads a Plotly or Altair picture back."""


class Documents:
    """The hooks of one program's run."""

    def __init__(self, album: Album, scratch: Scratch, patches: Patches) -> None:
        self.album = album
        self.scratch = scratch
        self.patches = patches
        self.unfinished: Exception | None = None
        """Why the last Altair chart that a variable holds is none yet."""

    def install(self) -> None:
        """Replace what has to be replaced in the packages that are loaded."""
        self._hook_pillow()
        if "plotly" in sys.modules:
            self._hook_plotly()
        if "altair" in sys.modules:
            self._hook_altair()
        if "IPython" not in sys.modules:
            self._stand_in_for_ipython()

    def enter(self, of: Class, thing: Any) -> bool:
        """Enter anything that is a picture of a kind known here; whether it was one."""
        if kind := self._kind(thing):
            {
                "pillow": self._enter_image,
                "plotly": self._enter_plotly,
                "altair": self._enter_altair,
            }[kind](of, thing, {})
        return bool(kind)

    def is_compound(self, thing: Any) -> bool:
        """Whether it is an Altair chart made of charts, which variables often hold beside it."""
        altair = sys.modules.get("altair")
        if altair is None or not isinstance(thing, altair.TopLevelMixin):
            return False
        return not isinstance(thing, altair.Chart)

    def _kind(self, thing: Any) -> str | None:
        for module, name, kind in (
            ("PIL.Image", "Image", "pillow"),
            ("plotly.basedatatypes", "BaseFigure", "plotly"),
            ("altair", "TopLevelMixin", "altair"),
        ):
            owner = sys.modules.get(module)
            if owner is not None and isinstance(thing, getattr(owner, name, ())):
                return kind
        return None

    # Pillow

    def _hook_pillow(self) -> None:
        from PIL import Image, ImageShow

        save = Image.Image.save

        def save_hook(image: Any, fp: Any, format: str | None = None, **params: Any) -> None:
            if self.album.paused:
                save(image, fp, format, **params)
                return
            frames = list(params.get("append_images") or ())
            shown = frames[-1] if params.get("save_all") and frames else image
            self._enter_image("saved", shown, params)
            if isinstance(fp, (str, os.PathLike)):
                kept = image.copy()
                extension = os.path.splitext(os.fspath(fp))[1].lower()  # noqa: PTH122 - as Pillow
                named = format or Image.registered_extensions().get(extension, "PNG")
                weight = image.width * image.height * len(image.getbands())
                self.scratch.promise(fp, lambda: self._encode(kept, named, params), weight)
            else:
                with self.album.pause():
                    save(image, fp, format, **params)

        def show(image: Any, *_: Any, **__: Any) -> bool:
            self._enter_image("shown", image, {})
            return True

        self.patches.put(Image.Image, "save", save_hook)
        self.patches.put(Image.Image, "show", lambda image, title=None: show(image))
        self.patches.put(ImageShow, "show", show)

    def _encode(self, image: Any, format: str, params: dict[str, Any]) -> bytes:
        buffer = io.BytesIO()
        with self.album.pause():
            image.save(buffer, format, **params)
        return buffer.getvalue()

    def _enter_image(self, of: Class, image: Any, _: dict[str, Any]) -> None:
        if image.width * image.height > 4 * MOST_PIXELS:
            raise Rejected("too_large", f"the picture is {image.width} x {image.height} pixels")
        array = on_white(np.asarray(image.convert("RGBA")))
        notes: tuple[str, ...] = ()
        largest = max(image.size)
        if largest > MOST_SIDE or image.width * image.height > MOST_PIXELS:
            factor = min(MOST_SIDE / largest, (MOST_PIXELS / (image.width * image.height)) ** 0.5)
            size = max(1, int(image.width * factor)), max(1, int(image.height * factor))
            array = resize(array, size)
            notes = (f"the picture of {image.width} x {image.height} pixels was scaled to {size}",)
        self.album.add(of, Entry(subject=image, image=array, kind="pillow", notes=notes))

    # Plotly

    def _hook_plotly(self) -> None:
        import plotly.io as pio

        def output(of: Class, result: Any) -> Callable[..., Any]:
            def hook(fig: Any, *args: Any, **kwargs: Any) -> Any:
                self._enter_plotly(of, fig, kwargs)
                if args and isinstance(args[0], (str, os.PathLike)):
                    self.scratch.promise(args[0], lambda: _PLACEHOLDER, 0)
                return result

            return hook

        page = "<html></html>"
        for name, of, result in (
            ("show", "shown", None),
            ("write_image", "saved", None),
            ("to_image", "saved", _PLACEHOLDER),
            ("write_html", "saved", None),
            ("to_html", "shown", page),
        ):
            self.patches.put(pio, name, output(of, result))  # type: ignore[arg-type]
        offline = sys.modules.get("plotly.offline")
        if offline is not None:
            self.patches.put(offline, "plot", output("saved", "temp-plot.html"))
            self.patches.put(offline, "iplot", output("shown", None))

    def _enter_plotly(self, of: Class, figure: Any, options: dict[str, Any]) -> None:
        import plotly.graph_objects as go

        if not hasattr(figure, "to_json"):
            figure = go.Figure(figure)
        sizes = {k: options[k] for k in ("width", "height", "scale") if options.get(k)}
        document = {"figure": json.loads(figure.to_json()), **sizes}
        layout = figure.layout
        hollow = not (figure.data or layout.annotations or layout.shapes or layout.images)
        self.album.add(of, Entry(figure, document=_packed(document), kind="plotly", hollow=hollow))

    # Altair

    def _hook_altair(self) -> None:
        import altair

        def save(chart: Any, fp: Any, format: Any = None, *_: Any, **kwargs: Any) -> None:
            self._enter_altair("saved", chart, kwargs)
            if isinstance(fp, (str, os.PathLike)):
                self.scratch.promise(fp, lambda: _PLACEHOLDER, 0)

        def show(chart: Any, *_: Any, **__: Any) -> None:
            self._enter_altair("shown", chart, {})

        def to_html(chart: Any, *_: Any, **__: Any) -> str:
            show(chart)
            return "<html></html>"

        mixin = altair.TopLevelMixin
        for name, hook in (
            ("save", save),
            ("show", show),
            ("display", show),
            ("serve", show),
            ("to_html", to_html),
        ):
            if hasattr(mixin, name):
                self.patches.put(mixin, name, hook)

    def _enter_altair(self, of: Class, chart: Any, options: dict[str, Any]) -> None:
        scale = options.get("scale_factor") or 1
        if options.get("ppi"):
            scale *= float(options["ppi"]) / 72
        from altair.utils.schemapi import SchemaValidationError

        try:
            spec = chart.to_dict()
        except SchemaValidationError as error:
            if of != "left":
                raise
            # `base = alt.Chart(data)`, from which the marks are made
            self.unfinished = error
            return
        document = _packed({"spec": spec, "scale": scale})
        self.album.add(of, Entry(chart, document=document, kind="vega"))

    # notebooks

    def _stand_in_for_ipython(self) -> None:
        """`from IPython.display import display` works where IPython is not installed."""
        import importlib.util

        if importlib.util.find_spec("IPython") is not None:
            return
        package, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")

        def show(*things: Any, **_: Any) -> None:
            for thing in things:
                if not self.enter("shown", thing) and hasattr(thing, "savefig"):
                    thing.show()

        class Shown:
            """`HTML`, `Image` and their like: nothing that can be drawn here."""

            def __init__(self, *_: Any, **__: Any) -> None: ...

        for name in ("HTML", "Image", "Markdown", "SVG", "Javascript", "Video"):
            setattr(display, name, Shown)
        display.__dict__.update(display=show, clear_output=lambda *_, **__: None)
        package.__dict__.update(display=display, get_ipython=lambda: None, version_info=(9, 0))
        # not in `sys.modules` before the program asks: libraries look there for a notebook
        self.patches.put(sys, "meta_path", [*sys.meta_path, _Finder(package, display)])


class _Finder:
    """Imports stand-ins for modules that are not installed."""

    def __init__(self, *modules: types.ModuleType) -> None:
        self._modules = {module.__name__: module for module in modules}

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name not in self._modules:
            return None
        return ModuleSpec(name, self, is_package="." not in name)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return self._modules[spec.name]

    def exec_module(self, module: types.ModuleType) -> None:
        """It is complete."""


def _packed(document: dict[str, Any]) -> bytes:
    content = json.dumps(document, allow_nan=True, default=str).encode()
    if len(content) > MOST_DOCUMENT:
        raise Rejected(
            "too_large",
            f"the figure takes {len(content)} bytes as JSON; {MOST_DOCUMENT} are accepted",
        )
    return content
