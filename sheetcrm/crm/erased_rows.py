"""Rows of clients who are erased: what stands in them, who is meant by them, and who is to be erased still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.cells import id_text, is_word
from sheetcrm.crm.fields import ERASE
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.people import full_names, survivors
from sheetcrm.crm.tables import is_empty
from sheetcrm.languages import LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sheetcrm.crm.tables import Cell, Cleaned, Table

ASKED_IN = "no_contact"
"""The column in which a word of hers asks for it: whoever is to be forgotten is not to be contacted either, at once."""


def is_remark(cell: Cell) -> bool:
    """Tell whether a cell says no more than that its row's client was erased, in any language."""
    if not isinstance(cell, str):
        return False
    marks = (language(code).say("erased_remark", date="\0").partition("\0") for code in LANGUAGES)
    return any(cell.startswith(first) and cell.endswith(last) and first for first, _, last in marks)


def erased_rows(clients: Cleaned, ids: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell which rows are of clients who are erased, or about to be: `ids` as they are compared (`Ledger.erased`)."""
    if not ids:
        return np.zeros(len(clients), dtype=np.bool_)
    found: npt.NDArray[np.bool_] = clients.texts("client_id").lookup(
        lambda cell: bare_id(str(cell)) in ids, False, np.bool_
    )
    return found


def emptied_rows(clients: Cleaned, ids: Collection[str]) -> npt.NDArray[np.bool_]:
    """Tell which of these rows say no more than that somebody was erased: nobody is there any more of whom to tell anything."""
    found = erased_rows(clients, ids)
    if found.any():
        names = full_names(clients)
        for at in np.flatnonzero(found).tolist():
            found[at] = not names[at] or is_remark(names[at])
    return found


def asked_rows(clients: Table, choices: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Tell beside which rows the owner typed `erase`; a question (`erase?`) is no word."""
    found: npt.NDArray[np.bool_] = clients.column(ASKED_IN).lookup(
        lambda cell: is_word(cell, ERASE, choices), False, np.bool_
    )
    return found


def asked_people(clients: Cleaned, choices: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Tell which rows are of people beside one of whose rows the word stands: those merged into one are one person."""
    asked = asked_rows(clients.table, choices)
    if not asked.any():
        return asked
    into = survivors(clients)
    found: npt.NDArray[np.bool_] = np.isin(into, into[asked])
    return found


def asked_without_id(clients: Table, choices: Mapping[str, str]) -> list[int]:
    """Return the Excel rows beside which the word stands and that have no id yet."""
    asked = asked_rows(clients, choices) & ~clients.column("client_id").filled
    return [int(row) for row in clients.rows[asked].tolist()]


def asked_for(clients: Table, choices: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of rows in which the owner typed `erase`; a question (`erase?`) is none."""
    ids = clients.column("client_id")
    places = np.flatnonzero(asked_rows(clients, choices)).tolist()
    return tuple(dict.fromkeys(id_text(ids.cell(at)) for at in places if ids.cell(at) is not None))


def is_gone(clients: Table, client_id: str) -> bool:
    """Tell whether no row of the list has this id."""
    cells = clients.column("client_id").cells()
    return not any(not is_empty(cell) and bare_id(id_text(cell)) == bare_id(client_id) for cell in cells)
