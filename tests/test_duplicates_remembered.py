"""What a refresh remembers of the duplicates it found: beside the journal, of no use without it, and missed by nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from owner_hand import append, client, edited, salon, sheet

from sheetcrm.crm.linkage import renewing
from sheetcrm.crm.linkage.records import Records, records_of
from sheetcrm.crm.tables import Column
from sheetcrm.delivery.journal import Journal
from sheetcrm.errors import WorkbookError

DAY = "2026-11-22"


def book_of(folder: Path) -> Path:
    """Return a workbook of a hundred clients, of whom Zenobia stands there twice."""
    letters = "abcdefghijklmnop"
    others = [client(f"C{k:03}", f"Ewa {letters[k % 16]}o{letters[k // 16]}aska".title(), "") for k in range(3, 101)]
    twice = [client("C001", "Zenobia Lis", "zenobia@wp.pl"), client("C002", "Lis Zenobia", "Zenobia@wp.pl")]
    return salon(folder, clients=[*twice, *others], visits=[])


def remembered(sheetcrm: CommandLine) -> Path:
    [path] = sheetcrm.state.rglob("*.likeness.npz")
    return path


def told(sheetcrm: CommandLine, book: Path) -> tuple[int, list[tuple[str, str, str]]]:
    """Return what a refresh counts and what `duplicates` lists."""
    with edited(book) as made:  # so that it is another input than the last one
        sheet(made, "Clients").cell(5, 1).comment = None
    count = sheetcrm("refresh", book, "--on", DAY, "--json").json["duplicates"]
    pairs = sheetcrm("duplicates", book, "--on", DAY, "--json").json["pairs"]
    return count, [(pair["left"], pair["right"], pair["tier"]) for pair in pairs]


FOUND = (1, [("C001", "C002", "certain")])


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the rows of which shadow forms are made, at each time that it is done."""
    lengths: list[int] = []

    def counting(cells: dict[str, Column], length: int) -> Records:
        lengths.append(length)
        return records_of(cells, length)

    monkeypatch.setattr(renewing, "records_of", counting)
    return lengths


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_what_is_remembered_is_for_this_user_only_and_tells_nothing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    assert told(sheetcrm, book_of(tmp_path)) == FOUND
    path = remembered(sheetcrm)
    stored = path.read_bytes()
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert [text for text in (b"Zenob", b"zenob", b"wp.pl", "Zenob".encode("utf-32-le")) if text in stored] == []
    assert [other.name for other in path.parent.iterdir() if ".part" in other.name] == []


def test_the_secret_of_its_hashes_is_in_the_journal_and_not_in_it(tmp_path: Path, sheetcrm: CommandLine) -> None:
    told(sheetcrm, book_of(tmp_path))
    path = remembered(sheetcrm)
    journal = path.with_name(path.name.replace(".likeness.npz", ".sqlite")).read_bytes()
    [at] = [at for at in range(len(journal)) if journal.startswith(b"likeness", at)]
    secret = journal[at + 8 : at + 72].decode()
    assert (len(bytes.fromhex(secret)), secret.encode() in path.read_bytes()) == (32, False)
    assert bytes.fromhex(secret) not in path.read_bytes()


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: np.savez(path, made_by=np.array("x")),
        lambda path: np.savez(path, made_by=np.array({}, dtype=object)),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["deleted", "emptied", "cut in half", "cut by a byte", "of another version", "with a pickle in it", "a folder"],
)
def test_without_it_or_with_a_damaged_one_the_same_is_found(
    tmp_path: Path, sheetcrm: CommandLine, harm: Callable[[Path], object]
) -> None:
    book = book_of(tmp_path)
    assert told(sheetcrm, book) == FOUND
    harm(remembered(sheetcrm))
    assert told(sheetcrm, book) == FOUND


def test_where_its_place_cannot_be_written_the_refresh_is_none_the_worse(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert told(sheetcrm, book_of(tmp_path)) == FOUND
    assert list(sheetcrm.state.rglob("*.likeness.*")) == []


def test_where_the_journal_cannot_take_the_secret_the_refresh_is_none_the_worse(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Journal.set

    def full(journal: Journal, name: str, value: str) -> None:
        if name == "likeness":
            raise WorkbookError("The disk is full.", "Make room.")
        kept(journal, name, value)

    monkeypatch.setattr(Journal, "set", full)
    assert told(sheetcrm, book_of(tmp_path)) == FOUND
    assert list(sheetcrm.state.rglob("*.likeness.*")) == []


def test_of_a_new_client_only_she_and_whom_she_resembles_are_looked_at(
    tmp_path: Path, sheetcrm: CommandLine, looked_at: list[int]
) -> None:
    book = book_of(tmp_path)
    assert told(sheetcrm, book) == FOUND
    looked_at.clear()
    with edited(book) as made:
        append(sheet(made, "Clients"), {"Name": "Zenobia Lis", "Email": "zenobia@wp.pl"})
    assert (told(sheetcrm, book)[0], max(looked_at) <= 3, looked_at != []) == (3, True, True)


def test_a_command_that_only_looks_uses_it_and_leaves_the_state_as_it_is(
    tmp_path: Path, sheetcrm: CommandLine, looked_at: list[int]
) -> None:
    book = book_of(tmp_path)
    told(sheetcrm, book)
    looked_at.clear()
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sheetcrm.state.rglob("*") if path.is_file()
    }
    assert len(sheetcrm("duplicates", book, "--on", DAY, "--json").json["pairs"]) == 1
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sheetcrm.state.rglob("*") if path.is_file()}
    assert (looked_at, after == before) == ([], True)


def test_it_is_written_once_for_a_list_that_stays_as_it_is(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = book_of(tmp_path)
    told(sheetcrm, book)
    os.utime(remembered(sheetcrm), (1, 1))
    assert (told(sheetcrm, book), remembered(sheetcrm).stat().st_mtime) == (FOUND, 1)
