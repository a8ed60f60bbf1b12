"""What must hold after every fault: I1 to I9, each a plain function over what is left.

Each yields one sentence for everything that is wrong. They read the database, the mail server,
the files and the logs; nothing of how the fault was made.
"""

from __future__ import annotations

import base64
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import String, exists, func, select
from sqlalchemy.orm import Session

from kimweb import claims, db
from kimweb.audit import verify
from kimweb.audit.models import Entry
from kimweb.cases.models import FORWARD, SEND_BACK, Archive, Attachment, Case, Event, Stage
from kimweb.commands.example import ACCOUNTS
from kimweb.deadlines import heartbeats, ladder, sweep
from kimweb.deadlines.models import Escalation
from kimweb.dispatch.models import (
    BY_HAND,
    HELD,
    LETTER,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    TRY_LATER,
    Message,
)
from kimweb.documents import files
from kimweb.documents.models import Addressee, Document, Version
from kimweb.documents.store import StoreError
from kimweb.evidence import checkpoints
from kimweb.sop import shelf
from tests.faults.harness import SECRET, Rig

LATENESS = timedelta(seconds=60)
STALE = timedelta(minutes=5)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_MARK = re.compile(r"\b[0-9a-f]{8}\b")

Finding = Iterator[str]


def i1_what_was_answered_is_done(rig: Rig, session: Session) -> Finding:
    """I1: every change that was answered with 2xx or 303 is in the database."""
    for case_id, stage_id, verdict in rig.promised:
        stage = session.get(Stage, stage_id)
        if stage is None or stage.case_id != case_id or stage.verdict != verdict:
            yield f"I1 stage {stage_id} of case {case_id} was answered as {verdict} and is not"


def i2_history_and_state_agree(rig: Rig, session: Session) -> Finding:
    """I2: one transition for each stage, one open stage, and the steps follow from the history."""
    for case in session.scalars(select(Case)):
        query = select(Stage).where(Stage.case_id == case.id).order_by(Stage.id)
        stages = session.scalars(query).all()
        events = session.scalars(select(Event).where(Event.case_id == case.id)).all()
        yield from (f"I2 case {case.id}: {wrong}" for wrong in _broken(case, stages, events))


def _broken(case: Case, stages: Iterable[Stage], events: Iterable[Event]) -> Finding:
    moves = Counter((e.stage_id, e.kind) for e in events if e.kind in (FORWARD, SEND_BACK))
    to = {e.stage_id: e.facts.get("to") for e in events if e.kind in (FORWARD, SEND_BACK)}
    stages = list(stages)
    expected: int | None = shelf.sop(case.sop).first.number
    for stage in stages:
        if stage.step != expected:
            yield f"stage {stage.id} is step {stage.step}, its history leads to {expected}"
        if stage.closed_at is None:
            expected = None
            continue
        if moves[stage.id, stage.verdict or ""] != 1:
            yield f"stage {stage.id} has {moves[stage.id, stage.verdict or '']} transitions"
        expected = to.get(stage.id)
    open_stages = sum(stage.closed_at is None for stage in stages)
    if open_stages != (case.closed_at is None):
        yield f"{open_stages} open stages, closed at {case.closed_at}"
    if sum(moves.values()) != sum(stage.closed_at is not None for stage in stages):
        yield f"{sum(moves.values())} transitions for {len(stages)} stages"


def i3_every_letter_once(rig: Rig, session: Session) -> Finding:
    """I3: a letter reached its recipient at most once; what is not sent is in a person's hands."""
    copies = copies_of(rig)
    for message in session.scalars(select(Message)):
        count = copies[message.message_id]
        what = f"I3 message {message.id} ({message.key}, {message.state})"
        if message.policy == LETTER and count > 1:
            yield f"{what} arrived {count} times"
        if message.state in (QUEUED, SENDING, TRY_LATER):
            yield f"{what} is neither settled nor in a person's hands"
        if message.state == SENT and not count:
            yield f"{what} never arrived"
        if message.state in (REFUSED, HELD, BY_HAND) and message.policy == LETTER and count:
            yield f"{what} arrived all the same"
    yield from _forgotten(session)
    known = set(session.scalars(select(Message.message_id)))
    for stray in copies.keys() - known:
        yield f"I3 a mail arrived that no row knows: {stray}"


def _forgotten(session: Session) -> Finding:
    """Everybody to whom a dispatched letter is addressed has a row of their own."""
    sent = select(Event.case_id).where(Event.kind == "dispatched")
    has_row = exists().where(Message.addressee_id == Addressee.id)
    query = (
        select(Addressee)
        .join(Document, Document.id == Addressee.document_id)
        .where(Document.case_id.in_(sent), Document.signed_version_id.is_not(None), ~has_row)
    )
    for addressee in session.scalars(query):
        yield f"I3 addressee {addressee.id} ({addressee.email}) was forgotten at the dispatch"


def copies_of(rig: Rig) -> Counter[str]:
    """Count the copies that arrived, by Message-ID."""
    found: Counter[str] = Counter()
    for received in rig.sink.received:
        mark = _MESSAGE_ID.search(received.content)
        found[mark[1].decode() if mark else "(none)"] += 1
    return found


def i4_sent_is_signed(rig: Rig, session: Session) -> Finding:
    """I4: the bytes that arrived are the bytes of the signed version."""
    letters = {
        message.message_id: message
        for message in session.scalars(select(Message).where(Message.policy == LETTER))
    }
    encoded: dict[int, bytes] = {}
    for received in rig.sink.received:
        mark = _MESSAGE_ID.search(received.content)
        message = letters.get(mark[1].decode()) if mark else None
        if message is None or message.document_id is None:
            continue
        number = message.document_id
        if number not in encoded:
            encoded[number] = _signed(session, number)
        if encoded[number] not in received.content:
            yield f"I4 {message.key} arrived with other bytes than were signed"


def _signed(session: Session, document_id: int) -> bytes:
    """Return the signed PDF of a document as a mail carries it (RFC 2045, 6.8)."""
    document = session.get_one(Document, document_id)
    version = session.get_one(Version, document.signed_version_id)
    pdf = files.store().path(version.pdf_hash or "").read_bytes()
    return base64.encodebytes(pdf).replace(b"\n", b"\r\n")


def i5_every_limit_is_seen_once(rig: Rig, session: Session) -> Finding:
    """I5: each rung that is due was taken once, at most 60 s late or 60 s after recovery."""
    swept, calendar = heartbeats.last(session).get(sweep.PART), shelf.office_calendar()
    taken = defaultdict[int, list[Escalation]](list)
    for row in session.scalars(select(Escalation)):
        taken[row.stage_id].append(row)
    for stage in session.scalars(select(Stage)):
        step = shelf.sop(session.get_one(Case, stage.case_id).sop).step(stage.step)
        rungs = ladder.rungs(
            step, stage.lane, stage.opened_at, stage.due_at, calendar, ladder.current()
        )
        rows = [row for row in taken[stage.id] if row.due_at == stage.due_at]
        yield from _rungs(rig, stage, {r.name: r.at for r in rungs}, rows, swept)
        yield from _told(session, stage, rows)


def _rungs(
    rig: Rig,
    stage: Stage,
    due: dict[str, datetime],
    rows: list[Escalation],
    swept: datetime | None,
) -> Finding:
    what = f"I5 stage {stage.id} (case {stage.case_id}, step {stage.step})"
    counts = Counter(row.rung for row in rows)
    yield from (f"{what} took rung {rung} {n} times" for rung, n in counts.items() if n > 1)
    if stage.closed_at is None and swept and shelf.office_calendar().next_open(swept) <= swept:
        missed = [rung for rung, at in due.items() if at <= swept and rung not in counts]
        yield from (f"{what} has missed rung {rung}" for rung in missed)
    for row in rows:
        landing = max((at for at in rig.clock.landings if at <= row.taken_at), default=row.taken_at)
        late = row.taken_at - max(due[row.rung], landing)
        if row.folded_into is None and late > LATENESS:
            yield f"{what} took rung {row.rung} {late} late"
        if row.taken_at < due[row.rung]:
            yield f"{what} took rung {row.rung} before its time"


def _told(session: Session, stage: Stage, rows: Iterable[Escalation]) -> Finding:
    """Every person told has one mail for this rung and due time, and the history has one line."""
    for row in rows:
        if row.folded_into is not None:
            continue
        key = f"rung-{stage.id}-{row.rung}-{int(row.due_at.timestamp())}-%"
        mails = session.scalar(select(func.count()).where(Message.key.like(key)))
        if mails != len(row.told):
            yield f"I5 stage {stage.id} rung {row.rung}: {mails} mails for {len(row.told)} persons"
    events = session.scalars(
        select(Event).where(Event.stage_id == stage.id, Event.kind == "escalated")
    )
    history = Counter(event.facts["rung"] for event in events)
    climbed = Counter(row.rung for row in rows if row.folded_into is None)
    if history != climbed:
        yield f"I5 stage {stage.id}: history {dict(history)}, rungs {dict(climbed)}"


def i6_the_chain_is_whole(rig: Rig, session: Session) -> Finding:
    """I6: the audit chain and its checkpoints verify, and hold a link for every event of a case."""
    columns = [getattr(Entry, name) for name in verify.COLUMNS]
    rows = session.execute(select(*columns).order_by(Entry.seq))
    entries = [dict(zip(verify.COLUMNS, row, strict=True)) for row in rows]
    points = verify.read_checkpoints(rig.folder / checkpoints.FOLDER)
    yield from (f"I6 {finding.text}" for finding in verify.check(entries, points).findings)
    links = Counter(entry["case_id"] for entry in entries if entry["action"].startswith("case."))
    events = session.execute(select(Event.case_id, func.count()).group_by(Event.case_id))
    for case_id, count in events:
        if links[case_id] != count:
            yield f"I6 case {case_id} has {count} events and {links[case_id]} links of the chain"


def i7_files_and_rows_agree(rig: Rig, session: Session) -> Finding:
    """I7: no row without its file, no file without a row, nothing half-written."""
    store = files.store()
    for what, sha in _referred(session):
        try:
            store.read(sha)
        except StoreError as missing:
            yield f"I7 {what}: {missing}"
    made = select(Version.id).where(Version.state == claims.DONE, Version.pdf_hash.is_(None))
    yield from (f"I7 version {number} is done without a file" for number in session.scalars(made))
    known = _every_hash(session)
    strays = [f for f in store.folder.rglob("*") if f.is_file() and f.name not in known]
    if len(strays) > rig.orphans:
        yield f"I7 {len(strays)} files belong to no row: {[file.name for file in strays]}"
    yield from (f"I7 half-written: {file.name}" for file in strays if file.name.startswith("."))


def _referred(session: Session) -> Iterator[tuple[str, str]]:
    for column in (Version.pdf_hash, Archive.bundle_hash, Attachment.sha256, Attachment.thumbnail):
        for sha in session.scalars(select(column).where(column.is_not(None))):
            yield str(column), str(sha)
    for message in session.scalars(select(Message)):
        yield from (("message.attachments", part["sha256"]) for part in message.attachments)


def _every_hash(session: Session) -> set[str]:
    """Everything in the database that may be the name of a file, whatever table is to come."""
    found = {sha for _, sha in _referred(session)}
    for table in db.Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, String) and column.type.length == 64:
                found.update(session.scalars(select(column).where(column.is_not(None))))
    return found


def i8_nothing_hangs(rig: Rig, session: Session) -> Finding:
    """I8: no work has been waiting for more than five minutes, and none was given up unseen."""
    old = rig.clock.now() - STALE
    for row in (Version, Archive):
        waiting = row.state.in_((claims.QUEUED, claims.RUNNING))
        count = session.scalar(select(func.count()).where(waiting, row.try_at < old))
        if count:
            yield f"I8 {count} rows of {row.__tablename__} wait since before {old}"


def i9_failures_have_a_mark_and_secrets_stay(rig: Rig, session: Session) -> Finding:
    """I9: every 5xx carries a mark that stands in the log; no secret is in a log."""
    logs = rig.logs()
    for browser in rig.browsers:
        for answer in browser.heard:
            if answer.status >= 500 and answer.status != 503:
                marks = _MARK.findall(answer.text)
                if not any(f"as {mark}" in logs for mark in marks):
                    yield f"I9 {answer.path} answered {answer.status} without a mark in the log"
    secrets = [SECRET, *(a.password for a in ACCOUNTS), *(a.passphrase for a in ACCOUNTS)]
    for secret in filter(None, secrets):
        if secret in logs:
            yield f"I9 a log contains the secret {secret[:8]}..."


INVARIANTS: tuple[Callable[[Rig, Session], Finding], ...] = (
    i1_what_was_answered_is_done,
    i2_history_and_state_agree,
    i3_every_letter_once,
    i4_sent_is_signed,
    i5_every_limit_is_seen_once,
    i6_the_chain_is_whole,
    i7_files_and_rows_agree,
    i8_nothing_hangs,
    i9_failures_have_a_mark_and_secrets_stay,
)


def findings(rig: Rig) -> list[str]:
    """Return everything that is wrong with what a fault has left behind."""
    with rig.reading() as session:
        return [wrong for holds in INVARIANTS for wrong in holds(rig, session)]
