"""Traces a picture with vtracer, in a confined worker that reads no file at all."""

from __future__ import annotations

from typing import Any

import vtracer

from visual_erm.renderers.job import Drawing, Rejected


def preload() -> None:
    """Import the library before the first fork."""


def trace(source: bytes, options: dict[str, Any]) -> Drawing:
    """Outlines of a PNG as an SVG document; `options` are vtracer's own."""
    try:
        document = vtracer.convert_raw_image_to_svg(source, img_format="png", **options)
    except BaseException as error:  # noqa: BLE001 - the library's panics are no Exceptions
        raise Rejected("not_traced", f"vtracer: {error}") from None
    return Drawing(document=document.encode())
