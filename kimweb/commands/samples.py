"""What a player types where the office would write its own words."""

from __future__ import annotations

import io

from PIL import Image

from kimweb.documents import fields

# What a player types into a field that nobody has filled; "people" and "table" by columns.
TYPED = {
    "line": "Aula Kantor Desa",
    "text": "Aula Kantor Desa",
    "paragraphs": "Kegiatan berjalan dengan baik dan lancar.",
    "list": "Melaksanakan tugas dengan penuh tanggung jawab.",
    "date": "09-12-2026",
    "time": "09.00",
}
DIRECTION = (
    "Siapkan undangan, surat perintah tugas, dan keputusan tim pelaksana. Koordinasikan tempat dan "
    "waktu dengan camat serta kepala desa atau lurah setempat."
)


def typed(field: fields.Field) -> str:
    """Return text that fits an open field of a document."""
    if field.type == "choice":
        return field.options[0][0]
    if field.type in ("people", "table"):
        return " | ".join(["-"] * len(fields.columns(field)))
    return TYPED[field.type]


def photo() -> io.BytesIO:
    """Return a photo as a phone would send it, in JPEG."""
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 150, 140)).save(picture, "JPEG")
    picture.seek(0)
    return picture
