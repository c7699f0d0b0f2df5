"""Countries, currencies and time zones: by the names people give them, and which belong together."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sheetcrm.languages import LANGUAGES
from sheetcrm.languages.folding import fold

COUNTRY_OF_LANGUAGE = {"en": "GB", "pl": "PL", "uk": "UA", "it": "IT", "es": "ES"}
"""The country taken where none is set; none for Russian, which is written in many: phones need +7 or +380 then."""

_SHORT_NAMES = {
    **dict.fromkeys(
        ("uk", "england", "scotland", "wales", "britain", "anglia", "англия", "англія", "inghilterra"), "GB"
    ),
    **dict.fromkeys(("usa", "america", "сша", "stati uniti", "eeuu", "ee uu"), "US"),
}
_SIGNS = {
    **dict.fromkeys(("zł", "zl", "złoty"), "PLN"),
    **dict.fromkeys(("грн", "₴", "гривня", "гривна"), "UAH"),
    **dict.fromkeys(("€", "euro", "євро", "евро"), "EUR"),
    **dict.fromkeys(("£", "pound", "pounds"), "GBP"),
    **dict.fromkeys(("$", "dollar"), "USD"),
    **dict.fromkeys(("₽", "руб", "рубль"), "RUB"),
}

# CLDR's regions that are no countries: the world's unknown rest, unions, tests, islands that belong to one
_NO_COUNTRIES = frozenset(("CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "UN", "XA", "XB", "ZZ"))

# Where a country has several zones, the one in which most of its people live (CLDR metaZones, primaryZones, and for the
# large ones the city of most people); else the country's only one.
_MAIN_ZONE = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}


@cache
def _country_names() -> dict[str, str]:
    from babel import Locale  # noqa: PLC0415 - only where a country is named in words

    found: dict[str, str] = {}
    for code in LANGUAGES:
        for country, name in Locale(code).territories.items():
            is_code = len(country) == 2 and country.isalpha()  # noqa: PLR2004 - ISO 3166; "001" is the world
            if is_code and country not in _NO_COUNTRIES:
                found.setdefault(fold(name), country)
    return _SHORT_NAMES | found | {"uk": "GB"}


def country_named(text: str) -> str | None:
    """Return the ISO code of a country by code or by name in any of the languages, or None."""
    code = text.strip().upper()
    names = _country_names()
    if code in names.values():
        return code
    return names.get(fold(text))


def currency_named(text: str) -> str | None:
    """Return the ISO code of a currency by code or sign, or None."""
    from babel.numbers import list_currencies  # noqa: PLC0415 - as above

    word = text.strip().rstrip(".")
    return word.upper() if word.upper() in list_currencies() else _SIGNS.get(word.casefold())


def currency_of(country: str) -> str:
    """Return the currency a country pays in today, or nothing where the country is unknown."""
    from babel.core import get_global  # noqa: PLC0415 - as above

    # (currency, start, end, tender) by date; the last one still in force is today's
    entries = get_global("territory_currencies").get(country, ())
    return next((str(code) for code, _, end, tender in entries if end is None and tender), "")


@cache
def _zones() -> frozenset[str]:
    """Return the zones that this machine knows: to look through its folders of them takes longer than to read a small workbook."""
    return frozenset(available_timezones())


def zone_named(text: str) -> str | None:
    """Return the IANA name of a time zone, in any case, or by its city alone (`Warsaw`); None where there is none."""
    wanted = text.strip().replace(" ", "_").casefold()
    if not wanted:
        return None
    found = [name for name in _zones() if name.casefold() == wanted or name.casefold().endswith(f"/{wanted}")]
    return min(found, key=lambda name: (name.casefold() != wanted, len(name), name), default=None)


def zone_of(country: str) -> str:
    """Return the time zone of a country's most people, or nothing where the country is unknown."""
    if country in _MAIN_ZONE:
        return _MAIN_ZONE[country]
    from babel.core import get_global  # noqa: PLC0415 - as above

    zones = [name for name in get_global("territory_zones").get(country, ()) if name in _zones()]
    return str(zones[0]) if zones else ""


def zone_info(name: str) -> ZoneInfo | None:
    """Return a zone by its IANA name, None where this machine does not know it."""
    return ZoneInfo(name) if name in _zones() else None
