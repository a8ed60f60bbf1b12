"""Whether the steps hang together: every step is reached, none is a dead end, returns go back."""

from __future__ import annotations

from collections.abc import Sequence

from kimweb.sop.reading import Entry
from kimweb.sop.steps import LANES, MAX_PARAFS, Step


def check_steps(steps: Sequence[Step], entries: Sequence[Entry]) -> None:
    """Note what is wrong between the steps; entries[i] is where steps[i] is written."""
    _check_numbers(steps, entries)
    for step, entry in zip(steps, entries, strict=True):
        _check_returns(step, entry, {other.number for other in steps})
        _check_marks(step, entry)
    _check_parafs(steps, entries)
    if steps and steps[-1].decision:
        entries[-1].refuse(
            f"Langkah {steps[-1].number} adalah langkah terakhir, jadi buntu bagi jawaban Ya. "
            "Hapus decision atau tambahkan langkah sesudahnya."
        )


def _check_numbers(steps: Sequence[Step], entries: Sequence[Entry]) -> None:
    seen: set[int] = set()
    expected = 1
    for step, entry in zip(steps, entries, strict=True):
        number = step.number or expected  # an unreadable number was refused when it was read
        if number in seen:
            entry.refuse(f"Nomor langkah {number} dipakai dua kali. Beri nomor lain.")
        elif number < expected:
            entry.refuse(f"Langkah {number} tidak pada urutannya. Susun dari 1 ke atas.")
        elif number > expected:
            entry.refuse(_gap(expected, number))
        seen.add(number)
        expected = max(expected, number + 1)


def _gap(missing: int, unreachable: int) -> str:
    dead_end = f"langkah {missing - 1} buntu dan " if missing > 1 else ""
    return (
        f"Langkah {missing} tidak ada, sehingga {dead_end}langkah {unreachable} tidak terjangkau. "
        f"Tambahkan langkah {missing}."
    )


def _check_returns(step: Step, entry: Entry, numbers: set[int]) -> None:
    targets = [back.to for back in step.returns if back.to]
    for to in targets:
        if to >= step.number > 0:
            where = "dirinya sendiri" if to == step.number else f"langkah {to} di depannya"
            entry.refuse(
                f"Langkah {step.number} dikembalikan ke {where}. "
                "Pilih langkah yang lebih awal pada returns."
            )
        elif to not in numbers:
            entry.refuse(f"Langkah {step.number} dikembalikan ke langkah {to} yang tidak ada.")
    if len(set(targets)) < len(targets):
        entry.refuse(f"Langkah {step.number} menyebut tujuan yang sama dua kali pada returns.")
    if step.decision and not step.returns:
        entry.refuse(
            f"Langkah {step.number} adalah keputusan, tetapi jawaban Tidak buntu. Isi returns."
        )
    if not step.decision and any(back.printed for back in step.returns):
        entry.refuse(
            f"Langkah {step.number} bukan keputusan, tetapi memuat pengembalian tercetak. "
            "Tulis decision: true atau printed: false."
        )


def _check_marks(step: Step, entry: Entry) -> None:
    if not step.papers and (step.mark or step.edits):
        entry.refuse(f"Langkah {step.number} memuat mark atau edits tanpa papers. Isi papers.")
    if step.lane in step.helpers:
        entry.refuse(f"Langkah {step.number}: pelaksana tidak perlu disebut lagi pada helpers.")


def _check_parafs(steps: Sequence[Step], entries: Sequence[Entry]) -> None:
    """Parafs go up in rank, and at most three officials put one on the same papers."""
    ranks: dict[str, list[int]] = {}
    for step, entry in zip(steps, entries, strict=True):
        if step.mark != "paraf" or not step.papers or step.lane not in LANES:
            continue
        before = ranks.setdefault(step.papers, [])
        if before and LANES.index(step.lane) >= before[-1]:
            entry.refuse(f"Paraf pada langkah {step.number} tidak naik menurut jenjang jabatan.")
        before.append(LANES.index(step.lane))
        if len(before) > MAX_PARAFS:
            entry.refuse(f"Langkah {step.number}: paling banyak {MAX_PARAFS} pejabat memaraf.")
