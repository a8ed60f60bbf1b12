"""What the report of step 14 is pre-filled from, under the fact names of config/naskah.yaml."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import attachments
from kimweb.cases.fieldwork.activity import activity_of, attendance, attendees
from kimweb.cases.fieldwork.team import departure_of, equipment_of, team_of
from kimweb.cases.models import Activity, Case, Departure
from kimweb.documents import dates, fields, regions
from kimweb.groups import register
from kimweb.groups.models import Group

_PREFIX = "KIM "
# What the report says where the worksheet says "tidak ada".
_NONE = {
    "costs": "Tidak ada biaya yang dikeluarkan.",
    "obstacles": "Tidak ada kendala yang berarti.",
    "suggestions": "Tidak ada saran.",
}


def report_facts(session: Session, case: Case) -> dict[str, Any]:
    """Return the facts of the fieldwork: formal Indonesian text, rows for the tables.

    What was not recorded is left empty; the report then shows that something is missing.
    """
    group = register.of_case(session, case.id)
    return {
        **_journey(departure_of(session, case) or Departure()),
        "equipment": list(equipment_of(case)),
        **_event(activity_of(session, case) or Activity()),
        **_presence(session, case),
        **(_group(group) if group else {}),
        "team_roles": [[m.name, m.title, m.role] for m in team_of(session, case)],
        "photos": _photos(session, case),
        "documentation": _documentation(session, case),
    }


def _journey(departure: Departure) -> dict[str, str]:
    returns_on = departure.returns_on
    return {
        "returns_on": returns_on.isoformat() if returns_on else "",
        "transport": departure.transport or "",
        "leaves_on": departure.leaves_on.isoformat() if departure.leaves_on else "",
        "gathering": departure.gathering or "",
        "departure_note": departure.note or "",
    }


def _event(activity: Activity) -> dict[str, str]:
    held_on = activity.held_on
    return {
        "held_on": held_on.isoformat() if held_on else "",
        "held_day_date": dates.day_date(held_on) if held_on else "",
        "held_place": activity.place or "",
        "minutes": activity.minutes or "",
        "decisions": activity.decisions or "",
        **{name: _sentence(name, getattr(activity, name) or "") for name in _NONE},
    }


def _sentence(name: str, typed: str) -> str:
    return _NONE[name] if typed.strip(" .-").casefold() in ("tidak ada", "nihil") else typed


def _presence(session: Session, case: Case) -> dict[str, Any]:
    count = attendance(session, case)
    return {
        "attendee_count": _number(count.total) if count.total else "",
        "attendance": f"{count.male} orang laki-laki dan {count.female} orang perempuan"
        if count.total
        else "",
        "attendees": [[a.name, a.sex, a.origin, a.phone] for a in attendees(session, case)],
    }


def _group(group: Group) -> dict[str, Any]:
    village = regions.region(group.village).title
    return {
        "kim_name": group.name.removeprefix(_PREFIX),
        "officers": [[one.role, one.name, village] for one in group.officers],
        "chair": [_person(register.chair_of(group), "Ketua KIM terpilih")],
        "group_formed": (
            f"Terbentuk {group.name} di {village}{_membership(group)}, "
            f"diketuai oleh {register.chair_of(group)}.{_potential(group)}"
        ),
    }


def _person(name: str, position: str) -> dict[str, str]:
    return {"name": name, "nip": "", "rank": "", "position": position}


def _potential(group: Group) -> str:
    return f" Potensi yang dikembangkan: {group.potential.rstrip('.')}." if group.potential else ""


def _membership(group: Group) -> str:
    members = register.members(group)
    if not members:
        return ""
    return (
        f" dengan anggota {_number(members)} orang, terdiri atas {group.members_male} orang "
        f"laki-laki dan {group.members_female} orang perempuan"
    )


def _photos(session: Session, case: Case) -> str:
    count = len(attachments.of_case(session, case.id, attachments.PHOTO))
    if not count:
        return ""
    return f"Kegiatan didokumentasikan dalam {_number(count)} foto."


def _documentation(session: Session, case: Case) -> list[dict[str, str]]:
    """Return the photos that are printed with the report, those with a caption first."""
    photos = attachments.of_case(session, case.id, attachments.PHOTO)
    told = sorted(photos, key=lambda photo: not photo.caption)[: fields.MAX_PHOTOS]
    return [{"sha256": photo.sha256, "caption": photo.caption.replace("|", "/")} for photo in told]


def _number(count: int) -> str:
    """Return "12 (dua belas)", as formal text writes a number."""
    return f"{count} ({dates.in_words(count)})"
