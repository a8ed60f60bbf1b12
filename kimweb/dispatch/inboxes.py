"""Where bounces arrive: a mailbox read by IMAP, or the Maildir of a relay on this machine."""

from __future__ import annotations

import imaplib
import mailbox
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS = 30
MOST = 200

Take = Callable[[bytes], bool]


class InboxError(Exception):
    """The mailbox for bounces cannot be read; the message says why and what to mend."""


def read(url: str, take: Take) -> int:
    """Give every new mail at `url` to `take`; those for which it says True are marked as read.

    `url` is maildir:///folder or imaps://user:password@host[:port]/mailbox (imap:// on this
    machine only). Returns how many were taken; what is left is offered again next time.
    Raises InboxError when the mailbox cannot be opened.
    """
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        return _maildir(Path(parts.path), take)
    if parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname == "localhost"):
        try:
            return _imap(parts, take)
        except (OSError, imaplib.IMAP4.error) as failure:
            raise InboxError(f"Kotak surat kembali tidak dapat dibaca: {failure}") from failure
    raise InboxError(
        "BOUNCES_URL harus berbentuk maildir:///map atau imaps://pengguna:sandi@server/kotak."
    )


def _maildir(folder: Path, take: Take) -> int:
    if not (folder / "new").is_dir():
        raise InboxError(f"Map {folder} bukan Maildir.")
    box = mailbox.Maildir(folder, factory=None, create=False)
    taken = 0
    for key in sorted(file.name for file in (folder / "new").iterdir())[:MOST]:
        name = key.partition(":")[0]
        if take(box.get_bytes(name)):
            (folder / "new" / key).rename(folder / "cur" / f"{name}:2,S")
            taken += 1
    return taken


def _imap(parts: SplitResult, take: Take) -> int:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "imaps":
        trust = ssl.create_default_context()
        line: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, port or 993, ssl_context=trust, timeout=SECONDS
        )
    else:
        line = imaplib.IMAP4(host, port or 143, timeout=SECONDS)
    with line:
        line.login(unquote(parts.username or ""), unquote(parts.password or ""))
        name = unquote(parts.path.lstrip("/")) or "INBOX"
        if line.select(name)[0] != "OK":
            raise InboxError(f"Kotak surat kembali “{name}” tidak ada di server.")
        _, found = line.uid("SEARCH", "UNSEEN")
        return sum(_take(line, uid.decode(), take) for uid in found[0].split()[:MOST])


def _take(line: imaplib.IMAP4, uid: str, take: Take) -> bool:
    _, answer = line.uid("FETCH", uid, "(BODY.PEEK[])")
    content = next((part[1] for part in answer if isinstance(part, tuple)), b"")
    if not take(content):
        return False
    line.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    return True
