"""Style sheets, scripts, fonts and icons, served by the program itself, from a fixed list.

The parts of others lie in node_modules, our own in static/. The address of a file carries a hash
of its content, so a browser keeps it for a year and never shows an old one.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for
from markupsafe import Markup

from config.settings import ROOT
from kimweb.pages.stylesheet import trim

MODULES = ROOT / "node_modules"
OWN = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = ROOT / "templates"
ICONS = MODULES / "@tabler/icons/icons/outline"
VENDOR = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
    "arimo-400.ttf": "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
    "arimo-700.ttf": "@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf",
}
YEAR = 365 * 24 * 3600
DRAWINGS = frozenset(
    (
        "address-book.svg",
        "alert-circle.svg",
        "alert-triangle.svg",
        "arrow-back-up.svg",
        "calendar.svg",
        "certificate.svg",
        "clock-exclamation.svg",
        "clock.svg",
        "folders.svg",
        "heartbeat.svg",
        "inbox.svg",
        "keyboard.svg",
        "list-numbers.svg",
        "logout.svg",
        "mailbox.svg",
        "map-pin.svg",
        "menu-2.svg",
        "notebook.svg",
        "player-pause.svg",
        "plug-connected-x.svg",
        "search.svg",
        "send.svg",
        "shield-check.svg",
        "template.svg",
        "user-check.svg",
        "user-circle.svg",
        "user-cog.svg",
        "user.svg",
        "users-group.svg",
    )
)
_BESIDE = re.compile(r'url\("([\w.-]+\.(?:ttf|svg))"\)')
_WORD = re.compile(r"[A-Za-z_][\w-]*")


class AssetMissing(Exception):
    """A file of the program's own is not there: set-up was not finished."""


@dataclass(frozen=True)
class Asset:
    """A file ready to be sent: its bytes, the same packed, and what its address carries."""

    plain: bytes
    packed: bytes
    version: str
    media_type: str


def register(app: Flask) -> None:
    """Give the templates `asset(name)`, the address of a file, and `icon(name)`, a drawing."""
    app.add_url_rule("/vendor/<version>/<name>", "vendor", file)
    app.jinja_env.globals.update(asset=address, icon=icon)


def address(name: str) -> str:
    """Return the address of a file of the list."""
    return _address(load(name).version, name, request.script_root)


@cache
def _address(version: str, name: str, _root: str) -> str:
    return url_for("vendor", version=version, name=name)


@cache
def icon(name: str) -> Markup:
    """Return a Tabler outline icon as inline SVG; it only decorates, so readers skip it."""
    file = ICONS / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise AssetMissing(f"no icon {name!r} in {ICONS}; run `npm ci --ignore-scripts`")
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", file.read_text(), flags=re.DOTALL)
    inner = re.sub(
        r"\s*\n\s*", "", inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    )
    return Markup(  # noqa: S704 - the drawing comes from the package, the name was checked
        f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{inner}</svg>'
    )


def file(version: str, name: str) -> Response:
    """Send a file of the list, packed where the browser takes it."""
    if name not in VENDOR and name not in DRAWINGS and not is_own(name):
        abort(404)
    found = load(name)
    packed = request.accept_encodings["gzip"] > 0 and len(found.packed) < len(found.plain)
    response = Response(found.packed if packed else found.plain, mimetype=found.media_type)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    # An address of before an upgrade is answered, but not kept.
    response.cache_control.max_age = YEAR if version == found.version else 0
    response.cache_control.immutable = version == found.version
    return response


def is_own(name: str) -> bool:
    """Tell whether `name` is one of our own static files."""
    return name in {path.name for path in OWN.iterdir() if path.is_file()}


def load(name: str) -> Asset:
    """Return a file of the list by its name; AssetMissing when it is not there."""
    path = _path(name)
    try:
        return _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise AssetMissing(f"{path} is missing; run `npm ci --ignore-scripts`") from None


@cache
def _path(name: str) -> Path:
    if name in DRAWINGS:
        return ICONS / name
    return MODULES / VENDOR[name] if name in VENDOR else OWN / name


@cache
def _load(path: Path, _changed: int) -> Asset:
    content = path.read_bytes()
    if path.name == "tabler.min.css":
        content = trim(content.decode(), used_words()).encode()
    elif path.suffix == ".css":
        content = _BESIDE.sub(_versioned, content.decode()).encode()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(content, gzip.compress(content, 9, mtime=0), version, media_type)


def _versioned(found: re.Match[str]) -> str:
    return f'url("../{load(found[1]).version}/{found[1]}")'


def used_words() -> frozenset[str]:
    """Return every word of templates, scripts and our style: any may be a class or a variable."""
    own = (path for path in OWN.iterdir() if path.suffix in (".css", ".js"))
    sources = [*TEMPLATES.rglob("*.html"), *own, *Path(__file__).parent.glob("*.py")]
    return frozenset(word for path in sources for word in _WORD.findall(path.read_text()))
