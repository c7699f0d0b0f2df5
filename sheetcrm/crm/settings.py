"""The owner's settings, typed, with their defaults; and how her Settings sheet is read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.amounts import parse_number
from sheetcrm.crm.cells import shown
from sheetcrm.crm.fields import AUTO_ORDER, TABLES, YES_NO
from sheetcrm.crm.places import COUNTRY_OF_LANGUAGE, currency_of, zone_info, zone_of
from sheetcrm.crm.setting_values import OFF, WAYS, WHEN_OFF
from sheetcrm.crm.tables import Reading, is_empty
from sheetcrm.crm.values import Problem
from sheetcrm.languages import DEFAULT, LANGUAGES, choices_named, fields_named
from sheetcrm.languages.folding import fold, fold_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sheetcrm.crm.tables import Cell

FALLBACK_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the contract. Build one with `parse_settings`; None in a rule means it is switched off."""

    business: str = ""
    phone: str = ""
    address: str = ""
    booking_url: str = ""
    review_url: str = ""
    logo: str = ""
    signature: str = ""
    tone: str = "formal"  # formal or familiar
    language: str = "en"
    country: str = "GB"  # ISO 3166 alpha-2: decides phone numbers, and month first for US
    currency: str = ""
    timezone: str = ""  # IANA name; empty: the country's, else the system's
    sender: str = ""
    reply_to: str = ""
    approval: str = "auto"
    channel_order: tuple[str, ...] = AUTO_ORDER  # in which `auto` tries those that a client does not prefer
    quiet_hours: tuple[str, str] | None = ("20:00", "08:00")
    closed_days: tuple[str, ...] = ()  # `mon` … `sun`, `2026-12-24`, `--12-25` (each year), `2026-08-01/2026-08-21`
    cap: tuple[int, int] | None = (2, 30)  # messages, days
    outbox_days: int = 7
    first_send: bool = False
    leap_birthday: tuple[int, int] = (2, 28)  # (month, day) on which 29 February is greeted in other years
    due_after: Decimal | None = Decimal("1.25")
    lapsed_after: Decimal | None = Decimal(2)
    lost_after: Decimal | None = Decimal(4)
    smtp_host: str = ""
    smtp_port: int | None = None  # 0: one is written there that cannot be read
    smtp_user: str = ""
    smtp_security: str = ""  # none, starttls, tls; empty: by the port
    unsubscribe: str = ""
    daily_limit: int | None = None  # messages of a channel in 24 hours; None: by the provider, 0: no limit
    minute_limit: int | None = None
    report_to: str = ""  # the owner's address for reports of runs
    inbox: str = ""  # folder of .eml files with replies, as seen from the workbook
    sms_price: Decimal | None = None  # of one part
    sms_plain: bool = False  # accents that would shorten an SMS are left out
    gateway_url: str = ""  # of a service that sends SMS; no secret in it
    gateway_method: str = ""  # GET or POST; empty: POST where there is a body
    gateway_body: str = ""
    gateway_type: str = "json"  # json or form
    gateway_sent: str = ""  # what the answer holds where the message was taken (`delivery.marks_of_success`)
    gateway_failed: str = ""  # where it was certainly not
    gateway_reference: str = ""  # where the answer has the service's own number of the message
    gateway_status_url: str = ""
    keep_backups: int = 20  # versions of the workbook
    auto_merge: bool = False  # pairs of tier `certain` are merged without being asked about
    edit_signed: bool = False  # a digital signature on the workbook need not hold
    columns: Mapping[str, str] = field(default_factory=dict)  # field → the owner's header
    choices: Mapping[str, str] = field(default_factory=dict)  # the owner's word → ours


def parse_settings(
    pairs: Iterable[tuple[Any, Cell, Cell]],
    languages: Sequence[str] = (DEFAULT,),
    *,
    country: str = "",
    on: date | None = None,
) -> tuple[Settings, list[Problem]]:
    """Return the settings that (row, setting, value) triples say, and what is wrong with them.

    A missing or empty value, and one that cannot be read (but for `smtp_port`), means the default. The language is by default the first of
    `languages` (how the workbook's headers are written), the country `country`, else that of the language, if any.
    """
    values: dict[str, Any] = {}
    columns: dict[str, str] = {}
    choices: dict[str, str] = {}
    problems: list[Problem] = []
    reading = Reading(tuple(languages), country, on=on)
    for row, name, value in pairs:
        if is_empty(name) or is_empty(value):
            continue
        kind, _, key = shown(name).partition(".")
        if fold(kind) == "column" and (known := _field_named(key)):
            columns[known] = shown(value)
        elif fold(kind) == "choice" and key:
            problems += _take_choice(choices, row, key, value)
        elif setting := _setting_named(shown(name)):
            problems += _take(values, setting, row, value, reading)
        else:
            problems.append(_unknown(row, shown(name)))
    values.setdefault("language", languages[0] if languages and languages[0] in LANGUAGES else DEFAULT)
    values.setdefault("country", country or COUNTRY_OF_LANGUAGE.get(values["language"], ""))
    values.setdefault("currency", currency_of(values["country"]))
    return Settings(**values, columns=columns, choices=choices), problems


def timezone_of(settings: Settings, system: str = FALLBACK_ZONE) -> ZoneInfo:
    """Return the business's time zone: the one set, else its country's, else `system`."""
    names = (settings.timezone, zone_of(settings.country), system, FALLBACK_ZONE)
    return next(zone for name in names if (zone := zone_info(name)) is not None)


def _unknown(row: Any, name: str) -> Problem:
    near = difflib.get_close_matches(fold(name).replace(" ", "_"), WAYS, n=1)
    return Problem("unknown-setting", "Settings", row, "setting", name, {"suggestion": near[0] if near else ""})


def _setting_named(name: str) -> str | None:
    """Return a setting by its name, however written (`Quiet hours`), or by the header of that meaning (`Telefon`)."""
    plain = fold(name).replace(" ", "_")
    return plain if plain in WAYS else next((f for f in fields_named(name) if f in WAYS), None)


def _field_named(name: str) -> str | None:
    plain = fold(name).replace(" ", "_")
    if any(plain in spec.names for spec in TABLES.values()):
        return plain
    return next(iter(fields_named(name)), None)


def _take_choice(choices: dict[str, str], row: Any, key: str, value: Cell) -> list[Problem]:
    """Note `choice.<her word>` = one of ours; the other way round (`choice.yes` = her word) is what some will type."""
    ours = choices_named(shown(value))
    if ours:
        choices[fold_choice(key)] = ours[0]
    elif meant := choices_named(key):
        choices[fold_choice(shown(value))] = meant[0]
    else:
        words = {"field": f"choice.{key}", "choices": ", ".join(YES_NO)}
        return [Problem("invalid-choice", "Settings", row, "value", shown(value), words)]
    return []


def _take(values: dict[str, Any], setting: str, row: Any, value: Cell, reading: Reading) -> list[Problem]:
    """Read one value; where it cannot be read, the default stays and the problem is returned."""
    if setting in WHEN_OFF and (value is False or fold(shown(value)) in OFF):
        values[setting] = WHEN_OFF[setting]
        return []
    way = WAYS[setting]
    found = way.read(value, reading)
    if found is not None:
        values[setting] = found
        return []
    if setting == "smtp_port":  # the usual port would be a guess at where the password goes
        values[setting] = 0
    words = {"field": setting, "choices": way.example}
    if way.bounds is not None and parse_number(value, reading.languages) is not None:
        words |= {"least": str(way.bounds[0]), "most": str(way.bounds[1])}
    return [Problem(way.code, "Settings", row, "value", shown(value), words)]
