"""Matplotlib hooks: what a program saves, shows, closes or clears goes into the album.

Figures are drawn by Agg exactly as `python program.py` would draw them, with the program's own
dpi, bounding box and colours; vector formats are drawn by Agg at the same settings. Nothing is
encoded unless the program reads its file back (a vector file reads back as empty). Left out on
purpose, because no pixel depends on it: the second draw that `plt.savefig` asks for, drawing while
`plt.ion()` is on, event loops, pauses.

Blocking `plt.show()` ends a figure as closing its window does: what pyplot plots next goes to a new
figure, unless the program has saved something before (then it is written for running without a
screen, where figures outlive `show`).

An animation that is shown or saved stands for its last frame (of at most `FRAMES`); a figure that
is saved is drawn as it stands.
"""

from __future__ import annotations

import functools
import io
import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from visual_erm.images import on_white
from visual_erm.renderers.chart_album import Album, Class, Entry
from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.chart_sizes import OversizeError, check, shrink

if TYPE_CHECKING:
    from visual_erm.renderers.chart_scratch import Scratch
    from visual_erm.types import Image

VECTOR = frozenset({"pdf", "svg", "svgz", "eps", "ps", "pgf"})
FRAMES = 500
"""Most frames of an animation that are stepped through; they are not drawn, only computed."""
_STARTS_FIGURE = ("figure", "gca", "subplot", "axes", "subplot2grid")
"""pyplot functions that plotting goes through and that need, or make, a current figure."""


class Figures:
    """The hooks of one program's run."""

    def __init__(self, album: Album, scratch: Scratch, patches: Patches) -> None:
        self.album = album
        self.scratch = scratch
        self.patches = patches
        self._sink: list[Image] | None = None
        """Where a drawing of our own goes, in place of the album."""
        self._settings: dict[str, Any] = {}
        self._notes: tuple[str, ...] = ()
        self._format: str | None = None
        self._ended: weakref.WeakSet[Any] = weakref.WeakSet()
        """Figures that a blocking show has ended."""
        self._animations: weakref.WeakKeyDictionary[Any, weakref.ref[Any]] = (
            weakref.WeakKeyDictionary()
        )

    def install(self) -> None:
        """Replace what has to be replaced in Matplotlib, which is imported by now."""
        self._hook_saving()
        self._hook_showing()
        self._hook_losing()
        self._hook_animations()
        self._hook_environment()

    def develop_left(self, extra: list[Any]) -> None:
        """Enter what is still open, then figures that only variables hold (`extra`)."""
        from matplotlib._pylab_helpers import Gcf

        managers = [m for m in Gcf.get_all_fig_managers() if m.canvas.figure not in self._ended]
        open_figures = [manager.canvas.figure for manager in managers]
        for figure in [f for f in extra if f not in open_figures] + open_figures:
            self._enter("left", figure)

    # saving

    def _hook_saving(self) -> None:
        from matplotlib.backend_bases import FigureCanvasBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_pdf import FigureCanvasPdf
        from matplotlib.backends.backend_ps import FigureCanvasPS
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        for name in ("png", "gif", "jpg", "jpeg", "tif", "tiff", "webp", "avif"):
            if hasattr(FigureCanvasAgg, f"print_{name}"):
                self.patches.put(FigureCanvasAgg, f"print_{name}", self._raster(name))
        for name in ("raw", "rgba"):
            original = getattr(FigureCanvasAgg, f"print_{name}")
            self.patches.put(FigureCanvasAgg, f"print_{name}", self._raw(original))
        self.patches.put(FigureCanvasBase, "print_figure", self._print_figure())
        for owner, names in (
            (FigureCanvasPdf, ("pdf",)),
            (FigureCanvasSVG, ("svg", "svgz")),
            (FigureCanvasPS, ("ps", "eps")),
        ):
            for name in names:
                self.patches.put(owner, f"print_{name}", self._vector(name))

    def _raster(self, name: str) -> Callable[..., None]:
        """`FigureCanvasAgg.print_<name>`: draw, keep the pixels, encode only when read."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        hooks = self

        def print_raster(
            canvas: Any,
            filename_or_obj: Any,
            *,
            metadata: Any = None,
            pil_kwargs: Any = None,
            **_: Any,
        ) -> None:
            check(canvas)
            FigureCanvasAgg.draw(canvas)
            hooks._take(canvas, filename_or_obj, name, metadata, pil_kwargs)

        return print_raster

    def _take(self, canvas: Any, target: Any, name: str, metadata: Any, pil_kwargs: Any) -> None:
        import numpy as np

        rgba = np.asarray(canvas.buffer_rgba())
        image = on_white(rgba)
        if self._sink is not None:
            self._sink.append(image)
            return
        self._keep(canvas.figure, image)
        if isinstance(target, _Nowhere):
            return
        encode = functools.partial(
            self._encode,
            rgba.copy() if isinstance(target, (str, os.PathLike)) else rgba,
            "jpeg" if name == "jpg" else name,
            canvas.figure.dpi,
            metadata,
            pil_kwargs,
        )
        if isinstance(target, (str, os.PathLike)):
            self.scratch.promise(target, encode, rgba.nbytes)
        else:
            target.write(encode())

    def _keep(self, figure: Any, image: Image) -> None:
        self.album.add(
            "saved",
            Entry(
                subject=figure,
                image=image,
                hollow=is_hollow(figure),
                settings=dict(self._settings),
                notes=self._notes,
            ),
        )

    def _encode(self, rgba: Any, name: str, dpi: float, metadata: Any, pil_kwargs: Any) -> bytes:
        """The file that Matplotlib would have written; only the compression level may differ."""
        from matplotlib.image import imsave

        buffer = io.BytesIO()
        options = {"compress_level": 1, **(pil_kwargs or {})} if name == "png" else pil_kwargs
        with self.album.pause():
            imsave(
                buffer,
                rgba,
                format=name,
                origin="upper",
                dpi=dpi,
                metadata=metadata,
                pil_kwargs=options,
            )
        return buffer.getvalue()

    def _raw(self, original: Callable[..., None]) -> Callable[..., None]:
        hooks = self

        def print_raw(canvas: Any, filename_or_obj: Any, *, metadata: Any = None, **_: Any) -> None:
            import numpy as np

            check(canvas)
            original(canvas, filename_or_obj, metadata=metadata)
            hooks._keep(canvas.figure, on_white(np.asarray(canvas.buffer_rgba())))

        return print_raw

    def _vector(self, name: str) -> Callable[..., None]:
        """`print_pdf` and its like, called by hand rather than through `savefig`."""

        def print_vector(canvas: Any, filename_or_obj: Any, **kwargs: Any) -> None:
            canvas.print_figure(filename_or_obj, format=name)

        return print_vector

    def _print_figure(self) -> Callable[..., None]:
        from matplotlib.backend_bases import FigureCanvasBase

        original = FigureCanvasBase.print_figure
        hooks = self

        def print_figure(
            canvas: Any, filename: Any, dpi: Any = None, *args: Any, **kwargs: Any
        ) -> None:
            hooks._save(original, canvas, filename, dpi, args, kwargs)

        return functools.wraps(original)(print_figure)

    def _save(
        self,
        original: Callable[..., None],
        canvas: Any,
        filename: Any,
        dpi: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        kwargs.pop("backend", None)
        wanted = _format_of(filename, kwargs.get("format"), canvas)
        if wanted in VECTOR:
            kwargs["format"] = "png"
            for option in ("metadata", "papertype", "bbox_inches_restore"):
                kwargs.pop(option, None)
            if isinstance(filename, (str, os.PathLike)):
                self.scratch.promise(filename, bytes, 0)
            filename = _Nowhere()
        outer = self._settings, self._notes
        self._settings = {
            key: value
            for key, value in {"dpi": dpi, **kwargs}.items()
            if key in ("dpi", "facecolor", "edgecolor", "bbox_inches", "pad_inches")
            and value is not None
        }
        try:
            for _ in range(4):
                try:
                    original(canvas, filename, dpi, *args, **kwargs)
                    return
                except OversizeError as error:
                    dpi, note = shrink(error)
                    self._notes = (*outer[1], note)
            raise OversizeError(0, 0, 0)
        finally:
            self._settings, self._notes = outer

    # showing

    def _hook_showing(self) -> None:
        from matplotlib import pyplot
        from matplotlib._pylab_helpers import Gcf
        from matplotlib.backend_bases import FigureCanvasBase
        from matplotlib.figure import Figure

        def show(*args: Any, block: bool | None = None, **_: Any) -> None:
            if args and isinstance(args[0], bool):
                block = args[0]
            for number in sorted(Gcf.figs):
                figure = Gcf.figs[number].canvas.figure
                if figure not in self._ended:
                    self._enter("shown", figure)
                    if block is not False and not pyplot.isinteractive():
                        self._ended.add(figure)
            if self.album.settled:
                self._ended.clear()

        def show_figure(figure: Any, warn: bool = True) -> None:
            self._enter("shown", figure)

        def pause(interval: float = 0) -> None:
            manager = Gcf.get_active()
            if manager is not None:
                self._enter("shown", manager.canvas.figure)

        self.patches.put(pyplot, "show", show)
        self.patches.put(Figure, "show", show_figure)
        self.patches.put(pyplot, "pause", pause)
        self.patches.put(FigureCanvasBase, "draw_idle", lambda canvas, *_, **__: None)
        self.patches.put(FigureCanvasBase, "start_event_loop", lambda canvas, timeout=0: None)
        for name in _STARTS_FIGURE:
            self.patches.put(pyplot, name, self._starting(getattr(pyplot, name)))

    def _starting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Forget figures that a blocking show has ended, then go on."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if self._ended:
                from matplotlib._pylab_helpers import Gcf

                for number in [n for n, m in Gcf.figs.items() if m.canvas.figure in self._ended]:
                    del Gcf.figs[number]
                self._ended.clear()
            return original(*args, **kwargs)

        return functools.wraps(original)(wrapper)

    def _enter(self, of: Class, figure: Any) -> None:
        """Enter a figure, to be drawn later with the settings in force now."""
        import matplotlib as mpl

        rc = dict.copy(mpl.rcParams)

        def develop(settings: dict[str, Any]) -> Image:
            now = dict.copy(mpl.rcParams)
            dict.update(mpl.rcParams, rc)
            self._sink = []
            try:
                self._finish_animation(figure)
                figure.savefig(_Nowhere(), format="png", **settings)
                return self._sink[0]
            finally:
                self._sink = None
                dict.update(mpl.rcParams, now)

        self.album.add(of, Entry(subject=figure, hollow=is_hollow(figure), develop=develop))

    # closing and clearing

    def _hook_losing(self) -> None:
        from matplotlib._pylab_helpers import Gcf
        from matplotlib.figure import Figure

        destroy, destroy_all = Gcf.destroy, Gcf.destroy_all
        clear = Figure.clear

        def drop(managers: list[Any]) -> None:
            for manager in managers:
                figure = manager.canvas.figure
                if not is_hollow(figure) and not self.album.pending(figure):
                    self._enter("dropped", figure)

        def destroy_hook(num: Any) -> None:
            manager = num if hasattr(num, "canvas") else Gcf.figs.get(num)
            drop([manager] if manager is not None else [])
            destroy(num)

        def destroy_all_hook() -> None:
            drop(list(Gcf.figs.values()))
            destroy_all()

        def clear_hook(figure: Any, keep_observers: bool = False) -> None:
            if getattr(figure, "_axstack", None) is not None and not self.album.settled:
                self._rescue(figure)
            clear(figure, keep_observers=keep_observers)

        self.patches.put(Gcf, "destroy", staticmethod(destroy_hook))
        self.patches.put(Gcf, "destroy_all", staticmethod(destroy_all_hook))
        self.patches.put(Figure, "clear", clear_hook)

    def _rescue(self, figure: Any) -> None:
        """Draw what is about to be cleared, if it could still be chosen."""
        pending = self.album.pending(figure)
        if not pending and not is_hollow(figure):
            self._enter("dropped", figure)
            pending = self.album.pending(figure)
        for entry in pending:
            entry.resolve()

    # animations

    def _hook_animations(self) -> None:
        from matplotlib.animation import Animation

        init = Animation.__init__
        hooks = self

        def init_hook(animation: Any, fig: Any, *args: Any, **kwargs: Any) -> None:
            init(animation, fig, *args, **kwargs)
            hooks._animations[fig] = weakref.ref(animation)

        def save(animation: Any, filename: Any, *args: Any, **kwargs: Any) -> None:
            hooks._run(animation)
            settings = dict(kwargs.get("savefig_kwargs") or {})
            dpi = kwargs.get("dpi")
            animation._fig.savefig(
                filename if not isinstance(filename, (str, os.PathLike)) else _Nowhere(),
                format="png",
                **({"dpi": dpi} if dpi is not None else {}),
                **settings,
            )
            if isinstance(filename, (str, os.PathLike)):
                hooks.scratch.promise(filename, bytes, 0)

        def to_html(animation: Any, *args: Any, **kwargs: Any) -> str:
            save(animation, _Nowhere())
            return "<html></html>"

        self.patches.put(Animation, "__init__", init_hook)
        self.patches.put(Animation, "save", save)
        self.patches.put(Animation, "to_jshtml", to_html)
        self.patches.put(Animation, "to_html5_video", to_html)

    def _run(self, animation: Any) -> None:
        """Compute every frame up to the last, drawing none."""
        self.album.note("animation: its last frame is taken")
        self._animations.pop(animation._fig, None)
        animation._init_draw()
        for number, data in enumerate(animation.new_saved_frame_seq()):
            if number >= FRAMES:
                break
            animation._draw_frame(data)
        for artist in getattr(animation, "_drawn_artists", None) or ():
            artist.set_animated(False)

    def _finish_animation(self, figure: Any) -> None:
        reference = self._animations.get(figure)
        animation = reference() if reference is not None else None
        if animation is not None:
            self._run(animation)

    # what a screen or a LaTeX installation would change

    def _hook_environment(self) -> None:
        import matplotlib as mpl
        from matplotlib import pyplot
        from matplotlib.rcsetup import validate_backend
        from matplotlib.text import Text

        def use(backend: Any = None, *, force: bool = True) -> None:
            validate_backend(backend)

        def set_usetex(text: Any, usetex: Any) -> None:
            if usetex or (usetex is None and mpl.rcParams["text.usetex"]):
                self.album.note("usetex: no LaTeX here; texts are drawn by mathtext")
            text._usetex = False
            text.stale = True

        self.patches.put(mpl, "use", use)
        self.patches.put(pyplot, "switch_backend", lambda newbackend: None)
        self.patches.put(Text, "set_usetex", set_usetex)


class _Nowhere(io.RawIOBase):
    """A file that is never written; tells our own hook that nobody will read it."""

    def writable(self) -> bool:
        return True


def _format_of(filename: Any, given: Any, canvas: Any) -> str:
    """The format that `savefig` will write, found as it finds it."""
    if given is None and isinstance(filename, (str, os.PathLike)):
        given = os.path.splitext(os.fspath(filename))[1][1:]  # noqa: PTH122 - as savefig does
    return str(given or canvas.get_default_filetype()).lower()


def is_hollow(figure: Any) -> bool:
    """Whether a figure has nothing but titles and empty axes."""
    try:
        own = (figure.images, figure.lines, figure.patches, figure.artists, figure.subfigs)
        if any(own):
            return False
        kinds = ("lines", "patches", "collections", "images", "texts", "tables", "artists")
        return not any(len(getattr(axes, kind)) for axes in figure.axes for kind in kinds)
    except AttributeError:
        return False
