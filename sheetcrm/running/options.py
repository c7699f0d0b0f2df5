"""What a person may say to `send` and `run`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SendOptions:
    """What a person may say to `send` and `run`."""

    limit: int | None = None
    to: str | None = None
    outbox: Path | None = None
    yes: bool = False
    dry_run: bool = False

    @property
    def is_recorded(self) -> bool:
        """Whether what is sent is recorded: neither a dry run nor a trial."""
        return not self.dry_run and self.to is None

    @property
    def is_usual(self) -> bool:
        """Whether this is a run as a scheduler starts it: what is due goes to whom it is for, by its own channel."""
        return self.is_recorded and self.outbox is None
