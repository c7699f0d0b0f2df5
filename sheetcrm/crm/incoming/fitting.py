"""The columns of another list under those of the owner's, their cells as they would stand there: days, numbers, texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.cells import id_text, is_number, lines_text, parse_choice, plain, shown
from sheetcrm.crm.client_rows import NAMES, is_error
from sheetcrm.crm.fields import TABLES, Field, Kind
from sheetcrm.crm.incoming.labels import own_labels
from sheetcrm.crm.incoming.names import SurnameFirst, fitted_names
from sheetcrm.crm.readers import reader
from sheetcrm.crm.rowchecks import kind_of
from sheetcrm.crm.tables import Column, Table
from sheetcrm.languages.folding import fold
from sheetcrm.languages.importing import says_nothing

if TYPE_CHECKING:
    from sheetcrm.crm.dates import Birthday, Moment
    from sheetcrm.crm.tables import Cell, Reading
    from sheetcrm.languages import Language

_FIRST_DAY = date(1900, 3, 1)  # the day from which on every spreadsheet counts alike
_HOUR = 60
_READ = frozenset({Kind.PHONE, Kind.EMAIL, Kind.DATE, Kind.BIRTHDAY, Kind.TIME, Kind.CHOICE})
"""Kinds of which a cell either can be read or is wrong."""
_BESIDE = {"Visits": ("client_id", "phone")}
"""Fields that settle whose a row is, also where her list has no column for them."""


@dataclass(frozen=True)
class Fitted:
    """Another list in the owner's columns. `table` has its rows under her fields and slugs; `beside` what only settles whose they are.

    `left_out` are headers for which she has no column, `computed` those of what the program computes itself, `calculated` those of what
    formulas of hers do.
    """

    table: Table
    beside: Table
    left_out: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    calculated: tuple[str, ...] = ()


def fit(
    theirs: Table,
    hers: Table,
    reading: Reading,
    words: Language,
    *,
    dropped: Collection[str] = (),
    calculated: Collection[str] = (),
    surname_first: SurnameFirst | None = None,
) -> Fitted:
    """Fit another list to the owner's. `reading` is how its cells are to be read, `dropped` fields that it turned out not to hold.

    `calculated` are columns of hers whose cells are formulas: nothing is written there.
    """
    spec = TABLES[hers.name]
    columns: dict[str, Column] = {}
    left_out, computed, formulas, beside = list[str](), list[str](), list[str](), dict[str, Column]()
    names = {name: theirs.columns[name] for name in NAMES if name in theirs and name not in dropped}
    for name, column in theirs.columns.items():
        header = theirs.headers.get(name) or name
        known = None if name in theirs.own or name in dropped else spec.field(name)
        if not column.filled.any() or (hers.name == "Clients" and name in names):
            continue
        if known is not None and name in _BESIDE.get(hers.name, ()):
            beside[name] = column.map(lambda cell: None if is_error(cell) else cell)
        if known is not None and known.derived and name not in hers.hers:
            computed.append(header)
            continue
        target = name if known is not None and name in hers else _own_column(header, name, hers)
        if target in calculated:
            formulas.append(header)
            continue
        if not target or target in columns:
            left_out += [header] if name not in beside else []
            continue
        as_hers = _made(target, column, hers, reading, words)
        columns[target] = column.map(as_hers)
    if hers.name == "Clients":
        columns = {**fitted_names(names, surname_first or SurnameFirst(), _typed_into(hers, calculated)), **columns}
    if hers.name == "Visits" and "phone" in beside and "client" in hers:  # a phone says who came, too
        pairs = zip(columns.get("client", Column.empty(len(theirs))).cells(), beside["phone"].cells(), strict=True)
        columns["client"] = Column.encode(
            [phone and id_text(phone) if client is None else client for client, phone in pairs]
        )
    table = Table(hers.name, theirs.rows, columns, own=tuple(c for c in columns if c in hers.own))
    computed = [] if hers.name == "Visits" else computed
    return Fitted(
        table, replace(table, columns={**columns, **beside}), tuple(left_out), tuple(computed), tuple(formulas)
    )


def _typed_into(hers: Table, calculated: Collection[str]) -> Table:
    return replace(hers, columns={name: column for name, column in hers.columns.items() if name not in calculated})


def _own_column(header: str, name: str, hers: Table) -> str:
    """Return the owner's own column that has this header; "" where there is none."""
    if name in hers.own:
        return name
    return next((own for own in hers.own if fold(hers.headers.get(own, own)) == fold(header)), "")


def _made(name: str, column: Column, hers: Table, reading: Reading, words: Language) -> Callable[[Cell], Cell]:
    """Return what makes of a cell what stands in her column; what cannot be read stays the text that it is."""
    known = TABLES[hers.name].field(name) or Field(name, Kind.ANY)
    read = reader(known, column, reading).one
    choices = _spellings(hers.column(name), known, reading) if known.kind is Kind.CHOICE else {}
    usual = _usual_kind(hers.column(name))

    def made(cell: Cell) -> Cell:
        if is_error(cell):
            return None
        cell = plain(cell)
        if name == "tags" and isinstance(cell, str):
            cell = own_labels(cell) or None
        if known.kind in (Kind.ID, Kind.ANY):
            return _like_the_rest(cell, usual, reading)
        value = read(cell).value
        if value is None and known.kind in _READ and says_nothing(shown(cell)):
            return None
        if known.kind is Kind.CHOICE:
            return shown(cell) if value is None else choices.get(value, words.choice(value))
        return _written(known.kind, cell, value)

    return made


def _written(kind: Kind, cell: Cell, value: Any) -> Cell:
    if kind is Kind.PHONE:
        return id_text(cell)  # never a number
    if value is not None and kind in _WRITERS:
        return _WRITERS[kind](cell, value)
    if isinstance(cell, str):
        return lines_text(cell) if "\n" in cell else shown(cell)
    return cell if is_number(cell) else shown(cell)


def _day(_cell: Cell, moment: Moment) -> Cell:
    if moment.day < _FIRST_DAY:
        return moment.day.isoformat()
    if moment.minutes < 0:
        return moment.day
    return datetime.combine(moment.day, _clock(moment.minutes))


def _born(cell: Cell, born: Birthday) -> Cell:
    if born.year is not None and date(born.year, born.month, born.day) >= _FIRST_DAY:
        return date(born.year, born.month, born.day)
    return shown(cell) if isinstance(cell, str) else f"--{born.month:02}-{born.day:02}"


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, _HOUR))


_WRITERS: Mapping[Kind, Callable[[Cell, Any], Cell]] = {
    Kind.DATE: _day,
    Kind.BIRTHDAY: _born,
    Kind.TIME: lambda _cell, minutes: _clock(minutes),
    Kind.MONEY: lambda _cell, number: number,
    Kind.NUMBER: lambda _cell, number: number,
}


def _spellings(column: Column, known: Field, reading: Reading) -> dict[str, Cell]:
    """Return how she writes each choice in that column, the first way she does."""
    found: dict[str, Cell] = {}
    for cell in column.values:
        if (word := parse_choice(cell, known.choices, reading.choices)) is not None:
            found.setdefault(word, cell)
    return found


def _usual_kind(column: Column) -> str:
    kinds = Counter(map(kind_of, column.values))
    return max(kinds, key=kinds.__getitem__, default="text")


def _like_the_rest(cell: Cell, usual: str, reading: Reading) -> Cell:
    """Return a cell as a number or a day where her column holds these; a number with a leading zero is none."""
    if not isinstance(cell, str):
        return id_text(cell) if is_number(cell) and usual == "text" else cell
    text = lines_text(cell)
    if usual == "number" and text.lstrip("-").isdecimal() and (text == "0" or not text.lstrip("-").startswith("0")):
        return float(text)
    if usual in ("number", "date"):
        known = Field("own", Kind.NUMBER if usual == "number" else Kind.DATE)
        value = reader(known, Column.empty(0), reading).one(text).value
        is_plain = usual == "date" or not text.startswith("0")
        return text if value is None or not is_plain else _WRITERS[known.kind](cell, value)
    return text
