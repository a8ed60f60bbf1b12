"""The seven rules of the house (docs/architecture.md), each as a test over the source itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from config.settings import ROOT
from tasks import BEAT, create_celery
from tests.conftest import settings_for

ROOMS = (
    "sop",
    "people",
    "documents",
    "dispatch",
    "groups",
    "cases",
    "search",
    "deadlines",
    "evidence",
    "backups",
    "pages",
    "commands",
)
FREE = {"db", "clock", "bell", "claims", "failpoints", "audit", "queues", "logs"}
OPEN_TO_EVERYBODY = {
    "people.login",
    "second.ask",
    "second.enrol",
    "sso.begin",
    "sso.back",
    "health.healthz",
    "health.alive",
    "metrics.show",
    "feeds.file",
    "vendor",
    "static",
    "offline.worker",
    "guests.show",
    "guests.enter",
    "verify.index",
    "verify.show",
    "verify.check",
    "verify.check_letter",
}
SOURCES = [
    path
    for door in ("kimweb", "tasks", "config")
    for path in (ROOT / door).rglob("*.py")
    if "migrations" not in path.parts
]


def imported(path: Path) -> Iterator[str]:
    """Every module that `path` imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(path: Path) -> Iterator[str]:
    """Every call in `path`, spelled as in the source: `session.commit`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def files_with(pattern: str, *allowed: str) -> list[str]:
    """Files in which `pattern` stands although they are not in `allowed`."""
    return [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(pattern, path.read_text(), re.MULTILINE)
        and str(path.relative_to(ROOT)) not in allowed
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_1_imports_point_left(room: str) -> None:
    may = {*ROOMS[: ROOMS.index(room) + 1], *FREE}
    for path in (ROOT / "kimweb" / room).rglob("*.py"):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "kimweb" and len(parts) > 1:
                assert parts[1] in may, f"{path.relative_to(ROOT)} imports {name}"


def test_2_the_core_knows_neither_tasks_nor_app_and_config_knows_nothing() -> None:
    for path in SOURCES:
        door = path.relative_to(ROOT).parts[0]
        heads = {name.split(".")[0] for name in imported(path)}
        if door == "kimweb":
            assert not heads & {"tasks", "app"}, path
        if door == "tasks":
            assert not [n for n in imported(path) if n.startswith("kimweb.pages")], path
        if door == "config":
            assert not heads & {"kimweb", "tasks", "app"}, path


def test_3_only_moves_opens_closes_or_changes_a_stage() -> None:
    writes = r"(insert|update|delete)\(Stage\)|\bStage\(|stage\.(closed_at|verdict|step) = "
    own = ("kimweb/cases/moves.py", "kimweb/cases/rows.py", "kimweb/cases/models.py")
    assert files_with(writes, *own) == [
        # Beside a move: due times that follow the calendar, a clock that is stopped and resumed.
        "kimweb/cases/clocks.py",
        # The sweep moves only the time at which it looks again (next_rung_at).
        "kimweb/deadlines/sweep.py",
    ]
    # What happens to a case is a link of the chain of evidence too.
    assert files_with(r"insert\(Event\)", "kimweb/cases/history.py") == []
    assert files_with(r"rows\.[A-Z]+_?[A-Z]*\b|import .*\brows\b") == ["kimweb/cases/moves.py"]


def test_4_only_the_doors_and_the_sweep_commit() -> None:
    doors = (
        *("kimweb/pages/", "kimweb/commands/", "tasks/", "kimweb/deadlines/sweep.py"),
        # A restore is a transaction of its own, before anybody works here.
        "kimweb/backups/keeping.py",
    )
    for path in SOURCES:
        where = str(path.relative_to(ROOT))
        if where.startswith(doors) or where == "kimweb/db.py":
            continue
        found = [c for c in calls(path) if c.endswith((".commit", "db.writing", ".rollback"))]
        assert not found, f"{where}: {found}"


def test_5_each_outside_thing_has_one_door() -> None:
    assert (
        files_with(r"datetime\.now\(|date\.today\(|utcnow\(|dt\.datetime\.now", "kimweb/clock.py")
        == []
    )
    assert files_with(r"smtplib\.(SMTP|LMTP)\w*\(", "kimweb/dispatch/mailer.py") == []
    assert files_with(r"os\.environ|getenv\(", "config/settings.py") == []
    assert files_with(r"^\s*(import|from) typst\b", "kimweb/documents/typesetter.py") == []
    # Keys that sign; and the vault, which signs nothing.
    keys = files_with(
        r"^\s*(import|from) (pyhanko|cryptography|pkcs11|asn1crypto)", "kimweb/people/vault.py"
    )
    assert [file for file in keys if not file.startswith("kimweb/documents/signing/")] == []


def test_6_every_page_asks_for_a_login(app: Flask) -> None:
    stranger = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_TO_EVERYBODY or "GET" not in (rule.methods or ()):
            continue
        values = dict.fromkeys(rule.arguments, 1)
        with app.test_request_context():
            url = rule.build(values)
        assert url is not None, rule
        answer = stranger.get(url[1])
        assert answer.status_code == 302, f"{rule} answers a stranger with {answer.status_code}"
        assert "/login" in answer.headers["Location"]


def test_6_every_case_is_reached_through_the_person() -> None:
    """Pages never load a case by its bare id."""
    for path in (ROOT / "kimweb" / "pages").rglob("*.py"):
        assert not re.search(r"\.get(_one|_or_404)?\(Case\b|select\(Case\b", path.read_text()), path


def test_7_every_beat_entry_is_a_task_that_expires_before_its_next_turn(
    app: Flask, tmp_path: Path
) -> None:
    celery = create_celery(app, settings_for(tmp_path))
    celery.loader.import_default_modules()
    for name, entry in BEAT.items():
        assert entry["task"] in celery.tasks, name
        assert 0 < entry["options"]["expires"] < entry["schedule"], name
    assert celery.conf.enable_utc
    assert celery.conf.timezone == "UTC"


def test_every_step_of_every_sop_has_its_screen_and_its_words_in_the_core() -> None:
    from kimweb.cases import blockers, effects
    from kimweb.sop import shelf
    from kimweb.sop.book import EFFECTS, REQUIREMENTS, WORKS

    assert set(blockers.REQUIREMENTS) == REQUIREMENTS
    assert set(effects.EFFECTS) == EFFECTS
    for work in WORKS:
        assert (ROOT / "templates" / "cases" / "work" / f"{work}.html").exists(), work
    assert shelf.CURRENT in shelf.editions()
