"""Set-up: what is asked for is what is locked, whole and without anybody's addresses."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from config.settings import ROOT

LISTS = ("tools", "node", "run", "dev", "scan")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[a-z]+\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(file: str) -> dict[str, str]:
    text = (ROOT / "requirements" / file).read_text()
    return {found["name"]: found["version"] for found in PIN.finditer(text)}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_asked_for_is_what_is_locked(name: str) -> None:
    asked, locked = pins(f"{name}.in"), pins(f"{name}.txt")
    assert asked
    assert asked.items() <= locked.items(), "run `make lock`"


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_package_carries_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[a-z])", text)
    packages = [entry for entry in entries if "==" in entry]
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_tests_run_with_the_versions_that_users_run_with() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev[name] for name in run.keys() & dev.keys()} == {
        name: run[name] for name in run.keys() & dev.keys()
    }


def test_the_parts_of_the_pages_are_locked_without_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert packages
    assert all(package["integrity"] for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_the_build_server_runs_the_same_tests_as_everybody() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()


def test_every_target_explains_itself() -> None:
    targets = re.findall(r"^\.PHONY: (\w+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listing = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    explained = set(re.findall(r"^  make (\w+)", listing.stdout, re.MULTILINE))
    assert explained == set(targets) - {"browser"}


def test_every_process_of_the_office_ends_with_its_runner() -> None:
    text = (ROOT / "config" / "supervisord.conf").read_text()
    programs = text.split("[program:")[1:]
    names = [program.partition("]")[0] for program in programs]
    assert names == ["redis", "mail", "web", "worker", "mailer", "beat"]
    for program in programs:
        assert re.search(
            r'command = \S+ -S "%\(here\)s/tether\.py" (TERM|KILL)$', program, re.MULTILINE
        )
        assert "autorestart = true" in program
