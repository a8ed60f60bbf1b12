"""A person of the office with a plain browser, who remembers what the office answered."""

from __future__ import annotations

import http.client
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status (0 when the line broke), the text, and after how long."""

    status: int
    text: str
    seconds: float
    path: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the office has said that it did what was asked."""
        return 200 <= self.status < 400

    def field(self, name: str) -> str:
        """Return the value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"{self.path} ({self.status}) has no field {name}"
        return found[1]


@dataclass
class Browser:
    """One person's browser at `url`; it follows no redirect, so that each answer is seen."""

    url: str
    heard: list[Answer] = field(default_factory=list)
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    account: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self._opener = urllib.request.build_opener(cookies, _Stay())

    def login(self, username: str, password: str) -> Browser:
        page = self._ask("/login", None)
        answer = self.post("/login", page, username=username, password=password)
        assert answer.status == 303, (answer.status, answer.text[:300])
        self.account = (username, password)
        return self

    def get(self, path: str) -> Answer:
        """Ask for a page; log in again when the login has ended, as on the next day it has."""
        answer = self._ask(path, None)
        if answer.status == 302 and self.account:
            return self.login(*self.account)._ask(path, None)
        return answer

    def post(self, path: str, page: Answer, **fields: object) -> Answer:
        """Send a form of `page`, with its token."""
        typed = {"csrf_token": page.field("csrf_token"), **fields}
        return self._ask(path, urllib.parse.urlencode(typed).encode())

    def upload(
        self, path: str, page: Answer, name: str, content: bytes, **fields: object
    ) -> Answer:
        """Send a file called `name` with a form of `page` (RFC 7578)."""
        line = b"--kimweb-boundary"
        typed = {"csrf_token": page.field("csrf_token"), **fields}
        parts = [
            b'%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (line, key.encode(), str(value).encode())
            for key, value in typed.items()
        ]
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = b"".join([*parts, line, b"\r\n", head.encode(), content, b"\r\n", line, b"--\r\n"])
        return self._ask(path, body, "multipart/form-data; boundary=kimweb-boundary")

    def _ask(
        self, path: str, body: bytes | None, content_type: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        request = urllib.request.Request(self.url + path, body)
        if body is not None:
            request.add_header("Content-Type", content_type)
            request.add_header("Sec-Fetch-Site", "same-origin")
        began = time.monotonic()
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as reply:
                status, text = reply.status, reply.read().decode(errors="replace")
        except urllib.error.HTTPError as refusal:
            with refusal:
                status, text = refusal.code, refusal.read().decode(errors="replace")
        except (OSError, EOFError, http.client.HTTPException):
            status, text = 0, ""
        answer = Answer(status, text, time.monotonic() - began, path)
        self.heard.append(answer)
        return answer


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None
