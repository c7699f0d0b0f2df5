"""A workbook behind a password: opened with what is known, saved behind the same, nothing of it in the open."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import struct
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import msoffcrypto
import olefile  # type: ignore[import-untyped]
import openpyxl
import pytest
from command_line import CommandLine
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from keyring.backends.fail import Keyring as NoKeyring
from keyring_backend import FileKeyring
from owner_hand import CLIENTS, DAY, salon
from terminal import Conversation

import sheetcrm as crm
from sheetcrm.errors import WorkbookError, WorkbookPassword, WorkbookUnreadable
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.running import passwords
from sheetcrm.testing import MemoryTransport, make_workbook
from sheetcrm.workbook import encryption, leftovers, saving
from sheetcrm.workbook.encryption import decrypted, encrypted, is_whole
from sheetcrm.workbook.exchange import exchange
from sheetcrm.workbook.leftovers import sweep, written_beside
from sheetcrm.xlsx.compound import compound_file

SECRET = "Sekret ż1 & more"
VARIABLE = "SHEETCRM_WORKBOOK_PASSWORD"
EARLIER = "SHEETCRM_EARLIER_PASSWORD"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROOT = Path(__file__).resolve().parents[1]


def locked(path: Path, password: str = SECRET) -> Path:
    """Put a workbook behind a password."""
    path.write_bytes(encrypted(path.read_bytes(), password))
    return path


def package(path: Path, password: str = SECRET) -> bytes:
    """What is in it, by the library itself."""
    out = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(path.read_bytes()))
    office.load_key(password=password, verify_password=True)
    office.decrypt(out, verify_integrity=True)
    return out.getvalue()


def column(path: Path, header: str, password: str = SECRET) -> list[Any]:
    rows = openpyxl.load_workbook(io.BytesIO(package(path, password)))["Clients"].values
    headers = next(rows)
    return [row[headers.index(header)] for row in rows if any(row)]


def states(path: Path) -> list[Path]:
    return [p for p in path.rglob("*") if p.is_file()]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return locked(salon(tmp_path))


@pytest.fixture
def known(sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sheetcrm.state.name == "state"  # which has emptied the environment first
    monkeypatch.setenv(VARIABLE, SECRET)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileKeyring]:
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    before, own = keyring.get_keyring(), FileKeyring()  # type: ignore[no-untyped-call]
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


def entries(own: FileKeyring) -> list[tuple[str, str]]:
    """What the keyring holds: whose (without the digest of the place) and which."""
    return [(re.sub(r" [0-9a-f]{16}$", "", name), secret) for name, secret in own.known().items()]


# it works, and stays behind its password


@pytest.mark.usefixtures("known")
def test_a_refreshed_workbook_has_its_figures_and_stays_behind_the_same_password(
    sheetcrm: CommandLine, book: Path
) -> None:
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["written"], book.read_bytes()[:8]) == (0, True, OLE)
    assert column(book, "Total spend") == [100, 30, 80, 0]


@pytest.mark.usefixtures("known")
def test_a_second_refresh_writes_nothing_though_each_encryption_gives_other_bytes(
    sheetcrm: CommandLine, book: Path
) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    before = (book.read_bytes(), book.stat().st_mtime_ns)
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["changed"] == 0  # known by the file's own bytes
    for note in sheetcrm.state.glob("*.unchanged.json"):
        note.unlink()
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["changed"] == 0  # known by what it holds
    assert (book.read_bytes(), book.stat().st_mtime_ns) == before
    assert encrypted(b"PK", SECRET) != encrypted(b"PK", SECRET)


@pytest.mark.usefixtures("sheetcrm")
def test_a_run_sends_once_and_its_record_stands_behind_the_password(book: Path) -> None:
    transport = MemoryTransport()
    reports = [crm.run(book, on=DAY, transport=transport, password=SECRET) for _ in range(2)]
    assert [(r.sent, r.written) for r in reports] == [(2, True), (0, False)]
    sent = openpyxl.load_workbook(io.BytesIO(package(book)))["Sent"].values
    assert [row[3] for row in sent][1:3] == ["Anna Smith", "Jo Brown"]


@pytest.mark.usefixtures("known")
def test_undo_gives_back_the_very_file_and_each_version_is_behind_the_password(
    sheetcrm: CommandLine, book: Path
) -> None:
    before = book.read_bytes()
    sheetcrm("refresh", book, "--on", DAY)
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == before
    versions = [p.read_bytes()[:8] for p in (sheetcrm.state / "backups").rglob("*.xlsx")]
    assert set(versions) == {OLE}
    assert len(versions) == 2


@pytest.mark.usefixtures("known")
def test_what_she_did_since_stays_when_only_our_cells_are_taken_back(sheetcrm: CommandLine, book: Path) -> None:
    sheetcrm("refresh", book, "--on", DAY)
    hers = openpyxl.load_workbook(io.BytesIO(package(book)))
    hers["Clients"].cell(2, 2).value = "Anna Smith-Jones"
    out = io.BytesIO()
    hers.save(out)
    book.write_bytes(encrypted(out.getvalue(), SECRET))
    assert sheetcrm("undo", book).code == 0
    assert column(book, "Total spend") == [None] * 4
    assert column(book, "Name")[0] == "Anna Smith-Jones"


@pytest.mark.usefixtures("known")
def test_a_list_behind_a_password_is_adopted_behind_it_and_so_is_the_copy(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = locked(make_workbook(tmp_path / "list.xlsx", "Name | Phone\nAnna Smith | 020 7946 0101"))
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--country", "GB", "--yes", "--json")
    assert (done.code, done.json["written"], book.read_bytes()[:8]) == (0, True, OLE)
    assert Path(done.json["copy"]).read_bytes() == before
    assert "Campaigns" in openpyxl.load_workbook(io.BytesIO(package(book))).sheetnames


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "command", [("check",), ("plan", "--on", DAY), ("run", "--dry-run"), ("diff",), ("undo", "--list"), ("doctor",)]
)
def test_every_command_opens_it(sheetcrm: CommandLine, book: Path, command: tuple[object, ...]) -> None:
    done = sheetcrm(command[0], book, *command[1:])
    assert "password" not in done.err
    assert done.code in (0, 2)  # doctor: no mail server


@pytest.mark.usefixtures("known")
def test_an_outcome_is_resolved_in_it(sheetcrm: CommandLine, book: Path, tmp_path: Path) -> None:
    sheetcrm("run", book, "--on", DAY, "--outbox", tmp_path / "out")
    done = sheetcrm("resolve", book, "0000000000", "sent")
    assert (done.code, "password" in done.err) == (2, False)


def test_an_older_kind_of_encryption_is_read_and_becomes_that_of_today(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = salon(tmp_path)
    book.write_bytes(standard(book.read_bytes(), SECRET))
    assert msoffcrypto.OfficeFile(io.BytesIO(book.read_bytes())).type == "standard"
    monkeypatch.setenv(VARIABLE, SECRET)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert msoffcrypto.OfficeFile(io.BytesIO(book.read_bytes())).type == "agile"
    assert column(book, "Total spend") == [100, 30, 80, 0]


def standard(data: bytes, password: str) -> bytes:
    """Encrypt as Office 2007 does ([MS-OFFCRYPTO] 2.3.4.5 and on), AES-128."""

    def aes(content: bytes) -> bytes:
        cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - what the format wants
        return cipher.update(content + bytes(-len(content) % 16)) + cipher.finalize()

    salt = os.urandom(16)
    digest = hashlib.sha1(salt + password.encode("utf-16-le")).digest()  # noqa: S324 - as above
    for number in range(50_000):
        digest = hashlib.sha1(struct.pack("<I", number) + digest).digest()  # noqa: S324 - as above
    final = hashlib.sha1(digest + bytes(4)).digest()  # noqa: S324 - as above
    key = hashlib.sha1((final + bytes(64 - 20)).translate(bytes(b ^ 0x36 for b in range(256)))).digest()[:16]  # noqa: S324
    verifier = os.urandom(16)
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + provider
    checked = hashlib.sha1(verifier).digest()  # noqa: S324 - as above
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header
    info += struct.pack("<I", 16) + salt + aes(verifier) + struct.pack("<I", 20) + aes(checked)
    return compound_file({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(data)) + aes(data)})


@pytest.mark.parametrize("size", [0, 3000, 3750, 4100, 6_950_000, 7_030_000, 15_000_000, 24_000_000])
def test_the_container_is_sound_at_every_size(size: int) -> None:
    """Small ones stand among the short streams, those over 7 MB need a list of sectors beyond the header."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a", bytes(size))
    data = encrypted(out.getvalue(), SECRET)
    with olefile.OleFileIO(data, raise_defects=olefile.DEFECT_UNSURE) as ole:
        assert ["\x06DataSpaces", "DataSpaceMap"] in ole.listdir()
        tables, first, lists = (struct.unpack_from("<I", data, at)[0] for at in (44, 68, 72))
    listed = list(struct.unpack_from("<109I", data, 76))
    for _ in range(lists):
        *more, first = struct.unpack_from("<128I", data, 512 + 512 * first)
        listed += more
    assert (first, [n for n in listed if n < 0xFFFFFFFA]) == (0xFFFFFFFE, list(range(tables)))
    assert decrypted(data, "a.xlsx", SECRET, checked=True) == out.getvalue()
    assert (is_whole(data), is_whole(data[:-512])) == (True, False)


# which password


@pytest.mark.usefixtures("kept")
def test_what_is_said_beats_the_environment_which_beats_the_keyring(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords.keep(book, SECRET)
    assert len(crm.open_workbook(book).clients) == 4
    monkeypatch.setenv(VARIABLE, SECRET)
    found = passwords.find(book)
    assert (found and found.source, passwords.password_for(book, "mine")) == ("environment", "mine")
    with pytest.raises(WorkbookPassword, match=r"^salon\.xlsx: the password is wrong"):
        crm.open_workbook(book, password="mine")
    monkeypatch.setenv(VARIABLE, "of another workbook")
    assert len(crm.open_workbook(book).clients) == 4


def test_the_keyring_knows_a_workbook_by_its_place(book: Path, kept: FileKeyring, sheetcrm: CommandLine) -> None:
    passwords.keep(book, SECRET)
    assert entries(kept) == [("sheetcrm workbook: salon.xlsx", SECRET)]
    assert sheetcrm("check", book).code == 0
    moved = book.rename(book.with_name("moved.xlsx"))
    assert sheetcrm("check", moved).code == 3


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_missing_or_wrong_password_is_one_line_in_her_language_and_nothing_is_touched(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    before = book.read_bytes()
    monkeypatch.setenv("LC_ALL", f"{code}_XX.UTF-8")
    for wrong in ("", "Wrong 1"):
        monkeypatch.setenv(VARIABLE, wrong)
        for command in (["refresh"], ["run"], ["setup", "--sender", "a@b.example"], ["doctor"], ["undo"], ["check"]):
            done = (
                sheetcrm(command[0], book, *command[1:], "--json") if command != ["check"] else sheetcrm("check", book)
            )
            line = done.err.strip()
            assert (done.code, line.count("\n"), VARIABLE in line) == (3, 0, True)
            assert ("known" in line) is (code == "en")
            assert "Wrong 1" not in done.out + done.err
    assert book.read_bytes() == before
    assert not any(path.suffix == ".xlsx" for path in states(sheetcrm.state))


def test_a_changed_password_is_told_apart_from_a_missing_one(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring
) -> None:
    passwords.keep(book, SECRET)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    book.write_bytes(encrypted(package(book), "A new one"))
    before = book.read_bytes()
    for command in ("refresh", "check"):
        done = sheetcrm(command, book)
        assert (done.code, "the password known from" in done.err, "was it changed?" in done.err) == (3, True, True)
    assert (book.read_bytes(), entries(kept)[0][1]) == (before, SECRET)
    passwords.keep(book, "A new one")
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["changed"] == 0


def test_an_earlier_version_under_an_earlier_password_is_compared_once_that_is_said(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords.keep(book, SECRET)
    sheetcrm("refresh", book, "--on", DAY)
    book.write_bytes(encrypted(package(book), "A new one"))
    kept.file.unlink()
    passwords.type_in(book, "A new one")
    for command in ("diff", "undo"):
        refused = sheetcrm(command, book)
        assert (refused.code, "this earlier version has another password" in refused.err) == (3, True)
        assert EARLIER in refused.err
    assert sheetcrm("undo", book, "--list").code == 0
    monkeypatch.setenv(EARLIER, SECRET)
    done = sheetcrm("diff", book, "--json")
    assert (done.code, done.json["same"]) == (0, False)


def test_undo_over_a_change_of_the_password_keeps_to_the_present_one(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    sheetcrm("refresh", book, "--on", DAY)
    book.write_bytes(encrypted(package(book), "A new one"))
    monkeypatch.setenv(VARIABLE, "A new one")
    monkeypatch.setenv(EARLIER, SECRET)
    done = sheetcrm("undo", book, "--json")
    assert (done.code, done.json["written"]) == (0, True)
    assert set(column(book, "Name", "A new one")) == {one["name"] for one in CLIENTS}
    assert set(column(book, "Total spend", "A new one")) == {None}


def test_on_a_terminal_the_earlier_password_is_asked_for(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    sheetcrm("refresh", book, "--on", DAY)
    book.write_bytes(encrypted(package(book), "A new one"))
    monkeypatch.setenv(VARIABLE, "A new one")
    talk = Terminal(tmp_path, "diff", book)
    talk.answer("Password of the earlier version", "not this")
    talk.answer("Password of the earlier version", SECRET)
    code, seen = talk.closed()
    assert (code, SECRET in seen, "Total spend" in seen) == (0, False, True)
    talk = Terminal(tmp_path, "undo", book)
    talk.answer("Password of the earlier version", SECRET)
    assert talk.closed()[0] == 0
    assert set(column(book, "Name", "A new one")) == {one["name"] for one in CLIENTS}


def test_of_a_version_its_own_bytes_are_put_back_or_its_package_where_the_password_is_another(
    book: Path,
) -> None:
    then = encrypted(package(book), "an earlier one")
    assert passwords.as_now(then, b"package", book, SECRET) == b"package"
    assert passwords.as_now(then, b"package", book, "an earlier one") == then


def test_what_excel_opens_without_asking_opens_here_too(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = locked(salon(tmp_path), "VelvetSweatshop")
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    assert column(book, "Total spend", "VelvetSweatshop") == [100, 30, 80, 0]


def test_without_a_keyring_the_environment_will_do(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.priority
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert sheetcrm("check", book).code == 3
    monkeypatch.setenv(VARIABLE, SECRET)
    assert sheetcrm("check", book).code == 0


def test_doctor_says_where_a_scheduled_run_finds_the_password_and_when_it_does_not(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[bool, str]:
        checks = sheetcrm("doctor", book, "--json").json["checks"]
        return next((c["ok"], c["message"]) for c in checks if c["name"] == "workbook_password")

    monkeypatch.setenv(VARIABLE, SECRET)
    assert told() == (True, f"fine ({VARIABLE})")
    monkeypatch.delenv(VARIABLE)
    passwords.type_in(book, SECRET)
    assert told() == (
        False,
        "salon.xlsx: the password is known just now only, not to a scheduled run.",
    )
    passwords.keep(book, SECRET)
    assert (told(), len(entries(kept))) == ((True, "fine (keyring)"), 1)


def test_a_job_is_not_told_the_password_and_that_is_said_unless_the_keyring_has_it(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[object] = []

    def install(*job: object) -> str:
        jobs.append(job)
        return "there"

    monkeypatch.setattr("sheetcrm.running.system_jobs.install", install)
    monkeypatch.setenv(VARIABLE, SECRET)
    done = sheetcrm("schedule", book, "--install", "--system", "cron")
    assert (done.code, "Run `sheetcrm setup`, which keeps it" in done.err, SECRET in repr(jobs)) == (0, True, False)
    passwords.keep(book, SECRET)
    assert (sheetcrm("schedule", book, "--install", "--system", "cron").err, len(entries(kept))) == ("", 1)


def test_setup_keeps_a_password_that_only_the_environment_knows(
    sheetcrm: CommandLine, book: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    done = sheetcrm("setup", book, "--smtp-host", "127.0.0.1", "--smtp-port", 25, "--smtp-user", "", "--no-test")
    assert (done.code, entries(kept)) == (0, [("sheetcrm workbook: salon.xlsx", SECRET)])
    assert "password store" in done.err
    monkeypatch.delenv(VARIABLE)
    assert sheetcrm("refresh", book, "--on", DAY).code == 0


# asked on a terminal


class Terminal(Conversation):
    """A command in a terminal of its own."""

    def __init__(self, tmp_path: Path, *arguments: object) -> None:
        environ = {
            **os.environ,
            "TEST_KEYRING": str(tmp_path / "keyring.json"),
            "PYTHON_KEYRING_BACKEND": "keyring_backend.FileKeyring",
            "PYTHONPATH": os.pathsep.join((str(ROOT / "tests"), str(ROOT))),
            "TERM": "xterm",
        }
        super().__init__(*arguments, environ=environ, dimensions=(40, 250), timeout=30)


def test_on_a_terminal_it_is_asked_for_and_kept_where_she_says_yes(
    sheetcrm: CommandLine, tmp_path: Path, kept: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, words = locked(salon(tmp_path, language="pl")), language("pl")
    monkeypatch.setenv("LC_ALL", "pl_PL.UTF-8")
    talk = Terminal(tmp_path, "refresh", book, "--on", DAY)
    talk.answer("Hasło do salon.xlsx", "not this")
    talk.answer("Hasło do salon.xlsx", SECRET)
    talk.answer(words.say("ask_keep_password"), "tak")
    code, seen = talk.closed()
    assert (code, SECRET in seen, entries(kept)) == (0, False, [("sheetcrm workbook: salon.xlsx", SECRET)])
    assert "hasło jest nieprawidłowe" in seen
    assert words.say("workbook_password_kept") in seen
    assert book.read_bytes()[:8] == OLE
    assert sheetcrm("check", book).code == 0  # nobody to ask here
    assert Terminal(tmp_path, "check", book).closed()[0] == 0  # nor is it asked again


def test_a_kept_password_that_was_changed_is_said_and_asked_for_anew(
    tmp_path: Path, book: Path, kept: FileKeyring, sheetcrm: CommandLine
) -> None:
    passwords.keep(book, "the old one")
    talk = Terminal(tmp_path, "check", book)
    talk.answer("Password of salon.xlsx", SECRET)
    talk.answer("Keep it", "yes")
    code, seen = talk.closed()
    assert (code, "was it changed?" in seen, entries(kept)[0][1]) == (0, True, SECRET)
    assert sheetcrm("check", book).code == 0


@pytest.mark.usefixtures("sheetcrm")
def test_who_answers_nothing_gets_the_line_that_says_what_is_missing(
    tmp_path: Path, book: Path, kept: FileKeyring
) -> None:
    talk = Terminal(tmp_path, "check", book)
    talk.answer("Password of salon.xlsx", "")
    code, seen = talk.closed()
    assert (code, "is protected with a password" in seen, kept.known()) == (3, True, {})


# nothing in the open


@pytest.mark.usefixtures("known")
def test_nothing_decrypted_and_no_password_lies_on_the_disk_at_any_moment(
    sheetcrm: CommandLine, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    def look(*_paths: Path) -> None:
        for file in states(tmp_path):
            data = file.read_bytes()
            zipped = data[:2] == b"PK" and file.suffix != ".npz"  # which holds keyed hashes
            if zipped or SECRET.encode() in data or SECRET.encode("utf-16-le") in data:
                found.append(file.name)

    def watched(new: Path, target: Path) -> None:
        look()
        exchange(new, target)

    monkeypatch.setattr(saving, "exchange", watched)
    for command in (["refresh"], ["run", "--outbox", tmp_path / "out"], ["doctor"], ["undo"]):
        done = sheetcrm(command[0], book, *command[1:])
        assert SECRET not in done.out + done.err
    look()
    assert found == []
    assert "Jo Brown" not in "".join(p.read_text("utf-8") for p in sheetcrm.state.rglob("*.json"))


@pytest.mark.usefixtures("known")
def test_what_would_not_open_with_its_password_is_not_put_in_its_place(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = book.read_bytes()
    monkeypatch.setattr(encryption, "encrypted", lambda data, _password: encrypted(data, "another"))
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "does not open with its password" in done.err
    assert book.read_bytes() == before


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("place", ["content", "seal"])
def test_a_broken_byte_in_what_was_written_is_found_before_the_swap(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def broken(data: bytes, password: str) -> bytes:
        made = bytearray(encrypted(data, password))
        at = len(made) - 2000 if place == "content" else made.index(b'HmacValue="') + 30
        made[at] ^= 2  # another letter of base64, in the seal that Excel checks
        return bytes(made)

    before = book.read_bytes()
    monkeypatch.setattr(encryption, "encrypted", broken)
    assert sheetcrm("refresh", book, "--on", DAY).code == 3
    assert book.read_bytes() == before


def test_her_change_between_our_read_and_our_swap_wins_also_behind_a_password(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    hers = openpyxl.load_workbook(io.BytesIO(package(book)))
    hers["Clients"].cell(2, 2).value = "Anna Smith-Jones"
    out = io.BytesIO()
    hers.save(out)
    theirs = [encrypted(out.getvalue(), SECRET)]

    def racing(new: Path, target: Path) -> None:
        if theirs:
            target.write_bytes(theirs.pop())
        exchange(new, target)

    monkeypatch.setattr(saving, "exchange", racing)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.json["written"], column(book, "Name")[0]) == (True, "Anna Smith-Jones")
    assert column(book, "Total spend")[1] == 30


@pytest.mark.parametrize("is_known", [True, False])
def test_a_password_set_meanwhile_is_kept_to_or_stops_the_save_where_it_is_not_known(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    book = salon(tmp_path)
    theirs = [encrypted(book.read_bytes(), SECRET)]
    secured = theirs[0]

    def racing(new: Path, target: Path) -> None:
        if theirs:
            target.write_bytes(theirs.pop())
        exchange(new, target)

    monkeypatch.setattr(saving, "exchange", racing)
    monkeypatch.setenv(VARIABLE, SECRET if is_known else "")
    done = sheetcrm("refresh", book, "--on", DAY)
    if is_known:
        assert (done.code, column(book, "Total spend")) == (0, [100, 30, 80, 0])
    else:
        assert (done.code, "is protected with a password" in done.err) == (3, True)
        assert book.read_bytes() == secured


def test_an_encrypted_workbook_left_by_a_kill_is_kept_and_half_of_one_is_not(
    tmp_path: Path, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    for data in (book.read_bytes(), book.read_bytes()[:9000]):
        written_beside(book, data)
    monkeypatch.setattr(leftovers, "_MAY_LIVE", -1.0)
    sweep(book, backups)
    assert [path.read_bytes() for path in backups.iterdir()] == [book.read_bytes()]
    assert list(book.parent.glob(".sheetcrm-*")) == []


def test_a_password_that_would_take_minutes_to_check_is_refused_at_once(
    sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    slow = book.read_bytes().replace(b'spinCount="100000"', b'spinCount="9999999"')
    at = slow.index(b"\n    ", slow.index(b"9999999"))
    book.write_bytes(slow[:at] + slow[at + 1 :])  # as long as it was
    started = time.monotonic()
    done = sheetcrm("check", book)
    assert (done.code, "its password would take too long to check" in done.err) == (3, True)
    assert time.monotonic() - started < 2


def test_a_broken_container_is_one_line(sheetcrm: CommandLine, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    whole = book.read_bytes()
    for at in range(0, len(whole), 997):
        book.write_bytes(whole[:at] + bytes(200) + whole[at + 200 :])
        done = sheetcrm("check", book)
        assert (done.code in (0, 1, 3), done.err.count("\n") <= 1) == (True, True)
    book.write_bytes(whole[:4000])
    assert sheetcrm("check", book).code == 3


def test_errors_of_passwords_are_what_callers_can_catch(book: Path) -> None:
    assert issubclass(WorkbookPassword, WorkbookError)
    with pytest.raises(WorkbookPassword):
        crm.open_workbook(book)
    with pytest.raises(WorkbookUnreadable):
        decrypted(OLE + bytes(5000), "old.xls", SECRET)


# other programs


def office_python() -> str | None:
    """A Python that can talk to LibreOffice, where there is one."""
    python = shutil.which("python3", path=os.defpath)
    if python is None or shutil.which("soffice") is None:
        return None
    found = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False)
    return python if found.returncode == 0 else None


OFFICE = office_python()
TALK = """
import json, subprocess, sys, time
import uno
from com.sun.star.beans import PropertyValue
folder, book, password = sys.argv[1:]
pipe = "sheetcrm" + str(abs(hash(folder)))
server = subprocess.Popen(["soffice", "-env:UserInstallation=file://" + folder + "/profile", "--headless", "--norestore",
                           "--accept=pipe,name=" + pipe + ";urp;"])
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(150):
    try:
        there = resolver.resolve("uno:pipe,name=" + pipe + ";urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(0.2)
desktop = there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
def value(name, it):
    made = PropertyValue(); made.Name = name; made.Value = it
    return made
def cells(secret):
    try:
        opened = desktop.loadComponentFromURL("file://" + book, "_blank", 0, (value("Hidden", True), value("Password", secret)))
    except Exception:
        return None
    sheet = opened.Sheets.getByName("Clients")
    found = [sheet.getCellByPosition(1, row).String for row in range(3)]
    opened.close(True)
    return found
print(json.dumps([cells(password), cells("wrong")]))
try:
    desktop.terminate()
except Exception:
    pass
server.wait(30)
"""


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice and its Python")
@pytest.mark.usefixtures("known")
def test_libreoffice_opens_what_was_written_with_the_password_and_only_with_it(
    sheetcrm: CommandLine, book: Path, tmp_path: Path
) -> None:
    assert sheetcrm("refresh", book, "--on", DAY).code == 0
    script = tmp_path / "talk.py"
    script.write_text(TALK, "utf-8")
    done = subprocess.run(
        [str(OFFICE), str(script), str(tmp_path), str(book), SECRET], capture_output=True, check=True, timeout=120
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [["Name", "Anna Smith", "Jo Brown"], None]


def test_the_password_itself_is_in_no_stream_of_the_file(book: Path) -> None:
    with olefile.OleFileIO(book.read_bytes()) as ole:
        about = ole.openstream("EncryptionInfo").read()
    assert b'cipherAlgorithm="AES"' in about
    for written in (SECRET.encode(), SECRET.encode("utf-16-le"), base64.b64encode(SECRET.encode())):
        assert written not in book.read_bytes()
