"""What the worksheets of steps 11 to 13 and 17 print: rows as the values of their forms."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import addenda, archive, attachments, fieldwork
from kimweb.cases.fieldwork import differing, guests, inbox
from kimweb.cases.models import Activity, Addendum, Case, FieldRival, TeamMember
from kimweb.documents import kinds, office, regions
from kimweb.groups import register
from kimweb.groups.models import Group
from kimweb.people import access, roster
from kimweb.people.models import Person
from kimweb.sop import shelf

# Who may add something to a closed case: the unit that keeps its archive.
KEEPERS = frozenset({"staf", "kasi", "kabid"})
BLANK_GUESTS = 2
BLANK_OFFICERS = 2
DEFAULT_ROLE = "Anggota"
NOTES = ("held_on", "place", "minutes", "decisions")


def team(session: Session, case: Case, _person: Person, *, editable: bool) -> dict[str, Any]:
    """Return the worksheet of step 11."""
    members = fieldwork.team_of(session, case)
    departure = fieldwork.departure_of(session, case)
    names = ("leaves_on", "returns_on", "transport", "gathering", "note")
    plan = {name: _text(getattr(departure, name)) for name in names} if departure else {}
    return {
        "editable": editable,
        "people": _choosable(session, members),
        "chosen": {m.person_id: m.role for m in members if m.person_id},
        "outside": _with_blanks(
            [{"name": m.name, "title": m.title, "role": m.role} for m in members if not m.person_id]
        ),
        "plan": plan or {"leaves_on": case.planned_on.isoformat()},
        "equipment": fieldwork.equipment_of(case),
        "ready": departure.equipment if departure else [],
        "roles": fieldwork.ROLES,
        "default_role": DEFAULT_ROLE,
        "gaps": fieldwork.team_gaps(session, case),
        "warnings": fieldwork.team_warnings(session, case),
        "members": members,
    }


def typed_team(
    form: Mapping[str, str],
    people: Sequence[Mapping[str, str]],
    guests: Sequence[Mapping[str, str]],
    ready: Sequence[str],
) -> dict[str, Any]:
    """Return the parts of step 11's worksheet as they were typed, to be mended."""
    chosen = {int(row["person"]): row["role"] for row in people if row["person"].isdigit()}
    filled = [row for row in guests if any(row.values())]
    return {"chosen": chosen, "outside": _with_blanks(filled), "plan": form, "ready": ready}


def activity(session: Session, case: Case, person: Person, *, editable: bool) -> dict[str, Any]:
    """Return the worksheet of step 12."""
    record = fieldwork.activity_of(session, case) or Activity(edit=0)
    group = register.of_case(session, case.id)
    village = regions.region(case.village)
    return {
        "editable": editable,
        "stored": record,
        "notes": {name: _text(getattr(record, name)) for name in NOTES}
        | ({} if record.edit else {"held_on": case.planned_on.isoformat()}),
        "edit": record.edit,
        "attendees": fieldwork.attendees(session, case),
        "attendance": fieldwork.attendance(session, case),
        "invited": fieldwork.invited(session, case),
        "twins": fieldwork.twins(session, case),
        "rivals": _rivals(session, case),
        "door": guests.door_of(session, case),
        "consent": fieldwork.CONSENT,
        # One key per drawn form: sending the same form twice writes one person.
        "key": secrets.token_urlsafe(12),
        "origin": village.title,
        "area": f"{village.title}, {regions.region(case.district).title}",
        "phones": bool(access.lanes_of(person, shelf.today())),
        "group": _group(group, case, record),
        "group_edit": group.edit if group else 0,
        "officers": officer_rows(group),
        "core_roles": register.CORE_ROLES,
        "villages": [(v.code, v.title) for v in regions.villages(case.district)],
        "photos": attachments.of_case(session, case.id, attachments.PHOTO),
        "gaps": fieldwork.activity_gaps(session, case),
        "warnings": fieldwork.activity_warnings(session, case),
    }


def material(session: Session, case: Case, _person: Person, *, editable: bool) -> dict[str, Any]:
    """Return the worksheet of step 13."""
    record = fieldwork.activity_of(session, case) or Activity(edit=0)
    return {
        "editable": editable,
        "stored": record,
        "notes": {name: _text(getattr(record, name)) for name in fieldwork.MATERIAL_FIELDS},
        "edit": record.edit,
        "attendance": fieldwork.attendance(session, case),
        "group": register.of_case(session, case.id),
        "photos": attachments.of_case(session, case.id, attachments.PHOTO),
        "files": attachments.of_case(session, case.id, attachments.MATERIAL),
        "gaps": fieldwork.material_gaps(session, case),
        "warnings": fieldwork.material_warnings(session, case),
    }


def archived(session: Session, case: Case, person: Person, *, editable: bool) -> dict[str, Any]:
    """Return the worksheet of step 17, and the state of the bundle once the case is closed."""
    return {
        "editable": editable,
        "filed": archive.of_case(session, case.id),
        "classifications": list(archive.classifications().items()),
        "fates": [(fate, fate) for fate in office.FATES],
        "addenda": _addenda(session, case),
        "may_add": bool(access.lanes_of(person, shelf.today()) & KEEPERS),
        "papers": [
            (paper, version, kinds.kind(paper.kind).title)
            for paper, version in archive.counting(session, case.id)
        ],
        "gaps": [] if case.closed_at else archive.gaps(session, case),
    }


SHEETS = {"team": team, "activity": activity, "material": material, "archive": archived}


def _addenda(session: Session, case: Case) -> list[tuple[Addendum, str]]:
    """What was added after the case was closed, each with who did it."""
    notes = addenda.of_case(session, case.id)
    return [(note, session.get_one(Person, note.added_by).name) for note in notes]


def _rivals(session: Session, case: Case) -> list[tuple[FieldRival, str, str, str]]:
    """The texts that wait for a choice, each with what is stored, who wrote it and where."""
    return [
        (
            rival,
            inbox.standing_text(session, case, rival),
            session.get_one(Person, rival.person_id).name,
            differing.LABELS[rival.field],
        )
        for rival in differing.of(session, case)
    ]


def _choosable(session: Session, members: Sequence[TeamMember]) -> list[Person]:
    """Everybody who works here, and those who were chosen before their account was closed."""
    today = shelf.today()
    active = [p for p in roster.active(session) if not p.is_admin or access.lanes_of(p, today)]
    known = {person.id for person in active}
    gone = [m.person_id for m in members if m.person_id and m.person_id not in known]
    return active + [session.get_one(Person, number) for number in gone]


def _with_blanks(guests: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [*guests, *[{"name": "", "title": "", "role": ""}] * BLANK_GUESTS]


def _group(group: Group | None, case: Case, record: Activity) -> dict[str, str]:
    if group is None:
        return {"village": case.village, "formed_on": _text(record.held_on or case.planned_on)}
    return group_fields(group)


def group_fields(group: Group) -> dict[str, str]:
    """Return a group as the values of its form."""
    values = {name: _text(getattr(group, name)) for name in register.FIELDS}
    return {"group_name": group.name, **values}


def officer_rows(group: Group | None) -> list[dict[str, str]]:
    """Return the rows of the officers' form: ketua, sekretaris, bendahara, others, blank ones."""
    written = group.officers if group else []
    rows = [
        {"role": one.role, "name": one.name, "sex": one.sex, "phone": one.phone} for one in written
    ]
    core = [
        next((row for row in rows if row["role"] == role), _blank(role))
        for role in register.CORE_ROLES
    ]
    others = [row for row in rows if row not in core]
    return [*core, *others, *[_blank()] * BLANK_OFFICERS]


def _blank(role: str = "") -> dict[str, str]:
    return {"role": role, "name": "", "sex": "", "phone": ""}


def _text(value: object) -> str:
    return "" if value is None else str(value)
