"""What is wrong across rows and tables is found, with its row and the other one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.checks import check
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.rowchecks import drifting, repeated
from sheetcrm.crm.tables import CellError, Cleaned, Column, Reading, Table

if TYPE_CHECKING:
    from sheetcrm.crm.values import Problem

ON = date(2026, 11, 22)
READING = Reading(("en",), "GB", on=ON, today=ON)


def read(name: str, text: str) -> Cleaned:
    """Read a table written as text: cells parted by `|`, the first line field names; rows are numbered from 2."""
    lines = [[cell.strip() or None for cell in line.split("|")] for line in text.strip().splitlines()]
    return columns(name, {str(field): [line[i] for line in lines[1:]] for i, field in enumerate(lines[0])})


def columns(name: str, cells: dict[str, list[Any]]) -> Cleaned:
    known = TABLES[name].names
    length = len(next(iter(cells.values())))
    encoded = {field: Column.encode(column) for field, column in cells.items()}
    table = Table(name, np.arange(2, length + 2), encoded, own=tuple(c for c in cells if c not in known))
    return clean(table, READING)[0]


def found(*tables: Cleaned, reading: Reading = READING) -> list[tuple[Any, str | None, str]]:
    return [(p.row, p.field, p.code) for p in problems(*tables, reading=reading)]


def problems(*tables: Cleaned, reading: Reading = READING) -> list[Problem]:
    return check({t.table.name: t for t in tables}, reading)


def test_a_row_with_anything_in_it_needs_a_name_and_a_blank_row_is_none() -> None:
    clients = read(
        "Clients",
        """
        name | first_name | phone
        Anna |            | 07700 900123
             |            |
             | Eve        |
             |            | 07700 900124
        """,
    )
    assert found(clients) == [(5, "name", "missing-required")]


def test_a_visit_needs_a_date_and_a_client_but_an_unreadable_one_is_named_once() -> None:
    visits = read(
        "Visits",
        """
        date       | client | service
        2026-11-01 | Anna   | Cut
                   | Anna   | Cut
        2026-11-01 |        | Cut
        soon       | Anna   | Cut
        """,
    )
    assert found(visits) == [(3, "date", "missing-required"), (4, "client", "missing-required")]


def test_a_table_without_a_required_column_says_so_once() -> None:
    assert found(read("Clients", "phone\n07700 900123\n07700 900124")) == [(None, "name", "missing-required")]


def test_an_id_given_twice_names_the_first_row_that_has_it() -> None:
    clients = columns("Clients", {"client_id": [7, "8", "7 ", "7.0", None, None], "name": list("abcdef")})
    assert found(clients) == [(4, "client_id", "duplicate-id"), (5, "client_id", "duplicate-id")]
    assert [p.params["other_row"] for p in problems(clients)] == ["2", "2"]


def test_a_row_that_says_all_of_an_earlier_one_is_named() -> None:
    visits = read(
        "Visits",
        """
        date       | client | service | amount | client_id
        2026-11-01 | Anna   | Cut     | 35     | 1
        2026-11-01 | Anna   | Cut     | 30     | 1
        2026-11-01 | Anna   | Cut     | 35     |
                   |        |         |        |
                   |        |         |        |
        2026-11-01 | Anna   | Cut     | 35     | 1
        """,
    )
    assert found(visits) == [(4, None, "duplicate-row"), (7, None, "duplicate-row")]
    assert [p.params["other_row"] for p in problems(visits)] == ["2", "2"]


def test_a_pasted_client_without_an_id_repeats_the_one_that_has_it_but_two_of_one_name_do_not() -> None:
    clients = read("Clients", "client_id|name\n1|Anna\n|Anna\n3|Anna")
    assert found(clients) == [(3, None, "duplicate-row")]


def test_a_repeated_client_who_got_an_id_of_her_own_meanwhile_is_told_still() -> None:
    clients = read("Clients", "client_id|name|email\n1|Anna|a@example.com\n2|Anna|a@example.com\n3|Anna|b@example.com")
    assert found(clients) == [(3, None, "duplicate-row")]


@given(st.lists(st.tuples(st.sampled_from("ab "), st.sampled_from("cd "), st.sampled_from("ef ")), max_size=30))
def test_repeated_rows_are_those_seen_before(rows: list[tuple[str, str, str]]) -> None:
    cells = [Column.encode(column) for column in zip(*rows, strict=True)] or [Column.empty(0)]
    later, first = repeated(cells, np.ones(len(rows), dtype=np.bool_))
    seen: dict[tuple[str, ...], int] = {}
    expected = [(i, seen[row]) for i, row in enumerate(rows) if seen.setdefault(row, i) != i]
    assert list(zip(later.tolist(), first.tolist(), strict=True)) == expected


def test_many_columns_of_many_values_are_still_compared_in_full() -> None:
    numbers = [float(n) for n in range(65_535)]
    same = [Column.encode([*numbers, 17.0, 17.0]) for _ in range(4)]
    other = Column.encode([*numbers, 18.0, 17.0])  # its share of one int64, times 65,536 ** 4, would be nothing
    later, first = repeated([other, *same], np.ones(65_537, dtype=np.bool_))
    assert (later.tolist(), first.tolist()) == ([65_536], [17])


@pytest.mark.parametrize(
    ("cells", "drifting_rows"),
    [
        ([1.0] * 18 + ["x", "y"], [18, 19]),
        ([1.0] * 17 + ["x", "y", "z"], []),  # 85 %
        ([1.0] * 18 + ["x"], []),  # 19 cells
        ([1.0] * 20 + [None, ""], []),
        (["a"] * 19 + [date(2026, 1, 1)], [19]),
        ([date(2026, 1, 1)] * 19 + [46000.0, None], [19]),
        ([True] * 19 + [1], [19]),
    ],
)
def test_a_cell_unlike_nine_tenths_of_twenty_others_drifts(cells: list[Any], drifting_rows: list[int]) -> None:
    assert drifting(Column.encode(cells)).tolist() == drifting_rows


def test_only_her_own_columns_drift_and_an_error_value_is_another_matter() -> None:
    clients = columns(
        "Clients",
        {
            "name": [f"n{i}" for i in range(22)],
            "notes": ["x"] * 21 + [5],
            "size": [38.0] * 20 + ["?", CellError("#N/A")],
        },
    )
    assert found(clients) == [(22, "size", "type-drift")]


def test_a_visit_planned_for_a_day_that_is_over_and_one_done_on_a_day_to_come_are_named() -> None:
    visits = read(
        "Visits",
        """
        date       | client | status
        2026-11-21 | Anna   | planned
        2026-11-22 | Anna   | planned
        2026-11-23 | Anna   | done
        2026-11-22 | Anna   | done
        2026-11-20 | Anna   |
        2026-11-24 | Anna   |
        2026-11-20 | Anna   | cancelled
        """,
    )
    assert found(visits) == [(2, "status", "visit-not-closed"), (4, "status", "visit-in-future-done")]
    assert [p.params["value"] for p in problems(visits)] == ["2026-11-21", "2026-11-23"]


def test_a_visit_done_since_the_day_one_looks_at_is_no_mistake() -> None:
    visits = read("Visits", "date|client|status\n2026-11-23|Anna|done")
    later = Reading(("en",), "GB", on=ON, today=ON + timedelta(days=1))
    assert found(visits, reading=later) == []


def test_a_service_nobody_lists_is_named_with_the_nearest() -> None:
    services = read("Services", "service|price\nGel manicure|35\nPedicure|-5\nCut|20")
    visits = read(
        "Visits",
        """
        date       | client | service
        2026-11-01 | Anna   | gel  MANICURE
        2026-11-02 | Anna   | Gel manicur
        2026-11-03 | Anna   | Cut + Pedicure
        2026-11-04 | Anna   | Cut, massage
        2026-11-05 | Anna   |
        """,
    )
    assert found(visits, services) == [
        (3, "price", "negative-price"),
        (3, "service", "unknown-service"),
        (5, "service", "unknown-service"),
    ]
    assert [p.params.get("suggestion") for p in problems(visits, services)] == [None, "Gel manicure", None]


def test_without_a_price_list_no_service_is_unknown() -> None:
    visits = read("Visits", "date|client|service\n2026-11-01|Anna|Cut")
    assert found(visits) == []
    assert found(visits, columns("Services", {"service": [None], "price": [None]})) == []


def test_an_active_campaign_names_the_columns_it_lacks() -> None:
    campaigns = read(
        "Campaigns",
        """
        campaign | active | trigger   | channel
        Wishes   | yes    | birthday  | email
        Visit    | yes    | reminder  | sms
        Thanks   | yes    | thank-you | auto
        Old      | no     | referral  | call
        """,
    )
    clients = read("Clients", "name|email|phone\nAnna||")
    visits = read("Visits", "date|client\n2026-11-01|Anna")
    assert found(clients, visits, campaigns) == [
        (None, "birthday", "missing-field"),
        (None, "email_consent", "missing-field"),
    ]
    complete = read("Clients", "name|email|phone|birthday|email_consent\nAnna||||")
    assert found(complete, visits, campaigns) == []
    assert found(complete, campaigns) == [(None, "next_visit", "missing-field"), (None, "last_visit", "missing-field")]


def test_the_tables_checked_are_not_changed() -> None:
    visits = read("Visits", "date|client|status\n2026-11-01|Anna|done\n2026-11-01|Anna|done")
    before = {name: (c.codes.copy(), list(c.values)) for name, c in visits.table.columns.items()}
    check({"Visits": visits}, READING)
    for name, (codes, values) in before.items():
        np.testing.assert_array_equal(visits.table.columns[name].codes, codes)
        assert visits.table.columns[name].values == values


def test_nothing_is_wrong_with_tables_without_rows() -> None:
    empty = [
        columns(name, {field: [] for field in TABLES[name].names})
        for name in ("Clients", "Visits", "Services", "Campaigns")
    ]
    assert found(*empty) == []
