"""What can be wrong with a file that is to be a workbook, one class for each thing a person would do next.

    XlsxError
    ├── NotAWorkbook     another kind of file: csv, html, ods, an old .xls, empty
    ├── Encrypted        a workbook behind a password
    ├── Damaged          a workbook once, broken now: take the last good copy
    ├── Hostile          made, or grown, to break its reader
    ├── Unsupported      a lawful file, but an edit of it could not be promised to be right
    └── ProofFailed      what was written is not what was meant: nothing may be replaced by it

`reason` is one word for machines; the message is for people, and names the part.
"""

from __future__ import annotations


class XlsxError(Exception):
    """The root. `reason` is a short code such as `duplicate-entry`, `sheet` the title of the sheet that it is about, if one is known.

    `place` is what is in the way there: a cell, an area (`A4:C4`) or the number of a row; "" where nothing is.
    """

    reason = "xlsx"
    sheet = ""

    def __init__(self, message: str, reason: str | None = None, *, place: str = "") -> None:
        super().__init__(message)
        self.message, self.place = message, place
        if reason is not None:
            self.reason = reason


class NotAWorkbook(XlsxError):
    """The file is something else. `reason`: empty, csv, html, vcard, ods, xls, xlsb, docx, zip, unknown."""

    reason = "unknown"


class Encrypted(XlsxError):
    """The workbook, or an entry of its archive, is encrypted."""

    reason = "encrypted"


class Damaged(XlsxError):
    """The archive or one of its parts cannot be read as it says it can."""

    reason = "damaged"


class Hostile(XlsxError):
    """Reading it would exhaust or mislead the reader."""

    reason = "hostile"


class Unsupported(XlsxError):
    """The file is lawful, but what is asked cannot be done to it without risk."""

    reason = "unsupported"


class ProofFailed(XlsxError):
    """The written bytes differ from what was meant."""

    reason = "proof"
