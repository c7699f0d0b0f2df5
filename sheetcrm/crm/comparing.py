"""What the values of rules and templates are: when one is empty, when two are alike, how one reads as text.

Values are None (empty), text, numbers, dates, tuples of these; in templates also mappings and `Empty`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Self

from sheetcrm.errors import TemplateError

Value = Any
"""None, str, float, int, bool, date, a tuple of these; in templates also a Mapping, `Empty`."""

NUMBERS = (float, int)
YEARLESS = re.compile(r"--(\d\d)-(\d\d)")
"""A birthday without its year, as a value."""

_NUMBER = re.compile(r"\s*[+-]?\d{1,15}(?:[.,]\d{1,15})?\s*")
_WORDS = {True: "yes", False: "no"}


class EmptyValue(TemplateError):
    """A text prints a value that this person lacks: the one message is held. `field` names the value."""

    def __init__(self, field: str, *, name: str = "") -> None:
        super().__init__(f"`{field}` is empty.", "Fill it in, or ask for it with {% if %} in the text.", name=name)
        self.field = field


class Empty:
    """A value that is not there: false, equal to nothing, and an error where it would be printed."""

    __slots__ = ("field",)

    def __init__(self, field: str) -> None:
        self.field = field

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        raise EmptyValue(self.field)


def is_missing(value: Value) -> bool:
    """Tell whether a value is empty: there is nothing to compare, to count or to print."""
    return value is None or value.__class__ is Empty or value in ("", ())


@lru_cache(maxsize=4096)
def number(text: str) -> float | None:
    """Return the number that a text is (`12`, `12,5`), or None."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def iso_date(text: str) -> date | None:
    """Return the day that an ISO text is (`2026-12-24`), or None."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def folded(text: str) -> str:
    """Return a text as it is compared: regardless of case and of blanks around it."""
    return text.strip().casefold()


def _as(text: str, other: Value) -> Value:
    """Read a text as a value of the kind of another one, None where it is none."""
    kind = other.__class__
    if kind is date:
        return iso_date(text)
    if kind in NUMBERS:
        return number(text)
    if kind is bool:
        return {"yes": True, "no": False}.get(folded(text))
    return None


def alike(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Return two values as values of one kind; None where they cannot be compared."""
    left, right = a.__class__, b.__class__
    if left is str and right is str:
        return None if is_yearless(a) or is_yearless(b) else (folded(a), folded(b))
    if left is str:
        a = _as(a, b)
    elif right is str:
        b = _as(b, a)
    elif left is not right and not (left in NUMBERS and right in NUMBERS):
        return None
    return None if a is None or b is None or a.__class__ is Empty else (a, b)


def equal(a: Value, b: Value) -> bool:
    """Tell whether two values are the same; text regardless of case, numbers and dates also as text."""
    if a is None or b is None:
        return False
    if a.__class__ is str and b.__class__ is str:  # nearly all there is
        return bool(a == b or folded(a) == folded(b)) and not is_yearless(a)
    pair = alike(a, b)
    return pair is not None and bool(pair[0] == pair[1])


def unequal(a: Value, b: Value) -> bool:
    """Tell whether two values differ. Empty differs from nothing."""
    if is_missing(a) or is_missing(b) or is_yearless(a) or is_yearless(b):
        return False
    return not equal(a, b)


def is_yearless(value: Value) -> bool:
    """Tell whether a value is a birthday without its year (`--03-08`): it comes round, and compares with nothing."""
    return value.__class__ is str and value[:2] == "--" and YEARLESS.fullmatch(value) is not None


def ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    """Make an operator of a comparison: false where there is nothing to compare, or only one of its kind."""

    def ordered(a: Value, b: Value) -> bool:
        if a is None or b is None:
            return False
        if a.__class__ is float and b.__class__ is float:  # nearly all there is
            return compare(a, b)
        pair = alike(a, b)
        return pair is not None and isinstance(pair[0], str | float | int | date) and compare(*pair)

    return ordered


class Named(tuple[str, ...]):  # noqa: SLOT001 - a tuple has no room for slots
    """A list of names, each of which is known by a second word too: `in` finds both, printed are the names alone."""

    words: tuple[str, ...]

    def __new__(cls, names: Iterable[str], words: Iterable[str] = ()) -> Self:
        """Make the list; `words` are the second ones."""
        made = super().__new__(cls, names)
        made.words = (*made, *words)
        return made


def contains(item: Value, container: Value) -> bool:
    """Tell whether a list has an item, or a text a part; regardless of case. Nothing is in nothing."""
    if is_missing(item) or is_missing(container) or is_yearless(item) or is_yearless(container):
        return False
    if isinstance(container, tuple):
        return any(equal(item, other) for other in (container.words if isinstance(container, Named) else container))
    if isinstance(container, str):
        part = item if isinstance(item, str) else shown(item)
        return folded(part) in container.casefold()
    return isinstance(container, Mapping) and item in container


def shown(value: Value) -> str:
    """Return a value as plain text, without a language: whole numbers without a point, dates ISO."""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return ", ".join(str(v) if not isinstance(v, float) else shown(v) for v in value if not isinstance(v, tuple))
    return str(value)


def lack(*values: Value) -> Value:
    """Return the empty value among the operands, which knows its name, else None."""
    return next((v for v in values if v.__class__ is Empty), None)
