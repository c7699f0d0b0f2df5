"""The frozen values that pass between rooms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import field as _field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.tables import Column

ERROR = "error"
WARNING = "warning"

_ERRORS = """
missing-required invalid-email invalid-phone invalid-date invalid-number invalid-choice future-birthday unknown-client
ambiguous-client duplicate-id formula-error invalid-rule template-error unknown-template unknown-field
"""
_WARNINGS = """
birthday-before-1900 birthday-without-year visit-in-future-done visit-not-closed negative-price unknown-service
duplicate-row type-drift leading-zero-lost unknown-setting missing-field column-taken probable-duplicate
"""
SEVERITY: dict[str, str] = {**dict.fromkeys(_ERRORS.split(), ERROR), **dict.fromkeys(_WARNINGS.split(), WARNING)}
"""Every code of a problem, and how bad it is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a cell or row of the owner's data. Words are made from `code` and `params` in her language, later.

    `row` is the index label of the row in its table (in a workbook the Excel row number); None for a thing of the whole table.
    `value` is what stands there, as text. `params` are further values that the words quote (`suggestion`, `other_row`, …).
    """

    code: str
    table: str
    row: Any = None
    field: str | None = None
    value: str = ""
    params: Mapping[str, str] = _field(default_factory=dict, hash=False)  # `field` is an attribute here

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return SEVERITY[self.code]


class Key(NamedTuple):
    """What makes a message unique: sent at most once, whatever happens. The due date is no part of it."""

    campaign: str
    client_id: str
    occasion: str

    @property
    def digest(self) -> str:
        """The hash of the key, 64 hex digits."""
        return hashlib.sha256(json.dumps(list(self), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()

    @property
    def short(self) -> str:
        """What people see: the first 10 hex digits."""
        return self.digest[:10]


def mark_of(address: str) -> str:
    """Return by what an address is recognised again: a hash, so that it may stay when its owner is erased."""
    return hashlib.sha256(address.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is due, complete: this and nothing else goes out."""

    key: Key
    client: str  # the name, for the owner's eyes
    due: date
    channel: str
    to: str  # address or E.164 number
    subject: str
    text: str
    html: str = ""
    purpose: str = "marketing"
    row: int | None = None  # the client's row
    also: tuple[Key, ...] = ()  # messages that this one mentions, and thereby settles
    contact_time: str = ""  # when she likes to be called, in the words of her cell
    language: str = ""
    goes: date | None = None  # the day on which it goes, where that is not the day it is due
    waits: str = ""  # why not before that day, a reason's code
    until: str = ""  # until when it waits, in the owner's words

    @property
    def day(self) -> date:
        """The day on which it goes."""
        return self.goes or self.due


@dataclass(frozen=True, slots=True)
class Held:
    """A message that would be due but for a reason. `reason` is a code; words come from the language.

    `due` is None only of who is not due at all, where no such day is known.
    """

    campaign: str
    client_id: str
    client: str
    occasion: str
    due: date | None
    reason: str
    detail: str = ""
    row: int | None = None
    channel: str = ""  # by which it would have gone, where that is known

    def has_come(self, on: date) -> bool:
        """Tell whether its day is here or past."""
        return self.due is not None and self.due <= on


DOUBTFUL = frozenset({"unknown-history", "renamed"})
"""Reasons for which a message is held of which the journal itself does not know that it may have gone out."""


def key_of(held: Held) -> Key:
    """Return the key of a message that is held."""
    return Key(held.campaign, held.client_id, held.occasion)


class Status(StrEnum):
    """What became of a message."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a transport says of one message.

    `failed` means: certainly not taken. `unknown`: it may have been. `passing`: worth another try later.
    `stop`: no further message should be tried in this run (quota, login, server gone).
    """

    status: Status
    detail: str = ""
    passing: bool = False
    stop: bool = False


class Transport(Protocol):
    """Whatever can deliver a message. Entered and left as a context manager where it has `__enter__`."""

    def send(self, message: Message) -> Delivery:
        """Deliver one message and say what became of it. Raises `SendingError` only where nothing at all can be sent."""
        ...


@dataclass(frozen=True)
class ColumnChange:
    """New values for rows of one field. Compact: 100,000 clients × 16 derived fields are 1.6 million cells.

    `positions` are positions in the table; `old` and `new` have a cell for each of them (None: an empty cell).
    """

    table: str
    field: str
    positions: npt.NDArray[np.int64]
    old: Column
    new: Column


@dataclass(frozen=True)
class SentRecord:
    """A line of the ledger as planning needs it. `mark` is that of the address (`mark_of`), which outlives it where a client is erased."""

    key: Key
    status: str
    due: date | None = None
    at: str = ""
    to: str = ""
    channel: str = ""
    purpose: str = "marketing"
    mark: str = ""
    declined: bool = False  # skipped by the owner's no to a call


@dataclass(frozen=True)
class Doubt:
    """A lost journal: what fell due up to the day on which that was found out may have gone out unseen, if late.

    `confirmed` are the short keys of which the owner said that they have not.
    """

    last: date
    confirmed: frozenset[str] = frozenset()

    def covers(self, key: Key, due: date) -> bool:
        """Tell whether a message may have gone out."""
        return due <= self.last and key.short not in self.confirmed


@dataclass(frozen=True, slots=True)
class Trace:
    """What the ledger remembers of a campaign that stood in the table: its name there as it was spelt last.

    `definition` is the rest of the row, as far as it says who gets what when; `former` are names that it had before (as
    `name_alike` has them, the latest first), `perhaps` those of which it had one; `since` is the day on which it came under
    this name, `gone` tells that it did not stand there at the last look.
    """

    name: str
    trigger: str
    definition: str = ""
    former: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    since: date | None = None
    gone: bool = False


class Suppressed(NamedTuple):
    """That the reader of an address wants nothing more by a channel, since when (ISO time), and who was seen with a “no” for it.

    `forget`: what is kept of that reader is to be deleted besides.
    """

    since: str
    refused: frozenset[str] = frozenset()
    forget: bool = False


@dataclass(frozen=True)
class Ledger:
    """What is known to have been sent, entered, recorded: the journal as planning needs it. Pure data.

    `first_run`: nothing is sent late for a day before it. `inside`: by campaign, the client ids last seen in its segment; `entered`: by
    (campaign, client id), the day of entry. `ids_used`: ids ever given, also those not yet written or since deleted; `ids_pending`: by
    (name, phone, e-mail), ids kept while the file is open. `written`: by (client id, field), the last things that we
    wrote there, with blanks between, the latest last. `campaigns`: those
    that stood in the table, by `name_alike`. `persons`: by client id, a mark of whom it named last (`numbering.person_marks`).
    `named`: by the client id that stands beside visits, `short_hashes` of the texts in `client` that have named her there.
    `id_order`: the client ids from the top of the list to its end, as they stood last. `retyped`: by an id that was gone from the list,
    the one under which its client stood there since.
    `confirmed`: short keys of messages of which the owner said that they have not gone out. `suppressed`: by (channel, mark of an
    address), that its reader wants nothing more by that channel. `bounced`: marks of addresses from which mail comes back.
    `asked`: short keys of messages that may have gone out, of which the file asks her. `unclear`: by the mark of an address, when a reply
    came from it that may mean no more messages (ISO), as long as she has not decided. `erased`: ids (`bare_id`) of who is erased or about
    to be: nothing is planned for them; `erasing`: those whose rows are still to be emptied;
    `doubtful`: marks of visits that were hers or a namesake's (`namesakes`).
    """

    sent: Mapping[Key, SentRecord] = field(default_factory=dict)
    first_run: date | None = None
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    entered: Mapping[tuple[str, str], date] = field(default_factory=dict)
    ids_used: frozenset[str] = frozenset()
    ids_pending: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    written: Mapping[tuple[str, str], str] = field(default_factory=dict)
    doubt: Doubt | None = None
    campaigns: Mapping[str, Trace] = field(default_factory=dict)
    persons: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, frozenset[int]] = field(default_factory=dict)
    id_order: tuple[str, ...] = ()
    retyped: Mapping[str, str] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    suppressed: Mapping[tuple[str, str], Suppressed] = field(default_factory=dict)
    bounced: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    unclear: Mapping[str, str] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    erasing: tuple[str, ...] = ()
    doubtful: frozenset[int] = frozenset()
