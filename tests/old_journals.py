"""Journals as earlier versions left them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ADDED = {
    2: ("DROP TABLE campaigns", "ALTER TABLE ids DROP COLUMN person"),
    3: ("DROP TABLE acts",),
    4: ("DROP TABLE suppressed", "DROP TABLE bounced", "ALTER TABLE messages DROP COLUMN reference"),
    5: ("DROP TABLE named",),
}
"""What takes out of a journal what each format added."""


def make_older(path: Path, version: int) -> None:
    """Make a journal of today's format one of format `version`."""
    with sqlite3.connect(path) as raw:
        for statement in (one for added, those in _ADDED.items() if added > version for one in those):
            raw.execute(statement)
        raw.execute(f"PRAGMA user_version = {version}")
    raw.close()
