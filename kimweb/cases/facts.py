"""What a case already knows, in the words its documents use: nobody types it a second time.

The names are those that config/naskah.yaml lists under `facts`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import fieldwork
from kimweb.cases.models import Case
from kimweb.documents import dates, regions
from kimweb.people import roster
from kimweb.people.models import Person
from kimweb.sop import shelf

# Who goes to the village unless Kasi decides otherwise, and as what.
TEAM_ROLES = {"kabid": "Penanggung Jawab", "kasi": "Ketua", "staf": "Sekretaris", "tim": "Anggota"}


def of(session: Session, case: Case) -> dict[str, Any]:
    """Return the facts that every document of the case may be pre-filled with."""
    opened_on = shelf.local(case.opened_at).date()
    village = regions.region(case.village)
    team = _team(session)
    return {
        "subject": case.subject,
        "instruction": case.instruction,
        "opened_on": opened_on.isoformat(),
        "opened_date": dates.long_date(opened_on),
        "village": village.name,
        "village_title": village.title,
        "village_head": village.head,
        # Whoever holds the post signs; the address book often knows the post alone.
        "village_official": [
            {"name": "", "nip": "", "rank": "", "position": f"{village.head} {village.name}"}
        ],
        "district": regions.name(case.district),
        "planned_on": case.planned_on.isoformat(),
        "planned_day_date": dates.day_date(case.planned_on),
        "year": str(case.planned_on.year),
        "sop_number": shelf.sop(case.sop).identity.number,
        "team": [
            {"name": p.name, "nip": p.nip, "rank": p.rank, "position": p.title}
            for p in team.values()
        ],
        "team_roles": [[p.name, p.title, TEAM_ROLES[lane]] for lane, p in team.items()],
    }


def of_report(session: Session, case: Case) -> dict[str, Any]:
    """Return the facts of the report (step 14): the case's own and what the fieldwork recorded."""
    return of(session, case) | fieldwork.report_facts(session, case)


def _team(session: Session) -> dict[str, Person]:
    today = shelf.today()
    firsts = {lane: next(iter(roster.holders(session, lane, today)), None) for lane in TEAM_ROLES}
    return {lane: person for lane, person in firsts.items() if person is not None}
