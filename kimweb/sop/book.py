"""The SOP as a book: identity box and steps, strictly loaded from the file the office reads."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path

from kimweb.sop.nip import nip_oddity
from kimweb.sop.reading import Entry, FileError, Problem, open_file
from kimweb.sop.soundness import check_steps
from kimweb.sop.steps import (
    BASES,
    EFFECTS,
    LANES,
    MARKS,
    PAPERS,
    REQUIREMENTS,
    WORKS,
    Return,
    Span,
    Step,
    Unit,
)

__all__ = [
    "BASES",
    "EFFECTS",
    "LANES",
    "MARKS",
    "PAPERS",
    "REQUIREMENTS",
    "WORKS",
    "Approver",
    "Identity",
    "Problem",
    "Return",
    "Sop",
    "SopError",
    "Span",
    "Step",
    "editions",
    "load",
    "read_span",
    "warnings",
]

_UNITS: dict[str, Unit] = {"menit": "minutes", "jam": "hours", "hari": "days"}


class SopError(FileError):
    """The SOP file was refused; `problems` says everything that must be mended."""


@dataclass(frozen=True)
class Approver:
    """Who signed the SOP, as printed in the box "Disahkan oleh"."""

    position: str
    name: str
    rank: str
    nip: str


@dataclass(frozen=True)
class Identity:
    """The first page of the SOP (PermenPANRB 35/2012); dates the office left empty are None."""

    number: str
    made_on: dt.date | None
    revised_on: dt.date | None
    effective_on: dt.date | None
    approved_by: Approver
    title: str
    unit: tuple[str, ...]
    legal_basis: tuple[str, ...]
    qualifications: tuple[str, ...]
    related: tuple[str, ...]
    equipment: tuple[str, ...]
    warning: str
    records: str


@dataclass(frozen=True)
class Sop:
    """One edition of the SOP. `edition` is the file's name, which a running case remembers."""

    edition: str
    identity: Identity
    steps: tuple[Step, ...]

    def step(self, number: int) -> Step:
        """The step with this printed number; KeyError when the SOP has no such step."""
        if not 1 <= number <= len(self.steps):
            raise KeyError(number)
        return self.steps[number - 1]

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def last(self) -> Step:
        return self.steps[-1]

    def after(self, number: int) -> Step | None:
        """The step that follows, or None after the last."""
        return None if self.step(number).is_last else self.step(number + 1)


# The file's keywords are the names above: one list, so that none is forgotten in the other.
_IDENTITY = [field.name for field in fields(Identity)]
_APPROVER = [field.name for field in fields(Approver)]
_REQUIRED = [field.name for field in fields(Step) if field.default is MISSING]
_OPTIONAL = [
    field.name for field in fields(Step) if field.default is not MISSING and field.name != "is_last"
]


def load(path: Path) -> Sop:
    """The SOP in this file; raises SopError with every mistake found, each on its line."""
    root = open_file(path, "berkas SOP", SopError)
    if not re.fullmatch(r"[a-z0-9-]+", path.stem):
        root.refuse("Nama berkas SOP hanya boleh memuat huruf kecil, angka, dan tanda hubung.")
    parts = root.fields(("identity", "steps"))
    identity = _identity(parts["identity"])
    entries = parts["steps"].items("langkah", at_least_one=True)
    steps = [_step(entry) for entry in entries]
    check_steps(steps, entries)
    root.refuse_if_wrong(SopError)
    return Sop(path.stem, identity, (*steps[:-1], replace(steps[-1], is_last=True)))


def editions(folder: Path) -> dict[str, Sop]:
    """Every SOP of the folder by edition, so that a running case keeps the one it began with."""
    books: dict[str, Sop] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            books[path.stem] = load(path)
        except SopError as error:
            problems += error.problems
    if not books and not problems:
        problems = [Problem(str(folder), 1, "Belum ada berkas SOP di map ini. Tambahkan satu.")]
    if problems:
        raise SopError(problems)
    return books


def warnings(sop: Sop) -> list[str]:
    """What is odd in the signed document itself: worth mending by the office, no reason to stop."""
    dates = {
        "Tanggal Pembuatan": sop.identity.made_on,
        "Tanggal Revisi": sop.identity.revised_on,
        "Tanggal Efektif": sop.identity.effective_on,
    }
    empty = [
        f"{label} SOP masih kosong. Isi bila diketahui." for label in dates if not dates[label]
    ]
    oddity = nip_oddity(sop.identity.approved_by.nip)
    return [*empty, oddity] if oddity else empty


def read_span(entry: Entry) -> Span:
    """The working time written as "30 Menit", "2 Jam" or "1 Hari"."""
    match = entry.matching(r"([1-9]\d{0,2}) +(menit|jam|hari)", "30 Menit, 2 Jam, atau 1 Hari")
    if match is None:
        return Span(0, "minutes", "")
    return Span(int(match[1]), _UNITS[match[2].lower()], match[0])


def _identity(entry: Entry) -> Identity:
    written = entry.fields(_IDENTITY)
    return Identity(
        number=written["number"].text(),
        made_on=_date(written["made_on"]),
        revised_on=_date(written["revised_on"]),
        effective_on=_date(written["effective_on"]),
        approved_by=_approver(written["approved_by"]),
        title=written["title"].text(),
        unit=written["unit"].texts(),
        legal_basis=written["legal_basis"].texts(),
        qualifications=written["qualifications"].texts(),
        related=written["related"].texts(),
        equipment=written["equipment"].texts(),
        warning=written["warning"].text(),
        records=written["records"].text(),
    )


def _date(entry: Entry) -> dt.date | None:
    return None if entry.is_empty else entry.date()


def _approver(entry: Entry) -> Approver:
    written = entry.fields(_APPROVER)
    return Approver(*(value.text() for value in written.values()))


def _step(entry: Entry) -> Step:
    written = entry.fields(_REQUIRED, _OPTIONAL)
    return Step(
        number=written["number"].number(),
        text=written["text"].text(),
        lane=written["lane"].word(LANES),
        lane_basis=written["lane_basis"].word(BASES),
        lane_reason=written["lane_reason"].text(),
        needs=written["needs"].text(),
        time=read_span(written["time"]),
        output=written["output"].text(),
        work=written["work"].word(WORKS),
        note=written["note"].text(),
        decision=written["decision"].flag(),
        returns=tuple(_return(item) for item in written["returns"].items("pengembalian")),
        papers=written["papers"].word(PAPERS) or None,
        edits=written["edits"].flag(),
        mark=written["mark"].word(MARKS) or None,
        requires=written["requires"].words(REQUIREMENTS),
        on_forward=written["on_forward"].words(EFFECTS),
        helpers=written["helpers"].words(LANES),
        grace=None if written["grace"].is_empty else read_span(written["grace"]),
    )


def _return(entry: Entry) -> Return:
    written = entry.fields(("to", "printed"))
    return Return(written["to"].number(), written["printed"].flag())
