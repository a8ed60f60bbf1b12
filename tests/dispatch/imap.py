"""A mailbox server that speaks as much IMAP (RFC 3501) as reading bounces needs."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Sequence


class Inbox:
    """Serves `mails`, unread at first, to who logs in; `url` is its address."""

    def __init__(self, mails: Sequence[bytes], login: tuple[str, str]) -> None:
        self.unread = dict(enumerate(mails, 1))
        self.mails = dict(self.unread)
        self.login = login

    @property
    def url(self) -> str:
        return "imap://{}:{}@localhost:{}/INBOX".format(*self.login, self._server.server_address[1])

    def __enter__(self) -> Inbox:
        inbox = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK siap\r\n")
                for line in self.rfile:
                    tag, _, command = line.decode().strip().partition(" ")
                    self.wfile.write(inbox.answer(command) + f"{tag} OK selesai\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, command: str) -> bytes:
        """Return the untagged lines that answer `command`."""
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("LOGIN"):
            assert all(word in command for word in self.login)
        if command.startswith("SELECT"):
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
