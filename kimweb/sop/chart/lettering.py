"""How wide words are in Arial, so that they are broken into lines before anything is drawn."""

from __future__ import annotations

# Advance widths of Arial (and of Arimo, which has the same metrics) in thousandths of the size.
_WIDTHS = {
    **dict.fromkeys("ijl", 222),
    **dict.fromkeys(" !,./:;I[\\]ft", 278),
    **dict.fromkeys("()-`r", 333),
    **dict.fromkeys("{}", 334),
    **dict.fromkeys("cJksvxyz", 500),
    **dict.fromkeys("#$0123456789?L_abdeghnopqu", 556),
    **dict.fromkeys("+<=>~", 584),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("&ABEKPSVXY", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("Mm", 833),
    **dict.fromkeys('"', 355),
    **dict.fromkeys("'|", 260),
    "*": 389,
    "^": 469,
    "%": 889,
    "W": 944,
    "@": 1015,
}
_UNKNOWN = 1000  # a letter outside the list is taken as wide, so that it never spills over
_BOLD = 1.12  # bold words are no wider than this, measured over the words of the SOP


def width(words: str, size: float, *, bold: bool = False) -> float:
    """The width of these words, in the unit of `size`; never less than what is drawn."""
    thousandths = sum(_WIDTHS.get(letter, _UNKNOWN) for letter in words)
    return thousandths * size / 1000 * (_BOLD if bold else 1)


def wrap(words: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """The words in lines no wider than `room`; a word too long for a line is broken."""
    lines: list[str] = []
    for word in words.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size, bold=bold) <= room:
            lines[-1] = joined
        else:
            lines.extend(_broken(word, room, size, bold=bold))
    return lines


def _broken(word: str, room: float, size: float, *, bold: bool) -> list[str]:
    pieces: list[str] = []
    while len(word) > 1 and width(word, size, bold=bold) > room:
        fitting = range(len(word) - 1, 1, -1)
        cut = next((n for n in fitting if width(word[:n], size, bold=bold) <= room), 1)
        slash = word.rfind("/", 0, cut) + 1  # "DISKOMINFO/" reads better than "DISKOMIN"
        pieces.append(word[: slash or cut])
        word = word[slash or cut :]
    return [*pieces, word]
