"""Make the sample workbooks: `python sample_workbooks/make_samples.py [FOLDER]`.

Six salons, one in each language, each with 200 clients and two years of visits; `planted.json`, the list of all that
is wrong in them on purpose, which `sheetcrm check` must find, and nothing else; and `bare_list.xlsx`, a messy list as
people have it. The same bytes come out every time.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from bare_list import write_bare_list
from planting import FIRST_ROW, Garden, plant
from salon_life import BIRTHDAYS, ON, PAIRS, Life, Row, live
from sample_data import SALONS, SERVICES, Salon

from sheetcrm.languages import language
from sheetcrm.workbook import starters
from sheetcrm.workbook.creating import create_workbook

ACTIVE = ("birthday", "reminder", "rebook", "win-back", "thank-you")


def make(folder: Path) -> dict[str, Any]:
    """Write all samples into a folder; return what is planted in them."""
    folder.mkdir(parents=True, exist_ok=True)
    planted = {salon.code: _make_salon(salon, folder) for salon in SALONS}
    write_bare_list(folder / "bare_list.xlsx")
    story = {
        "on": ON.isoformat(),
        "about": "What `sheetcrm check BOOK --on 2026-11-22` must find, and nothing else. "
        "`row` is the Excel row; null: of the whole table.",
        "salons": planted,
    }
    (folder / "planted.json").write_text(json.dumps(story, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return story


def _make_salon(salon: Salon, folder: Path) -> dict[str, Any]:
    life = live(salon)
    garden = Garden(life, _tables(life), _settings(salon))
    plant(garden)
    path = folder / f"salon_{salon.code}.xlsx"
    create_workbook(path, salon.code, tables=garden.tables, settings=garden.settings, on=ON)
    return {
        "file": path.name,
        "clients": len(garden.tables["Clients"]),
        "visits": len(garden.tables["Visits"]),
        "birthdays": _birthdays(life),
        "twice_in_the_list": [[life.people[p].row["client_id"] for p in pair] for pair in PAIRS],
        "problems": _as_json(garden),
    }


def _tables(life: Life) -> dict[str, list[Row]]:
    salon = life.salon
    tongue = language(salon.code)
    campaigns = starters.campaigns(salon.code)
    for row in campaigns:
        if row["template"] in ACTIVE:
            row["active"] = tongue.choice("yes")
    return {
        "Clients": [person.row for person in life.people],
        "Visits": life.visits,
        "Services": [
            {"service": name, "category": salon.categories[s.category], "price": price, "return_days": s.days}
            for name, price, s in zip(salon.services, salon.prices, SERVICES, strict=True)
        ],
        "Campaigns": campaigns,
        "Segments": starters.segments(salon.code),
        "Texts": [
            {"template": "birthday", "language": salon.code, "channel": tongue.choice("sms"), "body": salon.sms},
        ],
        "Holidays": [{"date": date(year, 12, day)} for year in (2025, 2026) for day in (24, 25, 26)],
    }


def _settings(salon: Salon) -> dict[str, Any]:
    return {
        "business": salon.business,
        "phone": salon.phone[:-3] + "099",
        "address": f"{salon.streets[0]} 1, {salon.city}"
        if salon.code != "en"
        else f"1 {salon.streets[0]}, {salon.city}",
        "booking_url": "https://example.com/malva",
        "tone": "formal",
        "sender": "salon@example.com",
    }


def _birthdays(life: Life) -> dict[str, list[str]]:
    """Return who has a birthday around the sample's day, has an address and said yes to e-mail."""
    days: dict[str, list[str]] = {}
    for position, (month, day) in sorted(BIRTHDAYS.items(), key=lambda item: item[1]):
        if month == ON.month:
            row = life.people[position].row
            days.setdefault(f"{ON.year}-{month:02}-{day:02}", []).append(str(row["client_id"]))
    return days


def _as_json(garden: Garden) -> list[dict[str, Any]]:
    tongue = language(garden.code)
    found = []
    for code, table, row, name in sorted(garden.planted, key=lambda p: (p[1], p[2] or 0, p[0])):
        at, where = row, name
        if code == "unknown-setting":
            names = [
                r["setting"] for r in starters.settings(garden.code, {"language": 0, "country": 0, **garden.settings})
            ]
            at, where = names.index(str(name)) + FIRST_ROW, "setting"
        found.append({"code": code, "table": table, "sheet": tongue.sheet(table), "row": at, "field": where})
    return found


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    for code, salon in make(target)["salons"].items():
        size = (target / salon["file"]).stat().st_size / 1024
        planted = len(salon["problems"])
        print(f"{code}: {salon['clients']} clients, {salon['visits']} visits, {planted} planted, {size:.0f} KB")
