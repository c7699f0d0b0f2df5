"""Drop-downs of a sheet that the program writes, and what is said beside their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import escape
from sheetcrm.xlsx.refs import MAX_ROW, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sheetcrm.xlsx.sheet_spec import Column, SheetSpec

_LONGEST_LIST = 255
"""Characters of a drop-down's own list, and of what is said beside it."""
_LONGEST_TITLE = 32


def drop_downs(spec: SheetSpec) -> bytes:
    """Write the drop-downs of a sheet that is made new, down to the sheet's last row: they never need to grow."""
    lines = [
        drop_down(
            f"{letters(place)}{spec.header_row + 1}:{letters(place)}{MAX_ROW}", column.choices, prompt=prompt_of(column)
        )
        for place, column in zip(spec.places, spec.columns, strict=True)
        if column.choices
    ]
    return b'<dataValidations count="%d">%b</dataValidations>' % (len(lines), b"".join(lines)) if lines else b""


def prompt_of(column: Column) -> tuple[str, str]:
    """Give the title and the words that are said beside a cell of a drop-down."""
    return column.header[:_LONGEST_TITLE], column.prompt[:_LONGEST_LIST]


def drop_down(
    sqref: str, choices: Sequence[str] | str, prefix: bytes = b"", *, prompt: tuple[str, str] = ("", "")
) -> bytes:
    """Write one drop-down; `prompt` is the title and the words said beside its cells.

    Raises Unsupported where the words cannot be a list.
    """
    if isinstance(choices, str):
        formula = choices.removeprefix("=")
    else:
        text = ",".join(choices)
        if len(text) > _LONGEST_LIST or any("," in choice for choice in choices):
            raise Unsupported(
                "a drop-down's own words must be under 255 characters and without commas: name a range", "choices"
            )
        formula = '"' + text.replace('"', '""') + '"'
    p = prefix
    title, words = map(escape, prompt)
    said = b' showInputMessage="1" promptTitle="%b" prompt="%b"' % (title, words) if words else b""
    return (
        b'<%bdataValidation type="list" allowBlank="1" showErrorMessage="1" errorStyle="warning"%b sqref="%b">'
        b"<%bformula1>%b</%bformula1></%bdataValidation>" % (p, said, sqref.encode(), p, escape(formula), p, p)
    )
