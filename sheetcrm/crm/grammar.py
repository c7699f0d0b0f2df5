"""The one language of rules and templates: what of Jinja's grammar is in it, and what its operators become.

Jinja's sandbox stops code, not cost: `"A" * 10**9` and nested ranges ran until killed. So what is allowed is listed
here, node by node; anything else is refused when a text is read. Operators become calls of `operators`, which are
total and bounded.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sheetcrm.crm import operators
from sheetcrm.errors import TemplateError

MAX_NODES = 2_000
MAX_DEPTH = 100  # Python's own limit of nested brackets is 200
_LARGEST = 1e15  # a float counts exactly up to there
_BINARY: dict[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
}
DATE_PARTS = frozenset({"year", "month", "day", "days"})
_EMPTY_TESTS = frozenset({"empty", "none"})

Function = Callable[[list[nodes.Expr]], nodes.Expr]


def environment(**options: Any) -> ImmutableSandboxedEnvironment:
    """Return a sandbox that knows our operators and filters and nothing of Jinja's own (no range, no loader)."""
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, **options)
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters.update(operators.FILTERS)
    made.filters.update(operators.OPERATORS)
    made.filters.update({f"{name}()": method for name, method in operators.METHODS.items()})
    return made


def refused(node: nodes.Node, what: str, hint: str = "") -> TemplateError:
    """Return the error for something that is no part of the language."""
    return TemplateError(f"{what} cannot be used here.", hint, line=node.lineno)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), "")


def syntax_error(error: TemplateSyntaxError) -> TemplateError:
    """Turn Jinja's error into ours."""
    hint = "Write == to compare." if "'='" in (error.message or "") else "Check brackets, quotes and commas."
    return TemplateError(f"{(error.message or 'It cannot be understood').rstrip('.')}.", hint, line=error.lineno)


def call(name: str, *args: nodes.Expr) -> nodes.Expr:
    """Return the node that calls an operator: a filter is the one call that Jinja compiles without a detour."""
    return nodes.Filter(args[0], name, list(args[1:]), [], None, None, lineno=args[0].lineno)


def only(arguments: list[nodes.Expr], function: str) -> nodes.Expr:
    """Return the one argument of a function. Raises `TemplateError`."""
    if len(arguments) != 1:
        raise TemplateError(f"`{function}` takes one value.", f"Like {function}(last_visit).")
    return arguments[0]


def parse_expression(env: ImmutableSandboxedEnvironment, text: str) -> nodes.Expr:
    """Parse one expression. Raises `TemplateError`."""
    try:
        parser = Parser(env, text, state="variable")
        expression = parser.parse_expression()
    except TemplateSyntaxError as error:
        raise syntax_error(error) from None
    except (RecursionError, ValueError) as error:  # brackets without end; a number of 5,000 digits
        raise TemplateError("It is too long or too deeply nested.", "Make it shorter.") from error
    if not parser.stream.eos:
        raise TemplateError(
            "Something stands after its end.", "Join conditions with `and` or `or`; write == to compare."
        )
    return expression


class Rewriter:
    """Checks a tree against the grammar and puts our operators into it."""

    def __init__(
        self,
        name: Callable[[nodes.Name], nodes.Expr],
        functions: Mapping[str, Function],
        filters: Mapping[str, Any] = operators.FILTERS,
        attributes: frozenset[str] | None = None,
    ) -> None:
        self._name = name  # a node's method is found by its class: this one serves `Name`
        self._attributes = attributes
        self._functions = functions
        self._filters = filters
        self._count = 0
        self._depth = 0

    def expression(self, node: nodes.Expr, *, truth: bool = False) -> nodes.Expr:
        """Return the rewritten expression; with `truth`, one that only has to be true or false.

        Raises `TemplateError`.
        """
        self._count += 1
        self._depth += 1
        if self._count > MAX_NODES or self._depth > MAX_DEPTH:
            raise TemplateError("It is too long or too deeply nested.", "Make it shorter.", line=node.lineno)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if isinstance(node, nodes.And | nodes.Or):
            left, right = (self.expression(n, truth=truth) for n in (node.left, node.right))
            result: nodes.Expr = type(node)(left, right, lineno=node.lineno)
        elif type(node) in _BINARY and isinstance(node, nodes.BinExpr):
            result = call(_BINARY[type(node)], self.expression(node.left), self.expression(node.right))
        elif method is not None:
            result = method(node)
            if truth and isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
                result = call("truth", result)
        else:
            raise refused(node, f"`{type(node).__name__}`")
        self._depth -= 1
        return result

    def _const(self, node: nodes.Const) -> nodes.Expr:
        value = node.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) <= _LARGEST:  # infinity and NaN too
                raise refused(node, "So large a number")
            value = float(value)
        return nodes.Const(value, lineno=node.lineno)

    def _tuple(self, node: nodes.Tuple | nodes.List) -> nodes.Expr:
        items = [self.expression(i) for i in node.items]
        if all(isinstance(i, nodes.Const) for i in items):
            return nodes.Tuple(items, "load", lineno=node.lineno)
        return call("list", *items)

    _list = _tuple

    def _not(self, node: nodes.Not) -> nodes.Expr:
        return nodes.Not(self.expression(node.node, truth=True), lineno=node.lineno)

    def _neg(self, node: nodes.Neg) -> nodes.Expr:
        return call("neg", self.expression(node.node))

    def _pos(self, node: nodes.Pos) -> nodes.Expr:
        return self.expression(node.node)

    def _concat(self, node: nodes.Concat) -> nodes.Expr:
        return call("~", *(self.expression(n) for n in node.nodes))

    def _condexpr(self, node: nodes.CondExpr) -> nodes.Expr:
        if node.expr2 is None:
            raise refused(node, "`if` without `else`")
        test = self.expression(node.test, truth=True)
        return nodes.CondExpr(test, self.expression(node.expr1), self.expression(node.expr2), lineno=node.lineno)

    def _compare(self, node: nodes.Compare) -> nodes.Expr:
        left, result = self.expression(node.expr), None
        for operand in node.ops:
            right = self.expression(operand.expr)
            # `x not in y` is `not (x in y)`: where y is empty, x is not in it
            part = nodes.Not(call("in", left, right)) if operand.op == "notin" else call(operand.op, left, right)
            result = part if result is None else nodes.And(result, part, lineno=node.lineno)
            left = right
        assert result is not None
        return result

    def _test(self, node: nodes.Test) -> nodes.Expr:
        if node.name not in _EMPTY_TESTS or node.args:
            raise refused(node, f"`is {node.name}`", "Write empty(…).")
        return call("empty", self.expression(node.node))

    def _filter(self, node: nodes.Filter) -> nodes.Expr:
        if node.name not in self._filters or node.node is None:
            raise refused(node, f"The filter `{node.name}`", f"There are: {', '.join(sorted(self._filters))}.")
        return self._checked(node, node.name, self._filters[node.name], node.node)

    def _getattr(self, node: nodes.Getattr) -> nodes.Expr:
        if node.attr.startswith("_") or (self._attributes is not None and node.attr not in self._attributes):
            raise refused(node, f"`.{node.attr}`")
        return call(".", self.expression(node.node), nodes.Const(node.attr, lineno=node.lineno))

    def _getitem(self, node: nodes.Getitem) -> nodes.Expr:
        if isinstance(node.arg, nodes.Slice):
            raise refused(node, "A slice")
        return call("[]", self.expression(node.node), self.expression(node.arg))

    def _call(self, node: nodes.Call) -> nodes.Expr:
        called = node.node
        if isinstance(called, nodes.Name) and called.name in self._functions:
            return self._functions[called.name](self._arguments(node))
        if isinstance(called, nodes.Getattr) and called.attr in operators.METHODS:
            return self._checked(node, f"{called.attr}()", operators.METHODS[called.attr], called.node)
        what = called.name if isinstance(called, nodes.Name) else getattr(called, "attr", "")
        raise refused(node, f"`{what}()`", f"There are: {', '.join(sorted(self._functions))}.")

    def _checked(self, node: nodes.Call | nodes.Filter, name: str, function: Any, value: nodes.Expr) -> nodes.Expr:
        arguments = self._arguments(node)
        try:
            inspect.signature(function).bind(
                *([None] if hasattr(function, "jinja_pass_arg") else []), value, *arguments
            )
        except TypeError:
            raise refused(node, f"`{name}` with so many values") from None
        return call(name, self.expression(value), *arguments)

    def _arguments(self, node: nodes.Call | nodes.Filter) -> list[nodes.Expr]:
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise refused(node, "A named or starred argument")
        return [self.expression(a) for a in node.args]
