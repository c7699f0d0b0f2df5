"""The one home of the question with which password a workbook opens: what is known of it, and where that is kept.

Asked in this order: what the caller says, `SHEETCRM_WORKBOOK_PASSWORD`, what was typed or found earlier in this process, the system's
keyring. Nothing of it stands in a file, a log or a command line of ours. A file that is moved is asked for anew: its place is its name.
A version from before the password was changed opens with the earlier one: `SHEETCRM_EARLIER_PASSWORD`, or what was typed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sheetcrm.errors import SheetcrmError, UsageError, WorkbookPassword
from sheetcrm.workbook.encryption import decrypted, is_compound, is_encrypted
from sheetcrm.workbook.opening import as_package

VARIABLE = "SHEETCRM_WORKBOOK_PASSWORD"
EARLIER_VARIABLE = "SHEETCRM_EARLIER_PASSWORD"
OF_VERSION = "password-of-version"
"""The words of the error for a version that has another password."""
_SERVICE = "sheetcrm workbook"
_OF_OFFICE = "VelvetSweatshop"  # Excel tries it before it asks: a workbook behind it opens as if it had none
_HEAD = 8  # bytes that tell a file with a password from others
_opened_with: dict[str, str] = {}  # of this process, by place
_typed_earlier: list[str] = []  # of this process: for versions from before a change of password


@dataclass(frozen=True)
class Known:
    """A password that opens a workbook, and whence: environment, process, keyring, or `office`: one that everybody knows."""

    password: str = field(repr=False)
    source: str


def password_for(
    path: str | os.PathLike[str], given: str | None = None, environ: Mapping[str, str] | None = None
) -> str | None:
    """Return the password that a workbook opens with; None where it has none, or none is known.

    What is given is taken as it is. Raises WorkbookPassword where one is known that does not open it any more.
    """
    if given is not None:
        return given
    known = find(Path(path), environ)
    return None if known is None else known.password


def find(path: Path, environ: Mapping[str, str] | None = None) -> Known | None:
    """Return what is known of the password of a workbook, as `password_for`."""
    data = _encrypted_file(path)
    if data is None:
        return None
    tried: list[str] = []
    for known in _candidates(path, os.environ if environ is None else environ):
        try:
            decrypted(data, path.name, known.password)
        except WorkbookPassword:
            if known.source != "office":
                tried.append(known.source)
        except SheetcrmError:  # damaged: whoever reads it says so
            return known
        else:
            if known.source == "keyring":
                _opened_with[_place(path)] = known.password  # to ask it may mean to ask a person
            return known
    if tried:
        raise _changed(path, tried[-1])
    return None


def type_in(path: Path, password: str) -> None:
    """Take a password that a person has typed, for the rest of this process. Raises WorkbookPassword where it is not the one."""
    data = _encrypted_file(path)
    if data is not None:
        decrypted(data, path.name, password)
    _opened_with[_place(path)] = password


def type_earlier(password: str) -> None:
    """Take a password of earlier versions that a person has typed, for the rest of this process."""
    _typed_earlier.append(password)


def package_of(data: bytes, name: str, path: Path, password: str | None = None) -> bytes:
    """Return the package of a version of the workbook at `path`, which may have had another of the passwords that are known.

    `password` is the one that it has now. Raises WorkbookPassword where none opens it, WorkbookUnreadable.
    """
    if not is_compound(data):
        return as_package(data, name)[0]
    known = [password or "", *(known.password for known in _candidates(path, os.environ))]
    for each in filter(None, (*known, *reversed(_typed_earlier), os.environ.get(EARLIER_VARIABLE, ""))):
        with suppress(WorkbookPassword):
            return decrypted(data, name, each)
    raise WorkbookPassword(
        f"{name}: this earlier version has another password.",
        f"Run the command in a terminal, which asks for it, or put it into {EARLIER_VARIABLE}.",
        text=OF_VERSION,
        params={"file": name},
    )


def as_now(data: bytes, package: bytes, path: Path, password: str | None = None) -> bytes:
    """Return what is put back of a version: the bytes `data` that it had, its package where the workbook has another password now.

    Whoever saves a package puts it behind the password that the workbook has.
    """
    now = password_for(path, password) if is_encrypted(data) and has_password(path) else None
    try:
        return data if now is None or decrypted(data, path.name, now) else package
    except WorkbookPassword:
        return package


def keep(path: Path, password: str) -> None:
    """Put a workbook's password into the system's keyring. Raises UsageError where there is none."""
    import keyring  # noqa: PLC0415 - slow to import, and hardly ever needed

    try:
        keyring.set_password(_SERVICE, _entry(path), password)
    except Exception as error:  # backends raise whatever they like: NoKeyringError, locked, D-Bus gone
        raise UsageError(
            f"The workbook's password cannot be kept: the system's keyring does not work here ({type(error).__name__}).",
            f"Put it into {VARIABLE} wherever sheetcrm is started.",
            code="no-keyring",
            text="no-keyring-for-workbook",
        ) from error


def is_kept(path: Path) -> bool:
    """Tell whether the keyring holds the password that a workbook opens with."""
    data, kept = _encrypted_file(path), _kept(path)
    if data is None or not kept:
        return False
    try:
        decrypted(data, path.name, kept)
    except SheetcrmError:
        return False
    return True


def check_kept(path: Path, environ: Mapping[str, str]) -> str:
    """Return where a later run finds the password, "" for a workbook without one. Raises WorkbookPassword where it does not."""
    known = find(path, environ)
    if known is None and not has_password(path):
        return ""
    source = "" if known is None else known.source
    if source in ("environment", "office"):
        return VARIABLE if source == "environment" else "Excel"
    if is_kept(path):
        return "keyring"
    raise WorkbookPassword(
        f"{path.name}: the password is known just now only, not to a scheduled run.",
        f"Run `sheetcrm setup`, which keeps it, or put it into {VARIABLE} wherever sheetcrm is started.",
        text="password-not-kept",
        params={"file": path.name},
    )


def has_password(path: Path) -> bool:
    """Tell whether a file is a workbook behind a password."""
    return _encrypted_file(path) is not None


def _encrypted_file(path: Path) -> bytes | None:
    """Return the bytes of an encrypted workbook, None for any other file: what that is, is said where it is read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            data = head + file.read() if is_compound(head) else b""
    except OSError:
        return None
    return data if is_encrypted(data) else None


def _candidates(path: Path, environ: Mapping[str, str]) -> Iterator[Known]:
    """Yield what may open it; the keyring is asked last, for it may ask a person."""
    if password := environ.get(VARIABLE, ""):
        yield Known(password, "environment")
    if password := _opened_with.get(_place(path), ""):
        yield Known(password, "process")
    if password := _kept(path):
        yield Known(password, "keyring")
    yield Known(_OF_OFFICE, "office")


def _kept(path: Path) -> str:
    import keyring  # noqa: PLC0415 - as above

    try:
        return keyring.get_password(_SERVICE, _entry(path)) or ""
    except Exception:  # noqa: BLE001 - as above: without a keyring there is nothing in it
        return ""


def _entry(path: Path) -> str:
    """Return a name that a person knows her file by in the keyring, and that no other file has."""
    return f"{path.name} {hashlib.sha256(_place(path).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _place(path: Path) -> str:
    return os.path.normcase(path.resolve())


def _changed(path: Path, source: str) -> WorkbookPassword:
    where = {"environment": VARIABLE, "keyring": "the keyring"}.get(source, "this process")
    return WorkbookPassword(
        f"{path.name}: the password known from {where} does not open it; was it changed?",
        f"Run the command in a terminal, which asks for the new one, or put it into {VARIABLE}.",
        text="password-changed",
        params={"file": path.name},
    )
