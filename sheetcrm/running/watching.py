"""Look again right before each message: she may have typed an opt-out, or corrected an address, a minute ago."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Key, Message
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.session import Session

CHANGED = "changed"


def _said(message: Message) -> tuple[str, ...]:
    return message.channel, message.to, message.subject, message.text


class Watch:
    """Asked before each message, as `deliver(allowed=…)`: a reason where the workbook as it is now does not say so any more.

    The file is read again only where its size or time has changed. Raises KeyboardInterrupt where the run was asked to stop.
    """

    def __init__(self, session: Session, replan: Callable[[], Plan], stopping: Callable[[], bool]) -> None:
        self._session = session
        self._replan = replan
        self._stopping = stopping
        self._stamp = self._look()
        self._now: Mapping[Key, Message] | None = None  # None: as planned

    def __call__(self, message: Message) -> str | None:
        """Return why a message may not go, None where it may."""
        if self._stopping():
            raise KeyboardInterrupt
        stamp = self._look()
        if stamp != self._stamp:
            self._now = self._plan_again()
            self._stamp = stamp
        if self._now is None:
            return None
        now = self._now.get(message.key)
        return None if now is not None and _said(now) == _said(message) else CHANGED

    def _look(self) -> tuple[int, int] | None:
        try:
            status = self._session.path.stat()
        except OSError:  # Excel between delete and rename
            return None
        return status.st_mtime_ns, status.st_size

    def _plan_again(self) -> Mapping[Key, Message]:
        """Return what is due now; nothing where the workbook cannot be read at this moment: the next run goes on."""
        try:
            self._session.reopen()
            return {message.key: message for message in self._replan().due}
        except SheetcrmError:
            return {}
