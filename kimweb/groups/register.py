"""The register of KIM: a group written down by the field team, found again by the office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.documents import regions
from kimweb.groups.chronicle import DECREE
from kimweb.groups.entry import EditedElsewhere, Entry, one_line
from kimweb.groups.models import CONFIRMED, STATES, Group, GroupRecord, Officer
from kimweb.sop import shelf

CHAIR, SECRETARY, TREASURER = "Ketua", "Sekretaris", "Bendahara"
CORE_ROLES = (CHAIR, SECRETARY, TREASURER)
# Serang, Jembrana and others name 3 to 30 members; the number warns, it never blocks.
FEWEST_MEMBERS, MOST_MEMBERS = 3, 30
MAX_OFFICERS = 40
MIN_NAME_LENGTH = 3
# What is written down of a group besides its name and officers.
FIELDS = (
    *("village", "address", "formed_on", "members_male", "members_female"),
    *("potential", "media"),
)


@dataclass(frozen=True)
class Place:
    """The case a group comes from, and the area it was planned for."""

    case_id: int
    district: str
    village: str


@dataclass
class Typed:
    """A group as typed: its single fields, and one row per officer (role, name, sex, phone)."""

    fields: Mapping[str, str]
    officers: Sequence[Mapping[str, str]] = field(default_factory=list)
    edit: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of a group's state: from what to what, by whom, on which day."""

    before: str
    after: str
    by: str
    on: date


def of_case(session: Session, case_id: int) -> Group | None:
    """Return the group that the case formed, None as long as nothing is written down."""
    return session.scalar(select(Group).where(Group.case_id == case_id))


def form(session: Session, place: Place, typed: Typed) -> dict[str, str]:
    """Write down the case's group as typed (SOP step 12).

    Returns a sentence per field that was not understood, and then saves nothing. Raises
    EditedElsewhere when another device saved the group since `typed.edit`.
    """
    group = of_case(session, place.case_id)
    if (group.edit if group else 0) != typed.edit:
        raise EditedElsewhere
    entry = Entry(typed.fields)
    values = _values(entry, place)
    officers = _officers(entry, typed.officers)
    if entry.problems:
        return entry.problems
    if group is None:
        group = Group(
            case_id=place.case_id, facts={}, edit=0, district=place.district,
            registered_at=clock.now(),
        )  # fmt: skip
        session.add(group)
    _write(session, group, values, officers)
    return {}


def revise(session: Session, group: Group, typed: Typed) -> dict[str, str]:
    """Change what the register knows of a group; refuses and raises as `form` does."""
    if group.edit != typed.edit:
        raise EditedElsewhere
    entry = Entry(typed.fields)
    values = _values(entry, Place(group.case_id or 0, group.district, group.village))
    officers = _officers(entry, typed.officers)
    if not entry.problems:
        _write(session, group, values, officers)
    return entry.problems


def gaps(group: Group | None) -> list[str]:
    """Return what is still missing before a formed group can be reported."""
    if group is None:
        return ["Kelompok yang dibentuk belum dicatat."]
    named = {officer.role for officer in group.officers if officer.name}
    missing = [role.lower() for role in CORE_ROLES if role not in named]
    return [f"Nama {role} kelompok belum diisi." for role in missing]


def warnings(group: Group | None) -> list[str]:
    """Return what is unusual about a group and worth a second look; nothing that blocks."""
    if group is None or FEWEST_MEMBERS <= members(group) <= MOST_MEMBERS:
        return []
    return [
        f"Jumlah anggota tercatat {members(group)} orang. KIM biasanya beranggota "
        f"{FEWEST_MEMBERS} sampai {MOST_MEMBERS} orang."
    ]


def members(group: Group) -> int:
    """Return how many members a group has, officers included."""
    return group.members_male + group.members_female


def search(
    session: Session, *, text: str = "", district: str = "", state: str = ""
) -> Sequence[Group]:
    """Return the groups of the register by area and name; empty conditions do not narrow."""
    query = select(Group).order_by(Group.district, Group.village, Group.name, Group.id)
    if district:
        query = query.where(Group.district == district)
    if state:
        query = query.where(Group.state == state)
    if words := one_line(text):
        chairs = select(Officer.group_id).where(Officer.name.icontains(words, autoescape=True))
        named = Group.name.icontains(words, autoescape=True)
        query = query.where(or_(named, Group.id.in_(chairs)))
    return session.scalars(query).all()


def change_state(
    session: Session, group: Group, state: str, by: str, on: date | None = None
) -> str | None:
    """Move a group to another state of its life since `on`, today unless it is given.

    Returns a sentence when that is not possible. The former states stay readable, see `life`.
    """
    if state not in STATES:
        return "Pilih salah satu status kelompok yang tersedia."
    if state == group.state:
        return f"Status kelompok sudah {state}. Pilih status yang lain."
    if state == CONFIRMED and not _has_decree(session, group):
        return "Catat dahulu surat keputusan yang mengukuhkan kelompok ini, lalu ubah statusnya."
    since = on or shelf.today()
    if since > shelf.today() or (group.facts.get("life") and since < life(group)[0].on):
        return "Tanggal berlakunya tidak boleh di masa depan atau sebelum perubahan terakhir."
    turn = {"before": group.state, "after": state, "by": by, "on": since.isoformat()}
    # A new dict: the database is told of a change only when the value itself is another one.
    group.facts = {**group.facts, "life": [*group.facts.get("life", []), turn]}
    group.state = state
    session.flush()
    return None


def life(group: Group) -> list[Turn]:
    """Return every change of state, newest first."""
    turns = reversed(group.facts.get("life", []))
    return [Turn(t["before"], t["after"], t["by"], date.fromisoformat(t["on"])) for t in turns]


def state_at(group: Group, day: date) -> str | None:
    """Return in which state of its life a group was at the end of `day`; None before it was there.

    A group is there since it was formed or, where that is not known, since it was registered.
    """
    if day < (group.formed_on or shelf.local(group.registered_at).date()):
        return None
    turns = life(group)
    past = next((turn.after for turn in turns if turn.on <= day), None)
    return past or (turns[-1].before if turns else group.state)


def _has_decree(session: Session, group: Group) -> bool:
    decree = exists().where(GroupRecord.group_id == group.id, GroupRecord.kind == DECREE)
    return bool(session.scalar(decree.select()))


def chair_of(group: Group) -> str:
    """Return the name of the ketua, empty when there is none."""
    return next((officer.name for officer in group.officers if officer.role == CHAIR), "")


def _write(
    session: Session, group: Group, values: Mapping[str, object], officers: list[Officer]
) -> None:
    for name, value in values.items():
        setattr(group, name, value)
    group.officers = officers
    group.edit += 1
    session.flush()


def _values(entry: Entry, place: Place) -> dict[str, object]:
    name = entry.line("group_name", "Nama kelompok")
    if len(name) < MIN_NAME_LENGTH:
        entry.refuse("group_name", "Isi nama kelompok, contoh KIM Mekongga Bersatu.")
    village = entry.line("village", "Desa/kelurahan", 13) or place.village
    if not any(v.code == village for v in regions.villages(place.district)):
        entry.refuse("village", "Pilih desa/kelurahan dari kecamatan kegiatan ini.")
    return {
        "name": name,
        "village": village,
        "address": entry.paragraphs("address", "Alamat", 1_000),
        "formed_on": entry.day("formed_on", "Tanggal pembentukan"),
        "members_male": entry.count("members_male", "Jumlah anggota laki-laki", 500),
        "members_female": entry.count("members_female", "Jumlah anggota perempuan", 500),
        "potential": entry.paragraphs("potential", "Potensi", 2_000),
        "media": entry.paragraphs("media", "Media", 2_000),
    }


def _officers(entry: Entry, rows: Sequence[Mapping[str, str]]) -> list[Officer]:
    read = [_officer(entry, row) for row in rows]
    officers = [officer for officer in read if officer is not None]
    if len(officers) > MAX_OFFICERS:
        entry.refuse("officers", f"Pengurus paling banyak {MAX_OFFICERS} orang.")
    for position, officer in enumerate(officers, start=1):
        officer.position = position
    return officers


def _officer(entry: Entry, row: Mapping[str, str]) -> Officer | None:
    line = Entry(row)
    role, name = line.line("role", "Jabatan", 60), line.line("name", "Nama")
    sex, phone = line.sex("sex"), line.phone("phone")
    if name and not role:
        line.refuse("role", "isi jabatannya dalam kelompok.")
    if not name and (phone or sex or role not in (*CORE_ROLES, "")):
        line.refuse("name", "isi namanya.")
    for sentence in line.problems.values():
        entry.refuse("officers", f"Pengurus {role or name}: {sentence}")
    return Officer(role=role, name=name, sex=sex, phone=phone) if name else None
