"""One transport for a run of several channels: each message goes by its own, and one that is out of order stops only itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from sheetcrm.crm.values import Delivery, Message, Status, Transport
from sheetcrm.errors import SendingError, UsageError

FAILURES_IN_A_ROW = 5
"""So many messages of a channel in a row of which none was taken: the service is ill, or its settings are wrong."""

UNKNOWNS_IN_A_ROW = 3
"""Each of them is a question to the owner, and may have cost money."""

CLOSED = "channel-stopped"
"""Why a message of a channel that has stopped is left for the next run."""

_BY_MAIL = "email"  # which knows itself when to stop


class Router:
    """Sends each message by the transport of its channel, made when the first one is due.

    `makers` has a function per channel; `needed` are the channels of the messages that are going to be sent. Entering makes and enters
    those. A channel that does not work is left out and noted in `troubles`; only where none works is that raised.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Transport]], needed: Collection[str]) -> None:
        self._makers = makers
        self._needed = [channel for channel in makers if channel in needed]
        self._ready: dict[str, Transport] = {}
        self._failures: dict[str, list[Status]] = {}
        self._stack = ExitStack()
        self.troubles: dict[str, SendingError | UsageError] = {}
        self.stopped: dict[str, str] = {}  # why, by channel

    def prepare(self) -> None:
        """Make the transports. Raises UsageError where one is not configured as it must be; nothing is connected to.

        One that must not be used as it is configured (its key is another server's) is a trouble of that channel alone.
        """
        for channel in self._needed:
            if channel not in self._ready and channel not in self.stopped:
                try:
                    self._ready[channel] = self._makers[channel]()
                except SendingError as error:
                    self._leave_out(channel, error)

    def __enter__(self) -> Self:
        """Enter the transports of all channels. Raises SendingError where no one of them works."""
        self.prepare()
        for channel in (one for one in self._needed if one in self._ready):
            transport = self._ready[channel]
            if isinstance(transport, AbstractContextManager):
                try:
                    self._stack.enter_context(transport)
                except SendingError as error:
                    self._leave_out(channel, error)
        if len(self.stopped) == len(self._needed) and self.troubles:
            raise next(iter(self.troubles.values()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def refusal(self, message: Message) -> str:
        """Say why a message may not even be tried ("": it may): its channel has stopped in this run."""
        return CLOSED if message.channel in self.stopped else ""

    def send(self, message: Message) -> Delivery:
        """Send a message by its channel. A channel that has to stop is not tried again; the others go on."""
        channel = message.channel
        if channel in self.stopped:
            return Delivery(Status.FAILED, self.stopped[channel], passing=True, stop=self._all_stopped)
        transport = self._ready.get(channel)
        if transport is None:
            return Delivery(Status.FAILED, "this channel is not configured", passing=True)
        delivery = transport.send(message)
        if delivery.stop or self._is_ill(channel, delivery):
            self.stopped[channel] = delivery.detail
        return replace(delivery, stop=channel in self.stopped and self._all_stopped)

    def _leave_out(self, channel: str, error: SendingError) -> None:
        self.troubles[channel] = error
        self.stopped[channel] = error.message

    @property
    def _all_stopped(self) -> bool:
        return all(channel in self.stopped for channel in self._needed)

    def _is_ill(self, channel: str, delivery: Delivery) -> bool:
        if channel == _BY_MAIL:
            return False
        row = self._failures.setdefault(channel, [])
        if delivery.status == Status.SENT:
            row.clear()
            return False
        row.append(delivery.status)
        return len(row) >= FAILURES_IN_A_ROW or row[-UNKNOWNS_IN_A_ROW:] == [Status.UNKNOWN] * UNKNOWNS_IN_A_ROW
