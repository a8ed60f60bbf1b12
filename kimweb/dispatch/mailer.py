"""SMTP, verb by verb: the only place that opens a line to a mail server.

One recipient per transaction, because a server's answer then concerns exactly one letter. What
matters is how far the talk came: before the final dot nothing was accepted; after it, a missing
answer means that nobody knows (RFC 1047), and that is an outcome of its own. A line is kept open
over many messages.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import time
from collections.abc import Callable

from kimweb.dispatch.failures import (
    Doubtful,
    LineDown,
    Refused,
    TryLater,
    Unknown,
    judged,
    reason,
    shuts_us_out,
    spoken,
)
from kimweb.dispatch.servers import STARTTLS, TLS, Server

VERB_SECONDS = 30
# A worker that was frozen for so long may have been overtaken: it does not send the dot any more.
FROZEN_SECONDS = 20
DOT_SECONDS = 600  # RFC 5321, 4.5.3.2.6: the receiver may take this long after the final dot
ALIVE_SECONDS = 10  # how often a sender that waits says so, well inside its lease
CHUNK_BYTES = 64 * 1024
# A server that answers at once and a message that is sent at once leave no time for other things.
QUICK_SECONDS = 0.001
SMALL_BYTES = 1024 * 1024
CLOSING = 421

BROKEN = (OSError, smtplib.SMTPException)


class Session:
    """A line to the mail server, opened when first needed and kept for the next message."""

    def __init__(self, server: Server, hostname: str, *, dot_seconds: float | None = None) -> None:
        self._server = server
        self._hostname = hostname
        self._dot_seconds = dot_seconds
        self._line: smtplib.SMTP | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self._line is not None:
            try:
                self._line.quit()
            except BROKEN:
                self._drop()

    def send(
        self,
        sender: str,
        recipient: str,
        body: bytes,
        *,
        before_dot: Callable[[], None],
        alive: Callable[[], None],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> str:
        """Hand `body` over from and to these addresses; return the server's reply.

        Raises TryLater, Refused or Unknown. `meanwhile` is called while the server thinks about
        the addresses, unless it answers at once. `before_dot` is called when everything but the
        final dot is sent; when it raises, the message is certainly not accepted. `alive` is called
        every now and then while waiting.
        """
        self._announce(sender, recipient, len(body), meanwhile)
        line = self.open()
        try:
            _feed(line, body, alive)
            began = time.monotonic()
            before_dot()
            if time.monotonic() - began > FROZEN_SECONDS:
                raise TryLater("Pengirim sempat terhenti; surat belum diserahkan.")
            if _speaks(line, 0):  # closed, or an answer that cannot be a yes
                raise judged(*line.getreply())
        except BROKEN as cut:
            self._drop()
            raise Doubtful(f"Sambungan terputus sebelum selesai: {reason(cut)}.") from cut
        except BaseException:
            self._drop()
            raise
        return self._finish(line, alive)

    def open(self) -> smtplib.SMTP:
        """Return the line, opened and logged in; LineDown when that is not possible."""
        if self._line is None:
            try:
                self._line = _connect(self._server, self._hostname)
            except BROKEN as failure:
                where = f"{self._server.host}:{self._server.port}"
                words = f"Server surat {where} tidak dapat dipakai: {reason(failure)}."
                raise LineDown(words) from failure
        return self._line

    def check(self, address: str) -> str:
        """Ask whether the server would take mail from `address`, without sending any.

        Returns its reply; raises LineDown, TryLater or Refused.
        """
        line = self.open()
        try:
            code, text = line.mail(address)
        except BROKEN as cut:
            raise self._cut(cut) from cut
        self._rewind(line)
        if code // 100 != 2:
            raise self._turned_away(code, text)
        return spoken(code, text)

    def _announce(
        self, sender: str, recipient: str, size: int, meanwhile: Callable[[], None]
    ) -> None:
        """Name sender and recipient and ask to send.

        A server may have closed a line that waited too long or carried enough messages: a line
        that was open before is opened anew, once.
        """
        if self._line is not None:
            try:
                self._ask(self._line, sender, recipient, size, meanwhile)
            except (LineDown, Doubtful):
                if self._line is not None:  # it lives, and this is its answer
                    raise
            else:
                return
        self._ask(self.open(), sender, recipient, size, meanwhile)

    def _ask(
        self,
        line: smtplib.SMTP,
        sender: str,
        recipient: str,
        size: int,
        meanwhile: Callable[[], None],
    ) -> None:
        """Say MAIL, RCPT and DATA, in one breath where the server allows it (RFC 2920)."""
        named = False
        options = f" size={size}" if line.has_extn("size") else ""
        verbs = [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"]
        at_once = line.has_extn("pipelining")
        try:
            line.send("".join(f"{verb}\r\n" for verb in (verbs if at_once else verbs[:1])))
            if size > SMALL_BYTES or not _speaks(line, QUICK_SECONDS):
                meanwhile()
            code, text = line.getreply()
            named = code // 100 == 2
            if at_once:
                answers = [(code, text), line.getreply(), line.getreply()]
            else:
                answers = [(code, text)]
                for verb in verbs[1:]:
                    if answers[-1][0] // 100 == 2:
                        answers.append(line.docmd(verb))
        except BROKEN as cut:
            raise self._cut(cut, named=named) from cut
        self._agree(line, answers)

    def _agree(self, line: smtplib.SMTP, answers: list[tuple[int, bytes]]) -> None:
        """Go on when the server asks for the message; else leave the transaction and say why."""
        refused = [answer for answer in answers[:2] if answer[0] // 100 != 2]
        code, text = (refused or answers)[0 if refused else -1]
        if code // 100 == 3 and len(answers) == 3:
            return
        named = answers[0][0] // 100 == 2
        if code == CLOSING or code // 100 not in (4, 5):
            self._drop()
            words = spoken(code, text)
            raise Doubtful(words) if named else LineDown(words)
        if answers[-1][0] // 100 == 3:  # it asks for a message that is for nobody
            self._call_off(line)
        self._rewind(line)
        raise judged(code, text) if named else self._turned_away(code, text)

    def _call_off(self, line: smtplib.SMTP) -> None:
        """End a message that nobody is named for, as RFC 2920, 3.1 asks."""
        try:
            line.send(b".\r\n")
            line.getreply()
        except BROKEN:
            self._drop()

    def _cut(self, cut: Exception, *, named: bool = False) -> LineDown | Doubtful:
        """Drop the broken line; who is to blame is open once the recipient was named."""
        self._drop()
        words = f"Sambungan ke server surat terputus: {reason(cut)}."
        return Doubtful(words) if named else LineDown(words)

    def _turned_away(self, code: int, text: bytes) -> LineDown | TryLater | Refused:
        return LineDown(spoken(code, text)) if shuts_us_out(code, text) else judged(code, text)

    def _rewind(self, line: smtplib.SMTP) -> None:
        """Leave the refused transaction behind, so that the line can carry the next one."""
        try:
            line.rset()
        except BROKEN:
            self._drop()

    def _finish(self, line: smtplib.SMTP, alive: Callable[[], None]) -> str:
        """Send the final dot and wait for the answer."""
        try:
            line.send(b".\r\n")
            _wait(line, alive, self._dot_seconds or DOT_SECONDS)
            code, text = line.getreply()
        except BROKEN as cut:
            self._drop()
            raise Unknown(f"Surat sudah diserahkan, jawaban tidak ada: {reason(cut)}.") from cut
        except BaseException:
            self._drop()
            raise
        if code // 100 == 2:
            return spoken(code, text)
        if code == CLOSING or code // 100 not in (4, 5):
            self._drop()
        else:
            self._rewind(line)
        if code // 100 not in (4, 5):
            raise Unknown(f"Surat sudah diserahkan, jawaban tidak jelas: {spoken(code, text)}")
        raise judged(code, text)

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _connect(server: Server, hostname: str) -> smtplib.SMTP:
    where = (server.host, server.port, hostname)
    if server.scheme == TLS:
        trust = ssl.create_default_context()
        line: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=VERB_SECONDS, context=trust)
    else:
        line = smtplib.SMTP(*where, timeout=VERB_SECONDS)
    try:
        # The final dot is a packet of its own; Nagle's algorithm would hold it back for 40 ms.
        assert line.sock is not None
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.ehlo_or_helo_if_needed()
        if server.scheme == STARTTLS:
            line.starttls(context=ssl.create_default_context())
            line.ehlo_or_helo_if_needed()
        if server.user:
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line


def _feed(line: smtplib.SMTP, body: bytes, alive: Callable[[], None]) -> None:
    """Send the body without its final dot, dots at line starts doubled (RFC 5321, 4.5.2).

    In pieces, because a socket's timeout covers the whole of one call.
    """
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    told = time.monotonic()
    for start in range(0, len(stuffed), CHUNK_BYTES):
        line.send(stuffed[start : start + CHUNK_BYTES])
        if time.monotonic() - told > ALIVE_SECONDS:
            alive()
            told = time.monotonic()


def _wait(line: smtplib.SMTP, alive: Callable[[], None], seconds: float) -> None:
    """Wait up to `seconds` until the server says something."""
    end = time.monotonic() + seconds
    while not _speaks(line, ALIVE_SECONDS):
        if time.monotonic() >= end:
            raise TimeoutError
        alive()


def _speaks(line: smtplib.SMTP, seconds: float) -> bool:
    sock = line.sock
    assert sock is not None
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    ready, _, _ = select.select([sock], [], [], seconds)
    return bool(ready)
