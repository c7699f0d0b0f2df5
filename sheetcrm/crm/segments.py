"""The Segments table: which clients each named rule holds for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.expressions import Mask, Rows, compile_rule, with_typed
from sheetcrm.crm.people import survivors
from sheetcrm.crm.tables import Cleaned, Table
from sheetcrm.crm.values import Problem
from sheetcrm.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


def evaluate_segments(
    segments: Cleaned | None, clients: Cleaned, figures: Mapping[str, npt.NDArray[Any]], on: date
) -> tuple[dict[str, Mask | None], list[Problem]]:
    """Return per segment which clients are in it as of `on`, and the rules that cannot be understood.

    Rows that were merged into another are in none. The mask of a rule that is wrong is None: who is in it is not known,
    which is something else than nobody.
    """
    masks: dict[str, Mask | None] = {}
    problems: list[Problem] = []
    if segments is None:
        return masks, problems
    alive = survivors(clients) == np.arange(len(clients))
    rows = Rows.of_clients(clients, with_typed(clients, figures), on, counted=alive)
    cells = zip(segments.texts("segment").cells(), segments.texts("rule").cells(), strict=True)
    for row, (segment, rule) in zip(segments.table.rows.tolist(), cells, strict=True):
        name, text = str(segment or "").strip(), str(rule or "")
        if not name or not text:
            if name or text:
                problems.append(Problem("missing-required", "Segments", row, "rule" if name else "segment"))
            continue
        try:
            masks.setdefault(name, compile_rule(text, rows.names).matches(rows) & alive)
        except TemplateError as error:
            masks.setdefault(name, None)
            params = {"detail": error.message, "hint": error.hint, "segment": name}
            problems.append(Problem("invalid-rule", "Segments", row, "rule", text, params))
    return masks, problems


def matching(clients: Cleaned | Table, rule: str, on: date) -> Mask:
    """Return which clients a rule holds for, over the columns of this one table.

    Raises `TemplateError` (`invalid-rule`).
    A table that was not cleaned is taken as it stands: real dates and numbers, text dates only where they are ISO.
    """
    table = Cleaned(clients, clients.columns) if isinstance(clients, Table) else clients
    rows = Rows.of_clients(table, {}, on)
    return compile_rule(rule, rows.names).matches(rows)
