"""What the operators of rules and templates do: no exceptions, no more than a step's work, empty counts as nothing.

Values are None (empty), text, numbers, dates, tuples of these; in templates also mappings and `Empty`. The compiler
in `grammar` puts these functions in the place of Python's own operators, so that `last_visit < "2026-01-01"` or
`total_spend > 200` is simply false for a client who lacks the figure, and `"A" * 10 ** 9` is not an expression at
all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sheetcrm.errors import TemplateError

Value = Any
"""None, str, float, int, bool, date, a tuple of these; in templates also a Mapping, `Empty`."""

LONGEST = 100_000
"""Characters: no text in a rule or a message gets longer."""

_NUMBER = re.compile(r"\s*[+-]?\d{1,15}(?:[.,]\d{1,15})?\s*")
_YEARLESS = re.compile(r"--(\d\d)-(\d\d)")
_NUMBERS = (float, int)
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
    if kind in _NUMBERS:
        return number(text)
    if kind is bool:
        return {"yes": True, "no": False}.get(folded(text))
    return None


def _alike(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Return two values as values of one kind; None where they cannot be compared."""
    left, right = a.__class__, b.__class__
    if left is str and right is str:
        return None if _is_yearless(a) or _is_yearless(b) else (folded(a), folded(b))
    if left is str:
        a = _as(a, b)
    elif right is str:
        b = _as(b, a)
    elif left is not right and not (left in _NUMBERS and right in _NUMBERS):
        return None
    return None if a is None or b is None or a.__class__ is Empty else (a, b)


def equal(a: Value, b: Value) -> bool:
    """Tell whether two values are the same; text regardless of case, numbers and dates also as text."""
    if a is None or b is None:
        return False
    if a.__class__ is str and b.__class__ is str:  # nearly all there is
        return bool(a == b or folded(a) == folded(b)) and not _is_yearless(a)
    pair = _alike(a, b)
    return pair is not None and bool(pair[0] == pair[1])


def unequal(a: Value, b: Value) -> bool:
    """Tell whether two values differ. Empty differs from nothing."""
    if is_missing(a) or is_missing(b) or _is_yearless(a) or _is_yearless(b):
        return False
    return not equal(a, b)


def _is_yearless(value: Value) -> bool:
    """Tell whether a value is a birthday without its year (`--03-08`): it comes round, and compares with nothing."""
    return value.__class__ is str and value[:2] == "--" and _YEARLESS.fullmatch(value) is not None


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def ordered(a: Value, b: Value) -> bool:
        if a is None or b is None:
            return False
        if a.__class__ is float and b.__class__ is float:  # nearly all there is
            return compare(a, b)
        pair = _alike(a, b)
        return pair is not None and isinstance(pair[0], str | float | int | date) and compare(*pair)

    return ordered


def contains(item: Value, container: Value) -> bool:
    """Tell whether a list has an item, or a text a part; regardless of case. Nothing is in nothing."""
    if is_missing(item) or is_missing(container) or _is_yearless(item) or _is_yearless(container):
        return False
    if isinstance(container, tuple):
        return any(equal(item, other) for other in container)
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


def _lack(*values: Value) -> Value:
    """Return the empty value among the operands, which knows its name, else None."""
    return next((v for v in values if v.__class__ is Empty), None)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shift(day: date, days: Value) -> date | None:
    try:
        return day + timedelta(days=float(days))
    except (OverflowError, ValueError):
        return None


def plus(a: Value, b: Value) -> Value:
    """Add numbers, days to a date, or join two texts."""
    left, right = a.__class__, b.__class__
    if left in _NUMBERS and right in _NUMBERS:
        return _finite(float(a) + float(b))
    if left is date and right in _NUMBERS:
        return _shift(a, b)
    if left in _NUMBERS and right is date:
        return _shift(b, a)
    return joined(a, b) if left is str and right is str else _lack(a, b)


def minus(a: Value, b: Value) -> Value:
    """Subtract numbers, days from a date, or one date from another (days)."""
    left, right = a.__class__, b.__class__
    if left in _NUMBERS and right in _NUMBERS:
        return _finite(float(a) - float(b))
    if left is date and right in _NUMBERS:
        return _shift(a, -b)
    pair = _alike(a, b)
    return float((pair[0] - pair[1]).days) if pair is not None and isinstance(pair[0], date) else _lack(a, b)


def _arithmetic(compute: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def operator(a: Value, b: Value) -> Value:
        if a.__class__ not in _NUMBERS or b.__class__ not in _NUMBERS:
            return _lack(a, b)
        try:
            return _finite(compute(float(a), float(b)))
        except ZeroDivisionError:
            return None

    return operator


def joined(*parts: Value) -> Value:
    """Join values as text; nothing where one is empty or it would get too long."""
    if any(p is None or p.__class__ is Empty for p in parts):
        return _lack(*parts)
    text = "".join(map(shown, parts))
    return text if len(text) <= LONGEST else None


def negative(a: Value) -> Value:
    """Turn a number's sign."""
    return -a if a.__class__ in _NUMBERS else _lack(a)


def truth(value: Value) -> bool:
    """Tell whether a bare value counts as true: there, not 0, and not the choice `no`."""
    return bool(value) and value != "no"


def days_since(value: Value, on: date) -> Value:
    """Return the days from a date until `on`, negative for a day to come."""
    return minus(on, value)


def attribute(value: Value, name: str) -> Value:
    """Return a part of a date (`birthday.month`), also without a year, or an entry of a mapping (`visit.date`)."""
    if isinstance(value, Mapping):
        if name not in value:
            raise TemplateError(f"Nothing is called `{name}` there.", "Check the spelling.", code="unknown-field")
        return value[name]
    if isinstance(value, date) and name in ("year", "month", "day"):
        return getattr(value, name)
    if isinstance(value, str) and name in ("month", "day") and (match := _YEARLESS.fullmatch(value)):
        return int(match[1 if name == "month" else 2])
    return value if name == "days" and value.__class__ in _NUMBERS else _lack(value)


def item(value: Value, key: Value) -> Value:
    """Return an entry by its place in a list or text, or by its name in a mapping."""
    if isinstance(value, Mapping):
        return attribute(value, str(key))
    if isinstance(value, tuple | str) and key.__class__ in _NUMBERS and -len(value) <= key < len(value):
        return value[int(key)]
    return _lack(value)


def _of_text(method: Callable[[str], Value]) -> Callable[[Value], Value]:
    def function(value: Value) -> Value:
        return method(value) if isinstance(value, str) else _lack(value)

    return function


def starts_with(value: Value, part: Value) -> bool:
    """Tell whether a text begins with another, regardless of case."""
    return isinstance(value, str) and isinstance(part, str) and folded(value).startswith(part.casefold())


def ends_with(value: Value, part: Value) -> bool:
    """Tell whether a text ends with another, regardless of case."""
    return isinstance(value, str) and isinstance(part, str) and folded(value).endswith(part.casefold())


def length(value: Value) -> float:
    """Return how many letters or items there are; none in an empty value."""
    return float(len(value)) if isinstance(value, str | tuple) else 0.0


def rounded(value: Value, digits: Value = 0) -> Value:
    """Round a number half up, as money is."""
    if value.__class__ not in _NUMBERS or digits.__class__ not in _NUMBERS:
        return _lack(value, digits)
    scale = 10.0 ** max(-9, min(9, int(digits)))
    return _finite(math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value))


def whole(value: Value) -> Value:
    """Return the whole part of a number, also of one typed as text."""
    value = number(value) if isinstance(value, str) else value
    return float(math.trunc(value)) if value.__class__ in _NUMBERS else _lack(value)


def absolute(value: Value) -> Value:
    """Return a number without its sign."""
    return abs(value) if value.__class__ in _NUMBERS else _lack(value)


def default(value: Value, instead: Value) -> Value:
    """Return a value, or another one where it is empty."""
    return instead if is_missing(value) else value


def join(value: Value, separator: Value = ", ") -> Value:
    """Join the items of a list as one text."""
    if not isinstance(value, tuple):
        return value
    text = joined(*(p for v in value for p in (separator, v)))
    return text[len(shown(separator)) :] if isinstance(text, str) else text


def items(value: Value) -> tuple[Value, ...]:
    """Return what a loop goes through: a list's items, the first hundred; a text is no list."""
    return value[:100] if isinstance(value, tuple) else ()


def listed(*values: Value) -> tuple[Value, ...]:
    """Return a list of single values. No list of lists: two of two hundred levels take for ever to compare."""
    return tuple(v for v in values if not isinstance(v, tuple | Mapping))


OPERATORS: dict[str, Callable[..., Any]] = {
    "+": plus,
    "-": minus,
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(lambda a, b: a / b),
    "//": _arithmetic(lambda a, b: a // b),
    "%": _arithmetic(lambda a, b: a % b),
    "neg": negative,
    "~": joined,
    "eq": equal,
    "ne": unequal,
    "lt": _ordering(lambda a, b: a < b),
    "lteq": _ordering(lambda a, b: a <= b),
    "gt": _ordering(lambda a, b: a > b),
    "gteq": _ordering(lambda a, b: a >= b),
    "in": contains,
    "truth": truth,
    "empty": is_missing,
    "days": days_since,
    "items": items,
    "list": listed,
    ".": attribute,
    "[]": item,
}
"""Python's operators and our functions by the names under which the compiler calls them."""

FILTERS: dict[str, Callable[..., Any]] = {
    "lower": _of_text(str.lower),
    "upper": _of_text(str.upper),
    "capitalize": _of_text(lambda t: t[:1].upper() + t[1:]),
    "title": _of_text(str.title),
    "trim": _of_text(str.strip),
    "length": length,
    "count": length,
    "round": rounded,
    "int": whole,
    "abs": absolute,
    "default": default,
    "first": lambda v: item(v, 0),
    "last": lambda v: item(v, -1),
    "join": join,
}
"""`value | name`, in rules and in templates."""

METHODS: dict[str, Callable[..., Any]] = {
    "lower": FILTERS["lower"],
    "upper": FILTERS["upper"],
    "strip": FILTERS["trim"],
    "title": FILTERS["title"],
    "capitalize": FILTERS["capitalize"],
    "startswith": starts_with,
    "endswith": ends_with,
}
"""`value.name(…)`: the few of Python's that cost nothing and give nothing away."""
