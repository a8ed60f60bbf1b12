"""Texts of one record from two devices, laid together field by field."""

from __future__ import annotations

from collections.abc import Mapping


def together(
    standing: Mapping[str, str], typed: Mapping[str, str], began: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the typed texts that may be stored, and those that somebody has to decide about.

    `began` is what the device showed when it was typed on. A field that nobody else has changed
    since, or that is still empty, takes the typed text; one changed on both sides is undecided.
    """
    mine, undecided = {}, {}
    for name, text in typed.items():
        there, shown = standing.get(name, ""), began.get(name, "")
        if text == there:
            continue
        if there in ("", shown):
            mine[name] = text
        elif text != shown:
            undecided[name] = text
    return mine, undecided
