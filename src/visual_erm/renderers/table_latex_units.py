r"""Numbers and units as siunitx writes them.

>>> quantity("1e-5"), unit_of(r"\milli\metre\per\second")
('1 × 10<sup>−5</sup>', 'mm/s')
"""

from __future__ import annotations

import re
from html import escape

_UNITS = re.compile(r"\\(?P<name>[A-Za-z]+)")
_PREFIXES = {"kilo": "k", "milli": "m", "micro": "µ", "centi": "c", "mega": "M", "giga": "G"}
_PREFIXES |= {"nano": "n", "pico": "p", "deci": "d", "tera": "T", "hecto": "h", "per": "/"}
_UNIT_NAMES = {
    "metre": "m", "meter": "m", "second": "s", "gram": "g", "kilogram": "kg", "ampere": "A",
    "kelvin": "K", "mole": "mol", "candela": "cd", "hertz": "Hz", "newton": "N", "pascal": "Pa",
    "joule": "J", "watt": "W", "coulomb": "C", "volt": "V", "ohm": "Ω", "farad": "F", "tesla": "T",
    "weber": "Wb", "henry": "H", "celsius": "°C", "degreeCelsius": "°C", "degree": "°",
    "percent": "%", "litre": "L", "liter": "L", "minute": "min", "hour": "h", "day": "d",
    "electronvolt": "eV", "bar": "bar", "tonne": "t", "hectare": "ha", "byte": "B", "bit": "bit",
    "decibel": "dB", "angstrom": "Å", "squared": "²", "cubed": "³", "square": "", "cubic": "",
    "micrometer": "µm", "nanometer": "nm", "millisecond": "ms",
}  # fmt: skip


def quantity(number: str) -> str:
    """A number, its exponent raised, as HTML."""
    found = re.fullmatch(r"([+-]?[\d.,]*)\s*[eE]\s*([+-]?\d+)", number)
    if found:
        mantissa = f"{found[1].replace('-', '−')} × " if found[1] else ""
        return f"{mantissa}10<sup>{found[2].replace('-', '−')}</sup>"
    return escape(number.replace("+-", " ± ").replace("\\pm", " ± ").replace("-", "−"))


def unit_of(unit: str) -> str:
    """A unit of siunitx, in short."""
    parts: list[str] = []
    square = ""
    for piece in _UNITS.finditer(unit):
        name = piece["name"]
        square = {"square": "²", "cubic": "³"}.get(name, square)
        if name in _UNIT_NAMES:
            parts.append(_UNIT_NAMES[name] + (square if name not in ("square", "cubic") else ""))
            square = square if name in ("square", "cubic") else ""
        else:
            parts.append(_PREFIXES.get(name, "" if name == "of" else name))
    if not parts:
        return escape(unit.replace(".", "·")).replace("^", "")
    return escape("".join(parts))
