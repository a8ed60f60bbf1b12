"""Deadlines in the office's own time: WITA, Friday breaks, Ramadan, holidays, collective leave."""

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimweb.sop import revising
from kimweb.sop.book import load as load_sop
from kimweb.sop.calendar import Calendar
from kimweb.sop.office_hours import CalendarError, OfficeHours, SpecialDay, read_office_hours
from kimweb.sop.shelf import Calendars
from kimweb.sop.steps import LANES, Span

ROOT = Path(__file__).parents[2]
CALENDAR = Calendar(read_office_hours(ROOT / "config/calendar.yaml"))
SOP = load_sop(ROOT / "config/sop/17-diskominfo-klk-2018.yaml")
ZONE = CALENDAR.zone
UNITS = {"menit": "minutes", "jam": "hours", "hari": "days"}


def at(written: str) -> dt.datetime:
    """A moment on the office's clock, such as "2026-11-20 16.25"."""
    return dt.datetime.strptime(written, "%Y-%m-%d %H.%M").replace(tzinfo=ZONE)


def span(written: str) -> Span:
    amount, unit = written.split()
    return Span(int(amount), UNITS[unit], written)


def clock(moment: dt.datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H.%M")


@pytest.mark.parametrize(
    ("start", "allowed", "due"),
    [
        ("2026-11-20 16.25", "10 menit", "2026-11-23 07.35"),  # over the weekend
        ("2026-11-20 11.25", "30 menit", "2026-11-20 13.25"),  # over the Friday break
        ("2026-11-23 15.30", "2 jam", "2026-11-24 09.00"),
        ("2026-11-21 09.00", "15 menit", "2026-11-23 07.45"),  # begun on a Saturday
        ("2026-03-17 14.50", "30 menit", "2026-03-25 07.50"),  # Ramadan, then Idul Fitri
        ("2026-03-17 09.00", "2 hari", "2026-03-26 09.00"),
        ("2026-12-23 10.00", "1 hari", "2026-12-28 10.00"),  # collective leave and Christmas
        ("2027-03-08 09.00", "1 hari", "2027-03-17 07.30"),  # begun on Nyepi
        ("2026-03-25 07.40", "1 hari", "2026-03-26 07.40"),
        ("2026-02-18 07.40", "1 hari", "2026-02-19 08.00"),  # before opening in Ramadan
        ("2026-02-18 15.40", "1 hari", "2026-02-19 15.00"),  # after closing in Ramadan
        ("2026-11-19 11.45", "1 hari", "2026-11-20 13.00"),  # into the Friday break
        ("2026-11-23 12.15", "1 hari", "2026-11-24 13.00"),  # begun in the break
        ("2026-11-23 15.50", "10 menit", "2026-11-23 16.00"),  # due at closing time itself
        ("2026-11-23 16.00", "10 menit", "2026-11-24 07.40"),  # arrives at closing time
        ("2026-12-31 15.55", "10 menit", "2027-01-04 07.35"),  # over the turn of the year
        ("2026-12-30 09.00", "2 hari", "2027-01-04 09.00"),
    ],
)
def test_a_span_of_work_is_due_in_working_time(start: str, allowed: str, due: str) -> None:
    assert clock(CALENDAR.add(at(start), span(allowed))) == due


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (
            "2026-11-23 08.00",
            {
                5: "2026-12-01 08.20",
                10: "2026-12-01 11.30",
                12: "2026-12-04 11.30",
                17: "2026-12-08 14.00",
            },
        ),
        ("2026-03-09 08.00", {10: "2026-03-17 11.30", 17: "2026-03-31 14.00"}),
    ],
    ids=["November", "across Idul Fitri"],
)
def test_the_whole_sop_without_rework_ends_when_the_calendar_says(
    start: str, expected: dict[int, str]
) -> None:
    moment, due = at(start), {}
    for step in SOP.steps:
        moment = CALENDAR.add(moment, step.time)
        due[step.number] = clock(moment)

    assert {number: due[number] for number in expected} == expected


def table() -> list[dict[str, str]]:
    path = ROOT / "tests/data/working-days-2025-2027.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hours(windows: tuple[tuple[dt.time, dt.time], ...]) -> str:
    return " ".join(f"{start:%H.%M}-{end:%H.%M}" for start, end in windows)


def test_every_date_of_three_years_is_as_the_decrees_and_the_office_say() -> None:
    rows = table()
    found = [CALENDAR.day(dt.date.fromisoformat(row["date"])) for row in rows]

    assert len(rows) == 365 * 3
    assert [(day.kind, hours(day.windows)) for day in found] == [
        (row["kind"], row["hours"]) for row in rows
    ]


@pytest.mark.parametrize(("year", "days"), [(2025, 237), (2026, 240), (2027, 242)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    dates = (dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(365))

    assert sum(CALENDAR.day(date).kind == "working" for date in dates) == days


@pytest.mark.parametrize(
    ("date", "name", "source", "estimated"),
    [
        ("2026-03-19", "Hari Suci Nyepi", "SKB 3 Menteri", False),
        ("2026-03-20", "Cuti Bersama Hari Raya Idul Fitri", "SKB 3 Menteri", False),
        ("2027-03-10", "Hari Raya Idul Fitri", "SKB 3 Menteri", True),
        ("2027-02-09", "Ramadan 1448 H", "Kalender kantor", True),
        ("2025-03-04", "Ramadan 1446 H", "Kalender kantor", False),
        ("2026-11-21", "Libur mingguan", "Kalender kantor", False),
        ("2026-11-20", "", "Kalender kantor", False),
    ],
)
def test_a_day_says_its_name_who_decided_it_and_whether_it_may_still_move(
    date: str, name: str, source: str, estimated: bool
) -> None:
    day = CALENDAR.day(dt.date.fromisoformat(date))

    assert (day.name, day.source, day.estimated) == (name, source, estimated)


@pytest.mark.parametrize(
    ("moment", "open_now", "next_opening"),
    [
        ("2026-11-20 07.29", False, "2026-11-20 07.30"),
        ("2026-11-20 07.30", True, "2026-11-20 07.30"),
        ("2026-11-20 11.30", False, "2026-11-20 13.00"),
        ("2026-11-20 16.29", True, "2026-11-20 16.29"),
        ("2026-11-20 16.30", False, "2026-11-23 07.30"),
        ("2026-12-31 16.00", False, "2027-01-04 07.30"),
    ],
)
def test_the_office_opens_and_closes(moment: str, open_now: bool, next_opening: str) -> None:
    assert CALENDAR.is_open(at(moment)) is open_now
    assert clock(CALENDAR.next_open(at(moment))) == next_opening


def test_answers_come_in_utc_whatever_zone_the_question_had() -> None:
    local = at("2026-11-23 08.00")

    answers = {CALENDAR.add_minutes(moment, 30) for moment in (local, local.astimezone(dt.UTC))}

    assert answers == {dt.datetime(2026, 11, 23, 0, 30, tzinfo=dt.UTC)}
    assert {answer.tzinfo for answer in answers} == {dt.UTC}


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.add_minutes(dt.datetime(2026, 11, 23, 8, 0), 10)  # noqa: DTZ001


def test_time_is_never_taken_away() -> None:
    with pytest.raises(ValueError, match="not taken away"):
        CALENDAR.add_minutes(at("2026-11-23 08.00"), -1)
    with pytest.raises(ValueError, match="at least one day"):
        CALENDAR.add(at("2026-11-23 08.00"), Span(0, "days", "0 Hari"))


def test_working_minutes_between_two_moments() -> None:
    friday, monday = at("2026-11-20 16.00"), at("2026-11-23 08.00")

    assert CALENDAR.between(friday, monday) == 60
    assert CALENDAR.between(monday, friday) == -60
    assert CALENDAR.between(at("2026-11-21 08.00"), at("2026-11-22 20.00")) == 0
    assert CALENDAR.between(at("2025-12-31 15.00"), at("2027-01-04 08.30")) == 240 * 450 + 120 - (
        60 * 19
    ), "2026 has 240 working days, 19 of them with the shorter hours of Ramadan"


def test_seconds_are_kept() -> None:
    start = at("2026-11-20 16.25") + dt.timedelta(seconds=30)

    due = CALENDAR.add_minutes(start, 10)

    assert due.astimezone(ZONE) == at("2026-11-23 07.35") + dt.timedelta(seconds=30)


def test_years_without_a_decree_are_announced() -> None:
    assert CALENDAR.gaps([2025, 2026, 2027]) == []
    assert CALENDAR.gaps([2028]) == [
        "Cuti bersama tahun 2028 belum ada di kalender, jadi masih dihitung sebagai hari kerja. "
        "Perbarui kalender setelah SKB 3 Menteri terbit.",
        "Jam kerja Ramadan tahun 2028 belum diisi, jadi masih dihitung dengan jam kerja biasa. "
        "Tambahkan masanya pada kalender.",
    ]


def with_special_day(date: str, special: SpecialDay) -> Calendar:
    """The office's calendar after someone edited one date."""
    special_days = {dt.date.fromisoformat(date): special}
    return Calendar(replace(CALENDAR.hours, special_days=special_days))


def test_a_local_day_off_moves_deadlines() -> None:
    edited = with_special_day("2026-11-24", SpecialDay("local", "Pemilihan kepala desa"))

    assert clock(edited.add(at("2026-11-23 10.00"), span("1 hari"))) == "2026-11-25 10.00"
    assert edited.day(dt.date(2026, 11, 24)).kind == "local"


def test_a_collective_leave_called_off_is_a_working_day_again() -> None:
    edited = with_special_day("2026-12-24", SpecialDay("working", "Cuti bersama dibatalkan"))

    assert clock(edited.add(at("2026-12-23 10.00"), span("1 hari"))) == "2026-12-24 10.00"


def test_a_period_holds_its_first_and_its_last_day() -> None:
    hours = CALENDAR.hours
    ramadan = replace(hours.periods[0], first=dt.date(2026, 11, 23), last=dt.date(2026, 11, 24))
    edited = Calendar(replace(hours, periods=(ramadan,)))

    openings = [edited.day(dt.date(2026, 11, day)).windows[0][0].hour for day in (20, 23, 24, 25)]

    assert openings == [7, 8, 8, 7]


def test_an_extra_saturday_has_the_hours_given_to_it() -> None:
    morning = ((dt.time(8), dt.time(12)),)
    edited = with_special_day("2026-11-21", SpecialDay("working", "Kerja bakti", morning))

    assert clock(edited.add_minutes(at("2026-11-20 16.20"), 20)) == "2026-11-21 08.10"


def test_collective_leave_entered_by_hand_closes_the_gap() -> None:
    edited = with_special_day("2028-02-25", SpecialDay("collective_leave", "Cuti Idul Fitri"))

    assert len(CALENDAR.gaps([2028])) == 2
    assert len(edited.gaps([2028])) == 1


def test_a_week_without_any_open_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no open day"):
        Calendar(OfficeHours(ZONE, {"biasa": ((),) * 7}))


MOMENTS = st.datetimes(
    dt.datetime(2025, 1, 1),  # noqa: DTZ001 - the strategy adds the zone itself
    dt.datetime(2027, 11, 30),  # noqa: DTZ001
    timezones=st.sampled_from([dt.UTC, ZONE]),
).map(lambda moment: moment.replace(second=0, microsecond=0))
MINUTES = st.integers(1, 5000)
SPANS = st.one_of(
    st.builds(Span, st.integers(1, 999), st.just("minutes"), st.just("")),
    st.builds(Span, st.integers(1, 80), st.just("hours"), st.just("")),
    st.builds(Span, st.integers(1, 20), st.just("days"), st.just("")),
)


def windows_on(date: dt.date) -> tuple[tuple[dt.time, dt.time], ...]:
    return CALENDAR.day(date).windows


@given(MOMENTS, MOMENTS, SPANS)
def test_who_starts_later_is_never_due_earlier(
    one: dt.datetime, other: dt.datetime, allowed: Span
) -> None:
    earlier, later = sorted((one, other))

    assert CALENDAR.add(earlier, allowed) <= CALENDAR.add(later, allowed)


@given(MOMENTS, MINUTES, MINUTES)
def test_minutes_add_up(start: dt.datetime, first: int, second: int) -> None:
    in_two_turns = CALENDAR.add_minutes(CALENDAR.add_minutes(start, first), second)

    assert in_two_turns == CALENDAR.add_minutes(start, first + second)


@given(MOMENTS, SPANS)
def test_nothing_is_due_while_the_office_is_closed(start: dt.datetime, allowed: Span) -> None:
    due = CALENDAR.add(start, allowed).astimezone(ZONE)

    assert any(opens <= due.time() <= closes for opens, closes in windows_on(due.date()))
    assert due > start


@given(MOMENTS, MINUTES)
def test_measuring_undoes_adding(start: dt.datetime, minutes: int) -> None:
    assert CALENDAR.between(start, CALENDAR.add_minutes(start, minutes)) == minutes


@given(MOMENTS, st.integers(1, 20))
def test_days_are_counted_as_working_days(start: dt.datetime, days: int) -> None:
    begun = CALENDAR.next_open(start).astimezone(ZONE).date()
    due = CALENDAR.add(start, Span(days, "days", "")).astimezone(ZONE).date()
    passed = (begun + dt.timedelta(days=n + 1) for n in range((due - begun).days))

    assert sum(bool(windows_on(date)) for date in passed) == days


@cache
def table_windows() -> dict[dt.date, list[tuple[dt.time, dt.time]]]:
    """Opening hours by date, from the hand-checked table and not from the calendar."""
    return {
        dt.date.fromisoformat(row["date"]): [
            tuple(dt.datetime.strptime(t, "%H.%M").time() for t in stretch.split("-"))  # noqa: DTZ007
            for stretch in row["hours"].split()
        ]
        for row in table()
    }


def minute_by_minute(start: dt.datetime, minutes: int) -> dt.datetime:
    """The slow way: walk the clock minute by minute and count those on which the office is open."""
    moment = start.astimezone(ZONE)
    while minutes:
        windows = table_windows()[moment.date()]
        if any(opens <= moment.time() < closes for opens, closes in windows):
            minutes -= 1
        moment += dt.timedelta(minutes=1)
    return moment


@settings(max_examples=40, deadline=None)
@given(MOMENTS, st.integers(1, 1500))
def test_the_slow_way_finds_the_same_deadline(start: dt.datetime, minutes: int) -> None:
    assert CALENDAR.add_minutes(start, minutes) == minute_by_minute(start, minutes)


@pytest.mark.parametrize(
    ("start", "end", "apart"),
    [
        ("2026-11-23 08.00", "2026-11-25 11.00", (2, 180)),
        ("2026-11-23 10.00", "2026-11-24 09.00", (0, 390)),  # one hour less than a day
        ("2026-11-21 12.00", "2026-11-23 09.00", (0, 90)),  # asked on a Saturday
        ("2026-12-31 15.00", "2027-01-04 15.10", (1, 10)),
        ("2026-11-20 16.30", "2026-11-22 10.00", (0, 0)),  # nothing worked in between
    ],
)
def test_days_and_minutes_apart_are_working_ones(
    start: str, end: str, apart: tuple[int, int]
) -> None:
    assert CALENDAR.apart(at(start), at(end)) == apart


@given(MOMENTS, st.integers(1, 20), st.integers(0, 300))
def test_what_lies_apart_adds_up_again(start: dt.datetime, days: int, minutes: int) -> None:
    end = CALENDAR.add_minutes(CALENDAR.add(start, Span(days, "days", "")), minutes)
    whole, rest = CALENDAR.apart(start, end)
    again = CALENDAR.add(start, Span(whole, "days", "")) if whole else start

    assert whole >= days
    assert CALENDAR.between(again, end) == rest


def with_a_unit(tmp_path: Path) -> OfficeHours:
    """The office's hours, with Tim working six days a week."""
    text = (ROOT / "config/calendar.yaml").read_text(encoding="utf-8")
    weeks = (
        "hours:\n  - name: enam hari\n    days:\n"
        "      - {days: [senin, selasa, rabu, kamis, jumat, sabtu], open: 07.30-13.45}\n"
    )
    unit = "units:\n  - {name: Lapangan, lanes: [tim], hours: [{usual: biasa, own: enam hari}]}"
    path = tmp_path / "calendar.yaml"
    path.write_text(text.replace("hours:\n", weeks, 1).replace("units: []", unit), encoding="utf-8")
    return read_office_hours(path)


def test_a_unit_with_six_days_counts_saturday(tmp_path: Path) -> None:
    calendars = Calendars(with_a_unit(tmp_path))

    assert clock(calendars.of("tim").add(at("2026-11-27 10.00"), span("1 hari"))) == (
        "2026-11-28 10.00"
    )
    assert clock(calendars.of("kasi").add(at("2026-11-27 10.00"), span("1 hari"))) == (
        "2026-11-30 10.00"
    )
    assert clock(calendars.of("tim").add(at("2027-02-12 10.00"), span("1 hari"))) == (
        "2027-02-15 10.00"
    ), "in Ramadan the unit keeps the office's days"


def test_hours_that_the_file_has_no_longer_count_as_usual_and_are_asked_for(tmp_path: Path) -> None:
    whole = with_a_unit(tmp_path)
    hours = replace(whole, weeks={"biasa": whole.weeks["biasa"]})
    calendars = Calendars(hours)

    assert clock(calendars.of("tim").add(at("2026-11-27 10.00"), span("1 hari"))) == (
        "2026-11-30 10.00"
    )
    assert clock(calendars.office.add(at("2026-03-02 07.30"), span("30 menit"))) == (
        "2026-03-02 08.00"
    ), "Ramadan with the usual hours"
    assert calendars.office.gaps([2026])[-2:] == [
        f"Jam kerja “{week}” yang dipakai {name} tidak ada lagi di berkas kalender, jadi dihitung "
        "dengan jam kerja biasa. Pilihlah jam kerja yang lain pada kalender."
        for week, name in (("ramadan", "Ramadan 1447 H"), ("enam hari", "Lapangan"))
    ]


def test_a_unit_of_the_file_is_called_off_changed_and_follows_the_file_again(
    tmp_path: Path,
) -> None:
    hours, subject = with_a_unit(tmp_path), revising.unit_subject("Lapangan")
    off = (subject, {"off": True})
    six = {"lanes": ["tim", "staf"], "weeks": {"biasa": "enam hari"}, "source": "SE 9/2026"}
    saturday = dt.date(2026, 11, 28)

    def work_on_saturday(*changes: tuple[str, Mapping[str, Any]]) -> list[str]:
        calendars = Calendars(revising.overlay(hours, changes))
        return [lane for lane in LANES if calendars.of(lane).day(saturday).windows]

    assert work_on_saturday() == ["tim"]
    assert work_on_saturday(off) == []
    assert work_on_saturday(off, (subject, six)) == ["staf", "tim"]
    assert work_on_saturday((subject, six), (subject, {})) == ["tim"]


def test_a_lane_belongs_to_one_unit(tmp_path: Path) -> None:
    text = (ROOT / "config/calendar.yaml").read_text(encoding="utf-8")
    twice = "\n".join(
        ["units:", *["  - {name: A, lanes: [tim], hours: [{usual: biasa, own: biasa}]}"] * 2]
    )
    path = tmp_path / "calendar.yaml"
    path.write_text(text.replace("units: []", twice), encoding="utf-8")

    with pytest.raises(CalendarError, match="tim sudah masuk unit lain"):
        read_office_hours(path)
