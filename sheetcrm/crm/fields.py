"""The tables of a client workbook and their fields, as data.

The one list of names: reading, checking, writing, the languages and the samples all take theirs from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a cell of a field holds; decides how it is read, checked and written."""

    ID = "id"  # compared as trimmed text, 12.0 = 12
    TEXT = "text"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    BIRTHDAY = "birthday"  # a date, with or without its year
    TIME = "time"
    MONEY = "money"  # in the workbook's currency, cents
    NUMBER = "number"
    CHOICE = "choice"  # one of `Field.choices`, in any supported language
    LIST = "list"  # split at comma or semicolon
    RULE = "rule"  # an expression
    TEMPLATE = "template"
    ANY = "any"  # an owner's own column, or a setting's value


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table. `name` is the contract's; headers in six languages are in `sheetcrm.languages`."""

    name: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    derived: bool = False
    several: bool = False  # of a choice: more than one may stand there, in an order that counts


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its Excel table name, whether the program writes it as a whole, and its fields in their usual order."""

    name: str
    fields: tuple[Field, ...]
    program: bool = False
    core: int | None = None  # so many fields it had from the beginning, where others came later

    @property
    def first_names(self) -> tuple[str, ...]:
        """The names of the fields that it had from the beginning: a workbook of an earlier version has only these."""
        return self.names[: self.core]

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(f.name for f in self.fields)


YES_NO = ("yes", "no")
ANSWERS = (*YES_NO, "done")
"""What she may say of a message: that it may go, that it may not, that she has sent it by hand."""
ERASE = "erase"
"""The word under `no_contact` by which she lets a client be forgotten; no choice of a drop-down, for it cannot be taken back."""
BY_HAND = "by-hand"
"""How `done` is called beside a message: what is done of a visit has another word in most languages."""
OUTCOMES = ("sent", "failed")
"""What she may say of a message of which it is not certain what became."""
VISIT_STATUSES = ("done", "planned", "cancelled", "no-show")
CLIENT_STATUSES = ("prospect", "new", "active", "due", "lapsed", "lost")
TRIGGERS = ("birthday", "anniversary", "reminder", "rebook", "win-back", "thank-you", "date", "referral", "segment")
AUTO_ORDER = ("email", "sms", "whatsapp")
"""In which order `auto` tries the channels that a client does not prefer. A call is work for the owner: only for those who prefer it."""

CHANNELS = ("auto", "email", "sms", "whatsapp", "call")
CALL = "call"
"""The channel of what the owner does herself, without any service: it stands in her call list."""
PURPOSES = ("marketing", "service")
GENDERS = ("female", "male")
APPROVALS = ("auto", "tick")
DECISIONS = ("merge", "different", "household")
KEEPS = ("first", "second")
TOPICS = tuple(f"today-{topic}" for topic in ("run", "do", "visit", "birthday", "closed", "sent"))
BECAME = ("sent", "queued", "held", "not-due")
ONE_OR_EACH = ("one", "each")


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(n) for n in names)


def _compared(name: str, side: str) -> Field:
    kind = Kind.DATE if name in ("birthday", "last_visit") else Kind.NUMBER if name == "visits" else Kind.TEXT
    return Field(f"{side}_{name}", kind)


def _derived(name: str, kind: Kind = Kind.TEXT, choices: tuple[str, ...] = ()) -> Field:
    return Field(name, kind, choices, derived=True)


DERIVED: tuple[Field, ...] = (
    _derived("visits", Kind.NUMBER),
    _derived("total_spend", Kind.MONEY),
    _derived("average_ticket", Kind.MONEY),
    _derived("first_visit", Kind.DATE),
    _derived("last_visit", Kind.DATE),
    _derived("next_visit", Kind.DATE),
    _derived("age", Kind.NUMBER),
    _derived("visit_interval", Kind.NUMBER),
    _derived("expected_visit", Kind.DATE),
    _derived("status", Kind.CHOICE, CLIENT_STATUSES),
    _derived("rfm"),
    _derived("value_class"),
    _derived("favourite_service"),
    _derived("no_show_rate", Kind.NUMBER),
    _derived("merged_into", Kind.ID),
    _derived("problems"),
)
"""The derived fields of Clients, in the order in which missing columns are added."""

FROM_VISITS = frozenset(f.name for f in DERIVED) - {"age", "merged_into", "problems"}
"""Derived fields that are written only where a Visits table exists."""

CLIENTS = TableSpec(
    "Clients",
    (
        Field("client_id", Kind.ID),
        *_text("name", "first_name", "last_name", "middle_name", "address_as"),
        Field("phone", Kind.PHONE),
        Field("other_phone", Kind.PHONE),
        Field("email", Kind.EMAIL),
        Field("other_email", Kind.EMAIL),
        Field("birthday", Kind.BIRTHDAY),
        Field("gender", Kind.CHOICE, GENDERS),
        *_text("language", "address", "area", "city", "postcode"),
        Field("client_since", Kind.DATE),
        Field("channel", Kind.CHOICE, CHANNELS),
        Field("contact_time"),
        Field("next_visit", Kind.DATE, derived=True),
        Field("services", Kind.LIST),
        Field("interests", Kind.LIST),
        Field("tags", Kind.LIST),
        *_text("source", "referred_by"),
        Field("no_contact", Kind.CHOICE, YES_NO),
        Field("email_consent", Kind.CHOICE, YES_NO),
        Field("sms_consent", Kind.CHOICE, YES_NO),
        Field("whatsapp_consent", Kind.CHOICE, YES_NO),
        Field("call_consent", Kind.CHOICE, YES_NO),
        Field("consent_date", Kind.DATE),
        *_text("consent_source", "household", "notes", "company", "tax_id", "sector", "company_size", "role"),
        *(f for f in DERIVED if f.name != "next_visit"),
    ),
)

VISITS = TableSpec(
    "Visits",
    (
        Field("date", Kind.DATE),
        Field("time", Kind.TIME),
        Field("duration", Kind.NUMBER),
        Field("client", Kind.ID),
        Field("phone", Kind.PHONE),
        Field("service"),
        Field("amount", Kind.MONEY),
        Field("status", Kind.CHOICE, VISIT_STATUSES),
        Field("staff"),
        Field("ticket", Kind.ID),
        Field("rating", Kind.NUMBER),
        Field("note"),
        Field("client_id", Kind.ID, derived=True),
    ),
)

SERVICES = TableSpec(
    "Services",
    (Field("service"), Field("category"), Field("price", Kind.MONEY), Field("return_days", Kind.NUMBER)),
)

SEGMENTS = TableSpec("Segments", (Field("segment"), Field("rule", Kind.RULE)))

CAMPAIGNS = TableSpec(
    "Campaigns",
    (
        Field("campaign"),
        Field("active", Kind.CHOICE, YES_NO),
        Field("trigger", Kind.CHOICE, TRIGGERS),
        Field("date", Kind.ANY),  # a day, MM-DD, a date column's name, or `yearly ` and that
        Field("days", Kind.NUMBER),
        Field("segment"),
        Field("channel", Kind.CHOICE, CHANNELS, several=True),
        Field("template"),
        Field("purpose", Kind.CHOICE, PURPOSES),
        Field("cooldown_days", Kind.NUMBER),
        Field("grace_days", Kind.NUMBER),
        Field("approval", Kind.CHOICE, APPROVALS),
        Field("household", Kind.CHOICE, ONE_OR_EACH),
        Field("priority", Kind.NUMBER),
        Field("starts", Kind.DATE),
        Field("ends", Kind.DATE),
    ),
)

TEXTS = TableSpec(
    "Texts",
    (
        Field("template"),
        Field("language"),
        Field("channel", Kind.CHOICE, CHANNELS),
        Field("subject", Kind.TEMPLATE),
        Field("body", Kind.TEMPLATE),
    ),
)

SETTINGS = TableSpec("Settings", (Field("setting"), Field("value", Kind.ANY)))

HOLIDAYS = TableSpec("Holidays", (Field("date", Kind.DATE), Field("note")))

PROBLEMS = TableSpec(
    "Problems", _text("severity", "code", "sheet", "row", "column", "value", "message", "hint"), program=True
)

COMPARED = ("name", "phone", "email", "birthday", "city", "visits", "last_visit")
"""What the two clients of a pair are shown by, side by side: fields of Clients, in Duplicates with `left_` and `right_` before them."""

DUPLICATES = TableSpec(
    "Duplicates",
    (
        *_text("left", "right", "score", "tier", "reasons"),
        Field("decision", Kind.CHOICE, DECISIONS),
        Field("keep", Kind.CHOICE, KEEPS),
        *(_compared(name, side) for name in COMPARED for side in ("left", "right")),
    ),
    program=True,
    core=6,
)

OUTBOX = TableSpec(
    "Outbox",
    _text(
        *("key", "campaign", "client_id", "client", "due", "channel", "to", "subject", "text", "send", "status"),
        *("reason", "link", "shown", "parts"),
    ),
    program=True,
    core=12,
)

CALLS = TableSpec(
    "Calls",
    (
        *_text("key", "campaign", "client_id", "client", "due", "to", "reason", "text", "contact_time"),
        Field("done", Kind.CHOICE, YES_NO),
    ),
    program=True,
)

SENT = TableSpec(
    "Sent",
    _text(
        "key",
        "campaign",
        "client_id",
        "client",
        "occasion",
        "due",
        "channel",
        "to",
        "subject",
        "text",
        "status",
        "at",
        "detail",
    ),
    program=True,
)

CHANGES = TableSpec(
    "Changes",
    _text("key", "at", "action", "client_id", "client", "other_id", "other", "field", "before", "after", "detail"),
    program=True,
)

TODAY = TableSpec(
    "Today", (Field("topic", Kind.CHOICE, TOPICS), *_text("when", "client", "text", "client_id")), program=True
)

WHY = TableSpec(
    "Why",
    (
        *_text("client_id", "client", "campaign", "due"),
        Field("status", Kind.CHOICE, BECAME),
        *_text("channel", "reason"),
    ),
    program=True,
)

TABLES: dict[str, TableSpec] = {
    t.name: t
    for t in (
        CLIENTS,
        VISITS,
        SERVICES,
        SEGMENTS,
        CAMPAIGNS,
        TEXTS,
        SETTINGS,
        HOLIDAYS,
        PROBLEMS,
        DUPLICATES,
        OUTBOX,
        CALLS,
        SENT,
        CHANGES,
        TODAY,
        WHY,
    )
}
OWNER_TABLES = tuple(t.name for t in TABLES.values() if not t.program)

CONSENT_OF_CHANNEL = {
    "email": "email_consent",
    "sms": "sms_consent",
    "whatsapp": "whatsapp_consent",
    "call": "call_consent",
}
