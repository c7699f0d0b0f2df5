"""Derived figures against an independent computation in SQL, on random visits."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
from cleaned_tables import from_cells
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcrm.crm.figures import figures
from sheetcrm.crm.resolving import resolve
from sheetcrm.crm.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ON = date(2026, 6, 15)
SERVICES = {"Cut": 35, "Nail": 21, "Wash": None, "Cream": 90}

# Straight from the contract's table of derived fields, line by line; nothing here is shared with the program.
SQL = """
WITH line AS (
  SELECT *, CASE WHEN status IS NOT NULL THEN status
                 WHEN day < getvariable('today') OR (day = getvariable('today') AND cents IS NOT NULL) THEN 'done'
                 ELSE 'planned' END AS state,
         coalesce(ticket, '<none>') AS bill
  FROM visits WHERE client IS NOT NULL
), done AS (
  SELECT client, day, bill, sum(coalesce(cents, 0)) AS cents, max(coalesce(cents, 0)) < 0 AS refund
  FROM line WHERE state = 'done' AND day <= getvariable('today') GROUP BY ALL
), visit AS (SELECT * FROM done WHERE NOT refund),
missed AS (
  SELECT DISTINCT client, day, bill FROM line AS l WHERE state = 'no-show' AND day <= getvariable('today')
  AND NOT EXISTS (SELECT 1 FROM done AS d WHERE d.client = l.client AND d.day = l.day)
), planned AS (
  SELECT client, day FROM line AS l WHERE state = 'planned' AND day >= getvariable('today')
  AND NOT EXISTS (SELECT 1 FROM visit AS v WHERE v.client = l.client AND v.day = l.day AND v.bill = l.bill)
  UNION ALL SELECT client, typed FROM clients WHERE typed >= getvariable('today')
), had AS (
  SELECT DISTINCT l.client, l.day, l.bill, l.service FROM line AS l JOIN visit AS v USING (client, day, bill)
  WHERE l.state = 'done' AND l.service IS NOT NULL
), latest AS (
  SELECT l.client, l.service, max((l.day, coalesce(l.minutes, -1), l.pos)) AS had_at
  FROM line AS l JOIN visit AS v USING (client, day, bill)
  WHERE l.state = 'done' AND l.service IS NOT NULL GROUP BY ALL
), favourite AS (
  SELECT client, arg_max(service, (n, had_at)) AS service
  FROM (SELECT client, service, count(*) AS n FROM had GROUP BY ALL) JOIN latest USING (client, service)
  GROUP BY client
), gap AS (
  SELECT client, day - lag(day) OVER (PARTITION BY client ORDER BY day) AS days
  FROM (SELECT DISTINCT client, day FROM visit)
), own AS (
  SELECT client, count(days) AS k, median(days)::DOUBLE AS m FROM gap WHERE days IS NOT NULL GROUP BY client
), shared AS (
  SELECT f.service, count(*) AS n, median(m) AS s FROM own JOIN favourite AS f USING (client) GROUP BY f.service
), interval_of AS (
  SELECT client,
    floor((k * m + CASE WHEN n >= 5 THEN s ELSE (SELECT median(m) FROM own) END) / (k + 1) + 0.5)::INT AS days
  FROM own LEFT JOIN favourite AS f USING (client) LEFT JOIN shared ON shared.service = f.service
), total AS (
  SELECT client, sum(cents) AS cents FROM done GROUP BY client
), tally AS (
  SELECT client, count(*) AS visits, min(day) AS first_visit, max(day) AS last_visit FROM visit GROUP BY client
), back AS (
  SELECT h.client, max(s.return_days) AS days
  FROM had AS h JOIN tally AS t ON t.client = h.client AND t.last_visit = h.day
  JOIN services AS s ON s.service = h.service
  GROUP BY h.client
), ranked AS (
  SELECT client, count(*) OVER () AS n, cents, id, visits,
    rank() OVER (ORDER BY last_visit) + (count(*) OVER (PARTITION BY last_visit) - 1) / 2 AS r,
    rank() OVER (ORDER BY visits) + (count(*) OVER (PARTITION BY visits) - 1) / 2 AS f,
    rank() OVER (ORDER BY cents) + (count(*) OVER (PARTITION BY cents) - 1) / 2 AS m,
    coalesce(sum(cents) OVER (ORDER BY cents DESC, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before,
    sum(greatest(cents, 0)) OVER () AS revenue
  FROM tally JOIN total USING (client) JOIN clients USING (client)
), away AS (
  SELECT client, visits, (getvariable('today') - last_visit) / coalesce(i.days, b.days, 60)::DOUBLE AS r
  FROM tally LEFT JOIN interval_of AS i USING (client) LEFT JOIN back AS b USING (client)
)
SELECT
  coalesce(t.visits, 0) AS visits,
  coalesce(total.cents, 0) / 100 AS total_spend,
  round(total.cents::DECIMAL(38, 6) / t.visits) / 100 AS average_ticket,
  t.first_visit, t.last_visit,
  (SELECT min(day) FROM planned AS p WHERE p.client = c.client) AS next_visit,
  i.days AS visit_interval,
  t.last_visit + coalesce(i.days, b.days) AS expected_visit,
  CASE WHEN a.r IS NULL THEN 'prospect' WHEN a.r >= 4 THEN 'lost' WHEN a.r >= 2 THEN 'lapsed'
       WHEN a.r >= 1.25 THEN 'due' WHEN t.visits = 1 THEN 'new' ELSE 'active' END AS status,
  ceil(5 * k.r / k.n)::INT || '' || ceil(5 * k.f / k.n)::INT || '' || ceil(5 * k.m / k.n)::INT AS rfm,
  CASE WHEN k.client IS NULL THEN NULL WHEN k.cents <= 0 THEN 'C' WHEN k.before < 0.80 * revenue THEN 'A'
       WHEN k.before < 0.95 * revenue THEN 'B' ELSE 'C' END AS value_class,
  f.service AS favourite_service,
  floor(10000 * n.missed / nullif(n.missed + coalesce(t.visits, 0), 0) + 0.5) / 10000 AS no_show_rate
FROM clients AS c LEFT JOIN tally AS t USING (client) LEFT JOIN total USING (client)
LEFT JOIN interval_of AS i USING (client)
LEFT JOIN back AS b USING (client) LEFT JOIN away AS a USING (client) LEFT JOIN ranked AS k USING (client)
LEFT JOIN favourite AS f USING (client)
LEFT JOIN (
  SELECT c.client, count(m.client) AS missed FROM clients AS c LEFT JOIN missed AS m USING (client) GROUP BY ALL
) AS n USING (client)
ORDER BY c.client
"""

Line = tuple[int | None, int, int | None, str | None, str | None, int | None, str | None]
"""(client, days from `ON`, minutes, ticket, service, cents, status)"""


def by_sql(lines: Sequence[Line], typed: Sequence[date | None]) -> dict[str, list[Any]]:
    """Compute the figures in duckdb."""
    with duckdb.connect() as base:
        base.execute(f"SET VARIABLE today = DATE '{ON}'")
        base.execute("CREATE TABLE clients (client INT, id VARCHAR, typed DATE)")
        base.execute("CREATE TABLE services (service VARCHAR, return_days INT)")
        base.execute(
            "CREATE TABLE visits (pos INT, client INT, day DATE, minutes INT, ticket VARCHAR, service VARCHAR,"
            " cents BIGINT, status VARCHAR)"
        )
        columns = list(zip(*lines, strict=True)) if lines else [()] * 7
        days = [str(np.datetime64(ON, "D") + np.timedelta64(int(offset), "D")) for offset in columns[1]]
        visits = [list(range(len(lines))), list(columns[0]), days, *map(list, columns[2:])]
        names = ("INT", "INT", "VARCHAR", "INT", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR")
        unnested = ", ".join(f"unnest(?::{kind}[])" for kind in names)
        base.execute(f"INSERT INTO visits SELECT {unnested}", visits)
        ids = [[c, client_id(c), day] for c, day in enumerate(typed)]
        base.executemany("INSERT INTO clients VALUES (?, ?, ?)", ids)
        base.executemany("INSERT INTO services VALUES (?, ?)", [list(row) for row in SERVICES.items()])
        result = base.execute(SQL)
        names_of = [column[0] for column in result.description]
        rows = result.fetchall()
    return {name: [row[i] for row in rows] for i, name in enumerate(names_of)}


def by_program(lines: Sequence[Line], typed: Sequence[date | None]) -> dict[str, list[Any]]:
    """Compute them here, None for what is empty."""
    columns = [list(c) for c in zip(*lines, strict=True)] if lines else [[] for _ in range(7)]
    who, offset, minutes, ticket, service, cents, status = columns
    visits = from_cells(
        "Visits",
        {
            "client": [None if c is None else client_id(c) for c in who],
            "date": [np.datetime64(ON, "D") + np.timedelta64(int(d), "D") for d in offset],
            "time": [None if m is None else f"{m // 60:02}:{m % 60:02}" for m in minutes],
            "ticket": ticket,
            "service": service,
            "amount": [None if c is None else c / 100 for c in cents],
            "status": status,
        },
        len(lines),
    )
    size = len(typed)
    clients = from_cells("Clients", {"client_id": [client_id(c) for c in range(size)], "next_visit": list(typed)}, size)
    services = from_cells(
        "Services", {"service": list(SERVICES), "return_days": list(SERVICES.values())}, len(SERVICES)
    )
    whose = resolve(visits, clients).client
    found = figures(
        clients, visits, services, whose, on=ON, settings=Settings(), typed_next=np.ones(size, dtype=np.bool_)
    )
    return {name: [_plain(value) for value in values.tolist()] for name, values in found.items()}


def client_id(client: int) -> str:
    """Ids whose order as text is not that of the rows."""
    return f"C{client * 7 % 1000}-{client}"


def _plain(value: Any) -> Any:
    return None if value == "" or (isinstance(value, float) and math.isnan(value)) else value


def differences(lines: Sequence[Line], typed: Sequence[date | None]) -> list[tuple[str, int, Any, Any]]:
    """Return (field, client, by the program, by SQL) wherever the two differ."""
    ours, theirs = by_program(lines, typed), by_sql(lines, typed)
    assert set(ours) - set(theirs) == {"age", "merged_into"}
    return [
        (name, client, a, b)
        for name, values in theirs.items()
        for client, (a, b) in enumerate(zip(ours[name], values, strict=True))
        if a != (float(b) if isinstance(b, float | int) or type(b).__name__ == "Decimal" else b)
    ]


def random_lines(seed: int, clients: int, lines: int, span: int, dense: bool) -> tuple[list[Line], list[date | None]]:
    """Make up visits: refunds, several lines a day, tickets, no-shows, planned, cancelled, unknown clients."""
    rng = np.random.default_rng(seed)

    def some(values: list[Any], share: list[float]) -> list[Any]:
        return [values[i] for i in rng.choice(len(values), lines, p=share)]

    who = [None if c >= clients else int(c) for c in rng.integers(0, clients + 1, lines)]
    offset = rng.integers(-span, span // 6 + 1, lines).tolist()
    amounts = rng.integers(-3000, 20000, lines) // (100 if dense else 1)
    cents = [None if empty else int(c) for c, empty in zip(amounts, rng.random(lines) < 0.1, strict=True)]
    made = zip(
        who,
        offset,
        some([None, 540, 600, 930], [0.4, 0.2, 0.2, 0.2]),
        some([None, "A1", "A2"], [0.6, 0.2, 0.2]),
        some([None, *SERVICES], [0.1, 0.4, 0.3, 0.1, 0.1]),
        cents,
        some([None, "done", "planned", "cancelled", "no-show"], [0.5, 0.2, 0.1, 0.1, 0.1]),
        strict=True,
    )
    typed = [
        (np.datetime64(ON, "D") + np.timedelta64(int(d), "D")).item() if d > -5 and filled else None
        for d, filled in zip(rng.integers(-10, 40, clients), rng.random(clients) < 0.3, strict=True)
    ]
    return list(made), typed


@pytest.mark.parametrize(
    ("seed", "clients", "lines", "span", "dense"),
    [(1, 40, 400, 30, True), (2, 300, 3000, 700, False), (3, 300, 600, 400, True), (4, 2000, 20000, 900, False)],
)
def test_every_figure_equals_the_one_that_sql_computes(
    seed: int, clients: int, lines: int, span: int, dense: bool
) -> None:
    assert differences(*random_lines(seed, clients, lines, span, dense)) == []


line = st.tuples(
    st.sampled_from([None, 0, 1, 2, 3]),
    st.sampled_from([-200, -150, -76, -75, -70, -31, -30, -2, -1, 0, 0, 1, 30]),
    st.sampled_from([None, 540, 600]),
    st.sampled_from([None, "A1"]),
    st.sampled_from([None, *SERVICES]),
    st.sampled_from([None, -500, -1, 0, 1, 500, 1999]),
    st.sampled_from([None, "done", "planned", "cancelled", "no-show"]),
)
typed_day = st.sampled_from([None, date(2026, 6, 14), date(2026, 6, 15), date(2026, 7, 1)])


@settings(max_examples=60, deadline=None)
@given(st.lists(line, max_size=25), st.lists(typed_day, min_size=4, max_size=4))
def test_whatever_is_typed_sql_agrees(lines: list[Line], typed: list[date | None]) -> None:
    assert differences(lines, typed) == []


def test_totals_of_a_hundred_thousand_visits_are_right_to_the_cent() -> None:
    lines, typed = random_lines(5, 500, 100_000, 1500, dense=False)
    wanted = [0] * len(typed)
    for client, offset, _, _, _, cents, status in lines:
        done = status == "done" or (status is None and (offset < 0 or (offset == 0 and cents is not None)))
        if client is not None and done and offset <= 0:
            wanted[client] += cents or 0
    assert by_program(lines, typed)["total_spend"] == [cents / 100 for cents in wanted]
