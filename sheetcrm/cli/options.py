"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sheetcrm.cli.unlocking import unlocked
from sheetcrm.errors import UsageError


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        hint = "Write it as YYYY-MM-DD, like 2026-11-22."
        raise UsageError(f"{text!r} is no date.", hint, text="not-a-date", params={"value": text}) from None


def whole_number(option: str, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads the whole number after an option. It raises UsageError for anything else."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise _no_number(option, least, most)
        return value

    return number


def _no_number(option: str, least: int, most: int | None) -> UsageError:
    params = {"option": option, "least": str(least), "most": str(most)}
    if most is None:
        wanted, text = f"of at least {least}", "call-number-from"
    else:
        wanted, text = f"from {least} to {most}", "call-number-between"
    return UsageError(f"{option} takes a whole number {wanted}.", "", text=text, params=params)


Book = Annotated[
    Path,
    typer.Argument(
        metavar="BOOK",
        help="The workbook, an .xlsx or .xlsm file.",
        show_default=False,
        callback=unlocked,
        readable=False,  # whoever reads it says so, in the owner's words
    ),
]
NewBook = Annotated[Path, typer.Argument(metavar="BOOK", help="The workbook to be made.", show_default=False)]
On = Annotated[
    date | None,
    typer.Option("--on", metavar="DATE", parser=_day, help="Act for this day (YYYY-MM-DD) instead of today."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Language = Annotated[str, typer.Option("--language", metavar="xx", help="en, pl, uk, ru, it or es.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", parser=whole_number("--limit", 0), metavar="N", help="Send at most N messages."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="ADDRESS",
        help="A trial: send everything to this address, record nothing. Not together with --outbox.",
    ),
]
Outbox = Annotated[
    Path | None, typer.Option("--outbox", metavar="DIR", help="Write the messages as files instead, recorded as sent.")
]
NotBefore = Annotated[
    str | None,
    typer.Option(
        "--not-before", metavar="HH:MM", help="Do nothing before this time of the day: for jobs that come often."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Yes to the first live send to more than 20 people.")]


def check_language(code: str) -> str:
    """Return a supported language's code; raise UsageError for another."""
    from sheetcrm.languages import LANGUAGES  # noqa: PLC0415 - only for commands that take one

    if code.lower() not in LANGUAGES:
        raise UsageError(
            f"{code!r} is not a language that sheetcrm writes.",
            f"Choose one of {', '.join(LANGUAGES)}.",
            text="no-such-language",
            params={"value": code, "choices": ", ".join(LANGUAGES)},
        )
    return code.lower()
