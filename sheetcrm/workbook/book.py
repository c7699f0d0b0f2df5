"""An owner's workbook, opened: frames out, and everything that planning needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sheetcrm import resources
from sheetcrm.crm.acts import Act
from sheetcrm.crm.approval import Shown
from sheetcrm.crm.cells import id_text, parse_choice, shown
from sheetcrm.crm.deciding import decisions_in
from sheetcrm.crm.decisions import Decision, settled_by, without_ours
from sheetcrm.crm.fields import BY_HAND, CALLS, CHANGES, OUTBOX, OUTCOMES, SENT, TABLES
from sheetcrm.crm.normalise import clean
from sheetcrm.crm.settings import Settings, parse_settings, timezone_of
from sheetcrm.crm.snapshot import Snapshot
from sheetcrm.crm.spoken import UNREAD, spoken
from sheetcrm.crm.tables import Cell, Cleaned, Reading, Table
from sheetcrm.crm.values import Ledger, Problem, Status
from sheetcrm.errors import WorkbookUnreadable
from sheetcrm.languages import Language, choices_named, details, language
from sheetcrm.workbook.changes_sheet import acts_in
from sheetcrm.workbook.frames import frame_of
from sheetcrm.workbook.marks import FORMAT, Identity, identity_in
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.raw_book import RawBook
from sheetcrm.workbook.reading import read_book

if TYPE_CHECKING:
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
            notes=(*self.problems, *wrong, *self._unread_words()),
            surname_first=self.raw.surname_first,
            ticks=self._ticks(),
            shown=self._shown(),
            decisions=without_ours(decisions, settled, self.raw.tables["Clients"]) if decisions else (),
            likeness=self.likeness,
            acts=self.acts,
            told=frozenset(act.id for act in self.acts_told()),
            settled=settled,
            ours=self.raw.ours,
        )

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
        return sum(
            "yes" in choices_named(str(cell)) or cell is True for cell in campaigns.column("active").cells() if cell
        )

    def _ticks(self) -> dict[str, str]:
        """Return what the owner typed under Send? in Outbox and under Done? in Calls, by key; a word that is none stops the message."""
        words = {key: word for key, word, _ in self._spoken("Outbox", "send")}
        words = {key: "no" if word == UNREAD else word for key, word in words.items() if word}
        return self._done_by_status() | words | self.called

    @cached_property
    def called(self) -> dict[str, str]:
        """Return what the owner typed under Done? in Calls, by key: `done` (yes, too) or `no`."""
        words = {key: word for key, word, _ in self._spoken(CALLS.name, "done") if word and word != UNREAD}
        return {key: "done" if word == "yes" else word for key, word in words.items()}

    def _spoken(self, name: str, field: str) -> Iterator[tuple[str, str, int]]:
        """Yield the short key, the word and the position of each row of a sheet of ours in which she has typed one."""
        table = self.raw.tables.get(name)
        if table is None:
            return
        unknown = {
            key.short for key, line in self.ledger.sent.items() if line.status in (Status.UNKNOWN, Status.SENDING)
        }
        in_doubt = unknown | self.ledger.asked
        for at, (key, cell) in enumerate(zip(table.column("key").cells(), table.column(field).cells(), strict=True)):
            if key and cell is not None:
                short = id_text(key)
                yield short, spoken(cell, self.settings.choices, in_doubt=short in in_doubt), at

    def _done_by_status(self) -> dict[str, str]:
        """Return the messages of which she says over the status that she has sent them, by key."""
        known = {key.short for key in self.ledger.sent} | self.ledger.asked
        return {
            short: "done" for short, word in self.outcomes("status").items() if word == "sent" and short not in known
        }

    def _unread_words(self) -> tuple[Problem, ...]:
        """Return the words beside messages that are none: they let nothing go."""
        found = []
        for name, asked in (("Outbox", "send"), (CALLS.name, "done")):
            for _, word, at in self._spoken(name, asked):
                if word == UNREAD:
                    table = self.raw.tables[name]
                    choices = ", ".join(
                        self.words.choice(one) for one in ("yes", "no", BY_HAND if name == "Outbox" else "done")
                    )
                    cell = shown(table.column(asked).cell(at))
                    found.append(
                        Problem("invalid-choice", name, int(table.rows[at]), asked, cell, {"choices": choices})
                    )
        return tuple(found)

    def row_of(self, short: str) -> dict[str, Cell] | None:
        """Return the cells, by field, of the message of that short key in Outbox or Calls; None where none stands there."""
        for spec in (OUTBOX, CALLS):
            table = self.raw.tables.get(spec.name)
            keys = [] if table is None else [id_text(cell) for cell in table.column("key").cells()]
            if table is not None and short in keys:
                at = keys.index(short)
                cells = {name: table.column(name).cell(at) for name in spec.names}
                return cells | {"channel": _english("channel", cells.get("channel"))}
        return None

    def outcomes(self, *fields: str) -> dict[str, str]:
        """Return which of the words sent and failed stand in Outbox, by short key: in the first of these fields that has one of them."""
        table = self.raw.tables.get("Outbox")
        if table is None:
            return {}
        columns = [table.column(name).cells() for name in ("key", *fields)]
        said = {}
        for key, *cells in zip(*columns, strict=True):
            words = (parse_choice(cell, OUTCOMES, self.settings.choices) for cell in cells if cell is not None)
            if key and (word := next(filter(None, words), None)):
                said[id_text(key)] = word
        return said

    def _shown(self) -> dict[str, Shown]:
        """Return the rows of Outbox as they stand, by key; of two with one key the first, as a write leaves them."""
        table = self.raw.tables.get("Outbox")
        if table is None:
            return {}
        names = ("shown", "channel", "to", "subject", "text", "reason")
        columns = [[_as_typed(cell) for cell in table.column(name).cells()] for name in ("key", *names)]
        rows: dict[str, Shown] = {}
        for key, mark, channel, *rest in zip(*columns, strict=True):
            if key := key.strip():
                rows.setdefault(key, Shown(mark, _english("channel", channel), *rest))
        return rows

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
                line[name] = _english(name, line[name])
            if isinstance(line["detail"], str):
                line["detail"] = details.meant(line["detail"])
        return lines


def _as_typed(cell: Cell) -> str:
    """Return a text as it stands, with its lines; any other cell as it would be read."""
    return cell if isinstance(cell, str) else id_text(cell)


_WORDS: Mapping[str, tuple[str, ...]] = {
    "status": ("queued", "sending", "sent", "failed", "unknown", "skipped"),
    "channel": ("email", "sms", "whatsapp", "call"),
}


def _english(name: str, cell: Any) -> str:
    text = str(cell or "").strip()
    return next((word for word in choices_named(text) if word in _WORDS[name]), text)


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
