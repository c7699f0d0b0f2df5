"""open → plan → save → send → save: the only room that knows all others, and the only one with a clock."""

from sheetcrm.running.looking import look, open_workbook
from sheetcrm.running.reports import Look, RefreshReport, RunReport
from sheetcrm.running.resolving import resolve_message
from sheetcrm.running.sending import SendOptions, run, run_book
from sheetcrm.running.upkeep import refresh_book, undo_book, versions

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
    "versions",
]
