"""The SOP as the application reads it: who does what, what comes next, what is refused."""

import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from kimweb.commands.sop import group
from kimweb.sop.book import LANES, Return, Sop, SopError, Span, editions, load, warnings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config/sop/17-diskominfo-klk-2018.yaml"
WRITTEN = FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load(FILE)


def changed(tmp_path: Path, old: str, new: str, *, at: int = 0) -> Path:
    """The office's file with one passage changed; `at` picks which occurrence."""
    before, *after = WRITTEN.split(old)
    assert after, f"{old!r} is not in the SOP file"
    head = old.join([before, *after[:at]])
    path = tmp_path / "17-diskominfo-klk-2018.yaml"
    path.write_text(head + new + old.join(after[at:]), encoding="utf-8")
    return path


def line_of(path: Path, passage: str) -> int:
    """The line, from 1, on which this passage first stands in the file."""
    text = path.read_text(encoding="utf-8")
    return text[: text.index(passage)].count("\n") + 1


def test_seventeen_steps_lead_from_the_order_to_the_archive(sop: Sop) -> None:
    assert sop.edition == "17-diskominfo-klk-2018"
    assert [step.number for step in sop.steps] == list(range(1, 18))
    assert sop.first.is_first
    assert sop.last.is_last
    assert [step.number for step in sop.steps if step.is_first or step.is_last] == [1, 17]


def test_after_each_step_comes_the_next_and_after_the_last_nothing(sop: Sop) -> None:
    following = [sop.after(number) for number in range(1, 18)]

    assert [step.number if step else None for step in following] == [*range(2, 18), None]


@pytest.mark.parametrize("number", [-1, 0, 18])
def test_there_is_no_step_outside_the_printed_numbers(sop: Sop, number: int) -> None:
    with pytest.raises(KeyError):
        sop.step(number)


def test_each_step_has_its_executor(sop: Sop) -> None:
    assert [step.lane for step in sop.steps] == [
        "kadis",
        "kabid",
        "kasi",
        "staf",
        "kasi",
        "kabid",
        "sekdis",
        "kadis",
        "kasi",
        "staf",
        "kasi",
        "tim",
        "staf",
        "kasi",
        "kabid",
        "kadis",
        "staf",
    ]
    assert {step.lane for step in sop.steps} == set(LANES)


def test_four_executors_were_judged_because_the_symbols_are_lost(sop: Sop) -> None:
    judged = [step.number for step in sop.steps if step.lane_basis == "judged"]

    assert judged == [9, 11, 13, 17]
    assert all(step.lane_reason for step in sop.steps)


def test_the_team_helps_to_gather_the_material_it_holds(sop: Sop) -> None:
    assert sop.step(13).lanes == ("staf", "tim")
    assert [step.number for step in sop.steps if step.helpers] == [13]


def test_refusals_go_where_the_sop_prints_it_or_one_rank_down(sop: Sop) -> None:
    assert {step.number: step.default_return for step in sop.steps if step.returns} == {
        5: Return(4, printed=False),
        6: Return(5, printed=True),
        7: Return(6, printed=False),
        8: Return(7, printed=False),
        15: Return(14, printed=True),
    }


def test_the_head_may_send_letters_back_as_far_as_the_concept(sop: Sop) -> None:
    reachable = [number for number in range(1, 18) if sop.step(8).may_return_to(number)]

    assert reachable == [3, 4, 5, 6, 7]


def test_four_steps_are_decisions(sop: Sop) -> None:
    assert [step.number for step in sop.steps if step.decision] == [6, 7, 8, 15]


def test_the_standard_time_adds_up_to_270_minutes_and_11_days(sop: Sop) -> None:
    minutes = {"minutes": 1, "hours": 60, "days": 0}

    assert sum(step.time.amount * minutes[step.time.unit] for step in sop.steps) == 270
    assert sum(step.time.amount for step in sop.steps if step.time.unit == "days") == 11


def test_the_printed_wording_of_a_time_is_kept(sop: Sop) -> None:
    assert sop.step(7).time == Span(30, "minutes", "30 menit")
    assert sop.step(6).time == Span(2, "hours", "2 Jam")
    assert sop.step(3).time == Span(2, "days", "2 Hari")


def test_steps_of_a_few_minutes_have_some_grace_and_steps_of_days_none(sop: Sop) -> None:
    with_grace = [step.number for step in sop.steps if step.grace]

    assert with_grace == [step.number for step in sop.steps if step.time.unit == "minutes"]


def test_letters_gather_stamp_parafs_and_signature_on_their_way_up(sop: Sop) -> None:
    assert {step.number: step.mark for step in sop.steps if step.mark} == {
        4: "stamp",
        5: "paraf",
        6: "paraf",
        7: "paraf",
        8: "signature",
        15: "paraf",
    }


def test_the_office_is_told_what_is_odd_in_its_document(sop: Sop) -> None:
    assert warnings(sop) == [
        "Tanggal Pembuatan SOP masih kosong. Isi bila diketahui.",
        "Tanggal Revisi SOP masih kosong. Isi bila diketahui.",
        "Tanggal Efektif SOP masih kosong. Isi bila diketahui.",
        "NIP “19870925 199803 1 009” berarti diangkat pada umur 10 tahun. Periksa penulisannya.",
    ]


def test_a_completed_document_is_not_odd(tmp_path: Path) -> None:
    path = changed(tmp_path, "nip: 19870925 199803 1 009", "nip: 19670925 199803 1 009")
    text = path.read_text(encoding="utf-8")
    for field in ("made_on:", "revised_on:", "effective_on:"):
        text = text.replace(f"  {field}\n", f"  {field} 2018-03-12\n")
    path.write_text(text, encoding="utf-8")

    assert warnings(load(path)) == []


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        (
            "    output: Naskah dinas\n    work: dispatch",
            "    output: Naskah dinas\n    kirim: ya\n    work: dispatch",
            "kirim: ya",
            "Kata kunci “kirim” tidak dikenal pada langkah ke-10. Yang dikenal: number, text,",
        ),
        (
            "    needs: Agenda Kerja\n",
            "    needs: Agenda Kerja\n    needs: Disposisi\n",
            "needs: Disposisi",
            "Kata kunci “needs” tertulis dua kali.",
        ),
        (
            "    needs: Agenda Kerja\n",
            "",
            "number: 1\n",
            "Kata kunci “needs” belum ada pada langkah ke-1. Tambahkan.",
        ),
        (
            "    lane: tim\n",
            "",
            "number: 12\n",
            "Kata kunci “lane” belum ada pada langkah ke-12. Tambahkan.",
        ),
        (
            "    lane: tim\n",
            "    lane: bendahara\n",
            "bendahara",
            "“lane” pada langkah ke-12 tertulis “bendahara”. Pilih salah satu: kadis, sekdis,",
        ),
        (
            "    time: 30 menit\n",
            "    time: setengah jam\n",
            "setengah jam",
            "“time” pada langkah ke-7 tertulis “setengah jam”. Tulis seperti contoh: 30 Menit,",
        ),
        (
            "    time: 30 menit\n",
            "    time: 0 menit\n",
            "time: 0 menit",
            "“time” pada langkah ke-7 tertulis “0 menit”. Tulis seperti contoh:",
        ),
        (
            "    output: Disposisi\n    work: order",
            "    output:\n    work: order",
            "output:\n",
            "“output” pada langkah ke-1 masih kosong. Isilah.",
        ),
        (
            "- number: 9\n",
            "- number: 8\n",
            "number: 8\n    text: Menerima",
            "Nomor langkah 8 dipakai dua kali. Beri nomor lain.",
        ),
        (
            "- number: 17\n",
            "- number: 18\n",
            "number: 18\n",
            "Langkah 17 tidak ada, sehingga langkah 16 buntu dan langkah 18 tidak terjangkau.",
        ),
        (
            "- number: 1\n",
            "- number: 2\n",
            "number: 2\n    text: Memerintahkan",
            "Langkah 1 tidak ada, sehingga langkah 2 tidak terjangkau. Tambahkan langkah 1.",
        ),
        (
            "- number: 4\n",
            "- number: empat\n",
            "number: empat",
            "“number” pada langkah ke-4 tertulis “empat”. Tulis seperti contoh: 4.",
        ),
        (
            "- {to: 14, printed: true}",
            "- {to: 15, printed: true}",
            "number: 15\n",
            "Langkah 15 dikembalikan ke dirinya sendiri.",
        ),
        (
            "- {to: 14, printed: true}",
            "- {to: 16, printed: true}",
            "number: 15\n",
            "Langkah 15 dikembalikan ke langkah 16 di depannya.",
        ),
        (
            "- number: 4\n",
            "- number: 44\n",
            "number: 5\n",
            "Langkah 5 dikembalikan ke langkah 4 yang tidak ada.",
        ),
        (
            "- {to: 13, printed: false}",
            "- {to: 14, printed: false}",
            "number: 15\n",
            "Langkah 15 menyebut tujuan yang sama dua kali pada returns.",
        ),
        (
            "    returns:\n      - {to: 14, printed: true}\n      - {to: 13, printed: false}\n",
            "",
            "number: 15\n",
            "Langkah 15 adalah keputusan, tetapi jawaban Tidak buntu. Isi returns.",
        ),
        (
            "- {to: 4, printed: false}",
            "- {to: 4, printed: true}",
            "number: 5\n",
            "Langkah 5 bukan keputusan, tetapi memuat pengembalian tercetak.",
        ),
        (
            "    work: archive\n",
            "    decision: true\n    returns: [{to: 16, printed: false}]\n    work: archive\n",
            "number: 17\n",
            "Langkah 17 adalah langkah terakhir, jadi buntu bagi jawaban Ya.",
        ),
        (
            "printed: true}",
            "printed: ya}",
            "printed: ya}",
            "“printed” pada pengembalian ke-1 tertulis “ya”. Pilih salah satu: true, false.",
        ),
        (
            "[fields_complete]",
            "[kolom_lengkap]",
            "kolom_lengkap",
            "tertulis “kolom_lengkap”. Pilih salah satu: activity_recorded,",
        ),
        (
            "[fields_complete]",
            "[fields_complete, fields_complete]",
            "[fields_complete, fields_complete]",
            "“requires” pada langkah ke-2 memuat kata yang sama dua kali. Hapus salah satunya.",
        ),
        (
            "    work: archive\n",
            "    work: archive\n    mark: paraf\n",
            "number: 17\n",
            "Langkah 17 memuat mark atau edits tanpa papers. Isi papers.",
        ),
        (
            "lane: sekdis",
            "lane: kasi",
            "number: 7\n",
            "Paraf pada langkah 7 tidak naik menurut jenjang jabatan.",
        ),
        (
            "helpers: [tim]",
            "helpers: [staf]",
            "number: 13\n",
            "Langkah 13: pelaksana tidak perlu disebut lagi pada helpers.",
        ),
        (
            "  revised_on:\n",
            "  revised_on: 2018-02-30\n",
            "2018-02-30",
            "“revised_on” pada “identity” pada berkas SOP tidak ada di kalender.",
        ),
        (
            "    nip: 19870925 199803 1 009\n",
            "",
            "position:",
            "Kata kunci “nip” belum ada pada “approved_by” pada “identity” pada berkas SOP.",
        ),
        (
            "    - Komputer/printer/ATK\n    - Dokumen / Berkas\n"
            "    - Ruang Pertemuan, Narasumber, Moderator\n    - Komputer dan Printer;\n",
            "    []\n",
            "    []\n",
            "“equipment” pada “identity” pada berkas SOP masih kosong. Isi paling sedikit satu",
        ),
        (
            "  title: PEMBENTUKAN",
            "  title: [PEMBENTUKAN]\n  #",
            "title: [PEMBENTUKAN]",
            "“title” pada “identity” pada berkas SOP harus berupa satu tulisan.",
        ),
        (
            "requires: [team_ready]",
            "requires: team_ready",
            "requires: team_ready",
            "“requires” pada langkah ke-11 harus berupa daftar, tiap butir diawali tanda “-”.",
        ),
        (
            "      - {to: 14, printed: true}",
            "      - 14",
            "      - 14",
            "pengembalian ke-1 harus berupa pasangan “kata kunci: isi”.",
        ),
        (
            "    needs: Agenda Kerja",
            "  needs: Agenda Kerja",
            "  needs: Agenda Kerja",
            "Susunan berkas rusak di sekitar baris ini.",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, where: str, reason: str
) -> None:
    path = changed(tmp_path, old, new)

    with pytest.raises(SopError) as refused:
        load(path)

    (problem,) = [p for p in refused.value.problems if reason in p.reason]
    assert (problem.file, problem.line) == (str(path), line_of(path, where))


def test_steps_out_of_order_are_refused(tmp_path: Path) -> None:
    third = WRITTEN.index("  - number: 3\n")
    fourth = WRITTEN.index("  - number: 4\n")
    fifth = WRITTEN.index("  - number: 5\n")
    path = tmp_path / "tertukar.yaml"
    path.write_text(
        WRITTEN[:third] + WRITTEN[fourth:fifth] + WRITTEN[third:fourth] + WRITTEN[fifth:],
        encoding="utf-8",
    )

    with pytest.raises(SopError, match="Langkah 3 tidak pada urutannya"):
        load(path)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = changed(tmp_path, "time: 10 Menit", "time: sebentar")
    text = path.read_text(encoding="utf-8").replace("lane: tim", "lane: panitia")
    path.write_text(text.replace("title: ", "judul: "), encoding="utf-8")

    with pytest.raises(SopError) as refused:
        load(path)

    reasons = [problem.reason for problem in refused.value.problems]
    assert [reason.split(".")[0] for reason in reasons] == [
        "Kata kunci “title” belum ada pada “identity” pada berkas SOP",
        "Kata kunci “judul” tidak dikenal pada “identity” pada berkas SOP",
        "“time” pada langkah ke-1 tertulis “sebentar”",
        "“lane” pada langkah ke-12 tertulis “panitia”",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Berkas kosong."),
        (b"# hanya catatan\n", "Berkas kosong."),
        (b"- satu\n- dua\n", "berkas SOP harus berupa pasangan"),
        (b"identity: \xff\xfe\n", "Berkas memuat huruf yang tidak dapat dibaca."),
        (b"identity: \x07\n", "Berkas memuat huruf yang tidak dapat dibaca."),
        (b"a: 1\n---\nb: 2\n", "Susunan berkas rusak"),
        (b"a: " + b"[" * 5000, "Berkas memuat huruf yang tidak dapat dibaca."),
    ],
)
def test_a_file_that_is_no_sop_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "rusak.yaml"
    path.write_bytes(content)

    with pytest.raises(SopError, match=reason):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SopError, match="Berkas tidak dapat dibuka"):
        load(tmp_path / "tiada.yaml")


def test_the_name_of_an_edition_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "SOP Baru.yaml"
    path.write_text(WRITTEN, encoding="utf-8")

    with pytest.raises(SopError, match="huruf kecil, angka, dan tanda hubung"):
        load(path)


def test_a_running_case_finds_the_edition_it_began_with(tmp_path: Path) -> None:
    (tmp_path / "17-lama.yaml").write_text(WRITTEN, encoding="utf-8")
    (tmp_path / "21-baru.yaml").write_text(
        WRITTEN.replace("number: 17/DISKOMINFO-KLK/2018", "number: 21/DISKOMINFO-KLK/2027"),
        encoding="utf-8",
    )

    books = editions(tmp_path)

    assert {edition: sop.identity.number for edition, sop in books.items()} == {
        "17-lama": "17/DISKOMINFO-KLK/2018",
        "21-baru": "21/DISKOMINFO-KLK/2027",
    }


def test_a_broken_edition_beside_a_good_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "17-lama.yaml").write_text(WRITTEN, encoding="utf-8")
    (tmp_path / "21-baru.yaml").write_text("identity:\n", encoding="utf-8")

    with pytest.raises(SopError) as refused:
        editions(tmp_path)

    assert {Path(problem.file).name for problem in refused.value.problems} == {"21-baru.yaml"}


def test_a_folder_without_an_sop_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SopError, match="Belum ada berkas SOP"):
        editions(tmp_path)


def mutated(draw: random.Random) -> str:
    """Steps 1 to 5 of the file after slips of the keyboard: lost, doubled, wrong letters."""
    text = WRITTEN[: WRITTEN.index("  - number: 6\n")]
    for _ in range(draw.randint(1, 4)):
        lines = text.splitlines(keepends=True)
        at, to = draw.randrange(len(lines)), draw.randrange(len(lines))
        place = draw.randrange(len(text))
        text = draw.choice(
            [
                "".join(lines[:at] + lines[at + 1 :]),
                "".join([*lines[:at], lines[to], *lines[at:]]),
                text[:place] + draw.choice(":-[]{}#&*!|>'\"%@`\t\n ,0179ÿ\x00") + text[place:],
                text[:place] + text[place + draw.randint(1, 40) :],
                text[:place] + text[place:].replace(draw.choice("012345678"), "9", 1),
            ]
        )
    return text


def test_no_slip_of_the_keyboard_ever_crashes_the_reading(tmp_path: Path) -> None:
    draw = random.Random(17)
    path = tmp_path / "salah-ketik.yaml"
    refused, unplaced = 0, []
    for _ in range(500):
        path.write_text(mutated(draw), encoding="utf-8")
        try:
            assert load(path).steps
        except SopError as error:
            refused += 1
            unplaced += [problem for problem in error.problems if problem.line < 1]

    assert 250 < refused < 500, "both outcomes were tried"
    assert unplaced == []


def test_the_command_praises_a_sound_sop_in_one_line_and_names_the_oddities() -> None:
    answer = CliRunner().invoke(group, ["check", str(FILE)])

    praise, *oddities = answer.output.splitlines()
    assert answer.exit_code == 0
    assert "baik. 17 langkah, 4 keputusan, 6 pelaksana" in praise
    assert len(oddities) == 4
    assert all(line.startswith("Perhatian: ") for line in oddities)


def test_the_command_prints_every_mistake_and_fails(tmp_path: Path) -> None:
    path = changed(tmp_path, "lane: tim", "lane: panitia")

    answer = CliRunner().invoke(group, ["check", str(path)])

    assert answer.exit_code == 1
    assert f"{path} baris {line_of(path, 'panitia')}: “lane” pada langkah ke-12" in answer.output
    assert "1 hal harus diperbaiki." in answer.output
