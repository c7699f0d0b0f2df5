"""Drop-downs of a sheet that the program writes, and what is said beside their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import escape
from sheetcrm.xlsx.refs import MAX_ROW, Range

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sheetcrm.xlsx.sheet_spec import Column, SheetSpec

_LONGEST_LIST = 255
"""Characters of a drop-down's own list, and of what is said beside it."""
_LONGEST_TITLE = 32


class DropDown(NamedTuple):
    """A drop-down list of words (or a formula that gives them), and the title and the words said beside its cells."""

    area: Range
    choices: Sequence[str] | str
    prompt: tuple[str, str] = ("", "")

    def xml(self, prefix: bytes = b"") -> bytes:
        """Write it as a validation. Raises Unsupported where the words cannot be a list."""
        p = prefix
        title, words = map(escape, self.prompt)
        said = b' showInputMessage="1" promptTitle="%b" prompt="%b"' % (title, words) if words else b""
        return (
            b'<%bdataValidation type="list" allowBlank="1" showErrorMessage="1" errorStyle="warning"%b sqref="%b">'
            b"<%bformula1>%b</%bformula1></%bdataValidation>"
            % (p, said, str(self.area).encode(), p, escape(_formula(self.choices)), p, p)
        )


def drop_downs(spec: SheetSpec) -> dict[int, DropDown]:
    """Return the drop-downs of a program sheet by column, down to the sheet's last row: they never need to grow."""
    return {
        place: DropDown(Range(spec.header_row + 1, place, MAX_ROW, place), column.choices, _prompt(column))
        for place, column in zip(spec.places, spec.columns, strict=True)
        if column.choices
    }


def validations(lists: Collection[DropDown], prefix: bytes = b"") -> bytes:
    """Write drop-downs as the element that holds them, as a sheet without any needs it; empty for none."""
    lines = b"".join(one.xml(prefix) for one in lists)
    p = prefix
    return b'<%bdataValidations count="%d">%b</%bdataValidations>' % (p, len(lists), lines, p) if lists else b""


def _prompt(column: Column) -> tuple[str, str]:
    return column.header[:_LONGEST_TITLE], column.prompt[:_LONGEST_LIST]


def _formula(choices: Sequence[str] | str) -> str:
    if isinstance(choices, str):
        return choices.removeprefix("=")
    text = ",".join(choices)
    if len(text) > _LONGEST_LIST or any("," in choice for choice in choices):
        raise Unsupported(
            "a drop-down's own words must be under 255 characters and without commas: name a range", "choices"
        )
    return '"' + text.replace('"', '""') + '"'
