"""Recipients that are addressed together: by kind and area, or put together by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kimweb.dispatch import addresses, recipients
from kimweb.dispatch.addresses import AddressError
from kimweb.dispatch.models import DistributionList, Recipient
from kimweb.documents import regions

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A list that can be chosen with one click: its key, its words, and whom it names."""

    key: str
    words: str
    members: frozenset[int]


def offered(session: Session, book: Sequence[Recipient], near: str) -> list[Offer]:
    """Return every list with members: those made by hand, "semua camat", heads within `near`.

    `book` is who can be chosen, `near` the code of the case's kecamatan.
    """
    own = [(f"list-{one.id}", one.name, one.members) for one in everything(session)]
    kinds = [
        (kind, f"Semua {words.lower()}", [one for one in book if one.kind == kind])
        for kind, words in recipients.KINDS.items()
    ]
    place = regions.region(near).title
    local = [
        (f"{kind}-{near}", f"{words} di {place}", [one for one in members if _in(one, near)])
        for kind, words, members in kinds
        if kind in ("kepala_desa", "lurah")
    ]
    here = {one.id for one in book}
    offers = [
        Offer(key, words, frozenset(one.id for one in members) & here)
        for key, words, members in (*own, *kinds, *local)
    ]
    return [offer for offer in offers if offer.members]


def everything(session: Session) -> Sequence[DistributionList]:
    """Return the lists made by hand, by name, with their members."""
    query = select(DistributionList).options(selectinload(DistributionList.members))
    return session.scalars(query.order_by(DistributionList.name)).all()


def save(
    session: Session, own: DistributionList | None, name: str, chosen: Collection[str]
) -> DistributionList:
    """Write a list by name and the ids of its members; AddressError says what must be mended."""
    name = addresses.one_line(name, "Nama daftar")
    if not name or len(name) > LONGEST_NAME:
        raise AddressError(f"Isi nama daftar, paling banyak {LONGEST_NAME} huruf.")
    same = session.scalar(select(DistributionList).where(DistributionList.name == name))
    if same is not None and same is not own:
        raise AddressError(
            f"Daftar alamat “{name}” sudah ada. Pilih nama lain, atau ubah daftar itu."
        )
    members = [one for one in recipients.standing(session) if str(one.id) in chosen]
    if not members:
        raise AddressError("Pilih paling sedikit satu anggota.")
    if own is None:
        own = DistributionList(name=name)
        session.add(own)
    own.name, own.members = name, members
    session.flush()
    return own


def _in(recipient: Recipient, district: str) -> bool:
    return recipient.region.startswith(f"{district}.")
