"""A letter that came back after it had left: who decides about it, and who hears of it.

A bounce may come days after step 10 was handed on. Its letter is then work of whoever distributes
letters, on their desk and in their mail; Kasi, to whom its arrival was reported, hears it too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases import history, notices, queries
from kimweb.cases.models import Case
from kimweb.dispatch import letters, staff
from kimweb.dispatch.models import ENDED, Message
from kimweb.people import access, roster
from kimweb.people.models import Person
from kimweb.people.roster import Contact
from kimweb.sop import shelf
from kimweb.sop.book import Sop

WORK = "dispatch"


def lanes_of(sop: Sop) -> frozenset[str]:
    """Return the lanes that distribute letters."""
    return frozenset(lane for step in sop.steps if step.work == WORK for lane in step.lanes)


def may_decide(person: Person, case: Case, message: Message) -> bool:
    """Tell whether a letter of a case that has gone on is open, and theirs to settle."""
    own = access.lanes_of(person, shelf.today())
    return message.state not in ENDED and bool(own & lanes_of(shelf.sop(case.sop)))


def tell(session: Session, message: Message) -> None:
    """Tell those who distribute letters, and Kasi once it was reported, that a letter came back."""
    if message.case_id is None:
        return
    case = session.get_one(Case, message.case_id)
    now = clock.now()
    told = _told(session, case, now)
    for person in told:
        letter = letters.surat_kembali(to_name=person.name, message=message)
        key = f"returned-{message.id}-{int(now.timestamp())}-{person.id}"
        staff.tell(session, key, "surat_kembali", letter, person, now, case_id=case.id)
    stage = queries.stages(session, case.id)[-1]
    facts = {"message": message.id, "to": message.to_name, "told": [one.name for one in told]}
    where = {"case_id": case.id, "stage_id": stage.id}
    history.record(session, "letter_returned", **where, by=None, at=now, facts=facts)


def _told(session: Session, case: Case, now: datetime) -> list[Contact]:
    stage = queries.open_stage(session, case.id)
    is_reported = stage is None or shelf.sop(case.sop).step(stage.step).work != WORK
    whom = sorted(lanes_of(shelf.sop(case.sop)) | ({notices.REPORT_TO} if is_reported else set()))
    today = shelf.local(now).date()
    people = (person for lane in whom for person in roster.contacts(session, lane, today))
    return [person for person in dict.fromkeys(people) if person.email]
