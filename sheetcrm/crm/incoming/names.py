"""Names of another list in the columns that the owner's has: put together, or taken apart where her list has two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.cells import shown
from sheetcrm.crm.client_rows import NAMES, is_error
from sheetcrm.crm.tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.tables import Cell, Table

_PARTS = NAMES[1:]
_TWO = 2


class SurnameFirst(NamedTuple):
    """Whether a full name begins with the surname, by the headers of the other list and of the owner's."""

    theirs: bool = False
    hers: bool = False


def fitted_names(names: Mapping[str, Column], surname_first: SurnameFirst, hers: Table) -> dict[str, Column]:
    """Return the columns of names as the owner's list has them; `names` are the other list's, by field."""
    wanted = [name for name in NAMES if name in hers]
    if not names or not wanted:
        return {}
    texts = {name: column.map(lambda cell: None if is_error(cell) else shown(cell)) for name, column in names.items()}
    if "name" in wanted:
        if "name" not in texts:
            return {"name": _joined(texts, surname_first=surname_first.hers)}
        turned = surname_first.theirs and not surname_first.hers
        return {"name": texts["name"].map(_given_first) if turned else texts["name"]}
    if any(part in texts for part in ("first_name", "last_name")):
        return {part: texts[part] for part in wanted if part in texts}
    split = {text: _apart(text, surname_first=surname_first.theirs) for text in texts["name"].values}
    if len(wanted) == 1:
        return {wanted[0]: texts["name"]}
    return {part: _column(texts["name"], split, part, middle="middle_name" in wanted) for part in wanted}


def _column(names: Column, split: Mapping[str, tuple[str, str, str]], part: str, *, middle: bool) -> Column:
    return names.map(lambda text: _part(split[text], part, middle=middle))


def _joined(parts: Mapping[str, Column], *, surname_first: bool) -> Column:
    order = ("last_name", "first_name", "middle_name") if surname_first else _PARTS
    cells = zip(*(parts[part].cells() for part in order if part in parts), strict=True)
    return Column.encode([" ".join(str(cell) for cell in row if cell is not None) for row in cells])


def _given_first(text: str) -> str:
    """Return a full name that begins with the surname as a list has it that begins with the given name."""
    return " ".join(filter(None, _apart(text, surname_first=True)))


def _part(split: tuple[str, str, str], part: str, *, middle: bool) -> Cell:
    first, further, last = split
    given = first if middle else f"{first} {further}".strip()
    return {"first_name": given, "middle_name": further, "last_name": last}[part] or None


def _apart(text: str, *, surname_first: bool) -> tuple[str, str, str]:
    """Return first, middle and last name of a full one: by a comma, by what is known as a given name, else in the header's order."""
    from sheetcrm.crm.linkage.known_names import known_names  # noqa: PLC0415 - a table of names, needed only here
    from sheetcrm.crm.linkage.person_names import split_name  # noqa: PLC0415
    from sheetcrm.crm.linkage.shadows import plain  # noqa: PLC0415

    before, comma, behind = (part.strip() for part in text.partition(","))
    if comma and before and behind:
        given, _, others = behind.partition(" ")
        return given, others, before
    words = text.split()
    if len(words) < _TWO:
        return text, "", ""
    found = split_name(text, known_names())
    plains = [plain(word) for word in words]
    if not found.sure or found.given not in plains:
        return (words[-1], "", " ".join(words[:-1])) if surname_first else (words[0], "", " ".join(words[1:]))
    at = plains.index(found.given)
    extra = set(found.extra.split())
    further = [k for k, letters in enumerate(plains) if k != at and letters in extra]
    family = " ".join(word for k, word in enumerate(words) if k != at and k not in further)
    return words[at], " ".join(words[k] for k in further), family
