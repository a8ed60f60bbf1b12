"""A mail server that keeps what it accepts and fails as it is told, at every verb.

It speaks real SMTP on a port of its own, so workers in other processes can use it too.
Moments at which it can be told to answer, drop the line or wait: CONNECT, EHLO, MAIL, RCPT, DATA,
BODY (in the middle of the message), DOT (the whole message came, nothing is kept) and, for
dropping and waiting only, KEPT (the message is kept, the answer is not given yet).
"""
# ruff: noqa: N802 - the names of the verbs are those that aiosmtpd calls

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
import warnings
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

FOREVER = 10**9


@dataclass(frozen=True)
class Received:
    """One accepted mail: for whom, from whom, and its bytes as they came."""

    recipient: str
    sender: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        mail = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return mail


@dataclass
class Order:
    """What to do at a moment: answer `reply`, wait `seconds`, or with neither drop the line."""

    moment: str
    times: int
    to: str = ""
    reply: str = ""
    seconds: float = 0.0


class Sink:
    """The server; use as a context manager, `url` is its address."""

    def __init__(
        self,
        *,
        scheme: str = "smtp",
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
        pipelining: bool = False,
    ) -> None:
        self.pipelining = pipelining
        self.scheme = scheme
        self.received: list[Received] = []
        self.connections = 0
        self.obeyed: Counter[str] = Counter()
        self._tls = tls
        self._login = login
        self._orders: list[Order] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()

    def answer(self, moment: str, reply: str, *, times: int = 1, to: str = "") -> None:
        """Answer `reply` at `moment` the next `times`, only for the recipient `to` if given."""
        self._orders.append(Order(moment, times, to, reply=reply))

    def drop(self, moment: str, *, times: int = 1, to: str = "") -> None:
        """Close the line at `moment`."""
        self._orders.append(Order(moment, times, to))

    def wait(self, moment: str, seconds: float, *, times: int = 1, to: str = "") -> None:
        """Stay silent for `seconds` at `moment`, then go on."""
        self._orders.append(Order(moment, times, to, seconds=seconds))

    def copies(self) -> Counter[str]:
        """Count the accepted mails by recipient."""
        return Counter(each.recipient for each in self.received)

    @property
    def url(self) -> str:
        user = "{}:{}@".format(*self._login) if self._login else ""
        return f"{self.scheme}://{user}localhost:{self.port}"

    def __enter__(self) -> Sink:
        implicit = self._tls if self.scheme == "smtps" else None
        serving = self._loop.create_server(lambda: _Talk(self), "127.0.0.1", 0, ssl=implicit)
        self._server = self._loop.run_until_complete(serving)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join()
        self._loop.close()

    def _stop(self) -> None:
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_soon(self._loop.stop)

    def next_order(self, moment: str, recipient: str) -> Order | None:
        """Take the next order that fits; several lines ask at the same time."""
        with self._lock:
            for order in self._orders:
                if order.moment == moment and order.times and order.to in ("", recipient):
                    order.times -= 1
                    self.obeyed[moment] += 1
                    return order
        return None

    def options(self) -> dict[str, Any]:
        """Return how aiosmtpd has to talk here."""
        options: dict[str, Any] = {"hostname": "sink.contoh"}
        if self.scheme == "smtp+starttls":
            options |= {"tls_context": self._tls, "require_starttls": True}
        if self._login:
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            options |= {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": self.scheme == "smtp+starttls",
            }
        return options

    def _authenticate(self, *given: Any) -> AuthResult:
        credentials = given[-1]
        assert isinstance(credentials, LoginPassword)
        right = tuple(word.encode() for word in self._login or ())
        return AuthResult(success=(credentials.login, credentials.password) == right, handled=False)


class _Talk(SMTP):
    """One line to the sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        super().__init__(self, **sink.options())

    async def _handle_client(self) -> None:
        self._sink.connections += 1
        if not await self._told("CONNECT"):
            await super()._handle_client()
        else:
            self.transport.close()

    async def smtp_EHLO(self, arg: str) -> None:
        if not await self._told("EHLO"):
            await super().smtp_EHLO(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._told("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        if not await self._told("RCPT", arg.partition("<")[2].partition(">")[0]):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._told("DATA", self._recipient):
            return
        if order := self._sink.next_order("BODY", self._recipient):
            await self.push("354 go on")
            if order.reply:
                await self._reader.readline()
                await self.push(order.reply)
            # Without waiting for a line: on a slow machine the final dot could be here before.
            self.transport.close()
            return
        await super().smtp_DATA(arg)

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, said: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*said[:-1], "250-PIPELINING", said[-1]] if self._sink.pipelining else said

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        recipient = self._recipient
        if await self._told("DOT", recipient, quiet=True):
            return self._last_reply
        content = envelope.original_content
        assert content is not None
        self._sink.received.append(Received(recipient, envelope.mail_from or "", content))
        await self._told("KEPT", recipient)
        return f"250 2.0.0 queued as {len(self._sink.received):06d}"

    @property
    def _recipient(self) -> str:
        return self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""

    async def _told(self, moment: str, recipient: str = "", *, quiet: bool = False) -> bool:
        """Carry out the order for this moment; True when the server has nothing more to say."""
        order = self._sink.next_order(moment, recipient or self._recipient)
        if order is None:
            return False
        if order.seconds:
            await asyncio.sleep(order.seconds)
            return False
        if not order.reply:
            self.transport.abort()
            raise asyncio.CancelledError
        self._last_reply = order.reply
        if not quiet:
            await self.push(order.reply)
        return True
