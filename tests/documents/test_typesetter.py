"""The typesetter in its own process: it may die, run away or grow, and the office goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import ROOT
from kimweb.documents import rendering
from kimweb.documents.rendering import FONTS
from kimweb.documents.typesetter import (
    GROWTH_BYTES,
    IDLE_MARGIN_SECONDS,
    Typesetter,
    TypesettingError,
)

PAGE = '#set text(font: "Arimo")\n'
LETTER = PAGE + "#sys.inputs.data"
# Every level calls three more, each with other numbers, so that nothing is remembered.
ENDLESS = """
#let f(n, m) = if n == 0 { 0 } else { range(3).map(i => f(n - 1, m * 3 + i)).sum() }
#f(30, 1)
"""
HOARD = PAGE + "#for n in range(40) [ #sys.inputs.data #n #lorem(900) #pagebreak() ]"

TEMPLATES = {
    "letter": LETTER,
    "endless": ENDLESS,
    "hoard": HOARD,
    "broken": "#panic()",
    "curious": '#read("../../../../../../etc/hostname")',
}


@pytest.fixture
def typesetter(tmp_path: Path) -> Iterator[Typesetter]:
    """A typesetter over templates that no office would have, with little patience."""
    for name, text in TEMPLATES.items():
        (tmp_path / f"{name}.typ").write_text(text)
    made = Typesetter(tmp_path, FONTS, patience=8)
    yield made
    made.end()


def job(template: str = "letter", data: str = "Undangan") -> dict[str, object]:
    output = {"format": "pdf"}
    return {"template": f"{template}.typ", "data": data, "output": output, "page": 1}


def children(templates: Path) -> list[int]:
    """The typesetters over `templates`; one that has just begun has no command line yet."""
    time.sleep(0.2)
    told = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [pid for pid in map(int, told.split()) if str(templates) in command(pid)]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def test_a_typesetter_that_was_killed_is_replaced(typesetter: Typesetter, tmp_path: Path) -> None:
    typesetter.run(job())
    (pid,) = children(tmp_path)
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(TypesettingError, match="died"):
        typesetter.run(job())
    assert typesetter.run(job())[0].startswith(b"%PDF")


def test_a_template_that_runs_away_is_stopped_and_the_next_letter_is_set(
    typesetter: Typesetter, tmp_path: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(TypesettingError, match="TimeoutError"):
        typesetter.run(job("endless"))
    assert time.monotonic() - began < 20
    assert children(tmp_path) == []
    assert typesetter.run(job())[0].startswith(b"%PDF")


def test_a_typesetter_that_has_grown_is_replaced(typesetter: Typesetter, tmp_path: Path) -> None:
    typesetter.run(job())
    (first,) = children(tmp_path)
    for n in range(12):
        typesetter.run(job("hoard", f"keputusan {n}"))
        (pid,) = children(tmp_path)
        if pid != first:
            break
    assert pid != first, f"it may grow by {GROWTH_BYTES} bytes and no more"


def test_a_typesetter_without_work_gives_its_memory_back(
    typesetter: Typesetter, tmp_path: Path
) -> None:
    typesetter.run(job())
    assert len(children(tmp_path)) == 1
    resting = Typesetter(tmp_path, FONTS, idle=0)
    resting.run(job())
    time.sleep(IDLE_MARGIN_SECONDS + 0.5)
    assert len(children(tmp_path)) == 1, "the one that has done nothing for so long is gone"
    assert resting.run(job())[0].startswith(b"%PDF"), "another goes on with the work"
    resting.end()


def test_a_letter_is_set_after_every_wish_that_was_refused(
    typesetter: Typesetter, tmp_path: Path
) -> None:
    typesetter.run(job())
    before = children(tmp_path)
    with pytest.raises(TypesettingError):
        typesetter.run(job("broken"))
    assert children(tmp_path) == before
    assert typesetter.run(job())[1] == 1


def test_nothing_outside_templates_and_environment_can_be_read(
    typesetter: Typesetter, tmp_path: Path
) -> None:
    with pytest.raises(TypesettingError):
        typesetter.run(job("curious"))
    typesetter.run(job())
    (pid,) = children(tmp_path)
    assert Path(f"/proc/{pid}/environ").read_bytes() == b""


def test_the_process_that_asks_never_loads_the_typesetter() -> None:
    program = (
        "import sys\nfrom kimweb.documents import rendering\n"
        "rendering.pdf('surat_undangan', {'fields': {}})\n"
        "sys.exit('typst' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_many_threads_are_served_by_two(app: object) -> None:
    made: list[bytes] = []

    def set_one() -> None:
        made.append(rendering.pdf("surat_undangan", {"fields": {}}))

    threads = [threading.Thread(target=set_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1
