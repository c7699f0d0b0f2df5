"""Where the rows of our sheets stand after a write, so that what is told of a cell names the one in which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sheetcrm.crm.cells import id_text
from sheetcrm.crm.spoken import MESSAGE
from sheetcrm.workbook.columns import is_protected

if TYPE_CHECKING:
    from sheetcrm.crm.values import Problem
    from sheetcrm.workbook.book import Workbook
    from sheetcrm.workbook.program_sheets import Content


@dataclass(frozen=True)
class MovedRows:
    """By table the new Excel row of each row that stood there, and that of each message by its short key."""

    rows: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    messages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __call__(self, problem: Problem) -> Problem:
        """Return a problem at the row where it stands now; of a row that is gone, where it stood."""
        if problem.table not in self.rows:
            return problem
        # of a row that she copied one is left, whichever bears the word
        row = self.messages[problem.table].get(str(problem.params.get(MESSAGE, "")))
        return replace(problem, row=row or self.rows[problem.table].get(problem.row or 0, problem.row))


def moved_rows(book: Workbook, contents: Iterable[Content]) -> MovedRows:
    """Return to which rows those of our sheets go; those of a sheet that she protects stay where they are."""
    rows: dict[str, Mapping[int, int]] = {}
    messages: dict[str, Mapping[str, int]] = {}
    for content in contents:
        placement = book.raw.placements.get(content.table)
        if placement is None or is_protected(book, placement.sheet):
            continue
        first = placement.header_row + 1
        stay = {row: at for at, row in enumerate(content.kept, first) if row is not None}
        rows[content.table] = stay | {row: stay[own] for row, own in content.joined.items() if own in stay}
        keys = ((id_text(row.get("key")), at) for at, row in enumerate(content.rows, first))
        messages[content.table] = {key: at for key, at in keys if key}
    return MovedRows(rows, messages)
