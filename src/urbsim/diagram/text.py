"""How wide a text is and where it breaks, without asking for a font.

A diagram is shown with whatever font a reader has, so widths are those of DejaVu Sans, the widest of the usual ones.
"""

from __future__ import annotations

import unicodedata

SIZE = 12.0  # of the names of variables, in pixels
SMALL = 10.0  # of what is listed below a name
_WIDTHS = (  # of characters, in hundredths of the size of the font
    (29, "'ijlIJ"),
    (36, " ,./:;\\|f-"),
    (41, "()[]t!r"),
    (53, '"*_`sz?'),
    (60, "cLFkvxyP"),
    (62, "TYaoe"),
    (64, "ESbdghnpqu$0123456789{}"),
    (70, "KAVBRXZC"),
    (79, "UHNDG&OQ"),
    (84, "w#+<=>^~"),
    (100, "Mm%W@"),
)
_WIDTH = {char: width for width, chars in _WIDTHS for char in chars}


def width(text: str, size: float) -> float:
    """Return an upper bound of the width of a text, in pixels."""
    return sum(_char_width(char) for char in text) * size / 100


def _char_width(char: str) -> int:
    wide = unicodedata.east_asian_width(char) in "WF"
    return 102 if wide else _WIDTH.get(char, 80)


def wrap(text: str, size: float, limit: float) -> tuple[str, ...]:
    """Break a text at spaces into lines of about equal length within a limit, in pixels; a longer word stays whole.

    Examples
    --------
    >>> wrap("relative attractiveness", 12, 100)
    ('relative', 'attractiveness')
    """
    lines = _lines(text, size, limit)
    if len(lines) > 1:  # the narrowest limit with as many lines
        low, high = limit / 2, limit
        for _ in range(6):
            middle = (low + high) / 2
            low, high = (low, middle) if len(_lines(text, size, middle)) == len(lines) else (middle, high)
        lines = _lines(text, size, high)
    return tuple(lines)


def _lines(text: str, size: float, limit: float) -> list[str]:
    lines: list[str] = []
    for word in _words(text):
        longer = f"{lines[-1]}{word}" if lines else word
        if lines and width(longer.rstrip(), size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.strip() for line in lines] or [""]


def _words(text: str) -> list[str]:
    """Return the parts between which a line may end: after spaces and around Chinese characters."""
    words = [""]
    for char in text:
        if words[-1] and (words[-1][-1] == " " or unicodedata.east_asian_width(char) in "WF"):
            words.append("")
        words[-1] += char
    return words
