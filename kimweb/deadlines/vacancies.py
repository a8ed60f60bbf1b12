"""A lane with nobody in it is itself an escalation: told once, one rank up and to administrators.

Whether somebody acts in a lane depends on the date alone, so it is asked again and again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.cases import history, notices
from kimweb.cases.models import Case, Stage
from kimweb.deadlines.models import Vacancy
from kimweb.dispatch import letters, staff
from kimweb.documents import office
from kimweb.people import roster
from kimweb.people.models import Person
from kimweb.sop import shelf

DISPATCH = "tasks.dispatch.drain"


def note(session: Session, now: datetime) -> list[str]:
    """Write down which lanes became empty or were filled; return those that were told of.

    An office with no case under way misses nobody; outside office hours the news waits. Of two
    workers who notice it in the same moment one tells.
    """
    empty = roster.vacant(session, shelf.local(now).date())
    known = session.scalars(select(Vacancy).where(Vacancy.filled_at.is_(None))).all()
    for row in known:
        if row.lane not in empty:
            row.filled_at = now
    new = [lane for lane in empty if lane not in {row.lane for row in known}]
    if not new or not _is_time(session, now):
        return []
    with suppress(IntegrityError), session.begin_nested():
        session.execute(insert(Vacancy), [{"lane": lane, "noticed_at": now} for lane in new])
        _tell(session, new, now)
        return new
    return []


def _is_time(session: Session, now: datetime) -> bool:
    under_way = exists().where(Case.closed_at.is_(None)).select()
    return shelf.office_calendar().is_open(now) and bool(session.scalar(under_way))


def _tell(session: Session, lanes: Sequence[str], now: datetime) -> None:
    waiting = session.scalars(
        select(Stage).where(Stage.closed_at.is_(None), Stage.lane.in_(lanes)).order_by(Stage.id)
    ).all()
    heard: dict[Person, list[str]] = defaultdict(list)
    for lane in lanes:
        people = notices.answer_for(session, lane, now)
        events = [
            notices.vacant_event(stage.case_id, stage, people, now)
            for stage in waiting
            if stage.lane == lane
        ]
        if events:
            history.record_all(session, events)
        for person in people:
            heard[person].append(lane)
    for person, missing in heard.items():
        _mail(session, person, missing, waiting, now)
    topics = {f"lane:{lane}" for lane in lanes} | {f"case:{stage.case_id}" for stage in waiting}
    bell.after_commit(session, tasks=[DISPATCH], topics=topics)


def _mail(
    session: Session,
    person: Person,
    lanes: Sequence[str],
    waiting: Sequence[Stage],
    now: datetime,
) -> None:
    if person.email:
        letter = letters.jabatan_kosong(
            to_name=person.name,
            lanes=[office.current().lane_title(lane) for lane in lanes],
            waiting=sum(stage.lane in lanes for stage in waiting),
        )
        key = f"vacant-{'-'.join(lanes)}-{int(now.timestamp())}-{person.id}"
        staff.tell(session, key, notices.VACANT, letter, person, now)
