"""The help of the commands, in the language of this computer or of the workbook that is named."""

from __future__ import annotations

import re
from typing import Any

from sheetcrm.languages import Language

_HEADINGS = ("Usage", "Options", "Arguments", "Commands")
_MARKS = ("required", "default")
_EXIT = "Show this message and exit."  # Typer's own, as the rest of these


def speak(command: Any, words: Language) -> None:
    """Put a command, its options and the commands below it into a language; `command` as Typer builds it."""
    command.help = words.help(command.help or "")
    for parameter in command.params:
        parameter.help = words.help(getattr(parameter, "help", None) or "")
    plain = command.get_help
    command.get_help = lambda context: _framed(plain(context), words)
    for below in getattr(command, "commands", {}).values():
        speak(below, words)


def _framed(text: str, words: Language) -> str:
    """Return a help text with what stands around the options said in a language, and without Typer's odd brackets."""
    first, _, rest = text.partition("\n")
    first = re.sub(r"\{([^{}]+)\}", r"\1", first).replace("[[", "[").replace("]]", "]")
    text = f"{first}\n" + re.sub(r" <\w+>", lambda kind: " " * len(kind[0]), rest)  # what follows stays in its column
    for heading in _HEADINGS:
        text = re.sub(rf"^{heading}:", f"{words.help(heading)}:", text, flags=re.MULTILINE)
    for mark in _MARKS:
        text = re.sub(rf"\[{mark}(?=[\]:])", f"[{words.help(mark)}", text)
    return text.replace(_EXIT, words.help(_EXIT))
