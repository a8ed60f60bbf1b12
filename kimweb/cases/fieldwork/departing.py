"""The team's journey: looked up in the calendar, and as a file for phones (SOP step 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb.cases.fieldwork.team import departure_of, team_of
from kimweb.cases.models import Case, Departure, TeamMember
from kimweb.dispatch import sender
from kimweb.documents import dates, regions
from kimweb.people.models import Absence, Person
from kimweb.sop import shelf


def team_warnings(session: Session, case: Case) -> list[str]:
    """Return what is unusual about the days of the journey; nothing that blocks.

    Days off, members who are away, and members who travel for another activity on these days.
    """
    days = _days(departure_of(session, case))
    if not days:
        return []
    members = {m.person_id: m.name for m in team_of(session, case) if m.person_id}
    return [
        *_days_off(days),
        *_absences(session, members, days),
        *_elsewhere(session, case, members, days),
    ]


def calendar_file(session: Session, case: Case) -> bytes:
    """Return the journey as a calendar file of whole days (RFC 5545); empty without its dates."""
    from icalendar import Calendar, Event

    departure = departure_of(session, case)
    days = _days(departure)
    file = Calendar()
    file.add("prodid", "-//kimweb//Keberangkatan//ID")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    if departure is None or not days:
        return bytes(file.to_ical())
    event = Event()
    event.add("uid", f"keberangkatan-{case.id}@{sender.host()}")
    event.add("dtstamp", case.opened_at)
    event.add("dtstart", days[0])
    event.add("dtend", days[-1] + timedelta(days=1))
    event.add("summary", case.subject)
    event.add("location", _place(case))
    event.add("description", _told(session, case, departure))
    event.add("url", sender.link(f"/cases/{case.id}"))
    file.add_component(event)
    return bytes(file.to_ical())


def _days(departure: Departure | None) -> list[date]:
    if departure is None or departure.leaves_on is None:
        return []
    first, last = departure.leaves_on, departure.returns_on or departure.leaves_on
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _days_off(days: Sequence[date]) -> Iterator[str]:
    calendar = shelf.office_calendar()
    for day in map(calendar.day, days):
        if not day.windows:
            why = f" ({day.name})" if day.name else ""
            yield f"{dates.day_date(day.date)} bukan hari kerja{why}."


def _absences(session: Session, members: dict[int, str], days: Sequence[date]) -> Iterator[str]:
    query = select(Absence).where(
        Absence.person_id.in_(members), Absence.starts_on <= days[-1], Absence.ends_on >= days[0]
    )
    for absence in session.scalars(query.order_by(Absence.id)):
        ends = dates.long_date(absence.ends_on)
        name, kind = members[absence.person_id], absence.kind.lower()
        yield f"{name} tercatat {kind} sampai {ends}."


def _elsewhere(
    session: Session, case: Case, members: dict[int, str], days: Sequence[date]
) -> Iterator[str]:
    last = Departure.returns_on
    query = (
        select(TeamMember.person_id, Case.subject, Departure.leaves_on)
        .join(Departure, Departure.case_id == TeamMember.case_id)
        .join(Case, Case.id == TeamMember.case_id)
        .where(
            TeamMember.case_id != case.id,
            TeamMember.person_id.in_(members),
            Departure.leaves_on <= days[-1],
            (last >= days[0]) | (last.is_(None) & (Departure.leaves_on >= days[0])),
        )
        .order_by(TeamMember.id)
    )
    journeys: dict[tuple[str, str], list[str]] = {}
    for person_id, subject, leaves_on in session.execute(query):
        on = dates.long_date(leaves_on or days[0])
        journeys.setdefault((subject, on), []).append(members[person_id or 0])
    for (subject, on), names in journeys.items():
        yield f"{' dan '.join(names)} juga berangkat untuk {subject} pada {on}."


def _place(case: Case) -> str:
    return f"{regions.region(case.village).title}, {regions.region(case.district).title}"


def _told(session: Session, case: Case, departure: Departure) -> str:
    team = (f"{member.name} ({member.role})" for member in team_of(session, case))
    lines = (
        f"Berkumpul: {departure.gathering}" if departure.gathering else "",
        f"Kendaraan: {departure.transport}" if departure.transport else "",
        f"Tim: {', '.join(team)}",
        departure.note,
    )
    return "\n".join(line for line in lines if line)


def travellers(session: Session, case: Case) -> list[dict[str, str]]:
    """Return the team as letters name people, the leader first."""
    return [_traveller(session, member) for member in team_of(session, case)]


def _traveller(session: Session, member: TeamMember) -> dict[str, str]:
    person = session.get_one(Person, member.person_id) if member.person_id else None
    return {
        "name": member.name,
        "nip": person.nip if person else "",
        "rank": person.rank if person else "",
        "position": member.title,
    }
