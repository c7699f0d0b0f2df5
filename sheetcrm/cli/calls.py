"""What is off in a call, as Typer tells it, in words that can be said in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import typer

from sheetcrm.errors import UsageError


def usage_error() -> type[Exception]:
    """Return the exception that means a call is off. Typer carries its own copy of click from 0.16 on: take it from a public name."""
    return next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def in_words(error: Any) -> UsageError:
    """Return what is off in a call, on one line, and where to look it up; `error` is a `usage_error()`."""
    said = " ".join(str(error.format_message()).split()).rstrip(".")
    command = getattr(getattr(error, "ctx", None), "command_path", None) or "sheetcrm"
    text, params = _meaning(error, said)
    hint = f"See {command} --help."
    if text == "call-extra":
        hint = f"A file's name with blanks stands in quotes. {hint}"
    return UsageError(
        said if said.endswith("?") else f"{said}.", hint, text=text, params={"command": command, **params}
    )


def _meaning(error: Any, said: str) -> tuple[str, Mapping[str, str]]:
    """Return the name of the words for it and what they quote. Known by name: click's classes stand in two places."""
    match type(error).__name__:
        case "NoSuchOption":
            near = ", ".join(sorted(error.possibilities or ()))
            meaning = "call-option", {"option": error.option_name, "near": f" ({near}?)" if near else ""}
        case "BadOptionUsage":
            meaning = "call-switch" if "does not take" in said else "call-option-value", {"option": error.option_name}
        case "MissingParameter":
            meaning = "call-missing", {"name": _name(error.param)}
        case "BadParameter":
            meaning = "call-value", {"option": _name(error.param)}
        case _ if said.startswith("No such command"):
            meaning = "call-command", _command(said)
        case _ if said.startswith("Got unexpected extra argument"):
            meaning = "call-extra", {"words": said.rpartition(" (")[2].removesuffix(")")}
        case _:
            meaning = "call-other", {"said": said}
    return meaning


def _command(said: str) -> dict[str, str]:
    """Return the command that there is none of, and in brackets those that may be meant."""
    named, _, near = said.partition(". Did you mean")
    meant = ", ".join(re.findall("'([^']+)'", near))
    return {"name": named.partition("'")[2].rpartition("'")[0], "near": f" ({meant}?)" if meant else ""}


def _name(param: Any) -> str:
    """Return an option or argument as it is typed, or as the help calls it."""
    options = [name for name in getattr(param, "opts", ()) if name.startswith("-")]
    return options[-1] if options else str(getattr(param, "metavar", None) or getattr(param, "name", "") or "?")
