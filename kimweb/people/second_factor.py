"""The second factor: six digits that a phone shows for half a minute (TOTP, RFC 6238).

Each code lets in once. For a phone that is lost there are recovery codes on paper, each for once
too. The phone's secret is sealed with the office's key, recovery codes are kept as hashes.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date, datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kimweb.people import access
from kimweb.people.models import Person, SecondFactor
from kimweb.people.vault import Vault
from kimweb.sop.steps import LANES

PURPOSE = "kimweb second factor"
# Who may be made to have one: whoever acts in a lane, and whoever administers.
ADMINISTRATOR = "admin"
WHO = frozenset({*LANES, ADMINISTRATOR})
# A phone's clock may be half a minute off (RFC 6238, 5.2).
DRIFT = 1
STEP_SECONDS = 30
RECOVERY_CODES = 8
# Nobody confuses these when reading off paper: no 0 and O, no 1 and l.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_RECOVERY_LENGTH = 10
# These are random, 2^49 possibilities: the least that OWASP asks for is enough.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def is_wanted(person: Person, who: Collection[str], today: date) -> bool:
    """Tell whether `person` has to have a second factor: `who` are lanes, and ADMINISTRATOR."""
    return bool(access.posts_of(person, today).intersection(who)) or (
        person.is_admin and ADMINISTRATOR in who
    )


def of(session: Session, person: Person) -> SecondFactor | None:
    """Return the second factor of `person`, if there is one."""
    return session.get(SecondFactor, person.id)


def invent() -> str:
    """Return a secret for a new phone, 160 bits in base 32."""
    return pyotp.random_base32()


def address(secret: str, person: Person, issuer: str) -> str:
    """Return what the phone reads off the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=issuer)


def enrol(
    session: Session, person: Person, secret: str, code: str, vault: Vault, now: datetime
) -> list[str]:
    """Take the phone that holds `secret`; return new recovery codes, none when `code` is wrong."""
    step = _step(secret, code, now)
    if step is None:
        return []
    drop(session, person)
    shown = [
        "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add(
        SecondFactor(
            person_id=person.id,
            secret=vault.seal(secret, int(now.timestamp())),
            last_step=step,
            recovery=[_hasher.hash(code) for code in shown],
            enrolled_at=now,
        )
    )
    return shown


def drop(session: Session, person: Person) -> None:
    """Take the second factor away: the phone is lost, and so is the paper."""
    session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id))


def check(session: Session, person: Person, code: str, vault: Vault, now: datetime) -> bool:
    """Tell whether `code` lets in, and see to it that it never does again; raises vault.NotOurs."""
    # Locked: of two who send the same code at once the second finds it used.
    locked = select(SecondFactor).where(SecondFactor.person_id == person.id).with_for_update()
    factor = session.scalars(locked.execution_options(populate_existing=True)).one()
    typed = "".join(code.lower().split()).replace("-", "")
    if not (typed.isascii() and typed.isdecimal()):
        return _use_recovery(factor, typed)
    step = _step(vault.open(factor.secret), typed, now)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


def in_groups(words: str, size: int) -> str:
    """Return a secret or code as it is easy to read off: in groups of `size`."""
    return " ".join(words[at : at + size] for at in range(0, len(words), size))


def _use_recovery(factor: SecondFactor, typed: str) -> bool:
    if len(typed) != _RECOVERY_LENGTH:
        return False
    left = [kept for kept in factor.recovery if not _fits(kept, typed)]
    is_used = len(left) < len(factor.recovery)
    factor.recovery = left
    return is_used


def _fits(kept: str, typed: str) -> bool:
    try:
        return _hasher.verify(kept, typed)
    except VerifyMismatchError:
        return False


def _step(secret: str, code: str, now: datetime) -> int | None:
    """Return of which half minute `code` is; None when it is of none near `now`."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    typed = "".join(code.split()).encode()
    near = range(present - DRIFT, present + DRIFT + 1)
    return next(
        (n for n in near if secrets.compare_digest(totp.generate_otp(n).encode(), typed)), None
    )
