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
_OTHER_KINDS = {
    "empty": ("is empty", "Wait until your cloud folder has finished copying it, or take the last good copy."),
    "xls": ("is an old Excel workbook (.xls)", _SAVE_AS),
    "xlsb": ("is a binary Excel workbook (.xlsb)", _SAVE_AS),
    "ods": ("is an OpenDocument sheet (.ods)", _SAVE_AS),
    "csv": ("is a text table (.csv)", _SAVE_AS),
    "html": ("is a web page, whatever its name ends with", _SAVE_AS),
    "xml": ("is an XML table of Excel 2003", _SAVE_AS),
    "numbers": ("is a Numbers document", "Export it from Numbers as an Excel workbook (.xlsx)."),
    "docx": ("is a text document or a presentation", "Copy its table into a workbook and save that as .xlsx."),
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
        raise WorkbookUnreadable(
            f"{name} was not opened: {error.message}.",
            "If it is yours, copy the list into a new workbook.",
            code="hostile",
        ) from error
    except Damaged as error:
        raise WorkbookUnreadable(f"{name} is damaged: {error.message}.", _LAST_COPY, code="damaged") from error
    except UnicodeDecodeError as error:  # a part that is not in the encoding it claims
        raise WorkbookUnreadable(f"{name} is damaged: {error.reason}.", _LAST_COPY, code="damaged") from error
    except XlsxError as error:
        raise WorkbookError(
            f"{name}: {error.message}.", "Open it in Excel, save it as .xlsx and try again.", code="unsupported"
        ) from error


def not_a_workbook(name: str, kind: str, detail: str = "") -> WorkbookUnreadable:
    """Return the error for a file that is something else; `kind` as the reasons of `NotAWorkbook`."""
    what, hint = _OTHER_KINDS.get(kind, (f"is no Excel workbook{f' ({detail})' if detail else ''}", _SAVE_AS))
    return WorkbookUnreadable(f"{name} {what}.", hint, code="not-a-workbook")


def needs_password(name: str) -> WorkbookPassword:
    """Return the error for an encrypted workbook without a password."""
    return WorkbookPassword(
        f"{name} is protected with a password.",
        "Save it without one (in Excel: File, Info, Protect Workbook), or open it from Python with password=….",
    )


def wrong_password(name: str) -> WorkbookPassword:
    """Return the error for an encrypted workbook whose password is another."""
    return WorkbookPassword(f"{name}: the password is wrong.", "Try it in Excel; capital letters matter.")
