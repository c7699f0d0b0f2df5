"""A write after which nothing of some clients is in the file any more, and what of them stays where the owner alone may write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from sheetcrm.crm.cells import shown
from sheetcrm.languages import Language
from sheetcrm.workbook.book import Workbook
from sheetcrm.workbook.columns import is_protected
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.writing import Writing
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import XlsxError
from sheetcrm.xlsx.forgetting import forget
from sheetcrm.xlsx.markup import escape
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.reading import SharedStrings, iter_rows, row_contents
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.sheet import sheet_prefix

_LARGEST = 1_000_000_000
_KINDS = {
    "comments": ("comment", "persons/"),  # persons are the authors
    "pivot": ("pivot",),
    "charts": ("chart",),
    "drawings": ("drawing", "diagram"),
    "properties": ("docprops/",),
    "links": ("externallink", "connection", "querytable"),
}
"""Parts that are no sheets, by a word in their names: how they are called is said as `diff` does."""


def forgotten(writing: Writing, book: Workbook, rows: Mapping[str, Collection[int]], texts: Collection[str]) -> Writing:
    """Return a write without what would stay of emptied rows (Excel rows by table), and of results that show one of `texts`.

    Raises WorkbookError where what comes out is not what was meant.
    """
    if not writing.changed:
        return writing
    with mapped_errors(book.path.name):
        parts = {sheet.title: sheet.part for sheet in book.raw.document.sheets}
        areas: dict[str, list[Range]] = {}
        for table, numbers in rows.items():
            place = book.raw.placements.get(table)
            if place is None or is_protected(book, place.sheet):
                continue
            columns = (place.first_col, max(place.last_col, *place.columns.values()))
            areas.setdefault(parts[place.sheet], []).extend(Range(row, columns[0], row, columns[1]) for row in numbers)
        done = forget(writing.data, areas, texts)
        if done.data is writing.data:
            return writing
        writing.verify(writing.data)

    def verify(data: bytes) -> None:
        with mapped_errors(book.path.name):
            done.verify(data)

    told = writing.receipt
    if told is not None:
        known = {*told.replaced, *told.added}
        told = replace(told, replaced=(*told.replaced, *(part for part in done.parts if part not in known)))
    return replace(writing, data=done.data, verify=verify, receipt=told)


def remains(data: bytes, texts: Collection[str], words: Language) -> list[str]:
    """Return where in a package one of these texts still occurs: cells as `Sheet!A1`, and kinds of parts in the owner's words."""
    known = [text.casefold() for text in texts]
    raw = [escape(text).decode() for text in known]
    package = Package(data)
    document = Document(package)
    sheets = {sheet.part: sheet for sheet in document.sheets}
    shared = document.part_by_kind("sharedStrings")
    hit = {part for part in package.names if _occurs(package, part, raw)}
    found: list[str] = []
    strings = SharedStrings(lambda: package.read(shared, _LARGEST) if shared else b"")
    for part, sheet in sheets.items():
        if part in package and (part in hit or shared in hit):
            cells = list(_cells(package, part, strings, known))
            found += [f"{sheet.title}!{cell}" for cell in cells]
            if part in hit and not cells:
                found.append(sheet.title)
    for part in sorted(hit - sheets.keys() - {shared}):
        found.append(_named(part, words))
    return list(dict.fromkeys(found))


def _occurs(package: Package, part: str, texts: Collection[str]) -> bool:
    try:
        text = package.read(part, _LARGEST).decode("utf-8", "replace").casefold()
    except XlsxError:
        return False
    return any(one in text for one in texts)


def _cells(package: Package, part: str, strings: SharedStrings, texts: Collection[str]) -> Iterator[str]:
    head = next(package.open(part), b"")
    with suppress(XlsxError):
        prefix = sheet_prefix(head).encode()
        for number, row in iter_rows(package.open(part)):
            for column, (cell, _) in row_contents(row, prefix, strings).items():
                text = shown(cell.value).casefold()
                if any(one in text for one in texts):
                    yield cell_name(number, column)


def _named(part: str, words: Language) -> str:
    name = part.replace("\\", "/").casefold()
    kind = next((kind for kind, marks in _KINDS.items() if any(mark in name for mark in marks)), "")
    return words.say(f"diff_part_{kind}" if kind else "remains_part")


def occurs(data: bytes, texts: Collection[str]) -> bool:
    """Tell whether one of these texts occurs anywhere in a file: in a package's parts, else in its bytes."""
    known = [text.casefold() for text in texts]
    try:
        package = Package(data)
    except XlsxError:
        text = data.decode("utf-8", "replace").casefold()
        return any(one in text for one in known)
    raw = [escape(text).decode() for text in known]
    return any(_occurs(package, part, raw) for part in package.names)
