"""The SOP file says word for word what the office signed; `tests/data` keeps the signed text."""

from pathlib import Path

import pytest

from kimweb.sop.book import load

ROOT = Path(__file__).parents[2]
SOP = load(ROOT / "config/sop/17-diskominfo-klk-2018.yaml")
SIGNED = (ROOT / "tests/data/sop-17-diskominfo-klk-2018.txt").read_text(encoding="utf-8")

LINES = [line.strip() for line in SIGNED.splitlines()]
ROWS = {
    int(cells[0]): cells
    for cells in (line.split("\t") for line in SIGNED.splitlines())
    if cells[0].isdecimal()
}


def printed_cells(row: list[str]) -> list[str]:
    """Kegiatan, kelengkapan, waktu and output of a row, whose cells slip after row 13.

    The executor cells lost their symbols and hold at most a stray "Ya", so what is written in the
    row, in order, is the number and the four texts.
    """
    return [cell for cell in row if cell and cell != "Ya"][1:]


def box(label: str) -> str:
    """The content of the identity box that begins with this label."""
    cells = [cell for line in LINES for cell in line.split("\t")]
    (found,) = [cell for cell in cells if cell.startswith(label)]
    return found.removeprefix(label).strip()


def value_beside(label: str) -> str:
    """The cell to the right of this label, "" when the office left it empty."""
    (line,) = [line for line in LINES if line.split("\t")[0] == label]
    return line.removeprefix(label).strip()


def as_printed(items: tuple[str, ...]) -> str:
    """List items as the box prints them: numbered, one after the other."""
    return " ".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def test_the_signed_table_has_seventeen_rows() -> None:
    assert sorted(ROWS) == [step.number for step in SOP.steps] == list(range(1, 18))


@pytest.mark.parametrize("number", range(1, 18))
def test_every_cell_of_a_row_is_what_was_signed(number: int) -> None:
    step = SOP.step(number)

    assert printed_cells(ROWS[number]) == [step.text, step.needs, step.time.text, step.output]
    assert step.note == "", "the column Keterangan is empty in the signed document"


@pytest.mark.parametrize("number", [15, 17])
def test_the_two_stray_answers_stand_before_the_executor_columns(number: int) -> None:
    assert ROWS[number][2] == "Ya"


def test_rows_fourteen_to_seventeen_carry_one_cell_too_many() -> None:
    surplus = [n for n, row in ROWS.items() if row.index(SOP.step(n).needs) == 9]

    assert surplus == [14, 15, 16, 17]


def test_the_identity_rows_are_what_was_signed() -> None:
    identity = SOP.identity
    approver = identity.approved_by

    assert value_beside("Nomor SOP") == identity.number
    assert value_beside("Judul SOP") == identity.title
    assert value_beside("Disahkan oleh") == (
        f"{approver.position}, {approver.name} {approver.rank} NIP.{approver.nip}"
    )


def test_the_dates_are_empty_as_signed() -> None:
    labels = ("Tanggal Pembuatan", "Tanggal Revisi", "Tanggal Efektif")

    assert [value_beside(label) for label in labels] == ["", "", ""]
    assert (SOP.identity.made_on, SOP.identity.revised_on, SOP.identity.effective_on) == (
        None,
        None,
        None,
    )


def test_the_unit_is_what_was_signed() -> None:
    heading = LINES[: LINES.index("Nomor SOP\t17/DISKOMINFO-KLK/2018")]

    assert tuple(line for line in heading if line) == SOP.identity.unit


def test_the_six_boxes_are_what_was_signed() -> None:
    identity = SOP.identity

    assert box("Dasar Hukum") == as_printed(identity.legal_basis)
    assert box("Kualifikasi pelaksana") == as_printed(identity.qualifications)
    assert (box("Keterkaitan"),) == identity.related
    assert box("Peralatan/perlengkapan") == as_printed(identity.equipment)
    assert box("Peringatan") == identity.warning
    assert box("Pencatatan dan pendataan") == identity.records


def test_the_procedure_bears_the_title() -> None:
    assert box("PROSEDUR :") == SOP.identity.title
