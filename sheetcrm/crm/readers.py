"""One reader per kind of field: what one distinct value means, what is wrong with it, and what was probably meant.

Nearly all names, phones and addresses of a long list are in one usual form: those are read many at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sheetcrm.crm.amounts import parse_duration, parse_number
from sheetcrm.crm.cells import (
    as_shown,
    calendar_day,
    id_text,
    is_number,
    is_question,
    is_word,
    lines_text,
    parse_choice,
    parse_choices,
    plain,
    shown,
    usual_ids,
)
from sheetcrm.crm.contacts import lost_zero, mended_email, parse_email, parse_phone, usual_emails, usual_phones
from sheetcrm.crm.dates import YOUNGEST, Birthday, parse_date, parse_moment, read_birthday
from sheetcrm.crm.fields import ERASE, GENDERS, VISIT_STATUSES, Field, Kind
from sheetcrm.crm.sample_phones import phone_example
from sheetcrm.crm.times import parse_time
from sheetcrm.crm.typed_dates import is_no_day
from sheetcrm.languages import LANGUAGES, choices_named, language
from sheetcrm.languages.folding import fold, fold_choice

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell, Column, Reading

_SEVERAL_LINES = ("notes", "note", "address")
_REFUSALS = frozenset(("stop", "odmowa", "відмова", "отказ", "rifiuto", "baja"))
_FIRST_YEAR = 1900  # of a birthday; an earlier one is asked about
_MOST_LOST = 2  # zeros of a postcode: 00184 Roma
_POSTCODE_DIGITS = {"RO": 6, **dict.fromkeys(("PL", "IT", "ES", "UA", "US", "DE", "FR", "LT", "EE", "FI", "MX"), 5)}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one distinct value: a problem's code and the words it quotes."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


class Read(NamedTuple):
    """A value as it is to be used (None: empty), and what is wrong with it."""

    value: Any
    flaw: Flaw | None = None


ReadOne = Callable[["Cell"], Read]
ReadMany = Callable[[Sequence["Cell"]], list[Any]]


def _none_usual(cells: Sequence[Cell]) -> list[Any]:
    return [None] * len(cells)


class Reader(NamedTuple):
    """How the distinct values of a field are read.

    `usual` takes all of them and returns for each what `one` would, where the value is in the usual form and nothing is
    wrong with it; None for those to be read one by one.
    """

    one: ReadOne
    usual: ReadMany = _none_usual


def reader(known: Field, column: Column, reading: Reading) -> Reader:
    """Return how the distinct values of a field are read. `column` tells where one cell explains another."""
    kind = known.kind
    if kind is Kind.CHOICE:
        choices = dict(reading.choices)
        if known.choices == GENDERS and (meaning := _meaning_of_m(column, reading)):
            choices.setdefault("m", meaning)
        read = partial(_choices if known.several else _choice, known.choices, choices, reading)
        if known.choices == VISIT_STATUSES:
            return Reader(partial(_visit_status, read))
        return Reader(partial(_no_contact, read, choices) if known.name == "no_contact" else read)
    if kind in (Kind.MONEY, Kind.NUMBER):
        return Reader(partial(_number, parse_duration if known.name == "duration" else parse_number, reading))
    if known.name == "postcode":
        return Reader(partial(_postcode, reading))
    if kind in _READERS:
        one = partial(_READERS[kind], reading)
        if kind in (Kind.BIRTHDAY, Kind.DATE) and known.name != "date":  # a visit or holiday without its day is told of
            one = partial(_unless_no_day, one)
        return Reader(one, partial(_USUAL[kind], reading)) if kind in _USUAL else Reader(one)
    take = _TEXTS.get(known.name) or _TEXTS.get(kind, shown)
    return Reader(partial(_text, take), _USUAL_TEXTS.get(take, _none_usual))


def _language_code(cell: Cell) -> str:
    """Return the code of a language (`polski` → `pl`); a word that names none of ours stays as it is."""
    text = shown(cell)
    return next((w for w in choices_named(text) if w in LANGUAGES), text)


_TEXTS: dict[str, Callable[[Cell], Any]] = {
    Kind.ID: id_text,
    Kind.TEXT: shown,
    Kind.LIST: lines_text,  # split where a rule or a text asks for it
    Kind.RULE: lines_text,
    Kind.TEMPLATE: lines_text,
    Kind.ANY: calendar_day,
    "language": _language_code,
    **dict.fromkeys(_SEVERAL_LINES, lines_text),
}
"""How text is taken, by field where one has its own way, else by kind."""


def _text(take: Callable[[Cell], Any], cell: Cell) -> Read:
    return Read(take(cell))


_USUAL_TEXTS: dict[Callable[[Cell], Any], ReadMany] = {shown: as_shown, lines_text: as_shown, id_text: usual_ids}
"""By how text is taken, how the usual ones are."""


def _suggested(code: str, meant: str | None) -> Flaw:
    """Return a flaw with what was probably meant; nothing is suggested where that cannot be told."""
    return Flaw(code, {"suggestion": meant} if meant else {})


def _unless_no_day(read: ReadOne, cell: Cell) -> Read:
    """Take what programs write for a day that nobody knows as nothing, as it was meant."""
    return Read(None) if isinstance(cell, str) and is_no_day(cell) else read(cell)


def _moment(reading: Reading, cell: Cell) -> Read:
    found = parse_moment(cell, reading)
    return Read(found) if found else Read(None, _suggested("invalid-date", _other_way_round(cell, reading)))


def _birthday(reading: Reading, cell: Cell) -> Read:
    found, code = read_birthday(cell, reading)
    if not code:
        return Read(found)
    return Read(found, _suggested(code, _other_way_round(cell, reading) if code == "invalid-date" else None))


def _other_way_round(cell: Cell, reading: Reading) -> str | None:
    """Return the day that is meant where day and month stand in the order of another country (`12/25/2024`)."""
    other = replace(reading, country="" if reading.country == "US" else "US")
    day = parse_date(cell, other) if isinstance(cell, str) else None
    return _as_typed(day, reading) if day else None


def _as_typed(day: date, reading: Reading) -> str:
    if reading.country == "US":
        return f"{day.month}/{day.day}/{day.year:04}"
    mark = "." if reading.languages[:1] in (("pl",), ("uk",), ("ru",)) else "/"
    return f"{day.day:02}{mark}{day.month:02}{mark}{day.year:04}"


def _time(_reading: Reading, cell: Cell) -> Read:
    minutes = parse_time(cell)
    return Read(minutes) if minutes is not None else Read(None, Flaw("invalid-date"))


def _number(parse: Callable[[Cell, Sequence[str]], float | None], reading: Reading, cell: Cell) -> Read:
    found = parse(cell, reading.languages)
    return Read(found) if found is not None else Read(None, Flaw("invalid-number"))


def _phone(reading: Reading, cell: Cell) -> Read:
    if is_number(plain(cell)) and (zero := lost_zero(cell, reading.country)):
        return Read(parse_phone(zero, reading.country), Flaw("leading-zero-lost", {"suggestion": zero}))
    found = parse_phone(cell, reading.country)
    if found:
        return Read(found)
    text = shown(cell)
    # a zero that is dialled no more (Poland), or was never part of a mobile number (Italy)
    flaw = _suggested("invalid-phone", parse_phone(text[1:], reading.country) if text[:1] == "0" else None)
    example = phone_example(reading.country, reading.languages[0] if reading.languages else "")
    return Read(None, replace(flaw, params={**flaw.params, "example": example}))


def _email(_reading: Reading, cell: Cell) -> Read:
    found = parse_email(cell)
    return Read(found) if found else Read(None, _suggested("invalid-email", mended_email(cell)))


_READERS: dict[Kind, Callable[[Reading, Cell], Read]] = {
    Kind.DATE: _moment,
    Kind.BIRTHDAY: _birthday,
    Kind.TIME: _time,
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
}


def _usual_birthdays(reading: Reading, cells: Sequence[Cell]) -> list[Birthday | None]:
    if reading.on is None:
        return [None] * len(cells)
    latest = reading.on.year - YOUNGEST - 1  # whoever was born in that year is old enough all year round
    return [
        Birthday(cell.year, cell.month, cell.day) if type(cell) is date and _FIRST_YEAR <= cell.year <= latest else None
        for cell in cells
    ]


def _usual_phones(reading: Reading, cells: Sequence[Cell]) -> list[str | None]:
    return usual_phones(cells, reading.country)


def _usual_emails(_reading: Reading, cells: Sequence[Cell]) -> list[str | None]:
    return usual_emails(cells)


_USUAL: dict[Kind, Callable[[Reading, Sequence[Cell]], list[Any]]] = {
    Kind.BIRTHDAY: _usual_birthdays,
    Kind.PHONE: _usual_phones,
    Kind.EMAIL: _usual_emails,
}


def _choice(allowed: Sequence[str], choices: Mapping[str, str], reading: Reading, cell: Cell) -> Read:
    found = parse_choice(cell, allowed, choices)
    if found:
        return Read(found)
    words = language(reading.languages[0] if reading.languages else "en")
    named = {fold(words.choice(w)): words.choice(w) for w in allowed}
    near = difflib.get_close_matches(fold(shown(cell)), named, n=1, cutoff=0.75)
    params = {"choices": ", ".join(named.values())}
    if near:
        params["suggestion"] = named[near[0]]
    return Read(None, Flaw("invalid-choice", params))


def _choices(allowed: Sequence[str], choices: Mapping[str, str], reading: Reading, cell: Cell) -> Read:
    """Read one choice or several; of several that make no sense it is told as of one."""
    found = parse_choices(cell, allowed, choices)
    return _choice(allowed, choices, reading, cell) if found is None else Read(", ".join(found))


def _visit_status(read: ReadOne, cell: Cell) -> Read:
    """Read what became of a visit. One in question (`done?`, `cancelled?`) is still open, and not done as with an empty cell."""
    value, flaw = read(cell)
    in_question = value is None and is_question(cell) and any(map(str.isalpha, cell))
    return Read("planned" if in_question else value, flaw)


def _no_contact(read: ReadOne, choices: Mapping[str, str], cell: Cell) -> Read:
    """Read `no_contact` so that whatever is not clearly a no stops everything: `STOP`, the day she asked, a remark, `erase`."""
    if isinstance(cell, date) or is_word(cell, ERASE, choices):
        return Read("yes")
    if isinstance(cell, str) and fold_choice(cell) in _REFUSALS:
        return Read("yes")  # beside a consent they say no
    value, flaw = read(cell)
    return Read(value or "yes", flaw)


def _meaning_of_m(column: Column, reading: Reading) -> str:
    """Tell what a bare M means as a gender: beside an H a woman (*mujer*), beside a word for a woman a man.

    Where every cell says M, Spanish leaves it open; in the other languages it is a man.
    """
    words = {fold_choice(v) for v in column.values if isinstance(v, str)}
    if "m" not in words or "m" in {fold_choice(w) for w in reading.choices}:
        return ""
    if "h" in words:
        return "female"
    if any("female" in choices_named(w) for w in words):
        return "male"
    return "" if reading.languages[:1] == ("es",) else "male"


def _postcode(reading: Reading, cell: Cell) -> Read:
    text = id_text(cell)
    digits = _POSTCODE_DIGITS.get(reading.country, 0)
    if not is_number(plain(cell)) or not text.isdigit() or not digits - _MOST_LOST <= len(text) < digits:
        return Read(text)
    whole = text.zfill(digits)
    whole = f"{whole[:2]}-{whole[2:]}" if reading.country == "PL" else whole
    return Read(whole, Flaw("leading-zero-lost", {"suggestion": whole}))
