"""What is ours in a workbook, found again by hidden defined names, however the owner renames, moves or translates.

Defined names follow their cells through everything that Excel and LibreOffice do to a sheet; the id stands also as a custom document
property. (LibreOffice keeps hidden names but shows them.)
"""

from __future__ import annotations

from dataclasses import dataclass

from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.opening import as_package
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package

FORMAT = 1
ID, MACHINE, SINCE, FORMAT_NAME = "_sheetcrm.id", "_sheetcrm.machine", "_sheetcrm.since", "_sheetcrm.format"
PROPERTY = "sheetcrm.id"


@dataclass(frozen=True)
class Identity:
    """What a workbook says of itself: its id, the machine that sends for it, the format that it was written in.

    `since` is the day of its first run (ISO), "" where nothing says it: a journal that was lost is begun anew from there.
    """

    id: str = ""
    machine: str = ""
    since: str = ""
    format: int = FORMAT


def table_mark(table: str) -> str:
    """Return the name that points to a table's header row."""
    return f"_sheetcrm.table.{table}"


def column_mark(table: str, field: str) -> str:
    """Return the name that points to the header cell of a column of ours."""
    return f"_sheetcrm.column.{table}.{field}"


def quoted_text(text: str) -> str:
    """Return a text as the constant of a defined name."""
    return '"' + text.replace('"', '""') + '"'


def reference(sheet: str, cell: str) -> str:
    """Return an absolute reference to a cell, the sheet's title quoted."""
    return "'" + sheet.replace("'", "''") + "'!" + cell


def identity_in(document: Document) -> Identity:
    """Read what the workbook says of itself; an empty identity where it says nothing."""
    constants = {
        n.name: _text(n.value) for n in document.defined_names if n.sheet is None and n.name.startswith("_sheetcrm.")
    }
    number = constants.get(FORMAT_NAME, "")
    return Identity(
        id=constants.get(ID, "") or document.properties.get(PROPERTY, ""),
        machine=constants.get(MACHINE, ""),
        since=constants.get(SINCE, ""),
        format=int(number) if number.isdecimal() else FORMAT,
    )


def identity_of(data: bytes, name: str, password: str | None = None) -> Identity:
    """Return what a workbook's bytes say of it, without reading its sheets."""
    package, _ = as_package(data, name, password)
    with mapped_errors(name):
        return identity_in(Document(Package(package)))


def _text(value: str) -> str:
    value = value.strip().removeprefix("=")
    return value[1:-1].replace('""', '"') if len(value) > 1 and value[0] == value[-1] == '"' else value
