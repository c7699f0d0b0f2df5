"""Sheets that may hold the owner's list, where several do or none is recognised at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sheetcrm.languages.adopting import is_aside
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.edge import mapped_errors
from sheetcrm.workbook.headers import fits, header_texts, is_visit_line, read_headers, spec_of
from sheetcrm.workbook.layout import TOP_ROWS
from sheetcrm.workbook.placement import SheetTop
from sheetcrm.workbook.tops import sheet_tops
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.preflight import preflight

NAMES = frozenset({"name", "first_name", "last_name"})
WORK = frozenset({"service", "amount", "staff"})

_CLEARLY_LONGER = 5


class Candidate(NamedTuple):
    """A header row that can be that of clients or of visits; `rows` is how many stand below it.

    `journal`: each row can be a visit of somebody named in it; `aside`: by its title the sheet explains how to fill in another.
    """

    kind: str
    sheet: str
    row: int
    column: int
    rows: int
    visible: bool
    headers: tuple[str, ...] = ()
    journal: bool = False
    aside: bool = False


def candidates(
    package: bytes, columns: Mapping[str, str] | None = None, name: str = "The workbook"
) -> tuple[list[SheetTop], list[Candidate]]:
    """Return the tops of all worksheets, and the first candidate in each. `columns`: headers by field, as the owner says."""
    with mapped_errors(name):
        document = Document(Package(package))
        report = preflight(document)
        tops = sheet_tops(document)
    sheets = {sheet.title: sheet for sheet in document.sheets}
    found = []
    for top in tops:
        first = _first(top, columns or {})
        if first is not None:
            sheet = sheets[top.title]
            below = max(0, report.sheets[sheet.part].max_row - first.row)
            found.append(first._replace(rows=below, visible=sheet.state == "visible", aside=is_aside(top.title)))
    return tops, found


def _first(top: SheetTop, columns: Mapping[str, str]) -> Candidate | None:
    for number, cells in enumerate(top.rows[:TOP_ROWS], 1):
        texts = header_texts(cells)
        kinds = ("Visits",) if is_visit_line(texts, columns) else ("Clients", "Visits")
        for kind in kinds:
            read = read_headers(texts, spec_of(kind), columns)
            if fits(read, kind) and len(read.fields) > 1:  # `Phone · phone number` explains a word
                column = min(c for known, c in read.columns.items() if known not in read.own)
                dated = is_journal(texts, columns)
                return Candidate(
                    kind, top.title, number, column, 0, visible=True, headers=tuple(texts.values()), journal=dated
                )
    return None


def is_journal(texts: Mapping[int, str], columns: Mapping[str, str] | None = None) -> bool:
    """Tell whether each row below these headers can be a visit: date and client, or date, what was done, and a name in its parts."""
    fields = read_headers(texts, spec_of("Visits"), columns).fields
    if "date" not in fields or "client" in fields:
        return "date" in fields
    return bool(fields & WORK and read_headers(texts, spec_of("Clients"), columns).fields & NAMES)


def obvious(found: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate beside which no other comes into question: the only one with rows in sight, or by far the longest."""
    seen = [c for c in found if c.rows and c.visible]
    for some in ([c for c in found if c.rows], seen, [c for c in seen if not c.aside]):
        if len(some) == 1:
            return some[0]
    longest = sorted((c for c in seen if not c.aside), key=lambda c: -c.rows)
    if len(longest) > 1 and longest[0].rows >= _CLEARLY_LONGER * longest[1].rows:
        return longest[0]
    return None


def header_rows(top: SheetTop, wanted: Collection[str] = ()) -> Iterable[int]:
    """Return rows that may hold headers, the likeliest first: with headers that the owner named, else with most texts."""
    named = set(map(fold, wanted))
    rows = [(number, header_texts(cells)) for number, cells in enumerate(top.rows[:TOP_ROWS], 1)]
    scores = {
        number: (sum(fold(text) in named for text in texts.values()), len(texts)) for number, texts in rows if texts
    }
    return sorted(scores, key=lambda number: (-scores[number][0], -scores[number][1], number))
