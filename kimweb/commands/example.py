"""The example office: one account per lane and an administrator, and a few cases under way.

These people are invented. Their passwords are printed and shown on the login page, therefore
the example office listens on this machine only.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kimweb import db
from kimweb.dispatch.models import Recipient
from kimweb.documents import regions
from kimweb.people import passwords
from kimweb.people.models import Holding, Person

SINCE = date(2018, 1, 1)


class Account(NamedTuple):
    """An example account: how to log in, and who it is."""

    username: str
    password: str
    name: str
    nip: str
    rank: str
    title: str
    lane: str | None
    # Opens the test certificate of who may sign: Kadis, and Sekdis as Plh.
    passphrase: str = ""


ACCOUNTS = (
    Account(
        "kadis",
        "contoh-kadis-1",
        "Drs. Andi Rahman, M.Si",
        "19690412 199403 1 005",
        "Pembina Utama Muda, IV/c",
        "Kepala Dinas Komunikasi dan Informatika",
        "kadis",
        "contoh-frasa-kadis",
    ),
    Account(
        "sekdis",
        "contoh-sekdis-2",
        "Siti Nurhaliza, S.Sos., M.AP",
        "19740823 199903 2 004",
        "Pembina Tk. I, IV/b",
        "Sekretaris Dinas",
        "sekdis",
        "contoh-frasa-sekdis",
    ),
    Account(
        "kabid",
        "contoh-kabid-3",
        "La Ode Hasan, S.Kom",
        "19780315 200312 1 007",
        "Pembina, IV/a",
        "Kepala Bidang Informasi dan Komunikasi Publik",
        "kabid",
    ),
    Account(
        "kasi",
        "contoh-kasi-4",
        "Wa Ode Fitriani, S.I.Kom",
        "19840602 200901 2 003",
        "Penata Tk. I, III/d",
        "Kepala Seksi Kemitraan Informasi dan Komunikasi Publik",
        "kasi",
    ),
    Account(
        "staf",
        "contoh-staf-5",
        "Muhammad Ilham, A.Md",
        "19920718 201503 1 002",
        "Pengatur Tk. I, II/d",
        "Pengadministrasi Umum",
        "staf",
    ),
    Account(
        "tim",
        "contoh-tim-6",
        "Rina Anggraini, S.Kom",
        "19950127 201903 2 006",
        "Penata Muda, III/a",
        "Pranata Humas, anggota tim lapangan",
        "tim",
    ),
    Account("admin", "contoh-admin-7", "Administrator Contoh", "", "", "Administrator", None),
)


def is_empty(session: Session) -> bool:
    """Tell whether nobody has an account yet."""
    return not session.scalar(select(func.count()).select_from(Person))


def create_if_empty() -> bool:
    """Create the example office unless somebody has an account already; tell whether it did."""
    with db.writing() as session:
        if not is_empty(session):
            return False
        create(session)
    return True


def create(session: Session) -> None:
    """Create the example accounts and an address book for every kecamatan and a few villages."""
    for account in ACCOUNTS:
        session.add(_person(account))
    for district in regions.districts():
        session.add(_recipient("camat", f"Camat {district.name}", district.title, district.code))
        for village in regions.villages(district.code)[:3]:
            kind = "lurah" if village.kind == "Kelurahan" else "kepala_desa"
            head = f"{village.head} {village.name}"
            session.add(_recipient(kind, head, village.title, village.code))
    session.flush()


def _person(account: Account) -> Person:
    person = Person(
        username=account.username,
        name=account.name,
        nip=account.nip,
        rank=account.rank,
        title=account.title,
        email=f"{account.username}@contoh.invalid",
        password_hash=passwords.hash_password(account.password),
        is_admin=account.lane is None,
        is_example=True,
    )
    if account.lane:
        person.holdings = [Holding(lane=account.lane, starts_on=SINCE)]
    return person


def _recipient(kind: str, title: str, place: str, code: str) -> Recipient:
    slug = title.lower().replace(" ", "-")
    return Recipient(
        kind=kind,
        name=title,
        title=title,
        place=place,
        region=code,
        email=f"{slug}@contoh.invalid",
    )
