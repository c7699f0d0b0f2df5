"""Versions of a workbook: listed, private, kept as many as she wants, and each of them can be had back."""

from __future__ import annotations

import os
import re
import stat
from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import CLIENTS, DAY, client, column, edited, rows, salon, sheet

from sheetcrm.running.versions import Event, Version, only_ours_between, version_named

DAYS = [date(2026, 11, day) for day in (22, 25, 28)]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return salon(tmp_path)


def history(sheetcrm: CommandLine, book: Path) -> list[bytes]:
    """Refresh on three days; return the file as it was at first and after each of them."""
    found = [book.read_bytes()]
    for day in DAYS:
        assert sheetcrm("refresh", book, "--on", day).code == 0
        found.append(book.read_bytes())
    assert len(set(found)) == len(DAYS) + 1
    return found


def listed(sheetcrm: CommandLine, book: Path) -> list[bytes]:
    versions = sheetcrm("undo", book, "--list", "--json").json["versions"]
    assert [version["number"] for version in versions] == list(range(1, len(versions) + 1))
    return [Path(version["file"]).read_bytes() for version in versions]


def test_the_list_says_when_each_version_was_replaced_by_what_and_what_that_wrote(
    sheetcrm: CommandLine, book: Path
) -> None:
    files = history(sheetcrm, book)
    assert listed(sheetcrm, book) == files[-2::-1]
    versions = sheetcrm("undo", book, "--list", "--json").json["versions"]
    assert [version["command"] for version in versions] == ["refresh"] * 3
    assert versions[-1]["cells"].keys() >= {"Clients", "Visits", "Outbox"}
    assert versions[-1]["cells"]["Clients"] > 10
    out = sheetcrm("undo", book, "--list").out.splitlines()
    assert out[0] == "Copies of this workbook, newest first:"
    assert [line.split()[0] for line in out[1:4]] == ["1", "2", "3"]
    assert "refresh (Clients " in out[3]
    assert out[4].endswith(f"sheetcrm undo {book} --to NUMBER")


def test_versions_are_for_their_owner_only(sheetcrm: CommandLine, book: Path) -> None:
    history(sheetcrm, book)
    files = [Path(v["file"]) for v in sheetcrm("undo", book, "--list", "--json").json["versions"]]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for file in files for folder in file.parents[:3]} == {0o700}


def test_versions_named_by_an_earlier_sheetcrm_without_a_date_are_known_as_well(
    sheetcrm: CommandLine, book: Path
) -> None:
    files = history(sheetcrm, book)
    for at, version in enumerate(sheetcrm("undo", book, "--list", "--json").json["versions"]):
        path = Path(version["file"])
        assert re.fullmatch(r"[-0-9T.]+Z_[0-9a-f]{16}\.xlsx", path.name)
        old = path.rename(path.with_name(path.name.partition("_")[2]))
        os.utime(old, (2_000_000 - at, 2_000_000 - at))
    assert listed(sheetcrm, book) == files[-2::-1]
    assert sheetcrm("undo", book, "--list", "--json").json["versions"][0]["at"].startswith("1970-01-2")
    name = Path(sheetcrm("undo", book, "--list", "--json").json["versions"][1]["file"]).name
    assert sheetcrm("undo", book).code == 0
    assert sheetcrm("undo", book, "--to", name[:12]).code == 0
    assert book.read_bytes() == files[1]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_undo_to_any_version_gives_back_its_very_bytes(sheetcrm: CommandLine, book: Path, number: int) -> None:
    files = history(sheetcrm, book)
    wanted = listed(sheetcrm, book)[number - 1]
    dry = sheetcrm("undo", book, "--to", number, "--dry-run")
    assert (dry.code, book.read_bytes()) == (0, files[-1])
    done = sheetcrm("undo", book, "--to", number)
    assert (done.code, book.read_bytes()) == (0, wanted)
    assert done.out.startswith("The workbook is as it was until 20")
    assert book.read_bytes() not in listed(sheetcrm, book)


def test_after_going_back_the_earlier_writes_can_be_taken_back_and_the_later_ones_had_again(
    sheetcrm: CommandLine, book: Path
) -> None:
    first, second, third, last = history(sheetcrm, book)
    sheetcrm("undo", book, "--to", 2)
    assert book.read_bytes() == second
    assert set(listed(sheetcrm, book)) == {first, third, last}
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == first
    assert sheetcrm("undo", book).code == 2
    for wanted in (last, third, first, last):
        at = listed(sheetcrm, book).index(wanted) + 1
        assert sheetcrm("undo", book, "--to", at).code == 0
        assert book.read_bytes() == wanted
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == first


def test_what_she_typed_in_between_stays_when_going_back_further(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path, clients=[*CLIENTS, client(None, "Ida Gray", "ida")])
    first = book.read_bytes()
    sheetcrm("refresh", book, "--on", DAYS[0])
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(3, column(page, "Notes")).value = "likes tea"
    sheetcrm("refresh", book, "--on", DAYS[1])
    done = sheetcrm("undo", book, "--to", listed(sheetcrm, book).index(first) + 1)
    assert (done.code, book.read_bytes() != first) == (0, True)
    assert done.out == "The file has changed since: only the cells filled in by the program were taken back.\n"
    people = {row["Name"]: row for row in rows(book, "Clients")}
    assert people["Jo Brown"]["Notes"] == "likes tea"
    assert ({row["Visits"] for row in people.values()}, people["Ida Gray"]["Client ID"]) == ({None}, None)


def test_a_version_is_named_by_its_number_its_name_or_a_time_at_which_it_was_the_workbook() -> None:
    ends = ("2026-11-24T09:00:00+00:00", "2026-11-22T18:30:05+00:00", "2026-11-22T08:30:00+00:00")
    kept = [
        Version(Path(f"{name}.xlsx"), at, 1, n)
        for n, (name, at) in enumerate(zip(("c3", "b2", "a1"), ends, strict=True), 1)
    ]
    asked = ("1", "3", "4", "0", "b2", "b2.xlsx", "b", "z", "", "2026-11-22T12:00+00:00", "2026-11-22T18:30+00:00")
    days = ("2026-11-21T00:00+00:00", "2026-11-23T00:00+00:00", "2026-11-25T00:00+00:00")
    names = [(found.path.stem if (found := version_named(kept, text)) else None) for text in (*asked, *days)]
    assert names == ["c3", "a1", None, None, "b2", "b2", "b2", None, None, "b2", "b2", "a1", "c3", None]


def test_only_saves_of_ours_lie_between_versions_that_they_lead_to_and_from() -> None:
    saves = [Event("", "", *pair) for pair in (("a", "b"), ("b", "c"), ("d", "e"), ("c", "a"))]
    pairs = (("a", "c"), ("c", "b"), ("a", "a"), ("a", "d"), ("e", "d"), ("c", "e"), ("x", "a"))
    assert [only_ours_between(saves, *pair) for pair in pairs] == [True, True, True, False, True, False, False]


@pytest.mark.parametrize("place", [10, 0.5], ids=["where no reader looks", "in the middle"])
def test_a_copy_that_is_damaged_is_never_put_back(sheetcrm: CommandLine, book: Path, place: float) -> None:
    history(sheetcrm, book)
    before = book.read_bytes()
    copy = Path(sheetcrm("undo", book, "--list", "--json").json["versions"][0]["file"])
    data = bytearray(copy.read_bytes())
    data[int(place if place > 1 else place * len(data))] ^= 1
    copy.write_bytes(data)
    for arguments in (["undo", book], ["undo", book, "--to", "1"], ["diff", book, "1"]):
        refused = sheetcrm(*arguments)
        assert (refused.code, refused.err.count("\n"), "damaged" in refused.err) == (3, 1, True)
    assert book.read_bytes() == before


@pytest.mark.parametrize("version", ["9", "0", "yesterday", "2099-01-01", "-1"])
def test_a_version_that_is_not_kept_is_refused_in_one_line(sheetcrm: CommandLine, book: Path, version: str) -> None:
    history(sheetcrm, book)
    before = book.read_bytes()
    refused = sheetcrm("undo", book, f"--to={version}")
    assert (refused.code, refused.err.count("\n"), book.read_bytes()) == (2, 1, before)


def test_as_many_versions_are_kept_as_she_wants(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path, keep_backups=2)
    files = history(sheetcrm, book)
    assert listed(sheetcrm, book) == [files[2], files[1]]
    assert sheetcrm("undo", book, "--to", 2).code == 0
    assert book.read_bytes() == files[1]


@pytest.mark.parametrize("value", ["many", 0, -3, 1.5])
def test_a_number_of_versions_that_is_none_is_said_and_means_the_usual_one(
    sheetcrm: CommandLine, tmp_path: Path, value: object
) -> None:
    book = salon(tmp_path, keep_backups=value)
    files = history(sheetcrm, book)
    assert listed(sheetcrm, book) == files[-2::-1]
    assert [p["code"] for p in sheetcrm("check", book, "--on", DAY, "--json").json["problems"]] == ["invalid-number"]
