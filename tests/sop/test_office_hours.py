"""The calendar file of the office is read strictly: every mistake is named with its line."""

import datetime as dt
from pathlib import Path

import pytest

from kimweb.sop.calendar import Calendar
from kimweb.sop.office_hours import CalendarError, read_office_hours

WRITTEN = (Path(__file__).parents[2] / "config/calendar.yaml").read_text(encoding="utf-8")
FRIDAY = "      - {days: [jumat], open: 07.30-16.30, break: 11.30-13.00}\n"
LEAVE = "overrides:\n  - {date: 2028-02-25, kind: collective_leave, name: Cuti Idul Fitri}\n"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in WRITTEN
    path = tmp_path / "calendar.yaml"
    path.write_text(WRITTEN.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ("zone: Asia/Makassar", "zone: Asia/Tokyo", "Asia/Tokyo", "Pilih salah satu: Asia/Jakarta"),
        ("zone:", "zona:", "zona:", "Kata kunci “zona” tidak dikenal pada berkas kalender"),
        ("name: biasa", "name: umum", "- name: umum", "Jam kerja bernama “biasa” belum ada"),
        ("name: ramadan", "name: biasa", "- name: biasa", "Jam kerja “biasa” tertulis dua kali"),
        ("07.30-16.00", "7.30-16.00", "7.30-16.00", "Tulis seperti contoh: 07.30-16.00"),
        ("07.30-16.00", "16.00-07.30", "16.00-07.30", "berakhir sebelum dimulai"),
        ("12.00-13.00", "15.30-16.30", "15.30-16.30", "Istirahat harus berada di dalam jam buka"),
        ("[jumat]", "[kamis]", "[kamis]", "Hari kamis sudah mempunyai jam kerja"),
        ("[jumat]", "[friday]", "[friday]", "Pilih salah satu: senin, selasa"),
        ("[jumat]", "[]", "days: []", "masih kosong. Isi paling sedikit satu butir"),
        ("last: 2026-03-20", "last: 2026-02-01", "Ramadan 1447", "berakhir sebelum dimulai"),
        ("first: 2027-02-08", "first: 2026-03-20", "Ramadan 1448", "bertindihan dengan masa"),
        ("hours: ramadan,", "hours: puasa,", "hours: puasa", "Pilih salah satu: biasa, ramadan"),
        ("estimated: false", "estimated: belum", "belum}", "Pilih salah satu: true, false"),
        ("days_off: []", "days_off:", "days_off:", "harus berupa daftar"),
        (
            "days_off: []",
            "days_off:\n  - {date: 2027-07-14, name: Satu}\n  - {date: 2027-07-14, name: Dua}",
            "name: Dua",
            "Tanggal 2027-07-14 tertulis dua kali",
        ),
        (
            "overrides: []",
            "overrides:\n  - {date: 2026-11-21, kind: working, name: Sabtu}",
            "name: Sabtu",
            "jatuh pada libur mingguan. Tulis jam kerjanya pada open",
        ),
        (
            "overrides: []",
            LEAVE.replace("Fitri}", "Fitri, open: 07.30-12.00}"),
            "kind: collective_leave, name",
            "adalah hari libur, jadi tidak mempunyai jam kerja",
        ),
        (
            "overrides: []",
            "overrides:\n  - {date: 2026-12-24, kind: working, name: X, break: 12.00-13.00}",
            "name: X",
            "memuat break tanpa open",
        ),
        (
            "overrides: []",
            "overrides:\n  - {date: 2026-12-24, kind: weekend, name: X}",
            "name: X",
            "Pilih salah satu: working, public_holiday, collective_leave",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, where: str, reason: str
) -> None:
    path = changed(tmp_path, old, new)
    text = path.read_text(encoding="utf-8")

    with pytest.raises(CalendarError) as refused:
        read_office_hours(path)

    lines = {problem.line for problem in refused.value.problems if reason in problem.reason}
    assert lines == {text[: text.rindex(where)].count("\n") + 1}


def test_a_friday_without_a_break_is_one_stretch(tmp_path: Path) -> None:
    path = changed(tmp_path, FRIDAY, "      - {days: [jumat], open: 07.30-11.30}\n")

    windows = Calendar(read_office_hours(path)).day(dt.date(2026, 11, 20)).windows

    assert windows == ((dt.time(7, 30), dt.time(11, 30)),)


def test_the_office_may_keep_a_six_day_week(tmp_path: Path) -> None:
    saturday = "      - {days: [sabtu], open: 07.30-12.00}\n"
    path = changed(tmp_path, FRIDAY, FRIDAY + saturday)

    assert Calendar(read_office_hours(path)).day(dt.date(2026, 11, 21)).kind == "working"


def test_days_off_and_changes_of_the_file_are_kept(tmp_path: Path) -> None:
    path = changed(tmp_path, "days_off: []", "days_off: [{date: 2026-11-24, name: Pilkades}]")
    text = path.read_text(encoding="utf-8").replace("overrides: []", LEAVE)
    path.write_text(text, encoding="utf-8")

    calendar = Calendar(read_office_hours(path))

    days = [calendar.day(dt.date(2026, 11, 24)), calendar.day(dt.date(2028, 2, 25))]
    assert [(day.kind, day.name) for day in days] == [
        ("local", "Pilkades"),
        ("collective_leave", "Cuti Idul Fitri"),
    ]
