"""Lines of the Visits table as what they count as, and grouped into visits.

A visit is one (client, date, ticket), a missing ticket being a value of its own; a line is one row of the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from datetime import date

    from sheetcrm.crm.tables import Cleaned, Dates, Numbers

NONE = 0  # counts nowhere: no date, planned in the past, done or no-show in the future
DONE = 1
PLANNED = 2
CANCELLED = 3
NO_SHOW = 4
REFUND = 5  # of a visit only: done lines, all of them negative

_STATUS = {"done": DONE, "planned": PLANNED, "cancelled": CANCELLED, "no-show": NO_SHOW}
_MOST_CENTS = 9e15  # below 2 ** 53: a float holds each cent
_NO_TIME = np.int16(32767)
_BITS = 63  # of an int64 that is not negative

States = npt.NDArray[np.uint8]
Cents = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]


def to_cents(amounts: Numbers) -> Cents:
    """Return amounts in whole cents, half away from zero as Excel rounds; NaN (empty or unreadable) is 0."""
    finite = np.nan_to_num(amounts, nan=0.0, posinf=0.0, neginf=0.0)
    scaled = np.clip(finite, -_MOST_CENTS, _MOST_CENTS) * 100.0
    # 1.005 * 100 is 100.49999999999999 in binary: the small addend keeps a typed half a half, and is no cent by far
    cents = np.floor(np.minimum(np.abs(scaled), _MOST_CENTS) + (0.5 + 1e-7))
    return np.copysign(cents, scaled).astype(np.int64)


def effective_status(visits: Cleaned, on: date) -> States:
    """Return per line what it counts as on a day: DONE, PLANNED, CANCELLED, NO_SHOW, or NONE where it counts nowhere.

    An empty status is done before `on`, on that day when an amount can be read there, else planned. As of `on`, what is
    planned for an earlier day counts nowhere, nor does what is said to have happened (done, no-show) after it.
    """
    day = visits.days("date")
    today = np.datetime64(on, "D")
    state = visits.texts("status").lookup(lambda word: _STATUS.get(str(word), NONE), NONE, np.uint8)
    past, future = day < today, day > today  # both False where there is no date
    paid = ~np.isnan(visits.amounts("amount"))
    state = np.where(state == NONE, np.where(past | (~future & paid), DONE, PLANNED), state)
    happened = (state == DONE) | (state == NO_SHOW)
    counts = ~np.isnat(day) & ~(past & (state == PLANNED)) & ~(future & happened)
    return np.where(counts, state, NONE).astype(np.uint8)


@dataclass(frozen=True)
class VisitGroups:
    """Visits, one per (client, date, ticket), in the order of client, date, ticket; arrays of equal length but `lines`.

    Where lines of one visit differ, DONE beats PLANNED beats NO_SHOW beats REFUND beats CANCELLED. A no-show on a day
    with a done line is none: such a visit is NONE unless other lines make it something. `first`, `minutes` and `lines`
    look only at the lines that make the visit what it is: a cancelled 10:00 does not move the planned 15:00 beside it.
    """

    client: npt.NDArray[np.int32]  # position in Clients
    day: Dates
    state: States
    first: Positions  # position in Visits of its first line
    minutes: npt.NDArray[np.int16]  # since midnight, the earliest; -1 without a time
    cents: Cents  # sum of its done lines
    no_show: npt.NDArray[np.bool_]  # counts as a no-show (its state may be PLANNED on the day itself)
    lines: npt.NDArray[np.int32]  # one per line of Visits: the visit that it makes, or -1

    def __len__(self) -> int:
        return len(self.client)


# What a line adds to its visit, as bits; a done line that is negative apart from the others
_SOLD, _RETURNED, _PLANNED, _NO_SHOW, _CANCELLED = 1, 2, 4, 8, 16
_BIT = np.zeros(6, dtype=np.uint8)
_BIT[[DONE, PLANNED, NO_SHOW, CANCELLED]] = [_SOLD, _PLANNED, _NO_SHOW, _CANCELLED]
_BY_RANK = ((_SOLD, DONE), (_PLANNED, PLANNED), (_NO_SHOW, NO_SHOW), (_RETURNED, REFUND), (_CANCELLED, CANCELLED))


def _state_table() -> States:
    table = np.zeros(32, dtype=np.uint8)
    for bits in range(32):
        table[bits] = next((state for bit, state in _BY_RANK if bits & bit), NONE)
    return table


_STATE_OF_BITS = _state_table()


def group_visits(visits: Cleaned, client: npt.NDArray[np.int32], on: date) -> VisitGroups:
    """Group lines into visits as of `on`; `client` has a position in Clients per line, -1 where there is none.

    Lines of nobody and lines that count nowhere are left out.
    """
    state = effective_status(visits, on)
    cents = np.where(state == DONE, to_cents(visits.amounts("amount")), 0)
    kept = np.flatnonzero((state != NONE) & (client >= 0))
    order, key = _in_order(_keys(visits, client, kept))
    at = kept[order]
    new = np.ones(len(at), dtype=np.bool_)
    new[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    group = np.cumsum(new, dtype=np.int32) - np.int32(1)

    line_state, line_cents = state[at], cents[at]
    bit = _BIT[line_state]
    bit[line_cents < 0] = _RETURNED
    first = at[starts]
    who, day = client[first].astype(np.int32), visits.days("date")[first]
    bits = _or_at(bit, starts)
    bits[_day_bits(who, day, bits) & (_SOLD | _RETURNED) != 0] &= ~np.uint8(_NO_SHOW)
    made = _STATE_OF_BITS[bits]

    makes = np.where(made == REFUND, DONE, made)[group] == line_state
    lines = np.full(len(visits), -1, dtype=np.int32)
    lines[at[makes]] = group[makes]
    deciding = np.where(makes, at, len(visits))
    first_made = np.minimum.reduceat(deciding, starts) if len(starts) else first
    return VisitGroups(
        client=who,
        day=day,
        state=made,
        first=np.where(first_made < len(visits), first_made, first),
        minutes=_earliest(visits, at, makes, starts),
        cents=np.add.reduceat(line_cents, starts) if len(starts) else np.empty(0, dtype=np.int64),
        no_show=(bits & _NO_SHOW) != 0,
        lines=lines,
    )


def _keys(visits: Cleaned, client: npt.NDArray[np.int32], kept: Positions) -> npt.NDArray[np.int64]:
    """Return one number per line, rising with client, date, ticket (in the order in which tickets first occur)."""
    if not len(kept):
        return np.empty(0, dtype=np.int64)
    day = visits.days("date")[kept].astype(np.int64)
    day -= day.min()
    ticket = visits.texts("ticket")
    # 100,000 clients × 2,958,465 days × 10 million tickets are 62 bits: more than a sheet holds
    who = client[kept].astype(np.int64)
    keys: npt.NDArray[np.int64] = (who * (day.max() + 1) + day) * (len(ticket.values) + 1) + (ticket.codes[kept] + 1)
    return keys


def _in_order(keys: npt.NDArray[np.int64]) -> tuple[Positions, npt.NDArray[np.int64]]:
    """Return (positions, keys) in rising order of the keys, equal ones as they stand; keys are not negative.

    Numbers that carry their position are sorted in a fraction of the time that finding the order takes.
    """
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)).bit_length() + bits > _BITS:
        order = np.argsort(keys, kind="stable")
        return order, keys[order]
    packed = np.sort((keys << bits) | np.arange(len(keys)))
    return packed & ((1 << bits) - 1), packed >> bits


def _or_at(bits: npt.NDArray[np.uint8], starts: Positions) -> npt.NDArray[np.uint8]:
    joined: npt.NDArray[np.uint8] = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits[:0]
    return joined


def _day_bits(client: npt.NDArray[np.int32], day: Dates, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return per visit the bits of all visits of that client on that day."""
    new = np.ones(len(client), dtype=np.bool_)
    new[1:] = (client[1:] != client[:-1]) | (day[1:] != day[:-1])
    if new.all():
        return bits
    of_day: States = _or_at(bits, np.flatnonzero(new))[np.cumsum(new) - 1]
    return of_day


def _earliest(visits: Cleaned, at: Positions, makes: npt.NDArray[np.bool_], starts: Positions) -> npt.NDArray[np.int16]:
    minutes = visits.minutes.get("time")
    if minutes is None or not len(starts):
        return np.full(len(starts), -1, dtype=np.int16)
    known = minutes[at].astype(np.int16)
    earliest = np.minimum.reduceat(np.where(makes & (known >= 0), known, _NO_TIME), starts)
    return np.where(earliest == _NO_TIME, np.int16(-1), earliest)
