"""Client lists of any length, made of the common names of six countries: for what the finder needs, not for what it finds."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pandas as pd

COUNTRIES = ("PL", "UA", "RU", "IT", "ES", "GB", "US")
ENDS = ("", "ska", "ski", "enko", "uk", "ini", "etti", "son", "ez", "ova", "ak", "czyk", "elli", "yk")
CITIES = ("Kraków", "Warszawa", "Київ", "Львів", "Roma", "Milano", "Madrid", "London", "Leeds", "Odesa")
PROVIDERS = ("gmail.com", "wp.pl", "libero.it", "ukr.net")
TWICE = 0.08
"""The share of rows that stand there a second time, with a slip, in another order, without a mail."""


def clients(count: int, folder: Path, seed: int = 1) -> pd.DataFrame:
    """Return a list of `count` rows; `folder` has common-forenames-by-country.csv and common-surnames-by-country.csv (CC0)."""
    chance = random.Random(seed)
    given, roots = (_names(folder / f"common-{kind}-by-country.csv") for kind in ("forenames", "surnames"))
    family = list(dict.fromkeys(root + end for root in roots for end in ENDS))
    chance.shuffle(family)
    first = int(count * (1 - TWICE))
    people = zip(
        chance.choices(given, [1 / (k + 3) for k in range(len(given))], k=first),
        chance.choices(family, [1 / (k + 30) for k in range(len(family))], k=first),
        strict=True,
    )
    rows = [_client(one, other, chance) for one, other in people]
    rows += [_again(rows[chance.randrange(first)], chance) for _ in range(count - first)]
    chance.shuffle(rows)
    return pd.DataFrame(rows)


def _names(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["Localized Name"] for row in csv.DictReader(file) if row["Country"] in COUNTRIES]


def _client(given: str, family: str, chance: random.Random) -> dict[str, str]:
    phone = "".join(chance.choices("0123456789", k=9))
    mail = f"{given[:1]}{family}{chance.randrange(3000)}@{chance.choice(PROVIDERS)}".casefold()
    town = chance.choice(CITIES) if chance.random() < 0.6 else f"Town{chance.randrange(200)}"
    born = f"{chance.randrange(1945, 2008)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    return {
        "name": f"{given} {family}",
        "phone": phone if chance.random() < 0.8 else "",
        "email": mail if chance.random() < 0.5 else "",
        "city": town if chance.random() < 0.7 else "",
        "birthday": born if chance.random() < 0.4 else "",
        "address": f"ul. Długa {chance.randrange(200)}" if chance.random() < 0.3 else "",
    }


def _again(client: dict[str, str], chance: random.Random) -> dict[str, str]:
    name, kind = client["name"], chance.random()
    if kind < 0.3:
        name = " ".join(reversed(name.split()))
    elif kind < 0.6 and len(name) > 5:
        at = chance.randrange(1, len(name) - 2)
        name = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    phone = f"+48 {client['phone']}" if client["phone"] and chance.random() < 0.5 else client["phone"]
    return {**client, "name": name, "phone": phone, "email": client["email"] if chance.random() < 0.5 else ""}
