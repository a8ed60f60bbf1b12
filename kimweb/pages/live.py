"""Live desks: server-sent events carry a nudge, the page then fetches its own fragment.

One hub per web process: one thread listens to the bell, each open stream waits for topics of its
own. A stream carries `bell` events (a JSON list of topics) and `state` events ("on" while the
bell can be heard, else "off"); a comment every HEARTBEAT seconds shows that the line stands.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Iterator

from flask import Blueprint, Response, current_app, request

from kimweb import bell, db
from kimweb.pages.guard import me
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("live", __name__)
log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 20.0
# A stream ends now and then by itself: the browser comes back, and is asked again who it is.
LIFETIME_SECONDS = 900.0
# Each open stream holds one of the server's threads (config/gunicorn.py).
MOST_STREAMS = 40
BUSY_RETRY_SECONDS = 60
PAUSES = (0.5, 1.0, 2.0, 5.0)
ALL_CASES = "case:"


class Stream:
    """What one open stream still has to say. Topics that wait are said once, in one message."""

    def __init__(self, topics: frozenset[str], state: str) -> None:
        self._topics = topics
        self._waiting: set[str] = set()
        self._state: str | None = state
        self._is_over = False
        self._changed = threading.Condition()

    def ring(self, topics: list[str]) -> None:
        """Remember those of `topics` that concern this stream."""
        mine = {t for t in topics if t in self._topics or t.startswith(ALL_CASES)}
        if mine:
            with self._changed:
                self._waiting |= mine
                self._changed.notify()

    def tell(self, state: str) -> None:
        """Say whether the bell can be heard."""
        with self._changed:
            self._state = state
            self._changed.notify()

    def end(self) -> None:
        """Let the stream come to its end: its browser has opened another one."""
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def messages(self) -> Iterator[str]:
        """Yield what to send, for LIFETIME_SECONDS; a comment when there is nothing to say."""
        ends = time.monotonic() + LIFETIME_SECONDS
        yield "retry: 2000\n\n"
        while time.monotonic() < ends and not self._is_over:
            with self._changed:
                if not (self._waiting or self._state or self._is_over):
                    self._changed.wait(HEARTBEAT_SECONDS)
                topics, self._waiting = sorted(self._waiting), set()
                state, self._state = self._state, None
            if state:
                yield f"event: state\ndata: {state}\n\n"
            if topics:
                yield f"event: bell\ndata: {json.dumps(topics)}\n\n"
            if not (state or topics):
                yield ": \n\n"


class Hub:
    """All open streams of this process, and the one thread that listens for them."""

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None
        self._state = "off"

    def join(self, line: str, topics: frozenset[str]) -> Stream | None:
        """Return a new stream for `topics`; None when there are MOST_STREAMS already.

        It takes the place of the stream that the same `line` had: a browser that went to another
        page has left its old stream, which the server would notice only at the next heartbeat.
        """
        with self._lock:
            if before := self._streams.pop(line, None):
                before.end()
            if len(self._streams) >= MOST_STREAMS:
                return None
            stream = self._streams[line] = Stream(topics, self._state)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="bell", daemon=True)
                self._listener.start()
        return stream

    def leave(self, line: str, stream: Stream) -> None:
        """Forget a stream that was closed."""
        with self._lock:
            if self._streams.get(line) is stream:
                del self._streams[line]

    def count(self) -> int:
        """Return how many streams are open."""
        with self._lock:
            return len(self._streams)

    def ring(self, topics: list[str]) -> None:
        """Pass `topics` on to every stream they concern."""
        for stream in self._open():
            stream.ring(topics)

    def tell(self, state: str) -> None:
        """Tell every stream, now and later, whether the bell can be heard."""
        with self._lock:
            self._state = state
        for stream in self._open():
            stream.tell(state)

    def _open(self) -> list[Stream]:
        with self._lock:
            return list(self._streams.values())

    def _listen(self) -> None:
        failures = 0
        while self._is_wanted():
            try:
                for topics in _heard():
                    if not topics:
                        failures = 0
                        self.tell("on")
                    self.ring(topics)
            except Exception as failure:  # whatever Redis does, listening goes on
                if failures == 0:
                    log.warning("the bell cannot be heard: %s", failure)
                    self.tell("off")
            time.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    def _is_wanted(self) -> bool:
        """Tell whether to go on; when nobody is there the thread ends, a later join begins anew."""
        with self._lock:
            if not self._streams:
                self._listener, self._state = None, "off"
            return bool(self._streams)


class Unheard(Exception):
    """There is no bell to listen to."""


def _heard() -> Iterator[list[str]]:
    connected = bell.current()
    if connected is None:
        raise Unheard("no bell is connected")
    yield from connected.listen()


def hub() -> Hub:
    """Return the hub of this process."""
    found: Hub = current_app.extensions.setdefault("kimweb_hub", Hub())
    return found


@bp.get("/live")
def stream() -> Response:
    """Open the stream of whoever is logged in; 503 with Retry-After when there are enough."""
    person = me()
    lanes = access.lanes_of(person, shelf.today())
    topics = frozenset({f"person:{person.id}", *(f"lane:{lane}" for lane in lanes)})
    here = hub()
    line = f"{person.id} {request.args.get('line', '')[:64] or secrets.token_hex(8)}"
    opened = here.join(line, topics)
    db.session.remove()
    if opened is None:
        return Response("", 503, headers={"Retry-After": str(BUSY_RETRY_SECONDS)})
    response = Response(opened.messages(), mimetype="text/event-stream")
    # Proxies must hand on each message at once.
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: here.leave(line, opened))
    return response
