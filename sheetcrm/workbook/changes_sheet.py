"""The sheet Changes: what was done about pairs of clients, a line a cell; the owner's copy of what the journal knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sheetcrm.crm.acts import DIFFERENT, ERASED, HOUSEHOLD, KINDS, MERGE, OPTED_OUT, UNDONE, UNMERGE, Act, CellChange
from sheetcrm.crm.cells import id_text, shown
from sheetcrm.crm.fields import CHANGES, CLIENTS
from sheetcrm.crm.tables import Cell, Table
from sheetcrm.languages import Language, choices_named, fields_named
from sheetcrm.languages.folding import fold
from sheetcrm.workbook.headers import slug
from sheetcrm.workbook.program_sheets import PLAIN, QUIET, Content, Row

HEADER_OF: Mapping[tuple[str, str], str] = {(CHANGES.name, "key"): "change_key"}
"""Fields whose header is another one here: a key is the number of a message elsewhere."""

_KEY = re.compile(r"([0-9a-f]{10})\.(\d+)(?:\.([0-9a-f]{10}))?")
_MARK = re.compile(r"\(([0-9a-f]{10})\)")
_SAID = {
    MERGE: "merged",
    UNMERGE: "unmerged",
    DIFFERENT: "different",
    HOUSEHOLD: "household",
    UNDONE: "undone",
    OPTED_OUT: "opted-out",
    ERASED: "erased",
}
_MEANT = {word: kind for kind, word in _SAID.items()} | {kind: kind for kind in KINDS}
_INTO = "merged_into"
_NAME = ("first_name", "middle_name", "last_name")


def changes_content(acts: Sequence[Act], clients: Table, ids: Sequence[str], words: Language) -> Content:
    """Return the Changes sheet: `acts` in order of time. `ids` are those of the clients, by position.

    Values of cells stand there as they stood in theirs; a date is one, whatever the cell above it holds.
    """
    names = dict(zip(ids, _names(clients), strict=True)) if acts else {}
    columns = _columns(clients.headers)
    rows: list[Row] = []
    tones: list[str] = []
    said = {act.id: words.choice(_SAID[act.kind]) for act in acts}
    for act in acts:
        rows += _lines(act, names, columns, words, said.get(act.mark))
        tones += [QUIET if act.kind in (UNMERGE, UNDONE) else PLAIN] * (len(act.cells) or 1)
    return Content(CHANGES.name, CHANGES.names, tuple(rows), tuple(tones))


def _names(clients: Table) -> list[str]:
    parts = zip(*(clients.column(part).cells() for part in _NAME), strict=True)
    whole = clients.column("name").cells()
    return [shown(name) or " ".join(filter(None, map(shown, each))) for name, each in zip(whole, parts, strict=True)]


def _columns(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what the columns of Clients are called here: by their headers, of two with one header by their slugs."""
    count = Counter(map(fold, headers.values()))
    return {field: header if count[fold(header)] == 1 else field for field, header in headers.items()}


def _lines(
    act: Act, names: Mapping[str, str], columns: Mapping[str, str], words: Language, undone: str | None
) -> Iterator[Row]:
    """Return the lines of one act: one for each cell, or one without any. `undone` is what it took back, in words."""
    at = _moment(act.at)
    mark = f".{act.mark}" if act.mark and act.kind != MERGE else ""  # nothing for her to read
    settled = words.say("settled_note") if mark and act.kind in (DIFFERENT, HOUSEHOLD) else undone
    kept = "gone_note" if act.kind == UNMERGE else "kept_note"
    for number, change in enumerate(act.cells or (CellChange(act.left, "", None, None),), 1):
        other = act.right if change.client_id == act.left else act.left
        yield {
            "key": f"{act.id}.{number}{mark}",
            "at": at,
            "action": words.choice(_SAID[act.kind]),
            "client_id": change.client_id,
            "client": names.get(change.client_id) or None,
            "other_id": other or None,
            "other": names.get(other) or None,
            "field": _header(change.field, columns, words) or None,
            "before": change.before,
            "after": change.after,
            "detail": words.say(kept) if change.field and change.before == change.after else settled,
        }


def _moment(at: str) -> datetime | str | None:
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None)
    except ValueError:
        return at or None


def _header(field: str, columns: Mapping[str, str], words: Language) -> str:
    return columns.get(field) or (words.header(field) if CLIENTS.field(field) else field)


def acts_in(table: Table, headers: Mapping[str, str]) -> tuple[Act, ...]:
    """Return the acts that the sheet tells of, in its order, however she may have sorted it and whatever she has added.

    `headers` are those of Clients, by field or slug. A line without its key, or of no known action, tells nothing.
    """
    lines: dict[str, dict[int, dict[str, Cell]]] = {}
    columns = {name: table.column(name).cells() for name in CHANGES.names}
    for cells in zip(*columns.values(), strict=True):
        line = dict(zip(columns, cells, strict=True))
        key = _KEY.fullmatch(str(line["key"] or "").strip())
        if key and _kind(line["action"]):
            lines.setdefault(key[1], {}).setdefault(int(key[2]), line)
    fields = {fold(header): field for field, header in _columns(headers).items()}
    return tuple(_act(act_id, [found[number] for number in sorted(found)], fields) for act_id, found in lines.items())


def _kind(cell: Cell) -> str:
    return next((_MEANT[word] for word in choices_named(str(cell or "")) if word in _MEANT), "")


def _act(act_id: str, lines: Sequence[Mapping[str, Cell]], fields: Mapping[str, str]) -> Act:
    kind, at = _kind(lines[0]["action"]), lines[0]["at"]
    cells = tuple(
        CellChange(id_text(line["client_id"]), _field(line["field"], fields), line["before"], line["after"])
        for line in lines
        if line["field"] is not None
    )
    left, right = id_text(lines[0]["client_id"]), id_text(lines[0]["other_id"])
    if left in {change.client_id for change in cells if change.field == _INTO}:  # it says so of who was merged
        left, right = right, left
    stamp = at.isoformat(timespec="seconds") if isinstance(at, datetime) else shown(at)
    return Act(act_id, kind, stamp, left, right, cells, next(filter(None, map(_mark, lines)), ""))


def _mark(line: Mapping[str, Cell]) -> str:
    """Return the mark at the end of a line's key; it stood in the remark before."""
    key, found = _KEY.fullmatch(str(line["key"] or "").strip()), _MARK.search(str(line["detail"] or ""))
    return (key[3] if key else "") or (found[1] if found else "")


def _field(header: Cell, fields: Mapping[str, str]) -> str:
    text = shown(header)
    known = next((name for name in fields_named(text) if CLIENTS.field(name)), None)
    return fields.get(fold(text)) or known or slug(text)


def actions(words: Language) -> dict[str, str]:
    """Return how each kind of act is called in the sheet."""
    return {kind: words.choice(said) for kind, said in _SAID.items()}
