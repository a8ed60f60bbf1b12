"""No form of the office answers with a failure, whatever is typed (the long form: `make scan`)."""

from __future__ import annotations

from flask import request

from tests.access import asking
from tests.scan import fuzz

SEED = 17
ROLES = ("admin", "kasi")


def test_a_planted_failure_is_found() -> None:
    form = '<form action="/kenari"><input name="angka" value="7"></form>'
    with asking.office() as office:
        office.app.add_url_rule("/kenari-formulir", "planted.form", lambda: form)
        office.app.add_url_rule(
            "/kenari", "planted.hole", lambda: str(int(request.args.get("angka", "7")))
        )
        found = [f for f in fuzz.forms(office, ["admin"]) if f.action == "/kenari"]
        assert fuzz.failures(office, found, 10, SEED) != []


def test_whatever_is_typed_is_answered_and_nothing_fails() -> None:
    with asking.office() as office:
        found = list(fuzz.forms(office, ROLES))
        assert len(found) > 40
        assert fuzz.failures(office, found, 1, SEED) == []
        assert fuzz.failures(office, found[SEED % 3 :: 3], 2, SEED) == []
