"""What `adopt` makes of a workbook before anything is written: which sheet is the list, which column is what, what is unclear.

Where nothing tells, nothing is guessed: such a column stays hers, and `Survey.unclear` names what it may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.tables import Table
from sheetcrm.errors import TablesNotFound, UsageError
from sheetcrm.languages import fields_named
from sheetcrm.languages.adopting import doubt_about
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.candidates import Candidate, candidates, header_rows, obvious
from sheetcrm.workbook.headers import header_texts
from sheetcrm.workbook.opening import as_package
from sheetcrm.workbook.placement import Mark, Placement, SheetTop
from sheetcrm.workbook.reading import RawBook, read_book

CLIENTS, VISITS = "Clients", "Visits"
NAMES = frozenset({"name", "first_name", "last_name"})

_BULK = 5  # one day for more than a fifth of the clients is the day on which the list was typed
_LEAST_BULK = 5  # clients; two of four are a coincidence


@dataclass(frozen=True)
class Wishes:
    """What the owner says herself; empty: found out.

    `columns` says by header which field it is, "" that it stays hers. `kind` is what a row of her list is: Clients or
    Visits.
    """

    language: str = ""
    country: str = ""
    sheet: str = ""
    header_row: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True)
class Unclear:
    """A header that may be one of several fields, or none. `count` of `total`: how many clients have one day there."""

    header: str
    kind: str
    fields: tuple[str, ...]
    count: int = 0
    total: int = 0


@dataclass(frozen=True)
class Survey:
    """What was found. `kind` Clients: her list is one of clients; Visits: it is a journal, from which clients are made.

    `columns` are the settings `column.<field>` that the mapping needs; `dropped` fields whose header was taken from them.
    `passed` names further sheets that could have been the list.
    """

    raw: RawBook
    kind: str
    mapping: Mapping[str, str]
    unknown: tuple[str, ...]
    unclear: tuple[Unclear, ...]
    columns: Mapping[str, str]
    dropped: frozenset[str]
    passed: tuple[str, ...] = ()

    @property
    def placement(self) -> Placement:
        """Where her list stands."""
        return self.raw.placements[self.kind]

    @property
    def table(self) -> Table:
        """Her list."""
        return self.raw.tables[self.kind]


def survey(data: bytes, wishes: Wishes, *, name: str, password: str | None = None) -> Survey:
    """Look a workbook over. Raises TablesNotFound (no list, or several and none of them obvious), UsageError, WorkbookError."""
    columns = {known: header for header, known in wishes.columns.items() if known}
    mark, passed = _wished(data, wishes, name, password)
    try:
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    except TablesNotFound as error:
        mark, passed = _most_likely(data, wishes, error, name, password)
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    found = next((kind for kind in (CLIENTS, VISITS) if kind in raw.placements), "")
    kind = wishes.kind or (mark[0].table if mark else found)
    if kind and kind not in raw.placements and found:  # found, but as the other kind
        here = raw.placements[found]
        mark = [Mark(kind, "", here.sheet, here.header_row, here.first_col)]
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    if not kind or kind not in raw.placements:
        raise no_list(name)
    if kind == VISITS and CLIENTS in raw.placements and not wishes.sheet:
        kind = CLIENTS
    return _surveyed(raw, kind, wishes, passed, name)


def _surveyed(raw: RawBook, kind: str, wishes: Wishes, passed: tuple[str, ...], name: str) -> Survey:
    placement, table = raw.placements[kind], raw.tables[kind]
    _check_columns(wishes, placement, name)
    hers = {fold(header) for header, known in wishes.columns.items() if not known}
    bulk = _bulk(table, placement, wishes)
    dropped = {f for f in fields_of(placement) if fold(placement.headers[f]) in hers} | {u.fields[0] for u in bulk}
    marked = {column for known, column in placement.ours.items() if _is_marked(raw, kind, known)}
    order = sorted(placement.columns, key=placement.columns.__getitem__)
    mapping = {
        placement.headers[f]: f
        for f in order
        if f not in placement.own and f not in dropped and placement.columns[f] not in marked and placement.headers[f]
    }
    unknown = tuple(placement.headers[f] for f in order if f in placement.own or f in dropped)
    if kind == CLIENTS and not (fields_of(placement) - dropped) & NAMES:
        raise _no_name(name, placement)
    unclear = (*bulk, *_unclear(placement, dropped, hers))
    needed = {
        f: placement.headers[f]
        for header, f in wishes.columns.items()
        if f and _needs_setting(f, header, placement, raw)
    }
    return Survey(raw, kind, mapping, unknown, unclear, needed, frozenset(dropped), passed)


def fields_of(placement: Placement) -> set[str]:
    """Return the fields that have a column in a table."""
    return set(placement.columns) - set(placement.own)


def _is_marked(raw: RawBook, kind: str, known: str) -> bool:
    return raw.document.name(f"_sheetcrm.column.{kind}.{known}") is not None


def _needs_setting(known: str, header: str, placement: Placement, raw: RawBook) -> bool:
    """Tell whether the words alone would not find a column that she named."""
    by_words = [h for h in placement.headers.values() if known in fields_named(h)]
    said = {s.name.casefold(): fold(str(s.value)) for s in raw.settings}
    return by_words != [header] and said.get(f"column.{known}") != fold(header)


def _unclear(placement: Placement, dropped: Iterable[str], hers: set[str]) -> list[Unclear]:
    """Return her own columns whose header may mean something that must not be guessed."""
    names = TABLES[placement.table].names
    seconds = {second.column for second in placement.seconds}
    free = set(names) - (fields_of(placement) - set(dropped) - set(placement.ours))
    found = []
    for own in placement.own:
        header = placement.headers[own]
        doubt = doubt_about(header) if placement.columns[own] not in seconds and fold(header) not in hers else None
        fields = tuple(f for f in doubt.fields if f in free) if doubt else ()
        if doubt and fields:
            found.append(Unclear(header, doubt.kind, fields))
    return found


def _bulk(table: Table, placement: Placement, wishes: Wishes) -> list[Unclear]:
    """Return the column of first contacts if one day stands in it for more than a fifth: no day to congratulate on."""
    known = "client_since"
    said = {fold(header) for header in wishes.columns}
    if known not in table or placement.table != CLIENTS or fold(placement.headers[known]) in said:
        return []
    days = [str(cell) for cell in table.column(known).cells() if cell is not None]
    count = max(Counter(days).values(), default=0)
    if count < _LEAST_BULK or count * _BULK <= len(days):
        return []
    return [Unclear(placement.headers[known], "bulk", (known,), count, len(days))]


def _check_columns(wishes: Wishes, placement: Placement, name: str) -> None:
    """Raise UsageError where a header that she names does not stand there, or a field is none of the table's."""
    headers = {fold(header): header for header in placement.headers.values()}
    names = TABLES[placement.table].names
    for header, known in wishes.columns.items():
        if fold(header) not in headers:
            raise UsageError(
                f"{name}: no column of '{placement.sheet}' has the header {header!r}.",
                f"Its headers are: {', '.join(headers.values())}.",
                text="no-such-header",
                params={"sheet": placement.sheet, "header": header, "headers": ", ".join(headers.values())},
            )
        if known and known not in names:
            raise no_field(known, names)


def no_field(word: str, names: Sequence[str]) -> UsageError:
    """Return the error for a field that a table does not have."""
    return UsageError(
        f"There is no field {word!r}.",
        f"Choose one of {', '.join(names)}.",
        text="no-such-field",
        params={"field": word, "fields": ", ".join(names)},
    )


def _wished(data: bytes, wishes: Wishes, name: str, password: str | None) -> tuple[list[Mark], tuple[str, ...]]:
    """Return where her list stands by her own word."""
    if not (wishes.sheet or wishes.header_row):
        return [], ()
    tops, found = looked(data, wishes, name, password)
    titles = {top.title.casefold(): top for top in tops}
    sheet = wishes.sheet or next((c.sheet for c in found), "") or _only_filled(tops)
    top = titles.get(sheet.casefold())
    if top is None:
        raise UsageError(
            f"{name} has no sheet {sheet!r}." if sheet else f"{name} has several sheets.",
            f"Add --sheet with one of: {', '.join(t.title for t in tops)}.",
            text="no-such-sheet" if sheet else "several-sheets",
            params={"file": name, "sheet": sheet, "sheets": ", ".join(t.title for t in tops)},
        )
    here = [c for c in found if c.sheet == top.title and wishes.header_row in (0, c.row)]
    likely = next((c for c in here if wishes.kind in ("", c.kind)), None)
    row = wishes.header_row or (likely.row if likely else next(iter(header_rows(top, wishes.columns)), 0))
    texts = header_texts(top.rows[row - 1]) if 0 < row <= len(top.rows) else {}
    if not texts:
        raise _no_headers(name, top.title)
    kind = wishes.kind or (likely.kind if likely else CLIENTS)
    return [Mark(kind, "", top.title, row, likely.column if likely else min(texts))], ()


def _most_likely(
    data: bytes, wishes: Wishes, error: TablesNotFound, name: str, password: str | None
) -> tuple[list[Mark], tuple[str, ...]]:
    """Return the one list of several that is obvious. Raises TablesNotFound where none is."""
    _, found = looked(data, wishes, name, password)
    wanted = error.params.get("table", CLIENTS)
    same = [c for c in found if c.kind == wanted]
    chosen = obvious(same)
    if chosen is None:
        raise several_lists(name, wanted, [c.sheet for c in same]) if wanted in (CLIENTS, VISITS) and same else error
    mark = Mark(chosen.kind, "", chosen.sheet, chosen.row, chosen.column)
    return [mark], tuple(c.sheet for c in same if c != chosen)


def looked(data: bytes, wishes: Wishes, name: str, password: str | None) -> tuple[list[SheetTop], list[Candidate]]:
    """Return the first rows of each sheet, and those of them that can be headers of a list."""
    package, _ = as_package(data, name, password)
    return candidates(package, {known: header for header, known in wishes.columns.items() if known}, name)


def _only_filled(tops: Sequence[SheetTop]) -> str:
    filled = [top.title for top in tops if top.rows]
    return filled[0] if len(filled) == 1 else ""


def several_lists(name: str, kind: str, sheets: Sequence[str]) -> TablesNotFound:
    """Return the error for a workbook with several lists of one kind, none of them obvious."""
    named = ", ".join(f"'{sheet}'" for sheet in sheets)
    return TablesNotFound(
        f"{name}: several sheets may be the list: {named}.",
        "Say which one with --sheet NAME.",
        code="two-client-tables" if kind == CLIENTS else "two-tables",
        text="several-lists",
        params={"file": name, "sheets": ", ".join(sheets)},
    )


def no_list(name: str) -> TablesNotFound:
    """Return the error for a workbook in which no list is recognised."""
    return TablesNotFound(
        f"{name}: no sheet has headers such as Name and Phone in its first rows.",
        'Say where they stand and what they mean: --sheet NAME --header-row N --column "Header=name" '
        '--column "Header=phone".',
        text="no-list",
        params={"file": name},
    )


def _no_headers(name: str, sheet: str) -> TablesNotFound:
    return TablesNotFound(
        f"{name}: no row of headers was found in '{sheet}'.",
        "Say in which row they stand: --header-row N.",
        text="no-header-row",
        params={"file": name, "sheet": sheet},
    )


def _no_name(name: str, placement: Placement) -> TablesNotFound:
    return TablesNotFound(
        f"{name}: no column of '{placement.sheet}' is known to hold the clients' names.",
        'Say which one does: --column "Header=name".',
        text="no-names",
        params={"file": name, "sheet": placement.sheet},
    )
