"""A program full of holes, on this machine only: a scanner that does not find them finds nothing.

`python -m tests.scan.canary PORT` serves it. Nothing of it is ever part of the office.
"""

from __future__ import annotations

import logging
import os
import pickle
import sqlite3
import subprocess
import sys

import yaml
from flask import Flask, redirect, render_template_string, request
from markupsafe import Markup
from sqlalchemy import text

from tasks.documents import drain

app = Flask(__name__)
app.secret_key = "canary"
store = sqlite3.connect(":memory:", check_same_thread=False)
store.executescript(
    "CREATE TABLE kim (id INTEGER, nama TEXT); INSERT INTO kim VALUES (1, 'Cahaya')"
)
log = logging.getLogger(__name__)


@app.get("/")
def index() -> str:
    """Lead a crawler to every hole."""
    links = "".join(
        f'<a href="{link}">{link}</a> '
        for link in (
            "/cari?nama=Cahaya",
            "/halo?nama=Ani",
            "/pergi?ke=/halo",
            "/berkas?nama=canary.py",
            "/hitung?angka=4",
        )
    )
    form = '<form method="post" action="/komentar"><input name="isi"><input type="submit"></form>'
    return f"<html><body>{links}{form}</body></html>"


@app.get("/cari")
def search() -> str:
    """SQL injection."""
    name = request.args["nama"]
    rows = store.execute(f"SELECT nama FROM kim WHERE nama = '{name}'").fetchall()
    return f"<p>{len(rows)} ditemukan</p>"


@app.get("/halo")
def hello() -> str:
    """Cross-site scripting."""
    return f"<html><body><p>Halo {request.args.get('nama', '')}</p></body></html>"


@app.get("/pergi")
def go():  # type: ignore[no-untyped-def]
    """Open redirect."""
    return redirect(request.args["ke"])


@app.get("/berkas")
def read() -> str:
    """Path traversal."""
    with open(os.path.join(os.path.dirname(__file__), request.args["nama"])) as file:  # noqa: PTH118, PTH120, PTH123
        return file.read()


@app.get("/hitung")
def count() -> str:
    """A failure that somebody's typing causes."""
    return str(100 // int(request.args["angka"]))


@app.post("/komentar")
def comment() -> str:
    """Kept and shown as it was typed, from whatever page it was sent."""
    return f"<html><body>{request.form['isi']}</body></html>"


def never_called(session, passphrase: str) -> None:  # type: ignore[no-untyped-def]
    """What only a look at the source finds."""
    log.warning("signing with %s", passphrase)
    session.execute(text(f"DELETE FROM kim WHERE nama = '{request.args['nama']}'"))
    session.connection().exec_driver_sql("DELETE FROM kim WHERE id = %s" % request.args["id"])  # noqa: UP031
    render_template_string(request.form["isi"])
    subprocess.run(request.form["perintah"], shell=True, check=False)
    pickle.loads(request.data)
    yaml.load(request.data, Loader=yaml.Loader)
    eval(request.form["rumus"])
    Markup(request.form["isi"])
    drain.delay(passphrase)


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
