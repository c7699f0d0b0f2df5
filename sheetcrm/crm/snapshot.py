"""What a plan is made from: the same snapshot and the same day give the same plan, last month's or next year's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Column, Reading, Table
from sheetcrm.crm.values import Ledger, Problem


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
    ticks: Mapping[str, str] = field(default_factory=dict)  # short key → what the owner typed under Send?: yes or no
    ours: Mapping[str, Mapping[str, Column]] = field(
        default_factory=dict
    )  # table → field → our column as it stands now

    def reading(self, on: date) -> Reading:
        """Return how this owner's cells are to be read on that day."""
        return Reading(
            languages=self.languages,
            country=self.settings.country,
            choices=self.settings.choices,
            on=on,
            today=self.today or on,
        )
