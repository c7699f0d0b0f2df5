"""The edge to `sheetcrm.xlsx`: its exceptions become ours here and nowhere else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sheetcrm.errors import WorkbookError, WorkbookPassword, WorkbookUnreadable
from sheetcrm.xlsx.errors import Damaged, Encrypted, Hostile, NotAWorkbook, XlsxError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAVE_AS = "Open it in Excel or LibreOffice and save it as an Excel workbook (.xlsx)."
_LAST_COPY = (
    "Take the last good copy: `sheetcrm undo --list` shows those it kept, your cloud folder has older versions."
)
_SAVE_AGAIN = "Open it in Excel, save it as .xlsx and try again."
_IN_THE_WAY = {
    "signed": (
        "signed",
        "Remove the signature (in Excel: File, Info, View Signatures), or write yes beside edit_signed in Settings.",
    ),
    "structure-locked": ("structure-locked", "Take the protection off (in Excel: Review, Protect Workbook)."),
    "table-name": ("name-taken", "Rename it (in Excel: Formulas, Name Manager), then run again."),
    "name": ("name-taken", "Rename it (in Excel: Formulas, Name Manager), then run again."),
    "table-collision": ("cells-taken", "Move what stands there to another place, then run again."),
    "occupied": ("cells-taken", "Move what stands there to another place, then run again."),
    "totals-row": ("totals-row", "Switch its totals row off (in Excel: Table Design, Total Row), then run again."),
    "headless-table": (
        "headless-table",
        "Switch its header row on (in Excel: Table Design, Header Row), then run again.",
    ),
    "query-table": ("query-table", "Copy the list into a sheet of its own, without the query."),
    "size": ("too-large", "Move what is not needed into another workbook."),
    "encoding": ("encoding", _SAVE_AGAIN),
    "row-order": ("rows-unordered", "Open it in Excel or LibreOffice, save it as .xlsx and try again."),
}
"""By the reason of `XlsxError` the name of the words, and what helps: in most cases not to save it again."""
_AT = {
    "cells-taken": ("cells-taken-at", "in '{sheet}' something stands in {place}, where new rows should come"),
    "totals-row": ("totals-row-at", "in '{sheet}' row {place} is the table's totals row, below which no new row fits"),
}
"""What is said where it is known what stands where."""
OTHER_KINDS = {
    "empty": ("is empty", "Wait until your cloud folder has finished copying it, or take the last good copy."),
    "xls": ("is an old Excel workbook (.xls)", _SAVE_AS),
    "xlsb": ("is a binary Excel workbook (.xlsb)", _SAVE_AS),
    "ods": ("is an OpenDocument sheet (.ods)", _SAVE_AS),
    "csv": ("is a text table (.csv)", _SAVE_AS),
    "html": ("is a web page, whatever its name ends with", _SAVE_AS),
    "xml": ("is an XML table of Excel 2003", _SAVE_AS),
    "numbers": ("is a Numbers document", "Export it from Numbers as an Excel workbook (.xlsx)."),
    "docx": ("is a text document or a presentation", "Copy its table into a workbook and save that as .xlsx."),
    "vcard": (
        "is a file of contact cards (vCard)",
        "Bring it into Google Contacts (contacts.google.com, Import), choose Export, Google CSV there, and take that file.",
    ),
    "pdf": ("is a PDF", "Ask for the list as an Excel workbook (.xlsx)."),
}


@contextmanager
def mapped_errors(name: str) -> Iterator[None]:
    """Turn what `sheetcrm.xlsx` raises into our errors, which name the file and say what to do next.

    Raises WorkbookUnreadable, WorkbookPassword, or WorkbookError for what cannot be written.
    """
    try:
        yield
    except Encrypted as error:
        raise needs_password(name) from error
    except NotAWorkbook as error:
        raise not_a_workbook(name, error.reason, error.message) from error
    except Hostile as error:
        raise hostile(name, error.message) from error
    except Damaged as error:
        raise damaged(name, error.message, half=error.reason == "truncated") from error
    except UnicodeDecodeError as error:  # a part that is not in the encoding it claims
        raise damaged(name, error.reason) from error
    except XlsxError as error:
        raise _not_written(name, error) from error


def damaged(name: str, detail: str, *, half: bool = False) -> WorkbookUnreadable:
    """Return the error for a workbook that is broken; `half`: its end is missing."""
    return WorkbookUnreadable(
        f"{name} is damaged: {detail}.",
        _LAST_COPY,
        code="damaged",
        text="damaged-half" if half else "damaged",
        params={"file": name},
    )


def hostile(name: str, detail: str) -> WorkbookUnreadable:
    """Return the error for a file that would exhaust its reader."""
    return WorkbookUnreadable(
        f"{name} was not opened: {detail}.",
        "If it is yours, copy the list into a new workbook.",
        code="hostile",
        params={"file": name},
    )


def _not_written(name: str, error: XlsxError) -> WorkbookError:
    """Return the error for a lawful workbook that could not be written safely: what helps depends on what is in the way."""
    text, hint = _IN_THE_WAY.get(error.reason, ("unsupported", _SAVE_AGAIN))
    message = (
        f"the rows of the sheet '{error.sheet}' are stored out of order" if text == "rows-unordered" else error.message
    )
    if text in _AT and error.sheet and error.place:
        text, said = _AT[text]
        message = said.format(sheet=error.sheet, place=error.place)
    params = {"file": name, "sheet": error.sheet, "place": error.place}
    return WorkbookError(f"{name}: {message}.", hint, code="unsupported", text=text, params=params)


def not_a_workbook(name: str, kind: str, detail: str = "") -> WorkbookUnreadable:
    """Return the error for a file that is something else; `kind` as the reasons of `NotAWorkbook`."""
    what, hint = OTHER_KINDS.get(kind, (f"is no Excel workbook{f' ({detail})' if detail else ''}", _SAVE_AS))
    text = f"not-a-workbook-{kind}" if kind in OTHER_KINDS else "not-a-workbook"
    return WorkbookUnreadable(f"{name} {what}.", hint, code="not-a-workbook", text=text, params={"file": name})


def sheet_protected(name: str, sheet: str) -> WorkbookError:
    """Return the error for a sheet that must be written into and that the owner protects."""
    return WorkbookError(
        f"{name}: the sheet '{sheet}' is protected, so nothing can be added to it.",
        "Take the protection off (in Excel: Review, Unprotect Sheet), then run again.",
        code="sheet-protected",
        params={"file": name, "sheet": sheet},
    )


def needs_password(name: str) -> WorkbookPassword:
    """Return the error for an encrypted workbook without a password."""
    return WorkbookPassword(
        f"{name} is protected with a password, which is not known here.",
        "Run the command in a terminal, which asks for it, or put it into SHEETCRM_WORKBOOK_PASSWORD.",
        params={"file": name},
    )


def wrong_password(name: str) -> WorkbookPassword:
    """Return the error for an encrypted workbook whose password is another."""
    return WorkbookPassword(
        f"{name}: the password is wrong.",
        "Try it in Excel; capital letters matter.",
        text="wrong-password",
        params={"file": name},
    )
