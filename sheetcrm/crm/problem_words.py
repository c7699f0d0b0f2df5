"""What is wrong, in the owner's words: what a problem quotes, and the derived field `problems`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.tables import Table
from sheetcrm.crm.values import Problem
from sheetcrm.languages import Language


def quoted(problem: Problem, words: Language, tables: Mapping[str, Table]) -> dict[str, str]:
    """Return what the words of a problem quote, in the owner's terms: her own header rather than our field name."""
    table = tables.get(problem.table)
    name = problem.field or ""
    header = (table.headers.get(name) if table is not None else None) or (words.header(name) if name else "")
    return {
        "value": problem.value,
        "field": header,
        "row": "" if problem.row is None else str(problem.row),
        "table": (table.sheet if table is not None else "") or words.sheet(problem.table),
        **problem.params,
    }


def row_problems(problems: Sequence[Problem], clients: Table, words: Language) -> npt.NDArray[np.object_]:
    """Return the derived field `problems`: for each client row what is wrong in it, in words, joined by a blank."""
    texts: npt.NDArray[np.object_] = np.full(len(clients), "", dtype=object)
    positions = {row: i for i, row in enumerate(clients.rows.tolist())}
    for problem in problems:
        at = positions.get(problem.row) if problem.table == "Clients" else None
        if at is not None:
            message, _ = words.problem(problem.code, **quoted(problem, words, {"Clients": clients}))
            texts[at] = f"{texts[at]} {message}".strip()
    return texts
