"""What `adopt` makes of a workbook before anything is written: which sheet is the list, which column is what, what is unclear.

Where nothing tells, nothing is guessed: such a column stays hers, and `Survey.unclear` names what it may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.journal import people_of
from sheetcrm.crm.tables import Table
from sheetcrm.errors import TablesNotFound, UsageError
from sheetcrm.languages import fields_named
from sheetcrm.languages.adopting import doubt_about, is_aside
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.candidates import NAMES, WORK, Candidate
from sheetcrm.workbook.choosing import (
    CLIENTS,
    VISITS,
    Wishes,
    looked,
    most_likely,
    named_columns,
    named_journals,
    no_list,
    several_months,
    unknown_header_row,
    wished,
)
from sheetcrm.workbook.column_doubts import day_rows, lacking, shared_number, unreached
from sheetcrm.workbook.headers import read_headers, spec_of
from sheetcrm.workbook.journals import Joined, join, marks_for, without_visits
from sheetcrm.workbook.marks import table_mark
from sheetcrm.workbook.placement import BY_EXCEL_TABLE, BY_HEADERS, Mark, Placement
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_book
from sheetcrm.workbook.same_order import check_order

_REPEATED = 0.8  # people for each line: a list of clients has few of them twice, a journal most of them
_BULK = 5  # one day for more than a fifth of the clients is the day on which the list was typed
_LEAST_BULK = 5  # clients; two of four are a coincidence


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
    `passed` names further sheets that could have been the list; `joined` are the journals, a sheet each, whose lines
    are told together in a new one. `no_id` is the header of numbers that several people share. `unreached` has, where no
    client has a phone or an e-mail address, the headers under which these seem to stand, and which field each is. `lacking`
    are the rows of her journal without a date and those without a client, by header; `day_rows` days that stand in rows of
    their own in what was found as clients.
    """

    raw: RawBook
    kind: str
    mapping: Mapping[str, str]
    unknown: tuple[str, ...]
    unclear: tuple[Unclear, ...]
    columns: Mapping[str, str]
    dropped: frozenset[str]
    passed: tuple[str, ...] = ()
    joined: Joined | None = None
    no_id: str = ""
    unreached: tuple[tuple[str, str], ...] = ()
    lacking: tuple[tuple[str, list[int]], ...] = ()
    day_rows: tuple[str, ...] = ()

    @property
    def placement(self) -> Placement:
        """Where her list stands; of several journals the first."""
        if self.joined and self.kind == VISITS:
            return self.joined.placement
        return self.raw.placements[self.kind]

    @property
    def table(self) -> Table:
        """Her list; of several journals the lines of all."""
        return self.joined.table if self.joined and self.kind == VISITS else self.raw.tables[self.kind]


def survey(data: bytes, wishes: Wishes, *, name: str, password: str | None = None) -> Survey:
    """Look a workbook over. Raises TablesNotFound (no list, or several and none of them obvious), UsageError, WorkbookError."""
    columns = named_columns(wishes)
    if wishes.sheets:
        return _several(data, wishes, named_journals(data, wishes, name, password), name, password)
    mark, passed = wished(data, wishes, name, password)
    try:
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    except TablesNotFound as error:
        if months := several_months(data, wishes, name, password):
            return _several(data, wishes, months, name, password)
        mark, passed = most_likely(data, wishes, error, name, password)
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    found = next((kind for kind in (CLIENTS, VISITS) if kind in raw.placements), "")
    kind = wishes.kind or (mark[0].table if mark else found)
    if kind and kind not in raw.placements and found:  # found, but as the other kind
        here = raw.placements[found]
        mark = [Mark(kind, "", here.sheet, here.header_row, here.first_col)]
        raw = read_book(data, password=password, name=name, need_clients=False, marks=mark, columns=columns)
    if not kind or kind not in raw.placements or _only_explains(raw.placements[kind]):
        raise no_list(name, looked(data, wishes, name, password)[0])
    if wishes.header_row and raw.placements[kind].header_row != wishes.header_row:
        raise unknown_header_row(data, wishes, mark[0].sheet, name, password)
    if kind == VISITS and CLIENTS in raw.placements and not wishes.sheet and not _visits_alone(wishes):
        kind = CLIENTS
    if kind == CLIENTS and (journal := _as_journal(data, raw, wishes, name, password)):
        return journal
    found_list = _surveyed(raw, kind, wishes, passed, name)
    if kind == VISITS or VISITS in raw.placements or wishes.kind:
        return found_list
    here = found_list.placement
    top = next(top for top in looked(data, wishes, name, password)[0] if top.title == here.sheet)
    return replace(found_list, day_rows=tuple(day_rows(top.rows[here.header_row :])))


def _visits_alone(wishes: Wishes) -> bool:
    """Tell whether the visits are wanted although clients stand there too: of a file only one of the two is brought in."""
    return wishes.journals and wishes.kind == VISITS


def _only_explains(found: Placement) -> bool:
    """Tell whether what was found by its headers alone stands on a sheet that explains how another is filled in."""
    return found.rule == BY_HEADERS and is_aside(found.sheet)


def _as_journal(data: bytes, raw: RawBook, wishes: Wishes, name: str, password: str | None) -> Survey | None:
    """Survey what was found as clients as visits, where its rows have a date and what was done, and people stand there often."""
    here, table = raw.placements[CLIENTS], raw.tables[CLIENTS]
    if wishes.kind or VISITS in raw.placements or NAMES & set(wishes.columns.values()) or _is_known(raw):
        return None
    fields = read_headers({here.columns[f]: text for f, text in here.headers.items()}, spec_of(VISITS)).fields
    named = [f for f in ("name", "first_name", "last_name") if f in fields_of(here)]
    if "date" not in fields or not fields & WORK or not named:
        return None
    names = [
        " ".join(str(word) for word in words if word is not None)
        for words in zip(*(table.column(f).cells() for f in named), strict=True)
    ]
    people = people_of(names, table.column("phone").cells())
    if not wishes.journals and len(people) > _REPEATED * sum(map(bool, names)):
        return None
    if len(named) > 1:
        journal = Candidate(VISITS, here.sheet, here.header_row, here.first_col, len(table), visible=True, journal=True)
        return _several(data, wishes, [journal], name, password)
    columns = {**wishes.columns, here.headers[named[0]]: "client"}
    wishes = replace(wishes, sheet=here.sheet, header_row=here.header_row, columns=columns, kind=VISITS)
    return survey(data, wishes, name=name, password=password)


def _is_known(raw: RawBook) -> bool:
    """Tell whether it was noted in the workbook where its clients stand."""
    return raw.placements[CLIENTS].rule == BY_EXCEL_TABLE or raw.document.name(table_mark(CLIENTS)) is not None


def _several(data: bytes, wishes: Wishes, chosen: list[Candidate], name: str, password: str | None) -> Survey:
    """Survey a workbook with several journals that all count. Raises TablesNotFound where there is no visit in any."""
    tops, found = looked(data, wishes, name, password)
    columns = named_columns(wishes)
    raw = without_visits(
        read_book(data, password=password, name=name, need_clients=False, marks=marks_for(chosen), columns=columns)
    )
    hers = {fold(header) for header, known in wishes.columns.items() if not known}
    said = next((str(s.value or "") for s in raw.settings if s.name.casefold() == "country"), "")
    country = (wishes.country or said).upper()
    joined = join(raw, chosen, tops, name=name, columns=columns, hers=hers, country=country)
    if not joined.lines:
        raise no_list(name, looked(data, wishes, name, password)[0])
    kind = CLIENTS if CLIENTS in raw.placements and not _visits_alone(wishes) else VISITS
    taken = {*joined.sheets, *joined.doubles, *(c.sheet for c in chosen)}
    passed = tuple(c.sheet for c in found if c.journal and c.rows and c.sheet not in taken)
    return _surveyed(raw, kind, wishes, passed, name, joined)


def _surveyed(
    raw: RawBook, kind: str, wishes: Wishes, passed: tuple[str, ...], name: str, joined: Joined | None = None
) -> Survey:
    own_journal = joined is not None and kind == VISITS
    placement = joined.placement if joined and own_journal else raw.placements[kind]
    table = joined.table if joined and own_journal else raw.tables[kind]
    _check_columns(wishes, placement, name)
    check_order((raw.tables[one] for one in (CLIENTS, VISITS) if one in raw.tables), name)
    hers = {fold(header) for header, known in wishes.columns.items() if not known}
    bulk = _bulk(table, placement, wishes)
    no_id = _no_id(raw, table, placement, wishes)
    dropped = {f for f in fields_of(placement) if fold(placement.headers[f]) in hers} | {u.fields[0] for u in bulk}
    dropped |= {"client_id"} if no_id else set()
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
        if f and not own_journal and _needs_setting(f, header, placement, raw)
    }
    own = [f for f in placement.own if fold(placement.headers[f]) not in hers] if kind == CLIENTS else []
    apart = tuple(unreached(table, own))
    visits = raw.tables.get(VISITS) if joined is None else None
    return Survey(
        *(raw, kind, mapping, unknown, unclear, needed, frozenset(dropped), passed, joined, no_id, apart),
        lacking=tuple(lacking(visits)) if visits is not None else (),
    )


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


def _no_id(raw: RawBook, table: Table, placement: Placement, wishes: Wishes) -> str:
    """Return the header of client numbers that several people share; "" once it is our own column, or where she names it."""
    adopted = "Settings" in raw.placements or raw.document.name(table_mark(CLIENTS)) is not None
    if adopted or placement.table != CLIENTS or "client_id" not in table:
        return ""
    header = placement.headers["client_id"]
    said = fold(header) in {fold(one) for one in wishes.columns}
    return header if not said and shared_number(table) else ""


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


def _no_name(name: str, placement: Placement) -> TablesNotFound:
    return TablesNotFound(
        f"{name}: no column of '{placement.sheet}' is known to hold the clients' names.",
        'Say which one does: --column "Header=name".',
        text="no-names",
        params={"file": name, "sheet": placement.sheet},
    )
