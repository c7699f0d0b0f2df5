"""Errors in the owner's language: the one she asks for, else that of her workbook, else that of her computer."""

from __future__ import annotations

import locale
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from sheetcrm.errors import SheetcrmError
from sheetcrm.languages import LANGUAGES, Language, language
from sheetcrm.running.reports import typed

__all__ = ["translated", "typed", "words_for", "words_here"]

_ASKED = "--language"


def translated(problem: SheetcrmError, words: Language, book: object) -> SheetcrmError:
    """Return an error in a language, as far as that has words for it (`languages/errors.toml`); else as it was raised."""
    named = book or problem.params.get("file", "BOOK")
    found = words.error(problem.text, **{"book": typed(named), **problem.params})
    if found is None:
        return problem
    spoken = SheetcrmError(*found, code=problem.code, text="")
    spoken.exit_code = problem.exit_code
    return spoken


def words_for(arguments: Sequence[str]) -> tuple[Language, str]:
    """Return the language to speak after a command line, and the workbook that it names ("" where none can be found)."""
    named = [a for a in arguments if a.lower().endswith((".xlsx", ".xlsm"))]
    book = next((a for a in named if Path(a).is_file()), next(iter(named), ""))
    code = _asked(arguments) or _language_of(book)
    return (language(code) if code else words_here()), book


def _asked(arguments: Sequence[str]) -> str:
    """Return the language that the call names, if it is one of ours."""
    pairs = [*pairwise(arguments), *(a.split("=", 1) for a in arguments if "=" in a)]
    return next((code.lower() for name, code in pairs if name == _ASKED and code.lower() in LANGUAGES), "")


def _language_of(book: str) -> str:
    if not book or not Path(book).is_file():
        return ""
    from sheetcrm.running.passwords import password_for  # noqa: PLC0415 - takes a while, only on the way out
    from sheetcrm.workbook.opening import read_stable  # noqa: PLC0415
    from sheetcrm.workbook.reading import read_language  # noqa: PLC0415

    try:
        return read_language(read_stable(Path(book), patience=0), name=book, password=password_for(book))
    except (SheetcrmError, OSError):
        return ""


def words_here() -> Language:
    """Return the language that this computer is set to, as far as it is one of ours."""
    named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language((next((name for name in named if name), "") or _of_windows()).partition(".")[0])


def _of_windows() -> str:
    """Return what Windows speaks, which says so in no variable: `pl_PL`; "" elsewhere."""
    import ctypes  # noqa: PLC0415 - only on the way out

    windows = getattr(ctypes, "windll", None)
    return locale.windows_locale.get(windows.kernel32.GetUserDefaultUILanguage(), "") if windows else ""
