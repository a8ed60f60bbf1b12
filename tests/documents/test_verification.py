"""Twelve ways to pass off a false letter, and the words with which each is refused.

The letters are signed by Kadis of the example office, whose certificate comes from the office's
own authority; each attack works on the very bytes that went out.
"""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from kimweb import clock, db
from kimweb.documents import files, rendering, signatures, verification
from kimweb.documents.models import VOID, Number
from kimweb.documents.signing import authority, keys
from kimweb.documents.verification import Entry
from kimweb.people.models import Person
from tests.documents.signed import PASSPHRASE, sign_case
from tests.world import World

GOOD = "Asli, utuh, dan berlaku"


@pytest.fixture
def letter(world: World) -> Entry:
    """The invitation of a case that Kadis has signed electronically at step 8."""
    return sign_case(world)[0]


def pdf_of(entry: Entry) -> bytes:
    assert entry.version.pdf_hash is not None
    return files.store().read(entry.version.pdf_hash)


def said(data: bytes, entry: Entry | None) -> str:
    """The title of what is said of a file."""
    return verification.judge(db.session(), data, entry)[0].title


def unsigned(entry: Entry) -> bytes:
    """The letter as it is typeset, before anybody signs it."""
    return rendering.pdf(entry.document.kind, entry.version.content)


def forged(entry: Entry, folder: Path, file: str = "palsu.p12") -> bytes:
    """The same letter with the same words, signed with the key in another file."""
    kadis = db.session.get_one(Person, entry.signature.person_id)
    words = signatures.words(entry.version, kadis)
    return keys.FileSigner(folder / file, PASSPHRASE).sign(unsigned(entry), words)


def updated(pdf: bytes, change: object) -> bytes:
    """The file with an incremental update behind it, as an editor would save it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)  # type: ignore[operator]
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def other_page(writer: IncrementalPdfFileWriter) -> None:
    """Put other words on the first page."""
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    words = generic.StreamObject(stream_data=b"BT /F0 24 Tf 100 500 Td (Dibatalkan) Tj ET")
    page[pdf_name("/Contents")] = writer.add_object(words)
    writer.update_container(page)


def overlay(writer: IncrementalPdfFileWriter) -> None:
    """Lay a remark over the text."""
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    remark = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (90, 90, 400, 200))),
            pdf_name("/Contents"): generic.pdf_string("Rp 250.000.000"),
            pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf 0 g"),
        }
    )
    annotations = page.setdefault(pdf_name("/Annots"), generic.ArrayObject())
    annotations.get_object().append(writer.add_object(remark))
    writer.update_container(page)
    writer.update_container(annotations.get_object())


# ---- What is ours ----------------------------------------------------------------------------


def test_the_letter_that_went_out_is_genuine_on_its_page_and_on_the_general_one(
    letter: Entry,
) -> None:
    assert said(pdf_of(letter), letter) == GOOD
    verdict, found = verification.judge(db.session(), pdf_of(letter), None)
    assert verdict.title == GOOD
    assert found is not None
    assert found.document.number == letter.document.number


def test_another_letter_of_ours_is_named_as_what_it_is(world: World) -> None:
    first, second = sign_case(world)[:2]
    verdict, found = verification.judge(db.session(), pdf_of(second), first)
    assert verdict.title == "Naskah lain dari kantor ini"
    assert found is not None
    assert found.document.id == second.document.id


def test_a_letter_stays_genuine_after_its_certificate_has_ended(
    letter: Entry, world: World
) -> None:
    world.clock.move(days=1000)
    assert said(pdf_of(letter), letter) == GOOD


# ---- Twelve attacks --------------------------------------------------------------------------


def test_1_a_changed_byte(letter: Entry) -> None:
    pdf = bytearray(pdf_of(letter))
    pdf[pdf.index(b"stream") + 40] ^= 1
    assert said(bytes(pdf), letter) == "Isinya sudah diubah"


def test_2_a_page_replaced_by_a_later_update(letter: Entry) -> None:
    assert said(updated(pdf_of(letter), other_page), letter) == "Ada yang ditambahkan"


def test_3_a_remark_laid_over_the_text(letter: Entry) -> None:
    assert said(updated(pdf_of(letter), overlay), letter) == "Ada yang ditambahkan"


def test_4_bytes_appended_behind_the_end(letter: Entry) -> None:
    assert said(pdf_of(letter) + b"\n% sampah\n", letter) == "Ada yang ditambahkan"


def test_5_a_signer_whose_certificate_had_ended(letter: Entry) -> None:
    folder = signatures.folder()
    long_ago = clock.now() - timedelta(days=900)
    name = letter.version.content["signer"]["name"]
    authority.issue(folder, name, "lama.p12", PASSPHRASE, long_ago)
    assert said(forged(letter, folder, "lama.p12"), letter) == "Sertifikat tidak berlaku"


def test_6_the_same_name_from_another_authority(letter: Entry, tmp_path: Path) -> None:
    authority.found(tmp_path / "lain", clock.now())
    name = letter.version.content["signer"]["name"]
    authority.issue(tmp_path / "lain", name, "palsu.p12", PASSPHRASE, clock.now())
    false = forged(letter, tmp_path / "lain")
    assert said(false, letter) == "Penerbit sertifikat tidak dikenal"
    assert said(false, None) == "Penerbit sertifikat tidak dikenal"


def test_7_a_colleague_of_ours_signs_in_the_place_of_kadis(letter: Entry) -> None:
    authority.issue(signatures.folder(), "Staf Iseng", "palsu.p12", PASSPHRASE, clock.now())
    assert said(forged(letter, signatures.folder()), letter) == "Bukan penanda tangan naskah ini"


def test_8_the_letter_without_any_signature(letter: Entry) -> None:
    assert said(unsigned(letter), letter) == "Tanpa tanda tangan elektronik"
    assert said(unsigned(letter), None) == "Tanpa tanda tangan elektronik"


def test_9_the_signature_stripped_from_the_letter(letter: Entry) -> None:
    def strip(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/AcroForm"] = generic.DictionaryObject()
        writer.update_root()

    assert said(updated(pdf_of(letter), strip), letter) == "Tanpa tanda tangan elektronik"


def test_10_a_truncated_file(letter: Entry) -> None:
    pdf = pdf_of(letter)
    for end in (100, len(pdf) // 2, len(pdf) - 200):
        assert said(pdf[:end], letter) == "Bukan PDF yang utuh"


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\x00\xff" * 5000, b"MZ\x90"]
)
def test_11_nothing_and_rubbish(letter: Entry, data: bytes) -> None:
    assert said(data, letter) == "Bukan PDF yang utuh"


def test_12_the_true_key_signs_the_letter_once_more_outside_the_register(letter: Entry) -> None:
    again = forged(letter, signatures.folder(), "kadis-uji.p12")
    assert said(again, letter) == "Tidak tercatat"


class Reckless(signers.PdfSigner):
    """Signs what forbids it, as other programs do."""

    def _enforce_certification_constraints(self, reader: object) -> None:
        pass


def test_a_second_signature_behind_the_first(letter: Entry) -> None:
    key, own, chain = keys._opened(signatures.folder() / "kadis-uji.p12", PASSPHRASE)
    signer = signers.SimpleSigner(
        signing_cert=own, signing_key=key, cert_registry=keys._store(chain)
    )
    about = signers.PdfSignatureMetadata(field_name="Kedua")
    writer, output = IncrementalPdfFileWriter(io.BytesIO(pdf_of(letter))), io.BytesIO()
    Reckless(about, signer).sign_pdf(writer, output=output)
    assert said(output.getvalue(), letter) == "Jumlah tanda tangan tidak sesuai"


def test_a_signature_that_does_not_lock_the_file(letter: Entry) -> None:
    key, own, chain = keys._opened(signatures.folder() / "kadis-uji.p12", PASSPHRASE)
    signer = signers.SimpleSigner(
        signing_cert=own, signing_key=key, cert_registry=keys._store(chain)
    )
    about = signers.PdfSignatureMetadata(field_name="TTE")
    writer, output = IncrementalPdfFileWriter(io.BytesIO(unsigned(letter))), io.BytesIO()
    signers.PdfSigner(about, signer).sign_pdf(writer, output=output)
    assert said(output.getvalue(), letter) == "Tidak dikunci"


# ---- The register ----------------------------------------------------------------------------


def test_a_withdrawn_number_withdraws_the_letter(letter: Entry) -> None:
    with db.writing() as session:
        number = session.get_one(Number, letter.number.id)
        number.state, number.void_reason = VOID, "Tanggal kegiatan berubah."
    verdict, _ = verification.judge(db.session(), pdf_of(letter), letter)
    assert verdict.title == "Sudah dicabut"
    assert "Tanggal kegiatan berubah." in verdict.text


def test_a_register_that_was_changed_by_hand_no_longer_says_valid(letter: Entry) -> None:
    with db.writing():
        letter.document.number = "B/500.12/999/DISKOMINFO-KLK/XI/2026"
    assert said(pdf_of(letter), letter) == "Catatan tidak cocok"


def test_a_subject_changed_in_the_register_does_not_fit_what_was_signed(letter: Entry) -> None:
    with db.writing():
        letter.document.subject = "Hibah kendaraan"
    assert said(pdf_of(letter), letter) == "Tidak tercatat"


def test_a_letter_that_was_signed_anew_is_no_longer_in_force(letter: Entry) -> None:
    with db.writing():
        letter.document.signed_version_id = letter.version.id - 1
    assert said(pdf_of(letter), letter) == "Sudah diganti"
