"""A workbook behind a password: what merging changed stands in its sheet Changes, and nowhere in the open."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.protection import WorkbookProtection
from owner_hand import client, edited, rows, salon, sheet

from sheetcrm.crm.acts import Act, CellChange
from sheetcrm.delivery.journal import Journal
from sheetcrm.workbook.encryption import decrypted, encrypted

DAY = date(2026, 11, 22)
BORN = date(1990, 3, 8)
SECRET = "Sekret ż1 & more"
HERS = (b"Anna Smith", b"never sugar", b"a.smith@", b"7946 0001")
"""What stands in the cells that merging brings together."""
MERGED = Act(
    "00000000a1", "merge", "2026-11-22T10:00:00", "C1", "C2", (CellChange("C1", "notes", "tea", "tea · milk"),), "ff"
)
KNOWN = Act(MERGED.id, "merge", MERGED.at, "C1", "C2", (), "ff")


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A salon with one client twice, in the open, refreshed; its password is known."""
    assert sheetcrm.state.name == "state"  # which has emptied the environment first
    monkeypatch.setenv("SHEETCRM_WORKBOOK_PASSWORD", SECRET)
    people = (
        client("C1", "Anna Smith", "anna", BORN, phone="+44 20 7946 0001", notes="tea"),
        client("C2", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001", notes="never sugar", city="Leeds"),
    )
    path = salon(tmp_path, clients=people, visits=[])
    assert sheetcrm("refresh", path, "--on", DAY).code == 0
    return path


def lock(path: Path) -> None:
    """Put it behind the password."""
    path.write_bytes(encrypted(path.read_bytes(), SECRET))


def unlock(path: Path) -> None:
    """Take the password off."""
    path.write_bytes(decrypted(path.read_bytes(), path.name, SECRET))


@contextmanager
def inside(path: Path) -> Iterator[Workbook]:
    """Edit it behind its password."""
    unlock(path)
    with edited(path) as made:
        yield made
    lock(path)


def clients(path: Path) -> list[dict[str, Any]]:
    made = load_workbook(io.BytesIO(decrypted(path.read_bytes(), path.name, SECRET)))
    names, *lines = sheet(made, "Clients").values
    return [dict(zip(names, line, strict=True)) for line in lines if line[0]]


def hers(path: Path) -> list[tuple[Any, ...]]:
    """The cells that she filled in, and whom each row stands for."""
    return [
        tuple(row.get(name) or None for name in ("Name", "Email", "Phone", "Notes", "City", "Merged into"))
        for row in clients(path)
    ]


def in_the_open(state: Path) -> set[bytes]:
    """What of her cells the state folder holds in the open."""
    held = b"".join(path.read_bytes() for path in state.rglob("*") if path.suffix in (".sqlite", ".sqlite-journal"))
    assert held  # there is a journal
    return {text for text in HERS if text in held}


def test_a_merge_behind_a_password_leaves_no_cell_in_the_journal_and_is_taken_back_from_changes(
    book: Path, sheetcrm: CommandLine
) -> None:
    lock(book)
    before = hers(book)
    assert sheetcrm("merge", book, "--on", DAY).code == 0
    merged = hers(book)
    assert in_the_open(sheetcrm.state) == set()
    sheetcrm("refresh", book, "--on", DAY)
    gone = clients(book)[[row[-1] is not None for row in merged].index(True)]["Client ID"]
    done = sheetcrm("unmerge", book, gone, "--on", DAY)
    assert (done.code, [row[-1] for row in merged] == [None, None], hers(book)) == (0, False, before)
    assert in_the_open(sheetcrm.state) == set()


def test_cells_of_a_merge_leave_the_journal_once_the_workbook_is_put_behind_a_password(
    book: Path, sheetcrm: CommandLine
) -> None:
    before = rows(book, "Clients")
    sheetcrm("merge", book, "--on", DAY)
    merged = rows(book, "Clients")
    in_clear = in_the_open(sheetcrm.state)
    lock(book)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert (in_clear != set(), in_the_open(sheetcrm.state)) == (True, set())
    gone = next(str(row["Client ID"]) for row in merged if row["Merged into"])
    sheetcrm("unmerge", book, gone, "--on", DAY)
    assert [row["Notes"] for row in clients(book)] == [row["Notes"] for row in before]


def test_cells_are_in_the_journal_again_once_the_password_was_taken_off(book: Path, sheetcrm: CommandLine) -> None:
    lock(book)
    sheetcrm("merge", book, "--on", DAY)
    unlock(book)
    sheetcrm("refresh", book, "--on", DAY)
    told = rows(book, "Changes")
    with edited(book) as made:
        del made["Changes"]
    sheetcrm("refresh", book, "--on", DAY)
    assert (len(told) > 1, rows(book, "Changes")) == (True, told)


def test_cells_that_changes_does_not_tell_are_written_there_before_they_leave_the_journal(
    book: Path, sheetcrm: CommandLine
) -> None:
    sheetcrm("merge", book, "--on", DAY)
    told = rows(book, "Changes")
    with edited(book) as made:
        del made["Changes"]
    lock(book)
    sheetcrm("refresh", book, "--on", DAY)
    with inside(book) as made:
        sheet(made, "Clients").cell(2, 1).value = "C1"  # saved anew, as it was
    sheetcrm("run", book, "--on", DAY, "--outbox", book.parent / "out")
    assert in_the_open(sheetcrm.state) == set()
    unlock(book)
    assert rows(book, "Changes") == told


@pytest.mark.parametrize("locked", ["sheet", "structure"])
def test_behind_a_password_nothing_is_merged_where_changes_cannot_tell_of_it(
    book: Path, sheetcrm: CommandLine, locked: str
) -> None:
    with edited(book) as made:
        if locked == "structure":
            made.security = WorkbookProtection(lockStructure=True)
        else:
            page = made.create_sheet("Changes")
            page.append(["Change no.", "Time", "Action", "Client ID", "Client", "Other client's ID", "Other client"])
            page.append(["00000000b1.1", None, "household", "C8", None, "C9"])
            page.protection.sheet = True
    lock(book)
    before = hers(book)
    done = sheetcrm("merge", book, "--on", DAY)
    assert (done.code, "protected" in done.err, hers(book)) == (3, True, before)


def test_a_journal_of_a_sealed_workbook_knows_the_act_and_the_open_one_the_cells_too(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        journal.unite_acts((), sealed=True)
        journal.record_plan(acts=[MERGED])
        assert journal.acts() == (MERGED,)  # in the run that did it
    with Journal.open(tmp_path, "w1") as journal:
        assert journal.acts() == (KNOWN,)
        assert (journal.unite_acts([MERGED], sealed=True), journal.acts()) == (0, (MERGED,))
        journal.rename_client("C1", "C7")
        assert [cell.client_id for act in journal.acts() for cell in act.cells] == ["C7"]
    with Journal.open(tmp_path, "w1") as journal:
        journal.unite_acts([MERGED], sealed=False)
    with Journal.open(tmp_path, "w1") as journal:
        assert journal.acts()[0].cells == MERGED.cells
