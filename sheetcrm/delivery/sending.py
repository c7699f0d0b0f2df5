"""The protocol around every transport: never twice, never lost.

For each message by itself: a durable `sending`, then the transport, then its result, in one commit with the next
`sending`. A counter of a batch is no
ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sheetcrm.crm.values import Delivery, Key, Message, Status, Transport
from sheetcrm.delivery.journal import Journal
from sheetcrm.errors import SendingError

UNKNOWNS_IN_A_ROW = 5
"""After so many unknown outcomes in a row the server is taken for ill: each one more is a question to the owner."""

INTERRUPTED = "interrupted"
TOO_FAST = "the limit of messages a minute is reached; the rest goes with the next run"
_RECORDED = "sheetcrm_recorded"
_NOTHING_KNOWN = Delivery(Status.UNKNOWN, "interrupted while it was being sent", stop=True)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a transport that knows what became of the message."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__()
        self.delivery = delivery


class Progress(Protocol):
    """Called after each message: with its outcome, or None where it was left."""

    def __call__(self, message: Message, delivery: Delivery | None, /) -> None:
        """Show it."""


@dataclass(frozen=True)
class Counts:
    """What became of the messages; `sent + failed + unknown + left` are all of them.

    `skipped` names those among `left` that may not go, with a reason (`Journal.refusal`, or what `allowed` said);
    `stopped` says why the rest was not tried: `interrupted`, or the server's words; "" where all were.
    """

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    left: int = 0
    skipped: tuple[tuple[Key, str], ...] = ()
    stopped: str = ""


def deliver(
    messages: Sequence[Message],
    transport: Transport,
    journal: Journal,
    *,
    clock: Callable[[], datetime],
    limit: int | None = None,
    allowed: Callable[[Message], str | None] | None = None,
    apart: Mapping[str, Collection[str]] | None = None,
    progress: Progress | None = None,
    pace: Callable[[], bool] | None = None,
) -> Counts:
    """Send messages by the protocol. `clock` gives the moment, with a zone; at most `limit` are tried.

    `allowed` is asked right before each: a reason holds it (she may have opted out a minute ago). `pace` waits before that until
    the message may go (`limits.Pace`); where it says no, the rest is left for the next run. `apart` has, by
    client id, the other people of her household: an address they share may have the same campaign once for each. The
    transport is entered when the first message is due to go. Ctrl-C ends it: what was under way is recorded as it is,
    and `stopped` says so. Raises SendingError where nothing could be sent at all, WorkbookError where the journal
    cannot be written (nothing goes then).
    """
    tally = _Tally(len(messages), progress)
    entered = False
    with ExitStack() as stack:
        try:
            for message in messages:
                if tally.stopped or tally.tried == limit:
                    break
                others = None if apart is None else apart.get(message.key.client_id, ())
                # once under way, to begin a message tells as well; asked twice for each, the journal would take as long as the mail
                why = "" if entered and pace is None else journal.refusal(message, clock(), others)
                if not why and pace is not None and not pace():
                    tally.stopped = TOO_FAST
                    break
                why = why or (allowed(message) if allowed else None) or ""
                if not why and not entered:
                    stack.enter_context(journal.hurried())
                    _enter(transport, stack)
                    entered = True
                delivery = None if why else _hand_over(message, transport, journal, clock, others)
                if delivery is None and not why:
                    why = journal.refusal(message, clock(), others) or "done"
                tally.add(message, delivery, why)
        except KeyboardInterrupt as stop:
            tally.interrupt(getattr(stop, _RECORDED, None))
        finally:
            journal.settle()
    return tally.counts()


def rehearse(
    messages: Sequence[Message], transport: Transport, *, limit: int | None = None, progress: Progress | None = None
) -> Counts:
    """Send messages as a trial (`--to`): nothing is recorded, nothing asked. Raises SendingError."""
    tally = _Tally(len(messages), progress)
    with ExitStack() as stack:
        if messages:
            _enter(transport, stack)
        for message in messages[:limit]:
            if tally.stopped:
                break
            tally.add(message, _send(transport, message))
    return tally.counts()


def _enter(transport: Transport, stack: ExitStack) -> None:
    if isinstance(transport, AbstractContextManager):
        stack.enter_context(transport)


def _hand_over(
    message: Message,
    transport: Transport,
    journal: Journal,
    clock: Callable[[], datetime],
    others: Collection[str] | None,
) -> Delivery | None:
    """Begin, send, finish; also where Ctrl-C falls into it, what is true is recorded. None: another was faster."""
    if not journal.begin(message, clock(), others):
        return None
    delivery: Delivery | None = None
    try:
        delivery = _send(transport, message)
        journal.finish(message.key, delivery, clock(), later=True)
    except BaseException as error:
        # without word from the transport we do not know; a result that was recorded already stays as it is
        known = delivery if delivery is not None else getattr(error, "delivery", _NOTHING_KNOWN)
        journal.finish(message.key, known, clock())
        setattr(error, _RECORDED, known)  # for the count
        raise
    return delivery


def _send(transport: Transport, message: Message) -> Delivery:
    try:
        delivery = transport.send(message)
        # a transport of somebody's own may forget its answer: then nothing is known
        return delivery if isinstance(delivery, Delivery) else Delivery(Status.UNKNOWN, "the transport gave no answer")
    except SendingError as error:  # by its definition nothing was taken
        return Delivery(Status.FAILED, error.message, passing=True, stop=True)
    except Exception as error:  # noqa: BLE001 - whatever a transport raises: we do not know, and say so
        return Delivery(Status.UNKNOWN, f"the transport failed: {type(error).__name__}")


class _Tally:
    """Counts outcomes, and decides when to stop."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._by_status = dict.fromkeys(Status, 0)
        self._skipped: list[tuple[Key, str]] = []
        self._unknowns = 0
        self.stopped = ""

    @property
    def tried(self) -> int:
        return sum(self._by_status.values())

    def add(self, message: Message, delivery: Delivery | None, why: str = "") -> None:
        if delivery is None:
            self._skipped.append((message.key, why))
        else:
            self._count(delivery)
        if self._progress:
            self._progress(message, delivery)

    def _count(self, delivery: Delivery) -> None:
        self._by_status[delivery.status] += 1
        self._unknowns = self._unknowns + 1 if delivery.status == Status.UNKNOWN else 0
        if delivery.stop:
            self.stopped = delivery.detail or "stopped"
        elif self._unknowns >= UNKNOWNS_IN_A_ROW:
            self.stopped = f"the outcome of {self._unknowns} messages in a row is unknown"

    def interrupt(self, delivery: Delivery | None) -> None:
        if delivery is not None:
            self._count(delivery)
        self.stopped = INTERRUPTED

    def counts(self) -> Counts:
        sent, failed, unknown = (self._by_status[s] for s in (Status.SENT, Status.FAILED, Status.UNKNOWN))
        return Counts(sent, failed, unknown, self._total - self.tried, tuple(self._skipped), self.stopped)
