"""Cut the CJK font that we ship out of the Noto Sans CJK of Debian's package `fonts-noto-cjk`.

    apt-get install fonts-noto-cjk && pip install fonttools
    python tools/build_fonts.py

Kept are the characters of GB 2312, JIS X 0208, Big5 level 1 and KS X 1001, so that common Chinese,
Japanese and Korean text is drawn without the 20 MB of the whole font. The licence (SIL Open Font
License 1.1) allows this; `assets/fonts/OFL.txt` goes with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fontTools import subset

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIMPLIFIED_CHINESE = 2
"""Index of the face in the collection; it decides which national form shared characters take."""
TARGET = Path(__file__).parents[1] / "src/visual_erm/assets/fonts/NotoSansCJKsc-Regular-subset.otf"


def characters() -> Iterator[str]:
    """Characters of the four national standards, and the punctuation around them."""
    for codec, rows in (
        ("gb2312", range(0xA1, 0xF8)),
        ("euc_jp", range(0xA1, 0xF5)),
        ("euc_kr", range(0xA1, 0xC9)),
        ("big5", range(0xA1, 0xC7)),
    ):
        for high in rows:
            for low in range(0x40, 0xFF):
                try:
                    yield bytes([high, low]).decode(codec)
                except UnicodeDecodeError:
                    continue
    yield from map(chr, range(0x20, 0x7F))
    yield from map(chr, range(0x3000, 0x3100))
    yield from map(chr, range(0xFF00, 0xFFF0))


def main() -> None:
    options = subset.Options(
        font_number=SIMPLIFIED_CHINESE, layout_features=["kern", "ccmp"], hinting=False
    )
    font = subset.load_font(str(SOURCE), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters()))
    subsetter.subset(font)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(TARGET), options)
    print(f"{TARGET.name}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
