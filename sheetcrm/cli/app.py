"""The commands, gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from sheetcrm import __version__
from sheetcrm.cli import looking, making, output, sending, upkeep


def usage_error() -> type[Exception]:
    """Return the exception that means a call is off. Typer carries its own copy of click from 0.16 on: take it from a public name."""
    return next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


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
    for room in (making, looking, sending, upkeep):
        for command, name in room.COMMANDS:
            app.command(name)(command)
    return app
