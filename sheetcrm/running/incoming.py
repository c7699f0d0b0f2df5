"""A file that another program gave, looked at beside the workbook: which list it holds, and what each of its rows comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.client_rows import NAMES
from sheetcrm.crm.contacts import is_cut
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.figuring import figure, ids_used
from sheetcrm.crm.incoming.clients import Rules, bring_clients
from sheetcrm.crm.incoming.fitting import fit
from sheetcrm.crm.incoming.names import SurnameFirst
from sheetcrm.crm.incoming.past import Past
from sheetcrm.crm.incoming.updating import STOP
from sheetcrm.crm.incoming.visits import Standing, bring_visits
from sheetcrm.crm.normalise import clean
from sheetcrm.errors import UsageError, WorkbookError, WorkbookUnreadable
from sheetcrm.languages.folding import fold
from sheetcrm.running.merges import formulas_of
from sheetcrm.running.passwords import password_for
from sheetcrm.workbook.choosing import CLIENTS, VISITS, looked
from sheetcrm.workbook.formula_columns import filled_by_formulas, without_results
from sheetcrm.workbook.headers import SURNAME_FIRST, header_texts, name_order
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.surveying import Survey, survey
from sheetcrm.workbook.text_encoding import DAMAGED
from sheetcrm.workbook.text_files import as_table_file

if TYPE_CHECKING:
    from sheetcrm.crm.incoming.fates import Brought
    from sheetcrm.crm.incoming.fitting import Fitted
    from sheetcrm.crm.tables import Reading, Table
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.choosing import Wishes

_PHONES = ("phone", "other_phone")
_FEW, _SHARED = (
    1,
    0.05,
)  # of the rows with a number; more of them have somebody else's where it is a household's or a card's


@dataclass(frozen=True)
class Incoming:
    """A file as it was looked at: what it holds, fitted to the owner's list, and what its rows come to.

    `sheet`, `headers` (by field) and `country` are those of her list.
    """

    found: Survey
    fitted: Fitted
    brought: Brought
    sheet: str
    headers: Mapping[str, str]
    country: str

    @property
    def others(self) -> tuple[str, ...]:
        """The titles of further sheets of the file that hold a list and were not taken."""
        raw, placement = self.found.raw, self.found.placement
        both = [
            p.sheet for name, p in raw.placements.items() if name in (CLIENTS, VISITS) and p.sheet != placement.sheet
        ]
        taken = set(self.found.joined.sheets) if self.found.joined else set()
        return tuple(dict.fromkeys(sheet for sheet in (*both, *self.found.passed) if sheet not in taken))

    @cached_property
    def _places(self) -> Mapping[int, tuple[str, int]]:
        joined = self.found.joined
        if joined is None or self.found.table is not joined.table:
            return {}
        several = len(joined.sheets) > 1
        pairs = zip(joined.table.rows.tolist(), joined.places, strict=True)
        return {row: (sheet if several else "", number) for row, (sheet, number) in pairs}

    def place(self, row: int) -> tuple[str, int]:
        """Return the sheet and the row there of what is counted as a row of the file; "" where it is read from one sheet only."""
        return self._places.get(row, ("", row))

    def row_told(self, row: int) -> str:
        """Return a row of the file as a person is told of it: behind its sheet, where it is read from several."""
        sheet, number = self.place(row)
        return f"{sheet}!{number}" if sheet else str(number)

    @property
    def not_ids(self) -> str:
        """The header of numbers of the file that are not taken for ids, because several rows share them; "" where there is none."""
        dropped = "client_id" in self.headers and "client_id" in _dropped(self.found)
        return self.found.no_id if dropped else ""

    @property
    def damaged(self) -> list[int]:
        """The rows of the file in which a letter could not be read."""
        table = self.found.table
        lost = np.zeros(len(table), dtype=np.bool_)
        for column in table.columns.values():
            lost |= column.lookup(lambda cell: isinstance(cell, str) and DAMAGED in cell, empty=False, dtype=np.bool_)
        return [int(row) for row in table.rows[lost]]

    @property
    def cut_phones(self) -> list[tuple[int, str]]:
        """The rows of the file whose phone has lost its last digits, and how it stands there."""
        table = self.found.table
        columns = [table.columns[name] for name in _PHONES if name in table.columns]
        cells = [
            (int(row), str(cell))
            for c in columns
            for row, cell in zip(table.rows, c.cells(), strict=True)
            if is_cut(cell, self.country)
        ]
        return sorted(dict(reversed(cells)).items())


@dataclass(frozen=True)
class Source:
    """The file: its bytes, read once, whatever becomes of the workbook meanwhile."""

    path: Path
    data: bytes
    password: str | None = None

    @classmethod
    def of(cls, path: Path, book: Path) -> Source:
        """Read a file. Raises UsageError where it is the workbook itself, WorkbookUnreadable."""
        if path.exists() and book.exists() and path.samefile(book):
            raise UsageError(
                f"{path.name} is the workbook itself.",
                "Give it a second file to read from.",
                text="import-itself",
                params={"file": path.name},
            )
        try:
            data = read_stable(path)
        except WorkbookUnreadable as error:
            if error.code == "missing":
                error.hint, error.text = "Check the name and the folder.", "import-missing"
            raise
        return cls(path, data, password_for(path))


def look_into(source: Source, book: Workbook, wishes: Wishes, rules: Rules, on: date) -> Incoming:
    """Find out what each row of a file comes to. Raises TablesNotFound, UsageError, WorkbookError."""
    found = _surveyed(source, book, wishes)
    hers = book.raw.tables.get(found.kind)
    if hers is None:
        raise _no_list(book, found.kind)
    _check_results(source, found, hers)
    reading = book.snapshot.reading(on)
    theirs = replace(reading, languages=tuple(dict.fromkeys((*found.raw.languages, *reading.languages))))
    order = SurnameFirst(*(name_order(one.headers.get("name", "")) == SURNAME_FIRST for one in (found.table, hers)))
    fitted = fit(
        *(found.table, hers, theirs, book.words),
        dropped=_dropped(found),
        calculated=filled_by_formulas(book.raw, found.kind),
        surname_first=order,
    )
    known = figure(book.snapshot, on)
    clients = known.cleaned[CLIENTS]
    rules = replace(rules, formulas=formulas_of(book, found.kind))
    if found.kind == CLIENTS:
        _check_stop(found.table, hers, book, reading)
        past = Past(ids_used(book.snapshot, known.cleaned), book.ledger.persons, book.snapshot.settled)
        brought = bring_clients(clean(fitted.table, reading)[0], clients, reading, book.words, rules, past)
    else:
        lines, beside = clean(fitted.table, reading)[0], clean(fitted.beside, reading)[0]
        nobody = np.full(len(hers), -1, dtype=np.int32)
        standing = Standing(known.cleaned[VISITS], nobody if known.resolution is None else known.resolution.client)
        brought = bring_visits(lines, beside, standing, clients, reading, book.words, rules)
    return Incoming(found, fitted, brought, hers.sheet, hers.headers, reading.country)


def _surveyed(source: Source, book: Workbook, wishes: Wishes) -> Survey:
    """Find the list in a file, by the headers of all languages and those that she has named in Settings."""
    name = source.path.name
    data = as_table_file(
        source.data, name, title=source.path.stem, language=book.settings.language, country=book.settings.country
    )
    wishes = replace(wishes, country=wishes.country or book.settings.country, journals=True)
    named = {fold(header): (header, known) for known, header in book.settings.columns.items()}
    if named:
        tops, _ = looked(data, wishes, name, source.password)
        there = {text for top in tops for row in top.rows for text in header_texts(row).values() if fold(text) in named}
        wishes = replace(wishes, columns={**{text: named[fold(text)][1] for text in there}, **wishes.columns})
    return survey(data, wishes, name=name, password=source.password)


def _dropped(found: Survey) -> frozenset[str]:
    """Return the fields that the file turned out not to hold. Numbers that hardly anybody shares are ids all the same: rows are refused."""
    if not found.no_id:
        return found.dropped
    ids = [id_text(cell) for cell in found.table.column("client_id").cells() if cell is not None]
    further = len(ids) - len(set(ids))
    return found.dropped if further > max(_FEW, len(ids) * _SHARED) else found.dropped - {"client_id"}


def _no_list(book: Workbook, table: str) -> WorkbookError:
    sheet = book.words.sheet(table)
    return WorkbookError(
        f"{book.path.name} has no list of visits to add them to.",
        f"Run sheetcrm adopt {book.path.name} first: it adds the sheet '{sheet}'.",
        code="no-visits",
        text="import-no-visits",
        params={"file": book.path.name, "sheet": sheet},
    )


def _check_results(source: Source, found: Survey, hers: Table) -> None:
    """Raise WorkbookUnreadable where formulas stand in the file without results: nothing would be taken for what they say."""
    spec = TABLES[hers.name]
    names = {name for name in hers.columns if (known := spec.field(name)) is None or not known.derived}
    headers = without_results(found.raw, found.kind, names | {*NAMES})
    if headers:
        shown = ", ".join(headers)
        raise WorkbookUnreadable(
            f"{source.path.name}: the formulas under '{shown}' have no results stored with them.",
            "Open the file in Excel or LibreOffice, save it there, then import it again.",
            code="no-results",
            text="import-no-results",
            params={"file": source.path.name, "headers": shown},
        )


def _check_stop(theirs: Table, hers: Table, book: Workbook, reading: Reading) -> None:
    """Raise WorkbookError where the file names people who want nothing at all, and her list has no column to say so."""
    if STOP in hers or STOP not in theirs:
        return
    refusals = clean(theirs, reading)[0].texts(STOP).values
    if "yes" in refusals:
        header = theirs.headers.get(STOP, STOP)
        raise WorkbookError(
            f"{book.path.name}: the file names people who want no messages ('{header}'), and the list has no such column.",
            f"Add a column '{book.words.header(STOP)}' to the list, then run again.",
            code="no-column",
            text="import-no-stop",
            params={"file": book.path.name, "header": header, "field": book.words.header(STOP)},
        )
