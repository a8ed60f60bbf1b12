"""A line to a server far away, in a process of its own: every byte arrives later, none is lost.

`python -m tests.bench.far PORT SECONDS` prints its own port and passes everything on to PORT,
SECONDS later each way, however much is under way at once.
"""

from __future__ import annotations

import asyncio
import sys

CHUNK_BYTES = 256 * 1024


async def serve(target: int, seconds: float) -> None:
    """Carry lines until the input ends."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_way(reader, away, seconds), _way(there, writer, seconds))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
    await asyncio.to_thread(sys.stdin.read)


async def _way(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.create_task(_arrive(under_way, sink))
    data = b"-"
    while data:
        data = await source.read(CHUNK_BYTES)
        under_way.put_nowait((asyncio.get_running_loop().time() + seconds, data))
    await arriving


async def _arrive(
    under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
) -> None:
    while True:
        at, data = await under_way.get()
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        if not data:
            sink.close()
            return
        sink.write(data)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
