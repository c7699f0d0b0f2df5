"""A line of the record of deliveries: how it stands in the Sent table, which of two knows better, when to try again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sheetcrm.crm.fields import SENT
from sheetcrm.crm.values import Key, Status

RANK = {Status.SENT: 4, Status.UNKNOWN: 3, Status.SENDING: 2, Status.SKIPPED: 1, Status.FAILED: 0}
"""Which of two lines about one message counts: sent > unknown > sending > skipped > failed > none.

What we are sure of (sent) beats what may have happened, and that beats `failed`: an error then costs a question to
the owner, never a second message. One exception: her word `failed` stands against the same attempt's `unknown` in an
older copy of the sheet.
"""

PAUSES = (timedelta(0), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))
"""How long a message that failed for a passing reason rests after its first, second, … attempt; the last one repeats.

The first retry is the next run's: most passing faults are over by then. How often at all is up to the campaign's
`grace_days`.
"""

_FINAL = re.compile(r"(?:came back: )?5\d\d\b")
_SHORT = re.compile(r"[0-9a-f]{10}")


def is_final(detail: str) -> bool:
    """Tell from the words of a failed delivery that it must not be tried again: they begin with a reply code 5xx.

    The Sent table has no column for it, and a lost journal is made again from that table.
    """
    return _FINAL.match(detail) is not None


def next_try(attempts: int, at: datetime) -> str:
    """Return the moment (UTC, as text that sorts) from which a message may be tried again after so many attempts."""
    return moment(at + PAUSES[min(attempts, len(PAUSES)) - 1])


def moment(at: datetime) -> str:
    """Return a moment in UTC as text that sorts."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class SentRow:
    """A line of the Sent table.

    `at` is ISO text, local time of the business; `short` the key as it stands in the sheet, "" for the key's own.
    """

    key: Key
    status: Status
    at: str = ""
    client: str = ""
    due: date | None = None
    channel: str = ""
    to: str = ""
    subject: str = ""
    text: str = ""
    detail: str = ""
    short: str = ""

    def cells(self) -> dict[str, Any]:
        """Return the cells of this line by field of the Sent table; `at` is a datetime without zone, as in Excel."""
        return {
            "key": self.short or self.key.short,
            "campaign": self.key.campaign,
            "client_id": self.key.client_id,
            "client": self.client,
            "occasion": self.key.occasion,
            "due": self.due,
            "channel": self.channel,
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "status": str(self.status),
            "at": parse_at(self.at) or self.at or None,
            "detail": self.detail,
        }

    @classmethod
    def from_cells(cls, cells: Mapping[str, Any]) -> SentRow | None:
        """Read a line of the Sent table, however she may have touched it; None where neither key nor campaign is left.

        A status that cannot be read is `unknown`: something went out, or may have.
        """
        text = {name: _text(cells.get(name)) for name in _TEXT_FIELDS}
        short = text["key"].lower() if _SHORT.fullmatch(text["key"].lower()) else ""
        if not short and not (text["campaign"] and text["client_id"]):
            return None
        status = next((s for s in Status if s == text["status"].lower()), Status.UNKNOWN)
        at = cells.get("at")
        return cls(
            key=Key(text["campaign"], text["client_id"], text["occasion"]),
            status=Status.UNKNOWN if status is Status.SENDING else status,
            at=at.isoformat(timespec="seconds") if isinstance(at, datetime) else _text(at),
            client=text["client"],
            due=_day(cells.get("due")),
            channel=text["channel"],
            to=text["to"],
            subject=text["subject"],
            text=text["text"],
            detail=text["detail"],
            short=short,
        )


_TEXT_FIELDS = tuple(name for name in SENT.names if name not in ("due", "at"))


def parse_at(at: str) -> datetime | None:
    """Return the local time of a line, without its zone; None where it cannot be read."""
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None)
    except ValueError:
        return None


def _text(value: Any) -> str:
    """Return a cell as text: Excel makes 2026 of the occasion "2026", and a date of "2026-11-22"."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT are not themselves
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if not (value.hour or value.minute or value.second)
            else value.isoformat(timespec="seconds")
        )
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(_text(value)[:10])
    except ValueError:
        return None
