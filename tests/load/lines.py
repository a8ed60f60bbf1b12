"""Many open lines of one reader: who hears something last, and when."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable


class Lines:
    """Sockets that wait for words; what comes is read, and its last bytes are remembered."""

    def __init__(self, sockets: Iterable[socket.socket]) -> None:
        self.sockets = list(sockets)
        self._waiting = selectors.DefaultSelector()
        for number, line in enumerate(self.sockets):
            line.setblocking(False)
            self._waiting.register(line, selectors.EVENT_READ, number)

    def hear(self, words: bytes, seconds: float) -> list[float]:
        """Return when (monotonic seconds) each line heard `words`; fewer where some did not."""
        heard: dict[int, float] = {}
        tails = [b""] * len(self.sockets)
        until = time.monotonic() + seconds
        while len(heard) < len(self.sockets) and (left := until - time.monotonic()) > 0:
            for key, _ in self._waiting.select(left):
                line = self.sockets[key.data]
                tails[key.data] = tails[key.data][-200:] + line.recv(1 << 16)
                if words in tails[key.data]:
                    heard.setdefault(key.data, time.monotonic())
        return sorted(heard.values())

    def close(self) -> None:
        """Leave every line."""
        self._waiting.close()
        for line in self.sockets:
            line.close()
