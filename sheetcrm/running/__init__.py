"""open → plan → save → send → save: the only room that knows all others, and the only one with a clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sheetcrm.running.looking import look, open_workbook
    from sheetcrm.running.options import SendOptions
    from sheetcrm.running.recognising import run_book
    from sheetcrm.running.refreshing import refresh_book
    from sheetcrm.running.reports import Look, RefreshReport, RunReport
    from sheetcrm.running.resolving import resolve_message
    from sheetcrm.running.sending import run
    from sheetcrm.running.undoing import undo_book

# Where each name lives: a refresh that finds nothing new is over before half of these were loaded (PEP 562).
_HOMES = {
    "Look": "reports",
    "RefreshReport": "reports",
    "RunReport": "reports",
    "SendOptions": "options",
    "look": "looking",
    "open_workbook": "looking",
    "refresh_book": "refreshing",
    "resolve_message": "resolving",
    "run": "sending",
    "run_book": "recognising",
    "undo_book": "undoing",
}

__all__ = [
    "Look",
    "RefreshReport",
    "RunReport",
    "SendOptions",
    "look",
    "open_workbook",
    "refresh_book",
    "resolve_message",
    "run",
    "run_book",
    "undo_book",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
