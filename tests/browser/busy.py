"""An office in the middle of its work: a case at every step, some late, one returned, one filed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import bell, clock, create_app, db
from kimweb.cases import queries
from kimweb.cases.fieldwork import guests
from kimweb.commands import example
from kimweb.commands.player import Player
from kimweb.deadlines import measuring, revisions
from kimweb.dispatch.models import DistributionList, Message, Recipient
from kimweb.documents import drafts, regions
from kimweb.documents.models import Document, OwnKind, Signature
from kimweb.people.models import Person
from kimweb.sop import revising, shelf
from kimweb.sop.office_hours import NORMAL, Unit
from tasks import create_celery
from tests.conftest import settings_for

DISTRICT = "74.01.25"  # Kecamatan Polinggona
AGO = timedelta(days=3)  # A Friday when today is Monday: hours are over, days are not


def furnish(folder: Path, now: datetime) -> Mapping[str, int | str]:
    """Let an office in `folder` work until `now`; return where to look, by name.

    `at4` is the case at step 4, `letter_at4` a letter of it, `to_at4` the first whom it goes to;
    `verified` and `door` are what the QR of a letter and of an activity carry.
    """
    with before_opening(folder) as player, clock.held(lambda: now - AGO):
        places = {f"at{step.number}": _play(player, step.number) for step in shelf.sop().steps[:9]}
        with clock.held(lambda: now):
            steps = shelf.sop().steps[9:]
            places |= {f"at{step.number}": _play(player, step.number) for step in steps}
            places["closed"] = _play(player, None)
            places["begun3"] = _play(player, 3)
            player.work(places["begun3"])
            places["returned"] = _play(player, 6)
            player.send_back(places["returned"], to=5)
        with clock.held(lambda: now), db.writing() as session:
            measuring.measure(session, now)
            measuring.settle_pace(session, now)
        inside = _inside(places)
        with clock.held(lambda: now), db.writing() as session:
            codes = _codes(session, places["at12"])
            sent = select(Message.id).where(Message.case_id == places["closed"])
            inside["sent"] = session.scalars(sent.where(Message.document_id > 0)).all()[0]
            _put_together(session, now)
    return {**places, **inside, **codes}


@contextmanager
def before_opening(folder: Path) -> Iterator[Player]:
    """Somebody who does the steps of cases in `folder` before an office is started there."""
    settings = settings_for(folder)
    app = create_app(settings)
    create_celery(app, settings)
    bell.connect(None)
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["office", "migrate"]).exit_code == 0
        example.create_if_empty()
        yield Player(by_courier=True)
        db.session.remove()
    db.engine().dispose()


def _play(player: Player, until: int | None) -> int:
    villages = regions.villages(DISTRICT)
    village = villages[(until or 0) % len(villages)]
    case_id = player.open(f"Pembentukan KIM {village.title}", village.code)
    player.play(case_id, until=until)
    return case_id


def _inside(places: Mapping[str, int]) -> dict[str, int]:
    """Return of some cases the first letter that has addressees, and the first of these."""
    found: dict[str, int] = {}
    for name, case_id in places.items():
        if letter := first_letter(case_id):
            found |= {f"letter_{name}": letter.id, f"to_{name}": letter.addressees[0].id}
    return found


def _codes(session: Session, outing: int) -> dict[str, str]:
    """Return the code of a signed letter, and that of an activity whose guests may come in."""
    tim = session.scalars(select(Person).where(Person.username == "tim")).one()
    case = queries.get(session, tim, outing)
    assert case
    signed = session.scalars(select(Signature.code).limit(1)).one()
    return {"verified": signed, "door": guests.open_door(session, case, tim).code}


def _put_together(session: Session, now: datetime) -> None:
    """What an office has put together itself: a kind of letter, a list of recipients, a unit."""
    admin = session.scalars(select(Person).where(Person.is_admin)).first()
    assert admin
    part = {"type": "fixed", "label": "", "required": False, "text": "Dengan ini.", "columns": []}
    kind = OwnKind(
        title="Surat keterangan",
        shape="judul",
        numbered_as="surat_undangan",
        parts=[part],
        state="draft",
        by=admin.id,
        at=now,
    )
    members = list(session.scalars(select(Recipient).limit(3)))
    session.add_all([kind, DistributionList(name="Panitia Hari KIM", members=members)])
    unit = Unit("Tim lapangan", ("tim",), {NORMAL: "ramadan"})
    decided = revising.unit_facts(unit, "Keputusan Bupati 9/2026")
    revisions.apply(session, revising.unit_subject(unit.name), decided, admin, now, move=True)


def first_letter(case_id: int) -> Document | None:
    """Return the first letter of a case that goes to somebody."""
    letters = (d for d in drafts.of_case(db.session(), case_id) if d.addressees)
    return next(letters, None)
