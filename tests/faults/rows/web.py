"""Rows 1, 13, 14, 23, 24 and 34: the web dies, the database is away, many press at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
from sqlalchemy import func, select

from kimweb import db
from kimweb.cases.models import FORWARD, SEND_BACK, Attachment
from kimweb.commands import certificates, samples
from kimweb.commands.example import ACCOUNTS
from kimweb.commands.player import LETTER_KINDS
from kimweb.documents.models import Paraf, Signature
from kimweb.people import accounts
from tests.faults.browser import Answer, Browser
from tests.faults.harness import POSTGRESQL, SQLITE, Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for

SWEEP = "tasks.deadlines.sweep"
REASON = "Tanggal kegiatan keliru."
Ask = Callable[[Answer], Answer]


@row(1)
def web_dies_in_a_request(rig: Rig) -> None:
    """kill -9 of the web at 12 points of approve, return, dispatch, sign and upload."""
    with rig.reading():
        certificates.furnish_example()
    approve, sign, send, photo = (_cases(rig, at) for at in ((6, 5), (8, 4), (10, 2), (12, 1)))
    rig.start()
    kabid, kadis, staf, tim = map(rig.browser, ("kabid", "kadis", "staf", "tim"))
    for point in ("before_commit", "after_commit", "before_bell"):
        _dies(rig, kabid, next(approve), point, _deciding(rig, kabid, FORWARD))
    for point in ("before_commit", "before_bell"):
        back = _deciding(rig, kabid, SEND_BACK, to=5, note=REASON)
        _dies(rig, kabid, next(approve), point, back)
    for point in ("file_written", "file_kept", "before_commit", "before_bell"):
        phrase = next(a.passphrase for a in ACCOUNTS if a.username == "kadis")
        signing = _deciding(rig, kadis, FORWARD, passphrase=phrase)
        _dies(rig, kadis, next(sign), point, signing)
    for point in ("before_commit", "after_commit"):
        _dies(rig, staf, next(send), point, _dispatching(staf))
    _dies(rig, tim, next(photo), "file_kept", _uploading(tim))
    rig.quiet()
    with rig.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 1
        signed = 4 * len(LETTER_KINDS)
        with_certificate = select(func.count()).where(Signature.certificate_id.is_not(None))
        assert session.scalar(with_certificate) == signed
    # Signed files whose transaction died after the first, and after all of them: in no row, and
    # the same signature cannot be made a second time.
    rig.orphans = 1 + len(LETTER_KINDS)


def _cases(rig: Rig, wanted: tuple[int, int]) -> Iterator[int]:
    step, count = wanted
    return iter(rig.cases(count, at=step))


def _deciding(rig: Rig, by: Browser, verdict: str, **typed: object) -> Callable[[int], Ask]:
    return lambda case_id: lambda page: rig.decide(by, case_id, page, verdict, **typed)


def _dispatching(staf: Browser) -> Callable[[int], Ask]:
    return lambda case_id: (
        lambda page: staf.post(f"/cases/{case_id}/dispatches", page, stage=page.field("stage"))
    )


def _uploading(tim: Browser) -> Callable[[int], Ask]:
    photo = samples.photo().getvalue()
    return lambda case_id: (
        lambda page: tim.upload(
            f"/cases/{case_id}/attachments", page, "rapat.jpg", photo, purpose="photo"
        )
    )


def _dies(
    rig: Rig, browser: Browser, case_id: int, point: str, asking: Callable[[int], Ask]
) -> None:
    """Send a form; the web dies at `point`; the person sends the same form again."""
    page = browser.get(f"/cases/{case_id}")
    ask = asking(case_id)
    rig.arm("web", point)
    first = ask(page)
    rig.until_reached("web", point)
    assert first.status == 0, f"{point}: answered {first.status}"
    wait_for(rig.answers, 30, "the web comes back")
    again = ask(page)
    assert again.status in (303, 409), f"{point}: again answered {again.status}"
    before = rig.step_of(case_id)
    ask(page)
    assert rig.step_of(case_id) == before, f"{point}: the same form moved the case twice"


# ---- The database ---------------------------------------------------------------------------


@row(13, profiles=(POSTGRESQL,))
def database_dies_under_load(rig: Rig) -> None:
    """kill -9 of PostgreSQL with all its backends while people work; started again."""
    assert rig.stock.postgres
    cases = rig.cases(10, at=6)
    rig.start()
    with people_at_work(rig, cases) as answers:
        time.sleep(1)
        rig.stock.postgres.crash()
        time.sleep(3)
        rig.stock.postgres.start()
        wait_for(rig.answers, 15, "the web works again")
        _all_moved(rig, cases)
    assert {a.status for a in answers} <= {200, 303, 409, 503}, Counter(a.status for a in answers)
    assert any(a.status == 503 for a in answers), "nobody noticed"
    rig.quiet()


@row(14)
def database_is_locked(rig: Rig) -> None:
    """Another writer holds the database for 10 s."""
    (case_id,) = rig.cases(1, at=6)
    rig.start("redis", "web")
    kabid = rig.browser("kabid")
    page = kabid.get(f"/cases/{case_id}")
    with _locked(rig):
        refused = rig.decide(kabid, case_id, page, note="Sudah diperiksa.")
        assert refused.status == 503, refused.status
        assert 3 < refused.seconds < 8, refused.seconds
        if rig.profile == SQLITE:
            assert kabid.get(f"/cases/{case_id}").status == 200, "reading does not work"
    assert rig.decide(kabid, case_id, page, note="Sudah diperiksa.").status == 303


@contextmanager
def _locked(rig: Rig) -> Iterator[None]:
    url = rig.env["DATABASE_URL"]
    if rig.profile == SQLITE:
        with closing(
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE stage IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()


# ---- Many at once ---------------------------------------------------------------------------


@row(23)
def the_same_click_fifty_times(rig: Rig) -> None:
    """The same form 50 times at once, once more after going back, and once more the next day."""
    (case_id,) = rig.cases(1, at=6)
    rig.start("redis", "web")
    kabid = rig.browser("kabid")
    page = kabid.get(f"/cases/{case_id}")
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: rig.decide(kabid, case_id, page), range(50)))
    assert {a.status for a in answers} <= {303, 409}, Counter(a.status for a in answers)
    assert any(a.status == 303 for a in answers)
    rig.clock.move(hours=2)
    assert rig.decide(kabid, case_id, page).status in (303, 409)
    rig.clock.move(hours=22)
    assert rig.decide(kabid, case_id, page).status == 302, "the login has ended with the day"
    assert rig.step_of(case_id) == 7
    assert _live_parafs(rig) == {"kasi": 3, "kabid": 3}


def _live_parafs(rig: Rig) -> Counter[str]:
    with rig.reading() as session:
        lanes = session.scalars(select(Paraf.lane).where(Paraf.voided_at.is_(None)))
        return Counter(lanes)


@row(24)
def several_decide_at_once(rig: Rig) -> None:
    """Approve, return and the deadline's sweep in the same moment, 200 times."""
    cases = rig.cases(10, at=6)
    rig.start()
    seats = {5: rig.browser("kasi"), 6: rig.browser("kabid"), 7: rig.browser("sekdis")}
    with ThreadPoolExecutor(4) as pool:
        for turn in range(200):
            case_id = cases[turn % len(cases)]
            step = rig.step_of(case_id)
            assert step in seats, step
            if turn % 10 == 0:
                rig.clock.move(hours=3)
            _race(rig, seats[step], case_id, pool, RACES[step])
    rig.quiet()


# At each step who presses what; the work stays between steps 5 and 7.
RACES = {
    5: ((FORWARD, 0), (FORWARD, 0), (FORWARD, 0)),
    6: ((FORWARD, 0), (SEND_BACK, 5), (FORWARD, 0), (SEND_BACK, 5)),
    7: ((SEND_BACK, 6), (SEND_BACK, 5), (SEND_BACK, 6), (SEND_BACK, 5)),
}


def _race(
    rig: Rig,
    browser: Browser,
    case_id: int,
    pool: ThreadPoolExecutor,
    presses: Sequence[tuple[str, int]],
) -> None:
    """Let all press at once while the sweep runs; one wins, the others are told that it is done."""
    page = browser.get(f"/cases/{case_id}")
    rig.ring([SWEEP])

    def press(what: tuple[str, int]) -> int:
        verdict, to = what
        return rig.decide(browser, case_id, page, verdict, to=to, note=REASON).status

    said = Counter(pool.map(press, presses))
    assert said == {303: 1, 409: len(presses) - 1}, said


@row(34)
def who_may_changes_while_the_form_is_open(rig: Rig) -> None:
    """An account is disabled, and a lane goes to somebody else, while their forms are open."""
    first, second = rig.cases(2, at=6)
    rig.start("redis", "web")
    kabid = rig.browser("kabid")
    page, other = kabid.get(f"/cases/{first}"), kabid.get(f"/cases/{second}")
    with rig.reading(), db.writing() as session:
        person = accounts.find(session, "kabid")
        assert person
        for holding in person.holdings:
            accounts.end_holding(session, holding, rig.clock.now().date() - timedelta(days=1))
    assert rig.decide(kabid, first, page).status in (302, 403, 404)
    with rig.reading(), db.writing() as session:
        person = accounts.find(session, "kabid")
        assert person
        accounts.disable(session, person, rig.clock.now())
    answer = kabid.post(
        f"/cases/{second}/decisions", other, stage=other.field("stage"), verdict=FORWARD
    )
    assert answer.status in (302, 400, 401, 403), answer.status
    assert (rig.step_of(first), rig.step_of(second)) == (6, 6)


@contextmanager
def people_at_work(rig: Rig, cases: list[int], *, endless: bool = False) -> Iterator[list[Answer]]:
    """Kabid and Sekdis hand on whatever is on their desks until the block ends.

    Sekdis sends the work back to Kabid where it is to be `endless`.
    """
    over = threading.Event()
    seats = [(rig.browser("kabid"), FORWARD), (rig.browser("sekdis"), FORWARD)]
    if endless:
        seats[1] = (seats[1][0], SEND_BACK)

    def work(browser: Browser, verdict: str) -> None:
        while not over.is_set():
            for case_id in cases:
                page = browser.get(f"/cases/{case_id}")
                if page.status == 200 and 'name="verdict"' in page.text:
                    rig.decide(browser, case_id, page, verdict, to=6, note=REASON)
                time.sleep(0.02)

    workers = [threading.Thread(target=work, args=seat, daemon=True) for seat in seats]
    for worker in workers:
        worker.start()
    answers: list[Answer] = []
    try:
        yield answers
    finally:
        over.set()
        for worker in workers:
            worker.join()
        answers += [answer for browser, _ in seats for answer in browser.heard]


def _all_moved(rig: Rig, cases: list[int]) -> None:
    wait_for(lambda: all(rig.step_of(case_id) == 8 for case_id in cases), 30, "all cases moved on")
