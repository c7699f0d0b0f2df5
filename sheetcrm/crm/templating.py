"""Texts as templates: the language of rules with `{{ … }}`, `{% if %}`, `{% for %}` over lists and `{% set %}`, filled in safely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jinja2
from jinja2 import UndefinedError, meta, nodes

from sheetcrm.crm import formats, grammar, operators
from sheetcrm.errors import TemplateError

MAX_LENGTH = 20_000
_MAX_LOOPS, _MAX_LOOP_DEPTH = 10, 2  # each goes round a hundred times at most
_RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs", "loop"})
_LOOP = frozenset({"index", "first", "last", "length"})
_ENVIRONMENT = grammar.environment(trim_blocks=True, lstrip_blocks=True, finalize=formats.printed)
_ENVIRONMENT.filters.update(formats.FILTERS)


class _Statements(grammar.Rewriter):
    """The statements of a template, beside the expressions that it shares with rules."""

    def __init__(self) -> None:
        functions = {"days": self._days, "empty": self._empty}
        super().__init__(self._named, functions, {**operators.FILTERS, **formats.FILTERS})
        self._loops = self._loop_depth = 0

    def body(self, body: Iterable[nodes.Node]) -> list[nodes.Node]:
        """Return the rewritten statements. Raises `TemplateError` for what is no part of the language."""
        return [self._statement(node) for node in body]

    def _statement(self, node: nodes.Node) -> nodes.Node:
        if isinstance(node, nodes.Output):
            parts = [n if isinstance(n, nodes.TemplateData) else self._node(n) for n in node.nodes]
            return nodes.Output(parts, lineno=node.lineno)
        if isinstance(node, nodes.If):
            elifs = [self._statement(n) for n in node.elif_]
            test = self._node(node.test, truth=True)
            return nodes.If(test, self.body(node.body), elifs, self.body(node.else_), lineno=node.lineno)
        if isinstance(node, nodes.For):
            return self._for(node)
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            return nodes.Assign(node.target, self._node(node.node), lineno=node.lineno)
        raise grammar.refused(node, f"`{type(node).__name__}`", "There are if, for and set.")

    def _node(self, node: nodes.Node, *, truth: bool = False) -> nodes.Expr:
        assert isinstance(node, nodes.Expr)  # Jinja's own annotations are wider than its parser
        return self.expression(node, truth=truth)

    def _for(self, node: nodes.For) -> nodes.Node:
        self._loops += 1
        self._loop_depth += 1
        many = self._loops > _MAX_LOOPS or self._loop_depth > _MAX_LOOP_DEPTH
        if node.recursive or many or not isinstance(node.target, nodes.Name):
            raise grammar.refused(node, "Such a loop")
        through = grammar.call("items", self._node(node.iter))
        test = None if node.test is None else self._node(node.test, truth=True)
        looped = nodes.For(
            node.target,
            through,
            self.body(node.body),
            self.body(node.else_),
            test,
            False,
            lineno=node.lineno,
        )
        self._loop_depth -= 1
        return looped

    def _named(self, node: nodes.Name) -> nodes.Expr:
        if node.name in _RESERVED or node.name.startswith("__"):
            raise grammar.refused(node, f"`{node.name}`")
        return node

    def _getattr(self, node: nodes.Getattr) -> nodes.Expr:
        if isinstance(node.node, nodes.Name) and node.node.name == "loop" and self._loop_depth and node.attr in _LOOP:
            return node
        return super()._getattr(node)

    @staticmethod
    def _days(arguments: list[nodes.Expr]) -> nodes.Expr:
        return grammar.call("days", grammar.only(arguments, "days"), nodes.Name("on", "load", lineno=1))

    @staticmethod
    def _empty(arguments: list[nodes.Expr]) -> nodes.Expr:
        return grammar.call("empty", grammar.only(arguments, "empty"))


@dataclass(frozen=True)
class Compiled:
    """A text that was understood."""

    names: frozenset[str]  # what it takes from its context
    template: jinja2.Template

    @cached_property
    def _given(self) -> dict[str, Any]:
        return dict(self.template.globals)

    def fill(self, context: Mapping[str, Any]) -> str:
        """Fill it in. Raises `TemplateError` where it gets too long, and what the template raises."""
        parts, size = [], 0
        made = self.template.new_context({**self._given, **context}, shared=True)  # not to merge them layer by layer
        for part in self.template.root_render_func(made):
            parts.append(part)
            size += len(part)
            if size > operators.LONGEST:
                raise TemplateError(f"The text gets longer than {operators.LONGEST} characters.", "Shorten it.")
        return "".join(parts)


@lru_cache(maxsize=512)
def compiled(source: str) -> Compiled:
    """Return a text as a template. Raises `TemplateError` where it cannot be understood."""
    if len(source) > MAX_LENGTH:
        raise TemplateError(f"The text has more than {MAX_LENGTH} characters.", "Shorten it.", name=source[:80])
    try:
        tree = _ENVIRONMENT.parse(source)
        tree = nodes.Template(_Statements().body(tree.body), lineno=1)
        tree.set_environment(_ENVIRONMENT)
        return Compiled(frozenset(meta.find_undeclared_variables(tree)), _ENVIRONMENT.from_string(tree))
    except jinja2.TemplateSyntaxError as error:
        raise grammar.syntax_error(error) from None
    except (RecursionError, ValueError, MemoryError, SyntaxError) as error:  # brackets or blocks without end
        raise TemplateError("It is too long or too deeply nested.", "Make it shorter.") from error


def fill(source: str, context: Mapping[str, Any]) -> str:
    """Fill in a text; `context` has plain values only. Raises `TemplateError`, `EmptyValue`."""
    try:
        return compiled(source).fill(context)
    except TemplateError as error:
        error.name = error.name or source[:80]
        raise
    except UndefinedError as error:
        raise TemplateError(f"{error}.", "Check the spelling.", name=source[:80], code="unknown-field") from None
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise TemplateError(f"{error}.", "Check the text.", name=source[:80]) from error
