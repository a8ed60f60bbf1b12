"""No form of the office answers with a failure, whatever is typed (the long form: `make scan`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import request

from tests.access import asking
from tests.scan import fuzz

SEED = 17
ROLES = ("admin", "kasi")


PLANTED = '<form action="/kenari"><input name="angka" value="7"></form>'


@pytest.fixture(scope="module")
def office() -> Iterator[asking.Office]:
    """An office to ask, with a form in it that breaks."""
    with asking.office() as office:
        office.app.add_url_rule("/kenari-formulir", "planted.form", lambda: PLANTED)
        office.app.add_url_rule(
            "/kenari", "planted.hole", lambda: str(int(request.args.get("angka", "7")))
        )
        yield office


def test_a_planted_failure_is_found(office: asking.Office) -> None:
    found = next(form for form in fuzz.forms(office, ["admin"]) if form.action == "/kenari")
    assert fuzz.failures(office, [found], 10, SEED) != []


@pytest.mark.slow
def test_whatever_is_typed_is_answered_and_nothing_fails(office: asking.Office) -> None:
    found = [form for form in fuzz.forms(office, ROLES) if form.action != "/kenari"]
    assert len(found) > 40
    assert fuzz.failures(office, found, 1, SEED) == []
    assert fuzz.failures(office, found[SEED % 3 :: 3], 2, SEED) == []
