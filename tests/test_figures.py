"""Derived figures, each by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cleaned_tables import cleaned, day, from_cells
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.derived import differing
from sheetcrm.crm.fields import DERIVED, Kind
from sheetcrm.crm.figures import figures
from sheetcrm.crm.intervals import visit_intervals
from sheetcrm.crm.ranking import fifths
from sheetcrm.crm.resolving import resolve
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.tables import Column
from sheetcrm.crm.visits import (
    CANCELLED,
    DONE,
    NO_SHOW,
    NONE,
    PLANNED,
    REFUND,
    _in_order,
    effective_status,
    group_visits,
    to_cents,
)

if TYPE_CHECKING:
    from sheetcrm.crm.tables import Cleaned

ON = day("2026-06-15")
ONE = "client_id | name\nC1 | Anna"


def derive(
    visits: str | Cleaned | None,
    clients: str = ONE,
    services: str = "service | return_days",
    settings: Settings | None = None,
    typed_next: list[bool] | None = None,
) -> dict[str, list[Any]]:
    """Return the figures as plain lists: None for what is empty, ISO days."""
    people = cleaned("Clients", clients)
    lines = cleaned("Visits", visits) if isinstance(visits, str) else visits
    whose = resolve(lines, people).client if lines is not None else np.empty(0, dtype=np.int32)
    typed = None if typed_next is None else np.array(typed_next)
    found = figures(
        people, lines, cleaned("Services", services), whose, on=ON, settings=settings or Settings(), typed_next=typed
    )
    return {name: [_plain(value) for value in values.tolist()] for name, values in found.items()}


def _plain(value: Any) -> Any:
    if value is None or value == "" or value != value:  # noqa: PLR0124 - NaN is not itself
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


# What a line counts as


def test_an_empty_status_is_done_before_the_day_and_on_it_when_an_amount_stands_there_else_planned() -> None:
    lines = """
    date       | client | amount | status
    2026-06-14 | C1     |        |
    2026-06-15 | C1     | 0      |
    2026-06-15 | C1     |        |
    2026-06-16 | C1     | 50     |
    """
    assert effective_status(cleaned("Visits", lines), ON).tolist() == [DONE, DONE, PLANNED, PLANNED]


def test_what_cannot_be_as_of_the_day_counts_nowhere() -> None:
    lines = """
    date       | client | status
    2026-06-14 | C1     | planned
    2026-06-15 | C1     | planned
    2026-06-16 | C1     | done
    2026-06-16 | C1     | no-show
               | C1     | done
    2026-06-16 | C1     | cancelled
    """
    states = effective_status(cleaned("Visits", lines), ON).tolist()
    assert states == [NONE, PLANNED, NONE, NONE, NONE, CANCELLED]


def test_a_visit_is_one_client_day_and_ticket_a_missing_ticket_being_its_own() -> None:
    lines = """
    date       | time  | client | amount | ticket | status
    2026-06-01 | 12:00 | C1     | 10     | 7      |
    2026-06-01 |       | C1     | 20     |        |
    2026-06-01 | 11:00 | C1     | 30     | 7      |
    2026-06-02 | 09:00 | C1     | 40     |        | no-show
    2026-06-02 | 10:00 | C1     | -5     | 9      |
    2026-06-20 | 10:00 | C1     |        |        | cancelled
    2026-06-20 | 15:00 | C1     |        |        | planned
    """
    visits = cleaned("Visits", lines)
    groups = group_visits(visits, np.zeros(7, dtype=np.int32), ON)
    found = zip(
        groups.state.tolist(), groups.first.tolist(), groups.minutes.tolist(), groups.cents.tolist(), strict=True
    )
    assert list(found) == [
        (DONE, 1, -1, 2000),
        (DONE, 0, 660, 4000),
        (NONE, 3, -1, 0),
        (REFUND, 4, 600, -500),
        (PLANNED, 6, 900, 0),
    ]
    assert groups.lines.tolist() == [1, 0, 1, -1, 3, -1, 4]


def test_groups_leave_out_lines_of_nobody() -> None:
    visits = cleaned("Visits", "date | client\n2026-06-01 | C1\n2026-06-01 | ?")
    groups = group_visits(visits, np.array([0, -1], dtype=np.int32), ON)
    assert (groups.client.tolist(), groups.lines.tolist()) == ([0], [0, -1])


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(1.005, 101), (-1.005, -101), (0.1 + 0.2, 30), (float("nan"), 0), (19.99, 1999), (8.285, 829)],
)
def test_amounts_are_taken_in_whole_cents_half_away_from_zero(amount: float, cents: int) -> None:
    assert to_cents(np.array([amount])).tolist() == [cents]


def test_an_amount_beyond_all_money_is_cut_without_a_warning() -> None:
    assert to_cents(np.array([1e308, -1e308])).tolist() == to_cents(np.array([1e14, -1e14])).tolist()


# Counts and sums


def test_several_lines_and_a_refund_make_these_figures() -> None:
    found = derive("""
    date       | client | service  | amount | status
    2026-05-01 | C1     | Manicure | 100.10 |
    2026-05-01 | C1     | Cream    | 20.20  | done
    2026-06-01 | C1     | Manicure | 80     | done
    2026-06-03 | C1     | Cream    | -20.20 | done
    2026-06-10 | C1     | Manicure |        | no-show
    2026-06-20 | C1     | Manicure |        |
    """)
    assert {name: values[0] for name, values in found.items()} == {
        "visits": 2,
        "total_spend": 180.10,
        "average_ticket": 90.05,
        "first_visit": "2026-05-01",
        "last_visit": "2026-06-01",
        "next_visit": "2026-06-20",
        "age": None,
        "visit_interval": 31,
        "expected_visit": "2026-07-02",
        "status": "active",
        "rfm": "555",
        "value_class": "A",
        "favourite_service": "Manicure",
        "no_show_rate": 0.3333,
        "merged_into": None,
    }


def test_a_client_without_a_visit_is_a_prospect() -> None:
    found = derive("date | client | amount\n2026-06-01 | C1 | -20")
    filled = {name: values[0] for name, values in found.items() if values[0] is not None}
    assert filled == {"visits": 0, "total_spend": -20, "status": "prospect"}


@pytest.mark.parametrize(
    ("amounts", "average"), [(("0.01", "0.02"), 0.02), (("10", "0", "0"), 3.33), (("", ""), 0), (("5", "-5.01"), -0.01)]
)
def test_the_average_ticket_is_rounded_half_up(amounts: tuple[str, ...], average: float) -> None:
    rows = [f"2026-05-0{i + 1} | C1 | {amount} | 7\n2026-05-0{i + 1} | C1 | 0 | 7" for i, amount in enumerate(amounts)]
    assert derive("date | client | amount | ticket\n" + "\n".join(rows))["average_ticket"] == [average]


def test_an_amount_that_is_empty_keeps_a_visit_from_being_a_refund() -> None:
    found = derive("date | client | amount\n2026-05-01 | C1 | -20\n2026-05-01 | C1 |")
    assert (found["visits"], found["total_spend"]) == ([1], [-20])


def test_a_day_with_a_done_line_is_no_no_show_under_whatever_ticket() -> None:
    found = derive("""
    date       | client | status  | ticket
    2026-05-01 | C1     | no-show | 1
    2026-05-01 | C1     | done    | 2
    2026-05-02 | C1     | no-show | 3
    2026-05-02 | C1     | no-show | 3
    2026-05-02 | C1     | no-show | 4
    """)
    assert found["no_show_rate"] == [0.6667]


def test_the_no_show_rate_is_empty_for_who_never_had_a_chance_and_rounds_half_up() -> None:
    assert derive("date | client | status\n2026-05-01 | C1 | cancelled")["no_show_rate"] == [None]
    rows = "\n".join(f"2025-01-{d:02} | C1 | {'done' if d < 32 else ''}" for d in range(1, 32))
    assert derive(f"date | client | status\n{rows}\n2025-02-01 | C1 | no-show")["no_show_rate"] == [0.0313]


# Next visit


def test_the_next_visit_is_the_earliest_planned_one_also_a_date_the_owner_typed() -> None:
    clients = """
    client_id | name | next_visit
    C1        | Anna | 2026-06-18
    C2        | Ewa  | 2026-06-18
    C3        | Ola  | 2026-06-30
    C4        | Iza  | 2026-06-01
    """
    visits = """
    date       | client | status
    2026-06-25 | C1     | planned
    2026-06-20 | C2     |
    2026-06-19 | C2     | cancelled
    2026-06-20 | C3     | planned
    """
    found = derive(visits, clients, typed_next=[True, False, True, True])
    assert found["next_visit"] == ["2026-06-18", "2026-06-20", "2026-06-20", None]


def test_a_visit_that_took_place_today_is_not_planned_by_its_unpaid_line() -> None:
    found = derive("date | client | amount\n2026-06-15 | C1 | 100\n2026-06-15 | C1 |")
    assert (found["visits"], found["next_visit"]) == ([1], [None])


# Age


@pytest.mark.parametrize(
    ("born", "on", "leap_birthday", "age"),
    [
        ("1990-06-15", "2026-06-15", (2, 28), 36),
        ("1990-06-16", "2026-06-15", (2, 28), 35),
        ("2000-02-29", "2026-02-27", (2, 28), 25),
        ("2000-02-29", "2026-02-28", (2, 28), 26),
        ("2000-02-29", "2026-02-28", (3, 1), 25),
        ("2000-02-29", "2026-03-01", (3, 1), 26),
        ("2000-02-29", "2028-02-28", (2, 28), 27),
        ("2000-02-29", "2028-02-29", (3, 1), 28),
        ("", "2026-02-28", (2, 28), None),
    ],
)
def test_age_is_whole_years_and_29_february_comes_on_its_day(
    born: str, on: str, leap_birthday: tuple[int, int], age: int | None
) -> None:
    people = cleaned("Clients", f"name | birthday\nAnna | {born}")
    settings = replace(Settings(), leap_birthday=leap_birthday)
    found = figures(people, None, None, np.empty(0, dtype=np.int32), on=day(on), settings=settings)
    assert _plain(found["age"].tolist()[0]) == age


# Interval, expected visit, status


def test_an_interval_is_drawn_to_the_median_of_all_where_few_share_the_service() -> None:
    # Anna: gaps 10, 20, 31: m 20, k 3. Ewa: gap 41: m 41, k 1. s is the median of (20, 41): 30.5
    found = derive(
        """
    date       | client
    2026-01-01 | C1
    2026-01-11 | C1
    2026-01-31 | C1
    2026-03-03 | C1
    2026-01-01 | C2
    2026-02-11 | C2
    2026-02-11 | C3
    """,
        "client_id | name\nC1 | Anna\nC2 | Ewa\nC3 | Ola",
    )
    assert found["visit_interval"] == [23, 36, None]  # (3·20 + 30.5) / 4 = 22.625; (41 + 30.5) / 2 = 35.75
    assert found["expected_visit"] == ["2026-03-26", "2026-03-19", None]


def test_five_of_one_favourite_service_have_their_own_median() -> None:
    first = np.datetime64("2026-01-01", "D")
    gaps = np.array([10, 12, 14, 16, 18, 50, 60, 70, 80])
    client = np.repeat(np.arange(9, dtype=np.int32), 2)
    days = np.stack([np.full(9, first), first + gaps.astype("timedelta64[D]")], axis=1).ravel()
    favourite = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    # s: 14 for the five, the median of all, 18, for the four
    assert visit_intervals(client, days, favourite).tolist() == [12, 13, 14, 15, 16, 34, 39, 44, 49]


def test_a_half_day_is_rounded_up_exactly() -> None:
    days = np.array(["2026-01-01", "2026-01-02", "2026-01-04"], dtype="datetime64[D]")
    client = np.zeros(3, dtype=np.int32)
    assert visit_intervals(client, days, np.array([-1], dtype=np.int32)).tolist() == [2]  # m = s = 1.5


def test_after_a_single_day_the_longest_return_of_its_services_counts() -> None:
    services = """
    service  | return_days
    Manicure | 21
    Cut      | 35
    Cream    |
    """
    visits = """
    date       | client | service
    2026-05-01 | C1     | Manicure
    2026-05-01 | C1     | cut
    2026-05-01 | C2     | Cream
    """
    found = derive(visits, "client_id | name\nC1 | Anna\nC2 | Ewa", services)
    assert (found["visit_interval"], found["expected_visit"]) == ([None, None], ["2026-06-05", None])


@pytest.mark.parametrize(
    ("days", "status"),
    [(0, "new"), (74, "new"), (75, "due"), (119, "due"), (120, "lapsed"), (239, "lapsed"), (240, "lost")],
)
def test_the_status_follows_the_time_away_against_sixty_days_where_nothing_else_is_known(
    days: int, status: str
) -> None:
    last = np.datetime64(ON, "D") - np.timedelta64(days, "D")
    assert derive(f"date | client | status\n{last} | C1 | done")["status"] == [status]


def test_thresholds_are_exact_and_can_be_switched_off() -> None:
    visits = "date | client | service\n2026-06-14 | C1 | Wash"  # one day away, of 10: r = 0.1
    services = "service | return_days\nWash | 10"
    exact = replace(Settings(), due_after=Decimal("0.1"), lapsed_after=Decimal("0.11"), lost_after=None)
    assert derive(visits, services=services, settings=exact)["status"] == ["due"]
    assert derive(visits, services=services, settings=replace(exact, due_after=None))["status"] == ["new"]


def test_who_came_on_two_days_is_active() -> None:
    assert derive("date | client\n2026-06-01 | C1\n2026-05-01 | C1")["status"] == ["active"]


# Favourite service


def test_the_favourite_service_is_the_one_in_most_visits_not_on_most_lines() -> None:
    found = derive("""
    date       | client | service
    2026-01-01 | C1     | Nail
    2026-01-01 | C1     | Nail
    2026-01-01 | C1     | Nail
    2026-02-01 | C1     | Cut
    2026-03-01 | C1     | Cut
    """)
    assert found["favourite_service"] == ["Cut"]


@pytest.mark.parametrize(
    ("rows", "favourite"),
    [
        ("2026-01-01 | | Cut\n2026-02-01 | | Nail", "Nail"),
        ("2026-02-01 | | Cut\n2026-01-01 | | Nail", "Cut"),
        ("2026-02-01 | 12:00 | Cut\n2026-02-01 | 11:00 | Nail", "Cut"),
        ("2026-02-01 | | Cut\n2026-02-01 | | Nail", "Nail"),
    ],
)
def test_the_latest_service_wins_a_tie_by_day_then_time_then_row(rows: str, favourite: str) -> None:
    lines = "\n".join(f"{row} | C1" for row in rows.splitlines())
    assert derive(f"date | time | service | client\n{lines}")["favourite_service"] == [favourite]


def test_what_was_paid_back_or_is_only_planned_is_nobodys_favourite() -> None:
    found = derive("""
    date       | client | service | amount | status
    2026-01-01 | C1     | Nail    | 10     |
    2026-02-01 | C1     | Cream   | -10    |
    2026-02-02 | C1     | Cream   | -10    |
    2026-07-02 | C1     | Cut     |        | planned
    """)
    assert found["favourite_service"] == ["Nail"]


# Standing among the others


def test_fifths_share_the_average_rank_of_ties() -> None:
    # ranks 1, 3, 3, 3, 5 of 5; and a list of mostly one value, where quantiles fail
    assert fifths(np.array([1, 2, 2, 2, 3])).tolist() == [1, 3, 3, 3, 5]
    assert fifths(np.array([1, 1, 1, 1, 1, 1, 1, 1, 2, 3])).tolist() == [3, 3, 3, 3, 3, 3, 3, 3, 5, 5]


def test_value_classes_split_at_eighty_and_ninety_five_percent_and_ties_go_by_the_id_as_text() -> None:
    clients = "client_id | name\nC1 | a\nC10 | b\nC2 | c\nC3 | d\nC4 | e\nC5 | f"
    visits = """
    date       | client | amount
    2026-01-01 | C1     | 80
    2026-01-01 | C2     | 7.50
    2026-01-01 | C10    | 7.50
    2026-01-01 | C3     | 5
    2026-01-01 | C4     | 0
    """
    # before C10 stand 80 of 100, before C2 87.5, before C3 95; C4 spent nothing, C5 never came
    assert derive(visits, clients)["value_class"] == ["A", "B", "B", "C", "C", None]


# Merged clients, missing tables


def test_a_merged_client_is_out_of_all_figures_and_her_visits_count_for_the_survivor() -> None:
    clients = """
    client_id | name | birthday   | merged_into
    C1        | Anna | 1990-01-01 |
    C2        | Ania | 1990-01-01 | C1
    """
    visits = """
    date       | client | amount
    2026-05-01 | C1     | 10
    2026-06-01 | C2     | 20
    """
    found = derive(visits, clients)
    assert (found["visits"], found["total_spend"], found["age"]) == ([2, None], [30, None], [36, None])
    assert {name: values[1] for name, values in found.items() if values[1]} == {"merged_into": "C1"}


def test_without_visits_nothing_that_follows_from_visits_is_said() -> None:
    clients = "client_id | name | birthday | next_visit\nC1 | Anna | 1990-01-01 | 2026-07-01"
    found = derive(None, clients, typed_next=[True])
    assert {name: values[0] for name, values in found.items() if values[0] is not None} == {
        "age": 36,
        "next_visit": "2026-07-01",
    }


@pytest.mark.parametrize("clients", [ONE, "client_id | name"])
def test_empty_tables_have_every_field(clients: str) -> None:
    found = derive(from_cells("Visits", {"date": [], "client": []}, 0), clients)
    assert set(found) == {field.name for field in DERIVED} - {"problems"}
    assert {len(values) for values in found.values()} == {len(clients.splitlines()) - 1}


def test_kinds_of_arrays_are_as_promised() -> None:
    people, lines = cleaned("Clients", ONE), cleaned("Visits", "date | client\n2026-05-01 | C1")
    found = figures(people, lines, None, np.zeros(1, dtype=np.int32), on=ON, settings=Settings())
    kinds = {name: values.dtype.str for name, values in found.items()}
    assert {name for name, kind in kinds.items() if kind == "<M8[D]"} == {
        "first_visit",
        "last_visit",
        "next_visit",
        "expected_visit",
    }
    assert {name for name, kind in kinds.items() if kind == "|O"} == {
        "status",
        "rfm",
        "value_class",
        "favourite_service",
        "merged_into",
    }
    assert set(kinds.values()) == {"<M8[D]", "|O", "<f8"}


@given(st.lists(st.integers(0, 5) | st.integers(2**61, 2**63 - 1), max_size=30))
def test_lines_of_one_visit_keep_their_order_however_wide_the_keys_are(keys: list[int]) -> None:
    order, ordered = _in_order(np.array(keys, dtype=np.int64))
    assert order.tolist() == sorted(range(len(keys)), key=keys.__getitem__)
    assert ordered.tolist() == sorted(keys)


@pytest.mark.parametrize(
    ("kind", "old", "new", "differ"),
    [
        (Kind.NUMBER, [3.0, 4.0, "x", None], [3, 5, "x", 1], [1, 3]),
        (Kind.DATE, [45000.0, date(2026, 1, 2), None], [date(2023, 3, 15), date(2026, 1, 3), None], [1]),
        (Kind.ID, [12, "C1", True], ["12", "C2", "True"], [1, 2]),
    ],
)
def test_what_is_written_is_compared_with_what_stands_there_by_what_it_says(
    kind: Kind, old: list[Any], new: list[Any], differ: list[int]
) -> None:
    assert differing(kind, Column.encode(old), Column.encode(new)).tolist() == differ


def test_the_states_have_different_numbers() -> None:
    assert len({NONE, DONE, PLANNED, CANCELLED, NO_SHOW, REFUND}) == 6
