"""A letter to many recipients, against smtplib with a line and a message built for each of them.

The office does more for each: it claims the row, writes the phase before the final dot and the
answer after it. Over a real line round trips count, so there a proxy holds every byte back.
"""

from __future__ import annotations

import os
import smtplib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage
from statistics import median

from flask import Flask
from sqlalchemy import func, select

from kimweb import clock, db
from kimweb.dispatch import outbox
from kimweb.dispatch.models import LETTER, SENT, Message
from kimweb.documents import files
from tasks import dispatch
from tests.bench import post_office
from tests.bench.harness import Figure, Target
from tests.bench.office import example_office

ROUNDS = 3
PDF = os.urandom(60_000)
SUBJECT = "Surat Undangan Nomor 000.5/12/DISKOMINFO/XI/2026: Undangan pembentukan KIM"
TEXT = "Yth. Camat\n\nBersama ini kami sampaikan surat sebagaimana terlampir.\n" * 10
HTML = f"<p>{TEXT}</p>\n"
FROM = "kimweb@localhost"
ROUND_TRIP_SECONDS = 0.02


def figures(recipients: int) -> Iterator[Figure]:
    """Mails a second on loopback with one worker, and 20 ms away with two."""
    with post_office.running() as port, example_office() as app:
        yield _figure(
            f"letter to {recipients} recipients: loopback, one worker",
            app,
            port,
            Target(2.5),
            (recipients, recipients // 4),
            workers=1,
        )
        with post_office.running("tests.bench.far", port, ROUND_TRIP_SECONDS / 2) as far:
            yield _figure(
                f"letter to {recipients // 4} recipients: 20 ms away, two workers",
                app,
                far,
                Target(2.7),
                (recipients // 4, recipients // 16),
                workers=2,
            )


def _figure(
    name: str, app: Flask, port: int, target: Target, counts: tuple[int, int], *, workers: int
) -> Figure:
    app.config["OFFICE"] = replace(app.config["OFFICE"], smtp_url=f"smtp://127.0.0.1:{port}")
    mine, bare = counts
    _office(app, 10, workers)
    pairs = []
    for turn in range(ROUNDS):
        works = [lambda: _office(app, mine, workers), lambda: _smtplib(port, bare)]
        rates = [work() for work in (works if turn % 2 else works[::-1])]
        pairs.append(rates if turn % 2 else rates[::-1])
    return Figure(
        name,
        tuple(ours / floor for ours, floor in pairs),
        target,
        "per second",
        median(ours for ours, _ in pairs),
        median(floor for _, floor in pairs),
    )


def _office(app: Flask, count: int, workers: int) -> float:
    """Send one letter to `count` recipients as the office does; return mails a second."""
    with app.app_context():
        _queue(count)

    def work() -> None:
        with app.app_context():
            dispatch.drain()
            db.session.remove()

    spent = _seconds(work, workers)
    with app.app_context():
        sent = select(func.count()).where(Message.state == SENT)
        assert db.session.scalar(sent) == count
        with db.writing() as session:
            session.execute(Message.__table__.delete())  # type: ignore[attr-defined]
        db.session.remove()
    return count / spent


def _queue(count: int) -> None:
    attachment = {"name": "Surat-Undangan.pdf", "type": "application/pdf"}
    attachment["sha256"] = files.store().put(PDF)
    with db.writing() as session:
        for n in range(count):
            outbox.queue(
                session,
                key=f"bench-{n}",
                policy=LETTER,
                letter="surat",
                to=(f"Camat {n}", f"camat{n}@kolaka.example"),
                subject=SUBJECT,
                text=TEXT,
                html=HTML,
                attachments=[attachment],
                now=clock.now(),
            )


def _smtplib(port: int, count: int) -> float:
    """The floor: what a first program does, one line and one message built for each."""

    def work() -> None:
        for n in range(count):
            with smtplib.SMTP("127.0.0.1", port) as line:
                line.send_message(_message(n))

    return count / _seconds(work, 1)


def _message(n: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = FROM, f"camat{n}@kolaka.example", SUBJECT
    message.set_content(TEXT)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(PDF, "application", "pdf", filename="Surat-Undangan.pdf")
    return message


def _seconds(work: Callable[[], None], workers: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        for job in [pool.submit(work) for _ in range(workers)]:
            job.result()
    return time.perf_counter() - began
