"""The SOP page as the office prints it: five symbols, in their lanes, nothing outside its cell."""

import datetime as dt
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import ImageFont

from kimweb.sop.book import LANES, Return, Sop, Span, Step, load
from kimweb.sop.chart import Mark, pages
from kimweb.sop.chart.drawing import MARGIN, PAGE_HEIGHT, PAGE_WIDTH
from kimweb.sop.chart.layout import (
    STRIP,
    SYMBOL_HEIGHT,
    SYMBOL_WIDTH,
    WIDTHS,
    Row,
    Sheet,
    left_of,
    sheets,
)
from kimweb.sop.chart.lettering import width, wrap
from kimweb.sop.chart.routes import CONNECTOR_HEIGHT, Arrows, arrows

ROOT = Path(__file__).parents[2]
SOP = load(ROOT / "config/sop/17-diskominfo-klk-2018.yaml")
FONTS = ROOT / "node_modules/@expo-google-fonts/arimo"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(sop: Sop = SOP, marks: dict[int, Mark] | None = None) -> list[etree._Element]:
    return [etree.fromstring(page) for page in pages(sop, marks)]


def texts(page: etree._Element) -> list[str]:
    return [element.text for element in page.iter(f"{SVG}text")]


def in_order(lines: list[str], words: str) -> bool:
    """Whether these words stand on the page, broken over lines or not."""
    return words.replace(" ", "") in "".join(lines).replace(" ", "")


def symbols(page: etree._Element) -> list[etree._Element]:
    return [g for g in page.iter(f"{SVG}g") if "sop-symbol" in g.get("class", "")]


def shape(group: etree._Element) -> str:
    """What a symbol is, judged by what is drawn."""
    (figure,) = [e for e in group if e.tag in {f"{SVG}rect", f"{SVG}polygon"}]
    if figure.tag == f"{SVG}polygon":
        return f"polygon of {len(figure.get('points').split())}"
    return "capsule" if figure.get("rx") else "box"


def test_the_sop_is_an_identity_page_and_two_pages_of_steps() -> None:
    first, *tables = drawn()

    assert in_order(texts(first), "17/DISKOMINFO-KLK/2018")
    assert len(tables) == 2
    assert [page[0].text for page in tables] == [
        "SOP Nomor 17/DISKOMINFO-KLK/2018, langkah 1 sampai 9",
        "SOP Nomor 17/DISKOMINFO-KLK/2018, langkah 10 sampai 17",
    ]
    assert [texts(page)[-1] for page in (first, *tables)] == [
        f"SOP 17/DISKOMINFO-KLK/2018 · Halaman {n} dari 3" for n in (1, 2, 3)
    ]


def test_the_identity_page_carries_every_word_of_the_identity() -> None:
    identity = SOP.identity
    lines = texts(drawn()[0])
    listed = [identity.legal_basis, identity.qualifications, identity.related, identity.equipment]

    for words in [*identity.unit, identity.number, identity.title, identity.approved_by.name]:
        assert in_order(lines, words)
    for item in [*(item for items in listed for item in items), identity.warning, identity.records]:
        unnumbered = [line for line in lines if not re.fullmatch(r"\d\.", line)]
        assert in_order(unnumbered, item)


def test_a_known_date_is_printed() -> None:
    dated = replace(SOP, identity=replace(SOP.identity, made_on=dt.date(2018, 3, 12)))

    assert "12-03-2018" in texts(drawn(dated)[0])


@pytest.mark.parametrize("step", SOP.steps, ids=lambda step: str(step.number))
def test_every_row_carries_the_printed_words(step: Step) -> None:
    page = drawn()[1 if step.number <= 9 else 2]

    for words in (str(step.number), step.text, step.needs, step.time.text, step.output):
        assert in_order(texts(page), words)


def test_only_the_five_symbols_are_used_as_the_regulation_says() -> None:
    found = [shape(symbol) for page in drawn()[1:] for symbol in symbols(page)]

    assert [n for n, kind in enumerate(found, 1) if kind == "capsule"] == [1, 17]
    assert [n for n, kind in enumerate(found, 1) if kind == "polygon of 4"] == [6, 7, 8, 15]
    assert found.count("box") == 11
    pentagons = [
        g for page in drawn() for g in page.iter(f"{SVG}g") if g.get("class") == "sop-connector"
    ]
    assert [shape(pentagon) for pentagon in pentagons] == ["polygon of 5"] * 2


def test_every_symbol_stands_under_the_name_of_its_executor() -> None:
    cut = sheets(SOP, {})
    for page, sheet in zip(drawn()[1:], cut, strict=True):
        headings = {
            element.text: float(element.get("x"))
            for element in page.iter(f"{SVG}text")
            if element.text in {lane.capitalize() for lane in LANES}
        }
        assert [row.centre[0] for row in sheet.rows] == pytest.approx(
            [headings[row.step.lane.capitalize()] for row in sheet.rows]
        )


def test_decisions_answer_ya_and_tidak() -> None:
    answers = Counter(text for page in drawn()[1:] for text in texts(page))

    assert (answers["Ya"], answers["Tidak"]) == (4, 4)


def test_the_arrows_connect_the_steps_as_the_sop_says() -> None:
    joined = [
        (route.source, target)
        for sheet, page in zip(sheets(SOP, {}), arrows(sheets(SOP, {})), strict=True)
        for route in page.routes
        if (target := reached(sheet, route.path[-1]))
    ]

    forward = [(n, n + 1) for n in range(1, 17)]
    assert sorted(joined) == sorted([*forward, (6, 5), (7, 6), (8, 7), (15, 14)])


def test_the_arrows_of_this_sop_never_cross() -> None:
    for page in arrows(sheets(SOP, {})):
        stretches = [(route, s) for route in page.routes for s in pairwise(route.path)]
        crossing = [
            (one.source, other.source)
            for one, a in stretches
            for other, b in stretches
            if one is not other and crosses(a, b)
        ]
        assert crossing == []


def test_without_a_case_nothing_is_coloured() -> None:
    assert {symbol.get("class") for page in drawn() for symbol in symbols(page)} == {"sop-symbol"}
    assert not [text for page in drawn() for text in texts(page) if text == "terlambat"]


def test_a_case_shows_where_it_stands_how_long_it_took_and_what_was_redone() -> None:
    marks = {
        5: Mark("done", visits=3, actual="1 hari 2 jam"),
        6: Mark("late", actual="3 jam"),
        7: Mark("here"),
    }
    page = drawn(marks=marks)[1]
    marked = {g.get("class"): g for g in symbols(page) if g.get("class") != "sop-symbol"}

    assert {name: group[0].text for name, group in marked.items()} == {
        "sop-symbol is-done": "Langkah 5, Kasi: selesai, Nyata: 1 hari 2 jam, Diulang 2 kali",
        "sop-symbol is-late": "Langkah 6, Kabid: terlambat, Nyata: 3 jam",
        "sop-symbol is-here": "Langkah 7, Sekdis: sedang dikerjakan",
    }
    for words in ("2 Hari Nyata: 1 hari 2 jam Diulang 2 kali", "2 Jam Nyata: 3 jam"):
        assert in_order(texts(page), words)
    assert "Keadaan: terlambat, Nyata: 3 jam." in page[1].text


def test_the_state_is_told_by_a_sign_and_not_by_colour_alone() -> None:
    marks = {1: Mark("done"), 2: Mark("here"), 3: Mark("late")}
    signs = {g.get("class"): g[-1].tag.removeprefix(SVG) for g in symbols(drawn(marks=marks)[1])}

    assert signs["sop-symbol is-done"] == "polyline"
    assert signs["sop-symbol is-here"] == "circle"
    assert signs["sop-symbol is-late"] == "text"
    assert {"selesai", "sedang dikerjakan", "terlambat"} <= set(texts(drawn(marks=marks)[1]))


def test_a_strict_content_security_policy_holds() -> None:
    for page in pages(SOP, {1: Mark("late")}):
        assert "style" not in page
        assert "href" not in page
        assert "url(" not in page
        assert re.findall(r"https?://[^\"]*", page) == ["http://www.w3.org/2000/svg"]


def test_a_page_is_told_to_who_cannot_see_it() -> None:
    page = drawn()[1]

    named = [page.xpath(f"//*[@id='{id_}']")[0].text for id_ in page.get("aria-labelledby").split()]
    assert named[0].endswith("langkah 1 sampai 9")
    assert "Langkah 6, Kabid: Menerima, mengoreksi hasil ketikan" in named[1]
    assert "waktu 2 Jam, output Konsep naskah dinas yang sudah diparaf." in named[1]
    assert "Jika tidak, kembali ke langkah 5." in named[1]


def test_words_with_signs_of_their_own_stay_words() -> None:
    steps = (replace(SOP.steps[0], text='Surat "A" <b> & lampiran'), *SOP.steps[1:])

    assert in_order(texts(drawn(replace(SOP, steps=steps))[1]), 'Surat "A" <b> & lampiran')


@cache
def font(*, bold: bool) -> ImageFont.FreeTypeFont:
    name = "700Bold/Arimo_700Bold.ttf" if bold else "400Regular/Arimo_400Regular.ttf"
    return ImageFont.truetype(str(FONTS / name), 1000)


def real_width(words: str, size: float, *, bold: bool) -> float:
    return font(bold=bold).getlength(words) * size / 1000


@pytest.mark.parametrize("bold", [False, True], ids=["regular", "bold"])
def test_the_estimate_of_a_width_is_never_too_small_and_hardly_too_large(bold: bool) -> None:
    identity = SOP.identity
    written = [identity.title, identity.warning, *identity.unit, *identity.legal_basis]
    written += [words for step in SOP.steps for words in (step.text, step.needs, step.output)]

    ratios = [width(w, 8, bold=bold) / real_width(w, 8, bold=bold) for w in written]

    assert min(ratios) >= 0.995
    assert max(ratios) < (1.15 if bold else 1.03)


def test_a_word_that_is_too_long_for_its_cell_is_broken() -> None:
    lines = wrap("Nomor 17/DISKOMINFO-KLK/2018 " + "x" * 60, 50, 8)

    assert "".join(lines).replace(" ", "") == "Nomor17/DISKOMINFO-KLK/2018" + "x" * 60
    assert max(width(line, 8) for line in lines) <= 50
    assert "17/" in lines


def cell_of(x: float) -> tuple[float, float]:
    """The left and right edge of the table column at x."""
    (name,) = [name for name in WIDTHS if left_of(name) <= x < left_of(name) + WIDTHS[name]]
    return left_of(name), left_of(name) + WIDTHS[name]


def extent(element: etree._Element) -> tuple[float, float]:
    """Where a line of text begins and ends, measured in the real font."""
    long = real_width(
        element.text, float(element.get("font-size")), bold=element.get("font-weight") == "bold"
    )
    x = float(element.get("x"))
    start = {"middle": x - long / 2, "end": x - long}.get(element.get("text-anchor"), x)
    return start, start + long


def test_no_word_leaves_its_cell() -> None:
    marks = {step.number: Mark("done", 12, "14 hari 6 jam 59 menit") for step in SOP.steps}
    for page, sheet in zip(drawn(marks=marks)[1:], sheets(SOP, marks), strict=True):
        for element in page.iter(f"{SVG}text"):
            if sheet.body < float(element.get("y")) < sheet.bottom:
                start, end = extent(element)
                left, right = cell_of((start + end) / 2)
                assert left <= start < end <= right, element.text


def test_no_word_leaves_the_page() -> None:
    for page in drawn(marks={1: Mark("here")}):
        for element in page.iter(f"{SVG}text"):
            start, end = extent(element)
            assert MARGIN <= start < end <= PAGE_WIDTH - MARGIN, element.text
            assert 0 < float(element.get("y")) < PAGE_HEIGHT - 10


def test_a_long_identity_still_fits_its_page() -> None:
    identity = replace(SOP.identity, legal_basis=SOP.identity.legal_basis * 5)

    page = drawn(replace(SOP, identity=identity))[0]

    boxes = page.iter(f"{SVG}rect")
    lowest = max(float(box.get("y", 0)) + float(box.get("height")) for box in list(boxes)[1:])
    assert lowest <= PAGE_HEIGHT - MARGIN


WORDS = st.text("abcdefgh ijklmn/OPQ<&", min_size=1, max_size=400).filter(str.strip)
SHORT = st.text("abcdefgh /", min_size=1, max_size=60).filter(str.strip)


@st.composite
def sops(draw: st.DrawFn) -> Sop:
    """Any SOP of 2 to 40 steps, with decisions that go back as far as they like."""
    count = draw(st.integers(2, 40))
    steps = []
    for number in range(1, count + 1):
        back = draw(st.none() | st.integers(1, number - 1)) if 1 < number < count else None
        steps.append(
            Step(
                number=number,
                text=draw(WORDS),
                lane=draw(st.sampled_from(LANES)),
                lane_basis="printed",
                lane_reason="jelas",
                needs=draw(SHORT),
                time=Span(1, "days", "1 Hari"),
                output=draw(SHORT),
                work="check",
                decision=back is not None,
                returns=(Return(back, printed=True),) if back else (),
                is_last=number == count,
            )
        )
    return replace(SOP, steps=tuple(steps))


Stretch = tuple[tuple[float, float], tuple[float, float]]


def crosses(one: Stretch, other: Stretch) -> bool:
    """Whether two stretches, each straight along one axis, touch anywhere."""
    return all(
        min(max(one[0][axis], one[1][axis]), max(other[0][axis], other[1][axis]))
        >= max(min(one[0][axis], one[1][axis]), min(other[0][axis], other[1][axis]))
        for axis in (0, 1)
    )


def reached(sheet: Sheet, end: tuple[float, float]) -> int | None:
    """The step whose symbol this point touches, if any."""
    return next((row.step.number for row in sheet.rows if touches(row, end)), None)


def touches(row: Row, point: tuple[float, float]) -> bool:
    x, y = row.centre
    return (
        abs(point[0] - x) <= SYMBOL_WIDTH / 2 + 0.01
        and abs(point[1] - y) <= SYMBOL_HEIGHT / 2 + 0.01
    )


def runs_through(row: Row, stretch: Stretch) -> bool:
    """Whether a stretch enters the inside of a row's symbol."""
    (x, y), wide, high = row.centre, SYMBOL_WIDTH / 2 - 0.1, SYMBOL_HEIGHT / 2 - 0.1
    sides = ((x - wide, x + wide), (y - high, y + high))
    return all(
        min(stretch[0][axis], stretch[1][axis]) < high_
        and max(stretch[0][axis], stretch[1][axis]) > low
        for axis, (low, high_) in enumerate(sides)
    )


def check_arrows(sheet: Sheet, page: Arrows) -> None:
    left, right = left_of(LANES[0]), left_of("needs")
    for route in page.routes:
        for a, b in pairwise(route.path):
            assert a[0] == b[0] or a[1] == b[1], "arrows run straight"
            assert left < a[0] < right, "arrows stay in the executor columns"
            assert not [row for row in sheet.rows if runs_through(row, (a, b))]
    for connector in page.connectors:
        top, foot = connector.at[1], connector.at[1] + CONNECTOR_HEIGHT
        assert any(
            strip <= top < foot <= strip + STRIP for strip in (sheet.body - STRIP, sheet.bottom)
        ), "connectors stand in the open strips"


@settings(max_examples=60, deadline=None)
@given(sops())
def test_any_sop_can_be_drawn(sop: Sop) -> None:
    cut = sheets(sop, {})
    routed = arrows(cut)

    assert [row.step.number for sheet in cut for row in sheet.rows] == [
        step.number for step in sop.steps
    ]
    for sheet, page in zip(cut, routed, strict=True):
        assert sheet.bottom <= PAGE_HEIGHT - MARGIN
        check_arrows(sheet, page)
    numbers = Counter(connector.number for page in routed for connector in page.connectors)
    assert set(numbers.values()) <= {2}, "every connector has its twin on the other page"
    for page in routed:
        assert max(Counter(c.number for c in page.connectors).values(), default=1) == 1
    assert len(drawn(sop)) == len(cut) + 1


def test_a_return_over_a_page_break_goes_through_a_pair_of_connectors() -> None:
    far = replace(SOP.step(15), returns=(Return(3, printed=True),))
    sop = replace(SOP, steps=(*SOP.steps[:14], far, *SOP.steps[15:]))

    first, second = arrows(sheets(sop, {}))

    assert [c.number for c in first.connectors] == [1, 2]
    assert [c.number for c in second.connectors] == [1, 2]
    (into,) = [route for route in first.routes if route.source == 15]
    assert reached(sheets(sop, {})[0], into.path[-1]) == 3
