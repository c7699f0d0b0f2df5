"""What is wrong in the sample salons, on purpose: each plant changes a row and notes what `check` must say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from salon_life import ON, SAME_NAME, Life, Row

from sheetcrm.languages import language
from sheetcrm.workbook.arrangement import Cell
from sheetcrm.workbook.headers import slug

Tables = dict[str, list[Row]]

FIRST_ROW = 2  # of data: every sheet has its header in row 1


@dataclass
class Garden:
    """The tables of one salon, and what was planted in them so far: (code, table, row, field)."""

    life: Life
    tables: Tables
    settings: dict[str, Any]
    planted: list[tuple[str, str, int | None, str | None]] = field(default_factory=list)

    def note(self, code: str, table: str, row: Row | None, name: str | None) -> None:
        """Remember that `check` must find this."""
        at = None if row is None else next(i for i, r in enumerate(self.tables[table]) if r is row) + FIRST_ROW
        self.planted.append((code, table, at, name))

    def client(self, position: int) -> Row:
        """Return the row of a client by position."""
        return self.tables["Clients"][position]

    def line(self, after: date) -> Row:
        """Return the first line of Visits on or after a day with an amount, no status, and nothing planted in it."""
        taken = {(table, at) for _, table, at, _ in self.planted}
        namesakes = {self.client(p)["name"] for p in SAME_NAME}
        return next(
            line
            for at, line in enumerate(self.tables["Visits"], FIRST_ROW)
            if line["date"] >= after
            and ("Visits", at) not in taken
            and not line.get("status")
            and isinstance(line.get("amount"), int | float)
            and line["amount"] > 0
            and line["client"] not in namesakes
        )

    @property
    def code(self) -> str:
        """The salon's language."""
        return self.life.salon.code


def plant(garden: Garden) -> None:
    """Plant what every salon has, then what only some have; at last a line is added, when nothing else moves."""
    _everywhere_in_clients(garden)
    _everywhere_in_visits(garden)
    for sow, codes in _SOME.items():
        if garden.code in codes.split():
            sow(garden)
    _double_line(garden)


def _set(garden: Garden, code: str, position: int, name: str, value: Any) -> None:
    row = garden.client(position)
    row[name] = value
    garden.note(code, "Clients", row, name)


def _everywhere_in_clients(garden: Garden) -> None:
    salon = garden.life.salon
    _set(garden, "invalid-email", 65, "email", "www.example.com")
    _set(garden, "invalid-email", 112, "email", str(garden.client(3)["email"]).replace("@", "@@"))
    _set(garden, "invalid-phone", 68, "phone", "12-34")
    _set(garden, "invalid-date", 73, "birthday", "31.02.1990")
    _set(garden, "future-birthday", 79, "birthday", date(2031, 5, 5))
    _set(garden, "invalid-choice", 85, "channel", salon.odd_channel)
    row = garden.client(91)
    for other in garden.tables["Clients"][40:90:2]:  # enough numbers for one word to stand out
        other.setdefault(salon.points, 10 * (len(other["name"]) % 30 + 1))
    row[salon.points] = "VIP"
    garden.note("type-drift", "Clients", row, slug(salon.points))


def _everywhere_in_visits(garden: Garden) -> None:
    salon = garden.life.salon
    tongue = language(garden.code)
    for after, name, code, value in (
        (date(2026, 9, 3), "client", "unknown-client", salon.odd_client),
        (date(2026, 10, 6), "client", "ambiguous-client", garden.client(SAME_NAME[0])["name"]),
        (date(2026, 10, 13), "service", "unknown-service", salon.odd_service),
        (date(2026, 8, 5), "amount", "invalid-number", salon.odd_amount),
    ):
        line = garden.line(after)
        line[name] = value
        garden.note(code, "Visits", line, name)
    line = garden.line(date(2026, 11, 17))
    line["status"] = tongue.choice("planned")
    line.pop("amount")
    line.pop("ticket", None)
    garden.note("visit-not-closed", "Visits", line, "status")


def _double_line(garden: Garden) -> None:
    """Type one line twice: the copy stands right below, so everything planted further down moves by a row."""
    lines = garden.tables["Visits"]
    original = garden.line(date(2026, 11, 19))
    at = next(i for i, line in enumerate(lines) if line is original) + 1
    copy = dict(original)
    lines.insert(at, copy)
    garden.planted = [
        (code, table, row + 1 if table == "Visits" and row and row >= at + FIRST_ROW else row, name)
        for code, table, row, name in garden.planted
    ]
    garden.note("duplicate-row", "Visits", copy, None)


def _formula_error(garden: Garden) -> None:
    _set(garden, "formula-error", 115, "notes", Cell("#N/A", formula="=NA()"))


def _before_1900(garden: Garden) -> None:
    _set(garden, "birthday-before-1900", 126, "birthday", "04.05.1889")


def _this_year(garden: Garden) -> None:
    _set(garden, "birthday-without-year", 129, "birthday", date(ON.year, 3, 8))


def _copied_id(garden: Garden) -> None:
    row = garden.client(145)
    known = {line["client"] for line in garden.tables["Visits"]}
    if row["client_id"] not in known and garden.client(144)["client_id"] not in known:
        _set(garden, "duplicate-id", 145, "client_id", garden.client(144)["client_id"])
        return
    raise AssertionError("somebody's visits quote an id that is to be copied")


def _lost_zero_of_phone(garden: Garden) -> None:
    salon, row = garden.life.salon, garden.client(137)
    digits = salon.phone[:-3] + str(100 + garden.life.people[137].number)
    row["phone"] = int(digits)
    garden.note("leading-zero-lost", "Clients", row, "phone")


def _lost_zero_of_postcode(garden: Garden) -> None:
    _set(garden, "leading-zero-lost", 137, "postcode", int(garden.life.salon.postcodes[1]))


def _nameless(garden: Garden) -> None:
    row = garden.client(192)
    row.pop("name")
    garden.note("missing-required", "Clients", row, "name")


def _nobodys_visit(garden: Garden) -> None:
    line = garden.line(date(2026, 7, 8))
    line["client"] = None
    garden.note("missing-required", "Visits", line, "client")


def _wrong_century(garden: Garden) -> None:
    line = garden.line(date(2026, 11, 14))
    tongue = language(garden.code)
    line |= {"date": date(2062, 11, 14), "status": tongue.choice("done")}
    garden.note("visit-in-future-done", "Visits", line, "status")


def _negative_price(garden: Garden) -> None:
    row = garden.tables["Services"][8]
    row["price"] = -row["price"]
    garden.note("negative-price", "Services", row, "price")


def _unfinished_rule(garden: Garden) -> None:
    row = {"segment": "Test", "rule": "total_spend >"}
    garden.tables["Segments"].append(row)
    garden.note("invalid-rule", "Segments", row, "rule")


def _rule_of_unknown_name(garden: Garden) -> None:
    row = {"segment": "Test", "rule": "shoe_size > 38"}
    garden.tables["Segments"].append(row)
    garden.note("invalid-rule", "Segments", row, "rule")


def _misspelt_setting(garden: Garden) -> None:
    garden.settings["quiet_houres"] = "21:00-09:00"
    garden.planted.append(
        ("unknown-setting", "Settings", None, "quiet_houres")
    )  # its row is known once the sheet is made


def _spring_campaign(garden: Garden, template: str) -> Row:
    tongue = language(garden.code)
    row = {
        "campaign": garden.life.salon.spring,
        "active": tongue.choice("yes"),
        "trigger": tongue.choice("date"),
        "date": "05-15",
        "channel": tongue.choice("email"),
        "template": template,
    }
    garden.tables["Campaigns"].append(row)
    return row


def _missing_template(garden: Garden) -> None:
    garden.note("unknown-template", "Campaigns", _spring_campaign(garden, "spring-party"), "template")


def _spring_text(garden: Garden, code: str, body: str) -> None:
    """Write a text with a mistake, for a campaign that is active: what nobody sends is nobody's mistake."""
    _spring_campaign(garden, "spring")
    row = {"template": "spring", "language": garden.code, "subject": garden.life.salon.spring, "body": body}
    garden.tables["Texts"].append(row)
    garden.note(code, "Texts", row, "body")


def _broken_text(garden: Garden) -> None:
    _spring_text(garden, "template-error", "{{ salutation } {{ business }}")


def _text_of_unknown_field(garden: Garden) -> None:
    _spring_text(garden, "unknown-field", "{{ salutation }} {{ shoe_size }}")


def _typed_figures(garden: Garden) -> None:
    """Type a derived column by hand: it stays the owner's, and ours is added beside it."""
    for row in garden.tables["Clients"][20:60]:
        row["favourite_service"] = garden.life.salon.services[len(str(row.get("name"))) % 3]
    garden.planted.append(("column-taken", "Clients", None, "favourite_service"))


_SOME = {
    _formula_error: "en uk it",
    _before_1900: "pl ru",
    _this_year: "en it es",
    _copied_id: "pl uk es",
    _lost_zero_of_phone: "en uk",
    _lost_zero_of_postcode: "it es",
    _nameless: "pl ru es",
    _nobodys_visit: "en uk it",
    _wrong_century: "en pl uk es",
    _negative_price: "en ru it",
    _unfinished_rule: "en pl",
    _rule_of_unknown_name: "ru",
    _misspelt_setting: "en it",
    _missing_template: "en es",
    _broken_text: "uk pl",
    _text_of_unknown_field: "it",
    _typed_figures: "es",
}
