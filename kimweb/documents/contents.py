"""What a version says: the draft's fields with everything around them, ready for the typesetter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kimweb.documents import kinds, office
from kimweb.documents.models import DISPOSITION, Addressee, Certificate, Document, Paraf
from kimweb.people import access, roster
from kimweb.people.models import AN, DEFINITIVE, ON_BEHALF, UB, Person
from kimweb.sop import shelf


def draft(
    session: Session, document: Document, typed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the content of a concept: no number, no date, the coordination grid when stamped.

    `typed` are values that stand on a screen, in the place of the saved ones. A lembar
    disposisi is no concept: what a superior writes on it holds from then on.
    """
    return _content(document, document.fields if typed is None else typed) | {
        "status": "signed_wet" if document.papers == DISPOSITION else "concept",
        "signer": _usual_signer(session, document),
        "show_parafs": document.stamped,
    }


def finished(session: Session, document: Document, parafs: Sequence[Paraf]) -> dict[str, Any]:
    """Return the content of a paper that nobody signs on screen, once its review is over."""
    return _content(document, document.fields) | {
        "status": "signed_wet",
        "signer": _usual_signer(session, document),
        "parafs": [_paraf(session, paraf) for paraf in parafs],
    }


def signed(
    session: Session,
    document: Document,
    person: Person,
    lane: str,
    capacity: str,
    parafs: Sequence[Paraf],
    electronic: dict[str, Any],
) -> dict[str, Any]:
    """Return the content that goes out: numbered, dated, with the signer as they sign.

    `electronic` is what a letter signed with a certificate carries besides (see `certified`).
    """
    return (
        _content(document, document.fields)
        | {
            "status": "signed_wet",
            "signer": official(person, lane, capacity),
            "parafs": [_paraf(session, paraf) for paraf in parafs],
        }
        | electronic
    )


def by_hand(session: Session, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a sheet that is numbered and signed by hand and kept nowhere."""
    sheet = Document(kind=kind, stamped=False)
    return _content(sheet, fields) | {
        "status": "signed_wet",
        "signer": _usual_signer(session, sheet),
    }


def file_copy(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a final content as the office files it: with the grid of parafs, and named so."""
    return {**content, "show_parafs": True, "file_copy": True}


def certified(verify_url: str, certificate: Certificate | None) -> dict[str, Any]:
    """Return what a letter says besides when it is signed with a certificate; nothing without.

    A test certificate is named as such beside the signature and at the foot of each page.
    """
    if certificate is None:
        return {}
    return {
        "status": "signed_electronic",
        "verify_url": verify_url,
        "is_test": certificate.is_test,
        "signature_note": office.current().notes["test"] if certificate.is_test else "",
    }


def _usual_signer(session: Session, document: Document) -> dict[str, Any]:
    lane = kinds.kind(document.kind).signer
    holder = next(iter(roster.holders(session, lane, shelf.today())), None)
    if holder is None:
        return official(None, lane, DEFINITIVE)
    return official(holder, lane, access.capacity_in(holder, lane, shelf.today()))


def official(person: Person | None, lane: str, capacity: str) -> dict[str, Any]:
    """Return the lines of a signature block; without a holder the name is left open.

    `lines` follow the title of whoever is signed for: a.n. names the signer's own post, u.b. the
    post between the two before it.
    """
    prefix = AN if capacity in ON_BEHALF else capacity
    return {
        "title": office.current().position(lane),
        "prefix": None if capacity == DEFINITIVE else prefix,
        "name": person.name if person else "",
        "rank": person.rank if person else "",
        "nip": person.nip if person else "",
        "lines": _own_posts(person, capacity) if person else [],
    }


def _content(document: Document, fields: Mapping[str, Any]) -> dict[str, Any]:
    house = office.current()
    return {
        "fields": fields,
        "number": document.number,
        "dated_on": document.dated_on.isoformat() if document.dated_on else None,
        "place": house.town,
        "parafs": [],
        "show_parafs": False,
        "stamp": document.stamped,
        "recipients": [_recipient(to) for to in document.addressees],
        "copies": list(fields.get("tembusan") or []),
        "qr": None,
        "signature_note": "",
    }


def _recipient(to: Addressee) -> dict[str, str]:
    # Many are known by their post alone: "Camat Toari, Camat Toari" says nothing more.
    return {"name": to.name, "title": "" if to.title == to.name else to.title, "place": to.place}


def _paraf(session: Session, paraf: Paraf) -> dict[str, Any]:
    person = session.get_one(Person, paraf.person_id)
    return {
        "title": office.current().lane_title(paraf.lane),
        "capacity": paraf.capacity,
        "name": person.name,
        "at": shelf.local(paraf.at).isoformat(timespec="minutes"),
    }


def _own_posts(person: Person, capacity: str) -> list[str]:
    own = access.own_lane(person, shelf.today()) if capacity in ON_BEHALF else None
    if own is None:
        return []
    position = office.current().position
    between = access.superior_of(own)
    through = [position(between), UB] if capacity == UB and between else []
    return [*through, position(own)]
