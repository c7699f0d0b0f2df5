"""Make the benchmark's workbook, and edit a few of its rows as an owner would.

`make_book.py make FILE CLIENTS` · `make_book.py edit FILE ROWS`
"""

from __future__ import annotations

import os
import random
import re
import sys
import zipfile
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

VISITS_PART = "xl/worksheets/sheet2.xml"
VISITS_EACH = 10

CLIENT_HEADERS = (
    "Client ID", "Name", "Phone", "Email", "Birthday", "Gender", "Language", "City", "Postcode", "Client since",
    "Channel",
    "Email consent", "SMS consent", "Do not contact", "Tags", "Notes",
)  # fmt: skip
VISIT_HEADERS = ("Date", "Time", "Client", "Service", "Amount", "Status", "Staff")
SERVICES = (
    ("Cut", 120, 42), ("Men's cut", 70, 35), ("Blow-dry", 75, 9), ("Root touch-up", 160, 28), ("Colour", 240, 60),
    ("Manicure", 80, 24), ("Gel manicure", 130, 23), ("Pedicure", 150, 38), ("Brows", 60, 30), ("Lashes", 140, 45),
    ("Facial", 180, 36), ("Massage", 140, 28),
)  # fmt: skip
GIVEN = (
    "Anna", "Maria", "Ewa", "Olga", "Julia", "Marta", "Zofia", "Hanna", "Alicja", "Ida",
    "Jan", "Adam", "Piotr", "Marek", "Tomasz", "Paweł", "Michał", "Karol", "Igor", "Leon",
)  # fmt: skip
SYLLABLES = ("ba", "ko", "ra", "mi", "le", "no", "du", "sza", "wi", "ta", "go", "ne", "li", "za", "ro", "ma")


def full_name(number: int) -> str:
    """Return a name that nobody else has: 20 given names, surnames of four syllables and an ending."""
    rest = number // len(GIVEN)
    parts = []
    for _ in range(4):
        rest, part = divmod(rest, len(SYLLABLES))
        parts.append(SYLLABLES[part])
    return f"{GIVEN[number % len(GIVEN)]} {''.join(parts).capitalize()}ska"


def make(path: Path, clients: int) -> None:
    """Write the workbook: in constant memory, whole only when it is there."""
    chance = random.Random(20261122)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(unfinished), options) as book:
        looks = {
            "date": book.add_format({"num_format": "dd.mm.yyyy"}),
            "time": book.add_format({"num_format": "hh:mm"}),
        }
        _fill(book.add_worksheet("Clients"), CLIENT_HEADERS, (_client(i, chance) for i in range(clients)), looks)
        visits = (_visit(i, chance, clients) for i in range(clients * VISITS_EACH))
        _fill(book.add_worksheet("Visits"), VISIT_HEADERS, visits, looks)
        prices = ((name, price, days) for name, price, days in SERVICES)
        _fill(book.add_worksheet("Services"), ("Service", "Price", "Return days"), prices, looks)
        campaigns = (
            ("Birthday", "yes", "birthday", 0),
            ("Rebook", "yes", "rebook", 0),
            ("Reminder", "yes", "reminder", -1),
        )
        _fill(book.add_worksheet("Campaigns"), ("Campaign", "Active", "Trigger", "Days"), campaigns, looks)
        settings = (("business", "Malva"), ("language", "en"), ("country", "PL"), ("sender", "salon@example.com"))
        _fill(book.add_worksheet("Settings"), ("Setting", "Value"), settings, looks)
    unfinished.replace(path)


def _client(number: int, chance: random.Random) -> tuple[Any, ...]:
    yes_no = ("yes", "yes", "no", None)
    return (
        f"C{number + 1:06}",
        full_name(number),
        f"600 {number // 1000 + 100:03} {number % 1000:03}",
        f"client{number + 1}@example.com" if number % 5 else None,
        date(1950, 1, 1) + timedelta(chance.randrange(20_000)) if number % 7 else None,
        "male" if number % len(GIVEN) >= len(GIVEN) // 2 else "female",
        None,
        chance.choice(("Wrocław", "Oława", "Oleśnica")),
        f"{chance.randrange(50, 56)}-{chance.randrange(1000):03}",
        date(2020, 1, 1) + timedelta(chance.randrange(2000)),
        chance.choice(("auto", "email", "sms", None)),
        chance.choice(yes_no),
        chance.choice(yes_no),
        "yes" if number % 97 == 0 else None,
        chance.choice(("vip", "student", None, None)),
        f"note {chance.randrange(1000)}" if number % 3 == 0 else None,
    )


def _visit(number: int, chance: random.Random, clients: int) -> tuple[Any, ...]:
    client = chance.randrange(clients)
    name, price, _ = SERVICES[chance.randrange(len(SERVICES))]
    day = date(2022, 11, 1) + timedelta(chance.randrange(1482))  # until 21 November 2026
    status = chance.choice((None, None, None, None, "done", "done", "done", "no-show", "cancelled"))
    return (
        day,
        time(chance.randrange(9, 19), chance.choice((0, 30))),
        full_name(client) if number % 5 < 3 else f"C{client + 1:06}",
        name,
        round(price * chance.choice((1, 1, 1, 0.9, 1.15)), 2) if status in (None, "done") else None,
        status,
        chance.choice(("Ola", "Basia", "Marek")),
    )


def _fill(page: Any, headers: tuple[str, ...], rows: Any, looks: dict[str, Any]) -> None:
    for column, header in enumerate(headers):
        page.write_string(0, column, header)
    for row, cells in enumerate(rows, 1):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                page.write_string(row, column, value)
            elif isinstance(value, date):
                page.write_datetime(row, column, value, looks["date"])
            elif isinstance(value, time):
                page.write_datetime(row, column, value, looks["time"])
            elif value is not None:
                page.write_number(row, column, value)


def edit(path: Path, rows: int) -> None:
    """Change the amounts of some visits in the sheet's bytes; every other part stays as it is."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == VISITS_PART:
                data = _other_amounts(data, rows)
            new.writestr(entry, data, zipfile.ZIP_DEFLATED, 1)
    unfinished.replace(path)


def _other_amounts(data: bytes, rows: int) -> bytes:
    found = re.compile(rb'(<c r="E\d+"[^>]*><v>)([^<]*)(</v>)').finditer(data)
    amounts = list(found)
    step = max(1, len(amounts) // rows)
    pieces, at = [], 0
    for match in amounts[::step][:rows]:
        pieces += [data[at : match.start(2)], b"%.2f" % (float(match[2]) + 1)]
        at = match.end(2)
    return b"".join([*pieces, data[at:]])


if __name__ == "__main__":
    what, file, count = sys.argv[1:]
    {"make": make, "edit": edit}[what](Path(file), int(count))
