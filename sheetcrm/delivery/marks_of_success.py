"""What an answer of a gateway must hold to mean something: a text, a place in its JSON, or a regular expression."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_PATH = re.compile(r"\$((?:\.\w[\w-]*|\[\d+\])+)\s*(?:==?\s*(.+))?")
_STEP = re.compile(r"\.(\w[\w-]*)|\[(\d+)\]")
_NOTHING = object()
_LONGEST = 64 * 1024  # letters that a regular expression looks at


class WrongMark(ValueError):
    """It cannot be read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`OK` is a text that the answer holds; `$.list[0].id` a place in its JSON, with ` = 1` what stands there; `/…/` an expression.

    Without anything it is false.
    """

    text: str = ""
    path: tuple[str | int, ...] = ()
    expression: re.Pattern[str] | None = None

    @classmethod
    def read(cls, said: str) -> Mark:
        """Read it as the owner writes it. Raises WrongMark."""
        said = said.strip()
        if said.startswith("/") and said.endswith("/") and len(said) > 2:  # noqa: PLR2004 - the two strokes
            try:
                return cls(expression=re.compile(said[1:-1]))
            except re.error as error:
                raise WrongMark(said) from error
        if said.startswith("$"):
            if not (found := _PATH.fullmatch(said)):
                raise WrongMark(said)
            steps = tuple(name or int(number) for name, number in _STEP.findall(found[1]))
            return cls(text=(found[2] or "").strip().strip("\"'"), path=steps)
        return cls(text=said)

    def __bool__(self) -> bool:
        return bool(self.text or self.path or self.expression)

    def is_in(self, body: bytes) -> bool:
        """Tell whether an answer holds it. A place in JSON without a value: something other than nothing, false or 0 stands there."""
        if self.path:
            found = self._found(body)
            return _said(found) == self.text if self.text else bool(found) and found is not _NOTHING
        said = body[:_LONGEST].decode("utf-8", "replace")
        return bool(self.expression.search(said)) if self.expression else self.text in said

    def value_in(self, body: bytes) -> str:
        """Return what stands in its place of an answer, "" where nothing does."""
        if self.expression:
            found = self.expression.search(body[:_LONGEST].decode("utf-8", "replace"))
            return "" if found is None else found[found.re.groups and 1]
        return _said(self._found(body))[:80] if self.path else ""

    def _found(self, body: bytes) -> Any:
        try:
            part = json.loads(body)
            for step in self.path:
                part = part[step]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            return _NOTHING
        return part


def _said(value: Any) -> str:
    if value is _NOTHING or value is None or isinstance(value, dict | list):
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)
