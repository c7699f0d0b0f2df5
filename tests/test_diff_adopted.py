"""What `adopt` wrote stays the program's in `diff` after another program has saved the file; what she typed into it is hers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import append, column, edited, sheet

from sheetcrm.languages import LANGUAGES, language

ON = "2026-11-22"
PEOPLE = [("Anna Smith", "07400 123456"), ("Zoe Brown", "07400 123457"), ("Max Gray", "07400 123458")]


def adopted(
    sheetcrm: CommandLine,
    folder: Path,
    headers: Sequence[str],
    people: Sequence[Any],
    *more: str,
    filtered: bool = False,
) -> Path:
    """A list that was adopted; one with a filter stays without an Excel table."""
    made = openpyxl.Workbook()
    page = made.worksheets[0]
    page.title = "People"
    for row in (headers, *people):
        page.append(list(row))
    if filtered:
        page.auto_filter.ref = "A1:B4"
    path = folder / "people.xlsx"
    made.save(path)
    assert sheetcrm("adopt", path, "--yes", "--on", ON, *more).code == 0
    return path


def by_hand(found: Any) -> dict[str, int]:
    return {s["sheet"]: s["by_hand"] for s in found["sheets"] if s["by_hand"]}


def typed(found: Any) -> list[tuple[str | None, Any, Any]]:
    changes = [change for s in found["sheets"] for change in s["changes"] if change["by"] == "hand"]
    return [(change["header"], change["before"], change["after"]) for change in changes]


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_adopt_wrote_is_not_by_hand_once_another_program_saved_it(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    headers = [language(code).header(name) for name in ("name", "phone")]
    path = adopted(sheetcrm, tmp_path, headers, PEOPLE, "--country", "GB", "--language", code)
    before = {s["sheet"]: s["cells"] for s in sheetcrm("diff", path, "--json").json["sheets"]}
    with edited(path):
        pass
    found = sheetcrm("diff", path, "--json").json
    assert ({s["sheet"]: s["cells"] for s in found["sheets"]}, by_hand(found)) == (before, {})


def test_ids_beside_numbers_of_hers_are_the_programs(sheetcrm: CommandLine, tmp_path: Path) -> None:
    people = [(number, *person) for number, person in zip((1, 1, 2), PEOPLE, strict=True)]
    path = adopted(sheetcrm, tmp_path, ("Client ID", "Name", "Phone"), people, "--country", "GB")
    with edited(path) as file:
        assert [cell.value for cell in sheet(file, "Clients")["D"]] == ["Client ID 2", "C1", "C2", "C3"]
    assert by_hand(sheetcrm("diff", path, "--json").json) == {}


def test_what_she_typed_since_is_hers_also_where_adopt_left_room_for_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path = adopted(sheetcrm, tmp_path, ("Name", "Phone"), PEOPLE, "--country", "GB")
    with edited(path) as file:
        page, settings, campaigns = (sheet(file, name) for name in ("Clients", "Settings", "Campaigns"))
        page.cell(2, column(page, "Birthday")).value = "8 March 1990"
        page.cell(1, page.max_column + 1).value = "Shoe size"
        settings.cell(2, 2).value = "Salon Anna"
        campaigns.cell(2, column(campaigns, "Active")).value = "yes"
        append(sheet(file, "Visits"), {"Client": "C1"})
    assert sorted(map(str, typed(sheetcrm("diff", path, "--json").json))) == sorted(
        map(
            str,
            [
                ("Birthday", None, "8 March 1990"),
                (None, None, "Shoe size"),
                ("Value", None, "Salon Anna"),
                ("Active", None, "yes"),
                ("Client", None, "C1"),
            ],
        )
    )


def test_a_header_of_our_words_that_she_typed_later_is_hers(sheetcrm: CommandLine, tmp_path: Path) -> None:
    path = adopted(sheetcrm, tmp_path, ("Name", "Phone"), PEOPLE, "--country", "GB", filtered=True)
    with edited(path) as file:
        page = file["People"]
        birthday = column(page, "Birthday")
        page.cell(1, birthday).value = None
        page.cell(5, 1).value = "Ida Holm"
    sheetcrm("refresh", path, "--on", ON)
    with edited(path) as file:
        file["People"].cell(1, birthday).value = "Birthday"
    assert ("Birthday", None, "Birthday") in typed(sheetcrm("diff", path, "--json").json)
