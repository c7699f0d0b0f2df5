"""Where another client shares an erased one's name or address, what still says it is named: it may be of either."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine
from openpyxl.comments import Comment
from owner_hand import DAY, edited

from sheetcrm.testing import make_workbook

CLIENTS = """
    Client ID | Name       | Phone         | Email            | Notes
    C1        | Anna Rossi | +48 600000101 | anna@example.com | tea
    C2        | Anna Rossi | +48 600000102 | anna@example.com | milk
    C3        | Jo Brown   | +48 600000103 | jo@example.com   | came with Anna Rossi
"""
VISITS = """
    Date       | Client           | Phone         | Amount
    2026-11-01 | Anna Rossi       |               | 40
    2026-11-02 | Rossi, Anna      |               | 50
    2026-11-03 | Anna Rossi       | +48 600000102 | 60
    2026-11-04 | Jo Brown         |               | 70
    2026-11-05 | anna@example.com |               | 80
"""


def two_of_a_name(folder: Path, sheetcrm: CommandLine) -> Path:
    """Two clients of one name and address; it stands in visits, in a note, in a sheet of the owner's, and as a comment's author."""
    path = make_workbook(folder / "two.xlsx", clients=CLIENTS, visits=VISITS)
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        made.create_sheet("Plan")["B2"] = "call Anna Rossi"
        made["Visits"]["D5"].comment = Comment("paid by card", "Anna Rossi")
    return path


def test_what_may_be_of_the_namesake_is_named_and_left(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = two_of_a_name(tmp_path, sheetcrm)
    done = sheetcrm("erase", path, "C1", "--on", DAY, "--json")
    places = ["Visits!B2", "Visits!B3", "Visits!B6", "Clients!E4", "Plan!B2", "comments"]
    assert done.json["remains"] == places
    assert f"A name or address that C2 has too still stands in: {', '.join(places)}." in done.err
    assert sheetcrm("erase", path, "C3", "--on", DAY, "--json").json["remains"] == []


def test_a_visit_under_an_address_that_two_had_is_nobodys_until_she_says_whose(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = two_of_a_name(tmp_path, sheetcrm)
    assert "Visits under a name that another client has too: 3." in sheetcrm("erase", path, "C1", "--on", DAY).err
    problems = sheetcrm("check", path, "--on", DAY, "--json").json["problems"]
    assert [one["row"] for one in problems if one["code"] == "ambiguous-client"] == [2, 3, 6]


def test_the_name_of_nobody_else_is_not_said_to_be_shared(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = two_of_a_name(tmp_path, sheetcrm)
    done = sheetcrm("erase", path, "C3", "--on", DAY)
    assert "has too" not in done.err
