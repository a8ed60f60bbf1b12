"""One office that is to be broken: its parts, its mail server, its clock, and who drives it.

The test process reads and prepares the same database through the office's own code; everything
that is under test happens in the real processes of `parts`.
"""

from __future__ import annotations

import mailbox
import os
import shutil
import signal
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from celery import Celery
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import settings as office_settings
from config.settings import ROOT, run_dir
from kimweb import bell, claims, clock, create_app, db
from kimweb.cases import moves, queries
from kimweb.cases.models import FORWARD, Archive
from kimweb.commands.example import ACCOUNTS
from kimweb.commands.player import Player
from kimweb.deadlines import heartbeats
from kimweb.dispatch.models import LETTER, QUEUED, SENDING, TRY_LATER, Message
from kimweb.documents import regions
from kimweb.documents.models import Version
from tasks import create_celery
from tests import servers
from tests.conftest import MONDAY_MORNING, furnish, settings_for
from tests.dispatch.sink import Order, Sink
from tests.faults.browser import Answer, Browser
from tests.faults.parts import Part, copy_source, office_parts, wait_for
from tests.faults.proxy import Proxy

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PROFILES = (SQLITE, POSTGRESQL)
SECRET = "kenari-rahasia-kantor-yang-tidak-boleh-tampak"
WORKS = ("tasks.documents.drain", "tasks.dispatch.drain", "tasks.archive.drain")
VILLAGE = regions.villages("74.01.25")[0].code
# Only a hang takes that long: what a row promises it measures on the office's own clock.
QUIET_SECONDS = 240
# Nothing has moved for so long: whoever held the rest is dead or waits for an hour to come.
STALL_SECONDS = 1.5
# A bundle may take that long on a busy machine: another would be made beside it for nothing.
BUNDLE_SECONDS = 15
# What was rung for when nothing was left has begun and ended by then.
CALM_SECONDS = 2.0
# Whoever has not shown life for so long will not: the bell is broken, or it is frozen.
LIFELESS_SECONDS = 20
# The parts that carry out tasks; each records its sign of life by the same name.
SIGNS_OF_LIFE = ("mailer", "worker")


class Stock:
    """Furnished databases to copy from, made when first asked for; a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="kf-"))
        self._file: Path | None = None
        self.postgres: servers.Postgres | None = None

    def __enter__(self) -> Stock:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self, profile: str, folder: Path) -> str:
        """Return the URL of a new furnished database for the office in `folder`."""
        return self._clone(folder.name) if profile == POSTGRESQL else self._copy(folder)

    def _copy(self, folder: Path) -> str:
        if self._file is None:
            furnish(settings_for(self._folder))
            self._file = self._folder / "kimweb.sqlite3"
        shutil.copy(self._file, folder / "kimweb.sqlite3")
        return f"sqlite:///{folder / 'kimweb.sqlite3'}"

    def _clone(self, name: str) -> str:
        if self.postgres is None:
            self.postgres = self._stack.enter_context(servers.postgres())
            url = self.postgres.database("furnished")
            furnish(settings_for(self._folder, DATABASE_URL=url))
        return self.postgres.database(name, template="furnished")


Left = Sequence[tuple[str, int, datetime | None]]
"""What is still to be done: kind, how many, when the next may go on."""


class Trap(Sink):
    """The mail server that can also do something to the office when it hears a verb."""

    def __init__(self) -> None:
        super().__init__()
        self._strikes: list[tuple[str, object]] = []

    def strike(self, moment: str, part: Part) -> None:
        """Kill `part` the next time `moment` comes; what the server heard, it keeps."""
        self._strikes.append((moment, part))

    def next_order(self, moment: str, recipient: str) -> Order | None:
        for strike in [s for s in self._strikes if s[0] == moment]:
            self._strikes.remove(strike)
            part = strike[1]
            assert isinstance(part, Part)
            part.signal(signal.SIGKILL)
            self.obeyed[moment] += 1
        return super().next_order(moment, recipient)


class Clock:
    """The office's clock, shared by its processes: the machine's, shifted by what a file says."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.landings: list[datetime] = []
        self.set(MONDAY_MORNING)

    def set(self, at: datetime) -> None:
        """Let it be `at` now."""
        # Noted first: a worker may read the new time before this process goes on.
        self.landings.append(at)
        self.shift(self.file, (at - datetime.now(UTC)).total_seconds())

    def move(self, **span: float) -> None:
        """Let time pass at once; what fell due meanwhile can only be noticed now."""
        self.set(self.now() + timedelta(**span))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text()))

    @staticmethod
    def shift(file: Path, seconds: float) -> None:
        """Write the shift so that no reader ever sees half of it."""
        new = file.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(file)


class Rig:
    """An office in `folder` with database, Redis, web, worker, beat and mail server of its own."""

    def __init__(self, folder: Path, profile: str, stock: Stock, source: Path) -> None:
        # A short form takes a few of the moments that a full run takes all of.
        self.short = False
        # A figure that a row wants to tell.
        self.note = ""
        self.folder, self.profile, self.stock, self.source = folder, profile, stock, source
        self.stack = ExitStack()
        self.browsers: list[Browser] = []
        # Files whose transaction died after they were kept; each row says how many it leaves.
        self.orphans = 0
        # What the office has said that it did: (case, stage, verdict).
        self.promised: list[tuple[int, int, str]] = []
        self.clock = Clock(folder / "clock")
        self.sink = self.stack.enter_context(Trap())
        self.smtp = self.stack.enter_context(Proxy(self.sink.port))
        self.redis_door = run_dir(folder) / "redis.sock"
        # Where the relay of this machine puts what comes back.
        self.returned = folder / "returned"
        mailbox.Maildir(self.returned, create=True)
        self.port = servers.free_port()
        self.env = {
            "SECRET_KEY": SECRET,
            "EXAMPLE_OFFICE": "1",
            "DATA_DIR": str(folder),
            "DATABASE_URL": stock.database(profile, folder),
            "PORT": str(self.port),
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "MAIL_RETURN": "kembali@kantor.invalid",
            "BOUNCES_URL": f"maildir://{self.returned}",
            "CLOCK_FILE": str(self.clock.file),
        }
        self.parts = office_parts(source, folder, self.env)
        for name, part in self.parts.items():
            part.env["FAILPOINTS"] = str(self._failpoints(name))
            self._failpoints(name).mkdir(parents=True)
        self._move_in()

    def _move_in(self) -> None:
        settings = office_settings.load(self.env)
        self.app = create_app(settings)
        self.celery: Celery = create_celery(self.app, settings)
        bell.connect(None)
        self.player = Player()

    def close(self) -> None:
        """Stop everything, leave the folder."""
        for part in self.parts.values():
            part.signal(signal.SIGCONT)
            part.kill()
        self.stack.close()
        with self.app.app_context():
            db.session.remove()
            db.engine().dispose()
        clock.use(None)

    # ---- The parts ----------------------------------------------------------------------

    @property
    def url(self) -> str:
        return self.env["BASE_URL"]

    def start(self, *names: str, **env: str) -> None:
        """Start parts that do not run, by default all but beat; wait until web and Redis answer."""
        for name in names or ("redis", *self.workers, "web"):
            if not self.parts[name].runs:
                self.parts[name].start(**env)
            if name == "redis":
                wait_for(self.redis_door.exists, 15, "Redis begins")
        if "web" in (names or ("web",)):
            wait_for(self.answers, 120, f"the web answers\n{self.parts['web'].log()[-2000:]}")
        self.clock.landings.append(self.clock.now())

    def source_of_its_own(self) -> Path:
        """Let every part run from a copy of the source that may be damaged; return the copy."""
        copy = self.folder / "source"
        if self.source == ROOT:
            copy.mkdir()
            copy_source(copy)
            for part in self.parts.values():
                part.source = copy
        return copy if self.source == ROOT else self.source

    def kill(self, *names: str) -> None:
        for name in names:
            self.parts[name].kill()

    def twin(self, name: str, **env: str) -> Part:
        """Enter a second process of the same part, not started yet, as `name`2."""
        part = self.parts[name]
        twin = Part(f"{name}2", list(part.command), part.source, self.folder / f"log/{name}2.log")
        twin.env = part.env | env
        self.parts[twin.name] = twin
        return twin

    @property
    def workers(self) -> list[str]:
        """Return the names of the parts that carry out tasks."""
        return [name for name in self.parts if name.startswith(("worker", "mailer"))]

    def answers(self) -> bool:
        """Tell whether the web answers."""
        try:
            urllib.request.urlopen(f"{self.url}/healthz/live", timeout=2).close()
        except OSError:
            return False
        return True

    # ---- Failpoints ---------------------------------------------------------------------

    def arm(self, part: str, point: str, passes: int = 1, fate: str = "SIGKILL") -> None:
        """Let the process of `part` that passes `point` as number `passes` meet its fate."""
        self._arm(part, point, ["" for _ in range(passes - 1)] + [fate])

    def arm_every(self, part: str, point: str, passes: int, fate: str = "SIGKILL") -> None:
        """Let the next `passes` processes of `part` that pass `point` all meet their fate."""
        self._arm(part, point, [fate] * passes)

    def disarm(self, part: str, point: str) -> int:
        """Take away what is still armed; return for how many passes it was."""
        left = [*self._failpoints(part).glob(f"{point}@*")]
        for file in left:
            file.unlink()
        return len(left)

    def _arm(self, part: str, point: str, fates: Sequence[str]) -> None:
        for turn, fate in enumerate(fates, start=1):
            file = self._failpoints(part) / f"{point}@{turn:04}"
            new = file.with_name(f".{file.name}")
            new.write_text(fate)
            new.replace(file)

    def until_reached(self, part: str, point: str, seconds: float = 30) -> None:
        """Wait until the armed point was passed; what it was armed for has then happened."""
        armed = self._failpoints(part)
        wait_for(lambda: not [*armed.glob(f"{point}@*")], seconds, f"{part} passes {point}")

    def _failpoints(self, part: str) -> Path:
        return self.folder / "failpoints" / part

    # ---- Driving it ---------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on the office's database, and its code in this process."""
        with self.app.app_context():
            try:
                yield db.session()
            finally:
                db.session.remove()

    def cases(self, count: int, *, at: int) -> list[int]:
        """Return the ids of `count` new cases, brought to step `at` in this process."""
        with self.reading():
            made = [self.player.open(f"Pembentukan KIM {n + 1}", VILLAGE) for n in range(count)]
            for case_id in made:
                self.player.play(case_id, until=at)
        return made

    def hand_on(self, case_id: int) -> None:
        """Do the step's work and hand it on in this process; what it orders, nobody does yet."""
        with self.reading(), db.writing() as session:
            stage = queries.open_stage(session, case_id)
            assert stage is not None
            by = self.player.holder(session, stage.lane)
            moves.forward(session, case_id, stage.id, by)

    def dispatch(self, case_id: int) -> None:
        """Send the letters of a case that stands at the dispatch, as whoever's turn it is."""
        with self.reading(), db.writing() as session:
            stage = queries.open_stage(session, case_id)
            assert stage is not None
            moves.dispatch(session, case_id, stage.id, self.player.holder(session, stage.lane))

    def decide(
        self, browser: Browser, case_id: int, page: Answer, verdict: str = FORWARD, **typed: object
    ) -> Answer:
        """Press the button on the `page` of a case; what the office says it did must hold."""
        stage = int(page.field("stage"))
        answer = browser.post(
            f"/cases/{case_id}/decisions", page, stage=stage, verdict=verdict, **typed
        )
        if answer.status == 303:
            self.promised.append((case_id, stage, verdict))
        return answer

    def step_of(self, case_id: int) -> int | None:
        """Return at which step a case stands, None when it is closed."""
        with self.reading() as session:
            stage = queries.open_stage(session, case_id)
            return stage.step if stage else None

    def letters(self, case_id: int) -> list[Message]:
        """Return the messages of a case that are letters, as they are now."""
        with self.reading() as session:
            mine = (Message.case_id == case_id, Message.policy == LETTER)
            found = session.scalars(select(Message).where(*mine).order_by(Message.id)).all()
            session.expunge_all()
            return list(found)

    def browser(self, username: str) -> Browser:
        """Return the browser of somebody who has logged in."""
        browser = Browser(self.url)
        self.browsers.append(browser)
        password = next(a.password for a in ACCOUNTS if a.username == username)
        return browser.login(username, password)

    def ring(self, tasks: Iterable[str] = WORKS) -> None:
        """Wake the workers, as the bell does; a Redis that is away hears nothing."""
        door = bell.Bell(f"unix://{self.redis_door}")
        door.ring(tasks, [])

    def quiet(self, seconds: float = QUIET_SECONDS, *, ring: bool = True) -> float:
        """Wait until no work is left, and return for how long.

        When nothing moves for a while though everybody lives, the clock is moved to the next lease
        or appointment.
        """
        began = changed = time.monotonic()
        before: object = None
        while now := self._left():
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not quiet within {seconds:g} s: {now}")
            still = time.monotonic() - changed
            if now != before:
                before, changed = now, time.monotonic()
            elif still > _patience(now) and (self._all_alive() or still > LIFELESS_SECONDS):
                self._skip(now)
                changed = time.monotonic()
            self._keep_alive()
            if ring:
                self.ring()
            time.sleep(0.25)
        return time.monotonic() - began

    def _all_alive(self) -> bool:
        """Tell whether whoever should work has done so since the clock moved or a part began.

        On a slow machine one may only be starting, and the clock must not run away from it.
        """
        since = self.clock.landings[-1]
        with self.reading() as session:
            last = heartbeats.last(session)
        alive = {name for name in SIGNS_OF_LIFE if name in last and last[name] >= since}
        missing = {name for name in SIGNS_OF_LIFE if self.parts[name].wanted} - alive
        if "worker" in missing:
            self.ring(["tasks.health.beat"])
        return not missing

    def _keep_alive(self) -> None:
        """Start again what has died by itself, as supervisord does."""
        for part in self.parts.values():
            if part.wanted and not part.runs:
                part.start()
                self.clock.landings.append(self.clock.now())

    def _skip(self, left: Left) -> None:
        ahead = [at for *_, at in left if at and at > self.clock.now()]
        if ahead:
            self.clock.set(min(ahead) + timedelta(seconds=1))
        else:  # what is due already waits for its channel to open again
            self.clock.move(minutes=5)

    def _left(self) -> Left:
        found = []
        with self.reading() as session:
            for row, states in (
                (Version, (claims.QUEUED, claims.RUNNING)),
                (Archive, (claims.QUEUED, claims.RUNNING)),
                (Message, (QUEUED, TRY_LATER, SENDING)),
            ):
                for state in states:
                    due = row.lease_until if state in (SENDING, claims.RUNNING) else row.try_at
                    query = select(func.count(), func.min(due)).where(row.state == state)
                    count, at = session.execute(query).one()
                    if count:
                        found.append((f"{row.__tablename__} {state}", count, at))
        return found

    def recover(self) -> None:
        """Start again whatever does not run, and wait until nothing is left to be done.

        The short form needs no web for that unless its row did.
        """
        self.start(*(("redis", *self.workers) if self.short else ()))
        self.quiet()
        self.rest()
        self.tidy()

    def rest(self) -> None:
        """Begin nothing new, and wait until what was rung for last has ended too."""
        self.kill(*(name for name in self.parts if name.startswith("beat")))
        calm_since = time.monotonic()
        while time.monotonic() - calm_since < CALM_SECONDS:
            if self._left():
                self.quiet()
                calm_since = time.monotonic()
            time.sleep(0.1)

    def tidy(self) -> None:
        """Let the hourly tidying find what killed writers have left, as if an hour had passed."""
        left = [*(self.folder / "files").glob("*/.new-*")]
        for file in left:
            os.utime(file, (0, 0))
        if left:
            self.ring(["tasks.documents.tidy"])
            wait_for(lambda: not any(file.exists() for file in left), 15, "the store is tidied")

    def logs(self) -> str:
        """Return everything that the parts have written."""
        return "".join(file.read_text(errors="replace") for file in self.log_files())

    def log_files(self) -> list[Path]:
        return sorted((self.folder / "log").glob("*.log"))


def _patience(left: Left) -> float:
    """Return the seconds in which something of `left` should move if somebody works on it."""
    is_bundling = any(kind == f"{Archive.__tablename__} {claims.RUNNING}" for kind, *_ in left)
    return BUNDLE_SECONDS if is_bundling else STALL_SECONDS


@contextmanager
def rig(profile: str, stock: Stock, source: Path = ROOT) -> Iterator[Rig]:
    """An office in a new folder, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="kf-"))
    made = Rig(folder, profile, stock, source)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)
