"""A transport for tests and trials: it keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable

from sheetcrm.crm.values import Delivery, Message, Status


class MemoryTransport:
    """Keeps all messages in `messages`. `reply` may say what became of each; without it, all are sent."""

    def __init__(self, reply: Callable[[Message], Delivery] | None = None) -> None:
        self.messages: list[Message] = []
        self._reply = reply

    def send(self, message: Message) -> Delivery:
        """Keep a message; one that is said to have failed certainly was not taken, so it is not kept."""
        delivery = self._reply(message) if self._reply else Delivery(Status.SENT)
        if delivery.status != Status.FAILED:
            self.messages.append(message)
        return delivery
