"""Whose answer a mail is: matched with what was sent, and recorded. What is nobody's is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.crm.values import Status
from sheetcrm.delivery.inbound import Finding, OptOut, Returned, Unclear
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.mail import id_of
from sheetcrm.delivery.optouts import ERASURE
from sheetcrm.delivery.records import SentRow, parse_at
from sheetcrm.delivery.replies import scrub

CAME_BACK = "came back: "
_WITHIN = timedelta(days=30)
"""How long after a message a report that does not name it may be about it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many want nothing more, how many messages came back, whose reply may mean no more (client ids): what was not known before.

    `forget`: client ids of those who want all that is kept of them deleted.
    """

    opted_out: int = 0
    returned: int = 0
    unclear: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()


class Answers:
    """Takes what mails say into a journal. `clients` are client ids by their addresses, as they are written to; `at` is now."""

    def __init__(self, journal: Journal, workbook_id: str, clients: Mapping[str, str], at: datetime) -> None:
        self._journal = journal
        self._clients = {address.casefold(): client_id for address, client_id in clients.items()}
        self._at = at
        self._by_id: dict[str, SentRow] = {}
        self._last_to: dict[str, SentRow] = {}
        for row in journal.records():  # in order of time
            if row.channel == "email" and row.status in (Status.SENT, Status.UNKNOWN, Status.FAILED):
                self._by_id[id_of(row.key, workbook_id)] = row
                self._last_to[row.to.casefold()] = row

    def take(self, findings: Iterable[Finding]) -> Answered:
        """Record what these mails say; return what of it is new."""
        opted_out = returned = 0
        unclear: list[str] = []
        forget: list[str] = []
        for finding in findings:
            if isinstance(finding, OptOut):
                opted_out += self._withdraw(finding)
                forget += self._to_forget(finding)
            elif isinstance(finding, Unclear):
                unclear += self._ask(finding)
            else:
                returned += self._came_back(finding)
        return Answered(opted_out, returned, tuple(dict.fromkeys(unclear)), tuple(dict.fromkeys(forget)))

    def _withdraw(self, said: OptOut) -> bool:
        """Suppress the address that the answered message went to, and the one that answers; False where both are nobody's.

        Who objects to advertising objects to all of it, by whatever channel it comes (GDPR, article 21): not to mails alone.
        """
        new = [
            self._journal.suppress(address, channel, self._at, said.source)
            for address in self._readers(said)
            for channel in CONSENT_OF_CHANNEL
        ]
        return any(new)

    def _to_forget(self, said: OptOut) -> list[str]:
        readers = self._readers(said) if said.source == ERASURE else ()
        return [found for address in readers if (found := self._client_of(address))]

    def _ask(self, said: Unclear) -> list[str]:
        """Note that the owner has to read a reply; return whose it is, where that was not known."""
        at = self._written(said)
        new = [address for address in self._readers(said) if self._journal.ask(address, at)]
        return [found for address in new if (found := self._client_of(address))]

    def _written(self, said: Unclear) -> datetime:
        """Return when a reply was written, as far as its own word can be true: not in the future, nor before what it answers was sent."""
        if said.at is None or said.at > self._at:
            return self._at
        zone = self._at.tzinfo
        rows = (row for refers in said.refers if (row := self._by_id.get(refers)) is not None)
        sent = (at.replace(tzinfo=zone) for row in rows if (at := parse_at(row.at)) is not None)
        return min(self._at, max((said.at.astimezone(zone), *sent)))

    def _client_of(self, address: str) -> str:
        row = self._last_to.get(address.casefold())
        return self._clients.get(address.casefold()) or ("" if row is None else row.key.client_id)

    def _readers(self, said: OptOut | Unclear) -> list[str]:
        """Return the addresses of hers that are known: that of the message that she answers, and the one that she writes from."""
        answered = (row.to for refers in said.refers if (row := self._by_id.get(refers)) is not None)
        known = said.sender in self._clients or said.sender in self._last_to
        found = {to.casefold() for to in answered if to} | ({said.sender} if known else set())
        return sorted(found)

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
