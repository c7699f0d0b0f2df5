"""Workbooks behind a password, decrypted and encrypted in memory. Nothing decrypted ever lies on a disk.

A file with a password is a compound file; its stream `EncryptedPackage` is the zip package that every other workbook is. Both kinds of
[MS-OFFCRYPTO] are read, standard (Office 2007) and agile; agile is written, with AES-256 and SHA-512, as Office 2010 and later do.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from sheetcrm.errors import WorkbookPassword, WorkbookUnreadable
from sheetcrm.workbook.edge import damaged, hostile, needs_password, not_a_workbook, wrong_password
from sheetcrm.xlsx.compound import compound_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheetcrm.xlsx.compound import Storage

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage"
_STREAM_NAME = _PACKAGE.encode("utf-16-le")
_MOST_ROUNDS = 1_000_000  # of hashing, 1 s; Office does 100,000


def is_compound(data: bytes) -> bool:
    """Tell whether a file, or its first 8 bytes, is a compound file: an old .xls, or a workbook with a password."""
    return data[:8] == _OLE


def is_encrypted(data: bytes) -> bool:
    """Tell whether a file is a workbook behind a password."""
    return is_compound(data) and _STREAM_NAME in data


def is_whole(data: bytes) -> bool:
    """Tell whether a file is an encrypted workbook that was written to its end."""
    if not is_encrypted(data):
        return False
    import msoffcrypto  # noqa: PLC0415 - see `_opened`

    try:
        container = msoffcrypto.OfficeFile(io.BytesIO(data)).file
        return bool(len(container.openstream(_PACKAGE).read()) == container.get_size(_PACKAGE))
    except Exception:  # noqa: BLE001 - a parser of anything, on half a file
        return False


def decrypted(data: bytes, name: str, password: str | None, *, checked: bool = False) -> bytes:
    """Return the package in an encrypted workbook; with `checked` also its seal is, which shows a damaged one.

    Raises WorkbookPassword where the password is missing or wrong, WorkbookUnreadable where it is no such workbook or broken.
    """
    if not is_encrypted(data):
        raise not_a_workbook(name, "xls")
    if not password:
        raise needs_password(name)
    from msoffcrypto.exceptions import FileFormatError, InvalidKeyError  # noqa: PLC0415 - see `_opened`

    try:
        return _opened(data, password, checked)
    except InvalidKeyError as error:
        raise wrong_password(name) from error
    except FileFormatError as error:
        raise not_a_workbook(name, "xls") from error
    except _TooSlowError as error:
        raise hostile(name, "its password would take too long to check") from error
    except Exception as error:  # a damaged container fails anywhere in a foreign parser
        raise damaged(name, "its encryption cannot be read") from error


class _TooSlowError(Exception):
    """It asks for more rounds of hashing than anybody needs."""


# A command opens the same bytes several times (who is it, what stands in it, is it still the same), and each costs 0.2 s of hashing
@lru_cache(maxsize=2)
def _opened(data: bytes, password: str, checked: bool) -> bytes:
    import msoffcrypto  # noqa: PLC0415 - a heavy import that hardly any workbook needs

    out = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(data))
    if office.info.get("spinValue", 0) > _MOST_ROUNDS:
        raise _TooSlowError
    office.load_key(password=password, verify_password=True)
    office.decrypt(out, verify_integrity=checked and office.type == "agile")
    return out.getvalue()


def encrypted(package: bytes, password: str) -> bytes:
    """Return a package behind a password. Other bytes each time: salts and key are drawn anew."""
    from msoffcrypto.method.ecma376_agile import ECMA376Agile  # noqa: PLC0415 - as above

    info, key = ECMA376Agile.generate_encryption_parameters(password)
    content = ECMA376Agile.encrypt_payload(io.BytesIO(package), info.encryptedKey, key, info.keyData.saltValue)
    about = ECMA376Agile.get_encryption_information(info, content, key)
    return compound_file({_PACKAGE: content, "EncryptionInfo": about, "\x06DataSpaces": _data_spaces()})


def _data_spaces() -> Storage:
    """Return the streams that say how `EncryptedPackage` was transformed: the same in every such file ([MS-OFFCRYPTO] 2.1, 2.3.4)."""
    space, transform = "StrongEncryptionDataSpace", "StrongEncryptionTransform"
    version = struct.pack("<III", 1, 1, 1)
    entry = struct.pack("<II", 1, 0) + _text(_PACKAGE) + _text(space)
    identity = struct.pack("<I", 1) + _text("{FF9A3F03-56EF-4613-BDD5-5A41C1D07246}")
    described = _text("Microsoft.Container.EncryptionTransform") + version + struct.pack("<IIII", 0, 0, 0, 4)
    return {
        "Version": _text("Microsoft.Container.DataSpaces") + version,
        "DataSpaceMap": struct.pack("<III", 8, 1, len(entry) + 4) + entry,
        "DataSpaceInfo": {space: struct.pack("<II", 8, 1) + _text(transform)},
        "TransformInfo": {transform: {"\x06Primary": struct.pack("<I", len(identity) + 4) + identity + described}},
    }


def _text(text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


def sealed(package: bytes, before: bytes, name: str, password: str | None) -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return a file's new bytes, behind the password where those `before` are, and what gives the package of what was written.

    The latter raises WorkbookUnreadable where that cannot be opened with the password any more.
    """
    if not is_encrypted(before) or is_compound(package):
        return package, lambda written: written

    def unsealed(written: bytes) -> bytes:
        try:
            return decrypted(written, name, password, checked=True)
        except WorkbookPassword as error:
            raise WorkbookUnreadable(
                f"{name}: what was to be saved does not open with its password.",
                "The file is as it was. Run again.",
                code="damaged",
                text="not-sealed",
                params={"file": name},
            ) from error

    if not password:
        raise needs_password(name)
    return encrypted(package, password), unsealed
