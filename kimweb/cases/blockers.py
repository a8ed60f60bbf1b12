"""Why the work cannot be handed on now: each requirement of the SOP's language as one predicate.

The page prints the list, the move refuses on it, the tests compare it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from kimweb import claims
from kimweb.cases import archive, duties, fieldwork
from kimweb.cases.situations import Blocker, Situation
from kimweb.dispatch import outbox
from kimweb.documents import corrections, drafts, kinds, office, rivals
from kimweb.documents.models import LETTERS


def against_forward(here: Situation) -> list[Blocker]:
    """Return every reason why `here.step` cannot be handed on now."""
    required = (REQUIREMENTS[name](here) for name in here.step.requires)
    always = (_texts_chosen, _corrections_made, duties.against_approval)
    return [*chain.from_iterable(required), *chain.from_iterable(ask(here) for ask in always)]


def _fields_complete(here: Situation) -> Iterable[Blocker]:
    for paper in here.papers:
        if gaps := kinds.missing(kinds.kind(paper.kind), paper.fields):
            names = ", ".join(field.label for field in gaps)
            yield Blocker(f"{paper.subject}: belum diisi {names}.", "Lengkapi isian naskah itu.")


def _letters_chosen(here: Situation) -> Iterable[Blocker]:
    if not here.papers:
        yield Blocker("Belum ada surat yang disiapkan.", "Pilih naskah dinas yang diperlukan.")


def _recipients_chosen(here: Situation) -> Iterable[Blocker]:
    for paper in here.papers:
        if kinds.kind(paper.kind).addressed and not paper.addressees:
            yield Blocker(f"{paper.subject}: belum ada alamat tujuan.", "Pilih penerima surat itu.")


def _papers_ready(here: Situation) -> Iterable[Blocker]:
    for paper in here.reviewed:
        if paper.version_id is None:
            yield Blocker(f"{paper.subject}: belum ada naskahnya.", "Kembalikan untuk dilengkapi.")
        elif paper.state == claims.QUARANTINED:
            yield Blocker(f"{paper.subject}: PDF gagal dibuat.", "Beri tahu administrator.")
        elif paper.state != claims.DONE:
            yield Blocker(f"{paper.subject}: PDF sedang dibuat.", "Tunggu sebentar.")


def _parafs_complete(here: Situation) -> Iterable[Blocker]:
    before = [s for s in here.sop.steps if s.number < here.step.number]
    wanted = [s for s in before if s.mark == "paraf" and s.papers == here.step.papers]
    for paper in here.reviewed:
        given = {number for number, _ in paper.parafs}
        for step in wanted:
            if step.number not in given and not duties.is_stood_for(here, paper, step.number):
                title = office.current().lane_title(step.lane)
                yield Blocker(f"{paper.subject}: belum diparaf {title} (langkah {step.number}).")


def _letters_dispatched(here: Situation) -> Iterable[Blocker]:
    letters = drafts.of_case(here.session, here.case_id, LETTERS)
    if sentence := outbox.missing(here.session, letters):
        yield Blocker(sentence, "Lihat hasil pengiriman tiap penerima.")


def _gaps(gaps: Callable[..., list[str]]) -> Callable[[Situation], Iterable[Blocker]]:
    def blockers(here: Situation) -> Iterable[Blocker]:
        return [Blocker(sentence) for sentence in gaps(here.session, here.case)]

    return blockers


def _texts_chosen(here: Situation) -> Iterable[Blocker]:
    """Two wrote in one field: nothing is frozen before somebody chose between their texts."""
    if not here.step.edits:
        return
    papers = {paper.id: paper for paper in here.papers}
    for rival in rivals.of(here.session, papers):
        paper = papers[rival.document_id]
        field = corrections.field_of(paper, rival.field)
        label = field.label if field else rival.field
        yield Blocker(
            f"{paper.subject}: ada dua tulisan pada {label}.",
            "Buka naskahnya dan pilih yang dipakai.",
        )


def _corrections_made(here: Situation) -> Iterable[Blocker]:
    """Papers leave those who may write in them, or a reviewer, only without open corrections."""
    step, after = here.step, here.sop.after(here.step.number)
    goes_on = after and after.edits and after.papers == step.papers
    if goes_on or not (step.edits or step.returns):
        return
    fix = "Cabut catatan itu, atau kembalikan naskahnya untuk diperbaiki."
    if step.edits:
        fix = "Perbaiki, lalu beri tanda selesai pada catatannya."
    for paper in here.reviewed:
        if paper.corrections:
            said = f"{paper.subject}: {paper.corrections} catatan koreksi belum dikerjakan."
            yield Blocker(said, fix)


REQUIREMENTS: dict[str, Callable[[Situation], Iterable[Blocker]]] = {
    "fields_complete": _fields_complete,
    "letters_chosen": _letters_chosen,
    "recipients_chosen": _recipients_chosen,
    "papers_ready": _papers_ready,
    "parafs_complete": _parafs_complete,
    "letters_dispatched": _letters_dispatched,
    "team_ready": _gaps(fieldwork.team_gaps),
    "activity_recorded": _gaps(fieldwork.activity_gaps),
    "material_gathered": _gaps(fieldwork.material_gaps),
    "archive_ready": _gaps(archive.gaps),
}
