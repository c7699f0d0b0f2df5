"""What a command tells when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sheetcrm.errors import SheetcrmError

if TYPE_CHECKING:  # a refresh that finds nothing new reports without them
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.workbook.accounting import Account
    from sheetcrm.workbook.book import Workbook


def typed(path: object) -> str:
    """Return a path as it is typed in a command: in quotes where it has blanks."""
    text = str(path)
    return f'"{text}"' if " " in text else text


def ended(text: str) -> str:
    """Return a remark as a sentence that another may follow."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


@dataclass(frozen=True)
class RunReport:
    """What a run did. `held`: due but for a reason. `written`: the workbook was written. `waiting`: something waits for the owner."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    held: int = 0
    written: bool = False
    waiting: bool = False
    notes: tuple[str, ...] = ()  # for stderr, in the owner's language
    summary: str = ""
    would_send: int = 0  # of a dry run
    trouble: SheetcrmError | None = None  # the mail server refused, or the file could not be written after the sending
    receipts: tuple[Account, ...] = ()  # what each save changed, where that was asked

    def _repr_html_(self) -> str:
        return f"<p>{self.summary or repr(self)}</p>"


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did: counts of cells changed, problems, pairs of duplicates, messages due; whether the file was written."""

    changed: int = 0
    problems: int = 0
    duplicates: int = 0
    due: int = 0
    written: bool = False
    waiting: bool = False
    notes: tuple[str, ...] = ()
    summary: str = ""
    receipts: tuple[Account, ...] = ()  # what each save changed, where that was asked


def report_fields(report: RunReport | RefreshReport) -> dict[str, Any]:
    """Return the fields of a report that can be kept as text, for the next one that finds the same."""
    kept = {one.name: getattr(report, one.name) for one in fields(report)}
    return {name: value for name, value in kept.items() if name not in ("receipts", "trouble")}


@dataclass(frozen=True)
class Look:
    """A workbook and its plan, looked at and left alone."""

    book: Workbook
    plan: Plan
    reasons: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = ()  # for stderr, in the owner's language

    def why_nothing(self) -> tuple[str, ...]:
        """Return, where no message is due, why that is so and what to do next: never a bare 0."""
        return self.reasons
