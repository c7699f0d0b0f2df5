"""Killed at every system call of a save, from the first note in the journal to the last that reaches the disk.

The suite takes a sample of the calls, the same each time; `SHEETCRM_ALL_SWEEPS=1 pytest tests/test_kill_sweep.py` takes all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from owner_hand import DAY, rows, salon
from struck_desk import SAMPLE, Desk, quick_folder, sampled, wrong_at
from system_calls import Call, Server, server, straced

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(straced()), reason=straced())]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Server]:
    with server(folder / "server") as started:
        yield started


@pytest.fixture(scope="module")
def desk(run: Server, folder: Path) -> Desk:
    return Desk(run, folder / "owner")


@pytest.fixture(scope="module")
def calls(desk: Desk) -> list[Call]:
    return desk.calls()


def at(calls: list[Call], name: str, *texts: str) -> list[int]:
    """Where in the save a call of that name mentions these texts."""
    return [i for i, call in enumerate(calls) if call.name == name and all(text in call.text for text in texts)]


def test_the_new_workbook_is_on_the_disk_before_its_name_and_the_old_one_is_kept_before_both(
    desk: Desk, calls: list[Call]
) -> None:
    desk.lay_out()
    [exchange] = at(calls, "renameat2", "RENAME_EXCHANGE")
    [written] = at(calls, "fsync", f"{desk.folder}/.sheetcrm-")
    [named] = at(calls, "fsync", f"{desk.folder}>")
    [kept] = at(calls, "fsync", ".part>")
    [kept_as] = at(calls, "rename", ".part")
    folder = next(iter(desk.backups.iterdir()))
    [in_folder] = at(calls, "fsync", f"{folder}>")
    assert kept < kept_as < in_folder < written < exchange < named
    for what in ("fchmod", "fchown", "write"):
        assert max(at(calls, what, f"{desk.folder}/.sheetcrm-")) < written


def test_the_journal_reaches_the_disk_with_each_commit(calls: list[Call]) -> None:
    cleared = at(calls, "pwrite64", ".sqlite-journal>", ", 28, 0)")  # the header of zeros that ends a transaction
    assert len(cleared) >= 2
    for commit in cleared:
        before = [i for i in at(calls, "fdatasync", ".sqlite>") if i < commit]
        assert before
        assert not [i for i in at(calls, "pwrite64", ".sqlite>") if before[-1] < i < commit]
        assert commit + 1 in at(calls, "fdatasync", ".sqlite-journal>")


def test_killed_at_any_system_call_of_a_save_the_book_is_whole_and_the_next_run_completes_it(
    desk: Desk, calls: list[Call]
) -> None:
    points = [f"inject={call.name}:signal=KILL:when={call.number}" for call in calls]
    changing = {"write", "fchmod", "fsync", "renameat2", "rename", "unlink"}
    at_the_desk = [p for p, c in zip(points, calls, strict=True) if c.name in changing and str(desk.folder) in c.text]
    seen = {desk.old: 0, desk.new: 0}

    def check(point: str) -> None:
        desk.lay_out()
        assert desk.refresh(strace=["-e", point]).code == -9
        seen[desk.whole()] += 1
        desk.recovers(undo=True)

    chosen = sampled(points, at_the_desk[:SAMPLE])
    assert wrong_at(chosen, check) == []
    print(f"{len(chosen)} of {len(points)} calls: {seen[desk.old]} old, {seen[desk.new]} new")  # noqa: T201 - for a report
    assert 0 not in seen.values()


@pytest.mark.parametrize("links", [True, False], ids=["with links", "without links"])
def test_killed_within_the_fallback_the_book_is_whole_and_the_next_run_completes_it(desk: Desk, links: bool) -> None:
    exchange = ["-e", "inject=renameat2:error=EINVAL"]
    foreign = exchange if links else [*exchange, "-e", "inject=link:error=EPERM"]
    desk.lay_out()
    done = desk.refresh(strace=foreign)
    assert (done.code, desk.book.read_bytes() == desk.new) == (0, True)
    end = max(i for i, c in enumerate(done.calls) if f"{desk.folder}/.sheetcrm-" in c.text)
    begin = next(i for i, c in enumerate(done.calls) if c.name == "renameat2")
    steps = {"link", "rename", "openat", "fsync", "sendfile", "copy_file_range", "unlink", "write"}
    within = [c for c in done.calls[begin : end + 1] if c.name in steps and (links or c.name != "link")]
    seen = set()

    def check(point: str) -> None:
        desk.lay_out()
        assert desk.refresh(strace=[*foreign, "-e", point]).code == -9
        seen.add(desk.whole())
        desk.recovers()

    assert wrong_at([f"inject={c.name}:signal=KILL:when={c.number}" for c in within], check) == []
    assert seen == {desk.old, desk.new}


def test_killed_at_any_change_of_the_first_refresh_ever_the_next_one_completes_it(run: Server, folder: Path) -> None:
    changing = {"openat", "mkdir", "rename", "renameat2", "fsync", "fdatasync", "write", "ftruncate", "unlink"}
    number = 0

    def refresh(strace: list[str] | None) -> tuple[Path, int, list[Call]]:
        place = folder / f"first{number}"
        place.mkdir(exist_ok=True)
        book = place / "salon.xlsx"
        if not book.exists():
            salon(place)
        environ = {"SHEETCRM_STATE": str(place / "state")}
        done = run("refresh", book, "--on", DAY, strace=strace, environ=environ, whole=True)
        return book, done.code, list(done.calls)

    book, _, calls = refresh([])
    wanted = [rows(book, table) for table in ("Clients", "Visits", "Outbox")]
    ours = [c for c in calls if c.name in changing and str(folder) in c.text and "O_RDONLY" not in c.text]

    def check(point: str) -> None:
        nonlocal number
        number += 1
        assert refresh(["-e", point])[1] == -9
        book, code, _ = refresh(None)
        assert code == 0
        assert [rows(book, table) for table in ("Clients", "Visits", "Outbox")] == wanted
        assert [p.name for p in book.parent.iterdir() if p.name not in ("salon.xlsx", "state")] == []
        assert list((book.parent / "state").rglob("*.part")) == []

    points = sampled([f"inject={c.name}:signal=KILL:when={c.number}" for c in ours])
    assert wrong_at(points[:12] if len(points) < len(ours) else points, check) == []
