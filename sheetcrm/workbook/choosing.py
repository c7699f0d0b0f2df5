"""Which sheets `adopt` takes for the owner's list: those that she names, else the one that is obvious, or several journals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sheetcrm.crm.tables import Cell
from sheetcrm.errors import TablesNotFound, UsageError
from sheetcrm.workbook.candidates import Candidate, candidates, header_rows, obvious
from sheetcrm.workbook.headers import header_texts
from sheetcrm.workbook.journals import months_among
from sheetcrm.workbook.opening import as_package
from sheetcrm.workbook.placement import Mark, SheetTop

CLIENTS, VISITS = "Clients", "Visits"

_SEPARATED = re.compile(r"[^;\t|]+[;\t|][^;\t|]+")
_PHONE = re.compile(r"\+?[\d\s()./-]+")
_LEAST_DIGITS = 7
_NAMED = 6  # headers in one sentence


@dataclass(frozen=True)
class Wishes:
    """What the owner says herself; empty: found out.

    `columns` says by header which field it is, "" that it stays hers. `kind` is what a row of her list is: Clients or
    Visits. `sheets` are several sheets of visits, all of which count. `apart`: new columns may stand beyond what is beside
    her list. `journals`: rows with a date and what was done are visits, however seldom anybody comes twice in them.
    """

    language: str = ""
    country: str = ""
    sheet: str = ""
    header_row: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    sheets: tuple[str, ...] = ()
    apart: bool = False
    journals: bool = False


def wished(data: bytes, wishes: Wishes, name: str, password: str | None) -> tuple[list[Mark], tuple[str, ...]]:
    """Return where her list stands by her own word."""
    if not (wishes.sheet or wishes.header_row):
        return [], ()
    tops, found = looked(data, wishes, name, password)
    titles = {top.title.casefold(): top for top in tops}
    sheet = wishes.sheet or next((c.sheet for c in found), "") or _only_filled(tops)
    top = titles.get(sheet.casefold())
    if top is None:
        raise _no_sheet(name, sheet, tops)
    here = [c for c in found if c.sheet == top.title and wishes.header_row in (0, c.row)]
    likely = next((c for c in here if wishes.kind in ("", c.kind)), None)
    row = wishes.header_row or (likely.row if likely else next(iter(header_rows(top, wishes.columns)), 0))
    texts = header_texts(top.rows[row - 1]) if 0 < row <= len(top.rows) else {}
    if not texts:
        raise _no_headers(name, top.title)
    kind = wishes.kind or (likely.kind if likely else CLIENTS)
    return [Mark(kind, "", top.title, row, likely.column if likely else min(texts))], ()


def unknown_header_row(data: bytes, wishes: Wishes, sheet: str, name: str, password: str | None) -> TablesNotFound:
    """Return the error for a row that she names, none of whose headers is known: no other is taken instead."""
    top = next(top for top in looked(data, wishes, name, password)[0] if top.title == sheet)
    texts = list(header_texts(top.rows[wishes.header_row - 1]).values())
    headers = ", ".join(texts[:_NAMED]) + (" …" if texts[_NAMED:] else "")
    return TablesNotFound(
        f"{name}: row {wishes.header_row} of '{sheet}' holds no header that is known; in it stand: {headers}.",
        'Name another row, or say what these columns hold: --column "Header=name".',
        text="unknown-header-row",
        params={"file": name, "sheet": sheet, "row": str(wishes.header_row), "headers": headers},
    )


def most_likely(
    data: bytes, wishes: Wishes, error: TablesNotFound, name: str, password: str | None
) -> tuple[list[Mark], tuple[str, ...]]:
    """Return the one list of several that is obvious. Raises TablesNotFound where none is."""
    _, found = looked(data, wishes, name, password)
    wanted = error.params.get("table", CLIENTS)
    same = [c for c in found if c.kind == wanted]
    chosen = obvious(same)
    if chosen is None:
        raise several_lists(name, wanted, same) if wanted in (CLIENTS, VISITS) and same else error
    mark = Mark(chosen.kind, "", chosen.sheet, chosen.row, chosen.column)
    return [mark], tuple(c.sheet for c in same if c != chosen)


def several_months(data: bytes, wishes: Wishes, name: str, password: str | None) -> list[Candidate]:
    """Return the journals of months or years that all count; none where she speaks of one list."""
    if wishes.kind == CLIENTS or wishes.sheet or wishes.header_row:
        return []
    return months_among(looked(data, wishes, name, password)[1])


def named_journals(data: bytes, wishes: Wishes, name: str, password: str | None) -> list[Candidate]:
    """Return the journals on the sheets that she names. Raises UsageError, TablesNotFound."""
    tops, found = looked(data, wishes, name, password)
    titles = {top.title.casefold(): top.title for top in tops}
    journals = {c.sheet: c for c in found if c.journal}
    chosen = []
    for sheet in wishes.sheets:
        if (title := titles.get(sheet.casefold())) is None:
            raise _no_sheet(name, sheet, tops)
        if title not in journals:
            raise TablesNotFound(
                f"{name}: '{title}' is no list of visits: it has no columns for date and client.",
                "Several sheets can be taken together only where each row of them is a visit.",
                text="not-visits",
                params={"file": name, "sheet": title},
            )
        chosen.append(journals[title])
    return list(dict.fromkeys(chosen))


def named_columns(wishes: Wishes) -> dict[str, str]:
    """Return the headers that she names, by field."""
    return {known: header for header, known in wishes.columns.items() if known}


def looked(data: bytes, wishes: Wishes, name: str, password: str | None) -> tuple[list[SheetTop], list[Candidate]]:
    """Return the first rows of each sheet, and those of them that can be headers of a list."""
    package, _ = as_package(data, name, password)
    return candidates(package, named_columns(wishes), name)


def _only_filled(tops: Sequence[SheetTop]) -> str:
    filled = [top.title for top in tops if top.rows]
    return filled[0] if len(filled) == 1 else ""


def several_lists(name: str, kind: str, found: Sequence[Candidate]) -> TablesNotFound:
    """Return the error for a workbook with several lists of one kind, none of them obvious."""
    sheets = [c.sheet for c in found]
    named = ", ".join(f"'{sheet}'" for sheet in sheets)
    if all(c.journal for c in found):
        options = " ".join(f'--sheet "{sheet}"' for sheet in sheets)
        return TablesNotFound(
            f"{name}: several sheets may be the list of visits: {named}.",
            f"Say which one with --sheet NAME, or take them together: {options}.",
            code="two-tables",
            text="several-journals",
            params={"file": name, "sheets": ", ".join(sheets), "options": options},
        )
    return TablesNotFound(
        f"{name}: several sheets may be the list: {named}.",
        "Say which one with --sheet NAME.",
        code="two-client-tables" if kind == CLIENTS else "two-tables",
        text="several-lists",
        params={"file": name, "sheets": ", ".join(sheets)},
    )


def no_list(name: str, tops: Sequence[SheetTop] = ()) -> TablesNotFound:
    """Return the error for a workbook in which no list is recognised; with the tops of its sheets also why, where they tell."""
    for top in tops:
        lines = [line for row in top.rows if (line := [cell for cell in row if cell not in (None, "")])]
        if len(lines) > 1 and all(len(line) == 1 and _SEPARATED.search(str(line[0])) for line in lines):
            return TablesNotFound(
                f"{name}: everything stands in one column of '{top.title}'.",
                "Split it into columns first (in Excel: Data, Text to Columns), then run adopt again.",
                text="one-column",
                params={"file": name, "sheet": top.title},
            )
        if len(lines) > 1 and all(len(line) > 1 and any(map(_is_contact, line)) for line in lines[:2]):
            return TablesNotFound(
                f"{name}: '{top.title}' has no row of headers, its first row is a client already.",
                "Insert a row above it and type over each column what it holds, such as Name and Phone.",
                text="no-headers-at-all",
                params={"file": name, "sheet": top.title},
            )
    return TablesNotFound(
        f"{name}: no sheet has headers such as Name and Phone in its first rows.",
        'Say where they stand and what they mean: --sheet NAME --header-row N --column "Header=name" '
        '--column "Header=phone".',
        text="no-list",
        params={"file": name},
    )


def _is_contact(cell: Cell) -> bool:
    text = f"{cell:.0f}" if isinstance(cell, float) else str(cell)
    return "@" in text or (_PHONE.fullmatch(text.strip()) is not None and sum(map(str.isdigit, text)) >= _LEAST_DIGITS)


def _no_headers(name: str, sheet: str) -> TablesNotFound:
    return TablesNotFound(
        f"{name}: no row of headers was found in '{sheet}'.",
        "Say in which row they stand: --header-row N.",
        text="no-header-row",
        params={"file": name, "sheet": sheet},
    )


def _no_sheet(name: str, sheet: str, tops: Sequence[SheetTop]) -> UsageError:
    return UsageError(
        f"{name} has no sheet {sheet!r}." if sheet else f"{name} has several sheets.",
        f"Add --sheet with one of: {', '.join(t.title for t in tops)}.",
        text="no-such-sheet" if sheet else "several-sheets",
        params={"file": name, "sheet": sheet, "sheets": ", ".join(t.title for t in tops)},
    )
