"""A client with something of hers in every corner, and where of it anything is found in files: for tests of erasing."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from openpyxl.comments import Comment
from openpyxl.worksheet.hyperlink import Hyperlink
from owner_hand import BORN, CLIENTS, DAY, VISITS, client, column, edited, header_row, salon, sheet, visit

HERS = ("anna smith", "anna.smith", "7946 0001", "2079460001", "oat milk", "elm street", "smith, a.", "asks for eve")
"""What of her is looked for, in any case of letters."""

ANNA = client(
    "C1",
    "Anna Smith",
    "anna.smith",
    BORN,
    phone="+44 20 7946 0001",
    address="1 Elm Street",
    notes="oat milk, Ms Smith, A.",
    consent_date=DAY,
    consent_source="form of Anna Smith",
)
OLA = client("C9", "Anna Smith", "anna.smith", None, phone="020 7946 0001")


def her_salon(folder: Path, *, language: str = "en", **more: Any) -> Path:
    """A salon in which Anna has visits with notes, a comment on her cell, a link behind her address and a column of the owner's own."""
    visits = [*VISITS, visit(DAY.replace(day=3), "Anna Smith", 20.0, phone="020 7946 0001", note="asks for Eve")]
    return salon(
        folder, language=language, clients=(ANNA, *CLIENTS[1:], *more.pop("others", ())), visits=visits, **more
    )


def decorated(path: Path) -> None:
    """Add what Excel and the owner add: a comment, a link, a column of her own in both tables."""
    with edited(path) as book:
        page = sheet(book, "Clients")
        row = next(
            r
            for r in range(header_row(page) + 1, page.max_row + 1)
            if page.cell(r, 1).value == "C1" or _is_hers(page, r)
        )
        name = page.cell(row, column(page, "Name"))
        name.comment = Comment("Anna Smith is the sister of Eve", "owner")
        mail = page.cell(row, column(page, "Email"))
        mail.hyperlink = Hyperlink(ref=mail.coordinate, target="mailto:anna.smith@example.com")


def _is_hers(page: Any, row: int) -> bool:
    return any(cell.value == "Anna Smith" for cell in page[row])


def parts_of(path: Path) -> dict[str, bytes]:
    """The contents of a file: those of an archive inflated, each under its name."""
    data = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return {"": data}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def found_in(folder: Path, texts: Collection[str] = HERS) -> list[tuple[str, str, str]]:
    """Where below a folder one of the texts occurs: file, part, text."""
    return [
        (path.name, part, text)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for part, data in parts_of(path).items()
        for text in texts
        if text in data.decode("utf-8", "replace").lower()
    ]
