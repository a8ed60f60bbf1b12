"""SMTP_URL in words that an operator understands when it is wrong."""

from __future__ import annotations

import pytest

from kimweb.dispatch import servers
from kimweb.dispatch.servers import Server, ServerError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:8025", Server("smtp", "127.0.0.1", 8025)),
        ("smtp://localhost", Server("smtp", "localhost", 25)),
        ("smtps://mail.go.id", Server("smtps", "mail.go.id", 465)),
        (
            "smtp+starttls://kim%40kolaka.go.id:s%2Fandi@mail.go.id",
            Server("smtp+starttls", "mail.go.id", 587, "kim@kolaka.go.id", "s/andi"),
        ),
        ("smtp://u:p@127.0.0.1:2525", Server("smtp", "127.0.0.1", 2525, "u", "p")),
    ],
)
def test_the_address_of_a_server_is_read(url: str, server: Server) -> None:
    assert servers.read(url) == server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.go.id:25", "harus berbentuk"),
        ("http://mail.go.id", "harus berbentuk"),
        ("smtp://", "harus berbentuk"),
        ("smtp://mail.go.id:99999", "Port"),
        ("smtp://u:p@mail.go.id", "tanpa enkripsi"),
    ],
)
def test_a_wrong_one_is_refused_with_a_sentence(url: str, said: str) -> None:
    with pytest.raises(ServerError, match=said):
        servers.read(url)
