"""Asking every route as everybody: what test_matrix.py compares with the declared matrix.

`python -m tests.access.asking` prints the matrix as it is, to be read line by line before it is
put into matrix.txt.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from kimweb import bell, clock, create_app, db
from kimweb.cases import queries
from kimweb.cases.models import Attachment, Attendee
from kimweb.commands.player import Player
from kimweb.deadlines import feeds, revisions
from kimweb.dispatch.models import DistributionList, Message, Recipient
from kimweb.documents import drafts
from kimweb.documents.models import LETTERS, Addressee, Correction, Number, OwnKind, Version
from kimweb.groups.models import Group
from kimweb.people.models import Absence, Holding
from kimweb.sop import revising, shelf
from kimweb.sop.office_hours import NORMAL, Unit
from tasks import create_celery
from tests.conftest import MONDAY_MORNING, HandClock, furnish, settings_for
from tests.world import DISTRICT, World

# In the order of the columns; an empty name is a stranger.
ROLES = ("kadis", "sekdis", "kabid", "kasi", "staf", "tim", "admin", "")
SIGNS = "ksbifta?"
# Tim goes out for the first and it is their turn; the second is under review by Kabid.
CASES = {"own": 12, "foreign": 6}
REFUSED = frozenset({401, 403, 404})


class Office:
    """The example office with two cases, put back as it was after whatever wrote."""

    def __init__(self, folder: Path) -> None:
        # Nobody answers there; that is enough to tell who would be led to it.
        sso = {
            "OIDC_ISSUER": "http://127.0.0.1:9",
            "OIDC_CLIENT_ID": "k",
            "OIDC_CLIENT_SECRET": "k",
        }
        settings = settings_for(folder, MAILBOX_DIR=str(folder / "box"), **sso)
        furnish(settings)
        self.app = create_app(settings)
        create_celery(self.app, settings)
        self.app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        bell.connect(None)
        clock.use(HandClock(MONDAY_MORNING))
        self.file, self.kept = folder / "kimweb.sqlite3", folder / "kept.sqlite3"
        with self.app.app_context():
            self._fill(World(self.app, HandClock(MONDAY_MORNING)))
            world = World(self.app, HandClock(MONDAY_MORNING))
            self.tokens = {role: world.token(role) for role in ROLES if role}
        self._copy(self.file, self.kept)

    def rules(self) -> list[Rule]:
        """Every route of the program, in the order of its address."""
        return sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule)

    def line(self, rule: Rule, method: str) -> str:
        """Return the route's line of the matrix: who gets in, per case if it has one."""
        which = CASES if "case_id" in rule.arguments else ("own",)
        told = [self._cells(rule, method, case) for case in which]
        return f"{method:5} {rule.endpoint:30} {' '.join(told)}"

    def _cells(self, rule: Rule, method: str, case: str) -> str:
        values = {name: self.objects[case].get(name, 1) for name in rule.arguments}
        with self.app.test_request_context():
            built = rule.build(values)
        assert built, rule
        # Nothing else is typed: whoever may not is told so before anything is looked at.
        typed = {"stage": str(self.objects[case].get("stage", ""))}
        return "".join(
            letter if self._gets_in(role, method, built[1], typed) else "-"
            for role, letter in zip(ROLES, SIGNS, strict=True)
        )

    def _gets_in(self, role: str, method: str, address: str, typed: dict[str, str]) -> bool:
        client: FlaskClient = self.client(role)
        answer = client.open(address, method=method, data=typed, buffered=False)
        status, goal = answer.status_code, answer.headers.get("Location", "")
        answer.close()
        if method != "GET" and status < 400:
            self.put_back()
        assert status < 500 or status == 503, f"{method} {address} as {role}: {status}"
        return status not in REFUSED and not goal.startswith("/login")

    def put_back(self) -> None:
        """Undo whatever was written."""
        self._copy(self.kept, self.file)

    def pages(self) -> list[str]:
        """Return the address of every page, of the case that Tim goes out for and of the other."""
        found = []
        for rule in self.rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in {"live.stream", "static"}:
                for case in CASES if "case_id" in rule.arguments else ("own",):
                    values = {name: self.objects[case].get(name, 1) for name in rule.arguments}
                    with self.app.test_request_context():
                        built = rule.build(values)
                    found += [built[1]] if built else []
        return found

    def client(self, role: str) -> FlaskClient:
        """Return the browser of this role, of a stranger without one."""
        if not role:
            return self.app.test_client()
        with self.app.app_context():
            return World(self.app, HandClock(MONDAY_MORNING)).browser(self.tokens[role])

    def _fill(self, world: World) -> None:
        world.player = Player(by_courier=True)
        cases = {name: world.case(at=step) for name, step in CASES.items()}
        world.work(cases["own"])
        self.objects: dict[str, dict[str, Any]] = {
            name: self._of_case(world, case.id) for name, case in cases.items()
        }
        common = self._of_nobody(world)
        db.session.commit()
        for own in self.objects.values():
            own.update(common)

    def _of_case(self, world: World, case_id: int) -> dict[str, Any]:
        letters = [letter.id for letter in drafts.of_case(db.session(), case_id, LETTERS)]
        rows = {
            "attachment_id": select(Attachment.id).where(Attachment.case_id == case_id),
            "attendee_id": select(Attendee.id).where(Attendee.case_id == case_id),
            "message_id": select(Message.id).where(
                Message.case_id == case_id, Message.document_id.is_not(None)
            ),
            "addressee_id": select(Addressee.id).where(Addressee.document_id.in_(letters)),
        }
        found = {name: db.session.scalars(query.limit(1)).first() for name, query in rows.items()}
        found = {name: number for name, number in found.items() if number}
        note = self._note(world, letters[0])
        stage = queries.open_stage(db.session(), case_id)
        assert stage is not None
        here = {"case_id": case_id, "stage": stage.id, "village": world.village.code}
        return {**here, "document_id": letters[0], "n": 1, "note_id": note, **found}

    def _note(self, world: World, document_id: int) -> int:
        """A reviewer's note on a letter, by Kabid."""
        version = select(Version.id).where(Version.document_id == document_id).limit(1)
        note = Correction(
            document_id=document_id,
            version_id=db.session.scalars(version).one(),
            field="purpose",
            text="Perbaiki.",
            lane="kabid",
            person_id=world.person("kabid").id,
            at=clock.now(),
        )
        db.session.add(note)
        db.session.flush()
        return note.id

    def _of_nobody(self, world: World) -> dict[str, Any]:
        """What belongs to no case: one of each."""
        kasi, admin, now = world.person("kasi"), world.person("admin"), clock.now()
        secret = feeds.make(db.session(), kasi, now)
        away = Absence(
            person_id=world.person("tim").id,
            kind="Dinas luar",
            starts_on=now.date() + timedelta(days=30),
            ends_on=now.date() + timedelta(days=31),
            recorded_by=admin.id,
            recorded_at=now,
        )
        kind = OwnKind(
            title="Surat keterangan",
            shape="judul",
            numbered_as="surat_undangan",
            parts=[
                {"type": "fixed", "label": "", "required": False, "text": "Isi.", "columns": []}
            ],
            state="draft",
            by=admin.id,
            at=now,
        )
        group = Group(
            name="KIM Rano Sangia",
            village=world.village.code,
            district=DISTRICT,
            facts={},
            registered_at=now,
        )
        mine = DistributionList(name="Panitia", members=[])
        db.session.add_all([away, kind, group, mine])
        db.session.flush()
        own = Unit("Tim lapangan", ("tim",), {NORMAL: "ramadan"})
        decided = revising.unit_facts(own, "SE 9/2026")
        revisions.apply(
            db.session(), revising.unit_subject(own.name), decided, admin, now, move=False
        )
        made = {"absence_id": away.id, "kind_id": kind.id, "group_id": group.id, "list_id": mine.id}
        return {
            **made,
            "holding_id": db.session.scalars(
                select(Holding.id).where(Holding.person_id == kasi.id)
            ).one(),
            "person_id": kasi.id,
            "number_id": db.session.scalars(select(Number.id).limit(1)).one(),
            "recipient_id": db.session.scalars(select(Recipient.id).limit(1)).one(),
            "secret": secret,
            "date": "2026-12-24",
            "name": next(p.name for p in shelf.office_calendar().hours.periods),
            "week": NORMAL,
            "unit": own.name,
            "code": "tidak-ada",
            "key": "tidak-ada",
            "filename": "app.css",
            "version": "1",
        }

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        with sqlite3.connect(source) as whole, sqlite3.connect(target) as there:
            whole.backup(there)


@contextmanager
def office() -> Iterator[Office]:
    """An office to ask, on Monday morning."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield Office(folder)
    finally:
        db.session.remove()
        db.engine().dispose()
        clock.use(None)
        shelf.follow(None)
        shutil.rmtree(folder)


def lines(asked: Office) -> Iterator[str]:
    """The whole matrix as it is."""
    for rule in asked.rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield asked.line(rule, method)


if __name__ == "__main__":
    with office() as every:
        for told in lines(every):
            click.echo(told)
