"""How the messages of a run leave: by which transport, at what pace, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sheetcrm.crm.households import NOBODYS
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Delivery, Message, Transport
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.files import FilesTransport
from sheetcrm.delivery.limits import Limits, Pace
from sheetcrm.delivery.router import Router
from sheetcrm.delivery.sending import Counts, deliver
from sheetcrm.errors import SheetcrmError
from sheetcrm.running import first_send
from sheetcrm.running.asking import note_gateway
from sheetcrm.running.carriers import BY_MAIL, carrier, envelope_of
from sheetcrm.running.clock import moment
from sheetcrm.running.known_servers import note_server
from sheetcrm.running.limiting import limits_of
from sheetcrm.running.options import SendOptions
from sheetcrm.running.session import Session
from sheetcrm.running.watching import Watch

Step = Callable[[int, int], object]


class Dispatch:
    """The way out for the messages of one run. The transport is made when it is first asked for."""

    def __init__(
        self,
        session: Session,
        options: SendOptions,
        transport: Transport | None,
        server: SmtpConfig | None,
        progress: Step | None,
    ) -> None:
        """`transport` beats `server`, which beats what the settings and the environment name."""
        self.session = session
        self.options = options
        self.given = transport
        self.server = server
        self.progress = progress
        self._ready: Transport | None = None
        self._needed: frozenset[str] = frozenset()

    @property
    def stopped(self) -> Mapping[str, str]:
        """Which channels stopped in this run while others went on, and why."""
        return self._ready.stopped if isinstance(self._ready, Router) else {}

    def transport(self, due: Sequence[Message]) -> Transport:
        """Return what carries these messages. Raises UsageError and its kin where something that it needs is not set up."""
        needed = frozenset(message.channel for message in due)
        if self.given is not None:
            return self.given
        if self._ready is None or not needed <= self._needed:
            self._ready, self._needed = self._made(needed), needed
        return self._ready

    def hand_over(
        self,
        due: Sequence[Message],
        watch: Watch,
        apart: Mapping[str, Collection[str]],
        stopping: Callable[[], bool],
    ) -> tuple[Counts, SheetcrmError | None]:
        """Send what is due, each message once. `apart` are, by client id, the others of her household.

        Returns what became of the messages, and what stopped a channel or all.
        """
        done = 0

        def step(_message: Message, _delivery: Delivery | None, /) -> None:
            nonlocal done
            done += 1
            if self.progress is not None:
                self.progress(done, len(due))

        def allowed(message: Message) -> str | None:
            return watch(message) or closed(message) or None

        try:
            transport = self.transport(due)
            closed = transport.refusal if isinstance(transport, Router) else lambda _message: ""
            counts = deliver(
                due,
                transport,
                self.session.journal,
                limit=self.options.limit,
                clock=self._now,
                allowed=allowed,
                apart=apart,
                progress=step,
                pace=self._pace(stopping),
            )
        except SheetcrmError as error:
            return Counts(left=len(due)), error
        if self.options.outbox is None:
            first_send.note(self.session.journal, counts.sent, self.session.moment.on.isoformat())
            self._note_server(counts, due)
        troubles = transport.troubles if isinstance(transport, Router) else {}
        return counts, next(iter(troubles.values()), None)

    def _made(self, needed: Collection[str]) -> Transport:
        session = self.session
        if self.options.outbox is not None:
            envelope = envelope_of(session.book, session.identity.id, self.server, session.environ)
            return FilesTransport(self.options.outbox, envelope, clock=self._now)
        if "sms" in needed:
            note_gateway(session)
        return carrier(
            session.book,
            session.identity.id,
            session.environ,
            needed=needed,
            clock=self._now,
            journal=session.journal,
            server=self.server,
        )

    def _note_server(self, counts: Counts, due: Sequence[Message]) -> None:
        """Note by which server mails have gone: the environment's password is for that one."""
        session, mailed = self.session, any(message.channel == BY_MAIL for message in due)
        if counts.sent and mailed and self.given is None and self.server is None and BY_MAIL not in self.stopped:
            note_server(session.journal, SmtpConfig.load(session.book.settings, session.environ), session.environ)

    def _pace(self, stopping: Callable[[], bool]) -> Pace:
        """Return what waits for the minute limit: the owner's; the provider's too, where its server is what is sent by."""
        if self.options.outbox is not None:
            return Pace(0)
        settings = self.session.book.settings
        limits = limits_of(settings, self.session.environ) if self.given is None else Limits.of(settings, None)
        return Pace(limits.a_minute, stopping=stopping)

    def _now(self) -> datetime:
        return moment(self.session.book.zone, self.session.on).now


def households_of(plan: Plan) -> dict[str, set[str]]:
    """Return, by client id (those given just now included), everybody of the same household."""
    if plan.homes is None:
        return {}
    homes: dict[int, set[str]] = {}
    those = [(one, home) for one, home in zip(plan.client_ids, plan.homes.tolist(), strict=True) if home != NOBODYS]
    for client_id, home in those:
        homes.setdefault(home, set()).add(client_id)
    return {client_id: homes[home] for client_id, home in those}
