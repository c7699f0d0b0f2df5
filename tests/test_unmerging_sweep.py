"""Merges, edits and merges taken back in any order: both rows come back as they were, and nothing is ever gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from merging_hand import Book

from sheetcrm.crm.cells import shown
from sheetcrm.crm.decisions import Decision
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.people import survivors
from sheetcrm.crm.tables import Table

CELLS: dict[str, list[Any]] = {
    "name": ["Anna Lis", "Ania Lis", "Anna Bąk"],
    "phone": ["600 100 200", 600100201.0, "600-100-201", "600100202; 600100203", "brak", "+48 600 100 204 (mama)"],
    "other_phone": ["600 100 200", "600100203", "+48600100205, 22 123 45 67", 600100206.0],
    "email": ["anna@x.pl", "Ania@x.pl", "a.lis@gmail.com", "alis+1@gmail.com", "nie ma"],
    "city": ["Kraków", "kraków", "Łódź"],
    "postcode": ["30-001", "90-001"],
    "birthday": [date(1990, 5, 6), date(1990, 6, 5), "--05-06"],
    "client_since": [date(2019, 1, 1), date(2020, 1, 1), "kiedyś"],
    "services": ["cut", "cut; colour", "Colour, nails", "nails\nbrows"],
    "notes": ["VIP", "vip", "tea · VIP", "line\ntea", "=1+1", "ends \n"],
    "referred_by": ["C1", "C2", "600 100 200", "Zofia Wrona"],
    "email_consent": ["yes", "no", "tak", "później"],
    "sms_consent": ["yes", "no"],
    "consent_date": [date(2020, 2, 2), date(2021, 2, 2)],
    "no_contact": ["yes", "no"],
    "household": ["Lis", "Bąk"],
    "Hair type": ["curly", "straight", 3.0],
}
FIRST = ["client_id", *CELLS]


@st.composite
def lists(draw: st.DrawFn) -> pd.DataFrame:
    size = draw(st.integers(2, 5))
    rows = [
        {"client_id": f"C{n + 1}"}
        | {name: draw(st.one_of(st.none(), st.sampled_from(of))) for name, of in CELLS.items()}
        for n in range(size)
    ]
    return pd.DataFrame(rows, columns=FIRST, dtype=object)


@st.composite
def merges(draw: st.DrawFn, ids: list[str]) -> list[tuple[str, str]]:
    """Return who is merged into whom, in order: no row twice, so that they make trees."""
    order = draw(st.permutations(ids))
    count = draw(st.integers(1, len(order) - 1))
    alive = list(order)
    found = []
    for _ in range(count):
        gone = alive.pop(draw(st.integers(0, len(alive) - 1)))
        found.append((draw(st.sampled_from(alive)), gone))
    return found


def after(book: Book, pairs: list[tuple[str, str]]) -> Book:
    for survivor, gone in pairs:
        book = book.merged(Decision(survivor, gone, "merge", "left"))
    return book


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_merges_taken_back_in_any_order_give_back_the_same_cells(data: st.DataObject) -> None:
    book = Book.of(data.draw(lists()))
    ids = list(book.grid())
    pairs = data.draw(merges(ids))
    order = data.draw(st.permutations([gone for _, gone in pairs]))
    assert after(book, pairs).unmerged(*order).grid() == book.grid()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_she_typed_between_stays_and_all_else_comes_back(data: st.DataObject) -> None:
    book = Book.of(data.draw(lists()))
    before = book.grid()
    ids = list(before)
    pairs = data.draw(merges(ids))
    book = after(book, pairs)
    typed: dict[tuple[str, str], Any] = {}
    for gone in data.draw(st.permutations([gone for _, gone in pairs])):
        for number in range(data.draw(st.integers(0, 2))):
            client, name = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from([*CELLS, "other_email"]))
            typed[client, name] = f"typed {name} {number} {gone}"
            book = book.typed(client, **{name: typed[client, name]})
        book = book.unmerged(gone)
    now = book.grid()
    cells = {(client, name) for grid in (before, now) for client, row in grid.items() for name in row}
    changed = {at for at in cells if now[at[0]].get(at[1]) != before[at[0]].get(at[1])}
    assert changed <= typed.keys()
    assert {at: now[at[0]].get(at[1]) for at in typed} == typed


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_filled_value_of_either_row_is_gone(data: st.DataObject) -> None:
    book = Book.of(data.draw(lists()))
    pairs = data.draw(merges(list(book.grid())))
    merged = after(book, pairs)
    told = {(c.client_id, c.field, shown(c.before)) for act in merged.acts for c in act.cells}
    for client, row in book.grid().items():
        for name, cell in row.items():
            now = shown(merged.grid()[client].get(name))
            assert shown(cell) in now or (client, name, shown(cell)) in told
    gone = [pair[1] for pair in pairs]
    assert {c: merged.grid()[c] for c in gone}.keys() == set(gone)
    assert all(merged.grid()[one].get("merged_into") == into for into, one in pairs)


DAYS = [f"2026-0{month}-{day:02}" for month in range(1, 6) for day in range(1, 29)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_sums_of_visits_and_spend_are_the_same_before_and_after(data: st.DataObject) -> None:
    ids = ["C1", "C2", "C3", "C4"]
    days = data.draw(st.lists(st.sampled_from(DAYS), unique=True, min_size=1, max_size=12))
    lines = [f"{day} | {data.draw(st.sampled_from(ids))} | {data.draw(st.integers(-5, 90))}" for day in days]
    clients = "client_id | name\n" + "\n".join(f"{one} | Anna Lis" for one in ids)
    book = Book.of(clients, "date | client | amount\n" + "\n".join(lines))
    pairs = data.draw(merges(ids))
    merged = after(book, pairs)
    back = merged.unmerged(*data.draw(st.permutations([gone for _, gone in pairs])))
    sums = []
    for one in (book, merged, back):
        values = one.figured().values  # noqa: PD011 - figures by field, no frame
        sums.append([float(pd.Series(values[name]).sum()) for name in ("visits", "total_spend")])
    assert sums[0] == sums[1] == sums[2]
    alive = survivors(merged.figured().cleaned["Clients"])
    assert len(set(alive.tolist())) == len(ids) - len(pairs)


VISITS: dict[str, list[Any]] = {
    "date": [date(2026, 1, 5), date(2026, 2, 5), date(2026, 7, 5), date(2026, 8, 5)],
    "client": ["C1", "C2", "C3", "Anna Lis", "Ania Lis", "600100200", "600 100 201"],
    "amount": [10, 20.5, None],
}


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_workbook_merged_refreshed_and_taken_apart_is_the_same_cell_by_cell(data: st.DataObject) -> None:
    clients = data.draw(lists())
    clients["next_visit"] = [
        data.draw(st.sampled_from([None, None, date(2026, 5, 1), date(2026, 7, 9)])) for _ in clients.index
    ]
    lines = data.draw(st.integers(0, 6))
    columns = {name: [data.draw(st.sampled_from(of)) for _ in range(lines)] for name, of in VISITS.items()}
    visits = Table.from_frame("Visits", pd.DataFrame(columns, dtype=object), TABLES["Visits"].names)
    first = replace(Book.of(clients), visits=visits).refreshed()
    pairs = data.draw(merges(list(first.grid())))
    book = first
    for pair in pairs:
        book = after(book, [pair])
        book = book.refreshed() if data.draw(st.booleans()) else book
    for gone in data.draw(st.permutations([gone for _, gone in pairs])):
        book = book.unmerged(gone)
        book = book.refreshed() if data.draw(st.booleans()) else book
    last = book.refreshed()
    assert last.grid() == first.grid()
    assert last.visits is not None
    assert first.visits is not None
    assert last.visits.column("client_id").cells() == first.visits.column("client_id").cells()
