"""A header row read by the words of one table: which column is which field, and by which slug the others are known."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from sheetcrm.crm.fields import TABLES, VISITS, TableSpec
from sheetcrm.languages import LANGUAGES, fields_named, is_doubtful, language, languages_of_headers
from sheetcrm.languages.folding import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sheetcrm.crm.tables import Cell

SURNAME_FIRST = "surname-first"
GIVEN_FIRST = "given-first"

_NAMES = frozenset({"name", "first_name", "last_name", "phone", "email"})
_LINES = frozenset({"service", "amount", "staff"})
_MOBILE = ("mobil", "мобил", "мобіл", "cell", "celular", "komork", "kom ", "моб", "сот", "movil")
_SURNAME_FIRST = ("фио", "фио клиента", "піб", "піб клієнта", "ф и", "ф и о", "last and first name", "last first")

# What a header row needs, beside two known headers, to be that table's: some field of each set.
_NEEDS: Mapping[str, tuple[frozenset[str], ...]] = {
    "Clients": (_NAMES,),
    "Visits": (frozenset({"date"}), frozenset({"client"})),
    "Services": (frozenset({"service"}),),
    "Segments": (frozenset({"segment"}), frozenset({"rule"})),
    "Campaigns": (frozenset({"campaign"}),),
    "Texts": (frozenset({"template"}), frozenset({"body", "subject"})),
    "Settings": (frozenset({"setting"}), frozenset({"value"})),
    "Holidays": (frozenset({"date"}),),
    # a sheet of ours is written over: what only bears its title, but not the columns by which its rows are known, is hers
    "Problems": (frozenset({"code"}), frozenset({"severity"}), frozenset({"message"})),
    "Duplicates": (frozenset({"left"}), frozenset({"right"})),
    "Outbox": (frozenset({"key"}), frozenset({"campaign"})),
    "Calls": (frozenset({"key"}), frozenset({"done"})),
    "Sent": (frozenset({"key"}), frozenset({"campaign"})),
    "Changes": (frozenset({"key"}), frozenset({"action"})),
    "Today": (frozenset({"topic"}), frozenset({"text"})),
    "Why": (frozenset({"campaign"}), frozenset({"client_id"}), frozenset({"reason"})),
}


@dataclass(frozen=True, slots=True)
class SecondHeader:
    """A further header for a field that another column holds: `column` is read as the owner's own, under `slug`."""

    field: str
    slug: str
    column: int
    header: str
    kept: str  # the header that counts


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A header row by the words of one table. Columns count from 1.

    `columns` has every readable column by field or slug; `ours` those that bear our mark, by field: where the owner
    has a column of that field beside it, `columns` names hers.
    """

    columns: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # by field or slug, as it stands in the cell
    own: tuple[str, ...] = ()
    ours: Mapping[str, int] = field(default_factory=dict)
    seconds: tuple[SecondHeader, ...] = ()
    known: int = 0  # headers that are words for a field of the table

    @property
    def fields(self) -> frozenset[str]:
        """The fields that have a column."""
        return frozenset(self.columns) - frozenset(self.own)


def header_texts(cells: Iterable[Cell], first_column: int = 1) -> dict[int, str]:
    """Return the headers of a row by column; cells that are empty have none."""
    texts = ((column, header_text(cell)) for column, cell in enumerate(cells, first_column))
    return {column: text for column, text in texts if text}


def header_text(cell: Cell) -> str:
    """Return a header cell as text: a year typed as a header is a number to Excel."""
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def read_headers(
    texts: Mapping[int, str],
    spec: TableSpec,
    settings: Mapping[str, str] | None = None,
    marked: Mapping[int, str] | None = None,
) -> HeaderRow:
    """Read a row of headers by one table's words.

    `texts` maps columns to headers, `settings` fields to the owner's headers for them (`column.<field>`), `marked`
    columns to the fields that we wrote there. A setting beats the vocabulary; of two headers for one field the first
    counts, for `phone` the mobile one.
    """
    marked = {c: f for c, f in (marked or {}).items() if c in texts}
    mapped = {fold(header): name for name, header in (settings or {}).items() if name in spec.names}
    named = {c: name for c, text in texts.items() if c not in marked and (name := _field(text, spec, mapped))}
    if spec is VISITS and "client" not in named.values() and "client_id" in named.values():
        # an id that she types to say who came is her `client`; `client_id` is ours, the id that this was resolved to
        named[next(c for c, name in named.items() if name == "client_id")] = "client"
    named = _without_doubtful_names(named, texts, mapped)
    by_field: dict[str, list[int]] = {}
    for column in sorted(named):
        by_field.setdefault(named[column], []).append(column)
    chosen = {name: _counting(name, columns, texts, mapped) for name, columns in by_field.items()}
    ours = {name: column for column, name in marked.items()}
    columns = {**ours, **chosen}
    headers = {name: texts[column] for name, column in columns.items()}
    taken = set(columns.values()) | set(marked)
    slugs = _slugs({c: text for c, text in texts.items() if c not in taken}, spec.names)
    seconds = tuple(
        SecondHeader(named[c], slug, c, texts[c], headers[named[c]]) for slug, c in slugs.items() if c in named
    )
    headers |= {slug: texts[c] for slug, c in slugs.items()}
    return HeaderRow(columns | slugs, headers, tuple(slugs), ours, seconds, len(named) + len(marked))


def _field(text: str, spec: TableSpec, mapped: Mapping[str, str]) -> str | None:
    found = mapped.get(fold(text))
    return found or next((name for name in fields_named(text) if name in spec.names), None)


def _without_doubtful_names(
    named: dict[int, str], texts: Mapping[int, str], mapped: Mapping[str, str]
) -> dict[int, str]:
    """Leave out names that may be of something else: `Owner` heads who looks after a client, too, `Наименование` a price list."""
    doubtful = {
        c for c, f in named.items() if f == "name" and is_doubtful(texts[c], f) and fold(texts[c]) not in mapped
    }
    rest = {f for c, f in named.items() if c not in doubtful}
    if not doubtful or (rest & {"phone", "email"} and not rest & {"name", "first_name", "last_name"}):
        return named
    return {c: f for c, f in named.items() if c not in doubtful}


def _counting(name: str, columns: Sequence[int], texts: Mapping[int, str], mapped: Mapping[str, str]) -> int:
    """Return the column that counts, of several for one field."""
    chosen = [c for c in columns if mapped.get(fold(texts[c])) == name]
    if not chosen and name == "phone":
        chosen = [c for c in columns if is_mobile(texts[c])]
    return (chosen or columns)[0]


def is_mobile(header: str) -> bool:
    """Tell whether a header speaks of a mobile phone, in any language."""
    words = fold(header) + " "
    return any(words.startswith(word) or f" {word}" in words for word in _MOBILE)


def _slugs(texts: Mapping[int, str], taken: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    used, numbers = set(taken), dict[str, int]()  # a sheet has up to 16,384 columns, maybe all of one name
    for column in sorted(texts):
        name = _slug(texts[column])
        numbers[name], unique = _free(name, used, numbers.get(name, 1))
        used.add(unique)
        found[unique] = column
    return found


def slug(header: str, taken: Collection[str] = ()) -> str:
    """Return the name by which templates and rules know a column of the owner's own.

    Casefolded, letters and digits of any script kept, runs of anything else one `_`, a leading digit gets `_` before
    it, a taken name `_2` (then `_3` …) after it.

    >>> slug("Hair type"), slug("Тип волос"), slug("2. telefon"), slug("Hair type", {"hair_type"})
    ('hair_type', 'тип_волос', '_2_telefon', 'hair_type_2')
    """
    return _free(_slug(header), taken)[1]


def _slug(header: str) -> str:
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", header).strip().casefold())
    name = re.sub(" +", "_", "".join(c if c.isalpha() or c.isdecimal() else " " for c in text))
    return f"_{name}" if not name or name[0].isdecimal() else name


def _free(name: str, taken: Collection[str], number: int = 1) -> tuple[int, str]:
    """Return the first number from this one on with which a name is free, and the name with it."""
    while (unique := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return number, unique


def is_visit_line(texts: Mapping[int, str], settings: Mapping[str, str] | None = None) -> bool:
    """Tell whether a header row is always that of Visits: date, client, and one of service, amount, staff."""
    fields = read_headers(texts, VISITS, settings).fields
    return {"date", "client"} <= fields and bool(fields & _LINES)


def fits(row: HeaderRow, table: str, *, lenient: bool = False) -> bool:
    """Tell whether a header row can be that table's; `lenient`: one known header will do."""
    if row.known < (1 if lenient else 2):
        return False
    needs = _NEEDS.get(table)
    if needs is None:
        return row.known > 1
    return all(need & row.fields for need in needs)


def may_be_written(table: str, fields: Collection[str]) -> bool:
    """Tell whether a table that bears the name of a program's own has the columns by which its rows are known."""
    return not TABLES[table].program or all(need & set(fields) for need in _NEEDS.get(table, ()))


def name_order(header: str) -> str:
    """Return the order of names that the header of a full name tells; "" where it tells none.

    >>> name_order("Nazwisko i imię"), name_order("ФИО"), name_order("Nome e cognome"), name_order("Name")
    ('surname-first', 'surname-first', 'given-first', '')
    """
    folded = fold(header)
    if folded in _SURNAME_FIRST:
        return SURNAME_FIRST
    words = folded.split()
    pairs = [" ".join(pair) for pair in pairwise(words)]  # Last name, first name
    places = [i for i, said in (*enumerate(words), *enumerate(pairs)) if "last_name" in fields_named(said)]
    if not places or "last_name" in fields_named(folded):
        return ""
    return SURNAME_FIRST if min(places) == 0 else GIVEN_FIRST


@lru_cache(maxsize=1)
def _words_of_languages() -> dict[str, frozenset[str]]:
    return {
        code: frozenset(
            word
            for section in ("tables", "headers", "choices")
            for text in language(code).words.get(section, {}).values()
            for word in fold(str(text)).split()
        )
        for code in LANGUAGES
    }


def languages_of(headers: Iterable[str]) -> list[str]:
    """Return the languages, that of these headers first.

    Single words decide ("Nazwisko i imię" is none of our own headers, but "nazwisko" is a Polish word), then headers.
    """
    headers = list(headers)
    words = [word for header in headers for word in fold(header).split()]
    known = _words_of_languages()
    order = languages_of_headers(headers)
    return sorted(order, key=lambda code: (-sum(w in known[code] for w in words), order.index(code)))


def spec_of(table: str) -> TableSpec:
    """Return a table's fields; a program table that has no list of fields yet has none."""
    return TABLES.get(table) or TableSpec(table, (), program=True)
