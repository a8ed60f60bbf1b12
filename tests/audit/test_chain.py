"""Every change of the house is one link of a chain that nobody can bend unseen."""

from __future__ import annotations

import json
import threading
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.audit import chain, verify
from kimweb.audit.models import Entry
from kimweb.commands import example
from kimweb.people import accounts
from tests.databases import both_databases
from tests.pages.forms import send
from tests.world import World


def entries(session: Session, action: str = "%") -> list[Entry]:
    session.rollback()
    query = select(Entry).where(Entry.action.like(action)).order_by(Entry.seq)
    return list(session.scalars(query))


def said(session: Session) -> list[str]:
    """What the stand-alone verifier says of the chain as it is in the database."""
    rows = [{name: getattr(e, name) for name in verify.COLUMNS} for e in entries(session)]
    return [finding.text for finding in verify.check(rows, []).findings]


@both_databases
def test_each_move_of_a_case_is_a_link_with_its_actor(world: World, session: Session) -> None:
    case = world.case(at=6)
    world.forward(case, note="Sudah sesuai.")
    moved = entries(session, "case.forward")[-1]
    assert moved.case_id == case.id
    assert moved.actor == world.person("kabid").id
    assert json.loads(moved.payload or "")["note"] == "Sudah sesuai."
    assert said(session) == []


def test_what_is_rolled_back_leaves_no_link(world: World, session: Session) -> None:
    before = len(entries(session))
    with suppress(ZeroDivisionError), db.writing() as writing:
        accounts.set_password(db.session(), world.person("kasi"), "kata sandi yang lain sekali")
        writing.flush()
        _ = 1 / 0
    with db.writing() as writing:
        with suppress(ZeroDivisionError), writing.begin_nested():
            chain.note(writing, "sub.undone", facts={})
            _ = 1 / 0
        chain.note(writing, "sub.done", facts={})
    assert [entry.action for entry in entries(session)[before:]] == ["sub.done"]


def test_an_account_that_changes_is_told_with_who_did_it_but_not_its_password(
    world: World, session: Session
) -> None:
    kasi = world.person("kasi").id
    send(world.client("admin"), f"/people/{kasi}", f"/people/{kasi}/password")
    changed = entries(session, "person.changed")[-1]
    assert changed.actor == world.person("admin").id
    told = json.loads(changed.payload or "")
    assert told["password_hash"] == "***"
    assert told["id"] == kasi
    assert told["ip"] == "127.0.0.1"


def test_who_comes_in_and_who_is_refused_is_written_down(app: Flask, session: Session) -> None:
    browser = app.test_client()
    password = next(one.password for one in example.ACCOUNTS if one.username == "kabid")
    send(browser, "/login", username="kabid", password="salah sama sekali")
    send(browser, "/login", username="kabid", password=password)
    refused, entered = entries(session, "login.%")
    assert refused.action == "login.refused"
    assert json.loads(refused.payload or "")["username"] == "kabid"
    assert refused.actor is None
    assert entered.action == "login.entered"
    assert entered.actor


@both_databases
def test_two_who_write_at_once_make_one_chain(app: Flask, session: Session) -> None:
    together = threading.Barrier(4)

    def write(name: str) -> None:
        with app.app_context():
            together.wait(10)
            for _ in range(10):
                with db.writing() as writing:
                    chain.note(writing, f"test.{name}", facts={"of": name})

    crowd = [threading.Thread(target=write, args=(str(n),)) for n in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert len(entries(session, "test.%")) == 40
    assert said(session) == []


@both_databases
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 1",
        "UPDATE audit SET payload = 'lain'",
        "DELETE FROM audit",
        "UPDATE checkpoint SET words = 'lain'",
        "DELETE FROM checkpoint",
        "TRUNCATE audit",
    ],
)
def test_the_database_itself_keeps_the_chain(world: World, session: Session, change: str) -> None:
    world.case(at=2)
    session.execute(text("INSERT INTO checkpoint (seq, at, words) VALUES (1, '', '')"))
    session.commit()
    with pytest.raises(DBAPIError):
        session.execute(text(change))


def test_personal_words_can_be_taken_out_and_the_chain_still_stands(
    world: World, session: Session
) -> None:
    world.case(at=3)
    seq = entries(session, "case.forward")[0].seq
    with db.writing() as writing:
        chain.erase(writing, seq)
    assert entries(session)[-1].action == "payload.erased"
    assert session.get_one(Entry, seq).payload is None
    assert said(session) == []
