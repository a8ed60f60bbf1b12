"""The three ways to sign: a key file, a token, and BSrE through the office's own gateway."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from kimweb import clock
from kimweb.documents import rendering
from kimweb.documents.signing import SigningError, Words, WrongPassphrase, authority, examination
from kimweb.documents.signing.bsre import BsreSigner, Service
from kimweb.documents.signing.keys import FileSigner, TokenSigner
from tests.documents import pdfa
from tests.documents.letters import signed

SECRET = "frasa sandi yang panjang"
LINK = "https://kantor.contoh.go.id/verify/8f3b"
WORDS = Words(
    "Drs. Syamsuddin Tahir, M.Si.", "Nomor 12, 24 November 2026: Undangan", "Kolaka", LINK
)
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
ELECTRONIC = {"status": "signed_electronic", "verify_url": LINK, "is_test": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of our own, and a key file of Syamsuddin."""
    made = tmp_path_factory.mktemp("certificates")
    authority.found(made, clock.now())
    authority.issue(made, WORDS.name, "kadis.p12", SECRET, clock.now())
    return made


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return rendering.pdf("surat_undangan", signed("surat_undangan", **ELECTRONIC))


@pytest.fixture(scope="module")
def sealed(folder: Path, pdf: bytes) -> bytes:
    return FileSigner(folder / "kadis.p12", SECRET).sign(pdf, WORDS)


def looked_at(made: bytes, folder: Path) -> examination.Sealed:
    """The one signature of a file, as the office sees it."""
    roots = [file.read_bytes() for file in (folder / "trusted").glob("*.pem")]
    (one,) = examination.examine_own(made, roots, clock.now())
    return one


# ---- A key file ------------------------------------------------------------------------------


def test_a_letter_is_signed_whole_and_locked(folder: Path, sealed: bytes) -> None:
    one = looked_at(sealed, folder)
    assert (one.sound, one.whole, one.unchanged, one.certified, one.trusted) == (True,) * 5
    assert one.reason == WORDS.reason
    assert b"/ETSI.CAdES.detached" in sealed


def test_the_field_stands_beside_the_qr_that_links_to_the_page(sealed: bytes) -> None:
    (_, _, field) = next(iter(enumerate_sig_fields(PdfFileReader(io.BytesIO(sealed)))))
    left, low, right, high = (float(side) for side in field.get_object()["/Rect"])
    assert right - left > 100
    assert 52 < high - low < 58  # 1.95 cm are 55.3 points


def test_it_stays_an_archive_file_and_keeps_every_byte_of_the_letter(
    pdf: bytes, sealed: bytes
) -> None:
    assert sealed.startswith(pdf)
    assert (pdfa.broken(pdf), pdfa.broken(sealed)) == ([], [])


@pytest.mark.parametrize(
    ("sound", "spoilt", "said"),
    [
        (b'pdfaid:part="2"', b'pdfaid:part="7"', "claim no PDF/A-2b"),
        (b"/F 132", b"/F 130", "is hidden or not printed"),
        (b"/N 122 0 R", b"/D 122 0 R", "has not just one drawing"),
        (b"/DestOutputProfile", b"/DestOutputProfilX", "no output intent"),
        (b"/TransformMethod", b"/DigestMethod   ", "the reference carries a digest"),
        (b"/SigFlags 3", b"/XFA      3", "drawn by the reader"),
        (b"/FontFile2", b"/FontFileX", "Arimo-Regular is not embedded"),
    ],
)
def test_what_would_break_the_archive_file_is_seen(
    sealed: bytes, sound: bytes, spoilt: bytes, said: str
) -> None:
    assert sound in sealed
    assert any(said in one for one in pdfa.broken(sealed.replace(sound, spoilt)))


def test_two_programs_of_others_agree(sealed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "surat.pdf"
    file.write_bytes(sealed)
    qpdf, pdfsig = shutil.which("qpdf"), shutil.which("pdfsig")
    if not qpdf or not pdfsig:
        pytest.skip("qpdf and pdfsig (poppler-utils) are not installed")
    subprocess.run([qpdf, "--check", file], capture_output=True, check=True)
    said = subprocess.run([pdfsig, file], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "SERTIFIKAT UJI" in said


def test_a_wrong_passphrase_signs_nothing_and_is_told_nowhere(
    folder: Path, pdf: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    signer = FileSigner(folder / "kadis.p12", "kenari-93f1")
    with pytest.raises(WrongPassphrase, match="Frasa sandi tidak cocok") as refusal:
        signer.sign(pdf, WORDS)
    assert "kenari-93f1" not in f"{refusal.value!r} {refusal.value.__cause__} {signer!r}"
    assert "kenari-93f1" not in caplog.text


def test_a_missing_key_file_is_said(tmp_path: Path, pdf: bytes) -> None:
    with pytest.raises(SigningError, match="Berkas kunci tanda tangan tidak dapat dibaca"):
        FileSigner(tmp_path / "hilang.p12", SECRET).sign(pdf, WORDS)


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    for file in ("ca-uji.key", "kadis.p12"):
        assert (folder / file).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


# ---- A token ---------------------------------------------------------------------------------


@pytest.fixture
def token(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenSigner:
    """A SoftHSM token that holds the key and certificate of Syamsuddin under "kadis"."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    if not SOFTHSM.exists():
        pytest.skip("SoftHSM (softhsm2) is not installed")
    import pkcs11
    from asn1crypto import keys as asn1_keys
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    from kimweb.documents.signing import keys

    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    made = ["softhsm2-util", "--init-token", "--free", "--label", "kantor", "--pin", "4321"]
    subprocess.run([*made, "--so-pin", "8765"], check=True, capture_output=True)
    key, own, _ = keys._opened(folder / "kadis.p12", SECRET)
    bare: asn1_keys.PrivateKeyInfo = key["private_key"].parsed
    library = pkcs11.lib(str(SOFTHSM))
    library.reinitialize()
    with library.get_token(token_label="kantor").open(rw=True, user_pin="4321") as session:
        named = {pkcs11.Attribute.LABEL: "kadis", pkcs11.Attribute.TOKEN: True}
        session.create_object(decode_rsa_private_key(bare.dump()) | named)
        session.create_object(decode_x509_certificate(own.dump()) | named)
    return TokenSigner(str(SOFTHSM), "kantor", "kadis", "4321")


def test_a_token_signs_without_giving_its_key_away(
    token: TokenSigner, folder: Path, pdf: bytes
) -> None:
    one = looked_at(token.sign(pdf, WORDS), folder)
    assert (one.sound, one.whole, one.certified, one.trusted) == (True,) * 4


def test_a_wrong_pin_is_refused_and_not_shown(token: TokenSigner, pdf: bytes) -> None:
    wrong = TokenSigner(token.module, token.token, token.label, "9999")
    with pytest.raises(WrongPassphrase, match="tidak cocok") as refusal:
        wrong.sign(pdf, WORDS)
    assert "9999" not in f"{refusal.value!r} {wrong!r}"


def test_a_token_that_is_not_plugged_in_is_said(token: TokenSigner, pdf: bytes) -> None:
    with pytest.raises(SigningError, match="Token tanda tangan tidak dapat dipakai"):
        TokenSigner(token.module, "token lain", token.label, "4321").sign(pdf, WORDS)


# ---- BSrE ------------------------------------------------------------------------------------


class Gateway(ThreadingHTTPServer):
    """Speaks the calls of the Esign Client Service v2, and misbehaves when told to."""

    daemon_threads = True

    def __init__(self, signer: FileSigner) -> None:
        super().__init__(("127.0.0.1", 0), Calls)
        self.signer = signer
        self.status = "ISSUE"
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.hangs = threading.Event()
        self.heard: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Calls(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append(asked)
        status, body = self._answer(asked)
        if self.server.hangs.is_set() and self.path.endswith("/sign/pdf"):
            threading.Event().wait(3)
        with suppress(ConnectionError):  # who asked may have lost patience
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(body)

    def _answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        given = base64.b64encode(b"kantor:sandi-layanan").decode()
        if self.headers["Authorization"] != f"Basic {given}":
            return 401, b""
        if answer := self.server.answers.get(self.path):
            return answer
        if self.path == "/api/v2/user/check/status":
            return 200, json.dumps({"status": self.server.status}).encode()
        if asked["passphrase"] != SECRET:
            return 400, b'{"status_code": 2031, "error": "Passphrase anda salah"}'
        made = self.server.signer.sign(base64.b64decode(asked["file"][0]), WORDS)
        return 200, json.dumps({"time": 1, "file": [base64.b64encode(made).decode()]}).encode()

    def log_message(self, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def gateway(folder: Path) -> Iterator[Gateway]:
    with Gateway(FileSigner(folder / "kadis.p12", SECRET)) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def at_bsre(
    gateway: Gateway, passphrase: str = SECRET, password: str = "sandi-layanan"
) -> BsreSigner:
    service = Service(gateway.url, "kantor", password, patience=1)
    return BsreSigner(service, "kadis@contoh.go.id", passphrase)


def test_bsre_signs_invisibly_on_the_page_that_we_prepared(
    gateway: Gateway, folder: Path, pdf: bytes
) -> None:
    assert looked_at(at_bsre(gateway).sign(pdf, WORDS), folder).sound
    asked = gateway.heard[-1]
    assert asked["email"] == "kadis@contoh.go.id"
    assert asked["signatureProperties"][0]["tampilan"] == "INVISIBLE"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("EXPIRED", "sudah berakhir"), ("REVOKE", "sudah dicabut"), ("?", "belum mengizinkan")],
)
def test_bsre_says_who_may_sign_before_the_passphrase_leaves(
    gateway: Gateway, pdf: bytes, status: str, sentence: str
) -> None:
    gateway.status = status
    with pytest.raises(SigningError, match=sentence):
        at_bsre(gateway).sign(pdf, WORDS)
    assert not any("passphrase" in asked for asked in gateway.heard)


def test_bsre_refuses_a_wrong_passphrase(gateway: Gateway, pdf: bytes) -> None:
    signer = at_bsre(gateway, "kenari-93f1")
    with pytest.raises(WrongPassphrase, match="menurut BSrE") as refusal:
        signer.sign(pdf, WORDS)
    assert "kenari" not in f"{refusal.value!r} {signer!r}"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((400, b'{"status_code": 2011, "error": "User tidak terdaftar"}'), "tidak terdaftar"),
        ((429, b""), "terlalu sibuk"),
        ((500, b"<html>Internal Server Error</html>"), "gagal menandatangani"),
        ((200, b"not json"), "tidak dapat dibaca"),
        ((200, b'{"file": []}'), "tidak dapat dibaca"),
        ((200, b'{"file": ["***"]}'), "tidak dapat dibaca"),
        ((200, b'{"error": "Internal", "status_code": 2031}'), "Frasa sandi tidak cocok"),
        ((307, b""), "gagal menandatangani"),
    ],
)
def test_whatever_bsre_answers_is_a_sentence(
    gateway: Gateway, pdf: bytes, answer: tuple[int, bytes], sentence: str
) -> None:
    gateway.answers["/api/v2/sign/pdf"] = answer
    with pytest.raises(SigningError, match=sentence):
        at_bsre(gateway).sign(pdf, WORDS)


def test_bsre_that_does_not_answer_in_time_leaves_the_letter_unsigned(
    gateway: Gateway, pdf: bytes
) -> None:
    gateway.hangs.set()
    with pytest.raises(SigningError, match="tidak menjawab") as refusal:
        at_bsre(gateway).sign(pdf, WORDS)
    assert "Tidak ada yang tersimpan" in refusal.value.fix


def test_bsre_that_is_away_and_an_account_that_it_refuses(gateway: Gateway, pdf: bytes) -> None:
    with pytest.raises(SigningError, match="menolak akun kantor"):
        at_bsre(gateway, password="salah").sign(pdf, WORDS)
    away = BsreSigner(Service("http://127.0.0.1:9", "kantor", "x", patience=1), "a@b.c", SECRET)
    with pytest.raises(SigningError, match="tidak menjawab"):
        away.sign(pdf, WORDS)


def test_the_passphrase_never_travels_in_the_clear(pdf: bytes) -> None:
    far = BsreSigner(Service("http://esign.contoh.go.id", "kantor", "x"), "a@b.c", SECRET)
    with pytest.raises(SigningError, match="harus memakai https"):
        far.sign(pdf, WORDS)
