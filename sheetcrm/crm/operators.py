"""What the operators of rules and templates do: no exceptions, no more than a step's work, empty counts as nothing.

The compiler in `grammar` puts these functions in the place of Python's own operators, so that `last_visit <
"2026-01-01"` or `total_spend > 200` is simply false for a client who lacks the figure, and `"A" * 10 ** 9` is not an
expression at all. What the values are: `comparing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sheetcrm.crm.comparing import (
    NUMBERS,
    YEARLESS,
    Empty,
    Value,
    alike,
    contains,
    equal,
    folded,
    is_missing,
    lack,
    number,
    ordering,
    shown,
    unequal,
)
from sheetcrm.errors import TemplateError

LONGEST = 100_000
"""Characters: no text in a rule or a message gets longer."""


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
    if left in NUMBERS and right in NUMBERS:
        return _finite(float(a) + float(b))
    if left is date and right in NUMBERS:
        return _shift(a, b)
    if left in NUMBERS and right is date:
        return _shift(b, a)
    return joined(a, b) if left is str and right is str else lack(a, b)


def minus(a: Value, b: Value) -> Value:
    """Subtract numbers, days from a date, or one date from another (days)."""
    left, right = a.__class__, b.__class__
    if left in NUMBERS and right in NUMBERS:
        return _finite(float(a) - float(b))
    if left is date and right in NUMBERS:
        return _shift(a, -b)
    pair = alike(a, b)
    return float((pair[0] - pair[1]).days) if pair is not None and isinstance(pair[0], date) else lack(a, b)


def _arithmetic(compute: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def operator(a: Value, b: Value) -> Value:
        if a.__class__ not in NUMBERS or b.__class__ not in NUMBERS:
            return lack(a, b)
        try:
            return _finite(compute(float(a), float(b)))
        except ZeroDivisionError:
            return None

    return operator


def joined(*parts: Value) -> Value:
    """Join values as text; nothing where one is empty or it would get too long."""
    if any(p is None or p.__class__ is Empty for p in parts):
        return lack(*parts)
    text = "".join(map(shown, parts))
    return text if len(text) <= LONGEST else None


def negative(a: Value) -> Value:
    """Turn a number's sign."""
    return -a if a.__class__ in NUMBERS else lack(a)


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
    if isinstance(value, str) and name in ("month", "day") and (match := YEARLESS.fullmatch(value)):
        return int(match[1 if name == "month" else 2])
    return value if name == "days" and value.__class__ in NUMBERS else lack(value)


def item(value: Value, key: Value) -> Value:
    """Return an entry by its place in a list or text, or by its name in a mapping."""
    if isinstance(value, Mapping):
        return attribute(value, str(key))
    if isinstance(value, tuple | str) and key.__class__ in NUMBERS and -len(value) <= key < len(value):
        return value[int(key)]
    return lack(value)


def _of_text(method: Callable[[str], Value]) -> Callable[[Value], Value]:
    def function(value: Value) -> Value:
        return method(value) if isinstance(value, str) else lack(value)

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
    if value.__class__ not in NUMBERS or digits.__class__ not in NUMBERS:
        return lack(value, digits)
    scale = 10.0 ** max(-9, min(9, int(digits)))
    return _finite(math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value))


def whole(value: Value) -> Value:
    """Return the whole part of a number, also of one typed as text."""
    value = number(value) if isinstance(value, str) else value
    return float(math.trunc(value)) if value.__class__ in NUMBERS else lack(value)


def absolute(value: Value) -> Value:
    """Return a number without its sign."""
    return abs(value) if value.__class__ in NUMBERS else lack(value)


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
    "lt": ordering(lambda a, b: a < b),
    "lteq": ordering(lambda a, b: a <= b),
    "gt": ordering(lambda a, b: a > b),
    "gteq": ordering(lambda a, b: a >= b),
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
