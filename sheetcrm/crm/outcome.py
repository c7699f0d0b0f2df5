"""The plan as people look at it: frames for the notebook, counts for a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.acts import Act
from sheetcrm.crm.agenda import Agenda
from sheetcrm.crm.approval import WAITING, Standing
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.decisions import Clients, Settled, unsettled
from sheetcrm.crm.fields import CALL
from sheetcrm.crm.likeness import Search
from sheetcrm.crm.optouts import OptOuts
from sheetcrm.crm.output_frames import (
    CHANGE_COLUMNS,
    DUPLICATE_COLUMNS,
    HELD_COLUMNS,
    MESSAGE_COLUMNS,
    PROBLEM_COLUMNS,
    derived_frame,
    frame,
    html_table,
    message_tuple,
)
from sheetcrm.crm.problem_words import quoted
from sheetcrm.crm.tables import Table
from sheetcrm.crm.unclear import Undecided
from sheetcrm.crm.values import ERROR, ColumnChange, Held, Key, Message, Problem, Trace
from sheetcrm.crm.why import Reasons, WhyLine
from sheetcrm.languages import Language

if TYPE_CHECKING:
    import pandas as pd

    from sheetcrm.crm.linkage.clients import Pair

_SHOWN = 20  # messages that a notebook shows


@dataclass(frozen=True)
class NewNames:
    """What planning found that must outlive this run: ids, segments, campaigns. The shell writes it to the journal.

    `persons`, `named`, `retyped` and `campaigns` hold what differs from the ledger (`Ledger.persons` and so on).
    """

    ids: Mapping[int, str] = field(default_factory=dict)  # position in Clients → new id
    id_owners: Mapping[tuple[str, ...], str] = field(default_factory=dict)  # (name, phone, email) → new id
    unsure: frozenset[str] = frozenset()  # new ids whose rows could not be told again before the ids stand in the file
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)  # campaign → client ids in its segment now
    entered: Mapping[tuple[str, str], date] = field(default_factory=dict)
    persons: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, frozenset[int]] = field(default_factory=dict)
    id_order: tuple[str, ...] = ()  # () where it is as it was
    retyped: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, Trace] = field(default_factory=dict)
    again: frozenset[str] | None = None  # of ids whose column was deleted those that their clients got back; else None


@dataclass(frozen=True)
class Plan:
    """Who gets what, what is wrong, what would be written. Pure: making it has changed nothing.

    The properties are DataFrames with the columns of the contract: `problems`, `derived` (index: Excel row, named "row"), `duplicates`,
    `messages`, `held`, `changes`. The tuples behind them are in `problem_list`, `message_list`, `held_list`, `column_changes`.
    """

    on: date
    days: int
    words: Language
    tables: Mapping[str, Table]
    problem_list: tuple[Problem, ...]
    message_list: tuple[Message, ...]
    held_list: tuple[Held, ...]
    figures: Mapping[str, npt.NDArray[Any]]
    column_changes: tuple[ColumnChange, ...]
    stopped: Mapping[Key, str] = field(
        default_factory=dict
    )  # messages that do not go, with the reason: her word in Outbox
    approvals: Mapping[Key, Standing] = field(default_factory=dict)  # how each message's row of Outbox is to be written
    mended: frozenset[Problem] = (
        frozenset()
    )  # problems that carrying out the plan takes away: a copied id is given anew
    client_ids: tuple[str, ...] = ()  # by position in Clients, new ids included
    new_names: NewNames = field(default_factory=NewNames)
    homes: npt.NDArray[np.int64] | None = None  # the household of each client, by position; -1 for who has none
    opt_outs: OptOuts = field(default_factory=OptOuts)  # what follows from who wrote that she wants nothing more
    undecided: Undecided = field(default_factory=Undecided)  # replies that may mean no more messages
    new_acts: tuple[Act, ...] = ()  # to be recorded together with a save
    settled: Mapping[frozenset[str], Settled] = field(default_factory=dict)  # with what the new acts settle
    agenda: Agenda | None = None  # what the day brings
    reasons: Reasons | None = None  # why who gets nothing gets nothing: see `why_lines`
    by_hand: tuple[Message, ...] = ()  # of those held for want of a service: she can send them herself
    astray: frozenset[str] = frozenset()  # ids beside which other clients stand than before
    gone: tuple[str, ...] = ()  # ids whose rows were in the list and are no more
    later: tuple[Message, ...] = ()  # of those held until a later hour of the day: she can read and tick them
    search: Search | None = None  # for duplicates: made when `pair_list` is asked for, with what is remembered of them

    @property
    def standing(self) -> tuple[Problem, ...]:
        """The problems that stand when the plan has been carried out."""
        return tuple(p for p in self.problem_list if p not in self.mended)

    @property
    def due(self) -> tuple[Message, ...]:
        """The messages that are due on the day itself (or late) and that the owner has not stopped: what `send` sends."""
        return tuple(
            m for m in self.message_list if m.channel != CALL and m.day <= self.on and m.key not in self.stopped
        )

    @property
    def calls(self) -> tuple[Message, ...]:
        """Whom she is to call, with words that she may say; nobody of whom she has said that it is done, or no."""
        return tuple(m for m in self.message_list if m.channel == CALL and m.key not in self.stopped)

    @property
    def waiting(self) -> int:
        """How many messages of the day wait for the owner's tick."""
        mine = sum(m.day <= self.on and self.stopped.get(m.key) in WAITING for m in self.message_list)
        return mine + self.unread_later

    @property
    def unread_later(self) -> int:
        """How many messages for a later hour of the day wait for her tick, too."""
        return sum(self.stopped.get(m.key) in WAITING for m in self.later)

    @property
    def stopped_list(self) -> tuple[Held, ...]:
        """The messages that do not go for want of her word, or by it, as lines of those held."""
        return tuple(
            Held(m.key.campaign, m.key.client_id, m.client, m.key.occasion, m.due, self.stopped[m.key], row=m.row)
            for m in self.message_list
            if m.key in self.stopped
        )

    @cached_property
    def going_list(self) -> tuple[Message, ...]:
        """The messages that go by themselves: neither stopped by her word nor waiting for it."""
        return tuple(m for m in self.message_list if m.key not in self.stopped)

    @cached_property
    def all_held(self) -> tuple[Held, ...]:
        """All those held, for want of her word too."""
        return (*self.held_list, *self.stopped_list)

    def place(self, problem: Problem) -> tuple[str, str | None]:
        """Return (sheet title, Excel column letter) of a problem; nothing where the table came from a plain frame."""
        table = self.tables.get(problem.table)
        if table is None:
            return self.words.sheet(problem.table), None
        return table.sheet, table.letters.get(problem.field or "")

    def at_rows(self, moved: Callable[[Problem], Problem]) -> Plan:
        """Return the plan that tells each problem where its row stands by now: `moved` puts it there."""
        there = tuple(map(moved, self.problem_list))
        return self if there == self.problem_list else replace(self, problem_list=there)

    def explain(self, problem: Problem) -> tuple[str, str]:
        """Return (message, hint) of a problem in the owner's language."""
        return self.words.problem(problem.code, **quoted(problem, self.words, self.tables))

    @cached_property
    def problem_rows(self) -> list[tuple[Any, ...]]:
        """All problems as tuples in the order of `PROBLEM_COLUMNS`."""
        return self.rows_of(self.problem_list)

    def rows_of(self, problems: Iterable[Problem]) -> list[tuple[Any, ...]]:
        """Return problems as tuples in the order of `PROBLEM_COLUMNS`."""
        rows = []
        for problem in problems:
            sheet, letter = self.place(problem)
            message, hint = self.explain(problem)
            rows.append(
                (
                    problem.severity,
                    problem.code,
                    problem.table,
                    sheet,
                    problem.row,
                    letter,
                    problem.field,
                    problem.value,
                    message,
                    hint,
                )
            )
        return rows

    @cached_property
    def problems(self) -> pd.DataFrame:
        """What is wrong, a row a problem."""
        return frame(self.problem_rows, PROBLEM_COLUMNS)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Problems by code."""
        return dict(Counter(p.code for p in self.problem_list))

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Who gets what, a row a message."""
        return frame([message_tuple(m) for m in self.going_list], MESSAGE_COLUMNS)

    @cached_property
    def held(self) -> pd.DataFrame:
        """Who would get something but for a reason."""
        return frame([(h.campaign, h.client_id, h.due, h.reason) for h in self.all_held], HELD_COLUMNS)

    def why_lines(self, limit: int | None = None) -> Iterator[WhyLine]:
        """Yield what becomes of each client and each active campaign: sent today, then due, then held, then not due with the reason.

        At most `limit` lines; `why_count` tells how many there are.
        """
        return islice(() if self.reasons is None else self.reasons.lines(self.message_list, self.held_list), limit)

    @cached_property
    def why_count(self) -> int:
        """How many lines `why_lines` has without a limit."""
        return 0 if self.reasons is None else self.reasons.count(self.message_list, self.held_list)

    @cached_property
    def pair_list(self) -> tuple[Pair, ...]:
        """Pairs that may be one person and of which she has not said otherwise, strongest first; none of rows that were merged."""
        clients = self.tables["Clients"]
        search = self.search or Search(clients, self.figures["merged_into"] != "")
        return unsettled(search.pairs, Clients(clients, self.client_ids), self.settled)

    @property
    def duplicate_rows(self) -> list[tuple[str, str, float, str, tuple[str, ...]]]:
        """Return the pairs as the contract shows them: ids as they stand (`row:N` where there is none), reasons in words."""
        clients = self.tables["Clients"]
        ids, rows = clients.column("client_id").cells(), clients.rows.tolist()

        def named(position: int) -> str:
            return f"row:{rows[position]}" if ids[position] is None else id_text(ids[position])

        return [
            (named(p.left), named(p.right), p.score, p.tier, tuple(reason.said(self.words) for reason in p.reasons))
            for p in self.pair_list
        ]

    @property
    def duplicates(self) -> pd.DataFrame:
        """Pairs that may be one person, strongest first.

        `left` and `right` are client ids (`row:N` where a row has none), `score` is 0-1, `tier` certain, likely, household (two people)
        or maiden-name, `reasons` a tuple of str in the workbook's language.
        """
        return frame(self.duplicate_rows, DUPLICATE_COLUMNS)

    @cached_property
    def derived(self) -> pd.DataFrame:
        """The derived fields of each client, indexed by Excel row: dates datetime64, amounts float64, counts Int64, the rest str."""
        return derived_frame(self.figures, self.tables["Clients"].rows)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Each cell that would be written, with what stands there now. Large after a first look at a long list."""
        rows = [
            (change.table, self.tables[change.table].rows[position], change.field, old, new)
            for change in self.column_changes
            for position, old, new in zip(change.positions.tolist(), change.old, change.new, strict=True)
        ]
        return frame(rows, CHANGE_COLUMNS)

    def __repr__(self) -> str:
        return (
            f"<Plan {self.on.isoformat()}: {len(self.going_list)} messages, {len(self.all_held)} held, "
            f"{len(self.problem_list)} problems, {sum(len(c.positions) for c in self.column_changes)} cells to write>"
        )

    def _repr_html_(self) -> str:
        """Show the plan in a notebook, in the owner's words: what there is, then the messages."""
        words = self.words
        counts = words.say(
            "plan_shown",
            messages=len(self.going_list),
            held=len(self.all_held),
            problems=sum(p.severity == ERROR for p in self.problem_list),
        )
        shown = ("due", "client", "campaign", "channel", "to", "subject")
        lines = [
            (m.due.isoformat(), m.client, m.key.campaign, words.choice(m.channel), m.to, m.subject or m.text)
            for m in self.going_list[:_SHOWN]
        ]
        rest = len(self.going_list) - len(lines)
        more = f"<p>{escape(words.say('page_more', count=rest))}</p>" if rest else ""
        table = html_table([words.header(name) for name in shown], lines)
        return f"<p><b>{self.on.isoformat()}</b> · {escape(counts)}</p>{table}{more}"
