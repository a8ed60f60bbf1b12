"""Every kind as a PDF: short, long, with awkward data; what stands on the page is read back."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
import segno

from config.settings import ROOT
from kimweb.documents import kinds, office, rendering
from kimweb.documents.office import Line
from kimweb.documents.rendering import RenderingError
from tests.documents import qr
from tests.documents.letters import AMINAH, content, layout, read, signed

EVERY = tuple(kinds.all_kinds())
SENTENCE = (
    "Kegiatan musyawarah nomor {n} melibatkan perangkat desa, tokoh masyarakat, tokoh pemuda, "
    "tokoh perempuan, kelompok tani dan nelayan, serta pelaku usaha mikro di wilayah masing-masing."
)
ADDRESS = "https://kantor.contoh.go.id/verify/8f3b05c2d7e94a16b0c8e1f2a3d4b5c6"
AWKWARD = (
    "\"kutip\" 'tunggal' # $ * _ ` @ <label> \\ ~ // /* */ [a] {b} $x^2$ #panic() "
    '#read("/etc/passwd") 😀❤️ السلام عليكم שלום ' + "Nama" * 50
)


def made_of(key, line, prose, rows):
    """Return a concept with every blank of one type written the same way."""
    written = content(key)
    person = dict.fromkeys(("name", "nip", "rank", "position"), line)
    for field in kinds.kind(key).fields:
        shapes = {
            "line": line,
            "text": line,
            "list": prose,
            "paragraphs": prose,
            "people": [person] * rows,
            "table": [[line] * len(field.columns)] * rows,
        }
        if field.type in shapes:
            written["fields"][field.name] = shapes[field.type]
    return written


# ---- Every kind ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", EVERY)
def test_every_kind_is_set_with_what_the_case_knows(key):
    made = rendering.pdf(key, signed(key))
    words = read(made)
    assert office.current().letterhead[1].text in words
    assert "Syamsuddin Tahir" in words
    assert "KONSEP" not in words
    assert "...." not in words or key in ("spd", "lembar_disposisi")


@pytest.mark.parametrize("key", EVERY)
def test_every_kind_is_set_while_nothing_is_written_yet(key):
    assert rendering.pages(rendering.pdf(key, {"fields": {}})) <= 2


@pytest.mark.parametrize("key", EVERY)
def test_every_kind_is_set_when_it_grows_long(key):
    long = made_of(key, "Andi Rahman", [SENTENCE.format(n=n) for n in range(20)], 40)
    recipients = [
        {"name": f"Ibu {n}", "title": f"Kepala Desa {n}", "place": f"Kecamatan {n}"}
        for n in range(1, 41)
    ]
    long["recipients"] = recipients if kinds.kind(key).addressed else []
    made = rendering.pdf(key, long)
    words = read(made)
    if kinds.kind(key).addressed:
        assert "Kepala Desa 40" in words
        assert rendering.pages(made) >= 3


@pytest.mark.parametrize("key", EVERY)
def test_what_people_type_is_printed_and_never_run(key):
    awkward = made_of(key, AWKWARD, [AWKWARD, AWKWARD], 2)
    awkward["recipients"] = [{"name": AWKWARD, "title": AWKWARD, "place": AWKWARD}] * 2
    awkward["copies"] = [AWKWARD]
    awkward["signer"] |= {"name": AWKWARD, "prefix": "a.n.", "lines": [AWKWARD]}
    words = read(rendering.pdf(key, awkward))
    assert "root:x:" not in words
    assert "#panic()" in words


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
@pytest.mark.parametrize("key", EVERY)
def test_a_second_program_finds_the_file_sound(key, tmp_path):
    file = tmp_path / "naskah.pdf"
    file.write_bytes(rendering.pdf(key, signed(key)))
    checked = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


# ---- What stands on the page -----------------------------------------------------------------


def test_the_invitation_says_when_and_where():
    words = read(rendering.pdf("surat_undangan", signed("surat_undangan")))
    for part in (
        "Kolaka, 24 November 2026",
        "Nomor : B/500.12/012/DISKOMINFO-KLK/XI/2026",
        "Sifat : Biasa",
        "Hal : Undangan Pembentukan KIM Desa Rano Sangia",
        "Yth. Kepala Desa Rano Sangia",
        "kami mengharapkan kehadiran Bapak/Ibu pada:",
        "hari/tanggal : Rabu, 2 Desember 2026",
        "pukul : 09.00 WITA sampai selesai",
        "tempat : Balai Pertemuan Desa Rano Sangia Kecamatan Toari",
        "Tembusan: 1. Bupati",
    ):
        assert part in words


def test_the_order_names_who_goes_and_what_for():
    words = read(rendering.pdf("surat_perintah_tugas", signed("surat_perintah_tugas")))
    for part in (
        "SURAT PERINTAH TUGAS NOMOR 800.1.11.1/012/",
        "MEMERINTAHKAN:",
        "NIP 197503122000031004",
        "Rabu, 2 Desember 2026 sampai dengan Kamis, 3 Desember 2026",
        "Ditetapkan di Kolaka pada tanggal 24 November 2026",
    ):
        assert part in words


def test_an_electronic_order_of_duty_for_two_fits_one_page():
    electronic = signed("surat_perintah_tugas", status="signed_electronic", verify_url=ADDRESS)
    assert rendering.pages(rendering.pdf("surat_perintah_tugas", electronic)) == 1


def test_the_title_of_a_decision_leaves_no_word_alone():
    about = "Pembentukan Tim Pelaksana Kegiatan Pembentukan KIM Desa Rano Sangia"
    decision = signed("sk_tim")
    decision["fields"]["tentang"] = about
    lines = layout(rendering.pdf("sk_tim", decision)).splitlines()
    first = next(n for n, line in enumerate(lines) if "PEMBENTUKAN TIM" in line)
    title = [line.split() for line in lines[first : first + 4] if line.strip()][:2]
    assert [*title[0], *title[1]] == about.upper().split()
    assert min(map(len, title)) > 3


def test_the_decision_has_its_parts_in_order_and_its_team_attached():
    pages = layout(rendering.pdf("sk_tim", signed("sk_tim"))).split("\f")
    parts = ("Menimbang", "Mengingat", "Memperhatikan", "MEMUTUSKAN", "Menetapkan", "KESATU")
    words = " ".join(pages)
    places = [words.index(part) for part in (*parts, "KEDUA", "KELIMA", "LAMPIRAN")]
    assert places == sorted(places)
    assert "SUSUNAN TIM PELAKSANA" in pages[-2]
    assert "Andi Rahman" in pages[-2]


def test_the_minutes_of_forming_open_with_the_day_in_words():
    words = read(rendering.pdf("berita_acara", content("berita_acara")))
    assert "tanggal dua bulan Desember tahun dua ribu dua puluh enam (02-12-2026)" in words
    assert "Mengetahui, Kepala Desa Rano Sangia," in words


def test_three_who_sign_the_minutes_stand_two_beside_each_other():
    minutes = content("berita_acara")
    minutes["fields"]["wakil"] = [AMINAH, AMINAH | {"name": "Ketut Arsana"}]
    lines = layout(rendering.pdf("berita_acara", minutes)).splitlines()
    rows = [line for line in lines if re.search(r"Sitti Aminah|Ketut Arsana|Syamsuddin", line)]
    assert [len(re.findall(r"\S+(?: \S+)*", row)) for row in rows[-2:]] == [2, 1]


def test_the_travel_letter_counts_its_days_and_has_a_visum():
    first, second, *_ = layout(rendering.pdf("spd", signed("spd"))).split("\f")
    assert "2 (dua) hari" in first
    assert second.count("Tiba di") == second.count("Berangkat dari") - 1 == 2


def test_the_return_in_the_visum_is_signed_with_a_pen_even_on_an_electronic_letter():
    electronic = signed("spd", status="signed_electronic", verify_url=ADDRESS)
    front, visum = layout(rendering.pdf("spd", electronic)).rstrip("\f").split("\f")
    mark = "Ditandatangani secara"
    assert (front.count(mark), visum.count(mark)) == (1, 1)
    assert visum.index(mark) < visum.index("Tiba kembali di")


def test_the_attendance_sheet_is_blank_or_filled():
    blank = content("daftar_hadir")
    blank["fields"] |= {"peserta": [], "baris": "30"}
    rows = re.findall(r"^ *(\d+)\. ", layout(rendering.pdf("daftar_hadir", blank)), re.MULTILINE)
    assert rows[-1] == "30"
    assert "..." not in layout(rendering.pdf("daftar_hadir", blank)).split("\f")[0][-200:]
    assert "Baharuddin" in read(rendering.pdf("daftar_hadir", content("daftar_hadir")))


def test_a_concept_says_so_and_leaves_room_for_its_number():
    words = read(rendering.pdf("surat_undangan", content("surat_undangan")))
    assert "KONSEP" in words
    assert "Nomor : ......" in words
    assert "Belum ditandatangani secara elektronik" in words


def test_without_a_certificate_the_letter_says_that_it_is_signed_with_a_pen():
    words = read(rendering.pdf("surat_undangan", signed("surat_undangan")))
    assert "tidak ditandatangani secara elektronik" in words
    assert "Ditandatangani secara elektronik oleh" not in words


def test_an_electronic_signature_shows_its_block_and_note():
    electronic = signed(
        "surat_undangan",
        status="signed_electronic",
        verify_url=ADDRESS,
        signature_note="Periksa di kantor.",
    )
    words = read(rendering.pdf("surat_undangan", electronic))
    assert "Ditandatangani secara elektronik oleh:" in words
    assert "Periksa di kantor." in words


def test_the_stamp_carries_the_parafs_and_can_be_switched_off():
    given = [{"title": "Kepala Seksi", "name": "Nurhayati", "at": "2026-11-24T09:30+08:00"}]
    stamped = content("surat_undangan", parafs=given, stamp=True, show_parafs=True)
    words = read(rendering.pdf("surat_undangan", stamped))
    assert "PARAF KOORDINASI" in words
    assert words.index("Sekretaris Dinas") < words.index("Kepala Bidang") < words.index("24 Nov")
    assert "24 Nov 2026 09.30" in words
    outgoing = rendering.pdf("surat_undangan", stamped | {"show_parafs": False})
    assert "PARAF" not in read(outgoing)


def test_signing_for_the_head_shows_the_capacity():
    acting = content("surat_undangan")
    acting["signer"] |= {"prefix": "a.n.", "lines": ["Sekretaris Dinas", "u.b.", "Kepala Bidang"]}
    words = read(rendering.pdf("surat_undangan", acting))
    assert re.search(r"a\.n\. Kepala Dinas[^,]* Sekretaris Dinas u\.b\. Kepala Bidang,", words)


def test_a_few_recipients_stand_in_the_letter_and_many_on_a_list():
    people = [{"name": f"Ibu {n}", "title": "Lurah", "place": "Wolo"} for n in range(1, 6)]
    few = read(rendering.pdf("surat_undangan", content("surat_undangan", recipients=people[:2])))
    assert "1. Ibu 1, Lurah 2. Ibu 2, Lurah" in few
    many = read(rendering.pdf("surat_undangan", content("surat_undangan", recipients=people)))
    assert "Daftar penerima terlampir" in many
    assert "DAFTAR UNDANGAN" in many
    assert "Lampiran : 1 (satu) berkas" in many


def test_each_page_that_continues_carries_the_first_word_of_the_next():
    words = [f"kata{n}" for n in range(1200)]
    long = content("surat_dinas", copies=[])
    long["fields"] |= {"isi": [" ".join(words)], "rincian": []}
    pages = layout(rendering.pdf("surat_dinas", long)).split("\f")
    carried = [re.findall(r"(kata\d+) \.\.\.", page) for page in pages[:2]]
    starts = [re.findall(r"kata\d+", page)[0] for page in pages[1:3]]
    assert [[start] for start in starts] == carried
    assert read(rendering.pdf("surat_dinas", long)).count("kata") == 1200 + 2


# ---- The typesetter --------------------------------------------------------------------------


def test_the_same_letter_gives_the_same_bytes():
    assert rendering.pdf("sk_tim", signed("sk_tim")) == rendering.pdf("sk_tim", signed("sk_tim"))


def test_threads_do_not_disturb_each_other():
    wanted = {
        n: rendering.pdf("surat_undangan", signed("surat_undangan", number=f"B/{n}"))
        for n in range(4)
    }
    made = {}

    def work(n):
        made[n] = [
            rendering.pdf("surat_undangan", signed("surat_undangan", number=f"B/{n}"))
            for _ in range(5)
        ]

    workers = [threading.Thread(target=work, args=(n,)) for n in wanted]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert made == {n: [pdf] * 5 for n, pdf in wanted.items()}


def test_a_letter_is_an_archive_file_with_its_title():
    made = rendering.pdf("surat_undangan", signed("surat_undangan"))
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B<" in made
    assert b"Undangan Pembentukan KIM Desa Rano Sangia" in made


def test_a_character_without_a_glyph_is_named():
    strange = content("surat_undangan")
    strange["fields"]["hal"] = "Undangan 漢"
    with pytest.raises(RenderingError, match="Surat Undangan memuat huruf “漢”"):
        rendering.pdf("surat_undangan", strange)


def test_an_unprintable_character_does_not_stop_the_letter():
    odd = content("surat_undangan")
    odd["fields"]["hal"] = "Undangan\x07 \u202eKIM"
    assert "Hal : Undangan KIM" in read(rendering.pdf("surat_undangan", odd))


BROKEN = """
from kimweb.documents import rendering
rendering.pdf("surat_undangan", {"fields": {}})
try:
    rendering.pdf("laporan", {"fields": {}})
except rendering.RenderingError as refused:
    print(refused)
"""


def test_a_broken_template_is_reported_plainly_and_other_kinds_go_on(tmp_path):
    for room in ("config", "kimweb", "templates"):
        shutil.copytree(ROOT / room, tmp_path / room)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "templates" / "naskah" / "laporan.typ").write_text("#let x = ")
    told = subprocess.run(
        [sys.executable, "-c", BROKEN], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    sentence = "Laporan tidak dapat disusun menjadi PDF. Beri tahu administrator."
    assert told.stdout.strip() == sentence


def test_the_qr_says_the_address_to_whoever_reads_the_page():
    electronic = {"status": "signed_electronic", "verify_url": ADDRESS}
    for key in ("surat_undangan", "sk_tim", "spd"):
        assert qr.on_page(rendering.pdf(key, signed(key, **electronic))) == ADDRESS


@pytest.fixture
def house():
    """Let a test write as an office with other settings, and go back afterwards."""

    def changed(**settings):
        office.use(replace(office.current(), **settings))

    yield changed
    office.use(None)


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 841)), ("F4", (609, 935))])
def test_the_sheet_is_the_one_of_the_settings(house, paper, size):
    house(page=replace(office.current().page, paper=paper))
    made = rendering.pdf("surat_undangan", signed("surat_undangan"))
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert box is not None
    assert tuple(int(float(side)) for side in box.groups()) == size


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_emblem_of_the_office_takes_the_place_of_the_shield(house, tmp_path, suffix):
    emblem = tmp_path / f"lambang{suffix}"
    segno.make("lambang").save(str(emblem))
    assert "LAMBANG" in read(rendering.pdf("surat_undangan", signed("surat_undangan")))
    house(emblem=emblem)
    assert "LAMBANG" not in read(rendering.pdf("surat_undangan", signed("surat_undangan")))


def test_an_office_name_a_little_too_long_is_set_smaller_on_its_line(house):
    long = Line("DINAS KOMUNIKASI, INFORMATIKA, DAN STATISTIK", 18, bold=True)
    house(letterhead=(long,))
    made = layout(rendering.pdf("surat_undangan", signed("surat_undangan")))
    assert any(long.text in " ".join(line.split()) for line in made.split("\n"))


def test_the_program_names_no_place():
    here = office.current()
    place = here.regency.removeprefix("Kabupaten ").lower()
    sources = [*(ROOT / "kimweb" / "documents").glob("*.py"), *rendering.TEMPLATES.glob("*.typ")]
    assert len(sources) > 20
    for source in sources:
        text = source.read_text(encoding="utf-8").lower()
        assert place not in text, source
        assert f"{here.region_code}" not in text, source


def test_the_report_shows_its_photos_six_on_a_page_behind_the_signature():
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><rect width="4" height="3"/>'
    )
    report = content("laporan")
    photos = [{"sha256": f"{n:064x}", "caption": f"Musyawarah bagian {n}"} for n in range(1, 12)]
    photos.append({"sha256": f"{12:064x}", "caption": ""})
    report["fields"]["dokumentasi"] = photos
    report["pictures"] = {photo["sha256"]: f"{drawn}</svg>" for photo in photos[1:]}
    pages = layout(rendering.pdf("laporan", report)).rstrip("\f").split("\f")
    assert "Syamsuddin" in pages[-3]
    assert "DOKUMENTASI KEGIATAN" in pages[-2]
    assert [re.findall(r"Foto (\d+)", page) for page in pages[-2:]] == [
        ["1", "2", "3", "4", "5", "6"],
        ["7", "8", "9", "10", "11", "12"],
    ]
    assert "Foto 11. Musyawarah bagian 11" in pages[-1]
    assert "Foto 12." not in pages[-1], "without a caption nothing follows the number"
    lost = [page.count("tidak tersedia lagi") for page in pages[-2:]]
    assert lost == [1, 0], "a lost photo leaves its frame, the others are drawn"
