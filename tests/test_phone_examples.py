"""What is said of a phone that is none: how one is typed in the workbook's own country, with a number that is nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from openpyxl import Workbook

from sheetcrm.crm.contacts import parse_phone
from sheetcrm.crm.sample_phones import phone_example

SHOWN = {
    ("en", "PL"): "like 512 345 678;",
    ("en", "GB"): "like 07700 900123;",
    ("pl", "GB"): "np. 07700 900123;",
    ("it", ""): "ad esempio 312 345 6789;",
    ("uk", "PL"): "наприклад 512 345 678;",
    ("ru", "KZ"): "например 8 (771) 000 9998;",
    ("ru", ""): "например +7 912 345-67-89;",
    ("es", "MX"): "por ejemplo 222 123 4567;",
}


@pytest.mark.parametrize(("language", "country"), SHOWN, ids="-".join)
def test_a_phone_that_is_none_is_told_with_a_number_of_the_workbooks_country(
    tmp_path: Path, sheetcrm: CommandLine, language: str, country: str
) -> None:
    made = Workbook()
    clients = made.create_sheet("Clients", 0)
    for line in (["Name", "Phone"], ["Anna Nowak", "12"]):
        clients.append(line)
    settings = made["Sheet"]
    settings.title = "Settings"
    for line in (["Setting", "Value"], ["language", language], ["country", country]):
        settings.append(line)
    made.save(tmp_path / "list.xlsx")
    assert SHOWN[language, country] in sheetcrm("check", tmp_path / "list.xlsx").out


@pytest.mark.parametrize("country", ["GB", "PL", "UA", "RU", "IT", "ES", "DE", "FR", "US", "KZ", "LT", "CZ"])
def test_the_number_that_is_shown_is_one_that_is_read(country: str) -> None:
    assert parse_phone(phone_example(country, "en"), country) is not None
    assert parse_phone(phone_example("", "en"), "") is not None
