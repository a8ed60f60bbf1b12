"""What became of the letters of a case: numbers, one line each, and what did not go as planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kimweb.dispatch import states
from kimweb.dispatch.models import ENDED, RETURNED, SENT, UNDELIVERED, UNKNOWN, Message
from kimweb.documents.models import Document

ALL, BY_MAIL, UNFINISHED = "Seluruh surat", "Terkirim lewat pos-el", "Belum selesai"


@dataclass(frozen=True, slots=True)
class Results:
    """The report of a dispatch (SOP step 10): `numbers` in words, `exceptions` with a sentence."""

    numbers: Sequence[tuple[str, int]]
    letters: Sequence[tuple[Document, Sequence[Message]]]
    exceptions: Sequence[tuple[Message, str]]


def of(documents: Sequence[Document], messages: Sequence[Message]) -> Results:
    """Count and sort the messages of `documents`; letters without any message are left out."""
    ended = Counter(_ending(message) for message in messages if message.state in ENDED)
    open_ones = len(messages) - ended.total()
    numbers = [(ALL, len(messages)), *sorted(ended.items(), key=_best_first)]
    if open_ones:
        numbers.append((UNFINISHED, open_ones))
    by_document = [(d, [m for m in messages if m.document_id == d.id]) for d in documents]
    return Results(
        numbers=numbers,
        letters=[(document, own) for document, own in by_document if own],
        exceptions=[(m, sentence) for m in messages if (sentence := _exception(m))],
    )


def _ending(message: Message) -> str:
    return BY_MAIL if message.state == SENT else states.label(message)


def _best_first(counted: tuple[str, int]) -> tuple[bool, bool, str]:
    words, _ = counted
    return (words == states.LABELS[UNDELIVERED], words != BY_MAIL, words)


def _exception(message: Message) -> str:
    """Say what did not go as planned with a letter; empty when everything did."""
    if message.state == UNDELIVERED:
        return f"Tidak tersampaikan: {message.proof}"
    if message.state in RETURNED and message.reply:
        return f"{states.label(message)}: {message.reply}"
    if message.state not in ENDED:
        return f"Belum selesai: {states.label(message)}."
    came = [line["state"] for line in message.history or ()]
    trouble = next((state for state in reversed(came) if state in (*RETURNED, UNKNOWN)), None)
    if trouble is None:
        return ""
    return f"Semula {_inside(states.LABELS[trouble])}, kemudian {_inside(_ending(message))}."


def _inside(words: str) -> str:
    """Return words as they stand inside a sentence; names in them keep their capitals."""
    return words[0].lower() + words[1:]
