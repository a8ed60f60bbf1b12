"""Who acts for whom: Plt., Plh., a.n., u.b. and leave, each with its period and its order.

Periods are judged by the date whenever somebody asks; nothing has to happen when one begins or
ends. Sentences name a lane by the field they stand at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.people import access, logins
from kimweb.people.models import (
    ACTING,
    AN,
    DEFINITIVE,
    ON_BEHALF,
    PLH,
    PLT,
    UB,
    Absence,
    Holding,
    Person,
)

KINDS = ("Cuti tahunan", "Cuti sakit", "Cuti lainnya", "Dinas luar", "Pendidikan dan pelatihan")
# Chosen in the place of a substitute: the lane is left empty, and superiors hear of it.
NOBODY = "kosong"
LONGEST = timedelta(days=730)
# a.n. is one rank below the post, u.b. two.
RANKS_BELOW = {AN: 1, UB: 2}

Period = TypeVar("Period", Holding, Absence)


@dataclass(frozen=True, slots=True)
class Leave:
    """An absence as somebody enters it; `substitutes` are account numbers by lane, or NOBODY."""

    person: Person
    kind: str
    starts_on: date
    ends_on: date
    decree: str
    substitutes: Mapping[str, str]
    order: str
    ordered_on: date | None


def against_holding(session: Session, person: Person, holding: Holding) -> dict[str, str]:
    """Return what speaks against letting `person` hold this lane in this period, by field."""
    wrong = _order_wanted(holding)
    if own := _first(_of_lane(session, holding), lambda other: other.person_id == person.id):
        wrong["lane"] = f"{person.name} sudah memegang jabatan ini pada {_words(own)}."
    elif holding.capacity in ACTING:
        wrong |= _against_acting(session, holding, instead_of=None)
    elif holding.capacity in ON_BEHALF:
        wrong |= _against_on_behalf(person, holding)
    if away := _first(person.absences, lambda absence: _meet(absence, holding)):
        wrong["starts_on"] = f"{person.name} sendiri tidak ada ({away.kind}) pada {_words(away)}."
    return wrong


def against_leave(session: Session, leave: Leave) -> dict[str, str]:
    """Return what speaks against this absence and its substitutes, by field."""
    wrong = {}
    if leave.kind not in KINDS:
        wrong["kind"] = "Pilih alasan tidak masuk."
    if leave.ends_on < leave.starts_on:
        return wrong | {"ends_on": "Tanggal berakhir tidak boleh sebelum tanggal mulai."}
    if leave.ends_on - leave.starts_on > LONGEST:
        return wrong | {"ends_on": "Paling lama dua tahun. Sesudah itu catat yang baru."}
    if other := _first(leave.person.absences, lambda absence: _meet(absence, leave)):
        wrong["starts_on"] = f"Sudah tercatat {other.kind.lower()} pada {_words(other)}."
    chosen = {lane for lane, who in leave.substitutes.items() if who}
    for lane in sorted({*chosen, *_lanes_left(session, leave)}):
        if reason := _against_substitute(session, leave, lane):
            wrong[f"substitute-{lane}"] = reason
    if any(leave.substitutes[lane] != NOBODY for lane in chosen):
        wrong |= _order_wanted(_substitute(leave, "", leave.person))
    return wrong


def hold(session: Session, person: Person, holding: Holding, by: Person, now: datetime) -> None:
    """Let `person` hold a lane, as `by` recorded it; logins made before do not gain the lane."""
    holding.recorded_by, holding.recorded_at = by.id, now
    person.holdings.append(holding)
    logins.end_all(session, person)
    _tell(session, person, [holding.lane])


def record_leave(session: Session, leave: Leave, by: Person, now: datetime) -> Absence:
    """Write down an absence together with its substitutes; both were checked before."""
    absence = Absence(
        kind=leave.kind,
        starts_on=leave.starts_on,
        ends_on=leave.ends_on,
        decree=leave.decree,
        recorded_by=by.id,
        recorded_at=now,
    )
    leave.person.absences.append(absence)
    session.flush()
    for lane, chosen in leave.substitutes.items():
        if chosen not in ("", NOBODY):
            person = session.get_one(Person, int(chosen))
            substitute = _substitute(leave, lane, person)
            substitute.absence_id = absence.id
            hold(session, person, substitute, by, now)
    _tell(session, leave.person, [held.lane for held in leave.person.holdings])
    return absence


def end_leave(session: Session, absence: Absence, last_day: date) -> None:
    """Let an absence end with `last_day`, and its substitutes with it; one not begun is undone."""
    person = absence.person
    for substitute in list(absence.substitutes):
        _tell(session, substitute.person, [substitute.lane])
        _shorten(session, substitute, last_day, substitute.person.holdings)
    session.flush()
    _shorten(session, absence, last_day, person.absences)
    _tell(session, person, [held.lane for held in person.holdings])


def current_and_coming(session: Session, today: date) -> tuple[list[Absence], list[Holding]]:
    """Return the absences, and the holdings of acting officials, that are not over yet."""
    absences = select(Absence).where(Absence.ends_on >= today).order_by(Absence.starts_on)
    acting = (
        select(Holding)
        .where(Holding.capacity != DEFINITIVE, _ends_from(today))
        .order_by(Holding.starts_on, Holding.id)
    )
    return list(session.scalars(absences)), list(session.scalars(acting))


def _order_wanted(holding: Holding) -> dict[str, str]:
    if holding.capacity == DEFINITIVE:
        return {}
    wrong = {}
    if holding.ends_on is None:
        wrong["ends_on"] = f"{holding.capacity} selalu berjangka: isi tanggal berakhirnya."
    if not holding.decree:
        wrong["decree"] = "Isi nomor surat perintahnya."
    if holding.decree_on is None:
        wrong["decree_on"] = "Isi tanggal surat perintahnya."
    elif holding.decree_on > holding.starts_on:
        wrong["decree_on"] = "Surat perintah harus terbit paling lambat pada hari pertama."
    return wrong


def _against_acting(
    session: Session, holding: Holding, instead_of: Person | None
) -> dict[str, str]:
    others = [other for other in _of_lane(session, holding) if other.person is not instead_of]
    if acting := _first(others, lambda other: other.capacity in ACTING):
        return {"lane": f"Sudah ada {acting.capacity} {acting.person.name}, {_words(acting)}."}
    definitive = _first(others, lambda other: other.capacity == DEFINITIVE)
    if holding.capacity == PLT and definitive:
        return {
            "capacity": f"Jabatan ini masih dipegang {definitive.person.name}. Plt. hanya untuk "
            "jabatan yang kosong; pilih Plh. bila pejabatnya berhalangan."
        }
    if holding.capacity == PLH and not definitive and instead_of is None:
        return {"capacity": "Jabatan ini kosong pada masa itu. Pilih Plt."}
    return {}


def _against_on_behalf(person: Person, holding: Holding) -> dict[str, str]:
    own = access.own_lane(person, holding.starts_on)
    below, at = RANKS_BELOW[holding.capacity], own
    for _ in range(below):
        at = access.superior_of(at) if at else None
    if at == holding.lane:
        return {}
    ranks = "satu tingkat" if below == 1 else "dua tingkat"
    return {
        "capacity": f"{holding.capacity} hanya untuk pejabat {ranks} di bawah jabatan ini. "
        "Pilih orang atau sebutan lain."
    }


def _against_substitute(session: Session, leave: Leave, lane: str) -> str | None:
    chosen = leave.substitutes.get(lane, "")
    if chosen == NOBODY:
        return None
    person = session.get(Person, int(chosen)) if chosen.isdecimal() else None
    if person is None or not person.is_active or person is leave.person:
        return "Pilih siapa yang menggantikan, atau nyatakan jabatan ini dibiarkan kosong."
    if away := _first(person.absences, lambda absence: _meet(absence, leave)):
        return (
            f"{person.name} sendiri tidak ada ({away.kind}) pada {_words(away)}. Pilih yang lain."
        )
    holding = _substitute(leave, lane, person)
    if own := _first(_of_lane(session, holding), lambda other: other.person_id == person.id):
        return f"{person.name} sudah memegang jabatan ini pada {_words(own)}. Pilih yang lain."
    return _against_acting(session, holding, instead_of=leave.person).get("lane")


def _substitute(leave: Leave, lane: str, person: Person) -> Holding:
    return Holding(
        person_id=person.id,
        lane=lane,
        capacity=PLH,
        starts_on=leave.starts_on,
        ends_on=leave.ends_on,
        decree=leave.order,
        decree_on=leave.ordered_on,
    )


def _of_lane(session: Session, holding: Holding) -> list[Holding]:
    """Return who else holds the lane of `holding` on some day of its period."""
    query = select(Holding).where(Holding.lane == holding.lane).order_by(Holding.id)
    held = (other for other in session.scalars(query) if _meet(other, holding))
    return [other for other in held if other.person.is_active]


def _lanes_left(session: Session, leave: Leave) -> list[str]:
    """Return the lanes that would have nobody on some day of the absence."""
    lanes = {held.lane for held in leave.person.holdings if _meet(held, leave)}
    return [lane for lane in lanes if not _always_held(session, lane, leave)]


def _always_held(session: Session, lane: str, leave: Leave) -> bool:
    others = _of_lane(session, _substitute(leave, lane, leave.person))
    others = [held for held in others if held.person is not leave.person]
    days = range((leave.ends_on - leave.starts_on).days + 1)
    return all(_is_held(others, leave.starts_on + timedelta(days=n)) for n in days)


def _is_held(among: Iterable[Holding], on: date) -> bool:
    return any(access.covers(held, on) and not access.absence_of(held.person, on) for held in among)


def _shorten(session: Session, period: Period, last_day: date, among: list[Period]) -> None:
    if period.starts_on > last_day:
        among.remove(period)
        session.delete(period)
    else:
        period.ends_on = min(last_day, period.ends_on or last_day)


def _first(items: Iterable[Period], wanted: Callable[[Period], bool]) -> Period | None:
    return next((item for item in items if wanted(item)), None)


def _meet(one: Holding | Absence, other: Holding | Absence | Leave) -> bool:
    begins_before_the_end = other.ends_on is None or one.starts_on <= other.ends_on
    return begins_before_the_end and (one.ends_on is None or other.starts_on <= one.ends_on)


def _ends_from(day: date) -> ColumnElement[bool]:
    return or_(Holding.ends_on.is_(None), Holding.ends_on >= day)


def _words(period: Holding | Absence) -> str:
    until = f"{period.ends_on:%d-%m-%Y}" if period.ends_on else "seterusnya"
    return f"{period.starts_on:%d-%m-%Y} sampai {until}"


def _tell(session: Session, person: Person, lanes: Iterable[str]) -> None:
    topics = {f"person:{person.id}", *(f"lane:{lane}" for lane in lanes)}
    bell.after_commit(session, topics=topics)
