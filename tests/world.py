"""The example office as tests meet it: named people, and a case brought to any step.

A case is brought there by the same moves that the pages call, and what workers would do is done
by running the real tasks, so a case at step 10 is a real one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kimweb import db
from kimweb.cases import moves, queries
from kimweb.cases.models import Case, Stage
from kimweb.commands.player import Player
from kimweb.documents import drafts, regions
from kimweb.documents.models import LETTERS, Document
from kimweb.people import logins
from kimweb.people.models import Person

if TYPE_CHECKING:
    from tests.conftest import HandClock

DISTRICT = "74.01.25"  # Kecamatan Polinggona


class World:
    """The people of the example office by account name, and what they do to a case."""

    def __init__(
        self, app: Flask, clock: HandClock, played: Callable[..., int | None] | None = None
    ) -> None:
        self.app = app
        self.clock = clock
        self.player = Player()
        self._played = played
        self.village = regions.villages(DISTRICT)[0]

    def person(self, username: str) -> Person:
        """Return the person with this account, usually the name of the lane: "kabid"."""
        return db.session.scalars(select(Person).where(Person.username == username)).one()

    def client(self, username: str) -> FlaskClient:
        """Return a browser in which this person has logged in."""
        return self.browser(self.token(username))

    def token(self, username: str) -> str:
        """Log this person in; return what the browser's cookie carries."""
        with db.writing() as session:
            return logins.begin(session, self.person(username), "Firefox di Linux", self.clock())

    def browser(self, token: str) -> FlaskClient:
        """Return a browser whose cookie carries this token."""
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return client

    def case(self, *, at: int = 1, subject: str = "Pembentukan KIM Polinggona") -> Case:
        """Return a new case that has come to step `at`, as it then was (see `reload`)."""
        order = (subject, self.village.code)
        case_id = self._played and self._played(self.player, order, at)
        if case_id is None:
            case_id = self.player.open(*order)
            self.player.play(case_id, until=at)
        return self._snapshot(case_id)

    def reload(self, case: Case) -> Case:
        """Return the case as it is now."""
        return self._snapshot(case.id)

    def stage(self, case: Case) -> Stage:
        """Return where the case stands."""
        stage = queries.open_stage(db.session(), case.id)
        assert stage is not None, "the case is closed"
        return stage

    def holder(self, case: Case) -> Person:
        """Return whose turn it is."""
        return self.person(self.stage(case).lane)

    def work(self, case: Case) -> None:
        """Do what the step asks for."""
        self.player.work(case.id)

    def forward(self, case: Case, note: str = "") -> None:
        """Hand the case on as whoever's turn it is; workers make what was ordered."""
        self.player.forward(case.id, note)

    def send_back(self, case: Case, *, to: int, reason: str = "Tanggal belum sesuai.") -> None:
        """Return the case to step `to` as whoever's turn it is."""
        self.player.send_back(case.id, to=to, reason=reason)

    def letters(self, case: Case) -> list[Document]:
        """Return the letters of the case."""
        return list(drafts.of_case(db.session(), case.id, LETTERS))

    def order(self, subject: str = "Pembentukan KIM Polinggona") -> moves.Order:
        """Return an order as Kadis writes it."""
        return moves.Order(
            subject=subject,
            district=DISTRICT,
            village=self.village.code,
            planned_on=self.clock().date(),
            instruction="Laksanakan pembentukan KIM sesuai SOP.",
        )

    def _snapshot(self, case_id: int) -> Case:
        # Tasks run in this process and end their session: what a test holds stays readable.
        case = db.session.get_one(Case, case_id, populate_existing=True)
        db.session.expunge(case)
        return case
