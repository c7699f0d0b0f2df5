"""What the owner typed beside messages in the sheets Outbox and Calls, read once for all who ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.approval import Shown
from sheetcrm.crm.cells import id_text, parse_choice, shown
from sheetcrm.crm.fields import BY_HAND, CALLS, OUTBOX, OUTCOMES
from sheetcrm.crm.spoken import MESSAGE, UNREAD, spoken
from sheetcrm.crm.values import Ledger, Problem, Status
from sheetcrm.languages import Language, choices_named

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cell, Table

_ASKED: Mapping[str, str] = {OUTBOX.name: "send", CALLS.name: "done"}
"""The column of each sheet that she is to fill in."""

_ENGLISH: Mapping[str, tuple[str, ...]] = {
    "status": ("queued", "sending", "sent", "failed", "unknown", "skipped"),
    "channel": ("email", "sms", "whatsapp", "call"),
}


_WEIGHTS = {"yes": 0, UNREAD: 1, "no": 2, "done": 3}
"""Which of several words beside one message counts: what she did, she did."""

_GOES = frozenset({"queued", BY_HAND})
"""What stands under Status of a message that goes, or that she is to send."""

NO_KEY = "no-key"
"""The kind of a `missing-required` key beside which a word of hers stands: nobody can tell which message it is about."""


class _Said(NamedTuple):
    """A word of hers: in which table, at which position, beside the message of which short key."""

    table: str
    at: int
    key: str
    word: str


class HerWords:
    """What stands in Outbox and Calls, by the short keys of messages.

    `tables` are those of the workbook, `choices` the owner's own words; what the `ledger` knows tells an answer from a wish.
    """

    def __init__(self, tables: Mapping[str, Table], ledger: Ledger, choices: Mapping[str, str]) -> None:
        self._tables, self._ledger, self._choices = tables, ledger, choices

    @cached_property
    def _said(self) -> tuple[_Said, ...]:
        sent = self._ledger.sent.items()
        unknown = {key.short for key, line in sent if line.status in (Status.UNKNOWN, Status.SENDING)}
        in_doubt = unknown | self._ledger.asked
        found = []
        for name, field in _ASKED.items():
            if (table := self._tables.get(name)) is None:
                continue
            # in Calls nothing stands but what is to be done
            status = table.column("status").cells() if name == OUTBOX.name else ["queued"] * len(table)
            cells = zip(table.column("key").cells(), table.column(field).cells(), status, strict=True)
            for at, (key, cell, state) in enumerate(cells):
                if key and cell is not None:
                    short, goes = id_text(key), not _GOES.isdisjoint(choices_named(str(state or "")))
                    word = spoken(cell, self._choices, in_doubt=short in in_doubt, goes=goes)
                    found.append(_Said(name, at, short, word))
        return tuple(found)

    @cached_property
    def _counts(self) -> dict[str, _Said]:
        """Return the word under Send? that counts for each message: she may have copied a row, and a no in one of several wins."""
        found: dict[str, _Said] = {}
        for one in self._said:
            if one.table == OUTBOX.name and one.word:
                found[one.key] = max(found.get(one.key, one), one, key=lambda said: _WEIGHTS[said.word])
        return found

    @property
    def deciding(self) -> dict[str, int]:
        """The positions of the rows of Outbox whose word counts, by short key."""
        return {key: one.at for key, one in self._counts.items()}

    @cached_property
    def ticks(self) -> dict[str, str]:
        """What she typed under Send? in Outbox and under Done? in Calls; a word that is none stops the message."""
        words = {key: one.word for key, one in self._counts.items()}
        return self._done_by_status() | words | self.called

    @cached_property
    def called(self) -> dict[str, str]:
        """What she typed under Done? in Calls: `done` (yes, too) or `no`."""
        words = {one.key: one.word for one in self._said if one.table == CALLS.name and one.word not in ("", UNREAD)}
        return {key: "done" if word == "yes" else word for key, word in words.items()}

    def _done_by_status(self) -> dict[str, str]:
        """Return the messages of which she says over the status that she has sent them."""
        known = {key.short for key in self._ledger.sent} | self._ledger.asked
        said = self.outcomes("status")
        return {short: "done" for short, word in said.items() if word == "sent" and short not in known}

    def unread(self, words: Language) -> tuple[Problem, ...]:
        """Return the words that are none, each with those that are: they let nothing go."""
        unread = (self._problem(one, words) for one in self._said if one.word == UNREAD)
        return (*unread, *self._without_key())

    def _without_key(self) -> Iterator[Problem]:
        """Yield the words in rows of Outbox whose key is gone."""
        if (table := self._tables.get(OUTBOX.name)) is None:
            return
        cells = (table.column(name).cells() for name in ("key", _ASKED[OUTBOX.name]))
        for row, key, cell in zip(table.rows.tolist(), *cells, strict=True):
            if not id_text(key) and spoken(cell, self._choices):
                yield Problem("missing-required", OUTBOX.name, row, "key", shown(cell), {"kind": NO_KEY})

    def _problem(self, one: _Said, words: Language) -> Problem:
        table, field = self._tables[one.table], _ASKED[one.table]
        known = ("yes", "no", BY_HAND if one.table == OUTBOX.name else "done")
        cell = shown(table.column(field).cell(one.at))
        choices = ", ".join(map(words.choice, known))
        return Problem(
            "invalid-choice", one.table, int(table.rows[one.at]), field, cell, {"choices": choices, MESSAGE: one.key}
        )

    def row_of(self, short: str) -> dict[str, Cell] | None:
        """Return the cells, by field, of a message in Outbox or Calls; None where none of that key stands there."""
        for spec in (OUTBOX, CALLS):
            table = self._tables.get(spec.name)
            keys = [] if table is None else [id_text(cell) for cell in table.column("key").cells()]
            if table is not None and short in keys:
                at = keys.index(short)
                cells = {name: table.column(name).cell(at) for name in spec.names}
                return cells | {"channel": in_english("channel", cells.get("channel"))}
        return None

    def outcomes(self, *fields: str) -> dict[str, str]:
        """Return which of the words sent and failed stand in Outbox: in the first of these fields that has one of them."""
        table = self._tables.get(OUTBOX.name)
        if table is None:
            return {}
        columns = [table.column(name).cells() for name in ("key", *fields)]
        said = {}
        for key, *cells in zip(*columns, strict=True):
            words = (parse_choice(cell, OUTCOMES, self._choices) for cell in cells if cell is not None)
            if key and (word := next(filter(None, words), None)):
                said[id_text(key)] = word
        return said

    @cached_property
    def rows(self) -> dict[str, Shown]:
        """The rows of Outbox as they stand; of two with one key the first, as a write leaves them."""
        table = self._tables.get(OUTBOX.name)
        if table is None:
            return {}
        names = ("shown", "channel", "to", "subject", "text", "reason")
        columns = [[_as_typed(cell) for cell in table.column(name).cells()] for name in ("key", *names)]
        rows: dict[str, Shown] = {}
        for key, mark, channel, *rest in zip(*columns, strict=True):
            if key := key.strip():
                rows.setdefault(key, Shown(mark, in_english("channel", channel), *rest))
        return rows


def _as_typed(cell: Cell) -> str:
    """Return a text as it stands, with its lines; any other cell as it would be read."""
    return cell if isinstance(cell, str) else id_text(cell)


def in_english(field: str, cell: Cell) -> str:
    """Return a status or a channel as the program knows it, in whatever language it stands there; another text as it is."""
    text = str(cell or "").strip()
    return next((word for word in choices_named(text) if word in _ENGLISH[field]), text)
