"""A workbook behind a password: asked for on a terminal where nothing else knows it, and kept where the owner wants that."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

from sheetcrm.cli import output

_TRIES = 3
Told = TypeVar("Told")


def unlocked(context: typer.Context, book: Path) -> Path:
    """Make sure that the password of a command's workbook is known, if it has one and there is somebody to ask."""
    if not context.resilient_parsing and sys.stdin.isatty() and not context.obj.get("json"):
        from sheetcrm.running import passwords  # noqa: PLC0415 - loaded when a command runs

        if passwords.has_password(book):
            _unlock(book)
    return book


def _unlock(book: Path) -> None:
    from sheetcrm.cli.speaking import translated, words_for  # noqa: PLC0415 - as above
    from sheetcrm.errors import WorkbookPassword  # noqa: PLC0415
    from sheetcrm.running import passwords  # noqa: PLC0415

    try:
        if passwords.find(book) is not None:
            return
    except WorkbookPassword as changed:
        output.note(translated(changed, *words_for([str(book)])).message)
    for _ in range(_TRIES):
        words, _book = words_for([str(book)])
        secret = _asked(words.say("ask_workbook_password", book=book.name))
        if not secret:
            return  # whoever reads the workbook says what is missing
        try:
            passwords.type_in(book, secret)
        except WorkbookPassword as wrong:
            output.note(translated(wrong, words, book).message)
        else:
            offer_to_keep(book, secret)
            return


def with_earlier(book: Path, work: Callable[[], Told], *, json: bool) -> Told:
    """Do what needs an earlier version of a workbook. Where that has another password, it is asked for on a terminal."""
    from sheetcrm.cli.speaking import translated, words_for  # noqa: PLC0415 - as above
    from sheetcrm.errors import WorkbookPassword  # noqa: PLC0415
    from sheetcrm.running import passwords  # noqa: PLC0415

    for _ in range(_TRIES):
        try:
            return work()
        except WorkbookPassword as error:
            if error.text != passwords.OF_VERSION or json or not sys.stdin.isatty():
                raise
            words, _book = words_for([str(book)])
            output.note(translated(error, words, book).message)
            if not (secret := _asked(words.say("ask_earlier_password"))):
                raise
            passwords.type_earlier(secret)
    return work()


def offer_to_keep(book: Path, secret: str) -> None:
    """Ask whether the password goes into the keyring, in the language of the workbook, which is known by now."""
    from sheetcrm.cli.speaking import words_for  # noqa: PLC0415 - as above
    from sheetcrm.languages import choices_named  # noqa: PLC0415

    words, _ = words_for([str(book)])
    yes, no = words.choice("yes"), words.choice("no")
    try:
        answer = input(f"{words.say('ask_keep_password')} ({yes}, {no}) [{no}]: ")
    except EOFError:
        return
    if "yes" in choices_named(answer.strip()):
        keep(book, secret)


def keep(book: Path, secret: str) -> None:
    """Put the password into the keyring, and say so; or say that there is none."""
    from sheetcrm.cli.speaking import translated, words_for  # noqa: PLC0415 - as above
    from sheetcrm.errors import UsageError  # noqa: PLC0415
    from sheetcrm.running import passwords  # noqa: PLC0415

    words, named = words_for([str(book)])
    try:
        passwords.keep(book, secret)
    except UsageError as error:
        output.note(str(translated(error, words, named)))
    else:
        output.note(words.say("workbook_password_kept"))


def keep_from_environment(book: Path) -> None:
    """Put a password that only the environment knows into the keyring, as `setup` does with that of the mail server."""
    from sheetcrm.running import passwords  # noqa: PLC0415 - as above

    known = passwords.find(book)
    if known is not None and known.source == "environment" and not passwords.is_kept(book):
        keep(book, known.password)


def _asked(question: str) -> str:
    try:
        return getpass.getpass(f"{question}: ")
    except EOFError:
        return ""
