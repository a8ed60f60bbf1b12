"""Step 12: what happened in the village: who was there, what was said and decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb.cases.models import Activity, Attendee, Case
from kimweb.groups import register
from kimweb.groups.entry import EditedElsewhere, Entry

KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many people were there."""

    male: int
    female: int
    unknown: int

    @property
    def total(self) -> int:
        return self.male + self.female + self.unknown


def activity_of(session: Session, case: Case) -> Activity | None:
    """Return what is recorded of the activity, None as long as nothing is."""
    return session.get(Activity, case.id)


def attendees(session: Session, case: Case) -> Sequence[Attendee]:
    """Return who was there, in the order in which they were written down."""
    return session.scalars(
        select(Attendee).where(Attendee.case_id == case.id).order_by(Attendee.id)
    ).all()


def attendance(session: Session, case: Case) -> Attendance:
    """Count who was there, by sex."""
    sexes = Counter(session.scalars(select(Attendee.sex).where(Attendee.case_id == case.id)))
    return Attendance(sexes["L"], sexes["P"], sexes[""])


def save_notes(session: Session, case: Case, typed: Mapping[str, str], edit: int) -> dict[str, str]:
    """Write down date, place, minutes and decisions; what is unfinished is saved too.

    Returns a sentence per field that was not understood, and then saves nothing. Raises
    EditedElsewhere when another device saved since `edit`.
    """
    entry = Entry(typed)
    values = {
        "held_on": entry.day("held_on", "Tanggal kegiatan"),
        "place": entry.line("place", "Tempat kegiatan"),
        "minutes": entry.paragraphs("minutes", "Notulen"),
        "decisions": entry.paragraphs("decisions", "Keputusan"),
    }
    return entry.problems or write(session, case, values, edit)


def write(session: Session, case: Case, values: Mapping[str, object], edit: int) -> dict[str, str]:
    """Set `values` on the case's activity unless it was edited elsewhere since `edit`."""
    # The case's row is the lock: two devices may be the first to write at the same moment.
    session.get_one(Case, case.id, with_for_update=True)
    activity = session.get(Activity, case.id, populate_existing=True)
    if (activity.edit if activity else 0) != edit:
        raise EditedElsewhere
    if activity is None:
        activity = Activity(case_id=case.id, edit=0)
        session.add(activity)
    for name, value in values.items():
        setattr(activity, name, value)
    activity.edit += 1
    session.flush()
    return {}


def record_attendee(
    session: Session, case: Case, typed: Mapping[str, str]
) -> tuple[Attendee | None, dict[str, str]]:
    """Write down somebody who was there; return them and the problems with what was typed.

    `key` is made on the device: the same key again is the same person, so whatever is sent
    twice is written once. Somebody of the same name and origin is the same person as well.
    """
    entry = Entry(typed)
    key = entry.line("key", "Tanda isian", KEY_LENGTH)
    name, origin = entry.line("name", "Nama"), entry.line("origin", "Asal")
    sex, phone = entry.sex("sex"), entry.phone("phone")
    if not name:
        entry.refuse("name", "Isi nama orang yang hadir.")
    if not sex:
        entry.refuse("sex", "Pilih L (laki-laki) atau P (perempuan).")
    if not key:
        entry.refuse("key", "Muat ulang halaman ini, lalu isi lagi.")
    if entry.problems:
        return None, entry.problems
    session.get_one(Case, case.id, with_for_update=True)
    known = _known(session, case, key, name, origin)
    person = known or Attendee(case_id=case.id, key=key)
    if known is None or known.key == key:
        person.name, person.origin, person.sex = name, origin, sex
    person.phone = phone or person.phone or ""
    session.add(person)
    session.flush()
    return person, {}


def drop_attendee(session: Session, case: Case, attendee_id: int) -> None:
    """Take somebody off the attendance list; nothing happens when they are off already."""
    session.execute(delete(Attendee).where(Attendee.case_id == case.id, Attendee.id == attendee_id))


def activity_gaps(session: Session, case: Case) -> list[str]:
    """Return what is still missing of the record of the activity (SOP step 12)."""
    activity = activity_of(session, case) or Activity()
    gaps = []
    if not activity.held_on:
        gaps.append("Tanggal kegiatan belum diisi.")
    if not activity.place:
        gaps.append("Tempat kegiatan belum diisi.")
    if not attendance(session, case).total:
        gaps.append("Daftar hadir masih kosong.")
    if not activity.decisions:
        gaps.append("Keputusan musyawarah belum diisi.")
    return [*gaps, *register.gaps(register.of_case(session, case.id))]


def activity_warnings(session: Session, case: Case) -> list[str]:
    """Return what is unusual about the record and worth a second look; nothing that blocks."""
    return register.warnings(register.of_case(session, case.id))


def _known(session: Session, case: Case, key: str, name: str, origin: str) -> Attendee | None:
    present = attendees(session, case)
    by_key = next((one for one in present if one.key == key), None)
    same = (name.casefold(), origin.casefold())
    by_name = (one for one in present if (one.name.casefold(), one.origin.casefold()) == same)
    return by_key or next(by_name, None)
