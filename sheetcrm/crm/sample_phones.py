"""A phone number to show how one is typed: a sample number of the country, nobody's as far as it is known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_FICTION = {"GB": "+447700900123"}  # set apart by Ofcom for films; elsewhere what libphonenumber shows


@cache
def phone_example(country: str, language: str) -> str:
    """Return a mobile number as it is typed in a country (ISO): `512 345 678`.

    Where the country is not known, as with Russian (`COUNTRY_OF_LANGUAGE`), it is one with + and the code of a country.
    """
    import phonenumbers as numbers  # noqa: PLC0415 - only where a phone is wrong

    if country and (found := _sample(country)):
        return numbers.format_number(found, numbers.PhoneNumberFormat.NATIONAL)
    abroad = _sample("RU" if language == "ru" else "GB")
    return numbers.format_number(abroad, numbers.PhoneNumberFormat.INTERNATIONAL) if abroad else ""


def _sample(country: str) -> PhoneNumber | None:
    import phonenumbers as numbers  # noqa: PLC0415 - only where a phone is wrong

    if country in _FICTION:
        return numbers.parse(_FICTION[country])
    return numbers.example_number_for_type(country, numbers.PhoneNumberType.MOBILE) or numbers.example_number(country)
