"""Whose answer a mail is: matched with what was sent, and recorded. What is nobody's is nobody's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sheetcrm.crm.values import Status
from sheetcrm.delivery.inbound import OptOut, Returned
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import id_of
from sheetcrm.delivery.records import SentRow, parse_at
from sheetcrm.delivery.replies import scrub

CAME_BACK = "came back: "
_WITHIN = timedelta(days=30)
"""How long after a message a report that does not name it may be about it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many want nothing more, how many messages came back: those that were not known before."""

    opted_out: int = 0
    returned: int = 0


class Answers:
    """Takes what mails say into a journal. `addresses` are those of the clients, as they are written to; `at` is now."""

    def __init__(self, journal: Journal, workbook_id: str, addresses: Collection[str], at: datetime) -> None:
        self._journal = journal
        self._addresses = {address.casefold() for address in addresses}
        self._at = at
        self._by_id: dict[str, SentRow] = {}
        self._last_to: dict[str, SentRow] = {}
        for row in journal.records():  # in order of time
            if row.channel == "email" and row.status in (Status.SENT, Status.UNKNOWN, Status.FAILED):
                self._by_id[id_of(row.key, workbook_id)] = row
                self._last_to[row.to.casefold()] = row

    def take(self, findings: Iterable[OptOut | Returned]) -> Answered:
        """Record what these mails say; return what of it is new."""
        opted_out = returned = 0
        for finding in findings:
            if isinstance(finding, OptOut):
                opted_out += self._withdraw(finding)
            else:
                returned += self._came_back(finding)
        return Answered(opted_out, returned)

    def _withdraw(self, said: OptOut) -> bool:
        """Suppress the address that the answered message went to, and the one that answers; False where both are nobody's."""
        answered = {row.to for refers in said.refers if (row := self._by_id.get(refers)) is not None}
        known = said.sender in self._addresses or said.sender in self._last_to
        addresses = [*answered, *([said.sender] if known else [])]
        new = [self._journal.suppress(address, "email", self._at, said.source) for address in addresses if address]
        return any(new)

    def _came_back(self, said: Returned) -> bool:
        rows = [row for refers in said.refers if (row := self._by_id.get(refers)) is not None]
        # a report that names no message of ours may be anybody's invention: only one about a fresh one is believed
        rows = rows or [
            row for to in said.recipients if (row := self._last_to.get(to)) is not None and self._fresh(row)
        ]
        new = False
        for row in rows:
            if row.to.casefold() not in said.recipients:
                continue  # she has it forwarded, and that is where it failed
            detail = CAME_BACK + scrub(said.detail, (row.to,))
            new |= self._journal.came_back(row.key, detail)
            if said.gone:
                new |= self._journal.bounce(row.to, self._at, detail)
        return new

    def _fresh(self, row: SentRow) -> bool:
        at = parse_at(row.at)
        return at is not None and self._at.replace(tzinfo=None) - at < _WITHIN
