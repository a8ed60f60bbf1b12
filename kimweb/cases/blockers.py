"""Why the work cannot be handed on now: each requirement of the SOP's language as one predicate.

The page prints the list, the move refuses on it, the tests compare it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from kimweb import claims
from kimweb.cases import archive, fieldwork
from kimweb.cases.situations import Blocker, Situation
from kimweb.dispatch import outbox
from kimweb.documents import drafts, kinds, office, versions
from kimweb.documents.models import LETTERS, Version


def against_forward(here: Situation) -> list[Blocker]:
    """Return every reason why `here.step` cannot be handed on now."""
    required = (REQUIREMENTS[name](here) for name in here.step.requires)
    return [*chain.from_iterable(required), *_own_paraf(here)]


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
    papers = here.papers
    standing = versions.current(here.session, papers)
    for paper in papers:
        yield from _not_made(paper.subject, standing.get(paper.id))


def _not_made(subject: str, version: Version | None) -> Iterable[Blocker]:
    if version is None:
        yield Blocker(f"{subject}: belum ada naskahnya.", "Kembalikan untuk dilengkapi.")
    elif version.state == claims.QUARANTINED:
        yield Blocker(f"{subject}: PDF gagal dibuat.", "Beri tahu administrator.")
    elif version.state != claims.DONE:
        yield Blocker(f"{subject}: PDF sedang dibuat.", "Tunggu sebentar.")


def _parafs_complete(here: Situation) -> Iterable[Blocker]:
    papers = here.papers
    given = {(p.version_id, p.step) for p in versions.live_parafs(here.session, papers)}
    wanted = [s for s in here.sop.steps if s.mark == "paraf" and s.papers == here.step.papers]
    for paper in papers:
        for step in wanted:
            if (
                step.number < here.step.number
                and (paper.current_version_id, step.number) not in given
            ):
                title = office.current().lane_title(step.lane)
                yield Blocker(f"{paper.subject}: belum diparaf {title} (langkah {step.number}).")


def _letters_dispatched(here: Situation) -> Iterable[Blocker]:
    letters = drafts.of_case(here.session, here.case.id, LETTERS)
    for sentence in outbox.unsettled(here.session, letters):
        yield Blocker(sentence, "Lihat hasil pengiriman tiap penerima.")


def _gaps(gaps: Callable[..., list[str]]) -> Callable[[Situation], Iterable[Blocker]]:
    def blockers(here: Situation) -> Iterable[Blocker]:
        return [Blocker(sentence) for sentence in gaps(here.session, here.case)]

    return blockers


def _own_paraf(here: Situation) -> Iterable[Blocker]:
    """Nobody approves twice on the way up (steps 5, 6, 7, 8): each needs other eyes."""
    if here.step.mark not in ("paraf", "signature"):
        return
    own = (p for p in versions.live_parafs(here.session, here.papers) if p.person_id == here.by.id)
    for paraf in own:
        yield Blocker(
            f"Anda sudah membubuhkan paraf pada langkah {paraf.step}; "
            "langkah ini harus diperiksa orang lain.",
            "Minta administrator menunjuk pelaksana harian.",
        )
        return


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
