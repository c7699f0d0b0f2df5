"""Which columns a new workbook's sheets have, in which order, how wide, and which of them are folded away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.fields import TABLES, Field, Kind, TableSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sheetcrm.languages import Language


class Place(StrEnum):
    """Where a column stands and whether it is seen."""

    SHOWN = "shown"
    FOLDED = "folded"  # rarely used: behind the + of an outline group
    COMPUTED = "computed"  # ours: the grey block at the right
    COMPUTED_FOLDED = "computed-folded"


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column to be made: `key` is the field, or the header itself for a column of the owner's own."""

    key: str
    header: str
    field: Field
    place: Place
    width: float
    text_only: bool = (
        False  # formatted as text before first use, so that Excel makes no number and no date of what is typed
    )

    @property
    def computed(self) -> bool:
        """Whether the program fills it."""
        return self.place in (Place.COMPUTED, Place.COMPUTED_FOLDED)

    @property
    def folded(self) -> bool:
        """Whether it is hidden behind an outline group."""
        return self.place in (Place.FOLDED, Place.COMPUTED_FOLDED)


ROOM = 2000
"""Rows below the data for which drop-downs and colours are ready."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that is not written as usual: with a number format of its own, or as a formula with this cached value."""

    value: Any
    number_format: str = ""
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet while it is being made."""

    table: str
    title: str
    columns: Sequence[ColumnPlan]
    rows: Sequence[Mapping[str, Any]]
    page: Any  # xlsxwriter's Worksheet

    @property
    def last_row(self) -> int:
        """The last row of the table, counted from 0; an Excel table needs one row of data, be it empty."""
        return max(len(self.rows), 1)

    @property
    def last_ready_row(self) -> int:
        """The last row, counted from 0, for which drop-downs and colours are ready."""
        return self.last_row + ROOM

    def position(self, key: str) -> int | None:
        """Return the column of a field, counted from 0, or None."""
        return next((i for i, column in enumerate(self.columns) if column.key == key), None)


_CLIENTS = {
    Place.SHOWN: ("client_id name phone email birthday gender city channel email_consent sms_consent no_contact notes"),
    Place.FOLDED: (
        "address_as other_phone language address postcode client_since contact_time interests tags source referred_by "
        "whatsapp_consent call_consent consent_date consent_source household"
    ),
    Place.COMPUTED: (
        "status last_visit next_visit expected_visit visits total_spend average_ticket favourite_service age"
    ),
    Place.COMPUTED_FOLDED: "first_visit visit_interval rfm value_class no_show_rate merged_into",
}
_ARRANGEMENT: Mapping[str, Mapping[Place, str]] = {
    "Clients": _CLIENTS,
    "Visits": {
        Place.SHOWN: "date time client service amount status staff note",
        Place.COMPUTED_FOLDED: "client_id",
    },
    "Services": {Place.SHOWN: "service category price return_days"},
    "Campaigns": {
        Place.SHOWN: "campaign active trigger days date segment channel template purpose",
        Place.FOLDED: "grace_days cooldown_days approval household priority starts ends",
    },
    "Segments": {Place.SHOWN: "segment rule"},
    "Texts": {Place.SHOWN: "template language channel subject body"},
    "Settings": {Place.SHOWN: "setting value"},
    "Holidays": {Place.SHOWN: "date note"},
}
_ENDS = {"Clients": ("problems",)}  # last: its sentence runs on into the empty cells beside it

_TEXT_KINDS = frozenset({Kind.ID, Kind.PHONE, Kind.EMAIL, Kind.TEMPLATE, Kind.RULE})
_TEXT_ONLY = frozenset({("Clients", "postcode"), ("Clients", "tax_id"), ("Settings", "value"), ("Campaigns", "date")})

_NAMES = ("name", "first_name", "last_name", "middle_name")

_WIDTHS = {
    "client_id": 8, "name": 34, "phone": 18, "email": 34, "birthday": 12, "gender": 11, "notes": 34, "no_contact": 13,
    "address": 30, "interests": 24, "tags": 18, "referred_by": 22, "consent_source": 20, "address_as": 16,
    "status": 22, "favourite_service": 22, "problems": 42, "expected_visit": 13, "city": 16,
    "date": 12, "time": 8, "client": 34, "service": 28, "staff": 14, "note": 34, "ticket": 12, "rating": 9,
    "category": 18, "return_days": 16, "segment": 48, "rule": 70, "campaign": 28, "active": 10, "trigger": 24,
    "days": 8, "template": 16, "purpose": 14, "subject": 36, "body": 70, "setting": 18, "value": 34, "merged_into": 12,
    "channel": 15, "email_consent": 11, "sms_consent": 11,
}  # fmt: skip
_WIDTH_OF_KIND = {Kind.MONEY: 15, Kind.DATE: 13, Kind.NUMBER: 11, Kind.PHONE: 18, Kind.CHOICE: 13}


def arrange(table: str, rows: Sequence[Mapping[str, Any]], language: Language) -> list[ColumnPlan]:
    """Return the columns of a table: the usual ones, and those that only these rows have."""
    spec = TABLES[table]
    places = {name: place for place, names in _ARRANGEMENT[table].items() for name in names.split()}
    used = dict.fromkeys(key for row in rows for key in row)
    shown = _with_names([n for n, p in places.items() if p is Place.SHOWN], used)
    last = _ENDS.get(table, ())
    extra = [key for key in used if key not in places and key not in shown and key not in last]
    shown += [key for key in extra if key not in _NAMES]
    order = [
        *((name, Place.SHOWN) for name in shown),
        *_in(places, Place.FOLDED),
        *_in(places, Place.COMPUTED),
        *_in(places, Place.COMPUTED_FOLDED),
        *((name, Place.COMPUTED) for name in last),
    ]
    return [_column(spec, name, place, language, rows) for name, place in order]


def _in(places: Mapping[str, Place], place: Place) -> Iterable[tuple[str, Place]]:
    return ((name, p) for name, p in places.items() if p is place)


def _with_names(shown: list[str], used: Mapping[str, None]) -> list[str]:
    """Put the parts of a name where the full name stands, if the rows have those instead."""
    parts = [name for name in _NAMES if name in used]
    if "name" not in shown or not parts or parts == ["name"]:
        return shown
    at = shown.index("name")
    return [*shown[:at], *parts, *shown[at + 1 :]]


def _column(
    spec: TableSpec, name: str, place: Place, language: Language, rows: Sequence[Mapping[str, Any]]
) -> ColumnPlan:
    field = spec.field(name)
    if field is None:
        values = [row[name] for row in rows if row.get(name) not in (None, "")]
        longest = max(len(name), *(len(str(value)) for value in values))
        numbers = sum(isinstance(value, int | float) for value in values) * 2 > len(values)
        own = Field(name, Kind.NUMBER if numbers else Kind.TEXT)
        return ColumnPlan(name, name, own, place, min(max(longest + 3, 12), 100))
    return plan_of(spec.name, name, language.header(name), place)


def plan_of(table: str, name: str, header: str, place: Place) -> ColumnPlan:
    """Return the column of a known field under a header. Raises KeyError for a field that the table does not have."""
    field = TABLES[table].field(name)
    if field is None:
        raise KeyError(name)
    longest_word = max(map(len, header.split()))
    width = max(_WIDTHS.get(name, _WIDTH_OF_KIND.get(field.kind, 16)), longest_word + 4)  # it wraps between words only
    text_only = field.kind in _TEXT_KINDS or (table, name) in _TEXT_ONLY
    return ColumnPlan(name, header, field, place, width, text_only=text_only)
