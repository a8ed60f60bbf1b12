"""Changing accounts: whoever's password or holdings change is logged out everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.people import logins, passwords
from kimweb.people.models import CAPACITIES, Holding, Person
from kimweb.sop.steps import LANES

FIELDS = ("username", "name", "nip", "rank", "title", "email", "phone")
_LIMITS = {
    "username": 64,
    "name": 200,
    "nip": 40,
    "rank": 100,
    "title": 200,
    "email": 254,
    "phone": 40,
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


def find(session: Session, username: str) -> Person | None:
    """Return the account with this user name, however it is capitalised."""
    return session.scalar(select(Person).where(Person.username == username.strip().lower()))


def everybody(session: Session) -> list[Person]:
    """Return all accounts by name, those in use first."""
    order = (Person.disabled_at.is_not(None), Person.name)
    return list(session.scalars(select(Person).order_by(*order)))


def refusals(session: Session, given: Mapping[str, str], person: Person | None) -> dict[str, str]:
    """Return what is wrong with an account's fields, by field; `person` is None for a new one."""
    wrong = {
        name: f"Paling banyak {limit} huruf."
        for name, limit in _LIMITS.items()
        if len(given[name]) > limit
    }
    if not given["name"]:
        wrong["name"] = "Isi nama lengkap beserta gelarnya."
    if given["email"] and not _EMAIL.fullmatch(given["email"]):
        wrong["email"] = "Alamat pos-el tidak lengkap. Contoh: nama@kolakakab.go.id."
    if not _USERNAME.fullmatch(given["username"]):
        wrong["username"] = (
            "Nama pengguna paling sedikit 2 huruf kecil atau angka, tanpa spasi. Contoh: wa.ode."
        )
    elif (other := find(session, given["username"])) and other is not person:
        wrong["username"] = f"Nama pengguna ini sudah dipakai {other.name}. Pilih yang lain."
    return wrong


def create(session: Session, given: Mapping[str, str], password: str, *, is_admin: bool) -> Person:
    """Add an account; the fields and the password were checked before."""
    person = Person(password_hash=passwords.hash_password(password), is_admin=is_admin)
    session.add(person)
    change(person, given, is_admin=is_admin)
    session.flush()
    return person


def change(person: Person, given: Mapping[str, str], *, is_admin: bool) -> None:
    """Change what is written about a person."""
    for name in FIELDS:
        setattr(person, name, given[name])
    person.is_admin = is_admin


def set_password(
    session: Session, person: Person, password: str, until: datetime | None = None
) -> None:
    """Give `person` another password; every login made with the old one ends.

    `until`: how long it lets in when somebody else has handed it over.
    """
    person.password_hash = passwords.hash_password(password)
    person.password_until = until
    logins.end_all(session, person)


def disable(session: Session, person: Person, now: datetime) -> None:
    """Close the account; what the person did stays in the histories."""
    person.disabled_at = now
    logins.end_all(session, person)


def enable(person: Person) -> None:
    """Open the account again."""
    person.disabled_at = None


def holding_refusals(
    lane: str, capacity: str, starts_on: date | None, ends_on: date | None
) -> dict[str, str]:
    """Return what is wrong with a holding, by field."""
    wrong = {}
    if lane not in LANES:
        wrong["lane"] = "Pilih jabatan menurut SOP."
    if capacity not in CAPACITIES:
        wrong["capacity"] = "Pilih definitif, Plt., Plh., a.n., atau u.b."
    if starts_on is None:
        wrong["starts_on"] = "Isi tanggal mulai memegang jabatan."
    elif ends_on and ends_on < starts_on:
        wrong["ends_on"] = "Tanggal berakhir tidak boleh sebelum tanggal mulai."
    return wrong


def end_holding(session: Session, holding: Holding, last_day: date) -> None:
    """Let a holding end; `last_day` still counts."""
    holding.ends_on = last_day
    _tell(session, holding.person)


def remove_holding(session: Session, holding: Holding) -> None:
    """Take out a holding that was written down by mistake."""
    person = holding.person
    person.holdings.remove(holding)
    session.delete(holding)
    _tell(session, person)


def _tell(session: Session, person: Person) -> None:
    logins.end_all(session, person)
    bell.after_commit(session, topics=[f"person:{person.id}"])
