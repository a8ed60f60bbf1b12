"""Step 11: who goes to the village, when, by what, and with which equipment of the SOP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb.cases.models import Case, Departure, TeamMember
from kimweb.groups.entry import Entry
from kimweb.people.models import Person
from kimweb.sop import shelf

LEADER, SPEAKER, MODERATOR = "Ketua Tim", "Narasumber", "Moderator"
ROLES = (LEADER, "Anggota", SPEAKER, MODERATOR, "Notulis", "Dokumentasi", "Pengemudi")
LARGEST_TEAM = 40
LONGEST_TRIP_DAYS = 31


def team_of(session: Session, case: Case) -> Sequence[TeamMember]:
    """Return the members of the case's team, in the order in which they were chosen."""
    query = select(TeamMember).where(TeamMember.case_id == case.id).order_by(TeamMember.position)
    return session.scalars(query).all()


def departure_of(session: Session, case: Case) -> Departure | None:
    """Return how the team leaves, None as long as nothing is written down."""
    return session.get(Departure, case.id)


def equipment_of(case: Case) -> tuple[str, ...]:
    """Return the equipment that the case's SOP lists, without the printed closing marks."""
    return tuple(item.rstrip(" ;") for item in shelf.sop(case.sop).identity.equipment)


def save_team(
    session: Session,
    case: Case,
    typed: Mapping[str, str],
    members: Sequence[Mapping[str, str]],
    equipment: Sequence[str],
) -> dict[str, str]:
    """Write down the team and its departure as typed; what is unfinished is saved too.

    `members` has one row per member: `person` (an account's id) or `name` and `title` for
    somebody from outside, and `role`. `equipment` are the items that are ready. Returns a
    sentence per field that cannot be accepted, and then saves nothing.
    """
    entry = Entry(typed)
    team = _members(session, entry, case, members)
    departure = _departure(entry, case, equipment)
    if entry.problems:
        return entry.problems
    session.execute(delete(TeamMember).where(TeamMember.case_id == case.id))
    session.add_all(team)
    session.merge(departure)
    session.flush()
    return {}


def team_gaps(session: Session, case: Case) -> list[str]:
    """Return what is still missing before the team can leave (SOP step 11)."""
    team, departure = team_of(session, case), departure_of(session, case)
    return [*_missing_roles(team), *_missing_plan(departure), *_missing_gear(case, departure)]


def _missing_roles(team: Sequence[TeamMember]) -> list[str]:
    if not team:
        return ["Anggota tim belum dipilih."]
    roles = [member.role for member in team]
    gaps = []
    if roles.count(LEADER) != 1:
        gaps.append("Tunjuk satu orang sebagai Ketua Tim.")
    # Step 12 of the SOP needs them: "Narasumber Moderator".
    gaps += [f"{role} belum ditentukan." for role in (SPEAKER, MODERATOR) if role not in roles]
    return gaps


def _missing_plan(departure: Departure | None) -> list[str]:
    plan = departure or Departure()
    wanted = {
        "Tanggal berangkat": plan.leaves_on,
        "Tanggal kembali": plan.returns_on,
        "Kendaraan": plan.transport,
        "Tempat berkumpul": plan.gathering,
    }
    return [f"{label} belum diisi." for label, value in wanted.items() if not value]


def _missing_gear(case: Case, departure: Departure | None) -> list[str]:
    ready = departure.equipment if departure else []
    return [f"Perlengkapan belum siap: {item}." for item in equipment_of(case) if item not in ready]


def _departure(entry: Entry, case: Case, equipment: Sequence[str]) -> Departure:
    leaves_on = entry.day("leaves_on", "Tanggal berangkat")
    returns_on = entry.day("returns_on", "Tanggal kembali")
    if leaves_on and returns_on and returns_on < leaves_on:
        entry.refuse("returns_on", "Tanggal kembali tidak boleh sebelum tanggal berangkat.")
    if leaves_on and returns_on and (returns_on - leaves_on).days > LONGEST_TRIP_DAYS:
        entry.refuse("returns_on", f"Perjalanan paling lama {LONGEST_TRIP_DAYS} hari.")
    return Departure(
        case_id=case.id,
        leaves_on=leaves_on,
        returns_on=returns_on,
        transport=entry.line("transport", "Kendaraan"),
        gathering=entry.line("gathering", "Tempat berkumpul"),
        equipment=[item for item in equipment_of(case) if item in equipment],
        note=entry.paragraphs("note", "Catatan", 4_000),
    )


def _members(
    session: Session, entry: Entry, case: Case, rows: Sequence[Mapping[str, str]]
) -> list[TeamMember]:
    read = [_member(session, entry, row) for row in rows]
    members = [member for member in read if member is not None]
    if len(members) > LARGEST_TEAM:
        entry.refuse("members", f"Anggota tim paling banyak {LARGEST_TEAM} orang.")
    people = [member.person_id for member in members if member.person_id]
    if len(people) != len(set(people)):
        entry.refuse("members", "Satu pegawai hanya dapat dipilih satu kali.")
    for position, member in enumerate(members, start=1):
        member.case_id, member.position = case.id, position
    return members


def _member(session: Session, entry: Entry, row: Mapping[str, str]) -> TeamMember | None:
    line = Entry(row)
    name, title, role = (
        line.line("name", "Nama"),
        line.line("title", "Jabatan atau instansi"),
        line.line("role", "Peran", 60),
    )
    person = _person(session, row.get("person", ""), line)
    if person:
        name, title = person.name, person.title
    if not name and title:
        line.refuse("name", "isi namanya.")
    if name and role not in ROLES:
        line.refuse("role", "pilih perannya dalam tim.")
    for sentence in line.problems.values():
        entry.refuse("members", f"Anggota tim {name or title}: {sentence}")
    if not name:
        return None
    return TeamMember(person_id=person.id if person else None, name=name, title=title, role=role)


def _person(session: Session, number: str, line: Entry) -> Person | None:
    if not number:
        return None
    person = session.get(Person, int(number)) if number.isascii() and number.isdigit() else None
    if person is None or person.disabled_at is not None:
        line.refuse("person", "pegawai itu tidak ada atau akunnya sudah ditutup.")
        return None
    return person
