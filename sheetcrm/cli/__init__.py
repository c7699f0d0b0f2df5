"""The command line: the one place that prints, asks, and turns exceptions into exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from sheetcrm.cli import output
from sheetcrm.errors import SheetcrmError, UsageError, WorkbookError

INTERRUPTED = 130  # what shells use for Ctrl-C


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the contract's exit code; an error is one line on stderr, never a traceback."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: what became of the work, whether or not it could be told."""
    output.open_streams()
    output.make_utf8()
    try:
        return _run(arguments)
    finally:
        output.flush()


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    as_json = "--json" in arguments
    try:
        return _dispatch([a for a in arguments if a != "--debug"], as_json=as_json)
    except SheetcrmError as error:
        if debug:
            raise
        output.error(_spoken(error, arguments), as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        output.note(f"sheetcrm: {_stopped(arguments)}")
        return INTERRUPTED
    except BrokenPipeError:
        output.drop(sys.stdout)
        return 0
    except OSError as error:  # a full disk, a folder that may not be written: no mistake of ours
        if debug:
            raise
        unusable = _unusable(error)
        output.error(_spoken(unusable, arguments), as_json=as_json)
        return unusable.exit_code
    except Exception as error:
        if debug:
            raise
        from sheetcrm.cli.crashing import noted  # noqa: PLC0415 - only on the way out

        output.error(_spoken(noted(error), arguments), as_json=as_json)
        return SheetcrmError.exit_code


def _dispatch(arguments: list[str], *, as_json: bool) -> int:
    import typer  # noqa: PLC0415 - not needed to import this package

    from sheetcrm.cli.app import application  # noqa: PLC0415 - the commands, loaded when one is run
    from sheetcrm.cli.calls import in_words, usage_error  # noqa: PLC0415

    alone = not any(a != "--json" for a in arguments)
    if alone and as_json:
        raise _no_command()
    try:
        command: Any = typer.main.get_command(application())
        if alone or "--help" in arguments:
            _speak(command, arguments)
        result = command(
            ["--help"] if alone else arguments, prog_name="sheetcrm", standalone_mode=False, obj={"json": as_json}
        )
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.Exit as leaving:
        result = leaving.exit_code
    except usage_error() as error:
        raise in_words(error) from None
    if result == INTERRUPTED:  # Typer makes an exit of Ctrl-C, and says nothing
        raise KeyboardInterrupt
    if alone:  # the help was shown; a script that lost its command must not take it for success
        raise _no_command()
    return result if isinstance(result, int) else 0


def _speak(command: Any, arguments: list[str]) -> None:
    """Let the help speak the language of the workbook that is named, else of this computer."""
    from sheetcrm.cli.helping import speak  # noqa: PLC0415 - only where help is wanted
    from sheetcrm.cli.speaking import words_for  # noqa: PLC0415

    speak(command, words_for(arguments)[0])


def _spoken(error: SheetcrmError, arguments: list[str]) -> SheetcrmError:
    from sheetcrm.cli.speaking import translated, words_for  # noqa: PLC0415 - only on the way out

    try:
        return translated(error, *words_for(arguments)) if error.text else error
    except OSError:  # nothing can be read any more, not even the words: then in English
        return error


def _stopped(arguments: list[str]) -> str:
    from sheetcrm.cli.speaking import words_for  # noqa: PLC0415 - only on the way out
    from sheetcrm.languages import DEFAULT, language  # noqa: PLC0415

    try:
        return words_for(arguments)[0].say("interrupted")
    except KeyboardInterrupt:  # she is in a hurry
        return language(DEFAULT).say("interrupted")


def _unusable(error: OSError) -> WorkbookError:
    place = f"{error.filename}: " if error.filename else ""
    why = error.strerror or type(error).__name__
    return WorkbookError(
        f"{place}{why}.",
        "Check that the disk is not full and that you may write there.",
        code="file",
        params={"place": place, "why": why},
    )


def _no_command() -> UsageError:
    return UsageError(
        "No command was given.", "Begin with sheetcrm demo, or sheetcrm new salon.xlsx.", text="no-command"
    )
