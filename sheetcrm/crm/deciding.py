"""What the owner typed in the sheet Duplicates, read: her word on each pair, and whom to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.crm.acts import MERGE
from sheetcrm.crm.cells import id_text, shown
from sheetcrm.crm.decisions import Decision
from sheetcrm.crm.fields import DUPLICATES, Field
from sheetcrm.crm.readers import Flaw, Read, reader
from sheetcrm.crm.values import Problem
from sheetcrm.languages import LANGUAGES, choices_named, language

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.crm.tables import Cell, Reading, Table

_SIDES = {"first": "left", "second": "right"}


def decisions_in(table: Table, reading: Reading) -> tuple[tuple[Decision, ...], tuple[Problem, ...]]:
    """Return her decisions in the order of the sheet, and what she typed that is none: nothing happens to such a pair.

    Words are those of any of the six languages and of her own (`choice.<word>`). For `keep` she may also type the client's id.
    Where she has a word of her own on a pair, in whichever row, the one that we filled in counts no longer.
    """
    names = ("left", "right", "tier", "decision", "keep")
    columns = {name: table.column(name) for name in names}
    decisions: list[Decision] = []
    problems: list[Problem] = []
    hers: set[frozenset[str]] = set()
    kept: list[Decision] = []  # whom to keep, in a row of its own
    typed = columns["decision"].filled | columns["keep"].filled
    for position in typed.nonzero()[0].tolist():
        cells = {name: column.cell(position) for name, column in columns.items()}
        left, right = id_text(cells["left"]), id_text(cells["right"])
        if not (left and right):  # below the pairs: a remark of ours or of hers, or a word on nobody
            if _read(table, "decision", cells["decision"], reading).value:
                lacking = "right" if left else "left"
                problems.append(Problem("missing-required", DUPLICATES.name, int(table.rows[position]), lacking))
            continue
        word, keep = _read(table, "decision", cells["decision"], reading), _keep(table, cells, (left, right), reading)
        row = int(table.rows[position])
        flaws = {name: read.flaw for name, read in (("decision", word), ("keep", keep)) if read.flaw is not None}
        problems += [_problem(name, row, cells[name], flaw) for name, flaw in flaws.items()]
        ours = _is_our_word(cells["decision"]) and cells["keep"] is None and is_certain(cells["tier"])
        if not ours and (cells["decision"] is not None or flaws):
            hers.add(frozenset((left, right)))
        if word.value and not flaws:
            decisions.append(Decision(left, right, word.value, keep.value or "", prefilled=ours))
        elif keep.value and cells["decision"] is None:
            kept.append(Decision(left, right, MERGE, keep.value))
    return tuple(_of_hers([*decisions, *_wanted(kept, decisions)], hers)), tuple(problems)


def _wanted(kept: Sequence[Decision], decisions: Sequence[Decision]) -> list[Decision]:
    """Return of the rows that only say whom to keep those whose pair is to be merged by the word in another row."""
    merged = {frozenset((one.left, one.right)) for one in decisions if one.word == MERGE}
    return [one for one in kept if frozenset((one.left, one.right)) in merged]


def _of_hers(decisions: Sequence[Decision], hers: Collection[frozenset[str]]) -> list[Decision]:
    """Leave out what we filled in beside pairs on which she has a word, readable or not, or says whom to keep."""
    told = {frozenset((one.left, one.right)) for one in decisions if not one.prefilled}.union(hers)
    return [one for one in decisions if not (one.prefilled and frozenset((one.left, one.right)) in told)]


def is_certain(tier: Cell) -> bool:
    """Tell whether a cell of `tier` says that the pair is certain, in any language: there we pre-fill the decision."""
    return "certain" in choices_named(str(tier or ""))


def _is_our_word(cell: Cell) -> bool:
    """Tell whether a cell says `merge` as we fill it in, in any language: another word for it was typed."""
    return cell in {language(code).choice("merge") for code in LANGUAGES}


def _read(table: Table, name: str, cell: Cell, reading: Reading) -> Read:
    """Read a word; a question decides nothing."""
    if cell is None:
        return Read(None)
    known = DUPLICATES.field(name) or Field(name)
    return reader(known, table.column(name), reading).one(cell)


def _keep(table: Table, cells: dict[str, Cell], ids: tuple[str, str], reading: Reading) -> Read:
    """Read whom to keep: left or right. An id that could be meant as the other's number (`1`, `2`) decides nothing.

    An id is known in any case of letters, unless the two differ by that alone.
    """
    read = _read(table, "keep", cells["keep"], reading)
    fold = str if ids[0].casefold() == ids[1].casefold() else str.casefold
    by_id = dict(zip(map(fold, ids), _SIDES.values(), strict=True)).get(fold(id_text(cells["keep"])))
    by_word = _SIDES.get(str(read.value))
    if by_id and by_word and by_id != by_word:
        return Read(None, _read(table, "keep", "?", reading).flaw)
    side = by_id or by_word
    return Read(side) if side else read


def _problem(name: str, row: int, cell: Cell, flaw: Flaw) -> Problem:
    return Problem(flaw.code, DUPLICATES.name, row, name, shown(cell), flaw.params)
