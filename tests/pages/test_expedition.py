"""The report to Kasi and the buku ekspedisi: who got what, when, by which channel, with proof."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kimweb import db
from kimweb.cases.models import Case
from kimweb.dispatch.models import Message
from tests.pages import forms
from tests.pages.test_handovers import at_dispatch, hand, letters, photo, sent
from tests.world import World

BOOK = "/expedition"


def printed(data: bytes, tmp_path: Path) -> str:
    """Return the words of a PDF as a reader's program finds them."""
    file = tmp_path / "buku.pdf"
    file.write_bytes(data)
    out = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True)
    return " ".join(out.stdout.decode().split())


@pytest.fixture
def case(world: World) -> Case:
    return at_dispatch(world)


@pytest.fixture
def by_channel(world: World, case: Case) -> dict[str, Message]:
    return sent(world, case)


def test_until_the_end_one_sentence_says_what_is_missing(world: World, case: Case) -> None:
    page = f"/cases/{case.id}"
    assert "3 dari 3 surat belum selesai: 3 belum dikirim." in world.client("staf").get(page).text
    message = sent(world, case)["wa"]
    hand(world, message, channel="wa")
    sentence = "2 dari 3 surat belum selesai: 2 belum diserahkan."
    assert sentence in world.client("staf").get(page).text
    report = world.client("kasi").get(f"{page}/dispatches/report").text
    assert "Laporan sementara" in report
    assert sentence in report


def finished(world: World, by_channel: dict[str, Message]) -> None:
    hand(world, by_channel["wa"], channel="wa")
    hand(world, by_channel["caraka"], received_by="Nurdin", receipt=photo())
    hand(world, by_channel["srikandi"], "give-up", why="Akun SRIKANDI belum ada.")


def test_the_report_names_every_recipient_and_the_exception(
    world: World, case: Case, by_channel: dict[str, Message], tmp_path: Path
) -> None:
    finished(world, by_channel)
    client, page = world.client("kasi"), f"/cases/{case.id}/dispatches/report"
    shown = forms.words(client.get(page))
    made = client.get(f"{page}/print.pdf")
    assert made.mimetype == "application/pdf"
    for told in (shown, printed(made.data, tmp_path)):
        assert "Laporan sementara" not in told
        assert "Tidak tersampaikan: Akun SRIKANDI belum ada." in told
        assert "Diterima Nurdin." in told
        for name in ("Penerima caraka", "Penerima wa", "Penerima srikandi"):
            assert name in told


def test_the_report_reaches_kasi_as_mail_when_staf_hands_on(
    world: World, case: Case, by_channel: dict[str, Message]
) -> None:
    finished(world, by_channel)
    world.forward(case)
    db.session.rollback()
    (mail,) = db.session.query(Message).filter(Message.letter == "laporan_ke_kasi").all()
    assert mail.person_id == world.person("kasi").id
    assert "Diantar caraka           : 1" in mail.text
    assert "Penerima srikandi: Tidak tersampaikan: Akun SRIKANDI belum ada." in mail.text
    assert f"/cases/{case.id}/dispatches/report" in mail.text
    assert letters(world, case)[0].to_name in mail.html


def test_the_book_is_searched_by_words_channel_result_and_day(
    world: World, case: Case, by_channel: dict[str, Message]
) -> None:
    finished(world, by_channel)
    client = world.client("kabid")

    def names(**asked: str) -> set[str]:
        page = client.get(BOOK, query_string=asked, headers=forms.HTMX).text
        return {name for name in ("caraka", "wa", "srikandi") if f"Penerima {name}" in page}

    everybody = {"caraka", "wa", "srikandi"}
    number = world.letters(case)[0].number or ""
    assert names() == everybody
    assert names(words=f"{number} caraka") == {"caraka"}
    assert names(words="Nurdin") == {"caraka"}
    assert names(channel="wa") == {"wa"}
    assert names(result="lost") == {"srikandi"}
    assert names(result="arrived") == {"caraka", "wa"}
    assert names(result="open") == set()
    assert names(first="2026-11-23", last="2026-11-23") == everybody
    assert names(first="2026-11-24") == names(last="2026-11-22") == set()
    assert names(channel="x", result="y", first="kapan", last="9999-12-31") == everybody


def test_the_book_is_printed_with_its_proof(
    world: World, by_channel: dict[str, Message], tmp_path: Path
) -> None:
    finished(world, by_channel)
    client = world.client("staf")
    told = printed(client.get(f"{BOOK}/print.pdf?channel=caraka").data, tmp_path)
    assert "BUKU EKSPEDISI" in told
    assert "Hanya lewat Caraka." in told
    assert "Diterima Nurdin." in told
    assert "Penerima wa" not in told
    page = client.get(BOOK).text
    assert "Tanda terima" in page


def test_the_field_team_does_not_read_the_book(world: World) -> None:
    assert world.client("tim").get(BOOK).status_code == 403
    assert world.client("tim").get(f"{BOOK}/print.pdf").status_code == 403
