"""What a text may ask about a person: her fields and figures, how to address her, her visit, the business."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from email.utils import parseaddr
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.ages import ages
from sheetcrm.crm.comparing import Empty, Named, Value, is_missing
from sheetcrm.crm.expressions import Rows, split_list, value_of
from sheetcrm.crm.formats import currency_of
from sheetcrm.crm.world import NO_VISIT, World
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.names import Name, Person, call_name, salutation, split_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sheetcrm.crm.campaign_table import Campaign
    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.tables import Cleaned, Column

ABOUT_MESSAGE = (
    *("salutation", "call_name", "formal", "gender", "language"),
    *("business", "signature", "booking_url", "review_url", "business_phone", "business_address", "logo"),
    *("settings", "currency", "visit", "visit_services", "friend"),
    *("campaign", "trigger", "on", "due", "late", "also"),
)
"""The names of a message's context beside the fields of Clients."""

_ABOUT_HER = frozenset({"salutation", "call_name", "gender"})
_NAME_FIELDS = ("first_name", "middle_name", "last_name", "name", "gender", "address_as")


@dataclass(frozen=True)
class Occasion:
    """What one message is about.

    `visit` is a position in `VisitGroups` or -1, `day` the visit's, `friend` a client's or -1.
    """

    campaign: Campaign
    client: int
    due: date
    visit: int = NO_VISIT
    day: date | None = None
    friend: int = -1


def filled(value: Any, name: str) -> Value:
    """Return a value, or `Empty` with its name where there is none."""
    return Empty(name) if is_missing(value) else value


@lru_cache(maxsize=8192)  # the Ukrainian vocative takes a millisecond
def _addressed(person: Person, *, formal: bool) -> tuple[str, str]:
    return call_name(person, formal=formal), salutation(person, formal=formal)


@dataclass(frozen=True)
class People:
    """Makes the contexts of messages; a value is looked up only for the names that a text uses."""

    world: World
    rows: Rows
    visits: Cleaned | None
    settings: Settings
    surname_first: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name that a text may use."""
        return self.rows.names | set(ABOUT_MESSAGE)

    def language(self, client: int) -> str:
        """Return the language to write to a client in: her own, else the workbook's."""
        own = self.rows.values("language")[client]
        return own if own in LANGUAGES else self.settings.language

    def context(
        self, occasion: Occasion, names: frozenset[str], day: date | None = None, also: Sequence[Campaign] = ()
    ) -> dict[str, Value]:
        """Return the values of these names (and of what dates and money are written by) for one message.

        `day` is when it goes (default: the day it is due, of one that is late the day one acts for): the text is made for that day, so
        that what she reads ahead is what goes. `also` are the campaigns that have something for her on that day too.
        """
        day = day or max(self.world.on, occasion.due)
        code = self.language(occasion.client)
        made: dict[str, Value] = {
            **self._business(code),
            "language": code,
            "on": day,
            "due": occasion.due,
            "late": max(0, (day - occasion.due).days),
            "campaign": occasion.campaign.name,
            "trigger": occasion.campaign.trigger,
        }
        if "also" in names:
            made["also"] = Named((c.name for c in also), (c.trigger for c in also))
        if names & {"visit", "visit_services"}:
            made |= self._visit(occasion)
        if names & _ABOUT_HER:
            made |= self._address(occasion.client, code)
        if "friend" in names:
            made["friend"] = filled(self.world.names[occasion.friend] if occasion.friend >= 0 else "", "friend")
        if "age" in names and day != self.world.on:
            made["age"] = self._age(occasion.client, day)
        for name in names & self.rows.columns.keys() - made.keys():
            made[name] = filled(self.rows.values(name)[occasion.client], name)
        return made

    def _age(self, client: int, day: date) -> Value:
        born = self.world.clients.days("birthday")[client : client + 1]
        age = ages(born, day, self.world.leap_birthday)[0]
        return Empty("age") if np.isnan(age) else int(age)

    def _business(self, code: str) -> Mapping[str, Value]:
        found = self._of_business.get(code)
        if found is None:
            found = self._of_business[code] = business_values(self.settings, code)
        return found

    @cached_property
    def _of_business(self) -> dict[str, Mapping[str, Value]]:
        return {}

    def _address(self, client: int, code: str) -> dict[str, Value]:
        found = self._of_client.get((client, code))
        if found is None:
            found = self._of_client[client, code] = self._addressed(client, code)
        return found

    @cached_property
    def _of_client(self) -> dict[tuple[int, str], dict[str, Value]]:
        return {}

    @cached_property
    def _name_columns(self) -> list[Any]:
        return [self.rows.values(name) for name in _NAME_FIELDS]

    def _addressed(self, client: int, code: str) -> dict[str, Value]:
        first, middle, last, whole, gender, address_as = (str(column[client] or "") for column in self._name_columns)
        if not first and whole:  # a column "Name" beside a surname column holds the given name
            name = (
                Name(whole, middle, last)
                if last
                else split_name(whole, surname_first=self.surname_first, language=code)
            )
            first, middle, last = name.first, middle or name.middle, name.last
        person = Person(first, middle, last, gender, address_as, code)
        formal = self.settings.tone != "familiar"
        called, opening = _addressed(person, formal=formal)
        return {"call_name": filled(called, "call_name"), "salutation": opening, "gender": person.gender}

    def _visit(self, occasion: Occasion) -> dict[str, Value]:
        services: list[str] = []
        entries: dict[str, Any] = {"date": occasion.day, "time": "", "service": "", "staff": ""}
        groups = self.world.groups
        if occasion.visit != NO_VISIT and groups is not None and self.visits is not None:
            lines = self._lines(occasion.visit)
            minutes = int(groups.minutes[occasion.visit])
            services = list(dict.fromkeys(s for line in lines if (s := self._cell("service", line))))
            entries = {
                "date": groups.day[occasion.visit].item(),
                "time": f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes >= 0 else "",
                "service": ", ".join(services),
                "staff": next((s for line in lines if (s := self._cell("staff", line))), ""),
            }
        return {
            "visit": {name: filled(value, f"visit.{name}") for name, value in entries.items()},
            "visit_services": filled(tuple(s for text in services for s in split_list(text)), "visit.service"),
        }

    def _cell(self, name: str, line: int) -> str:
        column = self._of_visits.get(name)
        return "" if column is None else str(value_of(column.cell(line)) or "")

    @cached_property
    def _of_visits(self) -> Mapping[str, Column]:
        return {} if self.visits is None else self.visits.text

    def _lines(self, visit: int) -> list[int]:
        groups = self.world.groups
        assert groups is not None
        order, starts = self._line_order
        found: list[int] = order[starts[visit] : starts[visit + 1]].tolist()
        return found or [int(groups.first[visit])]

    @cached_property
    def _line_order(self) -> tuple[Any, Any]:
        """Lines of Visits in the order of their visits, and where each visit begins."""
        assert self.world.groups is not None
        lines = self.world.groups.lines
        order = np.argsort(lines, kind="stable")
        return order, np.searchsorted(lines[order], np.arange(len(self.world.groups) + 1))


def business_values(settings: Settings, code: str) -> dict[str, Value]:
    """Return what a text may say about the business, in a language."""
    business = settings.business or parseaddr(settings.sender)[0]
    team = language(code).say("signature_team", business=business) if business else ""
    values = {
        "business": business,
        "signature": settings.signature or team,
        "booking_url": settings.booking_url,
        "review_url": settings.review_url,
        "business_phone": settings.phone,
        "business_address": settings.address,
        "currency": settings.currency or currency_of(settings.country),
    }
    flat = {name: v for name, v in asdict(settings).items() if isinstance(v, str | int | float)}
    return {
        **{name: filled(value, name) for name, value in values.items()},
        "formal": settings.tone != "familiar",
        "logo": filled(settings.logo, "logo"),
        "settings": {name: filled(value, f"settings.{name}") for name, value in flat.items()},
    }


def footer(settings: Settings, code: str) -> str:
    """Return the line that says how to get no more of these mails; "" where the owner switched it off."""
    where = settings.unsubscribe.strip()
    if where.casefold() == "off":
        return ""
    words = language(code)
    if not where:
        return words.say("unsubscribe_email")
    return words.say("unsubscribe_link", url=f"mailto:{where}" if "@" in where and ":" not in where else where)
