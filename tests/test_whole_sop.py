"""SOP 17/DISKOMINFO-KLK/2018 from order to archive, by plain forms: every page without scripts.

Six people and the administrator each use their own browser; the clock is moved by hand; PDFs,
mails and the bundle are made by the real tasks, the mails by a real SMTP conversation.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from webtest import Form, TestApp, TestResponse, Text, Textarea, Upload

from kimweb.commands.example import ACCOUNTS
from kimweb.dispatch import catcher
from tasks import archive, deadlines, dispatch, documents
from tests.conftest import WITA, HandClock
from tests.databases import both_databases
from tests.world import World

pytestmark = both_databases

PASSWORDS = {account.username: account.password for account in ACCOUNTS}


class Official:
    """Somebody of the office in front of their own browser, scripts off."""

    def __init__(self, app: Flask, username: str) -> None:
        self.web, self.username = TestApp(app), username
        self.logs_in()

    def logs_in(self) -> None:
        """Log in, as everybody does in the morning."""
        login = form_with(self.web.get("/login"), "password")
        login["username"], login["password"] = self.username, PASSWORDS[self.username]
        assert "Keluar" in login.submit().follow()

    def opens(self, path: str) -> TestResponse:
        return self.web.get(path)

    def fills(self, path: str, **typed: object) -> TestResponse:
        """Fill in the form on `path` that has these fields, and send it."""
        form = form_with(self.opens(path), *typed)
        for name, value in typed.items():
            values = value if isinstance(value, list) else [value]
            for field, one in zip(form.fields[name], values, strict=False):
                field.value = one
        return form.submit().follow()

    def hands_on(self, path: str) -> TestResponse:
        """Press the button that hands the work on."""
        page = self.opens(path)
        button = page.html.find("button", attrs={"name": "then", "value": "forward"})
        form = page.forms[button["form"]] if button.get("form") else decision(page, "forward")
        return form.submit("then", value="forward").follow()

    def returns(self, path: str, reason: str) -> TestResponse:
        """Send the work back to where the SOP says, with a reason."""
        form = decision(self.opens(path), "send_back")
        form["note"] = reason
        return form.submit().follow()


def form_with(page: TestResponse, *names: str) -> Form:
    """The form of a page that has these fields."""
    return next(f for f in page.forms.values() if set(names) <= f.fields.keys())


def decision(page: TestResponse, verdict: str) -> Form:
    return next(
        f for f in page.forms.values() if "verdict" in f.fields and f["verdict"].value == verdict
    )


def links(page: TestResponse, pattern: str) -> list[str]:
    """The addresses on a page that match, each once, in order."""
    found = (a["href"] for a in page.html.find_all("a", href=re.compile(pattern)))
    return list(dict.fromkeys(found))


def photo() -> Upload:
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), (90, 120, 110)).save(picture, "JPEG")
    return Upload("musyawarah.jpg", picture.getvalue(), "image/jpeg")


@pytest.fixture
def office(app: Flask, world: World) -> dict[str, Official]:
    return {username: Official(app, username) for username in PASSWORDS}


@pytest.fixture
def village(world: World) -> str:
    return world.village.code


def test_one_case_runs_from_order_to_archive(
    office: dict[str, Official], village: str, hand_clock: HandClock, mail_server: tuple[str, Path]
) -> None:
    kadis, sekdis, kabid = office["kadis"], office["sekdis"], office["kabid"]
    kasi, staf, tim = office["kasi"], office["staf"], office["tim"]

    # 1. Kadis orders; 2. Kabid directs.
    case = order(kadis, village)
    documents.drain()
    kabid.fills(case, petunjuk="Siapkan undangan, surat perintah tugas dan SK tim.")
    assert "Langkah 3 dari 17" in kabid.hands_on(case)

    # 3. Kasi chooses and writes the letters; 4. Staf types them and hands them back.
    letters = write_letters(kasi, case)
    kasi.hands_on(case)
    for letter in letters:
        complete(staf, letter)
    staf.hands_on(case)
    documents.drain()

    # 5 to 8. Up the line, with a return at 6, at 7 and at 8.
    kasi.hands_on(case)
    documents.drain()
    assert "Tempat kegiatan keliru" in kabid.returns(case, "Tempat kegiatan keliru.")
    assert "Tempat kegiatan keliru" in kasi.opens(case)
    kasi.fills(letters[0], hal="Undangan Musyawarah Pembentukan KIM")
    kasi.hands_on(case)
    documents.drain()
    kabid.hands_on(case)
    sekdis.returns(case, "Periksa dasar hukum.")
    kabid.hands_on(case)
    sekdis.hands_on(case)
    kadis.returns(case, "Tambahkan tembusan.")
    sekdis.hands_on(case)
    assert "Langkah 9 dari 17" in kadis.hands_on(case)
    documents.drain()

    # 9. Kasi receives what is signed and numbered; a file that opens.
    page = kasi.opens(case)
    assert "/2026" in page
    for pdf in links(page, r"/versions/\d+\.pdf$"):
        assert kasi.opens(pdf).body.startswith(b"%PDF-"), pdf
    kasi.hands_on(case)

    # 10. Staf dispatches; every addressee gets each letter once, Kasi gets the report.
    form_with(staf.opens(case), "stage").submit().follow()
    dispatch.drain()
    page = staf.hands_on(case)
    assert "Langkah 11 dari 17" in page
    assert links(page, r"/dispatches$"), "the result of the dispatch stays one click away"
    dispatch.drain()
    _, box = mail_server
    invitations = [m for m in catcher.caught(box) if "Undangan Musyawarah" in m.mail["Subject"]]
    assert len({m.recipient for m in invitations}) == len(invitations) == 2
    assert [m for m in catcher.caught(box, "kasi@") if "Laporan" in m.mail["Subject"]]

    # 11 to 13. The team leaves, Tim records the activity, the material is gathered.
    plan_team(kasi, case)
    hand_clock.set(datetime(2026, 12, 8, 9, 0, tzinfo=WITA))
    for official in office.values():
        official.logs_in()
    record_activity(tim, case)
    assert "Langkah 13 dari 17" in tim.hands_on(case)
    tim.fills(case, costs="tidak ada", obstacles="tidak ada", suggestions="Pembinaan berkala.")
    staf.hands_on(case)

    # 14 to 16. Kasi reports, Kabid returns it once, Kadis receives it.
    page = kasi.opens(case)
    assert "Pembinaan berkala" in page
    kasi.hands_on(case)
    documents.drain()
    kabid.returns(case, "Lengkapi saran.")
    kasi.hands_on(case)
    documents.drain()
    kabid.hands_on(case)
    documents.drain()
    kadis.hands_on(case)

    # 17. Staf archives: the case is closed, the bundle holds everything.
    code = form_with(staf.opens(case), "classification")["classification"].options[1][0]
    staf.fills(case, classification=code, location="Lemari A, rak 2")
    assert "selesai" in staf.hands_on(case).text.lower()
    archive.drain()
    bundle = staf.opens(next(iter(links(staf.opens(f"{case}/archive"), r"\.zip|bundle"))))
    with zipfile.ZipFile(io.BytesIO(bundle.body)) as opened:
        assert opened.testzip() is None
        assert "manifest.json" in opened.namelist()
    assert "Desa Polinggona" in kadis.opens("/cases?closed=1")


def test_work_left_alone_is_escalated_once_per_rung(
    office: dict[str, Official], village: str, hand_clock: HandClock, mail_server: tuple[str, Path]
) -> None:
    case = order(office["kadis"], village)
    hand_clock.set(datetime(2026, 11, 24, 10, 0, tzinfo=WITA))
    for _ in range(3):
        deadlines.sweep()
        dispatch.drain()
    _, box = mail_server
    late = [m for m in catcher.caught(box, "kabid@") if "Sudah lewat tenggat" in m.mail["Subject"]]
    assert len(late) == 1
    office["kabid"].logs_in()
    page = office["kabid"].opens("/")
    assert "terlambat" in page.text.lower()
    assert "Pembentukan KIM Desa Polinggona" in office["kabid"].opens(case)


def order(kadis: Official, village: str) -> str:
    """Order a case as Kadis; return the address of its page."""
    form = form_with(kadis.opens("/cases/new"), "subject")
    form["subject"] = "Pembentukan KIM Desa Polinggona"
    form["village"], form["planned_on"] = village, "2026-12-08"
    form["instruction"] = "Laksanakan sesuai SOP."
    page = form.submit("then", value="forward").follow()
    assert "Langkah 2 dari 17" in page
    return str(page.request.path)


def write_letters(kasi: Official, case: str) -> list[str]:
    """Choose the usual letters and invite two people; return the addresses of the letters."""
    page = form_with(kasi.opens(case), "kind").submit().follow()
    editors = links(page, r"/documents/\d+$")
    for addressees in links(page, r"/addressees$"):
        kasi.fills(
            addressees,
            written="Hasanuddin; Kepala Desa Polinggona; Polinggona; kades@desa.invalid\n"
            "Nurdin; Camat Polinggona; Polinggona; camat@kec.invalid",
        )
    return [path for path in editors if "edit" in form_names(kasi.opens(path))]


def form_names(page: TestResponse) -> set[str]:
    return {name for form in page.forms.values() for name in form.fields if name}


def complete(staf: Official, letter: str) -> None:
    """Type what is still open on a letter."""
    form = form_with(staf.opens(letter), "edit")
    for fields in form.fields.values():
        for field in fields:
            if isinstance(field, Text | Textarea) and not field.value:
                field.value = "08.00" if field.name == "pukul" else ""
    form.submit().follow()


def plan_team(kasi: Official, case: str) -> None:
    form = form_with(kasi.opens(case), "leaves_on", "person")
    own = form.fields["person"][:2]
    for box in own:
        box.checked = True
    form[f"role-{own[0]._value}"] = "Ketua Tim"
    outside = (("Drs. Baharuddin", "Narasumber"), ("Nurlina, S.Pd", "Moderator"))
    for row, (name, role) in enumerate(outside):
        form.fields["outside_name"][row].value = name
        form.fields["outside_role"][row].value = role
    form["leaves_on"], form["returns_on"] = "2026-12-08", "2026-12-08"
    form["transport"], form["gathering"] = "Mobil dinas", "Halaman kantor"
    for box in form.fields["equipment"]:
        box.checked = True
    form.submit().follow()
    assert "Langkah 12 dari 17" in kasi.hands_on(case)


def record_activity(tim: Official, case: str) -> None:
    tim.fills(
        case,
        held_on="2026-12-08",
        place="Balai Desa Polinggona",
        minutes="Dibuka kepala desa.",
        decisions="Sepakat membentuk KIM.",
    )
    for name, sex in (("Abdul Kadir", "L"), ("Sitti Aminah", "P")):
        form = form_with(tim.opens(case), "key")
        form["name"] = name
        form.submit("sex", value=sex).follow()
    upload = form_with(tim.opens(case), "files")
    upload["files"] = photo()
    upload.submit().follow()
    tim.fills(
        case,
        group_name="KIM Cahaya Polinggona",
        officer_name=["Abdul Kadir", "Sitti Aminah", "Hasnawati"],
        members_male="6",
        members_female="7",
    )
