"""The commands, gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from sheetcrm import __version__
from sheetcrm.cli import (
    adopting,
    differing,
    importing,
    looking,
    making,
    merging,
    output,
    pairing,
    privacy,
    sending,
    upkeep,
)


def _version(value: bool) -> None:
    if value:
        output.put(f"sheetcrm {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Make an Excel workbook a client base that works by itself. `--debug` shows what went wrong inside."""


def application() -> typer.Typer:
    """Build the command line."""
    app = typer.Typer(
        name="sheetcrm",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for room in (making, adopting, importing, looking, pairing, merging, sending, upkeep, differing, privacy):
        for command, name, *words in room.COMMANDS:
            app.command(name, help=next(iter(words), None))(command)
    return app
