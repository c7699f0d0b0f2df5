"""Time a plan of many clients and campaigns, and a year's calendar, beside the loop that people write instead.

`python benchmarks/planning.py [--clients 100000] [--calendar 10000]`: tables are made in memory, as they are after reading.
Every contestant runs in a process of its own; seconds are CPU, memory the peak resident set.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import date, timedelta

import pandas as pd
from make_book import CLIENT_HEADERS, SERVICES, VISIT_HEADERS, VISITS_EACH, _client, _visit
from measuring import HERE, MEBIBYTE, measure

from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.planning import plan
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Table
from sheetcrm.crm.values import Ledger
from sheetcrm.resources import layout, templates

ON = date(2026, 11, 22)
CAMPAIGNS = (
    ("birthday", 0, ""), ("birthday", -7, "Students"), ("birthday", 30, "Vip"), ("anniversary", 0, ""), ("anniversary", 10, "Vip"),
    ("rebook", 0, ""), ("rebook", 7, ""), ("reminder", -1, ""), ("reminder", -3, ""), ("win-back", 90, ""), ("win-back", 180, ""),
    ("win-back", 365, ""), ("thank-you", 1, ""), ("thank-you", 14, "Vip"), ("date", 0, "Students"), ("date", 0, "Vip"),
    ("segment", 0, "Vip"), ("segment", 3, "Students"), ("referral", 0, ""), ("date", -3, "Vip"),
)  # fmt: skip
DAYS = ("12-06", "12-24", "03-08", "11-22")
NAMES = {"do_not_contact": "no_contact"}


def frames(clients: int) -> dict[str, pd.DataFrame]:
    """Return the tables of a business with so many clients, ten visits each."""
    chance = random.Random(20261122)
    campaigns = [
        (f"{n} {trigger}", "yes", trigger, DAYS[n % 4] if trigger == "date" else "", days, segment, trigger, n % 5)
        for n, (trigger, days, segment) in enumerate(CAMPAIGNS)
    ]
    fields = ("campaign", "active", "trigger", "date", "days", "segment", "template", "priority")
    segments = [("Vip", "'vip' in tags and total_spend > 1500"), ("Students", "'student' in tags")]
    people = [_client(number, chance) for number in range(clients)]
    visits = [_visit(number, chance, clients) for number in range(clients * VISITS_EACH)]
    return {
        "Clients": pd.DataFrame(people, columns=[_field(h) for h in CLIENT_HEADERS], dtype=object),
        "Visits": pd.DataFrame(visits, columns=[_field(h) for h in VISIT_HEADERS], dtype=object),
        "Services": pd.DataFrame(SERVICES, columns=["service", "price", "return_days"], dtype=object),
        "Campaigns": pd.DataFrame(campaigns, columns=list(fields), dtype=object),
        "Segments": pd.DataFrame(segments, columns=["segment", "rule"], dtype=object),
    }


def _field(header: str) -> str:
    name = header.casefold().replace(" ", "_")
    return NAMES.get(name, name)


def ours(clients: int, days: int) -> dict[str, float]:
    """Plan; return the seconds of CPU and what came of it."""
    tables = {name: Table.from_frame(name, frame, TABLES[name].names) for name, frame in frames(clients).items()}
    settings = Settings(business="Malva", country="PL", booking_url="https://example.com/book", sender="a@example.com")
    ledger = Ledger(first_run=ON - timedelta(days=30))
    snapshot = Snapshot(tables, settings, templates=templates(), layout=layout(), ledger=ledger)
    begun = time.process_time()
    made = plan(snapshot, on=ON, days=days)
    return {
        "seconds": time.process_time() - begun,
        "messages": len(made.message_list) + len(made.by_hand),
        "held": len(made.held_list),
    }


def plain(clients: int, days: int) -> dict[str, float]:
    """Do what people write: a loop over the rows for each day, birthdays and anniversaries only."""
    people = frames(clients)["Clients"]
    begun = time.process_time()
    texts = 0
    for day in (ON + timedelta(days=number) for number in range(days)):
        for _, row in people.iterrows():
            for field in ("birthday", "client_since"):
                known = row[field]
                due = known is not None and not pd.isna(known) and (known.month, known.day) == (day.month, day.day)
                if due and row["email_consent"] == "yes" and row["email"] and row["no_contact"] != "yes":
                    texts += bool(f"Dear {row['name']}, best wishes from Malva.")
    return {"seconds": time.process_time() - begun, "messages": texts, "held": 0}


def main() -> None:
    """Run the benchmark and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100_000, help="clients of one day's plan (default: 100000)")
    parser.add_argument("--calendar", type=int, default=10_000, help="clients of a year's calendar (default: 10000)")
    parser.add_argument("--without-plain", action="store_true", help="leave the plain loop out")
    parser.add_argument("--one", nargs=3, metavar=("WAY", "CLIENTS", "DAYS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, clients, days = options.one
        print(json.dumps((ours if way == "ours" else plain)(int(clients), int(days))))
        return
    script = [sys.executable, str(HERE / "planning.py"), "--one"]
    print(f"{'':34}{'seconds':>9}{'MiB':>7}{'messages':>10}{'held':>9}")
    for name, clients, days in (("one day", options.clients, 1), ("a year", options.calendar, 365)):
        ways = ["ours"] if options.without_plain or days > 1 else ["plain", "ours"]
        for way in ways:
            run = measure(way, [*script, way, str(clients), str(days)])
            said = json.loads(run.said)
            label = f"{name}, {clients:,} clients: {'a loop' if way == 'plain' else 'plan'}"
            figures = f"{said['seconds']:9.1f}{run.peak / MEBIBYTE:7.0f}{said['messages']:10.0f}{said['held']:9.0f}"
            print(f"{label:34}{figures}", flush=True)


if __name__ == "__main__":
    main()
