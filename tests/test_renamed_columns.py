"""A merge taken back where a column that it wrote into is not known any more: what is left in it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from owner_hand import edited, rename, rows, sheet, values
from test_merge_command import DAY, merged
from test_merge_words import book

from sheetcrm.languages import LANGUAGES, language

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

__all__ = ["book"]


def test_what_a_merge_wrote_into_a_column_that_nobody_knows_any_more_is_told_when_it_is_taken_back(
    book: Path, sheetcrm: CommandLine
) -> None:
    sheetcrm("merge", book, "--on", DAY, "--keep", "C1")
    assert dict(values(book, "Clients", "Client ID", "City"))["C1"] == "Leeds"
    with edited(book) as made:
        rename(sheet(made, "Clients"), "City", "Lives in")
    done = sheetcrm("unmerge", book, "C2", "--on", DAY)
    assert (done.code, merged(book)) == (0, {})
    told = language("en").section("merging")["conflict_gone"].format(id="C1", field="City", written="Leeds")
    assert done.err.strip() == told
    assert dict(values(book, "Clients", "Client ID", "Lives in"))["C1"] == "Leeds"
    lines = [row for row in rows(book, "Changes") if row["Detail"] == language("en").say("gone_note")]
    assert [(line["Client ID"], line["Field"], line["Before"], line["After"]) for line in lines] == [
        ("C1", "City", "Leeds", "Leeds")
    ]
    before = book.read_bytes()
    sheetcrm("refresh", book, "--on", DAY)
    assert book.read_bytes() == before


def test_a_column_that_only_has_another_known_header_is_no_matter(book: Path, sheetcrm: CommandLine) -> None:
    sheetcrm("merge", book, "--on", DAY, "--keep", "C1")
    with edited(book) as made:
        rename(sheet(made, "Clients"), "City", "Town")
    done = sheetcrm("unmerge", book, "C2", "--on", DAY)
    assert (done.err, dict(values(book, "Clients", "Client ID", "Town"))["C1"]) == ("", None)


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_names_client_column_and_value_in_every_language(code: str) -> None:
    said = str(language(code).section("merging")["conflict_gone"]).format(id="C1", field="City", written="Leeds")
    assert all(word in said for word in ("C1, City: ", "Leeds"))
