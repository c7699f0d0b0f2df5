"""Options that several commands share, declared once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sheetcrm.errors import UsageError


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as YYYY-MM-DD") from None


Book = Annotated[Path, typer.Argument(metavar="BOOK", help="The workbook, an .xlsx or .xlsm file.", show_default=False)]
On = Annotated[
    date | None,
    typer.Option("--on", metavar="DATE", parser=_day, help="Act for this day (YYYY-MM-DD) instead of today."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Language = Annotated[str, typer.Option("--language", metavar="xx", help="en, pl, uk, ru, it or es.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
Limit = Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help="Send at most N messages.")]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="ADDRESS", help="A trial: send everything to this address, record nothing."),
]
Outbox = Annotated[
    Path | None, typer.Option("--outbox", metavar="DIR", help="Write the messages as files instead, recorded as sent.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Yes to the first live send to more than 20 people.")]


def check_language(code: str) -> str:
    """Return a supported language's code; raise UsageError for another."""
    from sheetcrm.languages import LANGUAGES  # noqa: PLC0415 - only for commands that take one

    if code.lower() not in LANGUAGES:
        raise UsageError(f"{code!r} is not a language that sheetcrm writes.", f"Choose one of {', '.join(LANGUAGES)}.")
    return code.lower()
