"""Tables written as text, read as the program reads an owner's: for tests whose input is visible in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sheetcrm.crm.campaigns import Composition, compose, read_campaigns
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.figures import figures
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.resolving import resolve
from sheetcrm.crm.segments import evaluate_segments
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Cleaned, Reading, Table
from sheetcrm.crm.texts import TextLibrary
from sheetcrm.crm.values import Key, Ledger, SentRecord
from sheetcrm.crm.visits import VisitGroups, group_visits

FILES = {
    ("en", name, "email"): "Subject: {{ campaign }}\n\n{{ salutation }}\n\nHello from {{ trigger }}.\n"
    for name in (
        "birthday",
        "anniversary",
        "reminder",
        "rebook",
        "win-back",
        "thank-you",
        "date",
        "referral",
        "segment",
    )
}
"""A text for each trigger."""


def frame(text: str) -> pd.DataFrame:
    """Read `a | b` lines, the first the header, as a frame of text; its index counts from 2 as Excel's rows do."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    rows = [[*cells, *[""] * (len(lines[0]) - len(cells))] for cells in lines[1:]]
    return pd.DataFrame(rows, columns=lines[0], index=range(2, len(rows) + 2), dtype=object)


def cleaned(name: str, text: str, on: date) -> Cleaned:
    """Read a table as the program does."""
    table = Table.from_frame(name, frame(text), TABLES[name].names)
    return clean(table, Reading(("en",), "GB", {}, on))[0]


@dataclass
class Salon:
    """A workbook as text, and what follows from it as of a day."""

    clients: str
    visits: str = ""
    campaigns: str = ""
    segments: str = ""
    texts: str = ""
    services: str = ""
    settings: Settings = field(default_factory=lambda: Settings(business="Malva"))
    files: dict[tuple[str, str, str], str] = field(default_factory=lambda: dict(FILES))
    layout: str = ""

    def figured(self, on: date) -> tuple[Cleaned, Cleaned | None, VisitGroups | None, dict[str, npt.NDArray[Any]]]:
        clients = cleaned("Clients", self.clients, on)
        visits = cleaned("Visits", self.visits, on) if self.visits else None
        services = cleaned("Services", self.services, on) if self.services else None
        who = resolve(visits, clients).client if visits is not None else np.empty(0, dtype=np.int32)
        groups = group_visits(visits, who, on) if visits is not None else None
        typed = ~np.isnat(clients.days("next_visit"))
        values = figures(clients, visits, services, who, on=on, settings=self.settings, groups=groups, typed_next=typed)
        return clients, visits, groups, values

    def compose(self, on: str, ledger: Ledger | None = None, **options: Any) -> Composition:
        day = date.fromisoformat(on)
        clients, visits, groups, values = self.figured(day)
        campaigns, problems = read_campaigns(cleaned("Campaigns", self.campaigns, day))
        segments = cleaned("Segments", self.segments, day) if self.segments else None
        masks, rule_problems = evaluate_segments(segments, clients, values, day)
        texts = cleaned("Texts", self.texts, day) if self.texts else None
        composition = compose(
            campaigns,
            clients=clients,
            figures=values,
            visits=visits,
            groups=groups,
            masks=masks,
            library=TextLibrary(self.files, texts, self.layout),
            ledger=ledger if ledger is not None else Ledger(first_run=date(2000, 1, 1)),
            settings=self.settings,
            on=day,
            **options,
        )
        return composition.with_problems(*problems, *rule_problems)

    def keys(self, on: str, ledger: Ledger | None = None, **options: Any) -> list[tuple[str, str]]:
        """Return (client, occasion) of each message."""
        return [(m.key.client_id, m.key.occasion) for m in self.compose(on, ledger, **options).messages]

    def held(self, on: str, ledger: Ledger | None = None, **options: Any) -> list[tuple[str, str]]:
        """Return (client, reason) of each message held."""
        return [(h.client_id, h.reason) for h in self.compose(on, ledger, **options).held]


def ledger_of(
    composition: Composition, *, first_run: date = date(2000, 1, 1), before: Ledger | None = None, at: str = ""
) -> Ledger:
    """Return the ledger after everything was sent."""
    old = before or Ledger()
    sent = {m.key: SentRecord(m.key, "sent", m.due, at, m.to, m.channel) for m in composition.messages}
    return Ledger(
        sent={**old.sent, **sent},
        first_run=first_run,
        inside={**old.inside, **composition.inside},
        entered={**old.entered, **composition.entered},
        campaigns={**old.campaigns, **composition.traces},
    )


def record(campaign: str, client: str, occasion: str, status: str, to: str = "") -> Ledger:
    """Return a ledger of one line."""
    key = Key(campaign, client, occasion)
    return Ledger(sent={key: SentRecord(key, status, to=to)}, first_run=date(2000, 1, 1))
