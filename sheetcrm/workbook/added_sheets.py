"""Sheets of the owner's own that a list of hers lacks: visits, services, campaigns, settings; written behind hers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sheetcrm.crm.fields import Kind
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Cell
from sheetcrm.languages import Language
from sheetcrm.workbook.arrangement import ColumnPlan, arrange
from sheetcrm.workbook.looks import HEADER, LINE, MUTED, PAPER, NumberFormats
from sheetcrm.workbook.looks_of_ours import formats_of, rgb, style_of, width_of
from sheetcrm.workbook.marks import reference, table_mark
from sheetcrm.workbook.writing import free_name
from sheetcrm.xlsx.column_looks import ColumnLook
from sheetcrm.xlsx.editor import Editor
from sheetcrm.xlsx.markup import Markup
from sheetcrm.xlsx.refs import letters
from sheetcrm.xlsx.sheet_spec import Column, SheetSpec
from sheetcrm.xlsx.workbook import safe_title

_FROZEN = {"Clients": 2, "Campaigns": 1, "Services": 1, "Segments": 1, "Settings": 1}
_WRAPPED = frozenset({"body"})
_TEXT = "@"


def put_new_sheet(
    editor: Editor,
    table: str,
    rows: Sequence[Mapping[str, Cell]],
    settings: Settings,
    words: Language,
    lists: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """Add a sheet as a new workbook has it, and mark it; return its title. `lists` are formulas of drop-downs by (table, field)."""
    plans = [
        replace(plan, width=max(plan.width, width_of(plan.key, plan.header))) for plan in arrange(table, rows, words)
    ]
    formats = formats_of(settings)
    title = safe_title(words.sheet(table), titles_of(editor))
    spec = SheetSpec(
        table=free_name(editor, table),
        columns=[_column(table, plan, words, formats, lists or {}) for plan in plans],
        rows=[[row.get(plan.key) for plan in plans] for row in rows],
        frozen_columns=_FROZEN.get(table, 0),
        tab_color=rgb(HEADER),
        header_fill=rgb(HEADER),
        header_color=rgb(PAPER),
        line=rgb(LINE),
    )
    part = editor.put_sheet(title, spec)
    editor.set_looks(part, looks_of(editor, table, dict(enumerate(plans, 1)), settings))
    editor.define_name(table_mark(table), reference(title, f"${letters(1)}$1"))
    return title


def titles_of(editor: Editor) -> set[str]:
    """Return the titles that are taken, those of sheets added in this edit too, in the form in which they are compared."""
    sheets = Markup(editor.parts.read(editor.document.part)).root.find("sheets")
    return {node.get("name").casefold() for node in (sheets.children if sheets is not None else ())}


def looks_of(editor: Editor, table: str, plans: Mapping[int, ColumnPlan], settings: Settings) -> dict[int, ColumnLook]:
    """Return how columns are to look, by number: folded ones hidden behind the + of the next one in sight, phones as text."""
    found: dict[int, ColumnLook] = {}
    formats = formats_of(settings)
    after_folded = False
    for at, plan in sorted(plans.items()):
        if plan.computed:
            style: int | None = style_of(editor, table, plan.key, settings)
        else:
            number_format = number_format_of(plan, formats)
            style = editor.style(number_format=number_format) if number_format else None
        found[at] = ColumnLook(
            plan.width,
            hidden=plan.folded,
            level=1 if plan.folded else 0,
            collapsed=after_folded and not plan.folded,
            style=style,
        )
        after_folded = plan.folded
    if after_folded:
        found[max(plans) + 1] = ColumnLook(None, collapsed=True)
    return found


def number_format_of(plan: ColumnPlan, formats: NumberFormats) -> str | None:
    """Return the number format of a column that the owner fills; None where any will do."""
    if plan.text_only:
        return _TEXT
    named = {Kind.DATE: formats.date, Kind.BIRTHDAY: formats.date, Kind.TIME: formats.time, Kind.MONEY: formats.money}
    return named.get(plan.field.kind)


def _column(
    table: str, plan: ColumnPlan, words: Language, formats: NumberFormats, lists: Mapping[tuple[str, str], str]
) -> Column:
    choices: Sequence[str] | str = () if plan.computed else tuple(words.choice(word) for word in plan.field.choices)
    return Column(
        plan.header,
        plan.width,
        number_format=number_format_of(plan, formats),
        choices=lists.get((table, plan.key), choices),
        wrap=plan.key in _WRAPPED,
        left=True,
        color=rgb(MUTED) if plan.computed else None,
    )
