"""Every form of the office is filled with what no form expects; no answer may be a failure (5xx).

Routes come from the url map, forms and their fields from the pages themselves: a new form is
fuzzed from its first day. `python -m tests.scan.fuzz ROUNDS` is the long form.
"""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from bs4 import BeautifulSoup, Tag

from tests.access import asking

# Values that broke programs before: empty, far too long, of another kind, of another world.
NASTY = (
    "",
    " ",
    "0",
    "-1",
    "1e309",
    "NaN",
    "9" * 30,
    "9" * 5000,
    "2026-02-31",
    "0000-00-00",
    "99999-12-31",
    "31/12/2026 25.61",
    "24:61",
    "a" * 70_000,
    "\x00",
    "\r\nSet-Cookie: x=1",
    "\U0001f600\u202e\u0661\u0662",
    "'\"`;--<script>{{7*7}}${7*7}%s%n",
    "../../../../etc/passwd",
    "[]",
    '{"a": {"b": []}}',
    "=1+1",
    "null",
    "\u200b",
    "٣",
    "²",
    "kadis",
    "74.01.25.1001",
)
SENT_AS_FILE = (b"", b"\x00" * 100, b"%PDF-1.7 broken", b"\xff\xd8\xff\xe0 no picture", b"a;b\n1")


class Form(NamedTuple):
    """A form as a page shows it: who saw it, where it goes, and its fields with their values."""

    role: str
    method: str
    action: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    @property
    def same(self) -> tuple[str, str, frozenset[str]]:
        """Forms that differ in numbers only are the same one."""
        pattern = "".join("0" if c.isdigit() else c for c in self.action)
        return self.method, pattern, frozenset(name for name, _ in self.fields)


def forms(office: asking.Office, roles: Iterable[str]) -> Iterator[Form]:
    """Every form on every page that one of `roles` may open, each once."""
    known = set()
    for role in roles:
        client = office.client(role)
        for address in office.pages():
            answer = client.get(address, buffered=False)
            is_page = answer.status_code == 200 and answer.mimetype == "text/html"
            page = answer.text if is_page else ""
            answer.close()
            for form in _forms(role, address, page):
                if form.same not in known:
                    known.add(form.same)
                    yield form


def _forms(role: str, address: str, page: str) -> Iterator[Form]:
    for form in BeautifulSoup(page, "html.parser").find_all("form"):
        buttons = [b for b in form.find_all("button") if b.get("formaction")]
        for action in {form.get("action") or address, *(b["formaction"] for b in buttons)}:
            path = urlsplit(str(action))
            if path.path == "/logout":
                continue
            names = [f for f in form.find_all(["input", "select", "textarea"]) if f.get("name")]
            yield Form(
                role,
                str(form.get("method") or "get").upper(),
                f"{path.path}?{path.query}" if path.query else path.path,
                tuple((str(f["name"]), _value(f)) for f in names if f.get("type") != "file"),
                tuple(str(f["name"]) for f in names if f.get("type") == "file"),
            )


def _value(field: Tag) -> str:
    if field.name == "select":
        chosen = field.find("option", selected=True) or field.find("option")
        return str(chosen.get("value") or "") if isinstance(chosen, Tag) else ""
    return str(field.get("value") or field.get_text() or "")


def spoiled(form: Form, dice: random.Random) -> list[tuple[str, object]]:
    """The form as somebody sends it who wants to see it break."""
    sent: list[tuple[str, object]] = []
    for name, value in form.fields:
        fate = dice.random()
        if fate < 0.1:
            continue
        sent.append((name, value if fate < 0.4 else dice.choice(NASTY)))
        if fate > 0.95:
            sent.append((name, dice.choice(NASTY)))
    return sent


def send(
    office: asking.Office, form: Form, sent: list[tuple[str, object]], dice: random.Random
) -> int:
    """Send the form and put the office back as it was; return the status."""
    client = office.client(form.role)
    data: dict[str, list[object]] = {}
    for name, value in sent:
        data.setdefault(name, []).append(value)
    if form.method == "GET":
        answer = client.get(form.action, query_string=data, buffered=False)
    else:
        for name in form.files:
            data[name] = [(_file(dice), "berkas.jpg")]
        answer = client.post(form.action, data=data, buffered=False)
    status = answer.status_code
    answer.close()
    if form.method != "GET" and status < 400:
        office.put_back()
    return status


def _file(dice: random.Random):  # type: ignore[no-untyped-def]
    return io.BytesIO(dice.choice(SENT_AS_FILE))


def failures(office: asking.Office, found: Iterable[Form], rounds: int, seed: int) -> list[str]:
    """Return every answer that was a failure, with what was sent."""
    dice, wrong = random.Random(seed), []
    for form in found:
        for turn in range(rounds):
            # First nothing at all, then anything.
            sent = [] if turn == 0 else spoiled(form, dice)
            status = send(office, form, sent, dice)
            if status >= 500 and status != 503:
                wrong.append(f"{status} {form.method} {form.action} as {form.role}: {sent!r:.500}")
    return wrong


def main(rounds: int) -> int:
    """Fuzz every form as everybody; the seed is printed, so that a failure can be had again."""
    seed = random.randrange(10**6)
    with asking.office() as office:
        found = list(forms(office, [role for role in asking.ROLES if role]))
        wrong = failures(office, found, rounds, seed)
    click.echo(f"{len(found)} forms, {rounds} rounds, seed {seed}: {len(wrong)} failures")
    for line in wrong:
        click.echo(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
