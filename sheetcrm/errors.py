"""What can go wrong with the program's surroundings, one class for each thing a person would do next.

    SheetcrmError
    ├── UsageError                 exit 2: the call is off, a file is in the way, no mail server is set
    ├── WorkbookError              exit 3
    │   ├── WorkbookUnreadable     damaged, not a workbook, hostile, a newer format
    │   ├── WorkbookLocked         another sheetcrm is at work, another machine sends for it
    │   ├── WorkbookPassword       encrypted, and the password is missing or wrong
    │   └── TablesNotFound         no client table, or two
    ├── SendingError               exit 4: login refused, server down
    └── TemplateError              a text or a rule that cannot be understood

What is wrong in the owner's *data* is no exception but a `Problem`, collected and shown (`sheetcrm.crm.values`).
"""

from __future__ import annotations

from collections.abc import Mapping


class SheetcrmError(Exception):
    """The root of all errors. `message` says where and what, `hint` what to do next, `code` is one word for machines."""

    code = "error"
    exit_code = 3

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        code: str | None = None,
        text: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """`text` names the words of the other languages in `languages/errors.toml`, `params` is what they quote.

        One code may be said in several ways; without `text` there is only one, under the code. "": the message is in
        the owner's language already, or for who writes programs.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code
        self.text = self.code if text is None else text
        self.params: Mapping[str, str] = params or {}

    def __str__(self) -> str:
        """One line: where and what, then what to do next."""
        return f"{self.message} {self.hint}".strip()


class UsageError(SheetcrmError):
    """The command or call is off, a file is in the way, or no mail server is configured."""

    code = "usage"
    exit_code = 2


class WorkbookError(SheetcrmError):
    """The workbook cannot be read or written."""

    code = "workbook"


class WorkbookUnreadable(WorkbookError):
    """The file is missing, damaged, hostile, no workbook, or of a format newer than this program."""

    code = "unreadable"


class WorkbookLocked(WorkbookError):
    """Another sheetcrm is at work on it, or another machine sends for it."""

    code = "locked"


class WorkbookPassword(WorkbookError):
    """The workbook is encrypted and the password is missing or wrong."""

    code = "password"


class TablesNotFound(WorkbookError):
    """There is no client table in it, or more than one by the same rule."""

    code = "no-client-table"

    def in_file(self, name: str) -> TablesNotFound:
        """Return the same with the name of the file, which is not known where the tables are looked for."""
        return TablesNotFound(
            f"{name}: {self.message}", self.hint, code=self.code, text=self.text, params={**self.params, "file": name}
        )


class SendingError(SheetcrmError):
    """The mail server refused the login or cannot be reached."""

    code = "sending"
    exit_code = 4


class TemplateError(SheetcrmError):
    """A message text or a rule that cannot be understood. `name` is the template's or the rule's own text."""

    code = "template-error"
    exit_code = 2

    def __init__(
        self, message: str, hint: str = "", *, name: str = "", line: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, hint, code=code)
        self.name = name
        self.line = line
