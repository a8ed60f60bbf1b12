"""A line that can be slow, cut or half open: a TCP proxy between a part of the office and a server.

Half open means what a dead firewall does: connecting works, bytes vanish, nobody says goodbye.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

CHUNK_BYTES = 64 * 1024


class Proxy:
    """Passes bytes on to `target`, a port of this machine or a Unix socket; a context manager."""

    def __init__(self, target: int | Path, host: str = "127.0.0.1") -> None:
        self.delay = 0.0
        self._target, self._host = target, host
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._lines: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Proxy:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """End every line and refuse new ones."""
        self._do(self._close())

    def freeze(self) -> None:
        """Let every line, old and new, carry nothing more."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def heal(self) -> None:
        """Carry everything again, on the same port; what waited in a frozen line arrives now."""
        self._do(self._open())

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _open(self) -> None:
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, self._host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, away = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        both = {writer, away}
        self._lines |= both
        try:
            await asyncio.gather(self._pump(reader, away), self._pump(there, writer))
        finally:
            self._lines -= both
            for line in both:
                line.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection("127.0.0.1", self._target)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await self._flows.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                sink.write(data)
                await sink.drain()
        with suppress(OSError, RuntimeError):
            sink.write_eof()
