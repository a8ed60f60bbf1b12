"""Kecamatan, desa and kelurahan of the office's own kabupaten, by their Kemendagri codes.

Read once from the package idn-area-data (Kepmendagri 300.2.2 of 2025; Open Database License).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from config.settings import ROOT
from kimweb.documents import office

TABLES = ROOT / "node_modules" / "idn-area-data" / "data"


class RegionsError(Exception):
    """The region tables are not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Region:
    """One area: its code ("11.01.02"), name and what it is (Kecamatan, Desa, Kelurahan)."""

    code: str
    name: str
    kind: str

    @property
    def title(self) -> str:
        """Return "Desa Keude Bakongan"."""
        return f"{self.kind} {self.name}"

    @property
    def head(self) -> str:
        """Return what the area's head is called: Camat, Kepala Desa or Lurah."""
        return {"Kecamatan": "Camat", "Kelurahan": "Lurah"}.get(self.kind, "Kepala Desa")


def districts() -> tuple[Region, ...]:
    """Return the kecamatan of the office's kabupaten in the order of their codes."""
    return _tables()[0]


def villages(district_code: str) -> tuple[Region, ...]:
    """Return the desa and kelurahan of one kecamatan; an unknown code has none."""
    return tuple(v for v in _tables()[1] if v.code.startswith(f"{district_code}."))


def known(code: str) -> Region | None:
    """Return the kecamatan, desa or kelurahan with this code, None when there is none."""
    return _by_code().get(code)


def region(code: str) -> Region:
    """Return the area with this code; one that the tables have lost is called by its code.

    Codes change when areas are divided or merged, and old cases must still be read.
    """
    return known(code) or Region(code, code, "Wilayah")


def name(code: str) -> str:
    """Return the bare name: "Bakongan" for 11.01.01."""
    return region(code).name


@cache
def _by_code() -> dict[str, Region]:
    return {area.code: area for table in _tables() for area in table}


@cache
def _tables() -> tuple[tuple[Region, ...], tuple[Region, ...]]:
    own = f"{office.current().region_code}."
    return (
        tuple(Region(code, name, "Kecamatan") for code, name in _rows("districts.csv", own)),
        tuple(Region(code, name, _village_kind(code)) for code, name in _rows("villages.csv", own)),
    )


def _rows(table: str, prefix: str) -> Iterator[tuple[str, str]]:
    try:
        with (TABLES / table).open(encoding="utf-8", newline="") as lines:
            # Only the own lines go through the CSV reader: the whole country has 83,763 villages.
            own = csv.reader(line for line in lines if line.startswith(prefix))
            yield from ((code, name) for code, _, name in own)
    except FileNotFoundError as missing:
        raise RegionsError(
            "Daftar kecamatan dan desa belum terpasang. Jalankan `make setup`, lalu mulai lagi."
        ) from missing


def _village_kind(code: str) -> str:
    # The last four digits begin with 1 for a kelurahan and with 2 for a desa (Kepmendagri).
    return "Kelurahan" if code.rsplit(".", 1)[-1].startswith("1") else "Desa"
