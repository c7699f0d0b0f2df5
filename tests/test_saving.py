"""Saving: a whole old or a whole new file whatever happens, nothing of anybody's lost, nothing left lying about."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import DAY, append, column, edited, rows, salon, sheet, values

from sheetcrm.errors import WorkbookError
from sheetcrm.running import session as session_module
from sheetcrm.running.session import Session
from sheetcrm.workbook import exchange as exchange_module
from sheetcrm.workbook import saving
from sheetcrm.workbook.openness import opened_by
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, Saved, save, sweep

OLD, NEW, HERS = b"the old workbook" * 500, b"the new workbook" * 600, b"what she saved meanwhile" * 400


def nothing(_data: bytes) -> None:
    """Verify nothing."""


def she_saves(book: Path) -> None:
    book.write_bytes(HERS)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "desk" / "salon.xlsx"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def replaced(book: Path, backups: Path, verify: Callable[[bytes], None] = nothing) -> Saved:
    return save(book, OLD, NEW, backups=backups, verify=verify)


def lying_about(book: Path) -> list[str]:
    return sorted(path.name for path in book.parent.iterdir() if path != book)


def test_the_new_version_stands_there_and_the_old_one_is_kept_private(book: Path, backups: Path) -> None:
    done = replaced(book, backups)
    assert (book.read_bytes(), done.backup.read_bytes()) == (NEW, OLD)
    assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
    assert lying_about(book) == []


def test_what_is_read_back_wrong_never_takes_the_files_place(book: Path, backups: Path) -> None:
    def broken(_data: bytes) -> None:
        raise WorkbookError("not as meant", "")

    with pytest.raises(WorkbookError, match="not as meant"):
        replaced(book, backups, broken)
    assert (book.read_bytes(), lying_about(book)) == (OLD, [])


def test_what_she_saves_while_we_write_stays(book: Path, backups: Path) -> None:
    with pytest.raises(Conflict):
        replaced(book, backups, lambda _data: she_saves(book))
    assert (book.read_bytes(), lying_about(book)) == (HERS, [])


@pytest.mark.parametrize("saves", [1, 2, 3])
def test_what_she_saves_in_the_very_last_instants_stays(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    exchange, times = exchange_module.exchange, 0

    def late(new: Path, target: Path) -> None:
        nonlocal times
        times += 1
        if times <= saves:
            hers = target.with_name("excel.tmp")
            hers.write_bytes(HERS + b"!" * times)
            hers.replace(target)  # as Excel saves: a new file under the old name
        exchange(new, target)

    monkeypatch.setattr(saving, "exchange", late)
    with pytest.raises(Conflict):
        replaced(book, backups)
    assert (book.read_bytes(), lying_about(book)) == (HERS + b"!" * saves, [])


def test_a_file_that_is_gone_for_a_moment_is_a_conflict_not_a_failure(book: Path, backups: Path) -> None:
    with pytest.raises(Conflict):
        replaced(book, backups, lambda _data: book.unlink())
    assert lying_about(book) == []


def test_without_an_exchange_in_the_file_system_the_fallback_keeps_the_old_one_too(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.workbook.exchange._call", lambda *_arguments: False)
    assert replaced(book, backups).backup.read_bytes() == OLD
    assert (book.read_bytes(), lying_about(book)) == (NEW, [])


@pytest.mark.parametrize("note", ["~$salon.xlsx", "~$lon.xlsx", ".~lock.salon.xlsx#"])
def test_nothing_is_written_while_it_is_open(book: Path, backups: Path, note: str) -> None:
    book.with_name(note).write_bytes(b"")
    with pytest.raises(OpenElsewhere):
        replaced(book, backups)
    assert (book.read_bytes(), lying_about(book)) == (OLD, [note])


@pytest.mark.parametrize(
    ("note", "name"),
    [
        (b"\x05Maria".ljust(55) + b"\x05\0" + "Maria".encode("utf-16-le"), "Maria"),
        (b"\x04????".ljust(55) + b"\x04\0" + "Ірма".encode("utf-16-le"), "Ірма"),
        (b"\x05Owner" + b" " * 160, "Owner"),
        (b"\x05Maria".ljust(55) + b"\x05\0M", "Maria"),
        (bytes(range(256)), ""),
        (b"\xff" * 165, ""),
        (b"\x05\xcc\xe0\xf0\xe8\xff".ljust(165, b"\xff"), ""),
        (b"", ""),
    ],
)
def test_a_name_in_an_owner_file_is_shown_if_it_is_one(book: Path, note: bytes, name: str) -> None:
    book.with_name("~$salon.xlsx").write_bytes(note)
    assert opened_by(book) == name


def test_one_who_opens_it_while_we_write_is_not_written_under(book: Path, backups: Path) -> None:
    lock = book.with_name("~$salon.xlsx")
    with pytest.raises(OpenElsewhere):
        replaced(book, backups, lambda _data: lock.touch())
    assert (book.read_bytes(), lying_about(book)) == (OLD, [lock.name])


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")
def test_mode_and_symlink_stay(book: Path, backups: Path) -> None:
    book.chmod(0o640)
    link = book.parent.parent / "link.xlsx"
    link.symlink_to(book)
    replaced(link, backups)
    assert (link.is_symlink(), book.read_bytes(), stat.S_IMODE(book.stat().st_mode)) == (True, NEW, 0o640)


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and links")
def test_a_read_only_file_is_a_wish_and_a_second_name_is_not_cut_off(book: Path, backups: Path) -> None:
    book.chmod(0o444)
    with pytest.raises(WorkbookError, match="read-only"):
        replaced(book, backups)
    book.chmod(0o644)
    os.link(book, book.with_name("other.xlsx"))
    with pytest.raises(WorkbookError, match="hard link"):
        replaced(book, backups)
    assert book.read_bytes() == OLD


@pytest.mark.parametrize(("code", "expected"), [(errno.ENOSPC, "disk-full"), (errno.EIO, "not-saved")])
@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_a_failing_disk_is_said_in_one_line_and_leaves_the_old_file(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, expected: str
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise OSError(code, os.strerror(code))

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fails)
    else:
        monkeypatch.setattr(Path, call, fails)
    with pytest.raises(WorkbookError) as caught:
        replaced(book, backups)
    assert caught.value.code == expected
    assert (book.read_bytes(), lying_about(book)) == (OLD, [])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")
@pytest.mark.parametrize("kilobytes", range(20, 64, 8))
def test_a_really_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, kilobytes: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
import sys
from pathlib import Path
from sheetcrm.workbook import exchange as exchange_module
from sheetcrm.workbook import saving
from sheetcrm.errors import WorkbookError
book, old, new = Path({str(disk)!r}, "b.xlsx"), b"old" * 4000, b"new" * 9000
book.write_bytes(old)
saving.check_room = lambda *_: None
def verify(data):
    assert data == new
try:
    saving.save(book, old, new, backups=Path({str(tmp_path)!r}, "backups"), verify=verify)
    assert book.read_bytes() == new
except WorkbookError as error:
    assert error.code == "disk-full", error
    assert book.read_bytes() == old
assert [p.name for p in book.parent.iterdir()] == ["b.xlsx"]
"""
    mount = f"mount -t tmpfs -o size={kilobytes}k none {disk} && exec {sys.executable} -c '{script.replace(chr(39), chr(34))}'"
    done = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, text=True, check=False)
    if "mount" in done.stderr and "denied" in done.stderr:
        pytest.skip("no mounts here")
    assert done.returncode == 0, done.stderr


def test_a_disk_without_room_is_refused_before_anything_begins(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(book.parent)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(WorkbookError, match="too full"):
        replaced(book, backups)
    assert not backups.exists()


CALLS = ("write", "fsync", "chmod", "fchmod", "chown", "renameat2", "rename", "unlink", "close")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_system_call_there_is_a_whole_old_or_a_whole_new_file(tmp_path: Path, call: str) -> None:
    book, backups = tmp_path / "[my] salon.xlsx", tmp_path / "backups"
    script = (
        "import sys; from pathlib import Path; from sheetcrm.workbook.saving import save\n"
        "book, backups = Path(sys.argv[1]), Path(sys.argv[2]); old, new = b'o' * 30000, b'n' * 40000\n"
        "save(book, old, new, backups=backups, verify=lambda data: None)"
    )
    probe = f"inject={call}:signal=KILL:when="
    seen = set()
    for number in range(1, 200 if call != "close" else 12):
        book.write_bytes(b"o" * 30000)
        at = number if call != "close" else number * 25
        command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", f"{probe}{at}"]
        done = subprocess.run(
            [*command, sys.executable, "-c", script, str(book), str(backups)], capture_output=True, check=False
        )
        if b"Operation not permitted" in done.stderr or b"invalid" in done.stderr:
            pytest.skip(done.stderr.decode()[:200])
        now = book.read_bytes()
        assert now in (b"o" * 30000, b"n" * 40000)
        seen.add(now)
        sweep(book, backups)
        assert lying_about(book) in ([], ["backups"])
        assert {path.read_bytes() for path in backups.glob("*")} <= {b"o" * 30000}
        if done.returncode == 0:
            break
    assert b"n" * 40000 in seen


def test_a_whole_workbook_left_by_a_kill_is_kept_among_the_backups(tmp_path: Path, backups: Path) -> None:
    backups.mkdir()
    book = salon(tmp_path)
    whole, half = tmp_path / ".sheetcrm-salon-abc.tmp", tmp_path / ".sheetcrm-salon-xyz.tmp"
    whole.write_bytes(book.read_bytes())
    half.write_bytes(book.read_bytes()[:500])
    sweep(book, backups)
    assert [path.read_bytes() for path in backups.iterdir()] == [book.read_bytes()]
    assert not whole.exists()
    assert not half.exists()


# with a real workbook


def test_her_change_between_our_read_and_our_swap_wins_and_ours_is_made_anew(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    times = 0

    def late(path: Path, before: bytes, after: bytes, *, backups: Path, verify: Callable[[bytes], None]) -> Saved:
        def and_she_saves(data: bytes) -> None:
            nonlocal times
            times += 1
            verify(data)
            if times == 1:
                with edited(book) as file:
                    page = sheet(file, "Clients")
                    page.cell(2, column(page, "Notes")).value = "likes tea"
                    append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": 11.0})

        return save(path, before, after, backups=backups, verify=and_she_saves)

    monkeypatch.setattr(session_module, "save", late)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["written"], times) == (0, True, 2)
    assert values(book, "Clients", "Notes", "Visits", "Total spend")[0] == ("likes tea", 3, 111)


def test_one_who_saves_again_and_again_is_left_alone(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)

    def never(*_arguments: object, **_named: object) -> Saved:
        raise Conflict(book.name)

    monkeypatch.setattr(session_module, "save", never)
    before = book.read_bytes()
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["written"], book.read_bytes() == before) == (1, False, True)


def test_backups_are_made_once_per_version_and_trimmed(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path)
    for _ in range(3):
        sheetcrm("refresh", book, "--on", DAY)
        sheetcrm("undo", book)
    assert len([path for path in (sheetcrm.state / "backups").rglob("*") if path.is_file()]) == 2
    assert rows(book, "Clients")[0]["Visits"] is None
    with Session(book) as session:
        assert session.book.data == book.read_bytes()
