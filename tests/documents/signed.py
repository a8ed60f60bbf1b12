"""A case whose letters Kadis of the example office has signed with a test certificate."""

from __future__ import annotations

from sqlalchemy import select

from kimweb import db
from kimweb.cases import moves
from kimweb.commands import certificates, example
from kimweb.documents import verification
from kimweb.documents.models import Signature
from kimweb.documents.verification import Entry
from tests.world import World

PASSPHRASE = next(a.passphrase for a in example.ACCOUNTS if a.username == "kadis")


def sign_case(world: World) -> list[Entry]:
    """Bring a case to step 8, sign its letters electronically, and return them as registered."""
    certificates.furnish_example()
    case = world.case(at=8)
    with db.writing() as session:
        stage = world.stage(case)
        kadis = world.person("kadis")
        moves.forward(session, case.id, stage.id, kadis, passphrase=PASSPHRASE)
    ids = [letter.signed_version_id for letter in world.letters(case)]
    codes = db.session.scalars(
        select(Signature.code).where(Signature.version_id.in_(ids)).order_by(Signature.id)
    )
    return [entry for code in codes if (entry := verification.find(db.session(), code))]
