"""Frames that are none, or hold what no list does: one sentence and one kind of error; texts without end cost no time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

import sheetcrm
from sheetcrm.crm.linkage.records import LONGEST, records_of
from sheetcrm.crm.tables import Table

ON = date(2026, 11, 22)
STAGES: dict[str, Callable[[Any], Any]] = {
    "find_duplicates": sheetcrm.find_duplicates,
    "validate": lambda clients: sheetcrm.validate(clients, on=ON),
    "derive": lambda clients: sheetcrm.derive(clients, None, on=ON),
    "select": lambda clients: sheetcrm.select(clients, "spend > 1", on=ON),
}
ODD = {
    "Clients is no DataFrame but NoneType.": None,
    "Clients is no DataFrame but Series.": pd.Series(["Anna Nowak"]),
    "Clients is no DataFrame but dict.": {"name": ["Anna Nowak"]},
    "Clients has two columns named name.": pd.DataFrame([["Anna", "Nowak"]], columns=["name", "name"]),
    "Clients has two columns named 1.": pd.DataFrame([["Anna", "Nowak"]], columns=[1, "1"]),
    "Clients, column name, row 7: a cell holds text, a number or a date, not list.": pd.DataFrame(
        {"name": ["Anna", ["Ola"]]}, index=[2, 7]
    ),
    "Clients, column hair, row 0: a cell holds text, a number or a date, not dict.": pd.DataFrame({"hair": [{"a": 1}]}),
}
ENDLESS = "Anna " * 6000


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("said", ODD)
def test_a_frame_that_is_no_list_is_refused_in_one_sentence(stage: str, said: str) -> None:
    with pytest.raises(sheetcrm.UsageError) as raised:
        STAGES[stage](ODD[said])
    assert raised.value.message == said
    assert isinstance(raised.value, sheetcrm.SheetcrmError)


def test_a_frame_of_visits_that_is_none_is_named() -> None:
    clients = pd.DataFrame({"name": ["Anna Nowak"]})
    visits: Any = [{"client": "Anna Nowak"}]
    with pytest.raises(sheetcrm.UsageError, match=r"^Visits is no DataFrame but list"):
        sheetcrm.validate(clients, visits, on=ON)
    assert len(sheetcrm.derive(clients, None, on=ON)) == 1  # none at all is lawful


def test_names_without_end_are_compared_and_quoted_by_their_beginnings() -> None:
    clients = pd.DataFrame(
        {
            "name": ["A" * 30_000 + "n Nowak", ENDLESS + "Nowak", "Anna Nowak", ENDLESS + "Nowakowa"],
            "first_name": [None, None, None, None],
            "phone": ["601 234 567 " * 3000] * 4,
            "address": ["ul. Długa 5 " * 3000] * 4,
            "city": ["K" * 30_000] * 4,
        }
    )
    columns = Table.from_frame("Clients", clients, ()).columns
    records = records_of(columns, len(clients))
    compared = [*records.words.plains, *(str(text) for of in records.fields.values() for text in of.objects(""))]
    assert max(map(len, compared)) <= LONGEST
    pairs = sheetcrm.find_duplicates(clients)
    said = [reason for reasons in pairs["reasons"] for reason in reasons]
    assert (len(pairs) > 0, any("…" in reason for reason in said)) == (True, True)
    assert max(map(len, said)) < 3 * LONGEST


def test_a_name_in_two_columns_without_end_is_cut_too() -> None:
    clients = pd.DataFrame(
        {"first_name": [ENDLESS, "Anna"], "last_name": ["Nowak " * 6000, "Novak"], "phone": ["601 234 567"] * 2}
    )
    columns = Table.from_frame("Clients", clients, ()).columns
    assert max(map(len, records_of(columns, 2).words.plains)) <= LONGEST
