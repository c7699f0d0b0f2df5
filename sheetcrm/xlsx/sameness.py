"""What is the same although programs write it in two ways: numbers of many digits, codes of number formats, what names stand for."""

from __future__ import annotations

import re
from functools import lru_cache
from math import isclose

from sheetcrm.xlsx.number_codes import shows_date

_DIGITS = 1e-14
"""Excel and LibreOffice know 15 digits of a number; a library writes 17 of it."""
_ROUGHLY = 12  # digits of a key: the last ones may be rounded either way
_PIECE = re.compile(
    r"\"(?P<quoted>[^\"]*)\"?|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<bracket>\[[^\]]*\])|(?P<room>[_*].)"
    r"|(?P<code>General|AM/PM|A/P|.)",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_AS_IT_IS = re.compile(r";(?:@|general)?\Z")
_LONGEST = 255  # letters of a code that Excel takes


def same_number(one: float, other: float) -> bool:
    """Tell whether two numbers are one, written by programs that know more digits of it or fewer; whole ones are what they are."""
    if one == other or (float(one).is_integer() and float(other).is_integer()):
        return one == other
    return isclose(one, other, rel_tol=_DIGITS)


def number_key(number: float) -> float:
    """Return a number to look others up by: nearly always the same one for those that are the same."""
    return number if float(number).is_integer() else float(f"{number:.{_ROUGHLY}g}")


def name_key(value: str) -> str:
    """Return what a name stands for in one way of writing it: a title needs no quotes everywhere."""
    return value.removeprefix("=").replace("'", "")


@lru_cache(maxsize=4096)
def shown_code(code: str) -> str:
    r"""Return the code of a number format in one way of writing it: `"£"0.00`, `\£0.00` and `[$£-809]0.00` show the same."""
    code = code[:_LONGEST]
    dated = shows_date(code)
    found = "".join(_piece(piece, dated=dated) for piece in _PIECE.finditer(code))
    first, rest = found.partition(";")[0], _TEXT_AS_IT_IS.sub("", found)
    return first if rest == first else rest


def _piece(piece: re.Match[str], *, dated: bool) -> str:
    kind = piece.lastgroup or "code"
    text = piece[kind] or ""
    if kind in ("code", "bracket"):
        return text.lower()
    if kind == "room":  # as wide as a letter, or filled with it: which one is no code
        return text
    return "".join(f"\\{letter}" if _could_be_code(letter, dated=dated) else letter for letter in text)


def _could_be_code(letter: str, *, dated: bool) -> bool:
    """Tell whether a letter would mean something else without its quotes; what separates days is no more than itself."""
    return letter.isalnum() or letter in '#?%@;[]_*"\\' or (letter in ".," and not dated)
