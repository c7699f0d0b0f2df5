"""Clients who wrote that they want nothing more, and addresses from which mail comes back: what follows in the client list. Pure.

The suppression list knows addresses by their marks, the list knows rows: a consent is only ever made a “no”, in every row with
that address. Who said yes again is known by a yes in a row where a “no” was seen since, in a workbook that tells of it in Changes:
an older copy of the workbook, and a row imported anew, do not say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sheetcrm.crm.acts import OPTED_OUT, Act, CellChange, new_act, still_done
from sheetcrm.crm.cells import shown
from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.crm.lineage import bare_id
from sheetcrm.crm.tables import CellError, Column
from sheetcrm.crm.unclear import EMAILS, with_email_among
from sheetcrm.crm.values import ColumnChange, Ledger, Problem, Suppressed, mark_of

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell, Cleaned
    from sheetcrm.languages import Language

CAME_BACK = "came-back"
"""The kind of an `invalid-email` that is written as an address is, but from which mail comes back."""

_PHONES = ("phone", "other_phone")  # where all but e-mail goes
_SECONDS = 19  # of ISO time without its zone


@dataclass(frozen=True)
class OptOuts:
    """What follows from who wants nothing more.

    `changes` are consents to be made “no” in the rows of `written` ((channel, mark, client id) each), `acts` tell of them; `refused`
    are rows in which a “no” was seen, `agreed` the (channel, mark) of those who said yes again: the suppression no longer holds.
    `forget`: rows (positions) of those who want all that is kept of them deleted, with the day on which they said so.
    """

    changes: tuple[ColumnChange, ...] = ()
    acts: tuple[Act, ...] = ()
    written: tuple[tuple[str, str, str], ...] = ()
    refused: tuple[tuple[str, str, str], ...] = ()
    agreed: frozenset[tuple[str, str]] = frozenset()
    forget: tuple[tuple[int, date], ...] = ()

    def seen(self, *, stood: bool, left: Collection[tuple[str, str]] = ()) -> tuple[tuple[str, str, str], ...]:
        """Return the rows in which a “no” stands; with those of this plan, where its cells `stood`, but for the fields `left` out."""
        fields = {field for table, field in left if table == "Clients"}
        return (*self.refused, *(one for one in self.written if stood and CONSENT_OF_CHANNEL[one[0]] not in fields))

    def without_agreed(self, ledger: Ledger) -> Ledger:
        """Return what is known to have been sent with only those suppressions that hold."""
        if not self.agreed:
            return ledger
        return replace(ledger, suppressed={at: one for at, one in ledger.suppressed.items() if at not in self.agreed})


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with an address that wants nothing by a channel."""

    position: int
    client_id: str
    place: tuple[str, str]  # channel, mark
    says_yes: bool
    cell: Cell


def opt_outs(clients: Cleaned, ledger: Ledger, acts: Sequence[Act], told: Collection[str], words: Language) -> OptOuts:
    """Return what follows from the suppressions of the ledger. `told` are the ids of the acts that the workbook itself tells of."""
    if not ledger.suppressed:
        return OptOuts()
    rows = [row for channel in CONSENT_OF_CHANNEL for row in _rows(clients, channel, ledger)]
    noted = [act for act in still_done(acts) if act.kind == OPTED_OUT and act.id in told]
    agreed = frozenset(row.place for row in rows if row.says_yes and _agrees(row, ledger.suppressed[row.place], noted))
    to_do = [row for row in rows if row.says_yes and row.place not in agreed]
    seen = [row for row in rows if not row.says_yes and row.client_id not in ledger.suppressed[row.place].refused]
    cells = {(CONSENT_OF_CHANNEL[row.place[0]], row.position): row for row in to_do}
    return OptOuts(
        changes=tuple(_changes(clients, cells, words)),
        acts=tuple(
            _acts({at: row for at, row in cells.items() if not _is_told(at[0], row, ledger, acts)}, acts, words)
        ),
        written=tuple((*row.place, row.client_id) for row in to_do if row.client_id),
        refused=tuple(dict.fromkeys((*row.place, row.client_id) for row in seen if row.client_id)),
        agreed=agreed,
        forget=tuple(_to_forget(clients, ledger.suppressed, agreed)),
    )


def _rows(clients: Cleaned, channel: str, ledger: Ledger) -> Iterator[_Row]:
    """Yield the rows with an address that wants nothing by that channel.

    A consent cell with an error in it is hers; rows of who is erased are let alone: an older copy was put back.
    """
    marks, erased = {mark for one, mark in ledger.suppressed if one == channel}, ledger.erased
    if not marks:
        return
    field = CONSENT_OF_CHANNEL[channel]
    column, yes = clients.table.column(field), clients.texts(field).objects("")
    ids = clients.texts("client_id").objects("")
    # who wants nothing by any channel wrote so by mail: she is known by that address
    for name in EMAILS if channel == "email" else (*EMAILS, *_PHONES):
        texts = clients.texts(name)
        known = texts.lookup(lambda address: mark_of(address) in marks, False, np.bool_)
        for position in np.flatnonzero(known).tolist():
            cell = column.cell(position)
            if not isinstance(cell, CellError) and bare_id(str(ids[position])) not in erased:
                place = (channel, mark_of(str(texts.cell(position))))
                yield _Row(position, str(ids[position]), place, yes[position] == "yes", cell)


def _to_forget(
    clients: Cleaned, suppressed: Mapping[tuple[str, str], Suppressed], agreed: Collection[tuple[str, str]]
) -> Iterator[tuple[int, date]]:
    """Yield the rows with an address whose reader wants to be forgotten, and has not said yes to anything since."""
    lifted = {mark for _, mark in agreed}
    days = {mark: said.since[:10] for (_, mark), said in suppressed.items() if said.forget and mark not in lifted}
    for position in np.flatnonzero(with_email_among(clients, days)).tolist():
        marks = (mark_of(str(clients.texts(name).cell(position) or "")) for name in EMAILS)
        yield position, date.fromisoformat(min(days[mark] for mark in marks if mark in days))


def _agrees(row: _Row, said: Suppressed, noted: Sequence[Act]) -> bool:
    """Tell whether she said yes again: a “no” was seen in this very row since, and the sheet still tells how it came there."""
    if row.client_id not in said.refused:
        return False
    since = said.since[:_SECONDS]
    return any(act.left == row.client_id and act.at[:_SECONDS] >= since for act in noted)


def _changes(clients: Cleaned, cells: Mapping[tuple[str, int], _Row], words: Language) -> Iterator[ColumnChange]:
    for field in dict.fromkeys(field for field, _ in cells):
        at = np.array(sorted(position for one, position in cells if one == field), dtype=np.int64)
        new = [_no(cells[field, position].cell, words) for position in at.tolist()]
        yield ColumnChange("Clients", field, at, clients.table.column(field).take(at), Column.encode(new))


def _is_told(field: str, row: _Row, ledger: Ledger, acts: Sequence[Act]) -> bool:
    """Tell whether an act says so already: a cell that cannot be written, or an older copy of the workbook, makes no second one."""
    since = ledger.suppressed[row.place].since[:_SECONDS]
    hers = [act for act in acts if (act.kind, act.left) == (OPTED_OUT, row.client_id) and act.at[:_SECONDS] >= since]
    return any(not act.cells or any(change.field == field for change in act.cells) for act in hers)


def _acts(cells: Mapping[tuple[str, int], _Row], acts: Sequence[Act], words: Language) -> Iterator[Act]:
    """Yield an act for each cell: by it the sheet Changes shows what was done, and why."""
    before = list(acts)
    for (field, _), row in cells.items():
        if row.client_id:
            change = CellChange(row.client_id, field, row.cell, _no(row.cell, words))
            before.append(new_act(OPTED_OUT, row.client_id, "", before=before, cells=(change,)))
            yield before[-1]


def _no(cell: Cell, words: Language) -> Cell:
    """Return a “no” as she writes a yes: the word of her language, or a check box's own."""
    return False if isinstance(cell, bool) else words.choice("no")


def returned_mail(clients: Cleaned, bounced: Collection[str]) -> Iterator[Problem]:
    """Yield the addresses from which mail comes back, until another one stands there."""
    if not bounced:
        return
    rows = clients.table.rows.tolist()
    for name in EMAILS:
        texts, raw = clients.texts(name), clients.table.column(name)
        known = texts.lookup(lambda address: mark_of(address) in bounced, False, np.bool_)
        for position in np.flatnonzero(known).tolist():
            value = shown(raw.cell(position))
            yield Problem("invalid-email", "Clients", rows[position], name, value, {"kind": CAME_BACK})
