#!/usr/bin/env python3
"""Check the chain of evidence without the program: this one file and Python alone are enough.

    python3 verify.py FILE [--checkpoints FOLDER] [--key HEX ...]

FILE is the office's SQLite database, or what `flask audit export` wrote. FOLDER holds the signed
checkpoints as they were mailed; without them a chain that was cut or written anew looks whole.
HEX is the public key of the office, best from the first mail that brought it; an office that lost
its key and made another has two. Exit status 1: the chain
was tampered with; 2: it cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SEALED = (
    *("seq", "at", "actor", "capacity", "case_id", "stage_id"),
    *("action", "payload_digest", "prev"),
)
COLUMNS = (*SEALED, "hash", "salt", "payload")
CONFIRMED = ("at", "chain", "hash", "key", "seq")
BEGINNING = "0" * 64


class Finding(NamedTuple):
    """Something wrong at entry `seq`, in an Indonesian sentence."""

    seq: int
    text: str


class Checked(NamedTuple):
    """How many entries and checkpoints were looked at, and what is wrong with them."""

    entries: int
    checkpoints: int
    findings: list[Finding]


def check(
    entries: Iterable[dict[str, Any]],
    checkpoints: Sequence[dict[str, Any]],
    keys: Collection[str] = (),
) -> Checked:
    """Return every finding, in the order of the chain."""
    wanted = {point["seq"] for point in checkpoints}
    kept: dict[int, str] = {}
    findings: list[Finding] = []
    prev, last, first = BEGINNING, 0, ""
    for entry in entries:
        findings += _against(entry, prev, last)
        prev, last = entry["hash"], entry["seq"]
        first = first or prev
        if last in wanted:
            kept[last] = prev
    keys = keys or [point["key"] for point in checkpoints[:1]]
    for point in checkpoints:
        findings += _against_checkpoint(point, kept, last, first, keys)
    return Checked(last, len(checkpoints), sorted(findings))


def _against(entry: dict[str, Any], prev: str, last: int) -> Iterator[Finding]:
    seq = entry["seq"]
    if seq > last + 1:
        missing = f"{last + 1}" if seq == last + 2 else f"{last + 1} sampai {seq - 1}"
        yield Finding(last + 1, f"Catatan nomor {missing} hilang.")
    elif entry["prev"] != prev:
        yield Finding(seq, f"Catatan nomor {seq} tidak menyambung pada catatan sebelumnya.")
    if entry["hash"] != digest(canonical({name: entry[name] for name in SEALED})):
        yield Finding(seq, f"Catatan nomor {seq} diubah.")
    salt, payload = entry["salt"], entry["payload"]
    if (salt is None) != (payload is None) or (
        payload is not None and entry["payload_digest"] != digest(f"{salt}{payload}")
    ):
        yield Finding(seq, f"Rincian catatan nomor {seq} diubah.")


def _against_checkpoint(
    point: dict[str, Any], kept: dict[int, str], last: int, first: str, keys: Collection[str]
) -> Iterator[Finding]:
    seq, at, key = point["seq"], point["at"], point["key"]
    told = canonical({name: point[name] for name in CONFIRMED}).encode()
    if key not in keys or not is_signed(bytes.fromhex(key), told, point["signature"]):
        yield Finding(seq, f"Titik periksa {at} tidak ditandatangani dengan kunci kantor ini.")
    elif point["chain"] != first:
        yield Finding(1, f"Jejak ini bukan jejak kantor yang membuat titik periksa {at}.")
    elif seq > last:
        yield Finding(last + 1, f"Jejak terpotong: titik periksa {at} memuat {seq} catatan.")
    elif kept.get(seq) != point["hash"]:
        yield Finding(seq, f"Jejak sampai nomor {seq} ditulis ulang sesudah titik periksa {at}.")


def canonical(value: Any) -> str:
    """Return `value` as the one JSON text that everybody gets who writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(words: str) -> str:
    """Return the SHA-256 of `words` in UTF-8, in hex."""
    return hashlib.sha256(words.encode()).hexdigest()


# Ed25519 (RFC 8032, 5.1.7 and its appendix), to need no package.
_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def is_signed(key: bytes, message: bytes, signature: str) -> bool:
    """Tell whether `signature` (hex) over `message` was made with the key behind `key`."""
    seal = bytes.fromhex(signature)
    if len(key) != 32 or len(seal) != 64:
        return False
    owner, shown, s = _point(key), _point(seal[:32]), int.from_bytes(seal[32:], "little")
    if owner is None or shown is None or s >= _Q:
        return False
    h = int.from_bytes(hashlib.sha512(seal[:32] + key + message).digest(), "little") % _Q
    base = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert base is not None
    left, right = _times(s, base), _sum(shown, _times(h, owner))
    return not any((left[i] * right[2] - right[i] * left[2]) % _P for i in (0, 1))


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    is_odd, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and is_odd):
        return None
    x = _P - x if x & 1 != is_odd else x
    return (x, y, 1, x * y % _P)


def _sum(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        total = _sum(total, point) if number & 1 else total
        point, number = _sum(point, point), number >> 1
    return total


def read(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a SQLite database, or of an export, one JSON object a line."""
    with file.open("rb") as opened:
        is_sqlite = opened.read(16) == b"SQLite format 3\0"
    if not is_sqlite:
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)
        return
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    query = f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY seq"  # noqa: S608
    for row in connection.execute(query):
        yield dict(zip(COLUMNS, row, strict=True))
    connection.close()


def read_checkpoints(folder: Path) -> list[dict[str, Any]]:
    """Return the checkpoints in `folder`, the oldest first."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
    return sorted(found, key=lambda point: (point["seq"], point["at"]))


def main() -> int:
    """Check what the command line names, and say what was found."""
    parser = argparse.ArgumentParser(description="Memeriksa jejak audit.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--checkpoints", type=Path)
    parser.add_argument("--key", action="append", default=[], help="kunci umum kantor")
    given = parser.parse_args()
    try:
        points = read_checkpoints(given.checkpoints) if given.checkpoints else []
        checked = check(read(given.file), points, [key.strip().lower() for key in given.key])
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as failure:
        sys.stderr.write(f"Jejak tidak dapat dibaca: {failure}\n")
        return 2
    sys.stdout.write("\n".join(report(checked)) + "\n")
    return 1 if checked.findings else 0


def report(checked: Checked) -> list[str]:
    """Return in sentences what was found."""
    lines = [f"{checked.entries} catatan, {checked.checkpoints} titik periksa."]
    lines += [finding.text for finding in checked.findings] or ["Jejak audit utuh."]
    if not checked.checkpoints:
        lines.append("Tanpa titik periksa, jejak yang dipotong atau ditulis ulang tidak terlihat.")
    return lines


if __name__ == "__main__":
    sys.exit(main())
