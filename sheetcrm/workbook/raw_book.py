"""A workbook as it was read, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sheetcrm.workbook.headers import SURNAME_FIRST, name_order

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sheetcrm.crm.tables import Cell, Column, Table
    from sheetcrm.crm.values import Problem
    from sheetcrm.workbook.placement import Placement
    from sheetcrm.xlsx.document import Document
    from sheetcrm.xlsx.preflight import Report

Positions = dict[str, "npt.NDArray[np.int64]"]


@dataclass(frozen=True)
class Setting:
    """A row of the Settings table as it stands."""

    name: str
    value: Cell
    row: int


@dataclass(frozen=True)
class RawBook:
    """A workbook as read: nothing is checked yet, nothing is changed ever.

    `ours` holds per table the columns that we write, by field, as they are now; where hers stands under the field's
    name in the table, this is the one beside it. `formulas` gives per table and field the positions of rows whose cell
    holds a formula.
    """

    data: bytes  # the package, decrypted
    encrypted: bool
    document: Document
    report: Report
    tables: Mapping[str, Table]
    placements: Mapping[str, Placement]
    ours: Mapping[str, Mapping[str, Column]]
    formulas: Mapping[str, Positions]
    settings: tuple[Setting, ...] = ()
    languages: tuple[str, ...] = ("en",)  # the workbook's first
    problems: tuple[Problem, ...] = ()

    @property
    def surname_first(self) -> bool:
        """Whether the header of the clients' names says that the surname comes first (`ФИО`, `Nazwisko i imię`)."""
        clients = self.placements.get("Clients")
        return clients is not None and name_order(clients.headers.get("name", "")) == SURNAME_FIRST
