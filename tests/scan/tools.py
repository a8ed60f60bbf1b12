"""Bandit, wapiti and sqlmap, each as one function that returns what it found, nothing else.

Their exit codes say nothing (wapiti and sqlmap end with 0 whatever they found): reports are read.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from config.settings import ROOT

BIN = ROOT / ".scan" / "bin"
MINUTE = 60
# What wapiti looks for. The others need a network, or know programs by name.
MODULES = (
    "sql,timesql,xss,permanentxss,file,redirect,crlf,xxe,exec,csrf,csp,cookieflags,http_headers"
)
_EXPLAINED = re.compile(r"# noqa: ([^-]*)")


class ScanError(Exception):
    """A scanner did not do its work; the text is the end of what it said."""


def bandit(paths: Iterable[Path]) -> list[str]:
    """Return what bandit finds of medium severity or more, where no reason stands beside it.

    The reason is the one that ruff wants too: bandit's B104 is ruff's S104.
    """
    said = _run("bandit", "--quiet", "--recursive", "-ll", "--format", "json", *map(str, paths))
    found = []
    for issue in json.loads(said[said.index("{") : said.rindex("}") + 1])["results"]:
        line = Path(issue["filename"]).read_text().splitlines()[issue["line_number"] - 1]
        explained = _EXPLAINED.search(line)
        if not (explained and f"S{issue['test_id'][1:]}" in explained[1]):
            found.append(f"{issue['test_id']} {issue['filename']}:{issue['line_number']}")
    return found


def wapiti(
    url: str, cookie: str = "", *, without: Iterable[str] = (), minutes: float = 5
) -> list[str]:
    """Return what wapiti finds at `url`, as kind and path; `without` are addresses left alone."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ["--url", url, "--module", MODULES, "--format", "json", "--output", str(report)]
        words += ["--flush-session", "--store-session", folder, "--store-config", folder]
        words += ["--no-bugreport", "--verify-ssl", "0", "--depth", "3", "--scope", "domain"]
        words += ["--max-scan-time", f"{minutes * MINUTE:g}", "--max-attack-time", f"{MINUTE}"]
        for address in without:
            words += ["--exclude", address]
        if cookie:
            words += ["--header", f"Cookie: {cookie}", "--drop-set-cookie"]
        said = _run("wapiti", *words)
        if not report.exists():
            raise ScanError(said[-2000:])
        told = json.loads(report.read_text())
    kinds = told["vulnerabilities"] | told["anomalies"]
    return sorted({f"{kind} {one['path']}" for kind, all_of in kinds.items() for one in all_of})


def sqlmap(address: str, cookie: str = "") -> list[str]:
    """Return the parameters of `address` that sqlmap can inject SQL into."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--url", address, "--batch", "--level", "1", "--risk", "1", "--output-dir", folder]
        words += ["--technique", "BEU", "--disable-coloring", "--flush-session", "--timeout", "10"]
        words += ["--cookie", cookie] if cookie else []
        said = _run("sqlmap", *words)
    if "all tested parameters do not appear to be injectable" in said:
        return []
    found = re.findall(r"Parameter: (.+)", said)
    if not found:
        raise ScanError(f"{address}: {said[-2000:]}")
    return found


def _run(tool: str, *words: str) -> str:
    done = subprocess.run(
        [str(BIN / tool), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=15 * MINUTE,
    )
    return done.stdout + done.stderr
