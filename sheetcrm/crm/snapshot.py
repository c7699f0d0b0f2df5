"""What a plan is made from: the same snapshot and the same day give the same plan, last month's or next year's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import Act
from sheetcrm.crm.approval import Shown
from sheetcrm.crm.decisions import Decision, Settled
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Column, Reading, Table
from sheetcrm.crm.values import Ledger, Problem

if TYPE_CHECKING:
    from sheetcrm.crm.linkage.memory import Memory


@dataclass(frozen=True)
class Snapshot:
    """Everything that planning looks at. Frozen, without a file, a clock or a network behind it.

    `templates` maps (language, template, channel) to the text of a template file; `notes` are problems that reading already found
    (columns taken, settings unknown); `today` is the clock's day, where it differs from the day one plans for.
    """

    tables: Mapping[str, Table]
    settings: Settings = field(default_factory=Settings)
    languages: tuple[str, ...] = ("en",)
    templates: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    layout: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    notes: tuple[Problem, ...] = ()
    today: date | None = None
    surname_first: bool = False
    ticks: Mapping[str, str] = field(
        default_factory=dict
    )  # short key → what the owner typed under Send?: yes, no, done
    shown: Mapping[str, Shown] = field(default_factory=dict)  # short key → its row of Outbox as it stands
    decisions: tuple[Decision, ...] = ()  # what she typed beside pairs in Duplicates
    ours: Mapping[str, Mapping[str, Column]] = field(
        default_factory=dict
    )  # table → field → our column as it stands now
    likeness: Memory | None = None  # of the last search for duplicates; without one all rows are compared
    acts: tuple[Act, ...] = ()  # what was done about pairs of clients, in order of time
    told: frozenset[str] = frozenset()  # ids of those acts that the sheet Changes tells of: an older copy lacks some
    settled: Mapping[frozenset[str], Settled] = field(
        default_factory=dict
    )  # two ids → that they are two (`settled_by`)

    def reading(self, on: date) -> Reading:
        """Return how this owner's cells are to be read on that day."""
        return Reading(
            languages=self.languages,
            country=self.settings.country,
            choices=self.settings.choices,
            on=on,
            today=self.today or on,
        )
