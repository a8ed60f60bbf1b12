"""The SOP as the office prints it (PermenPANRB 35/2012), one SVG per landscape A4 page.

The same pages show one case on its way when marks are given.
"""

from __future__ import annotations

from collections.abc import Mapping

from kimweb.sop.book import Sop, Step
from kimweb.sop.chart.drawing import page
from kimweb.sop.chart.identity import identity_page
from kimweb.sop.chart.layout import sheets
from kimweb.sop.chart.marks import Mark, State
from kimweb.sop.chart.routes import arrows
from kimweb.sop.chart.table import table_page

__all__ = ["Mark", "State", "pages"]


def pages(
    sop: Sop,
    marks: Mapping[int, Mark] | None = None,
    returns: Mapping[int, int] | None = None,
) -> list[str]:
    """The identity page, then the table pages.

    By step number `marks` show where a case stands, `returns` how often the step sent it back.
    """
    marks, returns = marks or {}, returns or {}
    number, title = sop.identity.number, sop.identity.title
    cut = sheets(sop, marks)
    bodies = [
        (f"SOP Nomor {number}, identitas", title, identity_page(sop.identity)),
        *(
            (
                f"SOP Nomor {number}, langkah {sheet.rows[0].step.number} "
                f"sampai {sheet.rows[-1].step.number}",
                " ".join(_spoken(row.step, marks, returns) for row in sheet.rows),
                table_page(sheet, routes, title, marks, returns),
            )
            for sheet, routes in zip(cut, arrows(cut), strict=True)
        ),
    ]
    return [
        page(f"SOP {number} · Halaman {n} dari {len(bodies)}", n, name, description, body)
        for n, (name, description, body) in enumerate(bodies, 1)
    ]


def _spoken(step: Step, marks: Mapping[int, Mark], returns: Mapping[int, int]) -> str:
    """One row of the table as sentences, for who cannot see it."""
    mark, count = marks.get(step.number), returns.get(step.number)
    back = f" Jika tidak, kembali ke langkah {step.returns[0].to}." if step.decision else ""
    fares = f" Keadaan: {mark.spoken}." if mark else ""
    fares += f" Dikembalikan dari sini {count} kali." if count else ""
    return (
        f"Langkah {step.number}, {step.lane.capitalize()}: {step.text.rstrip('.')}. "
        f"Kelengkapan {step.needs}, waktu {step.time.text}, output {step.output}.{back}{fares}"
    )
