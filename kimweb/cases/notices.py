"""What a move tells people by mail: rows in the outbox, written in the move's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kimweb.cases import fieldwork, history, scans
from kimweb.cases.models import Case, Departure, Stage
from kimweb.cases.situations import Situation
from kimweb.dispatch import letters, outbox, staff
from kimweb.dispatch.models import LETTER
from kimweb.documents import dates, office
from kimweb.documents.models import Addressee, Document, Version
from kimweb.people import roster
from kimweb.people.models import Person
from kimweb.sop import shelf

PDF = "application/pdf"
REPORT_TO = "kasi"
VACANT = "jabatan_kosong"


def tell_next(session: Session, there: Situation, *, returned: bool, note: str) -> None:
    """Tell the holders of the step's lane, except who moved it, that work has come or come back.

    Of a lane with nobody in it the next rank up and the administrators are told, and the history
    says so.
    """
    today = shelf.local(there.now).date()
    holders = roster.contacts(session, there.step.lane, today)
    if not holders:
        _tell_of_vacancy(session, there)
    for person in holders:
        if person.email and person.id != there.by.id:
            write = letters.dikembalikan if returned else letters.tugas_baru
            letter = write(
                to_name=person.name,
                case_id=there.case_id,
                subject=there.subject,
                step=there.step,
                by_name=there.by.name,
                due_at=there.due_at,
                note=note,
            )
            name = "dikembalikan" if returned else "tugas_baru"
            key = f"stage-{there.stage_id}-{person.id}"
            staff.tell(session, key, name, letter, person, there.now, case_id=there.case_id)


def _tell_of_vacancy(session: Session, there: Situation) -> None:
    people = answer_for(session, there.step.lane, there.now)
    title = office.current().lane_title(there.step.lane)
    for person in people:
        if person.email:
            letter = letters.jabatan_kosong(
                to_name=person.name, lanes=[title], subject=there.subject
            )
            key = f"stage-{there.stage_id}-{person.id}"
            staff.tell(session, key, VACANT, letter, person, there.now, case_id=there.case_id)
    history.record_all(session, [vacant_event(there.case_id, there.stage, people, there.now)])


def answer_for(session: Session, lane: str, now: datetime) -> list[Person]:
    """Return who must hear that nobody acts in `lane`: the next rank up and the administrators."""
    _, superiors = roster.above(session, lane, shelf.local(now).date())
    return list(dict.fromkeys([*superiors, *roster.administrators(session)]))


def vacant_event(
    case_id: int, stage: Stage, told: Sequence[Person], now: datetime
) -> dict[str, Any]:
    """Return the event of an open stage with nobody in its lane, as a row to insert."""
    names = [person.name for person in told]
    return {
        "case_id": case_id,
        "stage_id": stage.id,
        "kind": "vacant",
        "by": None,
        "at": now,
        "facts": {"step": stage.step, "lane": stage.lane, "told": names},
    }


def dispatch_letters(
    session: Session, case: Case, documents: Sequence[Document], now: datetime
) -> int:
    """Queue each signed letter for each of its addressees; return how many were added.

    The key holds the signed version: a letter signed anew is another letter.
    """
    queued = {message.key for message in outbox.letters_of(session, documents)}
    added = 0
    for document in documents:
        version = session.get_one(Version, document.signed_version_id)
        for addressee in document.addressees:
            key = f"letter-{document.id}-v{version.n}-{addressee.id}"
            if key not in queued:
                _send(session, key, case, document, version, addressee, now)
                added += 1
    return added


def report_dispatch(session: Session, here: Situation, documents: Sequence[Document]) -> None:
    """Report to Kasi what became of the letters, as SOP step 10 asks for."""
    messages = outbox.letters_of(session, documents)
    today = shelf.local(here.now).date()
    for person in roster.contacts(session, REPORT_TO, today):
        letter = letters.laporan_ke_kasi(
            to_name=person.name,
            case_id=here.case_id,
            subject=here.subject,
            by_name=here.by.name,
            documents=documents,
            messages=messages,
        )
        key = f"report-{here.stage_id}-{person.id}"
        staff.tell(session, key, "laporan_ke_kasi", letter, person, here.now, case_id=here.case_id)


def invite_team(session: Session, here: Situation, calendar_sha: str) -> None:
    """Tell everybody of the team who has an address when they leave, with a calendar file."""
    departure = fieldwork.departure_of(session, here.case)
    attached = [{"name": "keberangkatan.ics", "sha256": calendar_sha, "type": "text/calendar"}]
    for member in fieldwork.team_of(session, here.case):
        person = session.get(Person, member.person_id) if member.person_id else None
        if departure is None or departure.leaves_on is None or person is None or not person.email:
            continue
        letter = letters.keberangkatan(
            to_name=person.name,
            case_id=here.case_id,
            subject=here.subject,
            role=member.role,
            leaves_on=departure.leaves_on,
            told=_journey(departure),
        )
        key = f"team-{here.stage_id}-{person.id}"
        sent = (key, "keberangkatan", letter, person, here.now)
        staff.tell(session, *sent, case_id=here.case_id, attachments=attached)


def _journey(departure: Departure) -> list[tuple[str, str]]:
    days = (("Berangkat", departure.leaves_on), ("Kembali", departure.returns_on))
    return [
        *((label, dates.day_date(day)) for label, day in days if day),
        ("Kendaraan", departure.transport),
        ("Berkumpul", departure.gathering),
        *([("Catatan", departure.note)] if departure.note else []),
    ]


def enclosed(session: Session, document: Document, version: Version) -> dict[str, str]:
    """Return the file that leaves with a letter: its signed PDF, or the signed paper's scan."""
    assert version.pdf_hash is not None, "step 9 waits for the PDFs"
    sha = scans.of(session, version) or version.pdf_hash
    return {"name": letters.file_name(document), "sha256": sha, "type": PDF}


def _send(
    session: Session,
    key: str,
    case: Case,
    document: Document,
    version: Version,
    addressee: Addressee,
    now: datetime,
) -> None:
    letter = letters.surat(document, addressee)
    outbox.queue(
        session,
        key=key,
        policy=LETTER,
        letter="surat",
        to=(addressee.name, addressee.email),
        channel=addressee.channel,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        attachments=[enclosed(session, document, version)],
        case_id=case.id,
        document_id=document.id,
        addressee_id=addressee.id,
        now=now,
    )
