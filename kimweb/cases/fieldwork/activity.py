"""Step 12: what happened in the village: who was there, what was said and decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases.fieldwork import differing
from kimweb.cases.models import Activity, Attendee, Case
from kimweb.documents import drafts
from kimweb.documents.models import LETTERS, Addressee
from kimweb.groups import register
from kimweb.groups.entry import EditedElsewhere, Entry
from kimweb.groups.models import Group

KEY_LENGTH = 64
# Told before a name is written down (UU 27/2022 on personal data).
CONSENT = (
    "Nama, asal, dan nomor HP dipakai untuk daftar hadir dan laporan kegiatan ini saja. "
    "Sampaikan kepada yang hadir, dan tulis hanya bila yang bersangkutan setuju."
)


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
    return [one for one in _written_down(session, case) if one.same_as is None]


def twins(session: Session, case: Case) -> list[tuple[Attendee, Attendee]]:
    """Return who is perhaps written down twice: the later row, and the one it looks like."""
    rows = {one.id: one for one in _written_down(session, case)}
    return [(one, rows[one.same_as]) for one in rows.values() if one.same_as in rows]


def invited(session: Session, case: Case) -> list[Addressee]:
    """Return whom the case's letters were addressed to and who is not yet on the list."""
    here = {one.origin.casefold() for one in _written_down(session, case)}
    letters = drafts.of_case(session, case.id, LETTERS)
    asked = {to.title.casefold(): to for letter in letters for to in letter.addressees if to.title}
    return [to for title, to in asked.items() if title not in here]


def attendance(session: Session, case: Case) -> Attendance:
    """Count who was there, by sex; whoever is perhaps written down twice counts once."""
    sexes = Counter(one.sex for one in attendees(session, case))
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
    session: Session, case: Case, typed: Mapping[str, str], via: str = ""
) -> tuple[Attendee | None, dict[str, str]]:
    """Write down somebody who was there; return them and the problems with what was typed.

    `key` is made on the device: the same key again is the same person, so whatever is sent
    twice is written once. Somebody of the same name and origin under another key is perhaps the
    same person: `same_as` says of whom, and `settle` writes down what somebody decided.
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
    present = _written_down(session, case)
    person = next((one for one in present if one.key == key), None)
    if person is None:
        twin = _alike(present, name, origin)
        same_as = twin.id if twin else None
        person = Attendee(case_id=case.id, key=key, via=via, same_as=same_as, added_at=clock.now())
    person.name, person.origin, person.sex = name, origin, sex
    person.phone = phone or person.phone or ""
    session.add(person)
    session.flush()
    return person, {}


def settle(session: Session, case: Case, attendee_id: int, *, same: bool) -> None:
    """Write down whether two rows are one person; nothing happens when that is decided already."""
    rows = {one.id: one for one in _written_down(session, case)}
    one = rows.get(attendee_id)
    if one is None or one.same_as is None:
        return
    twin = rows.get(one.same_as)
    if same and twin:
        twin.phone = twin.phone or one.phone
        drop_attendee(session, case, one.id)
    else:
        one.same_as = None
        session.flush()


def drop_attendee(session: Session, case: Case, attendee_id: int) -> None:
    """Take somebody off the attendance list; nothing happens when they are off already."""
    session.execute(delete(Attendee).where(Attendee.case_id == case.id, Attendee.id == attendee_id))
    orphans = [one for one in _written_down(session, case) if one.same_as == attendee_id]
    # Whoever looked like the one who is off now stands for them.
    for n, one in enumerate(orphans):
        one.same_as = orphans[0].id if n else None
    session.flush()


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
    if doubled := twins(session, case):
        gaps.append(f"{len(doubled)} nama mungkin tercatat dua kali. Putuskan pada daftar hadir.")
    return [*gaps, *differing.gaps(session, case), *register.gaps(_group(session, case))]


def activity_warnings(session: Session, case: Case) -> list[str]:
    """Return what is unusual about the record and worth a second look; nothing that blocks."""
    return register.warnings(_group(session, case))


def _group(session: Session, case: Case) -> Group | None:
    return register.of_case(session, case.id)


def _written_down(session: Session, case: Case) -> Sequence[Attendee]:
    rows = select(Attendee).where(Attendee.case_id == case.id).order_by(Attendee.id)
    return session.scalars(rows).all()


def _alike(present: Sequence[Attendee], name: str, origin: str) -> Attendee | None:
    same = (name.casefold(), origin.casefold())
    return next(
        (
            one
            for one in present
            if one.same_as is None and (one.name.casefold(), one.origin.casefold()) == same
        ),
        None,
    )
