"""How many messages may go in a day and in a minute: a little less than the provider takes.

Beyond its limit a provider refuses, and soon locks the account. The day is a rolling one of 24 hours over all runs, as
providers count it; what does not fit goes with a later run by itself.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.providers import provider_of_host

LIMIT = "limit"
"""Why a message waits that is one too many for this day."""

LIMITED = ("email", "sms")
DAY = timedelta(hours=24)
LONGEST_PAUSES = 600.0
"""Seconds that a run waits in all for the sake of the minute limit; what is left then goes with the next one."""

_MINUTE = 60.0
_SLICE = 0.2  # how long a word to stop may go unheard


@dataclass(frozen=True, slots=True)
class Limits:
    """The most messages of a channel in 24 hours (none named: no limit), and of all in a minute (0: no limit)."""

    a_day: Mapping[str, int]
    a_minute: int = 0

    @classmethod
    def of(cls, settings: Settings, server: SmtpConfig | None) -> Limits:
        """Return what the owner has set, else what the provider whose mail server it is takes."""
        usual = (0, 0)
        if server is not None and (provider := provider_of_host(server.host)) is not None:
            usual = provider.limits(server.user)
        a_day, a_minute = settings.daily_limit, settings.minute_limit
        each = dict.fromkeys(LIMITED, a_day) if a_day is not None else {"email": usual[0]}
        return cls(
            {channel: most for channel, most in each.items() if most}, usual[1] if a_minute is None else a_minute
        )


def beyond(messages: Iterable[Message], limits: Limits, journal: Journal, at: datetime) -> dict[Key, str]:
    """Return which of these messages, in the order in which they go, are too many for the day: by key, with the reason."""
    if not limits.a_day:
        return {}
    gone = Counter(channel for channel in journal.gone_since(at - DAY) if channel in limits.a_day)
    kept = {}
    for message in messages:
        if message.channel in limits.a_day:
            gone[message.channel] += 1
            if gone[message.channel] > limits.a_day[message.channel]:
                kept[message.key] = LIMIT
    return kept


class Pace:
    """Asked before each message, it waits until that one is not too many for its minute.

    `stopping` tells whether the run was asked to stop: no wait is longer than that is heard. False is returned where the run has
    waited long enough.
    """

    def __init__(
        self,
        a_minute: int,
        *,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = LONGEST_PAUSES,
    ) -> None:
        self._a_minute = a_minute
        self._stopping = stopping
        self._clock = clock
        self._sleep = sleep
        self._patience = patience
        self._last: deque[float] = deque(maxlen=max(a_minute, 1))

    def __call__(self) -> bool:
        """Wait; return whether the message may go in this run. Raises KeyboardInterrupt where it was asked to stop."""
        if not self._a_minute:
            return True
        until = self._last[0] + _MINUTE if len(self._last) == self._a_minute else self._clock()
        if until - self._clock() > self._patience:
            return False
        while (left := until - self._clock()) > 0:
            if self._stopping():
                raise KeyboardInterrupt
            self._sleep(min(left, _SLICE))
            self._patience -= min(left, _SLICE)
        self._last.append(self._clock())
        return True
