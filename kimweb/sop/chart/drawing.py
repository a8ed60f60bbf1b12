"""SVG written with presentation attributes only, so that a strict Content-Security-Policy holds."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 842.0, 595.0, 28.0
"""Landscape A4 in points; everything in this package is measured in points."""

INK, RULE = "#111111", "#333333"
_FONT = "Arimo, Arial, 'Liberation Sans', Helvetica, sans-serif"

Point = tuple[float, float]


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """One element: `stroke_width` becomes stroke-width, `class_` class; None is left out."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def _value(value: str | float | None) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def titled(words: str) -> str:
    """The name that a screen reader or a pointer resting on the element gets."""
    return tag("title", escape(words))


def words(
    at: Point,
    written: str,
    size: float,
    *,
    bold: bool = False,
    anchor: str = "start",
    fill: str = INK,
    class_: str | None = None,
) -> str:
    """One line of text on its baseline."""
    return tag(
        "text",
        escape(written),
        x=at[0],
        y=at[1],
        font_size=size,
        font_weight="bold" if bold else None,
        text_anchor=None if anchor == "start" else anchor,
        fill=fill,
        class_=class_,
    )


def box(x: float, y: float, width: float, height: float, fill: str = "none") -> str:
    """A cell of a table."""
    return tag(
        "rect",
        x=x,
        y=y,
        width=width,
        height=height,
        fill=fill,
        stroke=RULE,
        stroke_width=0.6,
        class_="sop-rule",
    )


def points(corners: Iterable[Point]) -> str:
    """Corners as SVG writes them."""
    return " ".join(f"{_value(float(x))},{_value(float(y))}" for x, y in corners)


def polyline(corners: Iterable[Point], **attributes: str | float | None) -> str:
    """A line through these points."""
    return tag("polyline", points=points(corners), fill="none", **attributes)


def page(place: str, number: int, title: str, description: str, body: Iterable[str]) -> str:
    """A whole page as one SVG document; `place` is its footer, such as "Halaman 2 dari 3"."""
    prefix = f"sop-page-{number}"
    return tag(
        "svg",
        tag("title", escape(title), id=f"{prefix}-title"),
        tag("desc", escape(description), id=f"{prefix}-desc"),
        tag("rect", width=PAGE_WIDTH, height=PAGE_HEIGHT, fill="#ffffff", class_="sop-paper"),
        *body,
        words(
            (PAGE_WIDTH - MARGIN, PAGE_HEIGHT - 14),
            place,
            7.0,
            anchor="end",
        ),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {PAGE_WIDTH:.0f} {PAGE_HEIGHT:.0f}",
        class_="sop-page",
        role="img",
        aria_labelledby=f"{prefix}-title {prefix}-desc",
        font_family=_FONT,
    )
