"""Saving: a whole old or a whole new file whatever happens, nothing of anybody's lost, nothing left lying about."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine
from owner_hand import DAY, append, column, edited, rows, salon, sheet, values

from sheetcrm.errors import WorkbookError
from sheetcrm.running import session as session_module
from sheetcrm.running.session import Session
from sheetcrm.running.versions import trim
from sheetcrm.workbook import exchange as exchange_module
from sheetcrm.workbook import leftovers, saving
from sheetcrm.workbook.backups import back_up, digest, files_in
from sheetcrm.workbook.exchange import KEPT
from sheetcrm.workbook.leftovers import Interrupted, put_back, sweep, written_beside
from sheetcrm.workbook.openness import opened_by
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, Saved, SavedUnsure, save

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


def long_ago(left: Path) -> Path:
    """Let what a save left be of yesterday, by its name."""
    beginning, mark, at, end = left.name.rsplit("-", 3)
    return left.rename(left.with_name(f"{beginning}-{mark}-{int(at, 16) - 86400:x}-{end}"))


def of_the_save_of(ours: bytes, left: Path) -> Path:
    """Let a file beside a workbook be the one that the save of these bytes left."""
    beginning, _, at, end = left.name.rsplit("-", 3)
    return left.rename(left.with_name(f"{beginning}-{digest(ours)[:16]}-{at}-{end}"))


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_in_a_shared_folder_where_only_owners_replace_files_a_colleagues_file_is_left(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(book, 4321, 8765)
    book.chmod(0o666)
    book.parent.chmod(0o1777)
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with pytest.raises(WorkbookError, match="read-only"):
        replaced(book, backups)
    assert ([path.name for path in book.parent.glob(".*")], book.read_bytes()) == ([], OLD)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    replaced(book, backups)
    assert book.read_bytes() == NEW


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_a_second_name_that_a_save_left_does_not_lock_the_workbook(book: Path, backups: Path) -> None:
    temporary = written_beside(book, NEW)
    temporary.unlink()
    os.link(book, temporary.with_name(temporary.name + KEPT))
    replaced(book, backups)
    assert book.read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(("call", "failed"), [("fsync", "backup"), ("fchmod", "not-saved"), ("replace", "backup")])
def test_a_failing_disk_is_said_in_one_line_and_leaves_the_old_file(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, call: str, failed: str, code: int
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path if call == "replace" else os, call, fails)
    with pytest.raises(WorkbookError) as caught:
        replaced(book, backups)
    assert caught.value.code == ("disk-full" if code == errno.ENOSPC else failed)
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
saving._check_free = lambda *_: None
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


def test_a_whole_workbook_left_by_a_kill_is_kept_among_the_backups(tmp_path: Path, backups: Path) -> None:
    backups.mkdir()
    book = salon(tmp_path)
    for data in (book.read_bytes(), book.read_bytes()[:500]):
        long_ago(written_beside(book, data))
    assert sweep(book, backups).changed is False
    assert [path.read_bytes() for path in backups.iterdir()] == [book.read_bytes()]
    assert lying_about(book) == ["backups"]


def test_what_another_program_kept_from_being_taken_away_goes_with_the_next_run(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(saving, "remove", lambda _temporary: None)
        assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert len(lying_about(book)) == 2
    with edited(book) as file:
        append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": 11.0})
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert lying_about(book) == ["state"]


def test_what_lies_there_of_another_workbook_is_not_touched(tmp_path: Path, backups: Path) -> None:
    backups.mkdir()
    book, other = salon(tmp_path), tmp_path / "salon-2.xlsx"
    others = [written_beside(Path(shutil.copy(book, path)), OLD) for path in (other, tmp_path / "salon.xlsm")]
    sweep(book, backups)
    assert all(path.exists() for path in others)


def test_a_name_as_long_as_a_file_system_allows_is_saved(book: Path, backups: Path) -> None:
    long = book.rename(book.with_name("я" * 120 + ".xlsx"))
    replaced(long, backups)
    assert (long.read_bytes(), lying_about(long)) == (NEW, [])
    longest = long.rename(long.with_name("a" * 250 + ".xlsx"))
    assert opened_by(longest) is None
    save(longest, NEW, OLD, backups=backups, verify=nothing)
    assert (longest.read_bytes(), lying_about(longest)) == (OLD, [])


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_file_that_another_program_holds_while_we_save_is_open_elsewhere(
    book: Path, backups: Path, code: int
) -> None:
    def held(_data: bytes) -> None:
        error = PermissionError(errno.EACCES, "The process cannot access the file", str(book))
        error.winerror = code  # type: ignore[attr-defined]
        raise error

    with pytest.raises(OpenElsewhere):
        replaced(book, backups, held)
    assert (book.read_bytes(), lying_about(book)) == (OLD, [])


def test_what_was_to_be_written_is_no_earlier_version(tmp_path: Path, backups: Path) -> None:
    backups.mkdir()
    book = salon(tmp_path)
    written_beside(book, book.read_bytes())
    sweep(book, backups, Interrupted("of the old one", digest(book.read_bytes())))
    assert (list(backups.iterdir()), lying_about(book)) == ([], ["backups"])


@pytest.mark.parametrize("end", ["", ".old"])
def test_what_she_saved_in_the_instant_of_a_kill_goes_back_and_ours_is_made_anew(
    tmp_path: Path, backups: Path, end: str
) -> None:
    backups.mkdir()
    book = salon(tmp_path)
    ours = book.read_bytes()
    with edited(book) as file:
        append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": 11.0})
    hers = book.read_bytes()
    left = of_the_save_of(ours, written_beside(book, hers))
    left.rename(left.with_name(left.name + end))
    book.write_bytes(ours)
    assert sweep(book, backups, Interrupted("of the old one", digest(ours))) == (True, False, False)
    assert (book.read_bytes() == hers, lying_about(book)) == (True, ["backups"])
    assert [path.read_bytes() == hers for path in backups.iterdir()] == [True]


def test_what_she_saved_in_the_instant_of_a_kill_is_not_put_under_her_open_program_but_kept_and_told(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    hers = book.read_bytes()
    killed_before_it_is_noted(sheetcrm, book, monkeypatch)
    ours = book.read_bytes()
    with edited(book) as file:
        append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": 11.0})
    hers = book.read_bytes()
    book.write_bytes(ours)
    of_the_save_of(ours, written_beside(book, hers))
    book.with_name("~$salon.xlsx").touch()
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (done.code, book.read_bytes() == ours) == (0, True)
    assert "salon.xlsx that was saved in the very moment of an interrupted write" in done.err
    kept = [path.read_bytes() for path in (sheetcrm.state / "backups").rglob("*.xlsx")]
    assert (hers in kept, lying_about(book)) == (True, ["state", "~$salon.xlsx"])


def test_what_is_saved_while_hers_goes_back_stays_and_both_are_kept(
    tmp_path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.mkdir()
    book = salon(tmp_path)
    ours, versions = book.read_bytes(), []
    for amount in (11.0, 12.0):
        with edited(book) as file:
            append(sheet(file, "Visits"), {"Date": DAY, "Client": "C1", "Amount": amount})
        versions.append(book.read_bytes())
    of_the_save_of(ours, written_beside(book, versions[0]))
    book.write_bytes(ours)

    def late(new: Path, target: Path) -> None:
        if target.read_bytes() == ours:
            target.write_bytes(versions[1])
        exchange_module.exchange(new, target)

    monkeypatch.setattr(leftovers, "exchange", late)
    sweep(book, backups, Interrupted("of the old one", digest(ours)))
    assert (book.read_bytes() == versions[1], lying_about(book)) == (True, ["backups"])
    assert [path.read_bytes() for path in files_in(backups)] == versions[::-1]


@pytest.mark.parametrize(("when", "stands"), [("before", OLD), ("behind", NEW)])
def test_the_clearing_away_of_another_computer_leaves_a_save_alone_that_is_under_way(
    book: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, stands: bytes
) -> None:
    other = tmp_path / "other"
    other.mkdir()

    def racing(new: Path, target: Path) -> None:
        if when == "before":
            sweep(target, other, Interrupted("of another", "save"))
        exchange_module.exchange(new, target)
        if when == "behind":
            sweep(target, other)

    monkeypatch.setattr(saving, "exchange", racing)
    replaced(book, backups)
    assert (book.read_bytes(), lying_about(book), list(other.iterdir())) == (NEW, [], [])

    def vanishes(new: Path, target: Path) -> None:
        if when == "before":
            new.unlink()
        exchange_module.exchange(new, target)
        if when == "behind":
            new.unlink()

    book.write_bytes(OLD)
    monkeypatch.setattr(saving, "exchange", vanishes)
    if when == "before":
        with pytest.raises(Conflict):
            replaced(book, backups)
    else:
        replaced(book, backups)
    assert (book.read_bytes(), lying_about(book)) == (stands, [])


def test_a_write_behind_which_she_saves_before_it_was_looked_at_is_known_as_ours_and_can_be_taken_back(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, times = salon(tmp_path), 0

    def swept_and_saved(new: Path, target: Path) -> None:
        nonlocal times
        exchange_module.exchange(new, target)
        times += 1
        if times == 1:
            new.unlink()
            with edited(target) as file:
                page = sheet(file, "Clients")
                page.cell(2, column(page, "Notes")).value = "likes tea"

    monkeypatch.setattr(saving, "exchange", swept_and_saved)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert values(book, "Clients", "Notes", "Visits", "Total spend")[0] == ("likes tea", 2, 100)
    monkeypatch.undo()
    monkeypatch.setenv("SHEETCRM_STATE", str(sheetcrm.state))
    with edited(book) as file:
        visits = sheet(file, "Visits")
        visits.cell(6, column(visits, "Date")).value = date(2026, 12, 4)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 12, 4)
    for _ in range(3):
        sheetcrm("undo", book)
    assert rows(book, "Clients")[0].get("Total spend") is None
    assert rows(book, "Clients")[0]["Notes"] == "likes tea"


def test_a_workbook_that_a_kill_left_without_its_name_gets_it_back(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path)
    left = long_ago(written_beside(book, b"the new one, not whole"))
    book.rename(left.with_name(left.name + ".old"))
    assert put_back(book.with_name("another.xlsx")) is False
    with Session(book) as session:
        assert session.book.data == book.read_bytes()
    assert lying_about(book) == ["state"]
    assert sheetcrm("refresh", book, "--on", DAY).code == 0


@pytest.mark.parametrize("step", ["link", "samefile", "first replace", "second replace"])
def test_whatever_fails_within_the_fallback_there_is_a_whole_book_and_the_old_one_too(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr("sheetcrm.workbook.exchange._call", lambda *_arguments: False)
    replace, done = Path.replace, 0

    def fails(*_arguments: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def replaces(old: Path, new: Path) -> None:
        nonlocal done
        done += old.parent == book.parent
        if done == ("first replace", "second replace").index(step) + 1:
            fails()
        replace(old, new)

    if "replace" in step:
        monkeypatch.setattr(Path, "replace", replaces)
    else:
        monkeypatch.setattr(os if step == "link" else Path, step, fails)
    if step in ("samefile", "first replace"):
        with pytest.raises(WorkbookError, match="could not be saved"):
            replaced(book, backups)
    elif step == "second replace":
        with pytest.raises(SavedUnsure):
            replaced(book, backups)
        assert [path.read_bytes() for path in book.parent.iterdir() if path != book] == [OLD]
    else:
        replaced(book, backups)
    assert book.read_bytes() == (OLD if step in ("samefile", "first replace") else NEW)
    sweep(book, backups, Interrupted(digest(OLD), digest(NEW)))
    assert (lying_about(book), [path.read_bytes() for path in backups.iterdir()]) == ([], [OLD])


def test_what_she_saves_while_the_fallback_takes_a_copy_is_seen(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.workbook.exchange._call", lambda *_arguments: False)
    copy, times = shutil.copy2, 0

    def no_links(*_arguments: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def late(source: Path, target: Path) -> None:
        nonlocal times
        copy(source, target)
        times += 1
        if times == 1:
            she_saves(book)

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(shutil, "copy2", late)
    with pytest.raises(Conflict):
        replaced(book, backups)
    assert (book.read_bytes(), lying_about(book)) == (HERS, [])


def test_a_folder_that_cannot_be_synced_is_told_as_a_book_that_was_written(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_folder: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(saving, "sync_folder", fails)
    with pytest.raises(SavedUnsure, match="was written, but then its disk reported an error"):
        replaced(book, backups)
    assert (book.read_bytes(), lying_about(book)) == (NEW, [])


# who may read it

ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)  # owner, a user, the group, mask, others
    for entry in ((1, 6, 2**32 - 1), (2, 4, 4321), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1))
)


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path) if not name.startswith("security.")}


def attributed(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"no {name} here: {error}")


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes as Linux has them")
def test_access_list_and_other_attributes_of_the_book_stay(book: Path, backups: Path) -> None:
    attributed(book, "user.label", b"clients")
    attributed(book, "system.posix_acl_access", ACL)
    before, mode = attributes(book), book.stat().st_mode
    replaced(book, backups)
    assert (book.read_bytes(), attributes(book), book.stat().st_mode) == (NEW, before, mode)


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes as Linux has them")
def test_nobody_gets_in_by_the_access_list_of_the_folder_or_by_one_that_cannot_be_kept(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attributed(book.parent, "system.posix_acl_default", ACL)
    book.chmod(0o640)
    replaced(book, backups)
    assert (attributes(book), stat.S_IMODE(book.stat().st_mode)) == ({}, 0o640)
    attributed(book, "system.posix_acl_access", ACL)

    def fails(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "setxattr", fails)
    save(book, NEW, OLD, backups=backups, verify=nothing)
    assert stat.S_IMODE(book.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owner_and_group_stay_and_another_group_gets_no_more_than_everybody(
    book: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(book, 4321, 8765)
    book.chmod(0o660)
    replaced(book, backups)
    status = book.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (4321, 8765, 0o660)

    def fails(*_arguments: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchown", fails)
    save(book, NEW, OLD, backups=backups, verify=nothing)
    assert (book.stat().st_gid, stat.S_IMODE(book.stat().st_mode)) == (0, 0o600)


# the backups


def test_a_backup_is_dated_and_the_order_of_names_is_the_order_of_time(backups: Path) -> None:
    backups.mkdir()
    files = [back_up(data, backups, ".xlsx") for data in (b"one", b"two", b"three")]
    assert all(re.fullmatch(r"\d{4}(-\d\d){2}T\d\d-\d\d-\d\d\.\d{3}Z_[0-9a-f]{16}\.xlsx", path.name) for path in files)
    assert files_in(backups) == files[::-1] == sorted(files, reverse=True)
    again = back_up(b"one", backups, ".xlsx")
    assert ([path.read_bytes() for path in files_in(backups)], again.exists()) == ([b"one", b"three", b"two"], True)


def test_a_version_of_the_future_made_under_a_wrong_clock_is_no_later_one(backups: Path) -> None:
    backups.mkdir()
    for day, data in (("2099-01-01", b"one"), ("2099-01-02", b"two")):
        (backups / f"{day}T00-00-00.000Z_{digest(data)[:16]}.xlsx").write_bytes(data)
    back_up(b"three", backups, ".xlsx")
    assert [path.read_bytes() for path in files_in(backups)] == [b"three", b"two", b"one"]
    assert not list(backups.glob("2099*"))


def test_a_version_of_an_earlier_sheetcrm_without_a_date_is_known_by_its_time(backups: Path) -> None:
    backups.mkdir()
    for at, data in ((2000, b"two"), (1000, b"one")):
        path = backups / f"{digest(data)[:16]}.xlsx"
        path.write_bytes(data)
        os.utime(path, (at, at))
    back_up(b"three", backups, ".xlsx")
    assert [path.read_bytes() for path in files_in(backups)] == [b"three", b"two", b"one"]
    assert back_up(b"one", backups, ".xlsx") == files_in(backups)[0]
    assert len(list(backups.iterdir())) == 3


def test_what_other_programs_leave_among_the_versions_is_none_and_stays(backups: Path) -> None:
    backups.mkdir()
    kept = back_up(OLD, backups, ".xlsx")
    names = (".DS_Store", "Thumbs.db", "desktop.ini", f"._{kept.name}", f"{kept.stem} (1).xlsx", "notes.txt")
    for name in names:
        (backups / name).write_bytes(b"")
    assert files_in(backups) == [kept]
    trim(backups, 0)
    assert sorted(path.name for path in backups.iterdir()) == sorted(names)


def test_a_copy_that_is_damaged_is_made_anew(backups: Path) -> None:
    backups.mkdir()
    back_up(OLD, backups, ".xlsx").write_bytes(NEW[: len(OLD)])
    assert back_up(OLD, backups, ".xlsx").read_bytes() == OLD
    assert len(list(backups.iterdir())) == 1


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


def killed_before_it_is_noted(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    before = book.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(session_module, "note_saved", killed)
        assert sheetcrm("refresh", book, "--on", DAY).code == 130
    assert book.read_bytes() != before


def test_a_save_that_was_killed_before_it_was_noted_can_be_taken_back(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    before = book.read_bytes()
    killed_before_it_is_noted(sheetcrm, book, monkeypatch)
    assert sheetcrm("undo", book, "--dry-run").code == 0
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == before


def test_a_next_visit_written_by_a_save_that_was_killed_is_not_taken_for_hers(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    killed_before_it_is_noted(sheetcrm, book, monkeypatch)
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 11, 27)
    with edited(book) as file:
        visits = sheet(file, "Visits")
        visits.cell(6, column(visits, "Date")).value = date(2026, 12, 4)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == date(2026, 12, 4)


@pytest.mark.parametrize("left", ["all of it", "half of it"])
def test_a_save_that_was_killed_before_its_file_took_the_place_costs_no_step_of_an_undo_though_she_saved_since(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    book = salon(tmp_path)
    before = book.read_bytes()
    killed_before_it_is_noted(sheetcrm, book, monkeypatch)
    ours = book.read_bytes()
    of_the_save_of(ours, written_beside(book, ours if left == "all of it" else ours[: len(ours) // 2]))
    book.write_bytes(before)
    with edited(book) as file:
        page = sheet(file, "Clients")
        page.cell(2, column(page, "Notes")).value = "likes tea"
    hers = book.read_bytes()
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == hers
    done = sheetcrm("undo", book, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "nothing-to-undo")


def test_a_next_visit_that_an_undo_of_many_writes_brings_back_is_still_ours(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    book = salon(tmp_path)
    days = [date(2026, 12, day) for day in (1, 2, 3, 4, 7, 8)]

    def moved(day: date) -> object:
        with edited(book) as file:
            visits = sheet(file, "Visits")
            visits.cell(6, column(visits, "Date")).value = day
        assert sheetcrm("refresh", book, "--on", DAY).code == 0
        return dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"]

    assert [moved(day) for day in days] == days
    for _ in days[1:]:
        assert sheetcrm("undo", book).code == 0
    assert dict(values(book, "Clients", "Name", "Next visit"))["Eve Green"] == days[0]
    assert moved(date(2026, 12, 9)) == date(2026, 12, 9)


def test_backups_are_made_once_per_version_and_trimmed(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book = salon(tmp_path)
    for _ in range(3):
        sheetcrm("refresh", book, "--on", DAY)
        sheetcrm("undo", book)
    assert len([path for path in (sheetcrm.state / "backups").rglob("*") if path.is_file()]) == 2
    assert rows(book, "Clients")[0]["Visits"] is None
    with Session(book) as session:
        assert session.book.data == book.read_bytes()
