"""What stands in a workbook made from nothing: campaigns to switch on, useful rules, every setting."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sheetcrm.crm.settings import Settings
from sheetcrm.languages import DEFAULT, LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

COUNTRY = {"en": "GB", "pl": "PL", "uk": "UA", "ru": "RU", "it": "IT", "es": "ES"}
"""The country that a workbook is made for where nobody said another."""

RULES = {
    "best": 'total_spend >= percentile("total_spend", 80)',
    "lapsed": 'status == "lapsed" and email_consent == "yes"',
    "unasked": "visits >= 3 and empty(email_consent)",
}
"""Starter segments: key of the name in starters.toml, and the rule."""

_DAYS = {
    "birthday": 0,
    "anniversary": 0,
    "reminder": -1,
    "rebook": -3,
    "win-back": 90,
    "thank-you": 1,
    "date": 0,
    "referral": 1,
    "segment": 0,
}


@lru_cache(maxsize=1)
def _all_words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("sheetcrm.languages").joinpath("starters.toml").read_text("utf-8"))


def words(code: str) -> Mapping[str, str]:
    """Return the words that only a new workbook needs, English ones filling gaps."""
    every = _all_words()
    return {**every[DEFAULT], **every.get(code, {})}


def segments(code: str) -> list[Row]:
    """Return the starter segments: the best clients, those long not seen, those not yet asked for consent."""
    return [{"segment": words(code)[key], "rule": rule} for key, rule in RULES.items()]


def campaigns(code: str) -> list[Row]:
    """Return one campaign for each trigger, named in her language, none of them active."""
    tongue = language(code)
    rows = []
    for trigger, days in _DAYS.items():
        name = tongue.choice(trigger)
        row: Row = {
            "campaign": name[:1].upper() + name[1:],
            "active": tongue.choice("no"),
            "trigger": tongue.choice(trigger),
            "days": days,
            "channel": tongue.choice("auto"),
            "template": trigger,
            "purpose": tongue.choice("service" if trigger == "reminder" else "marketing"),
        }
        if trigger == "date":
            row |= {"campaign": words(code)["greeting"], "date": "12-20"}
        if trigger == "segment":
            row |= {"campaign": words(code)["best"], "segment": words(code)["best"]}
        rows.append(row)
    return rows


def settings(code: str, given: Mapping[str, Any]) -> list[Row]:
    """Return a row for every setting of the contract, those `given` filled in, each with what it is in her language.

    A setting nobody listed (`column.phone`, a misspelt one) follows at the end.
    """
    known = [f.name for f in fields(Settings) if f.name not in ("columns", "choices")]
    notes = language(code).section("setting_notes")
    names = [*known, *(name for name in given if name not in known)]
    return [{"setting": name, "value": given.get(name), words(code)["what"]: notes.get(name, "")} for name in names]


def spoken(code: str) -> list[str]:
    """Return the supported languages as she calls them."""
    return [language(code).choice(other) for other in LANGUAGES]
