"""The stages on plain DataFrames with the contract's field names: no workbook, no settings needed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from sheetcrm.crm.dates import as_day
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.figuring import figure
from sheetcrm.crm.likeness import Search, probable_duplicates
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.output_frames import derived_frame
from sheetcrm.crm.problem_words import quoted
from sheetcrm.crm.segments import matching
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Table
from sheetcrm.errors import TemplateError, UsageError
from sheetcrm.languages import DEFAULT, LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

PROBLEM_COLUMNS = ("severity", "code", "table", "row", "field", "value", "message", "hint")


def _snapshot(settings: Settings | None, **frames: pd.DataFrame | None) -> Snapshot:
    tables = {
        name: _table(name, frame)
        for name, frame in (
            ("Clients", frames["clients"]),
            ("Visits", frames["visits"]),
            ("Services", frames["services"]),
        )
        if frame is not None or name == "Clients"
    }
    return Snapshot(tables, settings or Settings(), languages=LANGUAGES)


def _table(name: str, frame: Any) -> Table:
    """Take a frame as a table. Raises UsageError where it is none, or holds what no cell of a workbook can hold."""
    import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

    if not isinstance(frame, pd.DataFrame):
        said = f"{name} is no DataFrame but {type(frame).__name__}."
        raise UsageError(said, "Give a pandas DataFrame with the contract's field names as columns.", text="")
    names = [str(column) for column in frame.columns]
    twice = next((column for column, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise UsageError(f"{name} has two columns named {twice}.", "Give each column a name of its own.", text="")
    try:
        return Table.from_frame(name, frame, TABLES[name].names)
    except TypeError as error:
        unfit = next(_unfit(frame), None)
        if unfit is None:
            raise
        column, label, cell = unfit
        what = f"text, a number or a date, not {type(cell).__name__}"
        said = f"{name}, column {column}, row {label}: a cell holds {what}."
        raise UsageError(said, "Make one such value of it.", text="") from error


def _unfit(frame: pd.DataFrame) -> Iterator[tuple[str, Any, Any]]:
    for column in frame.columns:
        for label, cell in frame[column].items():
            try:
                hash(cell)
            except TypeError:
                yield str(column), label, cell


def validate(
    clients: pd.DataFrame,
    visits: pd.DataFrame | None = None,
    services: pd.DataFrame | None = None,
    *,
    on: date,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Return what is wrong in frames with the contract's field names, a row a problem.

    Columns: `severity` (error or warning), `code`, `table`, `row` (the frame's index label), `field` (None for a whole row), `value`,
    `message`, `hint`. None, NaN, NaT and "" are empty. `settings.country` decides how phones and dates are read. Inputs stay unchanged.
    Raises UsageError where `on` is no day (a date, datetime or ISO text), a frame is no DataFrame, has two columns of one name, or a
    cell is no value (a list, a dict).
    """
    import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

    snapshot = _snapshot(settings, clients=clients, visits=visits, services=services)
    words = language(snapshot.settings.language)
    rows: list[tuple[Any, ...]] = []
    known = figure(snapshot, as_day(on), renumber=False)
    table = snapshot.tables["Clients"]
    search = Search(table, known.values["merged_into"] != "")  # noqa: PD011 - no frame
    likely = probable_duplicates(table, known.ids.given_first(), search, words)
    for problem in (*known.problems, *likely):
        message, hint = words.problem(problem.code, **quoted(problem, words, snapshot.tables))
        rows.append(
            (problem.severity, problem.code, problem.table, problem.row, problem.field, problem.value, message, hint)
        )
    return pd.DataFrame(rows, columns=list(PROBLEM_COLUMNS))


def derive(
    clients: pd.DataFrame,
    visits: pd.DataFrame | None,
    services: pd.DataFrame | None = None,
    *,
    on: date,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Return the derived fields of each client as of a day, indexed like `clients`.

    Dates are datetime64, amounts and rates float64, counts (days, years, visits) Int64, the rest str. `visits` has a row a line of a
    visit: `date`, `client` (id, phone, e-mail or full name), and whatever else of the contract's fields there is. Inputs stay unchanged.
    Raises UsageError as `validate` does.
    """
    snapshot = _snapshot(settings, clients=clients, visits=visits, services=services)
    derived = derived_frame(figure(snapshot, as_day(on), renumber=False).values, snapshot.tables["Clients"].rows)
    derived.index = clients.index
    return derived


def select(clients: pd.DataFrame, rule: str, *, on: date) -> pd.DataFrame:
    """Return the clients that a rule fits, e.g. `average_ticket > 200 and "Manicure" in services and days(last_visit) > 60`.

    A rule is a Jinja expression over the frame's columns; an empty value makes any comparison false. Raises TemplateError (code
    `invalid-rule`) for a rule that cannot be understood, UsageError as `validate` does. Inputs stay unchanged.
    """
    on = as_day(on)
    if not isinstance(rule, str):
        raise TemplateError(
            f"A rule is text, not {type(rule).__name__}.", "Like average_ticket > 200.", code="invalid-rule"
        )
    table = _table("Clients", clients)
    cleaned, _ = clean(table, Snapshot({}, languages=LANGUAGES).reading(on))
    return clients[matching(cleaned, rule, on)]


def find_duplicates(clients: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of rows that may be one person, strongest first.

    Any of the contract's fields of Clients may be there (`name`, or `first_name` and `last_name`; `phone email birthday address city
    postcode tax_id` count as well). Columns: `left`, `right` (index labels, the upper row first), `score` (how likely they are one
    person, 0-1), `tier` (`certain`, `likely`, `household`: kin or one home, two people; `maiden-name`), `reasons` (a tuple of str: what
    agrees and what does not, with its log2 points). Rows that were merged into another (`merged_into`) are of no pair. Nothing is learned
    and nothing need be set. Inputs stay unchanged.
    Raises UsageError where `clients` is no DataFrame, has two columns of one name, or a cell is no value (a list, a dict).
    """
    import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

    from sheetcrm.crm.linkage.clients import pairs_among  # noqa: PLC0415 - loads what compares texts

    table = _table("Clients", clients)
    pairs, words = pairs_among(table, table.column("merged_into").filled), language(DEFAULT)
    reasons = [tuple(reason.said(words) for reason in pair.reasons) for pair in pairs]
    return pd.DataFrame(
        {
            "left": table.rows[[pair.left for pair in pairs]],
            "right": table.rows[[pair.right for pair in pairs]],
            "score": np.array([pair.score for pair in pairs], dtype=np.float64),
            "tier": pd.array([pair.tier for pair in pairs], dtype="str"),
            "reasons": pd.Series(reasons, dtype=object),
        },
    )
