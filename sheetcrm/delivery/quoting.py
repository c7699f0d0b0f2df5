"""What of a reply its writer wrote herself: above, below and between what she quotes, without signature and small print. Pure.

Mail programs mark what they quote with `>` (most), or only write above it whose words follow (Outlook, some phones). After the first
kind her words may go on; after the second nobody can tell them from ours, so what stands there is kept apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_MARKED = re.compile(r"^\s*[>|]")
_LONG = 60
"""Characters of a quoted line from which on the next one may be its end, broken off by a mail program."""

# the lines above a quotation of Outlook and of those that forward: all below is quoted, with no mark
_BLOCK = re.compile(
    r"^\s*-{2,}\s*(?:original|forwarded|oryginalna|wiadomość|przekazan|початкове|оригінал|переслан|пересила|исходное|пересыла"
    r"|messaggio|mensaje)"
    r"|^\s*_{8,}\s*$"
    r"|^\s*\*?(?:from|od|nadawca|від|от|da|de|sent|wysłano|надіслано|отправлено|inviato|enviado)\*?\s*:\*?\s",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\s*\*?[^\W\d_][^:]{0,18}:\*?(?:\s|$)")  # To: Temat: Кому: beneath the first of them

# the line above a quotation of Gmail, Apple Mail, Thunderbird and their like; it may be broken into two or three
_WROTE = (
    r"\b(?:wrote|writes|napisała?|napisał\(a\)|pisze|пише|писав|писала|написав|написала|написав\(-ла\)|пишет|написал|написала"
    r"|написал\(а\)|ha scritto|scrive|escribió|escribio)(?:\s*\(\w+\))?\s*:\s*$"
)
_ATTRIBUTION = re.compile(rf"{_WROTE}|<[^<>\s]+@[^<>\s]+>\)?[^<>]{{0,60}}:\s*$", re.IGNORECASE)
_ITS_BEGINNING = re.compile(
    r"^\s*(?:on|w dniu|dnia|il|il giorno|el|el día|wiadomość napisana)\b.{0,200}\d|^.{0,30}\b\d{1,2}\b.{0,30}\b\d{1,2}:\d\d\b",
    re.IGNORECASE,
)
_LONGEST_ATTRIBUTION = 400
_BROKEN_INTO = 3

_SIGNATURE = re.compile(r"^\s{0,3}--\s?$")
_BY_PHONE = re.compile(
    r"^\s*(?:sent (?:from|via|with)|get outlook|wysłan[eoay] z|pobierz|отправлено (?:с|из)|надіслано (?:з|із)"
    r"|inviat[oa] da|enviad[oa] (?:desde|con))\b",
    re.IGNORECASE,
)
_SMALL_PRINT = re.compile(
    r"confidential|privileged|poufn|конфиденц|конфіденц|riservat[aei]|confidencial|disclaimer|legally", re.IGNORECASE
)


class _In(Enum):
    HERS, SIGNED, ATTRIBUTED, BLOCK = range(4)


@dataclass(frozen=True, slots=True)
class Said:
    """The lines of a reply that are its writer's, and those of which nobody can tell whether they are."""

    hers: tuple[str, ...]
    perhaps: tuple[str, ...]


def said_in(text: str) -> Said:
    """Return what of a text its writer wrote herself."""
    lines, hers, perhaps = text.splitlines(), list[str](), list[str]()
    place, at, quoted = _In.HERS, 0, ""
    while at < len(lines):
        line = lines[at]
        before, quoted = quoted, ""
        if _MARKED.match(line):
            # what is marked ends where the marks end: her own words go on
            place, quoted = _In.HERS if place is not _In.BLOCK else place, line
        elif place is not _In.BLOCK and _BLOCK.search(line):
            place = _In.BLOCK
        elif place is _In.HERS and (taken := _attribution(lines, at)):
            place, at = _In.ATTRIBUTED, at + taken - 1
        elif place is _In.HERS and (_SIGNATURE.match(line) or _SMALL_PRINT.search(line)):
            place = _In.SIGNED
        elif place is _In.SIGNED:
            place, at = (_In.ATTRIBUTED, at + taken - 1) if (taken := _attribution(lines, at)) else (place, at)
        elif place in (_In.ATTRIBUTED, _In.BLOCK):
            perhaps += [] if _HEADER.match(line) else [line]
        elif len(before) > _LONG and line.strip():
            perhaps += [before, line]  # the end of a line that was too long, or her answer to it
        elif not _BY_PHONE.match(line):
            hers.append(line)
        at += 1
    return Said(tuple(hers), tuple(perhaps))


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines from here say whose words follow; 0 where they do not."""
    if _ATTRIBUTION.search(lines[at][-_LONGEST_ATTRIBUTION:]):
        return 1
    if not _ITS_BEGINNING.match(lines[at][:_LONGEST_ATTRIBUTION]):
        return 0
    for count in range(2, _BROKEN_INTO + 1):
        joined = " ".join(lines[at : at + count])
        if len(joined) <= _LONGEST_ATTRIBUTION and _ATTRIBUTION.search(joined):
            return count
    return 0
