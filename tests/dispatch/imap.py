"""A mailbox server that speaks as much IMAP (RFC 3501) as reading bounces needs."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Sequence

# Said before a refusal; no other answer is like it.
NO = b"* BAD\r\n"


class Inbox:
    """Serves `mails`, unread at first, to who logs in; `url` is its address."""

    def __init__(
        self,
        mails: Sequence[bytes],
        login: tuple[str, str],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.tls = tls
        self.unread = dict(enumerate(mails, 1))
        self.mails = dict(self.unread)
        self.login = login

    @property
    def url(self) -> str:
        scheme, port = "imaps" if self.tls else "imap", self._server.server_address[1]
        return "{}://{}:{}@localhost:{}/INBOX".format(scheme, *self.login, port)

    def __enter__(self) -> Inbox:
        inbox = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK siap\r\n")
                for line in self.rfile:
                    tag, _, command = line.decode().strip().partition(" ")
                    said = inbox.answer(command)
                    end = f"{tag} NO ditolak\r\n" if said == NO else f"{tag} OK selesai\r\n"
                    self.wfile.write(said + end.encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, command: str) -> bytes:
        """Return the untagged lines that answer `command`."""
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("LOGIN") and not all(word in command for word in self.login):
            return NO
        if command.startswith("SELECT"):
            if "INBOX" not in command:
                return NO
            return b"* %d EXISTS\r\n" % len(self.mails)
        if command.startswith("UID SEARCH UNSEEN"):
            return b"* SEARCH %s\r\n" % " ".join(map(str, self.unread)).encode()
        if found := re.match(r"UID FETCH (\d+)", command):
            number = int(found[1])
            mail = self.mails[number]
            return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, number, len(mail), mail)
        if found := re.match(r"UID STORE (\d+) \+FLAGS", command):
            self.unread.pop(int(found[1]), None)
        return b""
