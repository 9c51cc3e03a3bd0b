"""Cut Noto Sans CJK SC down to GB 2312, Latin and the symbols that charts use.

Usage: python tools/font_subset.py NotoSansCJK-Regular.ttc src/urbsim/report/fonts/NotoSansCJKsc-Regular-subset.otf
The full font (OFL 1.1) is 16 MB; the subset is 1.6 MB and has the names of all counties of the census of 2010 and 2020:
six of them, from 埇桥区 to 鄠邑区, have a character that GB 2312 lacks.
"""

from __future__ import annotations

import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

FACE = "Noto Sans CJK SC"
EXTRA = "㎡亩·–—−×÷±≤≥≈→←↑↓“”‘’…°%‰²³½喆堃祎珺埇瀍浉硚猇鄠"


def characters() -> set[int]:
    """Return code points of GB 2312, printable ASCII, Latin-1 and a few more."""
    found = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {ord(c) for c in EXTRA}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            text = bytes([high, low]).decode("gb2312", errors="ignore")
            found |= {ord(character) for character in text}
    return found


def main(source: str, target: str) -> None:
    """Write the subset."""
    face = next(f for f in TTCollection(source).fonts if f["name"].getDebugName(1) == FACE)
    options = subset.Options(layout_features=["kern"], name_IDs=["*"], notdef_outline=True, hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(face)
    face.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
