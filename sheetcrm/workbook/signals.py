"""Drop-downs and colours of a workbook made from nothing: what tells the owner at once that a cell is off.

Every list stands behind a defined name, so that it follows when sheets are renamed, rows added, columns moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from sheetcrm.crm import fields
from sheetcrm.workbook import starters
from sheetcrm.workbook.looks import (
    AMBER,
    AMBER_INK,
    BLUE_INK,
    FAINT,
    GREEN_INK,
    MUTED,
    ROSE,
    ROSE_INK,
    Looks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sheetcrm.languages import Language
    from sheetcrm.workbook.arrangement import Sheet

_CHOICES: dict[str, tuple[str, ...]] = {
    "list_yes_no": fields.YES_NO,
    "list_visit_statuses": fields.VISIT_STATUSES,
    "list_triggers": fields.TRIGGERS,
    "list_channels": fields.CHANNELS,
    "list_purposes": fields.PURPOSES,
    "list_genders": fields.GENDERS,
    "list_approvals": fields.APPROVALS,
}
_OF_TABLE = {
    "list_clients": ("Clients", "name"),
    "list_client_ids": ("Clients", "client_id"),
    "list_emails": ("Clients", "email"),
    "list_services": ("Services", "service"),
    "list_segments": ("Segments", "segment"),
}
_FROM_TABLE = {
    ("Visits", "client"): "list_clients",
    ("Visits", "service"): "list_services",
    ("Clients", "referred_by"): "list_clients",
    ("Clients", "language"): "list_languages",
    ("Texts", "language"): "list_languages",
    ("Campaigns", "segment"): "list_segments",
}
_SETTING_CHOICES = {
    "approval": "list_approvals",
    "first_send": "list_yes_no",
    "auto_merge": "list_yes_no",
    "edit_signed": "list_yes_no",
}


class Lists:
    """The defined names behind the drop-downs: choices on a hidden sheet, and columns of her own tables."""

    def __init__(self, book: Any, tongue: Language, sheets: Sequence[Sheet]) -> None:
        self._names: set[str] = set()
        self._book = book
        title = starters.words(tongue.code)["lists"]
        page = book.add_worksheet(title)
        page.hide()
        # One below another in a single column: side by side, a row of choices could pass for a header row.
        row = 0
        for name, words in self._choices(tongue):
            for offset, word in enumerate(words):
                page.write_string(row + offset, 0, word)
            self._define(name, f"={quote_sheetname(title)}!$A${row + 1}:$A${row + len(words)}")
            row += len(words)
        page.set_column(0, 0, 30)
        for name, (table, key) in _OF_TABLE.items():
            sheet = next(s for s in sheets if s.table == table)
            position = sheet.position(key)
            if position is not None:
                self._define(name, _filled_part(sheet.title, xl_col_to_name(position)))

    @staticmethod
    def _choices(tongue: Language) -> Iterable[tuple[str, list[str]]]:
        for name, choices in _CHOICES.items():
            yield name, [tongue.choice(word) for word in choices]
        yield "list_languages", starters.spoken(tongue.code)

    def _define(self, name: str, formula: str) -> None:
        self._book.define_name(name, formula)
        self._names.add(name)

    def of(self, table: str, key: str, choices: tuple[str, ...]) -> str | None:
        """Return the defined name of the list for a field, or None."""
        found = _FROM_TABLE.get((table, key))
        if found is None:
            found = next((name for name, words in _CHOICES.items() if choices and words == choices), None)
        return found if found in self._names else None


def _filled_part(title: str, letter: str) -> str:
    """Return the formula of a column from row 2 to its last filled cell, at least row 2.

    A list with blank cells would switch the check off: Excel then takes any value for one of them.
    """
    column = f"{quote_sheetname(title)}!${letter}"
    return f"={column}$2:INDEX({column}:${letter},MAX(2,COUNTA({column}:${letter})))"


def add_choices(sheet: Sheet, lists: Lists, tongue: Language) -> None:
    """Put drop-downs on the columns that have a list. All warn and none forbids: the program reads six languages."""
    words = starters.words(tongue.code)
    for position, column in enumerate(sheet.columns):
        name = lists.of(sheet.table, column.key, column.field.choices)
        if name is None or column.computed:
            continue
        options = {
            "validate": "list",
            "source": f"={name}",
            "error_type": "warning",
            "error_title": words["choice_title"],
            "error_message": words["choice_warning"],
        }
        if (sheet.table, column.key) == ("Visits", "client"):
            options |= {"error_title": words["client_title"], "error_message": words["client_warning"]}
            options |= {"input_title": column.header, "input_message": words["client_prompt"]}
        sheet.page.data_validation(1, position, sheet.last_ready_row, position, options)
    if sheet.table == "Settings":
        _add_setting_choices(sheet, words["choice_title"], words["choice_warning"])


def _add_setting_choices(sheet: Sheet, title: str, warning: str) -> None:
    for row, cells in enumerate(sheet.rows, 1):
        name = _SETTING_CHOICES.get(str(cells.get("setting")))
        if name:
            options = {"validate": "list", "source": f"={name}", "error_type": "warning"}
            options |= {"error_title": title, "error_message": warning}
            sheet.page.data_validation(row, 1, row, 1, options)


def add_colours(sheet: Sheet, looks: Looks, tongue: Language) -> None:
    """Colour rows and cells by what they hold: problems red, an unknown client amber, what is off grey."""
    rules = {"Clients": _client_rules, "Visits": _visit_rules, "Campaigns": _campaign_rules}.get(sheet.table)
    if rules is None:
        return
    for first, last, formula, look in rules(sheet, tongue):
        options = {"type": "formula", "criteria": formula, "format": looks.make(**look)}
        sheet.page.conditional_format(1, first, sheet.last_ready_row, last, options)


_Rule = tuple[int, int, str, dict[str, Any]]


def _letter(sheet: Sheet, key: str) -> str:
    position = sheet.position(key)
    assert position is not None, f"{sheet.table} of a new workbook has a column {key}"
    return f"${xl_col_to_name(position)}"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _client_rules(sheet: Sheet, tongue: Language) -> Iterable[_Rule]:
    end = len(sheet.columns) - 1
    problems, merged, status = (_letter(sheet, key) for key in ("problems", "merged_into", "status"))
    yield 0, end, f'={merged}2<>""', {"font_color": FAINT, "font_strikeout": True}
    yield 0, end, f'={problems}2<>""', {"bg_color": ROSE, "font_color": ROSE_INK}
    yes = _quoted(tongue.choice("yes"))
    first, last = sheet.position("channel"), sheet.position("no_contact")
    if first is not None and last is not None:
        yield first, last, f"={_letter(sheet, 'no_contact')}2={yes}", {"font_color": FAINT, "font_strikeout": True}
    at = sheet.position("status")
    inks = {"active": GREEN_INK, "new": BLUE_INK, "due": AMBER_INK, "lapsed": ROSE_INK, "lost": FAINT}
    for word, ink in inks.items():
        assert at is not None
        yield at, at, f"={status}2={_quoted(tongue.choice(word))}", {"font_color": ink, "bold": True}


def _visit_rules(sheet: Sheet, tongue: Language) -> Iterable[_Rule]:
    end = len(sheet.columns) - 1
    day, client, status, resolved = (_letter(sheet, key) for key in ("date", "client", "status", "client_id"))
    strange = [f"ISNA(MATCH({client}2,{name},0))" for name in ("list_clients", "list_client_ids", "list_emails")]
    # A phone may be spelt in many ways, which a formula cannot compare: whatever is nothing but digits passes.
    bare = f"{client}2"
    for filler in " -+()/":
        bare = f'SUBSTITUTE({bare},"{filler}","")'
    known = ",".join([*strange, f"ISERROR(VALUE({bare}))"])
    at = sheet.position("client")
    assert at is not None
    yield at, at, f'=AND({client}2<>"",{resolved}2="",{known})', {"bg_color": AMBER, "font_color": AMBER_INK}
    off = [_quoted(tongue.choice(word)) for word in ("cancelled", "no-show")]
    yield 0, end, f"={status}2={off[0]}", {"font_color": FAINT, "font_strikeout": True}
    yield 0, end, f"={status}2={off[1]}", {"font_color": ROSE_INK}
    yield 0, end, f"=AND(ISNUMBER({day}2),{day}2>TODAY())", {"font_color": BLUE_INK}


def _campaign_rules(sheet: Sheet, tongue: Language) -> Iterable[_Rule]:
    end = len(sheet.columns) - 1
    active = f"{_letter(sheet, 'active')}2="
    yield 0, end, active + _quoted(tongue.choice("no")), {"font_color": MUTED}
    at = sheet.position("active")
    assert at is not None
    yield at, at, active + _quoted(tongue.choice("yes")), {"font_color": GREEN_INK, "bold": True}
