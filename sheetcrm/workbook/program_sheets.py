"""What should stand in the sheets that the program writes, and what of the owner's own stays in them.

She may rename, sort, recolour these sheets and add columns of her own: her columns travel with their rows, known by the row's key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sheetcrm.crm.approval import CHANGED, PLACEHOLDER, WAITING, Shown, Standing
from sheetcrm.crm.fields import BY_HAND, CALL, SENT, TABLES
from sheetcrm.crm.hand_links import hand_link
from sheetcrm.crm.holding import NOT_SENDABLE
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.sms_length import sms_length
from sheetcrm.crm.tables import Cell, Table, is_empty
from sheetcrm.crm.values import ERROR, Key, Message, Problem, key_of
from sheetcrm.languages import Language, choices_named
from sheetcrm.workbook.outbox_words import shown_before, stopped_words

MOST_OF_A_CODE = 1000
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "Problems": ("code", "sheet", "row", "column"),
    "Duplicates": ("left", "right"),
    "Outbox": ("key",),
    "Calls": ("key",),
    "Sent": ("key",),
    "Changes": ("key",),
    "Today": ("topic", "client_id", "text"),
    "Why": ("client_id", "campaign"),
}
"""The fields by which a row of a program sheet is known again."""

KEPT_FIELDS: Mapping[str, frozenset[str]] = {
    "Outbox": frozenset({"send"}),
    "Calls": frozenset({"done"}),
    "Duplicates": frozenset({"decision", "keep"}),
    "Changes": frozenset({"client", "other"}),
}
"""Fields of program sheets that the owner fills, and such as stay as they were written: what somebody was called then."""

LINK_TO = "link to"
"""Where a row's cell `link` leads: no field, but what lies behind one."""

_OPENS = {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp"}  # names that no language has others for
RED, AMBER, QUIET, PLAIN = "red", "amber", "quiet", ""

_TONES = {"failed": RED, "unknown": AMBER, "sending": AMBER}

Row = Mapping[str, Cell]
_NO_ROWS: Mapping[str, int] = MappingProxyType({})
Farewell = Callable[[Row], Row]
Moved = Callable[[Problem], Problem]


@dataclass(frozen=True)
class Content:
    """A program sheet as it should be: `rows` are cells by field, `tones` a colour per row, `kept` the Excel row that a row had before."""

    table: str
    fields: tuple[str, ...]
    rows: tuple[Row, ...]
    tones: tuple[str, ...]
    kept: tuple[int | None, ...] = ()
    accents: tuple[Mapping[str, str], ...] = ()  # per row, by field, what a cell of it is to be told by
    note: str = ""  # a sentence above the headers of a new sheet
    frozen: int = 0  # columns that stay in sight in a new sheet
    cleared: frozenset[int] = frozenset()  # rows in which what she filled in is taken away
    bare: Mapping[int, Collection[int]] = field(
        default_factory=dict
    )  # per row, columns of hers of which nothing goes along
    joined: Mapping[int, int] = field(default_factory=dict)  # Excel rows whose words go into another one


def problems_content(plan: Plan, *, mends: bool = True, moved: Moved = lambda problem: problem) -> Content:
    """Return the Problems sheet: errors and warnings in the order of the file, 1,000 of a code and the count of the rest.

    `mends`: the ids that are given anew are written, so what they solve is no problem any more. `moved` puts one in
    a sheet of ours where its row stands after the write.
    """
    names = ("severity", "code", "table", "sheet", "row", "column", "field", "value", "message", "hint")
    words = plan.words
    seen: Counter[str] = Counter()
    rows: list[Row] = []
    tones: list[str] = []
    last: dict[str, dict[str, Cell]] = {}
    problems = plan.standing if mends else plan.problem_list
    for values in plan.rows_of(map(moved, problems)):
        row = dict(zip(names, values, strict=True))
        code = row["code"]
        seen[code] += 1
        if seen[code] > MOST_OF_A_CODE:
            continue
        tone = RED if row["severity"] == ERROR else AMBER
        cells = {name: row[name] for name in TABLES["Problems"].names} | {"severity": words.choice(row["severity"])}
        rows.append(cells)
        tones.append(tone)
        last[code] = cells
    for code, count in seen.items():
        if count > MOST_OF_A_CODE:
            rest = words.say("more_problems", count=count - MOST_OF_A_CODE)
            rows.append({"severity": last[code]["severity"], "code": code, "message": rest})
            tones.append(AMBER)
    return Content("Problems", TABLES["Problems"].names, tuple(rows), tuple(tones))


def outbox_content(
    plan: Plan,
    statuses: Mapping[str, tuple[str, str]],
    shown: Mapping[str, Shown] | None = None,
    stale: Collection[str] = (),
) -> Content:
    """Return the Outbox sheet: messages due in the plan's days. `statuses` has (status, reason) by the key's digest.

    `shown` are the rows as they stand, by short key: what she was shown of a message stays there while it is held. `stale` are the short
    keys of rows in which her word under Send? no longer says anything.
    """
    shown = shown or {}
    cleared = set()
    words = plan.words
    rows: list[Row] = []
    tones: list[str] = []
    for message in (*plan.message_list, *plan.later):
        if message.channel == CALL:
            continue
        status, reason = statuses.get(message.key.digest, ("queued", ""))
        said, tone = words.choice(status), _TONES.get(status, PLAIN)
        standing = plan.approvals.get(message.key, Standing(""))
        if message.waits and not reason:
            reason = words.reason(message.waits, detail=message.until)
        if why := plan.stopped.get(message.key):
            reason, tone = stopped_words(words, why, standing), AMBER if why in (CHANGED, PLACEHOLDER) else QUIET
            if why not in WAITING:  # which are queued all the same
                said = words.choice("skipped")
        if standing.cleared:
            cleared.add(len(rows))
        rows.append({**_outbox_row(message, said, reason, words.choice(message.channel)), "shown": standing.mark})
        tones.append(tone)
    written = {message.key for message in (*plan.by_hand, *plan.later)}
    for message in plan.by_hand:
        rows.append(_by_hand_row(plan, message))
        tones.append(QUIET if message.key in plan.stopped else PLAIN)
    for held in plan.held_list:
        if held.reason in ("already-sent", "not-due") or key_of(held) in written:
            continue
        rows.append(
            {
                "key": Key(held.campaign, held.client_id, held.occasion).short,
                "campaign": held.campaign,
                "client_id": held.client_id,
                "client": held.client,
                "due": held.due,
                "channel": words.choice(held.channel) if held.channel else None,
                **shown_before(shown.get(Key(held.campaign, held.client_id, held.occasion).short), words),
                "status": words.choice("skipped"),
                "reason": words.reason(held.reason, detail=held.detail),
            }
        )
        tones.append(QUIET)
    cleared |= {at for at, row in enumerate(rows) if row["key"] in stale}
    return Content("Outbox", TABLES["Outbox"].names, tuple(rows), tuple(tones), cleared=frozenset(cleared))


def _by_hand_row(plan: Plan, message: Message) -> Row:
    """Return the row of a message that she can send herself, finished: no service is configured for its channel."""
    words, why = plan.words, plan.stopped.get(message.key, "")
    status = words.choice("skipped" if why else BY_HAND)
    row = _outbox_row(message, status, words.reason(why or NOT_SENDABLE), words.choice(message.channel))
    return {**row, "shown": plan.approvals.get(message.key, Standing("")).mark}


def linked_again(row: Row) -> Row:
    """Return a row of Outbox as it stood once, with what lies behind its link."""
    if not row.get("link"):
        return row
    channel = next((word for word in choices_named(_text(row["channel"] or "")) if word in _OPENS), "")
    to, subject, text = (str(row[name] or "") for name in ("to", "subject", "text"))
    return {**row, LINK_TO: hand_link(channel, to, subject, text)}


def _outbox_row(message: Message, status: str, reason: str, channel: str) -> Row:
    link = hand_link(message.channel, message.to, message.subject, message.text)
    return {
        "key": message.key.short,
        "campaign": message.key.campaign,
        "client_id": message.key.client_id,
        "client": message.client,
        "due": message.due,
        "channel": channel,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "status": status,
        "reason": reason,
        "link": _OPENS.get(message.channel) if link else None,
        LINK_TO: link,
        "parts": sms_length(message.text).parts if message.channel == "sms" else None,
    }


def sent_content(lines: Sequence[Row], words: Language) -> Content:
    """Return the Sent sheet from the journal's lines (cells by field, English words), in order of time."""
    rows = [
        {
            **line,
            "channel": words.choice(str(line["channel"])),
            "status": words.choice(str(line["status"])),
            "detail": words.detail(str(line["detail"] or "")),
        }
        for line in lines
    ]
    tones = [_TONES.get(str(line["status"]), PLAIN) for line in lines]
    return Content("Sent", SENT.names, tuple(rows), tuple(tones))


def with_hers(
    content: Content,
    existing: Table | None,
    *,
    keep_order: bool = False,
    noted: Callable[[set[int]], set[int]] = lambda _rows: set(),
    farewell: Farewell | None = None,
    deciding: Mapping[str, int] = _NO_ROWS,
) -> Content:
    """Add what the owner put into the sheet: the fields she fills, and for each row the Excel row whose other cells go along with it.

    `keep_order`: rows that are there already keep the order that she gave them, new ones come after them (Sent is only appended to).
    A row that would go stays at the end for as long as something of hers stands beside it: `noted` tells of which Excel rows that is so,
    `farewell` says in such a row what became of it. `deciding` has the position of the row whose words of hers count, by key: of rows that
    stand there twice one is left.
    """
    if existing is None:
        return content
    identity = IDENTITY[content.table]
    filled_by_her = sorted(KEPT_FIELDS.get(content.table, ()))
    columns = {name: existing.column(name).cells() for name in (*identity, *filled_by_her)}
    there: dict[Hashable, int] = {}
    for position in range(len(existing)):
        there.setdefault(_identity(columns[name][position] for name in identity), position)
    keys = [_identity(row.get(name) for name in identity) for row in content.rows]
    found = [there.pop(key, None) for key in keys]
    picked = list(range(len(keys)))
    if keep_order:
        picked.sort(key=lambda i: len(existing) + i if (at := found[i]) is None else at)
    rows = [
        dict(content.rows[i])
        | {
            name: columns[name][deciding.get(str(content.rows[i].get("key")), at)]
            for name in filled_by_her
            if (at := found[i]) is not None and i not in content.cleared
        }
        for i in picked
    ]
    kept = [None if (at := found[i]) is None else int(existing.rows[at]) for i in picked]
    tones = [content.tones[i] for i in picked]
    staying = _staying(existing, set(there.values()), noted)
    say = farewell or (lambda row: row)
    cells = {name: existing.column(name).cells() for name in content.fields} if staying else {}
    rows += [dict(say({name: column[at] for name, column in cells.items()})) for at in staying]
    kept += [int(existing.rows[at]) for at in staying]
    accents = tuple(content.accents[i] for i in picked) if content.accents else ()
    tones += [QUIET] * len(staying)
    return replace(
        content, rows=tuple(rows), tones=tuple(tones), kept=tuple(kept), accents=accents, cleared=frozenset()
    )


def _staying(existing: Table, gone: set[int], noted: Callable[[set[int]], set[int]]) -> list[int]:
    """Return the positions of rows that have no place in the content, but something of hers beside them."""
    rows = {int(existing.rows[at]): at for at in gone}
    return sorted(rows[row] for row in noted(set(rows))) if rows else []


def farewell_of(table: str, words: Language, sent: Sequence[Row], refused: Collection[str] = ()) -> Farewell:
    """Return what says in a row of a sheet, where she has a note beside it, that it is no longer the row's place to be there.

    `refused` are the short keys of messages in Outbox to which she has said no: that word stays.
    """
    became = {_text(line["key"]): str(line["status"]) for line in sent}

    def to_outbox(row: Row) -> Row:
        status = became.get(_text(row["key"]), "")
        reason = words.reason("already-sent") if status == "sent" else "" if status else words.say("no_longer_due")
        return {
            **row,
            "send": row["send"] if _text(row["key"]) in refused else None,
            "link": None,
            "status": words.choice(status or "skipped"),
            "reason": reason or None,
        }

    def to_problems(row: Row) -> Row:
        return {**row, "severity": words.say("no_longer_there")}

    return {"Outbox": to_outbox, "Problems": to_problems}.get(table, lambda row: row)


def _identity(cells: Iterable[Cell]) -> Hashable:
    return tuple("" if is_empty(cell) else _text(cell) for cell in cells)


def _text(cell: Cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
