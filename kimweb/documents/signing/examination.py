"""Looking at a PDF from outside: what its signatures are worth, found out in a process of its own.

Whoever holds a letter may send anything. Therefore a child with little memory and time parses it;
it dies alone, and the answer is then "unreadable".
"""

from __future__ import annotations

import io
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from config.settings import ROOT
from kimweb.documents.signing.keys import facts

LARGEST_BYTES = 10 * 1024 * 1024
MOST_SIGNATURES = 8
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS, WALL_SECONDS = 10, 20
NOT_A_PDF = 3


@dataclass(frozen=True, slots=True)
class Sealed:
    """One signature: the file's bytes (intact, whole), the key (valid), the person (trusted)."""

    fingerprint: str
    subject: str
    reason: str
    intact: bool
    valid: bool
    trusted: bool
    in_time: bool
    whole: bool
    unchanged: bool
    certified: bool
    sound: bool


def examine(pdf: bytes, roots: Sequence[bytes], moment: datetime) -> list[Sealed] | None:
    """Return the signatures of a PDF as of `moment`; None when it cannot be read as a PDF.

    `roots` are the trusted root certificates (PEM). The file is read by a child process.
    """
    if not pdf.startswith(b"%PDF-") or len(pdf) > LARGEST_BYTES:
        return None
    asked = {"roots": [root.decode() for root in roots], "moment": moment.isoformat()}
    try:
        child = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(asked).encode() + b"\n" + pdf,
            capture_output=True,
            timeout=WALL_SECONDS,
            cwd=ROOT,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if child.returncode:
        return None
    return [Sealed(**one) for one in json.loads(child.stdout)]


def examine_own(pdf: bytes, roots: Sequence[bytes], moment: datetime) -> list[Sealed]:
    """As `examine`, in this process: for a PDF that was made here a moment ago."""
    # pyHanko writes every doubt with a long traceback; the answer below says the same.
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    found = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
    if len(found) > MOST_SIGNATURES:
        raise ValueError("more signatures than anybody puts on a letter")
    return [_sealed(one, roots, moment) for one in found]


def _sealed(signature: EmbeddedPdfSignature, roots: Sequence[bytes], moment: datetime) -> Sealed:
    trust = ValidationContext(
        trust_roots=[_certificate(root) for root in roots],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    status = validate_pdf_signature(signature, trust)
    own = facts(signature.signer_cert.dump())
    return Sealed(
        fingerprint=own.fingerprint,
        subject=own.subject,
        reason=str(signature.sig_object.get("/Reason", "")),
        intact=status.intact,
        valid=status.valid,
        trusted=status.trusted,
        in_time=own.valid_from <= moment < own.valid_until,
        whole=_name(status.coverage) == "ENTIRE_FILE",
        unchanged=_name(status.modification_level) in ("NONE", "LTA_UPDATES"),
        certified=status.docmdp_ok is True and signature.docmdp_level is not None,
        sound=status.bottom_line,
    )


def _name(level: Any) -> str:
    return str(getattr(level, "name", ""))


def _certificate(root: bytes) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(root)[2])


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    asked = json.loads(sys.stdin.buffer.readline())
    roots = [root.encode() for root in asked["roots"]]
    moment = datetime.fromisoformat(asked["moment"])
    try:
        found = examine_own(sys.stdin.buffer.read(), roots, moment)
    except Exception:
        return NOT_A_PDF
    sys.stdout.write(json.dumps([asdict(one) for one in found]))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
