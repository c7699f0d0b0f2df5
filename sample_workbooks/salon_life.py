"""Two years in the life of a sample salon: who comes, for what, how often. Seeded: every run makes the same one."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from anyascii import anyascii
from sample_data import SALONS, SERVICES, Salon, Service

from sheetcrm.languages import language
from sheetcrm.workbook.arrangement import Cell
from sheetcrm.workbook.looks import number_formats
from sheetcrm.workbook.starters import COUNTRY

Row = dict[str, Any]

ON = date(2026, 11, 22)
OPENED = date(2024, 11, 23)
LAST_PLANNED = date(2026, 12, 19)
CLIENTS = 200
MEN = 34
PROSPECTS = 10
NEW = 2  # rows at the end that have no id yet

HOLIDAYS = ((12, 24), (12, 25), (12, 26), (1, 1), (1, 2))
SUMMER = ((8, 10), (8, 20))  # closed in Italy and Spain
BIRTHDAYS = {3: (11, 22), 8: (11, 22), 14: (11, 22), 19: (11, 24), 25: (11, 24), 31: (11, 23), 36: (11, 21),
             42: (11, 20), 47: (11, 19), 53: (11, 25), 58: (2, 29), 64: (2, 29)}  # fmt: skip
"""Clients (by position) with this birthday, a consent and an address: somebody to greet around `ON`."""

YEARLESS = {3: "", 70: "text", 76: "format", 82: "iso", 88: "words", 94: "words"}
HOUSEHOLDS = ((10, 11), (21, 22, 23), (101, 102), (120, 121), (140, 141))
SAME_NAME = (150, 151)  # two people, one name: who quotes it is ambiguous
PAIRS = ((160, 161), (170, 171))  # one person twice
NAME_ONLY = (65, 68, 112, 137, 144, 145)  # a contact or id of theirs is spoilt later: no visit may quote it


@dataclass
class Person:
    """A client: her row, and what the simulation knows of her."""

    row: Row
    number: int
    woman: bool
    given: str
    surname: str = ""  # both forms
    guest: str = ""
    by_name_only: bool = False
    first: date = OPENED
    left: date | None = None
    service: Service = SERVICES[0]
    interval: float = 42.0
    staff: str = ""


@dataclass
class Life:
    """One salon: its people and the lines of its visits, both in the order of their sheets."""

    salon: Salon
    chance: random.Random
    people: list[Person] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)


def live(salon: Salon) -> Life:
    """Return the salon's people and visits."""
    life = Life(salon, random.Random(f"malva {salon.code}"))
    _gather(life)
    _settle(life)
    for person in life.people[: CLIENTS - PROSPECTS - NEW]:
        _visit(life, person)
    _refund(life)
    life.visits.sort(key=lambda line: (line["date"], line["time"], line["staff"]))
    _number_tickets(life)
    _forget_times(life)
    return life


def _forms(word: str, *, woman: bool) -> str:
    male, _, female = word.partition("/")
    return (female or male) if woman else male


def _full_name(life: Life, given: str, surname: str, *, woman: bool) -> str:
    salon, chance = life.salon, life.chance
    surname = _forms(surname, woman=woman)
    if salon.code == "es":
        surname += " " + chance.choice(salon.surnames.split())
    if not salon.surname_first:
        return f"{given} {surname}"
    patronymic = _forms(chance.choice(salon.patronymics.split()), woman=woman)
    return f"{surname} {given} {patronymic}" if chance.random() < 0.8 else f"{surname} {given}"


def _gather(life: Life) -> None:
    """Make the people: unique names, ids, contacts, birthdays, consents."""
    salon, chance = life.salon, life.chance
    taken: set[frozenset[str]] = set()
    addresses: set[str] = set()
    heads = {member: members[0] for members in HOUSEHOLDS for member in members[1:]}
    for position in range(CLIENTS):
        number = position + 1
        woman = not (number % 6 == 5 and position not in BIRTHDAYS)
        guest = salon.guests[(number - 30) // 30] if number % 30 == 0 and number <= 150 else ""
        while True:
            given = chance.choice((salon.women if woman else salon.men).split())
            family = (
                life.people[heads[position]].surname if position in heads else chance.choice(salon.surnames.split())
            )
            name = _guest_name(life, guest) if guest else _full_name(life, given, family, woman=woman)
            if frozenset(name.split()[:2]) not in taken:
                break
        taken.add(frozenset(name.split()[:2]))
        row: Row = {"client_id": _client_id(salon, number), "name": name}
        person = Person(row, number, woman or bool(guest), given, family, guest)
        if guest:
            row["language"] = language(salon.code).choice(guest)
        _contacts(life, person, addresses)
        _birthday(life, person, position)
        _consents(life, person, position)
        _remarks(life, person, position)
        life.people.append(person)
    for person in life.people[-NEW:]:
        del person.row["client_id"]


def _guest_name(life: Life, guest: str) -> str:
    """Return the name of somebody from elsewhere, in the letters that the salon writes in its list."""
    other = next(s for s in SALONS if s.code == guest)
    given = life.chance.choice(other.women.split())
    surname = _forms(life.chance.choice(other.surnames.split()), woman=True)
    given, surname = (
        w if other.code in ("pl", "it", "es", "en") else anyascii(w).replace("'", "") for w in (given, surname)
    )
    if life.salon.code == "ru" and guest == "uk":
        given, surname = "Оксана", "Мельник"
    return f"{surname} {given}" if life.salon.surname_first else f"{given} {surname}"


def _client_id(salon: Salon, number: int) -> Any:
    return salon.id_style.format(n=number) if salon.id_style else number


def spell_phone(salon: Salon, number: int, style: int) -> str:
    """Return the client's made-up number in one of the ways people type it."""
    digits = salon.phone[: -len(str(100 + number))] + str(100 + number)
    pattern = salon.spellings[style % len(salon.spellings)]
    letters = iter(digits[-pattern.count("x") :])
    return "".join(next(letters) if c == "x" else c for c in pattern)


def _contacts(life: Life, person: Person, addresses: set[str]) -> None:
    salon, chance, row, number = life.salon, life.chance, person.row, person.number
    style = chance.choices(range(4), (50, 20, 15, 15))[0]
    if chance.random() < 0.96:
        row["phone"] = spell_phone(salon, number, style)
    if chance.random() < 0.78 or number - 1 in BIRTHDAYS:
        words = anyascii(row["name"]).lower().replace("'", "").split()
        first, last = (words[1], words[0]) if salon.surname_first else (words[0], words[-1])
        address = f"{first}.{last}@example.com"
        if address in addresses:
            address = f"{first}.{last}{number}@example.com"
        addresses.add(address)
        row["email"] = address
    if chance.random() < 0.85 or person.guest:
        row["gender"] = language(salon.code).choice("female" if person.woman else "male")
    if chance.random() < 0.7:
        row["city"] = salon.city if chance.random() < 0.7 else chance.choice(salon.towns.split()).replace("_", " ")
        if chance.random() < 0.5:
            house = chance.randint(1, 80)
            street = chance.choice(salon.streets)
            row["address"] = f"{house} {street}" if salon.code == "en" else f"{street} {house}"
            row["postcode"] = salon.postcodes[0 if row["city"] == salon.city else 2]


def _birthday(life: Life, person: Person, position: int) -> None:
    chance, row, salon = life.chance, person.row, life.salon
    given = BIRTHDAYS.get(position)
    known = chance.random() < 0.85
    year, day = chance.randint(1950, 2007), chance.randint(0, 364)
    if given:
        year = {(2, 29): 1988}.get(given, year)
        row["birthday"] = date(year, *given)
    elif known:
        row["birthday"] = date(year, 1, 1) + timedelta(day)
        if row["birthday"].strftime("%m%d") in ("1122", "1121", "1123", "1124", "1120", "1119", "1125"):
            row["birthday"] += timedelta(40)
    if position not in YEARLESS:
        return
    born = row.get("birthday") or date(1980, 5, 14)
    formats = number_formats(COUNTRY[salon.code], salon.code)
    month = salon.months.split()[born.month - 1]
    words = f"{born.day} de {month}" if salon.code == "es" else f"{born.day} {month}"
    row["birthday"] = {
        "": Cell(born.replace(year=2000), formats.day_month),
        "format": Cell(born.replace(year=2000), formats.day_month),
        "text": f"{born.day:02}.{born.month:02}",
        "iso": f"--{born.month:02}-{born.day:02}",
        "words": words,
    }[YEARLESS[position]]


def _consents(life: Life, person: Person, position: int) -> None:
    tongue, chance, row, salon = language(life.salon.code), life.chance, person.row, life.salon
    yes, no = tongue.choice("yes"), tongue.choice("no")
    greeted = position in BIRTHDAYS
    for name, share, has in (("email_consent", 0.68, "email"), ("sms_consent", 0.45, "phone")):
        lot = chance.random()
        if greeted and name == "email_consent":
            row[name] = yes
        elif has in row:
            row[name] = yes if lot < share else no if lot < share + 0.14 else None
    if chance.random() < 0.08 and not greeted:
        row["whatsapp_consent"] = yes
        row["channel"] = tongue.choice("whatsapp")
    elif chance.random() < 0.2 and not greeted:
        row["channel"] = tongue.choice(chance.choice(("email", "sms", "sms", "call")))
    if yes in (row.get("email_consent"), row.get("sms_consent")):
        row["consent_source"] = chance.choice(salon.sources) if chance.random() < 0.15 else None
    if position in (44, 97, 133, 177):
        row["no_contact"] = yes


def _remarks(life: Life, person: Person, position: int) -> None:
    """What else stands in a row: how to address her, notes, interests, columns of the salon's own."""
    chance, row, salon = life.chance, person.row, life.salon
    pets = dict(p.split(":") for p in salon.pet_names.split())
    if person.given in pets and not person.guest and position % 3 == 0:
        row["address_as"] = pets[person.given]
    if chance.random() < 0.3:
        note = chance.choice(salon.notes)
        if "{pet}" not in note or person.given in pets:
            row["notes"] = note.format(pet=pets.get(person.given, ""))
    if chance.random() < 0.25:
        row["interests"] = ", ".join(chance.sample(salon.interests, chance.randint(1, 2)))
    if chance.random() < 0.3:
        row["source"] = chance.choice(salon.sources)
    if chance.random() < 0.45:
        row[salon.hair[0]] = chance.choice(salon.hair[1:])
    if chance.random() < 0.4:
        row[salon.points] = chance.randint(1, 40) * 10


def _settle(life: Life) -> None:
    """Households, namesakes, somebody who is in the list twice, who recommended whom; everybody's habits."""
    salon, chance, people = life.salon, life.chance, life.people
    for members in HOUSEHOLDS:
        head = people[members[0]]
        surname = _forms(head.surname, woman=head.woman)
        for position in members:
            row = people[position].row
            row |= {key: head.row.get(key) for key in ("phone", "address", "city", "postcode")}
            row["household"] = surname
            people[position].by_name_only = True
    _namesakes(life)
    _pairs(life)
    for position in NAME_ONLY:
        people[position].by_name_only = True
    for position in range(20, 180, 11):
        person, friend = people[position], people[position - 9]
        if position not in (SAME_NAME[1], *(p for pair in PAIRS for p in pair)) and position - 9 not in SAME_NAME:
            person.row["referred_by"] = friend.row["name"]
    for person in people:
        _habits(life, person)
    for person in people[: CLIENTS - PROSPECTS - NEW]:
        if chance.random() < 0.6:
            person.row["client_since"] = person.first - timedelta(chance.choice((0, 0, 0, 400, 900)))
        if language(salon.code).choice("yes") in (person.row.get("email_consent"), person.row.get("sms_consent")):
            person.row["consent_date"] = person.first


def _namesakes(life: Life) -> None:
    """Two people of one name, a generation apart."""
    people = life.people
    first, second = (people[p] for p in SAME_NAME)
    second.row["name"], second.woman, second.given = first.row["name"], first.woman, first.given
    for key in ("email", "gender"):
        second.row.pop(key, None)
    first.row["birthday"], second.row["birthday"] = date(1971, 4, 2), date(1994, 9, 17)


def _pairs(life: Life) -> None:
    """Somebody who is in the list twice: the name in another order or shortened, the number spelt otherwise."""
    salon, people = life.salon, life.people
    for one, other in PAIRS:
        original, again = people[one], people[other]
        original.row["phone"] = spell_phone(salon, original.number, 0)
        again.row.clear()
        name = original.row["name"].split()
        again.row |= {
            "client_id": _client_id(salon, again.number),
            "name": " ".join(
                [name[1], name[0], *name[2:]] if salon.code not in ("en", "es") else [name[0][0] + ".", *name[1:]]
            ),
            "phone": spell_phone(salon, original.number, 3),
        }
        original.by_name_only = again.by_name_only = True


def _habits(life: Life, person: Person) -> None:
    chance = life.chance
    weights = [s.women if person.woman else s.men for s in SERVICES]
    person.service = chance.choices(SERVICES, weights)[0]
    person.interval = person.service.days * chance.lognormvariate(0.05, 0.18)
    person.staff = chance.choice(life.salon.staff)
    start = 0 if chance.random() < 0.5 else chance.randint(0, 660)
    person.first = _next_open(life, OPENED + timedelta(start + chance.randint(0, round(person.interval))))
    if chance.random() < 0.3:
        person.left = person.first + timedelta(chance.randint(0, 400))


def _is_closed(salon: Salon, day: date) -> bool:
    if day.weekday() in salon.closed or (day.month, day.day) in HOLIDAYS:
        return True
    return salon.code in ("it", "es") and SUMMER[0] <= (day.month, day.day) <= SUMMER[1]


def _next_open(life: Life, day: date) -> date:
    while _is_closed(life.salon, day):
        day += timedelta(1)
    return day


def _visit(life: Life, person: Person) -> None:
    """Let a client come, again and again: salon visits are far more regular than chance."""
    if any(person is life.people[other] for _, other in PAIRS):
        return
    chance, day = life.chance, person.first
    while day <= LAST_PLANNED and (person.left is None or day <= person.left):
        if day < ON or chance.random() < 0.5:
            _one_visit(life, person, day)
        gap = person.interval * max(0.45, chance.gauss(1, 0.17)) * (1.6 if chance.random() < 0.06 else 1)
        day = _next_open(life, day + timedelta(max(3, round(gap))))


def _one_visit(life: Life, person: Person, day: date) -> None:
    chance, salon = life.chance, life.salon
    tongue = language(salon.code)
    services = [person.service]
    if person.woman:
        for extra, share in (("care", 0.12), ("brows", 0.12), ("blow_dry", 0.08), ("manicure", 0.07)):
            if chance.random() < share:
                services.append(next(s for s in SERVICES if s.key == extra))
    services = list(dict.fromkeys(services))
    status = _status(chance, day)
    start = chance.randint(18, 36) * 30  # minutes since midnight: 9:00-18:00
    client = _called(life, person)
    for service in services:
        line: Row = {
            "date": day,
            "time": time(start // 60, start % 60),
            "client": client,
            "service": salon.services[SERVICES.index(service)],
            "status": tongue.choice(status) if status else None,
            "staff": person.staff if chance.random() < 0.9 else chance.choice(salon.staff),
        }
        if status in ("", "done") and day < ON:
            line["amount"] = _price(life, service)
        if chance.random() < 0.04:
            line["note"] = chance.choice(salon.visit_notes)
        life.visits.append(line)
        if status == "no-show":
            break
        start = min(start + (service.minutes + 29) // 30 * 30, 19 * 60 + 30)


def _status(chance: random.Random, day: date) -> str:
    lot = chance.random()
    if day > ON:
        return "planned" if lot < 0.6 else "cancelled" if lot < 0.64 else ""
    if lot < 0.035:
        return "no-show"
    return "cancelled" if lot < 0.065 else "done" if lot < 0.25 else ""


def _price(life: Life, service: Service) -> Any:
    chance, salon = life.chance, life.salon
    price = salon.prices[SERVICES.index(service)]
    lot = chance.random()
    if lot < 0.1:
        price = round(price * 0.9, 2)
    elif lot < 0.2:
        price = round(price * chance.choice((1.1, 1.15, 1.25)), 2)
    if lot > 0.995:  # typed as text, as it happens after a paste
        return f"{price:.2f}" if salon.code == "en" else f"{price:.2f}".replace(".", ",")
    return price


def _called(life: Life, person: Person) -> Any:
    """Return how the salon writes down who came: nearly always the name, now and then the number, e-mail or id."""
    lot, row = life.chance.random(), person.row
    if person in (life.people[p] for p in (*SAME_NAME, *(one for one, _ in PAIRS))):
        return row["client_id"]
    if person.by_name_only or lot > 0.09:
        return row["name"]
    if lot < 0.03 and row.get("email"):
        return row["email"]
    if lot < 0.06 and row.get("phone"):
        return spell_phone(life.salon, person.number, 1)
    return row.get("client_id") or row["name"]


def _refund(life: Life) -> None:
    """A handful of refunds, each a line of its own some days after a visit."""
    done = [v for v in life.visits if isinstance(v.get("amount"), int | float) and v["date"] < date(2026, 10, 1)]
    days = {(v["client"], v["date"]) for v in life.visits}
    refunded = 0
    for line in life.chance.sample(done, 60):
        day = _next_open(life, line["date"] + timedelta(2))
        if refunded < 5 and (line["client"], day) not in days:
            refunded += 1
            again = {k: line[k] for k in ("client", "service", "staff", "time")}
            life.visits.append({**again, "date": day, "amount": -line["amount"], "note": life.salon.refund})


def _number_tickets(life: Life) -> None:
    """Receipt numbers where the salon keeps them; a client who pays twice on a day has two."""
    if not life.salon.has_tickets:
        return
    tickets: dict[tuple[Any, ...], int] = {}
    for line in life.visits:
        if line.get("amount") is not None:
            visit = (line["date"], line["client"], life.chance.random() < 0.02)
            line["ticket"] = str(1001 + tickets.setdefault(visit, len(tickets)))


def _forget_times(life: Life) -> None:
    """Nobody keeps the time of what is long past."""
    for line in life.visits:
        if line["date"] < ON - timedelta(90) and life.chance.random() < 0.7:
            line["time"] = None
