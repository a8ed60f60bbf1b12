"""Rows 4, 8 to 12 and 36: Redis dies, forgets, freezes, fills up or stays away."""

from __future__ import annotations

import json
import signal
import statistics
import time

import redis

from kimweb import claims
from kimweb.documents.models import Version
from tests.faults.browser import Browser
from tests.faults.harness import Rig
from tests.faults.matrix import row
from tests.faults.parts import wait_for

# Beat asks every 10 s whether anything is due; a web whose bell broke leaves it alone for 10 s.
RECOVERY_SECONDS = 15
NET_SECONDS = 30


@row(4)
def bell_is_lost_or_rings_twice(rig: Rig) -> None:
    """The web dies between its commit and the bell; then the bell rings a hundred times."""
    lost, doubled = rig.cases(2, at=5)
    rig.start("redis", *rig.workers, "beat", "web")
    kasi = rig.browser("kasi")
    page = kasi.get(f"/cases/{lost}")
    rig.arm("web", "before_bell")
    assert rig.decide(kasi, lost, page).status == 0
    rig.until_reached("web", "before_bell")
    waited = rig.quiet(NET_SECONDS, ring=False)
    assert waited <= NET_SECONDS, waited
    rig.hand_on(doubled)
    for _ in range(100):
        rig.ring()
    rig.quiet()


@row(8)
def redis_dies_five_times(rig: Rig) -> None:
    """kill -9 of Redis five times while people work."""
    cases = iter(rig.cases(5, at=3))
    rig.start("redis", *rig.workers, "beat", "web")
    kasi = rig.browser("kasi")
    for case_id in cases:
        with rig.reading():
            rig.player.work(case_id)
        page = kasi.get(f"/cases/{case_id}")
        rig.kill("redis")
        answer = rig.decide(kasi, case_id, page)
        assert answer.status == 303, answer.status
        assert answer.seconds < 3, f"the web waited {answer.seconds:.1f} s for Redis"
        rig.start("redis")
        # Without our own ringing: beat has to find its way back.
        waited = rig.quiet(60, ring=False)
        assert waited <= RECOVERY_SECONDS + 10, f"recovered after {waited:.1f} s"


@row(9)
def redis_forgets_everything(rig: Rig) -> None:
    """FLUSHALL with fifty messages and forty PDFs waiting."""
    cases = rig.cases(14, at=3)
    rig.start("redis", *rig.workers, "beat")
    for case_id in cases:
        with rig.reading():
            rig.player.work(case_id)
    _frozen(rig, "worker", signal.SIGSTOP)
    for case_id in cases:
        rig.hand_on(case_id)
    for _ in range(50):
        rig.ring()
    _client(rig).flushall()
    assert len(_waiting(rig)) >= 40
    _frozen(rig, "worker", signal.SIGCONT)
    rig.quiet(60, ring=False)


@row(10)
def redis_freezes(rig: Rig) -> None:
    """SIGSTOP of Redis for 30 s: nobody may notice on the pages."""
    cases = rig.cases(12, at=6)
    rig.start()
    kabid = rig.browser("kabid")
    before = [_visit(rig, kabid, case_id) for case_id in cases[:4] for _ in range(5)]
    _frozen(rig, "redis", signal.SIGSTOP)
    began = time.monotonic()
    during: list[float] = []
    while time.monotonic() - began < 30:
        during += [_visit(rig, kabid, case_id) for case_id in cases[4:]]
        if len(during) % 24 == 0 and cases[4:]:
            _move(rig, kabid, cases.pop())
        time.sleep(0.2)
    _frozen(rig, "redis", signal.SIGCONT)
    slow, usual = _p95(during), _p95(before)
    assert slow <= max(3 * usual, 0.5), f"p95 {slow:.3f} s, before {usual:.3f} s"
    rig.quiet(60)


@row(11)
def redis_is_full_or_wrong_or_empty(rig: Rig) -> None:
    """Redis takes nothing more, asks for another password, comes back empty: no move is refused."""
    full, locked, emptied = rig.cases(3, at=6)
    rig.start("redis", *rig.workers, "beat", "web")
    kabid = rig.browser("kabid")
    server = _client(rig)
    server.config_set("maxmemory", "1")
    _move(rig, kabid, full)
    server.config_set("maxmemory", "0")
    rig.quiet(60, ring=False)
    server.config_set("requirepass", "lain-sekali")
    server.client_kill_filter(skipme=True)
    _move(rig, kabid, locked)
    time.sleep(3)
    server.config_set("requirepass", "")
    rig.quiet(60, ring=False)
    rig.kill("redis")
    for file in (rig.folder / "redis").rglob("*"):
        if file.is_file():
            file.unlink()
    _move(rig, kabid, emptied)
    rig.start("redis")
    rig.quiet(60, ring=False)


@row(12)
def redis_stays_away(rig: Rig) -> None:
    """No Redis at all, from the start: everything works, more slowly, and the office says so."""
    (case_id,) = rig.cases(1, at=3)
    with rig.reading():
        rig.player.work(case_id)
    rig.start(*rig.workers, "beat", "web")
    kasi = rig.browser("kasi")
    _move(rig, kasi, case_id)
    health = json.loads(kasi.get("/healthz/live").text)
    assert (health["status"], health["redis"]) == ("degraded", False), health
    rig.quiet(60, ring=False)


@row(36)
def poison_in_the_queue(rig: Rig) -> None:
    """Unknown task, no JSON, pickle, 5 MB of nothing: the worker lives and goes on working."""
    (case_id,) = rig.cases(1, at=5)
    rig.start("redis", *rig.workers)
    wait_for(lambda: "celery@" in rig.parts["worker"].log(), 30, "the worker begins")
    server = _client(rig)
    for poison in POISONS:
        server.lpush("celery", poison)
    rig.hand_on(case_id)
    rig.quiet()
    assert rig.parts["worker"].runs
    # Once more: whoever took the poison is not a worker that hangs.
    rig.ring(["tasks.health.beat"])


def _message(task: str, body: str, content_type: str = "application/json") -> str:
    properties = {
        "correlation_id": "x",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": "x",
    }
    headers = {"lang": "py", "task": task, "id": "x", "argsrepr": "", "kwargsrepr": ""}
    return json.dumps(
        {
            "body": body,
            "content-encoding": "utf-8",
            "content-type": content_type,
            "headers": headers,
            "properties": properties,
        }
    )


POISONS = (
    _message("tasks.tidak.ada", "W1tdLCB7fSwge31d"),
    _message("tasks.dispatch.drain", "W1tdLCB7fSwge31d", "application/x-python-serialize"),
    _message("tasks.dispatch.drain", "bukan json"),
    _message("tasks.dispatch.drain", "QUJD" * 1_300_000),
)


def _move(rig: Rig, browser: Browser, case_id: int) -> None:
    answer = rig.decide(browser, case_id, browser.get(f"/cases/{case_id}"))
    assert answer.status == 303, answer.status


def _visit(rig: Rig, browser: Browser, case_id: int) -> float:
    answer = browser.get(f"/cases/{case_id}")
    assert answer.status == 200, answer.status
    return answer.seconds


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _frozen(rig: Rig, part: str, which: signal.Signals) -> None:
    rig.parts[part].signal(which)


def _client(rig: Rig) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(rig.redis_door))


def _waiting(rig: Rig) -> list[int]:
    with rig.reading() as session:
        waiting = Version.state.in_((claims.QUEUED, claims.RUNNING))
        return [version.id for version in session.query(Version).filter(waiting)]
