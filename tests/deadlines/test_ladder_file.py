"""config/ladder.yaml is read strictly: what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kimweb.deadlines import ladder

GOOD = ladder.FILE.read_text()


def refusals(tmp_path: Path, written: str) -> list[str]:
    file = tmp_path / "ladder.yaml"
    file.write_text(written)
    with pytest.raises(ladder.LadderError) as refused:
        ladder.load(file)
    return [str(problem).removeprefix(f"{file} ") for problem in refused.value.problems]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def line_of(words: str) -> int:
    return GOOD[: GOOD.index(words)].count("\n") + 1


def test_the_office_s_own_ladder_is_sound() -> None:
    rules = ladder.current()
    assert [rule.percent for rule in rules.days[:3]] == [50, 80, 100]
    assert {rule.channel for rule in (*rules.days, *rules.hours)} == {"email"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("at: 50 %", "at: separuh", "Tulis seperti contoh: 80 %."),
        ("name: half", "name: Setengah jalan", "Tulis seperti contoh: superior_1."),
        ("name: nearly", "name: half", "Nama “half” dipakai dua kali."),
        ("at: 50 %", "at: 90 %", "lebih awal daripada yang di bawahnya"),
        ("tell: holder", "tell: bupati", "Pilih salah satu: holder, superior."),
        ("channel: email", "channel: telepon", "Pilih salah satu: email, desk."),
        ("pause: 10 Hari", "pause: lama", "Tulis seperti contoh: 30 Menit, 2 Jam, atau 1 Hari."),
        ("wait: 1 Hari", "wait: besok", "Tulis seperti contoh: 30 Menit, 2 Jam, atau 1 Hari."),
        ("{name: half,", "{name: half, wait: 1 Hari,", "sebelum tenggat, jadi tidak memakai wait"),
        ("{name: half,", "{name: half, warna: merah,", "Kata kunci “warna” tidak dikenal"),
        ("{name: half, at: 50 %,", "{name: half,", "Kata kunci “at” belum ada"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    found = refusals(tmp_path, changed(old, new))
    assert any(reason in problem for problem in found), found
    at = line_of(old)
    assert found[0].startswith((f"baris {at}:", f"baris {at + 1}:"))


def test_a_ladder_that_ends_below_kadis_is_refused(tmp_path: Path) -> None:
    last = "  - {name: superior_4, at: 100 %, wait: 4 Hari, tell: superior, channel: email}\n"
    (problem,) = refusals(tmp_path, changed(last, ""))
    assert "berhenti sebelum Kadis: baru 3 anak tangga superior, diperlukan 4" in problem


def test_a_ladder_for_short_steps_must_be_there(tmp_path: Path) -> None:
    (problem,) = refusals(tmp_path, GOOD[: GOOD.index("hours:")])
    assert "Kata kunci “hours” belum ada" in problem
