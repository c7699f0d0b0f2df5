"""The Campaigns table: who gets what, when. A row that cannot be understood is a problem and does not run."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.fields import CLIENTS, TRIGGERS, Kind
from sheetcrm.crm.values import Problem
from sheetcrm.languages import fields_named
from sheetcrm.languages.folding import fold, name_alike

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sheetcrm.crm.tables import Cleaned

YEARLY_GRACE, OTHER_GRACE = 2, 14
_GREETINGS = frozenset({"birthday", "anniversary", "date"})
_MOST_DAYS = 3660  # ten years: beyond it a number is a slip
_MONTH_DAY = re.compile(r"(?:--)?(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?(?:\s?(\d{4}))?")
_YEARLY = re.compile(
    r"(?:yearly|every year|co roku|corocznie|rocznie|щороку|щорічно|ежегодно|каждый год|"
    r"ogni anno|annuale|cada año|anual)\s+",
    re.IGNORECASE,
)
_EXCEL_EPOCH = date(1899, 12, 30)
_LAST_SERIAL = 2958465  # 31 December 9999
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class DateOf:
    """When a `date` campaign is due: a `day`, a `month_day` (month * 100 + day) of each year, a `column` of Clients."""

    day: date | None = None
    month_day: int = 0
    column: str = ""
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of Campaigns.

    `days` moves the day, `grace` is how many days late it may go (None: until the visit begins).
    """

    row: Any
    name: str
    trigger: str
    active: bool = True
    when: DateOf = field(default_factory=DateOf)  # of a `date` campaign
    days: int = 0
    segment: str = ""
    channel: str = "auto"
    template: str = ""
    purpose: str = "marketing"
    grace: int | None = OTHER_GRACE
    priority: float = 0.0
    starts: date | None = None
    ends: date | None = None
    approval: str = ""  # "": the setting
    cooldown: int = 0
    one_a_home: bool = False  # of a household that shares an address only one gets it

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are tried, in that order."""
        return tuple(self.channel.split(", "))

    @property
    def definition(self) -> str:
        """Who gets what when, in one line: by it a campaign is told again under another name."""
        day = "" if self.when.day is None else self.when.day.isoformat()
        when = (day, self.when.month_day, fold(self.when.column), self.when.yearly)
        return json.dumps([self.trigger, when, self.days, fold(self.segment), self.channel, fold(self.template)])


def read_campaigns(table: Cleaned | None) -> tuple[list[Campaign], list[Problem]]:
    """Read the campaigns, active or not, in the order of rows; those with a problem are left out."""
    campaigns: list[Campaign] = []
    problems: list[Problem] = []
    names: dict[str, Any] = {}
    for position in range(0 if table is None else len(table)):
        assert table is not None
        reader = _Row(table, position)
        campaign = reader.campaign()
        problems += reader.problems
        if campaign is None:
            continue
        if (
            name_alike(campaign.name) in names
        ):  # its keys would be those of the other: neither could be told apart in the ledger
            other = {"other_row": str(names[name_alike(campaign.name)])}
            problems.append(Problem("duplicate-id", "Campaigns", campaign.row, "campaign", campaign.name, other))
            continue
        names[name_alike(campaign.name)] = campaign.row
        campaigns.append(campaign)
    return campaigns, problems


class _Row:
    """One row on its way to a `Campaign`; says what is wrong with it."""

    def __init__(self, table: Cleaned, position: int) -> None:
        self.table = table
        self.position = position
        self.row = table.table.rows.tolist()[position]
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        return str(self.table.texts(name).cell(self.position) or "").strip()

    def number(self, name: str) -> float | None:
        value = float(self.table.amounts(name)[self.position])
        return None if math.isnan(value) else value

    def day(self, name: str) -> date | None:
        found: date | None = self.table.days(name)[self.position].item()
        return found

    def wrong(self, code: str, name: str, value: str = "", **words: str) -> None:
        self.problems.append(Problem(code, "Campaigns", self.row, name, value, words))

    def count(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.number(name)
        if value is None:
            return default
        if not least <= value <= _MOST_DAYS or value != int(value):
            self.wrong("invalid-number", name, f"{value:g}", least=str(least), most=str(_MOST_DAYS))
            return default
        return int(value)

    def campaign(self) -> Campaign | None:
        name, trigger = self.text("campaign"), self.text("trigger")
        if not name and not trigger:
            return None
        if not name:
            self.wrong("missing-required", "campaign")
        if trigger not in TRIGGERS:  # a word that is none was reported when the cell was read
            if not trigger and not self.table.table.column("trigger").filled[self.position]:
                self.wrong("missing-required", "trigger")
            return None
        days = self.count("days", 0, least=-_MOST_DAYS)
        if trigger == "reminder":
            days = -abs(days)  # it goes before the visit, however she types it
        if trigger == "win-back" and days <= 0:
            self.wrong("missing-required", "days")
        when = self.when() if trigger == "date" else DateOf()
        grace = None if trigger == "reminder" else YEARLY_GRACE if trigger in _GREETINGS else OTHER_GRACE
        made = Campaign(
            row=self.row,
            name=name,
            trigger=trigger,
            active=self.text("active") == "yes",
            when=when or DateOf(),
            days=days,
            segment=self.text("segment"),
            channel=self.text("channel") or "auto",
            template=self.text("template") or trigger,
            purpose=self.text("purpose") or ("service" if trigger == "reminder" else "marketing"),
            grace=grace if self.number("grace_days") is None else self.count("grace_days", grace or 0),
            priority=self.number("priority") or 0.0,
            starts=self.day("starts"),
            ends=self.day("ends"),
            approval=self.text("approval"),
            cooldown=self.count("cooldown_days", 0),
            one_a_home=self.text("household") == "one",
        )
        return None if self.problems else made

    def when(self) -> DateOf | None:
        cell = self.table.texts("date").cell(self.position)
        if cell is None:
            cell = self.table.table.column("date").cell(self.position)
        found = None if cell is None else parse_date_of(cell)
        if cell is None:
            self.wrong("missing-required", "date")
        elif found is None:
            self.wrong("invalid-date", "date", str(cell))
        return found


def parse_date_of(cell: Any) -> DateOf | None:
    """Read the `date` of a campaign: a day, `MM-DD`, `24.12.`, a column's name, each also after `yearly `.

    None: impossible day.
    """
    if isinstance(cell, date):
        return DateOf(day=cell.date() if isinstance(cell, datetime) else cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return DateOf(day=_EXCEL_EPOCH + timedelta(days=int(cell))) if 1 <= cell <= _LAST_SERIAL else None
    text = str(cell).strip()
    yearly = _YEARLY.match(text)
    text = text[yearly.end() :] if yearly else text
    written = _written_day(text)
    if written is None:
        return DateOf(column=text, yearly=yearly is not None)
    month, number, year = written
    try:
        day = date(year or _LEAP_YEAR, month, number)
    except ValueError:
        return None
    return DateOf(day=day) if year and not yearly else DateOf(month_day=month * 100 + number, yearly=True)


def _written_day(text: str) -> tuple[int, int, int] | None:
    """Return (month, day, year or 0) of a day as people write it, None where the text is none."""
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?", text):
        return int(match[2]), int(match[3]), int(match[1])
    if match := _MONTH_DAY.fullmatch(text):
        return int(match[1]), int(match[2]), 0
    if match := _DAY_MONTH.fullmatch(text):
        return int(match[2]), int(match[1]), int(match[3] or 0)
    return None


def date_column(name: str, columns: Collection[str], headers: Mapping[str, str]) -> str:
    """Return the field or slug that a name in the `date` cell means: itself, or a header in any language."""
    if name in columns:
        return name
    return next(_named(name, columns, headers), "")


def _named(name: str, columns: Collection[str], headers: Mapping[str, str]) -> Iterator[str]:
    wanted = fold(name)
    yield from (key for key, header in headers.items() if fold(header) == wanted and key in columns)
    dates = {f.name for f in CLIENTS.fields if f.kind in (Kind.DATE, Kind.BIRTHDAY)}
    yield from (f for f in fields_named(name) if f in dates and f in columns)
    yield from (key for key in columns if fold(key) == wanted)
