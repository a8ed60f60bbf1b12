"""Our own rules find every planted hole, and nothing unexplained in the office."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import ROOT
from tests.scan import rules
from tests.test_house_rules import SOURCES

CANARY = Path(__file__).with_name("canary.py")


def test_every_rule_finds_its_planted_hole() -> None:
    found = {finding.rule for finding in rules.findings([CANARY], even_explained=True)}
    assert found == {rule.__name__ for rule in rules.RULES}


def test_the_source_of_the_office_breaks_no_rule() -> None:
    found = rules.findings([*SOURCES, ROOT / "app.py"])
    assert [f"{f.file.relative_to(ROOT)}:{f.line} {f.rule}" for f in found] == []


def test_no_template_lets_typed_text_through_as_markup() -> None:
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text()
        # A literal of our own is not typed, and the chart is drawn by us (kimweb/sop/chart).
        safe = re.findall(r"[\w\])]\s*\|\s*safe\b", text)
        assert not safe or file.name == "_sheets.html", file
        assert "autoescape false" not in text, file
