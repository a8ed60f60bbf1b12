"""A player who does every step's work as the office would: for examples, rehearsals and tests.

It calls the same moves and saves as the pages do. What workers do (PDFs, mail, bundles) it lets
the real Celery tasks do, in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from celery import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from kimweb import claims, clock, db
from kimweb.cases import archive, attachments, effects, facts, fieldwork, moves, queries
from kimweb.cases.models import Activity, Case, Stage
from kimweb.commands import samples
from kimweb.dispatch import decisions, outbox
from kimweb.dispatch.models import HELD, Recipient
from kimweb.documents import drafts, files, kinds, regions
from kimweb.documents.models import DISPOSITION, LETTERS, Document, Version
from kimweb.groups import register
from kimweb.groups.models import Group
from kimweb.people import access, roster
from kimweb.people.models import Person
from kimweb.sop import shelf
from kimweb.sop.book import Step

LETTER_KINDS = ("surat_undangan", "surat_perintah_tugas", "sk_tim")
TRIES = 200
COURIER = "caraka"
PROOF = "Diterima langsung oleh yang bersangkutan, diantar staf."
RETURN_REASON = "Periksa kembali tanggal dan tempat kegiatan."


class Player:
    """Plays cases one step at a time; a case is named by its id.

    `by_courier` has the letters carried by hand, where no mail server runs yet.
    """

    def __init__(self, *, by_courier: bool = False) -> None:
        self.by_courier = by_courier
        self._acts: dict[str, Callable[[Session, Case], None]] = {
            "direction": self._direction,
            "concept": self._concept,
            "dispatch": self._dispatch,
            "team": self._team,
            "activity": self._activity,
            "material": self._material,
            "archive": self._archive,
        }

    def open(self, subject: str, village: str) -> int:
        """Open a case for `village` (Kemendagri code) as Kadis; return its id."""
        planned_on = shelf.today() + timedelta(days=14)
        order = moves.Order(
            subject=subject,
            district=village[:8],
            village=village,
            planned_on=planned_on,
            instruction="Laksanakan pembentukan KIM sesuai SOP dan laporkan hasilnya.",
        )
        with db.writing() as session:
            by = self.holder(session, shelf.sop().first.lane)
            return moves.open_case(session, order, by).case.id

    def play(self, case_id: int, *, until: int | None = None) -> int:
        """Work and hand on until the case stands at `until` or is closed; return the moves made."""
        moved = 0
        while (step := self.step(case_id)) and step.number != until:
            self.work(case_id)
            self.forward(case_id)
            moved += 1
        return moved

    def step(self, case_id: int) -> Step | None:
        """Return the step at which the case stands; None when it is closed."""
        session = db.session()
        stage = queries.open_stage(session, case_id)
        return shelf.sop(_case(session, case_id).sop).step(stage.step) if stage else None

    def work(self, case_id: int) -> None:
        """Do what the step asks for before the case can be handed on."""
        step = self.step(case_id)
        assert step is not None, "the case is closed"
        with db.writing() as session:
            case = _case(session, case_id)
            if act := self._acts.get(step.work):
                act(session, case)
            if step.edits and step.papers and not step.is_first:
                self._complete(session, drafts.of_case(session, case_id, step.papers))
        # With nobody to take mail, each try would only count against the channel.
        if step.work == "dispatch" and not self.by_courier:
            self._run_until_done(moves.DISPATCH)

    def forward(self, case_id: int, note: str = "") -> None:
        """Hand the case on as whoever's turn it is, and let the workers make what was ordered."""
        with db.writing() as session:
            stage = _open(session, case_id)
            by = self.holder(session, stage.lane)
            moves.forward(session, case_id, stage.id, by, note)
        self._run_until_done(effects.RENDER)

    def send_back(self, case_id: int, *, to: int, reason: str = RETURN_REASON) -> None:
        """Return the case to step `to` as whoever's turn it is."""
        with db.writing() as session:
            stage = _open(session, case_id)
            moves.send_back(
                session, case_id, stage.id, self.holder(session, stage.lane), to, reason
            )

    def holder(self, session: Session, lane: str) -> Person:
        """Return the first who holds `lane` today."""
        return roster.holders(session, lane, shelf.today())[0]

    def _direction(self, session: Session, case: Case) -> None:
        for sheet in drafts.of_case(session, case.id, DISPOSITION):
            written = sheet.fields | {"petunjuk": [samples.DIRECTION]}
            drafts.save(session, sheet, written, drafts.Hand(sheet.edit), clock.now())

    def _concept(self, session: Session, case: Case) -> None:
        if drafts.of_case(session, case.id, LETTERS):
            return
        for kind in LETTER_KINDS:
            letter = drafts.start(
                session,
                case_id=case.id,
                papers=LETTERS,
                kind=kind,
                facts=facts.of(session, case),
                now=clock.now(),
            )
            if kinds.kind(kind).addressed:
                drafts.address(session, letter, self._addresses(session, case))

    def _dispatch(self, session: Session, case: Case) -> None:
        stage = _open(session, case.id)
        by = self.holder(session, stage.lane)
        moves.dispatch(session, case.id, stage.id, by)
        for message in outbox.letters_of(session, drafts.of_case(session, case.id, LETTERS)):
            if message.state == HELD:
                handed = decisions.Handover(PROOF)
                decisions.by_hand(session, message, by=by.id, handed=handed, now=clock.now())

    def _addresses(self, session: Session, case: Case) -> list[drafts.Address]:
        """The heads of the case's own area, from the address book."""
        areas = (case.district, case.village)
        found = session.scalars(select(Recipient).where(Recipient.region.in_(areas)))
        return [
            drafts.Address(
                r.name, r.title, r.place, r.email, COURIER if self.by_courier else r.channel, r.id
            )
            for r in found
        ]

    def _team(self, session: Session, case: Case) -> None:
        leader, member = (self.holder(session, lane) for lane in ("kasi", access.FIELD_LANE))
        members = [
            {"person": str(leader.id), "role": "Ketua Tim"},
            {"person": str(member.id), "role": "Anggota"},
            {"name": "Drs. Baharuddin", "title": "Akademisi", "role": "Narasumber"},
            {"name": "Nurlina, S.Pd", "title": "Tokoh masyarakat", "role": "Moderator"},
        ]
        plan = {
            "leaves_on": case.planned_on.isoformat(),
            "returns_on": case.planned_on.isoformat(),
            "transport": "Kendaraan dinas roda empat",
            "gathering": "Halaman kantor dinas, pukul 07.00",
        }
        _accept(fieldwork.save_team(session, case, plan, members, fieldwork.equipment_of(case)))

    def _activity(self, session: Session, case: Case) -> None:
        notes = {
            "held_on": case.planned_on.isoformat(),
            "place": f"Balai {regions.region(case.village).title}",
            "minutes": "Kegiatan dibuka oleh kepala desa, dilanjutkan paparan dan musyawarah.",
            "decisions": "Peserta menyepakati pembentukan KIM dan susunan pengurusnya.",
        }
        _accept(
            fieldwork.save_notes(session, case, notes, _edit(fieldwork.activity_of(session, case)))
        )
        for number, (name, sex) in enumerate((("Abdul Kadir", "L"), ("Sitti Aminah", "P")), 1):
            typed = {"key": f"main-{number}", "name": name, "sex": sex, "origin": "Tokoh warga"}
            _accept(fieldwork.record_attendee(session, case, typed)[1])
        _form_group(session, case)

    def _material(self, session: Session, case: Case) -> None:
        if not attachments.of_case(session, case.id, attachments.PHOTO):
            photo = attachments.take_in(
                files.store(), samples.photo(), "musyawarah.jpg", attachments.PHOTO
            )
            attachments.add(session, case, photo, self.holder(session, access.FIELD_LANE))
        typed = {"costs": "tidak ada", "obstacles": "tidak ada", "suggestions": "tidak ada"}
        _accept(
            fieldwork.save_material(
                session, case, typed, _edit(fieldwork.activity_of(session, case))
            )
        )

    def _archive(self, session: Session, case: Case) -> None:
        code = next(iter(archive.classifications()))
        _accept(
            archive.order(session, case, {"classification": code, "location": "Lemari A, rak 2"})
        )

    def _complete(self, session: Session, documents: Iterable[Document]) -> None:
        for document in documents:
            kind = kinds.kind(document.kind)
            gaps = kinds.missing(kind, document.fields)
            if gaps:
                typed = kinds.text(kind, document.fields) | {
                    gap.name: samples.typed(gap) for gap in gaps
                }
                written = kinds.parse(kind, typed)
                drafts.save(session, document, written, drafts.Hand(document.edit), clock.now())

    def _run_until_done(self, task: str) -> None:
        """Run a task here; where a worker of the office holds the rows, wait for it."""
        current_app.loader.import_default_modules()
        for _ in range(TRIES):
            current_app.tasks[task]()
            if not claims.waiting(db.session(), Version):
                return
            time.sleep(0.05)
            db.session.rollback()
        raise RuntimeError("PDF tidak selesai dibuat; lihat catatan pekerja.")


def _case(session: Session, case_id: int) -> Case:
    return session.get_one(Case, case_id)


def _open(session: Session, case_id: int) -> Stage:
    stage = queries.open_stage(session, case_id)
    assert stage is not None, "the case is closed"
    return stage


def _edit(record: Activity | Group | None) -> int:
    return record.edit if record else 0


def _form_group(session: Session, case: Case) -> None:
    place = register.Place(case.id, case.district, case.village)
    typed = register.Typed(
        edit=_edit(register.of_case(session, case.id)),
        fields={"group_name": "KIM Cahaya", "members_male": "6", "members_female": "7"},
        officers=[
            {"role": role, "name": name, "sex": sex}
            for role, name, sex in (
                ("Ketua", "Abdul Kadir", "L"),
                ("Sekretaris", "Sitti Aminah", "P"),
                ("Bendahara", "Hasnawati", "P"),
            )
        ],
    )
    _accept(register.form(session, place, typed))


def _accept(problems: dict[str, str]) -> None:
    assert not problems, problems
