"""A client list as the finder compares it: shadow forms, dictionary-encoded, so that each distinct value is looked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.dates import parse_birthday
from sheetcrm.crm.linkage.arrays import Ids, at
from sheetcrm.crm.linkage.extensions import extension
from sheetcrm.crm.linkage.known_names import KnownNames, known_names
from sheetcrm.crm.linkage.person_names import Name, split_apart, split_name
from sheetcrm.crm.linkage.shadows import plain, shadow, skeleton
from sheetcrm.crm.tables import EMPTY, Cell, Column, Encoder, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIELDS = ("phone", "email", "birthday", "city", "postcode", "tax_id", "street", "house")
"""What is compared beside the name, as `Records.fields` has it."""

RAW_FIELDS = (
    *("name", "first_name", "last_name", "phone", "email", "birthday", "city", "postcode", "tax_id", "address"),
)
"""The fields of Clients that are looked at; whatever else stands in a row makes no difference."""

LONGEST = 300
"""Letters of a cell that are compared and quoted: no name has as many, and two are compared in the time of one times the other."""

MALE, FEMALE = 1, 2
_GENDERS = {"": 0, "m": MALE, "f": FEMALE}
NO_YEAR = "0000"
"""The year of a birthday that is told without one."""

_NATIONAL_DIGITS = 9  # of a phone number: its end is the same with and without the country's code
_LEAST_DIGITS = 6
_LONG = 5  # letters: shorter names that differ in one are often two, Bal and Bak
_BESIDE = re.compile(r"[,;#]|[^\W\d_]+")  # what stands between two numbers, or before an extension
_NO_SIGNS = str.maketrans("", "", " +()/-")
_NO_PHONES = frozenset(
    ("123456", "1234567", "12345678", "123456789", *(d * k for d in "0123456789" for k in range(6, 10)))
)
_ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T].*)?")
_READING = Reading(on=date(2029, 12, 31))  # the core knows no day; a two-digit year is the latest one up to here
_HOUSE = re.compile(r"\d+\s?[a-zа-яіїєґ]?(?:\s?/\s?\d+\w*)?\b", re.IGNORECASE)
_STREET_WORDS = re.compile(r"(?<!\d)[^\W\d_]{2,}")
_NO_STREET = frozenset(
    (
        *(
            "ul",
            "ulica",
            "al",
            "aleja",
            "os",
            "pl",
            "plac",
            "vul",
            "vulytsya",
            "prosp",
            "prospekt",
            "bulv",
            "pr",
            "ulitsa",
        ),
        *("per", "via", "viale", "corso", "piazza", "c", "calle", "av", "avda", "street", "st", "road", "rd"),
    )
)


@dataclass(frozen=True)
class Words:
    """The distinct words that names consist of, by id.

    `shadows` and `plains` are their forms; `shadow_ids` and `skeletons` number the distinct shadows and their skeletons, which
    `shadow_values` and `skeleton_values` have; `initial` marks a lone letter.
    """

    plains: list[str]
    shadows: list[str]
    shadow_ids: Ids
    shadow_values: list[Cell]
    skeletons: Ids
    skeleton_values: list[Cell]
    initial: npt.NDArray[np.bool_]

    @cached_property
    def long(self) -> npt.NDArray[np.bool_]:
        """Which words are so long that one wrong letter makes no other name of them; at the end, for no word."""
        return np.array([*(len(text) >= _LONG for text in self.plains), True], dtype=bool)

    @cached_property
    def ends_in_a(self) -> npt.NDArray[np.bool_]:
        """Which words end as a woman's surname does; at the end, for no word."""
        return np.array([*(text.endswith("a") for text in self.plains), False], dtype=bool)

    @property
    def skeleton(self) -> Column:
        """The skeleton of each word."""
        return Column(self.skeletons.astype(np.int32), self.skeleton_values)

    def in_rows(self, forms: Column, ids: Ids) -> Column:
        """Return the form that the word of each row has; `forms` has one for each word."""
        return Column(at(forms.codes, ids), forms.values)


@dataclass(frozen=True)
class Records:
    """A client list, row by row, as codes: -1 where empty.

    `given`, `family`, `extra` are ids of `words`; `sure` tells where the roles of the two are known; `kin` numbers the words that tell
    one of a family from another; `title` is `MALE` or `FEMALE` where a title tells it (Mr, Pani), else 0.
    `extension` numbers those behind phone numbers. `fields` has the others by `FIELDS`, distinct values in their shadow form.
    """

    given: Ids
    family: Ids
    extra: Ids
    sure: npt.NDArray[np.bool_]
    kin: Ids
    title: npt.NDArray[np.int8]
    extension: Ids
    words: Words
    names: KnownNames
    fields: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.given)

    @property
    def reached(self) -> npt.NDArray[np.bool_]:
        """Which rows have a phone or an e-mail address."""
        return self.fields["phone"].filled | self.fields["email"].filled

    @property
    def is_register(self) -> bool:
        """Tell whether the list has no contacts at all: nothing in it is shared by people of one household but the address."""
        return not self.reached.any()

    @cached_property
    def gender(self) -> npt.NDArray[np.int8]:
        """By word and, at the end, for none: `MALE`, `FEMALE`, 0 for a name of both or no name."""
        return np.array([*(_GENDERS[self.names.gender_of(text)] for text in self.words.plains), 0], dtype=np.int8)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which words are given names; at the end, for no word."""
        return np.array([*(self.names.is_known(text) for text in self.words.plains), False], dtype=bool)

    @cached_property
    def birth_year(self) -> npt.NDArray[np.int64]:
        """The year of each row's birthday, 0 where there is none."""
        return self.fields["birthday"].lookup(lambda key: int(key[:4]), 0, np.int64)


def records_of(columns: Mapping[str, Column], length: int) -> Records:
    """Make the records of a client list from its raw columns by field; any may be missing."""
    names = known_names()
    split, codes = _names(columns, length, names)
    words, ids = _words(split)
    address = _column(columns, "address", length)
    made: dict[str, Callable[[Cell], Any]] = {
        "phone": phone_end,
        "email": email_key,
        "birthday": date_key,
        "city": _phrase,
        "postcode": lambda cell: plain(str(cell)),
        "tax_id": lambda cell: plain(str(cell)),
    }
    fields = {name: _column(columns, name, length).map(make) for name, make in made.items()}
    fields |= {"street": address.map(street_key), "house": address.map(house_key)}
    given, family, extra = (np.append(ids[:, k], EMPTY)[codes] for k in range(3))
    sure = np.append([name.sure for name in split], [False]).astype(bool)[codes]
    kin = np.append(numbered([name.kin for name in split]), EMPTY)[codes]
    title = np.array([*(_GENDERS[name.title] for name in split), 0], dtype=np.int8)[codes]
    extensions = _column(columns, "phone", length).map(extension).codes.astype(np.int64)
    return Records(given, family, extra, sure, kin, title, extensions, words, names, fields)


def part_of(columns: Mapping[str, Column], positions: Ids) -> dict[str, Column]:
    """Return these rows of what `records_of` looks at, with only the values that occur in them: a short list costs what it is long."""
    return {name: _compact(columns[name], positions) for name in RAW_FIELDS if name in columns}


def _compact(column: Column, positions: Ids) -> Column:
    used, codes = np.unique(column.codes[positions], return_inverse=True)
    empty = int(len(used) > 0 and used[0] == EMPTY)
    return Column((codes - empty).astype(np.int32), [column.values[code] for code in used[empty:].tolist()])


def _column(columns: Mapping[str, Column], name: str, length: int) -> Column:
    found = columns.get(name)
    if found is None:
        return Column.empty(length)
    return Column(found.codes, [cell[:LONGEST] if type(cell) is str else cell for cell in found.values])


def _names(columns: Mapping[str, Column], length: int, names: KnownNames) -> tuple[list[Name], Ids]:
    """Return the distinct names, taken apart, and which one each row has."""
    full, first, last = (_column(columns, name, length) for name in ("name", "first_name", "last_name"))
    apart = first.filled | last.filled
    width = len(full.values) + 1
    keys = np.where(apart, (first.codes + 1) * (len(last.values) + 1) + (last.codes + 1) + width, full.codes + 1)
    distinct, codes = np.unique(keys.astype(np.int64), return_inverse=True)
    split: list[Name] = []
    for key in distinct.tolist():
        if key < width:
            split.append(split_name(str(full.values[key - 1]), names) if key else Name())
        else:
            one, two = divmod(key - width, len(last.values) + 1)
            split.append(
                split_apart(str(first.values[one - 1]) if one else "", str(last.values[two - 1]) if two else "")
            )
    return split, codes.astype(np.int64)


def _words(split: list[Name]) -> tuple[Words, Ids]:
    """Give the words of names their ids: three for each name."""
    encoder = Encoder()
    encoder.extend([word for name in split for word in name[:3]])
    column = encoder.column()
    plains = [str(value) for value in column.values]
    shadows = [" ".join(shadow(part) for part in text.split()) for text in plains]
    distinct = Column.encode(shadows)
    skeletons = Column.encode(["".join(skeleton(part) for part in text.split()) for text in shadows])
    initial = np.array([text.endswith(".") for text in plains], dtype=bool)
    numbers = (distinct.codes.astype(np.int64), distinct.values, skeletons.codes.astype(np.int64), skeletons.values)
    words = Words(plains, shadows, *numbers, initial)
    return words, column.codes.astype(np.int64).reshape(-1, 3)


def numbered(texts: list[str]) -> Ids:
    """Return a number for each text, the same for the same; -1 for an empty one."""
    return Column.encode(texts).codes.astype(np.int64)


def phone_end(cell: Cell) -> str:
    """Return the end of a phone number, by which it is the same however its country is written; of several, the first.

    >>> phone_end("+48 501 356 261"), phone_end("0048501356261 (Anna)"), phone_end(501356261.0)
    ('501356261', '501356261', '501356261')
    """
    digits = cell.translate(_NO_SIGNS) if type(cell) is str else ""
    if not (digits.isdigit() and digits.isascii()):  # as nearly all are
        parts = ("".join(filter(str.isdigit, part)) for part in _BESIDE.split(id_text(cell)))
        digits = next((digits for digits in parts if len(digits) >= _LEAST_DIGITS), "")
    found = digits[-_NATIONAL_DIGITS:] if len(digits) >= _LEAST_DIGITS else ""
    return "" if found in _NO_PHONES else found


def email_key(cell: Cell) -> str:
    """Return an e-mail address as its provider takes it: lower case, without a tag behind +, without dots at Gmail."""
    local, at, domain = str(cell).strip().casefold().rpartition("@")
    if not at or not local or "." not in domain or " " in local:
        return ""
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if local else ""


def local_part(address: str) -> str:
    """Return what stands before the @ of an `email_key`, without dots: Gmail's had none left."""
    return address.partition("@")[0].replace(".", "")


def date_key(cell: Cell) -> str:
    """Return a birthday as yyyymmdd, 0000mmdd where its year is not told; empty where it cannot be read.

    >>> date_key("1990-05-06"), date_key("6.05.1990"), date_key("6 maja 1990"), date_key("6 May"), date_key("unknown")
    ('19900506', '19900506', '19900506', '00000506', '')
    """
    if isinstance(cell, str) and (found := _ISO.fullmatch(cell.strip())):
        return "".join(found.groups())  # also a day that never was: it may be mistyped the same way twice
    born = parse_birthday(cell, _READING)
    return f"{born.year or NO_YEAR:>04}{born.month:02}{born.day:02}" if born else ""


def _phrase(cell: Cell) -> str:
    return " ".join(filter(None, map(shadow, _STREET_WORDS.findall(str(cell)))))


def street_key(cell: Cell) -> str:
    """Return the words of a street without its kind (ul., via, street)."""
    words = [plain(word) for word in _STREET_WORDS.findall(str(cell))]
    kept = [word for word in words if word and word not in _NO_STREET] or words
    return " ".join(map(shadow, kept))


def house_key(cell: Cell) -> str:
    """Return the number of a house: the first one where the address begins with it, else the last."""
    found = _HOUSE.findall(text := str(cell).strip())
    return re.sub(r"\s", "", found[0 if text[:1].isdigit() else -1]).casefold() if found else ""
