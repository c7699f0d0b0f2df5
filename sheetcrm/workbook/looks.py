"""How a workbook made from nothing looks: colours, number formats of a country, cell formats by kind of field.

Cells are formatted directly, since LibreOffice paints no Excel table styles; whole columns are, so that a phone typed
into the first empty row is text before Excel can take its leading zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sheetcrm.crm.fields import Kind

INK = "#22313A"
MUTED = "#6B7A86"
FAINT = "#A3AFB8"
LINE = "#E1E6EA"
PAPER = "#FFFFFF"
HEADER = "#2F5D62"
HEADER_COMPUTED = "#8B979F"
COMPUTED = "#F3F5F6"
ACCENT = "#B5566E"
PALE = "#FFFCEB"
ROSE, ROSE_INK = "#FBE3E4", "#8E2A33"
AMBER, AMBER_INK = "#FFF1CC", "#7A5400"
GREEN, GREEN_INK = "#E2F1E7", "#2E7D4F"
BLUE, BLUE_INK = "#E4EDF8", "#2B5FA3"
LILAC, LILAC_INK = "#EFE7F5", "#6B4590"


@dataclass(frozen=True, slots=True)
class NumberFormats:
    """Excel number formats of a country."""

    date: str
    day_month: str
    time: str
    money: str
    currency: str


@cache
def number_formats(country: str, language: str, currency: str = "") -> NumberFormats:
    """Return the formats of an ISO 3166 country; an unknown one gets those of the language.

    >>> number_formats("PL", "pl").date, number_formats("US", "en").date, number_formats("GB", "en").money
    ('dd.mm.yyyy', 'mm/dd/yyyy', '"£"#,##0.00')
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - a tenth of a second, only when a workbook is made
    from babel.languages import get_official_languages  # noqa: PLC0415 - as above
    from babel.numbers import get_currency_symbol, get_territory_currencies  # noqa: PLC0415 - as above

    official = get_official_languages(country, de_facto=True)
    for tongue in (*((language,) if language in official else official), language):
        try:
            locale = Locale(tongue, territory=country)
            break
        except (UnknownLocaleError, ValueError):
            continue
    else:
        locale = Locale(language)
    date = str(locale.date_formats["short"].pattern)
    for letter, run in (("d", "dd"), ("M", "mm"), ("y", "yyyy")):
        date = re.sub(f"{letter}+", run, date)
    date = re.sub(r"[^dmy./-]", "", date)
    currency = currency or next(iter(get_territory_currencies(country)), "EUR")
    symbol = get_currency_symbol(currency, locale=locale)
    money = str(locale.currency_formats["standard"].pattern).split(";")[0].replace("\N{NO-BREAK SPACE}", " ")
    day_month = re.sub(r"^\W+|\W+$", "", date.replace("yyyy", ""))
    return NumberFormats(date, day_month, "hh:mm", money.replace("¤", f'"{symbol}"'), currency)


class Looks:
    """The cell formats of one workbook, each made once."""

    def __init__(self, workbook: Any, numbers: NumberFormats) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.numbers = numbers

    def make(self, **properties: Any) -> Any:
        """Return the format with these XlsxWriter properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def header(self, *, computed: bool = False) -> Any:
        """Return the format of a header cell."""
        return self.make(
            bold=True, font_color=PAPER, bg_color=HEADER_COMPUTED if computed else HEADER, text_wrap=True,
            valign="vcenter", align="left", indent=1, bottom=1, bottom_color=PAPER, right=1, right_color=PAPER,
        )  # fmt: skip

    def number_format(self, kind: Kind) -> str:
        """Return the number format of a kind of field."""
        named = {
            Kind.DATE: self.numbers.date,
            Kind.BIRTHDAY: self.numbers.date,
            Kind.TIME: self.numbers.time,
            Kind.MONEY: self.numbers.money,
        }
        return named.get(kind, "General")

    def body(
        self, kind: Kind, *, computed: bool = False, faint: bool = False, number_format: str = "", wrap: bool = False
    ) -> Any:
        """Return the format of a cell below the header, which is also that of its whole column."""
        properties: dict[str, Any] = {
            "font_color": MUTED if computed else INK,
            "num_format": number_format or self.number_format(kind),
            "border": 1,
            "border_color": LINE,
            "valign": "top" if wrap else "vcenter",
        }
        if computed:
            properties["bg_color"] = COMPUTED
        if faint:
            properties["font_color"] = FAINT
        properties |= {"align": "right" if kind in (Kind.MONEY, Kind.NUMBER) else "left", "indent": 1}
        if wrap:
            properties["text_wrap"] = True
        return self.make(**properties)
