"""Colours as xcolor writes them: names, models and mixtures such as `red!20!black`."""

from __future__ import annotations

import re

_NAMES = {
    "black": 0x000000, "white": 0xFFFFFF, "red": 0xFF0000, "green": 0x00FF00, "blue": 0x0000FF,
    "cyan": 0x00FFFF, "magenta": 0xFF00FF, "yellow": 0xFFFF00, "gray": 0x808080, "grey": 0x808080,
    "darkgray": 0x404040, "lightgray": 0xBFBFBF, "brown": 0xBF8040, "lime": 0xBFFF00,
    "olive": 0x808000, "orange": 0xFF8000, "pink": 0xFFBFBF, "purple": 0xBF0040, "teal": 0x008080,
    "violet": 0x800080, "navy": 0x000080, "maroon": 0xAF3235, "forestgreen": 0x009B55,
    "royalblue": 0x0071BC, "skyblue": 0x46C5DD, "lightblue": 0xADD8E6, "lightgreen": 0x90EE90,
    "lightgrey": 0xD3D3D3, "lightyellow": 0xFFFFE0, "lightcyan": 0xE0FFFF, "darkgreen": 0x006400,
    "darkblue": 0x00008B, "darkred": 0x8B0000, "salmon": 0xF69289, "goldenrod": 0xFFDF42,
    "gainsboro": 0xDCDCDC, "whitesmoke": 0xF5F5F5, "silver": 0xC0C0C0, "crimson": 0xDC143C,
    "dodgerblue": 0x1E90FF, "steelblue": 0x4682B4, "tomato": 0xFF6347, "gold": 0xFFD700,
    "lavender": 0xE6E6FA, "aliceblue": 0xF0F8FF, "indigo": 0x4B0082, "turquoise": 0x00B4CE,
}  # fmt: skip
_Rgb = tuple[float, float, float]


class Colours:
    """Names of one source, those that it defines included."""

    def __init__(self) -> None:
        self._own: dict[str, _Rgb] = {}

    def define(self, name: str, model: str, value: str) -> None:
        r"""Take in a `\definecolor`; one that is not understood is passed over."""
        colour = _of_model(model, value) if len(self._own) < 500 else None
        if colour is not None:
            self._own[name] = colour

    def find(self, text: str, model: str = "") -> str | None:
        """A colour as `#rrggbb`, or None.

        >>> Colours().find("red!20"), Colours().find("0.5", "gray"), Colours().find("none")
        ('#ffcccc', '#808080', None)
        """
        colour = _of_model(model, text) if model else self._mixed(text)
        if colour is None:
            return None
        return "#" + "".join(f"{round(255 * max(0.0, min(1.0, part))):02x}" for part in colour)

    def _mixed(self, text: str) -> _Rgb | None:
        parts = text.lstrip("-").split("!")[:20]
        colour = self._named(parts[0])
        for index in range(1, len(parts), 2):
            share = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*", parts[index])
            other = self._named(parts[index + 1]) if index + 1 < len(parts) else (1.0, 1.0, 1.0)
            if colour is None or other is None or share is None:
                return colour
            part = float(share[1]) / 100
            mixed = [part * a + (1 - part) * b for a, b in zip(colour, other, strict=True)]
            colour = (mixed[0], mixed[1], mixed[2])
        return colour

    def _named(self, name: str) -> _Rgb | None:
        if name in self._own:
            return self._own[name]
        number = _NAMES.get(name.strip().lower())
        return None if number is None else _of_model("HTML", f"{number:06x}")


def _of_model(model: str, value: str) -> _Rgb | None:
    if model == "HTML":
        if not re.fullmatch(r"[0-9A-Fa-f]{6}", value.strip()):
            return None
        number = int(value, 16)
        return (number >> 16) / 255, (number >> 8 & 255) / 255, (number & 255) / 255
    try:
        numbers = [float(part) for part in value.split(",")[:4]]
    except ValueError:
        return None
    if model == "gray" and len(numbers) == 1:
        return numbers[0], numbers[0], numbers[0]
    if model == "rgb" and len(numbers) == 3:
        return numbers[0], numbers[1], numbers[2]
    if model == "RGB" and len(numbers) == 3:
        return numbers[0] / 255, numbers[1] / 255, numbers[2] / 255
    if model == "cmyk" and len(numbers) == 4:
        cyan, magenta, yellow, black = numbers
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return None
