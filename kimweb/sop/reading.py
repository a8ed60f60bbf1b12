"""Strict reading of the office's YAML files: every mistake is collected with its line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

_BROKEN = (
    "Susunan berkas rusak di sekitar baris ini. "
    "Periksa titik dua, tanda petik, tanda kurung, dan jarak di awal baris."
)
_UNREADABLE = "Berkas memuat huruf yang tidak dapat dibaca. Simpan ulang sebagai teks UTF-8."


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: where it stands (line from 1) and what to do, in Indonesian."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} baris {self.line}: {self.reason}"


class FileError(Exception):
    """A file of the office was refused; `problems` holds every mistake found, in line order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Entry:
    """One value of the file; `node` is None for an optional value that was not written.

    A wrong value is noted and answered with an empty one, so that reading goes on and finds the
    next mistake. Call `refuse_if_wrong` before trusting anything that was read.
    """

    node: yaml.Node | None
    name: str
    file: str
    problems: list[Problem]

    @property
    def line(self) -> int:
        """The line of the file on which this value begins, from 1."""
        return int(self.node.start_mark.line) + 1 if self.node else 1

    @property
    def is_empty(self) -> bool:
        """Not written at all, or a key with nothing behind it."""
        return self.node is None or self.node.tag == "tag:yaml.org,2002:null"

    def refuse(self, reason: str) -> None:
        """Note a mistake on this value's line."""
        self.problems.append(Problem(self.file, self.line, reason))

    def refuse_if_wrong(self, error: type[FileError]) -> None:
        """Raise `error` with every mistake noted so far, in line order."""
        if self.problems:
            raise error(sorted(self.problems, key=lambda problem: problem.line))

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Entry]:
        """Every named value, written or not; unknown, repeated and missing names are refused."""
        found = {name: self._child(None, name) for name in (*required, *optional)}
        if self.node is None:
            return found
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"{self.name} harus berupa pasangan “kata kunci: isi”.")
            return found
        for key, value in self.node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name not in found:
                self._child(key, name).refuse(
                    f"Kata kunci “{name}” tidak dikenal pada {self.name}. "
                    f"Yang dikenal: {', '.join(found)}."
                )
            elif found[name].node is not None:
                self._child(key, name).refuse(f"Kata kunci “{name}” tertulis dua kali.")
            else:
                found[name] = self._child(value, f"“{name}” pada {self.name}")
        for name in required:
            if found[name].node is None:
                self.refuse(f"Kata kunci “{name}” belum ada pada {self.name}. Tambahkan.")
        return found

    def items(self, noun: str = "", *, at_least_one: bool = False) -> list[Entry]:
        """The values of a list; `noun` names each one ("langkah" gives "langkah ke-1")."""
        if self.node is None:
            return []
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(f"{self.name} harus berupa daftar, tiap butir diawali tanda “-”.")
            return []
        if at_least_one and not self.node.value:
            self.refuse(f"{self.name} masih kosong. Isi paling sedikit satu butir.")
        noun = noun or f"butir {self.name}"
        return [self._child(node, f"{noun} ke-{n}") for n, node in enumerate(self.node.value, 1)]

    def text(self) -> str:
        """The words exactly as written; an empty value is refused."""
        if self.node is None:
            return ""
        if not isinstance(self.node, yaml.ScalarNode):
            self.refuse(f"{self.name} harus berupa satu tulisan.")
            return ""
        written = "" if self.is_empty else str(self.node.value)
        if not written.strip():
            self.refuse(f"{self.name} masih kosong. Isilah.")
        return written

    def texts(self) -> tuple[str, ...]:
        """A list of written lines, at least one."""
        return tuple(entry.text() for entry in self.items(at_least_one=True))

    def matching(self, pattern: str, example: str) -> re.Match[str] | None:
        """The words when they fit `pattern` as a whole, else a refusal that shows `example`."""
        written = self.text()
        match = re.fullmatch(pattern, written, re.IGNORECASE | re.ASCII)
        if written.strip() and match is None:
            self.refuse(f"{self.name} tertulis “{written}”. Tulis seperti contoh: {example}.")
        return match

    def number(self) -> int:
        """A whole number from 1 to 999; 0 when it cannot be read."""
        match = self.matching(r"[1-9]\d{0,2}", "4")
        return int(match[0]) if match else 0

    def flag(self) -> bool:
        """true or false; false when not written."""
        return self.word(("true", "false")) == "true"

    def word(self, known: Collection[str]) -> str:
        """One word out of `known`; "" when not written."""
        written = self.text()
        if written.strip() and written not in known:
            choices = ", ".join(known if isinstance(known, tuple) else sorted(known))
            self.refuse(f"{self.name} tertulis “{written}”. Pilih salah satu: {choices}.")
        return written

    def words(self, known: Collection[str]) -> tuple[str, ...]:
        """A list of different words out of `known`, at least one when written."""
        chosen = tuple(entry.word(known) for entry in self.items(at_least_one=True))
        if len(set(chosen)) < len(chosen):
            self.refuse(f"{self.name} memuat kata yang sama dua kali. Hapus salah satunya.")
        return chosen

    def date(self) -> dt.date | None:
        """A day written as year-month-day."""
        match = self.matching(r"\d{4}-\d{2}-\d{2}", "2018-03-12")
        try:
            return dt.date.fromisoformat(match[0]) if match else None
        except ValueError:
            self.refuse(f"{self.name} tidak ada di kalender. Periksa bulan dan harinya.")
            return None

    def _child(self, node: yaml.Node | None, name: str) -> Entry:
        return Entry(node, name, self.file, self.problems)


def open_file(path: Path, name: str, error: type[FileError]) -> Entry:
    """The whole file as one Entry; raises `error` when it cannot be read or is not sound YAML."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as failure:
        reason = "Berkas tidak dapat dibuka. Periksa nama dan izinnya."
        raise error([Problem(str(path), 1, reason)]) from failure
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        raise error([Problem(str(path), mark.line + 1 if mark else 1, _BROKEN)]) from failure
    except (yaml.YAMLError, UnicodeError, RecursionError) as failure:
        raise error([Problem(str(path), 1, _UNREADABLE)]) from failure
    if root is None:
        reason = "Berkas kosong. Isi menurut contoh yang sudah ada."
        raise error([Problem(str(path), 1, reason)])
    return Entry(root, name, str(path), [])
