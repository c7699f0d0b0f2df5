"""An owner's workbook, opened: frames out, and everything that planning needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sheetcrm import resources
from sheetcrm.crm.acts import Act
from sheetcrm.crm.cells import is_yes_cell
from sheetcrm.crm.deciding import decisions_in
from sheetcrm.crm.decisions import Decision, settled_by, without_ours
from sheetcrm.crm.fields import CHANGES, SENT, TABLES
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.settings import Settings, parse_settings, timezone_of
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.tables import Cell, Cleaned, Reading, Table
from sheetcrm.crm.values import Ledger, Problem
from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.languages import Language, details, language
from sheetcrm.workbook.changes_sheet import acts_in
from sheetcrm.workbook.frames import frame_of
from sheetcrm.workbook.her_words import HerWords, in_english
from sheetcrm.workbook.marks import FORMAT, Identity, identity_in
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_book

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from sheetcrm.crm.linkage.memory import Memory


@dataclass(frozen=True)
class Workbook:
    """A snapshot of an owner's workbook; nothing that is done to it changes the file.

    `clients`, `visits` and `services` are DataFrames indexed by Excel row number (named "row"); a table that is not there is empty.
    """

    path: Path
    data: bytes  # the file as it was read
    raw: RawBook
    identity: Identity
    settings: Settings
    problems: tuple[Problem, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    acts: tuple[Act, ...] = ()  # what the journal knows of pairs of clients
    likeness: Memory | None = None  # what the last search for duplicates remembered
    bare: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Excel rows of program sheets, by table, beside which nothing of the owner's is to stay: they are of somebody erased."""

    @property
    def words(self) -> Language:
        """The owner's language."""
        return language(self.settings.language)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that the business lives in."""
        return timezone_of(self.settings)

    @cached_property
    def snapshot(self) -> Snapshot:
        """What planning looks at."""
        languages = tuple(dict.fromkeys((self.settings.language, *self.raw.languages)))
        decisions, wrong = self._decisions(languages)
        settled = settled_by(self.acts)
        return Snapshot(
            tables=self.raw.tables,
            settings=self.settings,
            languages=languages,
            templates=resources.templates(),
            layout=resources.layout(),
            ledger=self.ledger,
            notes=(*self.problems, *wrong, *self.her_words.unread(self.words)),
            surname_first=self.raw.surname_first,
            ticks=self.her_words.ticks,
            shown=self.her_words.rows,
            decisions=without_ours(decisions, settled, self.raw.tables["Clients"]) if decisions else (),
            likeness=self.likeness,
            acts=self.acts,
            told=frozenset(act.id for act in self.acts_told()),
            settled=settled,
            ours=self.raw.ours,
        )

    @cached_property
    def her_words(self) -> HerWords:
        """What the owner typed beside messages."""
        return HerWords(self.raw.tables, self.ledger, self.settings.choices)

    def with_ledger(self, ledger: Ledger, acts: tuple[Act, ...] = ()) -> Workbook:
        """Return the same snapshot with what the journal knows."""
        return replace(self, ledger=ledger, acts=acts)

    def with_likeness(self, likeness: Memory | None) -> Workbook:
        """Return the same snapshot with what the last search for duplicates remembered."""
        return replace(self, likeness=likeness)

    def acts_told(self) -> tuple[Act, ...]:
        """Return what the Changes table tells of pairs of clients."""
        table, clients = self.raw.tables.get(CHANGES.name), self.raw.tables.get("Clients")
        return () if table is None else acts_in(table, {} if clients is None else clients.headers)

    @property
    def clients(self) -> pd.DataFrame:
        """The clients, a row a client."""
        return self._frame("Clients")

    @property
    def visits(self) -> pd.DataFrame:
        """The visits, a row a line of a visit."""
        return self._frame("Visits")

    @property
    def services(self) -> pd.DataFrame:
        """The services, a row a service."""
        return self._frame("Services")

    def _frame(self, name: str) -> pd.DataFrame:
        table = self.raw.tables.get(name)
        if table is None:
            import pandas as pd  # noqa: PLC0415 - takes long to import, used here only

            return pd.DataFrame(columns=list(TABLES[name].names), index=pd.Index([], name="row", dtype="int64"))
        return frame_of(table, self.cleaned(table))

    def cleaned(self, table: Table) -> Cleaned:
        """Return one of the tables read for what its cells mean."""
        # Dates as typed need a day for two-digit years; the file's own last day of change is no worse than the clock's
        return clean(table, self.snapshot.reading(self.day_of_change()))[0]

    def day_of_change(self) -> date:
        """Return the day on which the file was changed last; the last of all days for one that is not there."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, self.zone).date() if self.path.exists() else date.max

    def active_campaigns(self) -> int:
        """Return how many campaigns are switched on."""
        campaigns = self.raw.tables.get("Campaigns")
        if campaigns is None:
            return 0
        return sum(is_yes_cell(cell, self.settings.choices) for cell in campaigns.column("active").cells())

    def _decisions(self, languages: tuple[str, ...]) -> tuple[tuple[Decision, ...], tuple[Problem, ...]]:
        """Return what the owner typed beside the pairs in Duplicates, and what of it is no decision."""
        table = self.raw.tables.get("Duplicates")
        reading = Reading(languages, self.settings.country, self.settings.choices)
        return ((), ()) if table is None else decisions_in(table, reading)

    def sent_cells(self) -> list[dict[str, Cell]]:
        """Return the lines of the Sent table as cells by field, what the program says in them in English."""
        table = self.raw.tables.get("Sent")
        if table is None:
            return []
        columns = {name: table.column(name).cells() for name in SENT.names}
        lines = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        for line in lines:
            for name in ("status", "channel"):
                line[name] = in_english(name, line[name])
            if isinstance(line["detail"], str):
                line["detail"] = details.meant(line["detail"])
        return lines


def read_workbook(path: Path, *, password: str | None = None) -> Workbook:
    """Read a workbook from its file. Raises WorkbookUnreadable, WorkbookPassword, TablesNotFound."""
    data = read_stable(path)
    return with_true_marks(workbook_of(path, data, read_book(data, password=password, name=path.name)))


def with_true_marks(book: Workbook) -> Workbook:
    """Return a workbook read by those of its marks only that still stand over columns of ours. Raises TablesNotFound."""
    from sheetcrm.workbook.standing import true_marks  # noqa: PLC0415 - plans, which hardly any reading needs

    if (marks := true_marks(book)) is None:
        return book
    raw = read_book(book.raw.data, name=book.path.name, need_clients=False, only=marks)
    anew = workbook_of(book.path, book.data, replace(raw, encrypted=book.raw.encrypted))
    return anew.with_ledger(book.ledger, book.acts)


def workbook_of(path: Path, data: bytes, raw: RawBook) -> Workbook:
    """Return the workbook of a file that was read already. Raises WorkbookUnreadable for one of a newer format."""
    identity = _known_format(identity_in(raw.document), path)
    pairs = [(setting.row, setting.name, setting.value) for setting in raw.settings]
    settings, problems = parse_settings(pairs, raw.languages)
    return Workbook(path, data, raw, identity, settings, (*raw.problems, *problems))


def _known_format(identity: Identity, path: Path) -> Identity:
    if identity.format > FORMAT:
        raise WorkbookUnreadable(
            f"{path.name} was written by a newer sheetcrm (format {identity.format}, this one knows {FORMAT}).",
            "Update sheetcrm on this computer.",
            code="newer-format",
            params={"file": path.name},
        )
    return identity
