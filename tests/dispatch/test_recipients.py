"""The address book: what is typed is checked at once, with a sentence for every field."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from kimweb import clock, db
from kimweb.dispatch import recipients
from kimweb.dispatch.models import Recipient
from kimweb.dispatch.recipients import EntryError
from kimweb.documents import regions
from tests.databases import both_databases

CAMAT = {
    "kind": "camat",
    "name": "Nurdin, S.Sos",
    "title": "Camat Toari",
    "place": "Toari",
    "region": "74.01.24",
    "email": "camat@toari.example",
    "phone": "",
    "channel": "email",
}


def errors_of(**changes: str) -> dict[str, str]:
    with pytest.raises(EntryError) as refused:
        recipients.read(CAMAT | changes)
    return refused.value.errors


@both_databases
def test_a_recipient_is_added_changed_and_found(session: Session) -> None:
    with db.writing() as writing:
        added = recipients.add(writing, recipients.read(CAMAT))
        number = added.id
    with db.writing() as writing:
        entry = recipients.read(CAMAT | {"name": "Hj. Suriani, S.IP"})
        recipients.change(writing, writing.get_one(Recipient, number), entry)
    found, count = recipients.search(session, words="suriani toari")
    assert ([one.id for one in found], count) == ([number], 1)


@both_databases
def test_one_who_was_removed_is_no_longer_offered(session: Session) -> None:
    with db.writing() as writing:
        number = recipients.add(writing, recipients.read(CAMAT)).id
        recipients.remove(writing.get_one(Recipient, number), clock.now())
    assert recipients.get(session, number) is None
    assert recipients.search(session, words="Nurdin") == ([], 0)
    with db.writing() as writing:
        assert recipients.add(writing, recipients.read(CAMAT)).id != number


def test_the_same_person_is_not_added_twice(session: Session) -> None:
    with db.writing() as writing:
        recipients.add(writing, recipients.read(CAMAT))
    with pytest.raises(EntryError, match="sudah ada"), db.writing() as writing:
        recipients.add(writing, recipients.read(CAMAT | {"name": "NURDIN, S.SOS"}))


def test_the_book_is_searched_by_kind_and_kecamatan_a_page_at_a_time(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "PAGE_ROWS", 20)
    everybody, count = recipients.search(session)
    assert count > recipients.PAGE_ROWS == len(everybody)
    following, _ = recipients.search(session, page=2)
    assert not {one.id for one in everybody} & {one.id for one in following}
    district = regions.districts()[0]
    found, _ = recipients.search(session, kind="camat", district=district.code)
    assert [one.title for one in found] == [f"Camat {district.name}"]


def test_signs_in_the_search_are_only_signs(session: Session) -> None:
    assert recipients.search(session, words="%") == ([], 0)
    assert recipients.search(session, words="_' OR 1=1") == ([], 0)


def test_every_field_says_what_is_wrong_with_it() -> None:
    wrong = errors_of(
        kind="raja", name="", region="99", email="camat", phone="abc", channel="merpati"
    )
    assert set(wrong) == {"kind", "name", "region", "email", "phone", "channel"}
    assert all(sentence.endswith(".") for sentence in wrong.values())


def test_the_channel_needs_its_address() -> None:
    assert set(errors_of(email="")) == {"email"}
    assert set(errors_of(channel="wa")) == {"phone"}
    assert recipients.read(CAMAT | {"channel": "caraka", "email": ""}).email == ""


@pytest.mark.parametrize(
    ("kind", "needed"),
    [("camat", "Kecamatan"), ("kepala_desa", "Desa"), ("lurah", "Kelurahan")],
)
def test_the_head_of_an_area_needs_an_area_of_that_kind(kind: str, needed: str) -> None:
    areas = [
        *regions.districts(),
        *(v for d in regions.districts() for v in regions.villages(d.code)),
    ]
    for area in {area.kind: area for area in areas}.values():
        typed = CAMAT | {"kind": kind, "region": area.code}
        if area.kind == needed:
            assert recipients.read(typed).region == area.code
        else:
            assert set(errors_of(kind=kind, region=area.code)) == {"region"}
    assert recipients.read(CAMAT | {"kind": "narasumber", "region": ""}).region == ""


def test_a_name_that_looks_like_an_address_is_refused() -> None:
    assert "dikira alamat" in errors_of(name="camat@kolaka.go.id")["name"]


def test_a_header_cannot_be_smuggled_in() -> None:
    assert set(errors_of(email="camat@kolaka.go.id\r\nBcc: x@y.z")) == {"email"}
    assert set(errors_of(title="Camat\r\nBcc: x@y.z")) == {"title"}
