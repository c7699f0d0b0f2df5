"""Words in Duplicates beside which the ids are gone that tell whom they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from owner_hand import column, delete_column, edited, header_row, rows, sheet
from test_merge_command import DAY, decide, merged
from test_merge_words import book, waiting_pairs

from sheetcrm.languages import language

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

__all__ = ["book"]


@pytest.mark.parametrize("lost", [("Client 1", "Client 2"), ("Client 2",)])
@pytest.mark.parametrize("how", ["cells", "columns"])
def test_words_beside_pairs_whose_ids_she_deleted_stay_are_told_and_are_about_nobody(
    book: Path, sheetcrm: CommandLine, lost: tuple[str, ...], how: str
) -> None:
    decide(book, ("C3", "C4", "merge"), ("C5", "C6", "different"))
    with edited(book) as made:
        page = sheet(made, "Duplicates")
        for header in lost:
            if how == "columns":
                delete_column(made, page, header)
                continue
            for row in range(header_row(page) + 1, page.max_row + 1):
                page.cell(row, column(page, header)).value = None
    for command in ("merge", "refresh", "run", "refresh"):
        more = ("--outbox", book.parent / "out") if command == "run" else ()
        done = sheetcrm(command, book, "--on", DAY, *more)
        assert f"{lost[0]} is missing" in done.out + done.err, command
        kept = [row for row in rows(book, "Duplicates") if row["Decision"] and row["Certainty"] != "certain"]
        told = sorted((row["Name 1"].split()[-1], row["Decision"]) for row in kept)
        assert told == [("Green", "merge"), ("Hill", "different")], command
        assert command == "merge" or {row["Why"] for row in kept} == {language("en").say("pair_unknown")}
    assert "C3" not in merged(book)
    assert {("C3", "C4"), ("C5", "C6")} <= waiting_pairs(book)  # and are asked about anew, beside nobody's word
