"""Rules: `average_ticket > 200 and "Manicure" in services and days(last_visit) > 60`, for all clients at once.

The rule's Jinja tree is put inside one loop node over the clients, so it is compiled once and runs as one Python loop.

What the language says where Jinja leaves it open:

- An empty value makes every comparison (`!=` too) and `in` false. `x not in y` is `not (x in y)`: a client without
  tags passes `"vip" not in tags`.
- A birthday without its year (`--03-08`) makes every comparison false too; `birthday.month` and `.day` are there.
- Text compares regardless of case and of blanks around it, as Excel compares it; text with a number or a date as that
  number or ISO date. Values that cannot be compared are not equal, and neither is greater.
- A bare field is true where it is filled, not 0 and not the choice `no`.
- Arithmetic with an empty value, and division by 0, is empty. The difference of two dates is a number of days.
- `percentile` interpolates between neighbours (numpy's default).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import numpy.typing as npt
from jinja2 import nodes

from sheetcrm.crm import grammar
from sheetcrm.crm.cells import plain
from sheetcrm.crm.comparing import number
from sheetcrm.crm.fields import CLIENTS, Kind
from sheetcrm.crm.tables import CellError, Cleaned, Column, is_empty
from sheetcrm.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sheetcrm.crm.comparing import Value

MAX_LENGTH = 1_000
Mask = npt.NDArray[np.bool_]

LIST_FIELDS = frozenset(f.name for f in CLIENTS.fields if f.kind is Kind.LIST)
_ENVIRONMENT = grammar.environment()
_PERCENT = 100
_NEVER_TYPED = frozenset({"next_visit", "merged_into"})  # whose words these are is settled before the figures


def split_list(text: str) -> tuple[str, ...]:
    """Return the items of a list field: split at comma, semicolon or line break."""
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    return tuple(p.strip() for p in parts if p.strip())


def value_of(cell: Any) -> Value:
    """Return a cell as rules and templates see it: None, text, float or date."""
    cell = plain(cell)
    if is_empty(cell) or isinstance(cell, CellError):
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return cell.strftime("%H:%M") if isinstance(cell, time) else str(cell).strip()


def birthday_value(day: Any, month_day: int) -> Value:
    """Return a birthday: a date where its year is known, else `--03-08`, None where there is none."""
    if day is not None:
        return day
    return f"--{month_day // 100:02d}-{month_day % 100:02d}" if month_day else None


def with_typed(clients: Cleaned, figures: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return the derived figures, and where there is none what the owner typed in a column of that name of her own.

    A column that we wrote is never read back; in a plain frame every column is hers.
    """
    table = clients.table
    merged = dict(figures)
    for name in figures.keys() - _NEVER_TYPED:
        if name not in table or (table.sheet and name not in table.hers):
            continue
        values = figures[name]
        if values.dtype.kind == "M":
            merged[name] = np.where(np.isnat(values), clients.days(name), values)
        elif values.dtype.kind == "f":
            merged[name] = np.where(np.isnan(values), clients.amounts(name), values)
        else:
            merged[name] = np.where(values == "", clients.texts(name).objects(""), values)
    return merged


@dataclass(frozen=True)
class Rows:
    """The clients as rules see them: columns by name, turned into plain values when a rule first asks for one.

    `columns` are `Column`s of text, `datetime64[D]`, float64 (NaN: empty) or object arrays ("" or
    None: empty), each `length` long,
    or functions that make a list of values.
    `counted` says which of them the averages are over (merged rows are not); None: all.
    """

    columns: Mapping[str, Column | npt.NDArray[Any] | Callable[[], list[Value]]]
    length: int
    on: date
    counted: Mask | None = None
    _values: dict[str, list[Value]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of_clients(
        cls, clients: Cleaned, derived: Mapping[str, npt.NDArray[Any]], on: date, counted: Mask | None = None
    ) -> Rows:
        """Take a cleaned Clients table and the derived figures, which stand before its columns of the same name."""
        columns: dict[str, Any] = {f.name: Column.empty(len(clients)) for f in CLIENTS.fields}
        columns |= {**clients.text, **clients.numbers, **clients.dates, **derived}
        if clients.birthday is not None:
            columns["birthday"] = partial(_birthdays, clients)
        return cls(columns, len(clients), on, counted)

    @property
    def names(self) -> frozenset[str]:
        """The names that a rule may use."""
        return frozenset({*self.columns, "on"})

    def values(self, name: str) -> list[Value]:
        """Return a column as plain values, None where it is empty."""
        found = self._values.get(name)
        if found is None:
            column = self.columns[name]
            found = column() if callable(column) else _plain(column, as_list=name in LIST_FIELDS)
            self._values[name] = found
        return found

    def statistic(self, name: str, percent: float | None) -> float | None:
        """Return the mean of a column (`percent` None) or its percentile, over all clients that have a number there."""
        values = self.values(name)
        kept = values if self.counted is None else [v for v, c in zip(values, self.counted.tolist(), strict=True) if c]
        numbers = [number(v) if isinstance(v, str) else v for v in kept]
        known = np.array([n for n in numbers if isinstance(n, int | float)], dtype=np.float64)
        if not len(known):
            return None
        return float(known.mean() if percent is None else np.percentile(known, percent))


def _birthdays(clients: Cleaned) -> list[Value]:
    assert clients.birthday is not None
    pairs = zip(clients.days("birthday").tolist(), clients.birthday.tolist(), strict=True)
    return [birthday_value(day, month_day) for day, month_day in pairs]


def _plain(column: Column | npt.NDArray[Any], *, as_list: bool) -> list[Value]:
    def convert(cell: Any) -> Value:
        value = value_of(cell)
        return split_list(value) or None if as_list and isinstance(value, str) else value

    if isinstance(column, Column):
        lookup = [*(convert(v) for v in column.values), None]  # code -1 picks the last one
        return [lookup[c] for c in column.codes.tolist()]
    if column.dtype.kind == "M":
        return column.astype("datetime64[D]").tolist()  # type: ignore[no-any-return]
    if column.dtype.kind in "fiu":
        return [None if math.isnan(v) else v for v in column.astype(np.float64).tolist()]
    return [convert(v) for v in column.tolist()]


@dataclass(frozen=True)
class Rule:
    """A compiled rule. `fields` are the columns that it looks at."""

    text: str
    fields: tuple[str, ...]
    statistics: tuple[tuple[str, float | None], ...]
    _template: jinja2.Template = field(repr=False, compare=False)

    def matches(self, rows: Rows) -> Mask:
        """Tell for each client whether the rule holds. Never raises for what stands in the data."""
        variables: dict[str, Any] = {"on": rows.on}
        for i, (name, percent) in enumerate(self.statistics):
            variables[f"s{i}"] = rows.statistic(name, percent)
        columns = [rows.values(name) for name in self.fields]
        variables["rows"] = zip(*columns, strict=True) if columns else ((),) * rows.length
        signs = "".join(self._template.root_render_func(self._template.new_context(variables)))
        mask: Mask = np.frombuffer(signs.encode("ascii"), dtype=np.uint8) == ord("1")
        return mask


class _Compiler:
    """Turns a rule's names into the loop's variables: f0, f1 … for fields, s0, s1 … for averages."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.fields: dict[str, str] = {}
        self.statistics: dict[tuple[str, float | None], str] = {}
        functions: dict[str, Callable[[list[nodes.Expr]], nodes.Expr]] = {
            "days": self._days,
            "empty": self._empty,
            "mean": self._mean,
            "percentile": self._percentile,
        }
        self.rewriter = grammar.Rewriter(self._name, functions, attributes=grammar.DATE_PARTS)

    def _field(self, name: str, line: int) -> str:
        if name not in self.known:
            guess = grammar.suggestion(name, self.known)
            hint = f"Did you mean `{guess}`?" if guess else "Use the names of the columns; text stands in quotes."
            raise TemplateError(f"Nothing is called `{name}`.", hint, line=line)
        return self.fields.setdefault(name, f"f{len(self.fields)}")

    def _name(self, node: nodes.Name) -> nodes.Expr:
        variable = "on" if node.name == "on" else self._field(node.name, node.lineno)
        return nodes.Name(variable, "load", lineno=node.lineno)

    def _days(self, arguments: list[nodes.Expr]) -> nodes.Expr:
        return grammar.call("days", grammar.only(arguments, "days"), nodes.Name("on", "load", lineno=1))

    def _empty(self, arguments: list[nodes.Expr]) -> nodes.Expr:
        return grammar.call("empty", grammar.only(arguments, "empty"))

    def _mean(self, arguments: list[nodes.Expr]) -> nodes.Expr:
        return self._statistic(grammar.only(arguments, "mean"), None)

    def _percentile(self, arguments: list[nodes.Expr]) -> nodes.Expr:
        percent = arguments[1] if len(arguments) == 2 else None  # noqa: PLR2004 - a name and a number
        if (
            not isinstance(percent, nodes.Const)
            or not isinstance(percent.value, float)
            or not 0 <= percent.value <= _PERCENT
        ):
            raise TemplateError(
                "`percentile` takes a name and a number from 0 to 100.", 'Like percentile("total_spend", 80).'
            )
        return self._statistic(arguments[0], percent.value)

    def _statistic(self, argument: nodes.Expr, percent: float | None) -> nodes.Expr:
        if not isinstance(argument, nodes.Const) or not isinstance(argument.value, str):
            raise TemplateError("An average takes the name of a column in quotes.", 'Like mean("average_ticket").')
        name = argument.value
        if name not in self.known or name == "on":
            raise TemplateError(f"Nothing is called `{name}`.", "Use the names of the columns.")
        variable = self.statistics.setdefault((name, percent), f"s{len(self.statistics)}")
        return nodes.Name(variable, "load", lineno=argument.lineno)


def compile_rule(text: str, known_names: Iterable[str]) -> Rule:
    """Compile a rule over columns of these names.

    Raises `TemplateError` (code `invalid-rule`) for what is not in the language and for unknown names.
    """
    try:
        return _compile(text, frozenset(known_names))
    except TemplateError as error:
        error.name, error.code = text, "invalid-rule"
        raise


@lru_cache(maxsize=256)
def _compile(text: str, known: frozenset[str]) -> Rule:
    if len(text) > MAX_LENGTH:
        raise TemplateError(f"It has more than {MAX_LENGTH} characters.", "Make it shorter.")
    if '"' not in text:  # phones and Excel make typographic quotes of straight ones
        text = text.translate(dict.fromkeys(map(ord, "“”„«»"), '"'))
    compiler = _Compiler(known)
    tree = compiler.rewriter.expression(grammar.parse_expression(_ENVIRONMENT, text), truth=True)
    target = nodes.Tuple([nodes.Name(v, "store") for v in compiler.fields.values()], "store")
    loop = nodes.For(
        target if compiler.fields else nodes.Name("_row", "store"),
        nodes.Name("rows", "load"),
        [nodes.If(tree, [_sign("1")], [], [_sign("0")])],
        [],
        None,
        False,
    )
    template = nodes.Template([loop], lineno=1)
    template.set_lineno(1)
    template.set_environment(_ENVIRONMENT)
    try:
        compiled = _ENVIRONMENT.from_string(template)
    except (RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateError("It is too deeply nested.", "Make it shorter.") from error
    return Rule(text, tuple(compiler.fields), tuple(compiler.statistics), compiled)


def _sign(text: str) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(text)])
