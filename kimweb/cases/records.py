"""The records of a case as files for its bundle: how it went, and what happened in the village."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases import fieldwork, queries
from kimweb.cases.fieldwork import guests, paper
from kimweb.cases.models import SEND_BACK, Activity, Case, Event, Stage
from kimweb.documents import dates, office, regions, tables
from kimweb.groups import register
from kimweb.groups.models import Group
from kimweb.people.models import Person
from kimweb.sop import shelf

# How a name came onto the attendance list.
_VIA = {"": "oleh tim", guests.BY_QR: "lewat QR", paper.ON_PAPER: "dari lembar kertas"}


def members(session: Session, case: Case) -> Iterable[tuple[str, bytes]]:
    """Yield the names and contents of the case's records, as text, CSV and JSON."""
    names = people(session)
    yield "riwayat/riwayat.txt", text(_history(session, case, names))
    yield "riwayat/riwayat.json", as_json(_trail(session, case, names))
    yield "kegiatan/tim.csv", _team(session, case)
    yield "kegiatan/daftar-hadir.csv", _attendance(session, case)
    activity, group = fieldwork.activity_of(session, case), register.of_case(session, case.id)
    if activity:
        yield "kegiatan/notulen.txt", text(_minutes(activity))
    if group:
        yield "kegiatan/kelompok.json", as_json(_group(group))


def people(session: Session) -> dict[int, str]:
    """Return the name of everybody who has or had an account, by id."""
    return {number: name for number, name in session.execute(select(Person.id, Person.name))}  # noqa: C416


def stamp(at: datetime | None) -> str:
    """Return "23-11-2026 09.30 WITA", empty for no moment."""
    if at is None:
        return ""
    local = shelf.local(at)
    return f"{local:%d-%m-%Y} {dates.clock_time(local)}"


def text(lines: Iterable[str]) -> bytes:
    """Return lines as a text file that any computer opens."""
    return ("\r\n".join(lines).replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n").encode(
        "utf-8-sig"
    )


def as_json(value: Any) -> bytes:
    """Return `value` as readable JSON with its keys in order."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _history(session: Session, case: Case, names: dict[int, str]) -> Iterable[str]:
    sop = shelf.sop(case.sop)
    yield f"RIWAYAT KEGIATAN NOMOR {case.id}"
    yield case.subject
    yield f"{regions.region(case.village).title}, {regions.region(case.district).title}"
    for stage in queries.stages(session, case.id):
        step = sop.step(stage.step)
        again = f" (kunjungan ke-{stage.visit})" if stage.visit > 1 else ""
        yield ""
        yield f"Langkah {stage.step}{again}: {step.text}"
        yield f"  Pelaksana   : {office.current().lane_title(stage.lane)}"
        yield f"  Diterima    : {stamp(stage.opened_at)}, tenggat {stamp(stage.due_at)}"
        if stage.closed_at:
            did = "Dikembalikan" if stage.verdict == SEND_BACK else "Diteruskan"
            by = names.get(stage.closed_by or 0, "")
            yield f"  {did:<12}: {stamp(stage.closed_at)} oleh {by}"
        if stage.note:
            yield f"  Catatan     : {stage.note}"


def _trail(session: Session, case: Case, names: dict[int, str]) -> dict[str, Any]:
    events = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id))
    return {
        "langkah": [_stage(stage, names) for stage in queries.stages(session, case.id)],
        "kejadian": [
            {
                "nomor": event.id,
                "langkah": event.stage_id,
                "jenis": event.kind,
                "oleh": names.get(event.by or 0),
                "waktu": event.at.isoformat(),
                "isi": event.facts,
            }
            for event in events
        ],
    }


def _stage(stage: Stage, names: dict[int, str]) -> dict[str, Any]:
    return {
        "nomor": stage.id,
        "langkah": stage.step,
        "kunjungan": stage.visit,
        "pelaksana": stage.lane,
        "dibuka": stage.opened_at.isoformat(),
        "tenggat": stage.due_at.isoformat(),
        "ditutup": stage.closed_at.isoformat() if stage.closed_at else None,
        "oleh": names.get(stage.closed_by or 0),
        "putusan": stage.verdict,
        "catatan": stage.note,
        "dikembalikan_dari": stage.returned_from,
    }


def _team(session: Session, case: Case) -> bytes:
    rows = [(m.position, m.name, m.title, m.role) for m in fieldwork.team_of(session, case)]
    return tables.to_csv(("nomor", "nama", "jabatan", "peran"), rows)


def _attendance(session: Session, case: Case) -> bytes:
    present = enumerate(fieldwork.attendees(session, case), start=1)
    rows = [(n, who.name, who.sex, who.origin, who.phone, _VIA[who.via]) for n, who in present]
    return tables.to_csv(("nomor", "nama", "l_p", "asal", "telepon", "dicatat"), rows)


def _minutes(activity: Activity) -> Iterable[str]:
    held_on = dates.day_date(activity.held_on) if activity.held_on else ""
    yield from (
        "NOTULEN KEGIATAN",
        "",
        f"Hari, tanggal : {held_on}",
        f"Tempat        : {activity.place}",
    )
    parts = {
        "Jalannya kegiatan": activity.minutes,
        "Keputusan": activity.decisions,
        "Biaya": activity.costs,
        "Kendala": activity.obstacles,
        "Saran": activity.suggestions,
    }
    for heading, words in parts.items():
        if words:
            yield from ("", heading.upper(), words)


def _group(group: Group) -> dict[str, Any]:
    return {
        "nama": group.name,
        "kode_desa_kelurahan": group.village,
        "desa_kelurahan": regions.region(group.village).title,
        "kecamatan": regions.region(group.district).title,
        "alamat": group.address,
        "dibentuk": group.formed_on.isoformat() if group.formed_on else None,
        "status": group.state,
        "anggota_laki_laki": group.members_male,
        "anggota_perempuan": group.members_female,
        "potensi": group.potential,
        "media": group.media,
        "pengurus": [
            {"jabatan": one.role, "nama": one.name, "l_p": one.sex, "telepon": one.phone}
            for one in group.officers
        ],
    }
