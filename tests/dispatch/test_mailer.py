"""The mailer against a real SMTP server that refuses, drops and waits at every verb."""

from __future__ import annotations

from functools import partial
from time import sleep

import pytest

from kimweb.dispatch import mailer, servers
from kimweb.dispatch.failures import Doubtful, LineDown, Refused, TryLater, Unknown
from tests.dispatch.sink import FOREVER, Sink

BODY = b"Subject: Undangan\r\n\r\nYth. Camat Toari\r\n.baris bertitik\r\n"


class Log:
    """What the mailer told its caller while sending."""

    def __init__(self) -> None:
        self.dots = 0
        self.alive = 0

    def before_dot(self) -> None:
        self.dots += 1

    def still_alive(self) -> None:
        self.alive += 1


def send(sink: Sink, log: Log | None = None, *, line: mailer.Session | None = None) -> str:
    log = log or Log()
    line = line or mailer.Session(servers.read(sink.url), "kantor.contoh")
    return line.send(
        "dinas@kolaka.example",
        "camat@toari.example",
        BODY,
        before_dot=log.before_dot,
        alive=log.still_alive,
    )


def test_a_letter_arrives_once_as_it_was_written() -> None:
    with Sink() as sink:
        log = Log()
        assert send(sink, log).startswith("250 2.0.0 queued as")
        assert log.dots == 1
        (received,) = sink.received
        assert received.recipient == "camat@toari.example"
        assert received.sender == "dinas@kolaka.example"
        assert received.content == BODY


def test_one_line_carries_many_letters() -> None:
    with Sink() as sink, mailer.Session(servers.read(sink.url), "kantor.contoh") as line:
        for _ in range(5):
            send(sink, line=line)
        assert len(sink.received) == 5
        assert sink.connections == 1


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_passing_trouble_at_any_verb_means_try_later(moment: str) -> None:
    with Sink() as sink:
        sink.answer(moment, "451 4.3.0 sedang sibuk")
        with pytest.raises(TryLater, match="sedang sibuk"):
            send(sink)
        assert not sink.received


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "DOT"])
def test_a_refusal_at_any_verb_is_final_and_the_next_letter_goes_out(
    moment: str, pipelining: bool
) -> None:
    with (
        Sink(pipelining=pipelining) as sink,
        mailer.Session(servers.read(sink.url), "kantor.contoh") as line,
    ):
        sink.answer(moment, "550 5.1.1 alamat tidak dikenal")
        with pytest.raises(Refused, match="alamat tidak dikenal"):
            send(sink, line=line)
        send(sink, line=line)
        assert len(sink.received) == 1
        assert sink.connections == 1


@pytest.mark.parametrize(
    ("moment", "means"),
    [
        ("CONNECT", LineDown),
        ("EHLO", LineDown),
        ("MAIL", LineDown),
        ("RCPT", Doubtful),
        ("DATA", Doubtful),
    ],
)
@pytest.mark.parametrize("pipelining", [False, True])
def test_a_line_that_breaks_before_the_dot_certainly_accepted_nothing(
    pipelining: bool, moment: str, means: type[TryLater]
) -> None:
    with Sink(pipelining=pipelining) as sink:
        log = Log()
        sink.drop(moment, times=FOREVER)
        with pytest.raises(means):
            send(sink, log)
        assert not sink.received
        assert log.dots == 0


@pytest.mark.parametrize("reply", ["", "552 5.3.4 surat terlalu besar"])
def test_a_server_that_gives_up_in_the_middle_of_the_letter_accepted_nothing(reply: str) -> None:
    with Sink() as sink:
        sink.answer("BODY", reply)
        line = mailer.Session(servers.read(sink.url), "kantor.contoh")
        with pytest.raises(Refused if reply else TryLater):
            # Writing the phase to the disk takes a moment too; by then the server has spoken.
            line.send("a@b.example", "c@d.example", BODY, before_dot=partial(sleep, 0.3), alive=Log)
        assert not sink.received


@pytest.mark.parametrize(("moment", "copies"), [("DOT", 0), ("KEPT", 1)])
def test_a_line_that_breaks_after_the_dot_leaves_the_letter_unknown(
    moment: str, copies: int
) -> None:
    with Sink() as sink:
        sink.drop(moment)
        with pytest.raises(Unknown, match="server memutus sambungan"):
            send(sink)
        assert len(sink.received) == copies


def test_where_the_server_allows_it_the_verbs_travel_together() -> None:
    with Sink(pipelining=True) as sink:
        line = mailer.Session(servers.read(sink.url), "kantor.contoh")
        heard = []
        sink.wait("MAIL", 0.2)
        line.send(
            "a@b.example",
            "camat@toari.example",
            BODY,
            before_dot=Log,
            alive=Log,
            meanwhile=lambda: heard.append("sambil menunggu"),
        )
        assert heard == ["sambil menunggu"]
        assert [each.content for each in sink.received] == [BODY]


def test_a_server_that_answers_at_once_leaves_no_time_for_other_things() -> None:
    with Sink(pipelining=True) as sink:
        line = mailer.Session(servers.read(sink.url), "kantor.contoh")
        send(sink, line=line)
        called = []
        with pytest.MonkeyPatch.context() as patience:
            patience.setattr(mailer, "QUICK_SECONDS", 5)
            line.send(
                "a@b.example",
                "camat@toari.example",
                BODY,
                before_dot=Log,
                alive=Log,
                meanwhile=lambda: called.append(1),
            )
        assert not called


def test_a_server_that_wants_a_letter_for_nobody_gets_none() -> None:
    with Sink(pipelining=True) as sink:
        sink.answer("RCPT", "550 5.1.1 tidak dikenal")
        sink.answer("DATA", "354 silakan")
        line = mailer.Session(servers.read(sink.url), "kantor.contoh")
        with pytest.raises(Refused, match="tidak dikenal"):
            send(sink, line=line)
        assert not sink.received
        send(sink, line=line)
        assert sink.copies() == {"camat@toari.example": 1}


def test_reasons_of_policy_leave_open_who_is_to_blame() -> None:
    with Sink() as sink:
        sink.answer("RCPT", "550 5.7.1 ditolak kebijakan")
        with pytest.raises(Doubtful, match="ditolak kebijakan") as doubt:
            send(sink)
        assert doubt.value.barred
        sink.answer("MAIL", "530 5.7.0 masuk dahulu")
        with pytest.raises(LineDown, match="masuk dahulu"):
            send(sink)


def test_a_sender_that_was_frozen_before_the_dot_does_not_send_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "FROZEN_SECONDS", 0.1)
    with Sink() as sink:
        line = mailer.Session(servers.read(sink.url), "kantor.contoh")
        with pytest.raises(TryLater, match="sempat terhenti"):
            line.send("a@b.example", "c@d.example", BODY, before_dot=partial(sleep, 0.2), alive=Log)
        assert not sink.received


def test_the_enhanced_code_is_believed_more_than_the_basic_one() -> None:
    with Sink() as sink:
        sink.answer("RCPT", "550 4.2.2 kotak surat penuh")
        with pytest.raises(TryLater):
            send(sink)
        sink.answer("RCPT", "450 5.1.1 tidak ada orang itu")
        with pytest.raises(Refused):
            send(sink)
        sink.answer("RCPT", "550 5.4.4 tidak ada rute")
        with pytest.raises(TryLater):
            send(sink)


def test_a_server_that_closes_an_idle_line_is_called_again_at_once() -> None:
    with Sink() as sink, mailer.Session(servers.read(sink.url), "kantor.contoh") as line:
        send(sink, line=line)
        sink.answer("MAIL", "421 4.4.2 terlalu lama diam")
        send(sink, line=line)
        sink.drop("MAIL")
        send(sink, line=line)
        assert len(sink.received) == 3
        assert sink.connections == 3


def test_a_server_that_takes_nobody_now_is_a_line_down() -> None:
    with Sink() as sink:
        sink.answer("MAIL", "421 4.3.2 tutup", times=FOREVER)
        with pytest.raises(LineDown):
            send(sink)


def test_where_nobody_listens_the_reason_is_said_in_plain_words() -> None:
    with Sink() as sink:
        gone = sink.url
    line = mailer.Session(servers.read(gone), "kantor.contoh")
    with pytest.raises(LineDown, match="tidak ada server surat di alamat itu"):
        line.open()


def test_what_stops_the_sender_before_the_dot_keeps_the_letter_in_the_house() -> None:
    def overtaken() -> None:
        raise KeyError("somebody else sends this")

    with Sink() as sink, mailer.Session(servers.read(sink.url), "kantor.contoh") as line:
        with pytest.raises(KeyError):
            line.send("a@b.example", "c@d.example", BODY, before_dot=overtaken, alive=Log)
        send(sink, line=line)
        assert sink.copies() == {"camat@toari.example": 1}


def test_a_slow_answer_after_the_dot_is_waited_for_and_the_lease_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "ALIVE_SECONDS", 0.05)
    with Sink() as sink:
        sink.wait("KEPT", 0.4)
        log = Log()
        assert send(sink, log).startswith("250")
        assert log.alive >= 3


def test_no_answer_within_the_patience_after_the_dot_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(mailer, "DOT_SECONDS", 0.2)
    with Sink() as sink:
        sink.wait("KEPT", 5)
        with pytest.raises(Unknown, match="server tidak menjawab"):
            send(sink)


def test_a_server_that_says_nothing_before_the_dot_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "VERB_SECONDS", 0.2)
    with Sink() as sink:
        sink.wait("RCPT", 5)
        with pytest.raises(TryLater, match="server tidak menjawab"):
            send(sink)


def test_an_unreadable_answer_after_the_dot_is_unknown() -> None:
    with Sink() as sink:
        sink.answer("DOT", "354 apa?")
        with pytest.raises(Unknown, match="jawaban tidak jelas"):
            send(sink)


def test_checking_sends_nothing() -> None:
    with Sink() as sink, mailer.Session(servers.read(sink.url), "kantor.contoh") as line:
        assert line.check("dinas@kolaka.example").startswith("250")
        sink.answer("MAIL", "550 5.7.1 pengirim tidak diizinkan")
        with pytest.raises(LineDown, match="pengirim tidak diizinkan"):
            line.check("dinas@kolaka.example")
        assert not sink.received
