"""Live desks: server-sent events carry a nudge, the page then fetches its own fragment.

One hub per web process: one thread listens to the bell and writes to every open stream that it
concerns, so an open desk costs a socket and no thread (docs/decisions/0013). A stream carries
`bell` events (a JSON list of topics) and `state` events ("on" while the bell can be heard, else
"off"); a comment every HEARTBEAT seconds shows that the line stands.
"""

from __future__ import annotations

import json
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, request

from kimweb import bell, db
from kimweb.pages.guard import me
from kimweb.pages.tally import STREAMS, tally
from kimweb.people import access
from kimweb.sop import shelf

bp = Blueprint("live", __name__)
log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 20.0
# A stream ends now and then by itself: the browser comes back, and is asked again who it is.
LIFETIME_SECONDS = 900.0
# Each open stream holds a socket; config/gunicorn.py asks for so many and some.
MOST_STREAMS = 2_000
BUSY_RETRY_SECONDS = 60
PAUSES = (0.5, 1.0, 2.0, 5.0)
ALL_CASES = "case:"
RETRY, QUIET = "retry: 2000\n\n", ": \n\n"


class Stream:
    """What one open stream still has to say. Topics that wait are said once, in one message.

    Whoever has news writes it: over a socket taken from the server (`begin`), at once; through a
    server that lends none (`messages`), when its thread wakes up.
    """

    def __init__(self, topics: frozenset[str], state: str) -> None:
        self._topics = topics
        self._waiting: set[str] = set()
        self._state: str | None = state
        self._is_over = False
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        self._ends_at = time.monotonic() + LIFETIME_SECONDS

    def ring(self, topics: list[str]) -> None:
        """Remember those of `topics` that concern this stream."""
        mine = {t for t in topics if t in self._topics or t.startswith(ALL_CASES)}
        if mine:
            with self._changed:
                self._waiting |= mine
                self._say()

    def tell(self, state: str) -> None:
        """Say whether the bell can be heard."""
        with self._changed:
            self._state = state
            self._say()

    def end(self) -> None:
        """Let the stream come to its end: its browser has opened another one."""
        with self._changed:
            self._is_over = True
            self._say()

    def begin(self, taken: socket.socket, head: bytes) -> None:
        """Write over `taken` from now on, beginning with the head of the answer."""
        with self._changed:
            taken.setblocking(False)
            self._socket = taken
            self._write(head + RETRY.encode())
            self._say()

    def beat(self) -> bool:
        """Show that the line stands; tell whether it does, and may go on."""
        with self._changed:
            self._is_over |= time.monotonic() > self._ends_at
            if self._socket:
                self._write(QUIET.encode())
            return not self._is_over

    def messages(self) -> Iterator[str]:
        """Yield what to send, for LIFETIME_SECONDS; a comment when there is nothing to say."""
        yield RETRY
        while time.monotonic() < self._ends_at and not self._is_over:
            with self._changed:
                if not (self._waiting or self._state or self._is_over):
                    self._changed.wait(HEARTBEAT_SECONDS)
                said = list(self._news())
            yield from said or [QUIET]

    def _say(self) -> None:
        if self._socket:
            self._write("".join(self._news()).encode())
        else:
            self._changed.notify()

    def _news(self) -> Iterator[str]:
        topics, self._waiting = sorted(self._waiting), set()
        state, self._state = self._state, None
        if state:
            yield f"event: state\ndata: {state}\n\n"
        if topics:
            yield f"event: bell\ndata: {json.dumps(topics)}\n\n"

    def _write(self, text: bytes) -> None:
        """Send `text`; who has gone, or has read nothing for so long that all is full, is left."""
        assert self._socket
        try:
            self._is_over |= self._socket.send(text) < len(text)
        except OSError:
            self._is_over = True
        if self._is_over:
            self._socket.close()


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
            tally.put(STREAMS, len(self._streams))
            if self._listener is None:
                listener = threading.Thread(target=self._listen, name="bell", daemon=True)
                self._listener = listener
                listener.start()
                threading.Thread(
                    target=self._beat, args=(listener,), name="heart", daemon=True
                ).start()
        return stream

    def leave(self, line: str, stream: Stream) -> None:
        """Forget a stream that was closed."""
        with self._lock:
            if self._streams.get(line) is stream:
                del self._streams[line]
            tally.put(STREAMS, len(self._streams))

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

    def _beat(self, listener: threading.Thread) -> None:
        """Show on every line now and then that it stands, and forget those that do not."""
        while self._listener is listener:
            time.sleep(HEARTBEAT_SECONDS)
            with self._lock:
                lines = list(self._streams.items())
            for line, stream in lines:
                if not stream.beat():
                    self.leave(line, stream)

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
    response = Streaming(opened)
    # Proxies must hand on each message at once.
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: here.leave(line, opened))
    return response


class Streaming(Response):
    """An answer that has no end; on gunicorn it takes its socket along, and frees the thread."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream.messages(), mimetype="text/event-stream")
        self._stream = stream

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer over the server, or alone where the server lets its socket go."""
        lent = environ.get("gunicorn.socket")
        if type(lent) is not socket.socket:  # another server, or one that speaks TLS itself
            return super().__call__(environ, start)
        self._stream.begin(socket.socket(fileno=lent.detach()), self._head(environ))
        # By this gunicorn knows that there is nothing left for it to do (gthread.py, handle).
        raise StopIteration

    def _head(self, environ: dict[str, Any]) -> bytes:
        headers = self.get_wsgi_headers(environ)
        headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {HTTPStatus.OK.value} OK", *(f"{k}: {v}" for k, v in headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")
