"""What a letter is put together from, in Word's terms: lines, columns, lists, tables, signature."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

PAPERS = {"A4": (21.0, 29.7), "F4": (21.5, 33.0)}
# Word on an office's own machine has Arial, of the same measures.
_FONTS = {"Arimo": "Arial"}
_INDENT = 1.25
_SIGNING = 7.6
_EMBLEM = 2.15
_LONGEST_PROPERTY = 255
# The file says when its layout was fixed, not when somebody pressed a button.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
CENTER, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


class Sheet:
    """One document; every method adds to its end. Measures are in centimetres."""

    def __init__(self, page: Mapping[str, Any], title: str, author: str) -> None:
        self.document = docx.Document()
        about = self.document.core_properties
        about.title, about.author = title[:_LONGEST_PROPERTY], author[:_LONGEST_PROPERTY]
        about.created = about.modified = _MADE
        section = self.document.sections[0]
        wide, high = PAPERS[page["paper"]]
        section.page_width, section.page_height = Cm(wide), Cm(high)
        section.top_margin, section.bottom_margin = Cm(page["top"]), Cm(page["bottom"])
        section.left_margin, section.right_margin = Cm(page["left"]), Cm(page["right"])
        self.width = wide - page["left"] - page["right"]
        style = self.document.styles["Normal"]
        style.font.name = _FONTS.get(page["font"], page["font"])
        style.font.size = Pt(page["size"])
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.line_spacing = 1.05

    def line(
        self,
        text: str,
        *,
        at: WD_ALIGN_PARAGRAPH | None = None,
        bold: bool = False,
        size: float | None = None,
        inside: _Cell | None = None,
    ) -> Paragraph:
        """Add a paragraph; typed line ends stay."""
        body = _next_in(inside) if inside is not None else self.document.add_paragraph()
        if inside is not None:
            body.paragraph_format.space_after = Pt(2)
        run = body.add_run(text)
        run.bold = bold
        if size:
            run.font.size = Pt(size)
        if at is not None:
            body.alignment = at
        return body

    def letterhead(self, lines: Iterable[Mapping[str, Any]], emblem: bytes) -> None:
        """Add emblem and names, closed by a double rule."""
        left, right = self.columns((_EMBLEM + 0.2, self.width - _EMBLEM - 0.2)).rows[0].cells
        left.paragraphs[0].add_run().add_picture(io.BytesIO(emblem), height=Cm(_EMBLEM))
        for line in lines:
            said = self.line(
                line["text"], at=CENTER, bold=line["bold"], size=line["size"], inside=right
            )
            said.paragraph_format.space_after = Pt(0)
            said.paragraph_format.line_spacing = 1.0
        rule = self.document.add_paragraph()
        rule.paragraph_format.space_after = Pt(6)
        rule.paragraph_format.line_spacing = Pt(4)
        _border(rule)

    def paragraphs(self, texts: Iterable[str], *, indent: float = _INDENT) -> None:
        """Add justified prose, the first line of each paragraph indented."""
        for text in texts:
            body = self.line(text, at=JUSTIFY)
            body.paragraph_format.first_line_indent = Cm(indent)

    def items(
        self, texts: Sequence[str], *, letters: bool = False, inside: _Cell | None = None
    ) -> None:
        """Add a list whose numbers stand out to the left."""
        for n, text in enumerate(texts):
            mark = f"{chr(ord('a') + n % 26)}." if letters else f"{n + 1}."
            body = self.line(f"{mark}\t{text}", at=JUSTIFY, inside=inside)
            body.paragraph_format.left_indent = Cm(0.7)
            body.paragraph_format.space_after = Pt(2)
            body.paragraph_format.first_line_indent = Cm(-0.7)
            body.paragraph_format.tab_stops.add_tab_stop(Cm(0.7))

    def labelled(
        self, pairs: Iterable[tuple[str, str | Sequence[str]]], *, label: float, indent: float = 0.0
    ) -> None:
        """Add rows of "label : value"; a list becomes numbered items, an empty value no row."""
        rows = [(name, value) for name, value in pairs if value]
        table = self.columns((label, 0.45, self.width - indent - label - 0.45), rows=len(rows))
        _indent(table, indent)
        for row, (name, value) in zip(table.rows, rows, strict=True):
            self.line(name, inside=row.cells[0])
            self.line(":", inside=row.cells[1])
            if isinstance(value, str):
                self.line(value, inside=row.cells[2])
            elif len(value) == 1:
                self.line(value[0], at=JUSTIFY, inside=row.cells[2])
            else:
                self.items(value, letters=name == "Menimbang", inside=row.cells[2])
        self.gap()

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """Add a ruled table with a heading that comes again on each page."""
        table = self.columns(widths, padding=0.15)
        table.style = "Table Grid"
        for cell, head in zip(table.rows[0].cells, heads, strict=True):
            self.line(head, at=CENTER, bold=True, inside=cell)
        heading = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(heading)
        for row in rows:
            added = table.add_row()  # type: ignore[no-untyped-call]
            for cell, text in zip(added.cells, row, strict=True):
                self.line(text, inside=cell)
        self.gap()

    def boxes(self, rows: Sequence[Sequence[str]]) -> None:
        """Add ruled boxes, two a row; a row of one is as wide as both."""
        table = self.columns((self.width / 2, self.width / 2), rows=len(rows), padding=0.15)
        table.style = "Table Grid"
        for row, texts in zip(table.rows, rows, strict=True):
            cells = row.cells
            if len(texts) == 1:
                cells[0].merge(cells[1])
            for cell, text in zip(cells, texts, strict=False):
                self.line(text, inside=cell)

    def signature(self, signer: Mapping[str, Any], sign: str, opening: Sequence[str] = ()) -> None:
        """Add title, the placeholder of the signature, name and NIP at the right."""
        row = self.columns((self.width - _SIGNING, _SIGNING)).rows[0]
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        cell = row.cells[1]
        prefix = f"{signer['prefix']} " if signer["prefix"] else ""
        for text in (*opening, f"{prefix}{signer['title']},", *signer["lines"]):
            self.line(text, inside=cell)
        self.line(sign, inside=cell).paragraph_format.space_before = Pt(18)
        self.line(signer["name"], bold=True, inside=cell)
        self.line(f"NIP {signer['nip']}", inside=cell)
        for body in cell.paragraphs:
            body.paragraph_format.space_after = Pt(1)

    def copies(self, names: Sequence[str]) -> None:
        """Add "Tembusan:" with its list, when there is one."""
        if names:
            self.line("Tembusan:").paragraph_format.space_before = Pt(10)
            self.items(names)

    def columns(self, widths: Sequence[float], *, rows: int = 1, padding: float = 0) -> Table:
        """Add a table without rules, of columns this wide."""
        table: Table = self.document.add_table(rows=rows, cols=len(widths))
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        table.autofit = False
        _pad(table, padding)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
            for cell in column.cells:
                cell.width = Cm(width)
        return table

    def gap(self, points: float = 4) -> None:
        """Leave room."""
        room = self.document.add_paragraph()
        room.paragraph_format.space_after = Pt(0)
        room.paragraph_format.line_spacing = Pt(points)

    def new_page(self) -> None:
        """Go on on a new page."""
        self.document.add_page_break()  # type: ignore[no-untyped-call]


def _next_in(cell: _Cell) -> Paragraph:
    """Return the empty paragraph with which a cell begins, else a new one."""
    first: Paragraph = cell.paragraphs[0]
    if len(cell.paragraphs) == 1 and not first.runs:
        return first
    added: Paragraph = cell.add_paragraph()
    return added


def _border(body: Paragraph) -> None:
    """Draw thick and thin below a paragraph."""
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "thickThinSmallGap"), ("sz", "24"), ("space", "1")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    body._p.get_or_add_pPr().append(borders)


def _pad(table: Table, centimetres: float) -> None:
    """Keep cells this far from their sides; Word's own habit would shift every column."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Cm(centimetres).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)


def _indent(table: Table, centimetres: float) -> None:
    if centimetres:
        indent = OxmlElement("w:tblInd")
        indent.set(qn("w:w"), str(Cm(centimetres).twips))
        indent.set(qn("w:type"), "dxa")
        table._tbl.tblPr.append(indent)
