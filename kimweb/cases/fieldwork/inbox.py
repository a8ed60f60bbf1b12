"""What phones send from the village, perhaps hours later and perhaps twice (SOP step 12).

Every entry carries a key that its phone made. The key is stored with what the entry did, in one
transaction, so an entry that is sent again is known again and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kimweb import clock
from kimweb.cases import attachments
from kimweb.cases.fieldwork import differing
from kimweb.cases.fieldwork.activity import activity_of, record_attendee, save_notes
from kimweb.cases.models import Activity, Case, FieldEntry, FieldRival
from kimweb.groups import register
from kimweb.groups.merging import together
from kimweb.groups.models import Group
from kimweb.people.models import Person

ATTENDEE, PHOTO = "attendee", "photo"
KINDS = (ATTENDEE, differing.NOTES, differing.GROUP, PHOTO)
KEY_LENGTH = range(16, 65)
NOTES = ("held_on", "place", "minutes", "decisions")
OFFICER = ("role", "name", "sex", "phone")
Rows = Sequence[Mapping[str, str]]
Problems = dict[str, str]


@dataclass(frozen=True)
class Sent:
    """One entry: what was typed, what the phone showed before (`began`), and its files.

    `taken` is a photo that was checked and is kept.
    """

    key: str
    kind: str
    typed: Mapping[str, str]
    began: Mapping[str, str] = field(default_factory=dict)
    officers: Rows = ()
    officers_began: Rows = ()
    taken: attachments.Taken | None = None


def is_known(session: Session, case: Case, key: str) -> bool:
    """Tell whether an entry with this key has been stored."""
    return session.get(FieldEntry, (case.id, key)) is not None


def receive(session: Session, case: Case, by: Person, sent: Sent) -> Problems:
    """Store one entry; an entry that is known does nothing.

    Returns a sentence per field that cannot be accepted, and then stores nothing. Raises
    pictures.Refused when the case has all the photos it can have.
    """
    if sent.kind not in KINDS or len(sent.key) not in KEY_LENGTH:
        return {"key": "Isian ini tidak utuh. Salin isinya, lalu tulis sekali lagi."}
    # The case's row is the lock: of two that send the same entry, the second finds it stored.
    session.get_one(Case, case.id, with_for_update=True)
    if is_known(session, case, sent.key):
        return {}
    if problems := _STORE[sent.kind](session, case, by, sent):
        return problems
    session.add(
        FieldEntry(case_id=case.id, key=sent.key, kind=sent.kind, person_id=by.id, at=clock.now())
    )
    session.flush()
    return {}


def decide(session: Session, case: Case, rival: FieldRival, verdict: str) -> Problems:
    """End the choice about a field: `use` the text that waits, `join` both, or `drop` it."""
    problems: Problems = {}
    if verdict != "drop":
        standing = _standing(session, case, rival.part)
        before = standing.get(rival.field, "")
        text = f"{before}\n{rival.text}" if verdict == "join" else rival.text
        problems = _save(session, case, rival.part, standing | {rival.field: text})
    if not problems:
        session.delete(rival)
        session.flush()
    return problems


def standing_text(session: Session, case: Case, rival: FieldRival) -> str:
    """Return what is stored in the field of a text that waits."""
    return _standing(session, case, rival.part).get(rival.field, "")


def _attendee(session: Session, case: Case, _by: Person, sent: Sent) -> Problems:
    return record_attendee(session, case, {**sent.typed, "key": sent.key})[1]


def _photo(session: Session, case: Case, by: Person, sent: Sent) -> Problems:
    if sent.taken is None:
        return {"file": "Fotonya tidak ikut terkirim. Ambil ulang, lalu kirim lagi."}
    photo = attachments.add(session, case, sent.taken, by)
    words = (sent.typed.get("caption", ""), sent.taken.caption)
    caption = ". ".join(part for part in words if part)
    wrong = attachments.describe(photo, caption) if caption else None
    return {"caption": wrong} if wrong else {}


def _record(session: Session, case: Case, by: Person, sent: Sent) -> Problems:
    """Notes or the group: what nobody else has changed is stored, what differs waits."""
    standing = _standing(session, case, sent.kind)
    typed, began = _tidy(sent.typed, standing), _tidy(sent.began, standing)
    if sent.kind == differing.GROUP:
        typed["officers"], began["officers"] = _lines(sent.officers), _lines(sent.officers_began)
    mine, undecided = together(standing, typed, began)
    problems = _save(session, case, sent.kind, standing | mine) if mine else {}
    if not problems:
        differing.keep(session, case, by, sent.kind, undecided)
    return problems


_STORE: dict[str, Callable[[Session, Case, Person, Sent], Problems]] = {
    ATTENDEE: _attendee,
    PHOTO: _photo,
    differing.NOTES: _record,
    differing.GROUP: _record,
}


def _standing(session: Session, case: Case, part: str) -> dict[str, str]:
    if part == differing.NOTES:
        record = activity_of(session, case) or Activity()
        return {name: _text(getattr(record, name)) for name in NOTES}
    return _group(register.of_case(session, case.id))


def _save(session: Session, case: Case, part: str, texts: Mapping[str, str]) -> Problems:
    if part == differing.NOTES:
        record = activity_of(session, case)
        return save_notes(session, case, texts, record.edit if record else 0)
    group = register.of_case(session, case.id)
    place = register.Place(case.id, case.district, case.village)
    edit = group.edit if group else 0
    return register.form(session, place, register.Typed(texts, _rows(texts["officers"]), edit))


def _group(group: Group | None) -> dict[str, str]:
    if group is None:
        return {**dict.fromkeys(("group_name", *register.FIELDS), ""), "officers": ""}
    officers = [{name: getattr(one, name) for name in OFFICER} for one in group.officers]
    return {
        "group_name": group.name,
        **{name: _text(getattr(group, name)) for name in register.FIELDS},
        "officers": _lines(officers),
    }


def _lines(rows: Rows) -> str:
    """Officers as text that people can compare: a line each, "Ketua | Abdul Kadir | L | 0812"."""
    cells = ([row.get(name, "").replace("|", "/").strip() for name in OFFICER] for row in rows)
    empty = ("", *register.CORE_ROLES)
    return "\n".join(" | ".join(row) for row in cells if any(row[1:]) or row[0] not in empty)


def _rows(lines: str) -> Rows:
    cells = ([cell.strip() for cell in line.split("|")] for line in lines.split("\n") if line)
    return [dict(zip(OFFICER, row, strict=True)) for row in cells]


def _tidy(typed: Mapping[str, str], standing: Mapping[str, str]) -> dict[str, str]:
    names = (name for name in standing if name in typed)
    return {name: typed[name].replace("\r\n", "\n").strip() for name in names}


def _text(value: object) -> str:
    return "" if value is None else str(value)
