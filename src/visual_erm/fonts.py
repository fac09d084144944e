"""The one set of fonts that every renderer draws with, so that the same source gives the same
pixels on every machine.

DejaVu comes with Matplotlib; a subset of Noto Sans CJK (Chinese, Japanese, Korean) comes with this
package, made by `tools/build_fonts.py`. Fonts of the system are never used: a family that is not
in the set is replaced by the nearest one that is, and text never vanishes.

    >>> substitute("Arial"), substitute("Times New Roman"), substitute("Consolas")
    ('DejaVu Sans', 'DejaVu Serif', 'DejaVu Sans Mono')
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from visual_erm.errors import MissingPackage

SANS, SERIF, MONO, CJK = "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "Noto Sans CJK SC"
FAMILIES = (SANS, SERIF, MONO, CJK)
"""Every family in the set; a renderer that takes a list falls back in this order."""

_SERIF = frozenset(
    "times;times new roman;georgia;garamond;palatino;palatino linotype;book antiqua;cambria;serif;"
    "nimbus roman;liberation serif;computer modern roman;computer modern;cmr10;latin modern roman;"
    "stix;stixgeneral;tinos;noto serif;bitstream vera serif;charter;baskerville;dejavu serif".split(
        ";"
    )
)
_MONO = frozenset(
    "monospace;courier;courier new;consolas;menlo;monaco;lucida console;liberation mono;cousine;"
    "ubuntu mono;fira code;fira mono;jetbrains mono;source code pro;roboto mono;sf mono;"
    "bitstream vera sans mono;dejavu sans mono;ui-monospace".split(";")
)
_CJK = frozenset(
    "simhei;simsun;simkai;fangsong;microsoft yahei;microsoft jhenghei;pingfang sc;pingfang tc;"
    "heiti sc;heiti tc;stheiti;stsong;songti sc;kaiti;wenquanyi micro hei;wenquanyi zen hei;"
    "source han sans;source han sans sc;source han sans cn;noto sans sc;noto sans tc;noto sans jp;"
    "noto sans kr;noto sans cjk sc;noto sans cjk jp;noto sans cjk kr;noto sans cjk tc;meiryo;"
    "ms gothic;yu gothic;hiragino sans;ipagothic;ipaexgothic;takao;malgun gothic;nanumgothic;"
    "apple gothic;applegothic;arial unicode ms;sarasa gothic".split(";")
)


def substitute(family: str) -> str:
    """The family of the set that stands in for `family`; the sans serif where nothing is nearer."""
    name = family.strip().strip("'\"").lower()
    for names, stand_in in ((_SERIF, SERIF), (_MONO, MONO), (_CJK, CJK)):
        if name in names:
            return stand_in
    return SANS


def known_families() -> tuple[str, ...]:
    """Lower-case names that have a stand-in of their own (serif, monospace, CJK)."""
    return tuple(sorted(_SERIF | _MONO | _CJK))


@cache
def font_directories() -> tuple[Path, ...]:
    """The folders that hold the set: Matplotlib's and this package's.

    Raises:
        MissingPackage: Matplotlib is not installed.
    """
    matplotlib = find_spec("matplotlib")
    if matplotlib is None or matplotlib.origin is None:
        raise MissingPackage(
            "drawing text needs matplotlib. Install it with: pip install visual-erm"
        )
    own = Path(__file__).parent / "assets" / "fonts"
    return Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf", own


@cache
def font_files() -> tuple[Path, ...]:
    """Files of the set, sorted; folders that hold others as well are not to be scanned."""
    matplotlib, own = font_directories()
    chosen = [p for p in matplotlib.glob("DejaVu*.ttf") if "Display" not in p.name]
    return tuple(sorted(chosen, key=lambda p: p.name)) + tuple(sorted(own.glob("*.otf")))


@cache
def fingerprint() -> str:
    """Hash of the set's contents, part of every rendering's fingerprint; 12 hex digits."""
    hashed = hashlib.sha256()
    for file in font_files():
        hashed.update(file.name.encode())
        hashed.update(file.read_bytes())
    return hashed.hexdigest()[:12]


def fontconfig(cache_folder: Path) -> str:
    """A configuration file for fontconfig that knows this set only, and the stand-ins."""
    files = "".join(f"<glob>{escape(str(path))}</glob>" for path in font_files())
    folders = "".join(f"<dir>{escape(str(path))}</dir>" for path in font_directories())
    families = "".join(f"<family>{family}</family>" for family in FAMILIES)
    stand_ins = "".join(
        f"<alias binding='same'><family>{escape(name)}</family>"
        f"<prefer><family>{substitute(name)}</family></prefer></alias>"
        for name in (*known_families(), "sans-serif", "system-ui", "cursive", "fantasy")
        if name != substitute(name).lower()
    )
    return (
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"{folders}<cachedir>{escape(str(cache_folder))}/fontcache</cachedir>"
        f"<selectfont><rejectfont><glob>*</glob></rejectfont>"
        f"<acceptfont>{files}</acceptfont></selectfont>{stand_ins}"
        "<match target='pattern'><edit name='family' mode='append_last'>"
        f"{families.replace('family>', 'string>')}</edit></match>"
        "<match target='font'><edit name='antialias'><bool>true</bool></edit>"
        "<edit name='hinting'><bool>false</bool></edit>"
        "<edit name='hintstyle'><const>hintnone</const></edit>"
        "<edit name='rgba'><const>none</const></edit>"
        "<edit name='embeddedbitmap'><bool>false</bool></edit></match></fontconfig>"
    )
