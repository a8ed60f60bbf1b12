"""Hours of the office as they are typed, and what a change of the calendar is in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from kimweb.documents import dates, office
from kimweb.groups.entry import Entry
from kimweb.sop import revising
from kimweb.sop.office_hours import Week, Windows

# The letter on the picture, and the words for it; colour never speaks alone.
KINDS = {
    "working": ("", "Hari kerja"),
    "special": ("M", "Hari kerja khusus"),
    "period": ("R", "Jam kerja masa khusus"),
    "weekend": ("", "Libur mingguan"),
    "public_holiday": ("L", "Libur nasional"),
    "collective_leave": ("C", "Cuti bersama"),
    "local": ("S", "Libur setempat"),
}


def windows(entry: Entry, form: Mapping[str, str], day: str = "") -> Windows:
    """Return the hours typed into "open" and "break", of a week with the `day` behind; () if none.

    What is wrong is refused at "open".
    """
    opens, pause = (form.get(f"{name}{day}", "").strip() for name in ("open", "break"))
    if pause and not opens:
        entry.refuse(f"open{day}", "Isi juga jam kerjanya.")
    if not opens:
        return ()
    try:
        return revising.windows(opens, pause)
    except ValueError as wrong:
        entry.refuse(f"open{day}", str(wrong))
        return ()


def typed(found: Windows, day: str = "") -> dict[str, str]:
    """Return what would be typed for these hours."""
    return {
        f"open{day}": f"{found[0][0]:%H.%M}-{found[-1][1]:%H.%M}" if found else "",
        f"break{day}": f"{found[0][1]:%H.%M}-{found[1][0]:%H.%M}" if len(found) > 1 else "",
    }


def told(subject: str, facts: Mapping[str, Any]) -> str:
    """Return in words what a change made of a date, a period, a week or a unit."""
    kind, _ = revising.split(subject)
    if not facts:
        return "menurut ketetapan" if kind == revising.DAY else "tidak ada"
    if kind == revising.WEEK:
        return _told_week(revising.week(facts))
    if kind == revising.DAY:
        special = revising.special_day(facts)
        hours = f", jam {told_windows(special.windows)}" if special.windows else ""
        return f"{KINDS[special.kind][1]} ({special.name}){hours}"
    if facts.get("off"):
        return "dihapus"
    if kind == revising.UNIT:
        return f"{told_lanes(facts['lanes'])}: {told_weeks(facts['weeks'])}"
    first, last = (dates.short_date(dt.date.fromisoformat(facts[end])) for end in ("first", "last"))
    return f"{first} sampai {last}, jam kerja {facts['hours']}"


def named(subject: str) -> str:
    """Return what a change is about: "24 Desember 2026", "jam kerja biasa", "bagian Lapangan"."""
    kind, key = revising.split(subject)
    if kind == revising.WEEK:
        return f"jam kerja {key}"
    if kind == revising.UNIT:
        return f"bagian {key}"
    return dates.day_date(dt.date.fromisoformat(key)) if kind == revising.DAY else key


def told_windows(found: Windows) -> str:
    """Return "07.30–12.00 dan 13.00–16.00"."""
    return " dan ".join(stretches(found))


def stretches(found: Windows) -> list[str]:
    """Return "07.30–12.00" for each stretch of a day."""
    return [f"{start:%H.%M}–{end:%H.%M}" for start, end in found]


def told_lanes(lanes: Iterable[str]) -> str:
    """Return "Kepala Seksi, Tim KIM"."""
    return ", ".join(office.current().lane_title(lane) for lane in lanes)


def told_weeks(weeks: Mapping[str, str]) -> str:
    """Return "jam kerja enam hari sebagai ganti jam kerja biasa" for each week of a unit's own."""
    told = [f"jam kerja {own} sebagai ganti jam kerja {usual}" for usual, own in weeks.items()]
    return ", ".join(told)


def _told_week(week: Week) -> str:
    """Return "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00; …; Sabtu sampai Minggu libur"."""
    runs = [list(run) for _, run in groupby(range(len(week)), key=lambda n: week[n])]
    return "; ".join(
        f"{' sampai '.join(dates.DAYS[n] for n in dict.fromkeys((run[0], run[-1])))} "
        f"{told_windows(week[run[0]]) or 'libur'}"
        for run in runs
    )
