"""Errors in the owner's language: that of her workbook, else that of her computer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sheetcrm.errors import SheetcrmError
from sheetcrm.languages import Language, language


def translated(problem: SheetcrmError, words: Language, book: object) -> SheetcrmError:
    """Return an error in a language, as far as that has words for it (`languages/errors.toml`); else as it was raised."""
    found = words.error(problem.code, **{"book": str(book), **problem.params})
    if found is None:
        return problem
    spoken = SheetcrmError(*found, code=problem.code)
    spoken.exit_code = problem.exit_code
    return spoken


def words_for(arguments: Sequence[str]) -> tuple[Language, str]:
    """Return the language to speak after a command line, and the workbook that it names ("" where none can be found)."""
    named = [a for a in arguments if a.lower().endswith((".xlsx", ".xlsm")) and Path(a).is_file()]
    for name in named[:1]:
        from sheetcrm.running import open_workbook  # noqa: PLC0415 - takes half a second, only on the way out

        try:
            return open_workbook(name).words, name
        except (SheetcrmError, OSError):
            return words_here(), name
    return words_here(), ""


def words_here() -> Language:
    """Return the language that this computer is set to, as far as it is one of ours."""
    named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language(next((name for name in named if name), "").partition(".")[0])
