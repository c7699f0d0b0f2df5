"""What an owner does to her workbook between two runs, by openpyxl as an independent hand, and what she then sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from sheetcrm.workbook.creating import create_workbook

DAY = date(2026, 11, 22)
Page = Any  # an openpyxl worksheet; its cells are typed as anything a cell may be


def client(client_id: str | None, name: str, mail: str, birthday: date | None = None, **more: Any) -> dict[str, Any]:
    row = {"client_id": client_id, "name": name, "email": f"{mail}@example.com", "birthday": birthday}
    return row | {"email_consent": "yes"} | more


def visit(day: date, who: str, amount: float | None = 50.0, service: str = "Cut", **more: Any) -> dict[str, Any]:
    return {"date": day, "client": who, "service": service, "amount": amount} | more


BORN = date(1990, 11, 22)
CLIENTS = (
    client("C1", "Anna Smith", "anna", BORN),
    client("C2", "Jo Brown", "jo", BORN),
    client("C3", "Eve Green", "eve", date(1980, 3, 8)),
    client("C4", "Mia Black", "mia", date(1985, 11, 25)),
)
VISITS = (
    visit(date(2026, 9, 1), "Anna Smith", 40.0),
    visit(date(2026, 10, 1), "Anna Smith", 60.0),
    visit(date(2026, 10, 5), "jo@example.com", 30.0),
    visit(date(2026, 11, 2), "C3", 80.0),
    visit(date(2026, 11, 27), "Eve Green", None, status="planned"),
)


def salon(folder: Path, *, language: str = "en", clients: Any = CLIENTS, visits: Any = VISITS, **more: Any) -> Path:
    """A workbook as `sheetcrm new` makes it, with a few clients; birthdays are greeted."""
    path = folder / "salon.xlsx"
    tables = {
        "Clients": list(clients),
        "Visits": list(visits),
        "Services": [{"service": "Cut", "price": 50.0, "return_days": 30}],
        "Campaigns": [{"campaign": "Birthdays", "active": "yes", "trigger": "birthday"}],
    }
    settings = {"business": "Malva", "sender": "malva@example.com", **more}
    create_workbook(path, language, tables=tables, settings=settings, on=DAY)
    return path


def opened_in_excel(path: Path, who: str = "Maria") -> Path:
    """Lay the note beside a workbook by which Excel says who has it open; closed again where it is deleted."""
    name = who.encode()
    note = path.with_name(f"~${path.name}")
    note.write_bytes((bytes([len(name)]) + name).ljust(165))
    return note


@contextmanager
def edited(path: Path) -> Iterator[Workbook]:
    """Open the workbook, change it, save it."""
    book = load_workbook(path)
    yield book
    book.save(path)


def sheet(book: Workbook, table: str) -> Page:
    """The sheet that bears an Excel table."""
    return next(page for page in book.worksheets if table in page.tables)


def sheet_titled(path: Path, title: str) -> Page:
    """The sheet of that title, as it was saved."""
    return load_workbook(path)[title]


def header_row(page: Page) -> int:
    table = next(iter(page.tables.values()), None)
    return int("".join(c for c in table.ref.split(":")[0] if c.isdigit())) if table else 1


def column(page: Page, header: Any) -> int:
    return int(next(c.column for c in page[header_row(page)] if c.value == header))


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table by header, values as cached; rows without anything are left out."""
    page = sheet(load_workbook(path, data_only=True), table)
    top = header_row(page)
    headers = [cell.value for cell in page[top]]
    lines = [[_plain(cell) for cell in line] for line in page.iter_rows(min_row=top + 1, values_only=True)]
    return [dict(zip(headers, line, strict=True)) for line in lines if any(cell is not None for cell in line)]


def values(path: Path, table: str, *headers: str) -> list[tuple[Any, ...]]:
    """The cells beneath some headers."""
    return [tuple(row[header] for header in headers) for row in rows(path, table)]


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) and value.time() == datetime.min.time() else value


def sort_rows(page: Page, header: str, *, reverse: bool = False) -> None:
    """Sort a table's rows as Excel does: whole rows of it, values and looks."""
    top, at = header_row(page), column(page, header) - 1
    lines = [[(c.value, copy(c._style)) for c in line] for line in page.iter_rows(min_row=top + 1)]
    filled = [line for line in lines if any(value is not None for value, _ in line)]
    filled.sort(key=lambda line: (line[at][0] is None, str(line[at][0])), reverse=reverse)
    for number, line in enumerate(filled, top + 1):
        for place, (value, style) in enumerate(line, 1):
            cell = page.cell(number, place)
            cell.value, cell._style = value, style


def rename(page: Page, header: str, new: str) -> None:
    """Type another header; Excel keeps the table's column in step."""
    cell = page.cell(header_row(page), column(page, header))
    cell.value = new
    for table in page.tables.values():
        for each in table.tableColumns:
            if each.name == header:
                each.name = new


def retitle(book: Workbook, page: Page, title: str) -> None:
    """Rename a sheet; references to it follow, as they do in Excel."""
    old, page.title = page.title, title
    for name in book.defined_names.values():
        name.value = name.value.replace(f"'{old}'!", f"'{title}'!").replace(f"{old}!", f"'{title}'!")


def swap_columns(book: Workbook, page: Page, one: str, other: str) -> None:
    """Move a column to the place of another and that to its place, with cells, table columns and the names that point there."""
    top, a, b = header_row(page), column(page, one), column(page, other)
    for line in page.iter_rows(min_row=top):
        left, right = line[a - 1], line[b - 1]
        held = [(cell.value, copy(cell._style)) for cell in (right, left)]
        for cell, (value, style) in zip((left, right), held, strict=True):
            cell.value, cell._style = value, style  # in this order: a date brings a format along
    for table in page.tables.values():
        each = {c.name: c for c in table.tableColumns}
        each[one].name, each[other].name = other, one
    x, y = get_column_letter(a), get_column_letter(b)
    for name in book.defined_names.values():
        if f"{page.title}'!" in name.value or name.value.startswith(f"{page.title}!"):
            place = name.value.rpartition("!")[2]
            moved = place.replace(f"${x}$", "$?$").replace(f"${y}$", f"${x}$").replace("$?$", f"${y}$")
            name.value = name.value.replace(place, moved)


def delete_column(book: Workbook, page: Page, header: str) -> None:
    """Delete a column of a table with the name that points at it; the cells and names right of it move along, as in Excel."""
    at = column(page, header)
    page.delete_cols(at)
    for table in page.tables.values():
        table.tableColumns = [each for each in table.tableColumns if each.name != header]
        first, _, end = table.ref.partition(":")
        last = get_column_letter(column_index_from_string("".join(c for c in end if c.isalpha())) - 1)
        table.ref = f"{first}:{last}{''.join(c for c in end if c.isdigit())}"
        if table.autoFilter is not None:
            table.autoFilter.ref = table.ref
    for name in list(book.defined_names.values()):
        on, _, place = name.value.rpartition("!")
        letter = place.split("$")[1] if on.strip("'") == page.title and place.count("$") == 2 else ""
        if letter and column_index_from_string(letter) == at:
            del book.defined_names[name.name]
        elif letter and column_index_from_string(letter) > at:
            name.value = f"{on}!${get_column_letter(column_index_from_string(letter) - 1)}${place.split('$')[2]}"


def append(page: Page, row: dict[str, Any], *, grow: bool = True) -> int:
    """Type a row below the last one; an Excel table grows with it, in LibreOffice it does not."""
    top = header_row(page)
    last = max((c.row for line in page.iter_rows(min_row=top) for c in line if c.value is not None), default=top)
    for header, value in row.items():
        page.cell(last + 1, column(page, header)).value = value
    if grow:
        for table in page.tables.values():
            first, _, end = table.ref.partition(":")
            table.ref = f"{first}:{''.join(c for c in end if c.isalpha())}{last + 1}"
            if table.autoFilter is not None:
                table.autoFilter.ref = table.ref
    return last + 1
