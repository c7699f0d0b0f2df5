"""Make an owner's list a client workbook: look, then write all that is missing in one save, with the figures of a refresh."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sheetcrm.crm.cells import is_yes_cell, shown
from sheetcrm.crm.contacts import parse_phone
from sheetcrm.crm.fields import CONSENT_OF_CHANNEL
from sheetcrm.crm.places import COUNTRY_OF_LANGUAGE, country_named, currency_of
from sheetcrm.crm.tables import Table
from sheetcrm.durable import sync_folder
from sheetcrm.errors import UsageError
from sheetcrm.languages import Language, language
from sheetcrm.languages.adopting import say
from sheetcrm.running.merges import pairs_notes
from sheetcrm.running.open_session import TRIES
from sheetcrm.running.passwords import password_for
from sheetcrm.running.saved import Saved, with_what_was_left
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import renewed_notes
from sheetcrm.workbook.adopting import Adoption, adopt, with_settings
from sheetcrm.workbook.book import Workbook, workbook_of
from sheetcrm.workbook.candidates import Candidate, header_rows
from sheetcrm.workbook.choosing import Wishes, looked
from sheetcrm.workbook.headers import header_texts
from sheetcrm.workbook.opening import read_stable
from sheetcrm.workbook.placement import SheetTop
from sheetcrm.workbook.reading import read_book, read_language
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, SavedUnsure, check_room, check_writable
from sheetcrm.workbook.surveying import Survey, survey
from sheetcrm.workbook.writing import Writing

_SURE = 0.8  # of the phones that name a country
_FEWEST = 3
_EXAMPLES = 5


@dataclass(frozen=True)
class Outlook:
    """What would come of a workbook: the survey, the edits, the languages and the country they are made in.

    `country` is "" where nothing tells it; `known` whether her Settings or she herself say so. `consents` of `clients`
    have noted one; `already`: it is a client workbook as it stands.
    """

    book: Workbook
    found: Survey
    adoption: Adoption
    words: Language
    country: str
    country_known: bool
    clients: int
    lines: int
    consents: int
    already: bool

    def examples(self, header: str) -> list[str]:
        """Return some distinct values that stand beneath a header of her list, as she sees them."""
        table = self.found.table
        known = next((f for f, text in table.headers.items() if text == header), "")
        return [shown(value) for value in table.column(known).values[:_EXAMPLES]]


@dataclass(frozen=True)
class Pages:
    """The first rows of a workbook in which no list is recognised, or several are, and what language they seem to speak."""

    tops: Sequence[SheetTop]
    candidates: Sequence[Candidate]
    language: str

    def header_rows(self, sheet: str) -> list[int]:
        """Return the rows of a sheet that may hold headers, the likeliest first."""
        return list(header_rows(self._top(sheet)))

    def headers(self, sheet: str, row: int) -> dict[str, list[str]]:
        """Return the headers in a row of a sheet, with what stands beneath each of them in the next rows."""
        rows = self._top(sheet).rows
        texts = header_texts(rows[row - 1]) if row <= len(rows) else {}
        return {
            text: [shown(cells[at - 1]) for cells in rows[row : row + _EXAMPLES] if at <= len(cells) and cells[at - 1]]
            for at, text in texts.items()
        }

    def _top(self, sheet: str) -> SheetTop:
        return next(top for top in self.tops if top.title.casefold() == sheet.casefold())


@dataclass(frozen=True)
class Adopted:
    """What came of it: what was looked at and done, where the copy lies, whether the file was written and why it was not.

    `notes` say which rows got another id than the one typed there.
    """

    outlook: Outlook
    written: bool = False
    copy: Path | None = None
    open_by: str | None = None
    conflict: bool = False
    notes: tuple[str, ...] = ()


def examine(path: Path, wishes: Wishes, *, password: str | None = None) -> Outlook:
    """Look at what `adopt_book` would do; nothing is written. Raises TablesNotFound, UsageError, WorkbookError."""
    return _outlook(path, read_stable(path), wishes, password_for(path, password))


def pages(path: Path, wishes: Wishes, *, password: str | None = None) -> Pages:
    """Look at the first rows of each sheet. Raises WorkbookError."""
    data, password = read_stable(path), password_for(path, password)
    tops, found = looked(data, wishes, path.name, password)
    return Pages(
        tops, [c for c in found if wishes.kind in ("", c.kind)], read_language(data, name=path.name, password=password)
    )


def adopt_book(
    path: Path, wishes: Wishes, *, on: date | None = None, dry_run: bool = False, password: str | None = None
) -> Adopted:
    """Make a client workbook of an owner's list: nothing missing, nothing written.

    With `dry_run` it is only looked what would be done. Raises TablesNotFound, UsageError, WorkbookError.
    """
    outlook = examine(path, wishes, password=password)
    if dry_run or not outlook.adoption.changed:
        return Adopted(outlook)
    try:
        check_writable(path.resolve())
    except OpenElsewhere as open_:
        return Adopted(outlook, open_by=open_.who)
    with _Adopting(path, wishes, on=on, password=password) as session:
        return session.write()


class _Adopting(Session):
    """A session on the workbook as it is going to be: read with all that is missing added, in memory."""

    def __init__(self, path: Path, wishes: Wishes, *, on: date | None, password: str | None) -> None:
        super().__init__(path, on=on, password=password, command="adopt")
        self._wishes = wishes

    def _read(self) -> Workbook:
        self.password = password_for(self.path, self._password, self.environ)
        data = read_stable(self.path)
        self.outlook = _outlook(self.path, data, self._wishes, self.password)
        raw = read_book(self.outlook.adoption.data, name=self.path.name)
        return workbook_of(self.path, data, raw)

    def write(self) -> Adopted:
        """Write what is missing together with ids, figures and the program's sheets, as one write that can be taken back."""
        for _ in range(TRIES):
            if not self.outlook.adoption.changed:  # somebody adopted it in this very moment
                return Adopted(self.outlook)
            plan = self.plan()
            writing = self._compose(plan, None, sends=False)
            if not writing.changed:
                adoption = self.outlook.adoption
                writing = Writing(adoption.data, 1, adoption.verify)
            copy = _copied(self.path, self.book.data, self.outlook.words)
            try:
                self.replace_by(writing, plan)
            except (OpenElsewhere, Conflict) as stopped:
                copy.unlink()
                if isinstance(stopped, OpenElsewhere):
                    return Adopted(self.outlook, open_by=stopped.who)
                self.reopen()
                continue
            except SavedUnsure:
                raise  # the copy may be wanted
            except BaseException:
                copy.unlink()
                raise
            saved = with_what_was_left(Saved(writing.changed, written=True), writing)
            notes = (*renewed_notes(plan, saved), *pairs_notes(plan))
            return Adopted(self.outlook, written=True, copy=copy, notes=notes)
        return Adopted(self.outlook, conflict=True)


def _outlook(path: Path, data: bytes, wishes: Wishes, password: str | None) -> Outlook:
    wishes = replace(wishes, country=_country(wishes.country))
    found = survey(data, wishes, name=path.name, password=password)
    book = workbook_of(path, data, found.raw)
    words = language(wishes.language or book.settings.language)
    said = {s.name.casefold(): s.value for s in found.raw.settings if s.value not in (None, "")}
    country = wishes.country or (book.settings.country if "country" in said else "")
    known = bool(country)
    country = country or _of_phones(found.table) or COUNTRY_OF_LANGUAGE.get(words.code, "")
    wished = _wished(wishes, said, words, country)
    adoption = adopt(with_settings(book, words.code, country), found, wished, apart=wishes.apart)
    clients = found.raw.tables.get("Clients")
    return Outlook(
        book,
        found,
        adoption,
        words,
        country,
        known,
        clients=len(clients) if clients is not None else adoption.people,
        lines=len(found.table),
        consents=_consents(clients, book) if clients is not None else 0,
        already="Settings" in found.raw.placements and "Campaigns" in found.raw.placements,
    )


def _wished(wishes: Wishes, said: Mapping[str, object], words: Language, country: str) -> dict[str, str]:
    """Return the settings to be written: hers stay, but for what she says now."""
    made = {"language": words.code, "country": country, "currency": currency_of(country) if country else ""}
    given = {"language": wishes.language, "country": wishes.country}
    return {name: value for name, value in made.items() if value and (name not in said or given.get(name))}


def _country(text: str) -> str:
    """Return the country that she names, by code or by name. Raises UsageError where there is none of that name."""
    found = country_named(text) if text else ""
    if found is None:
        raise UsageError(
            f"{text!r} is no country.",
            "Write its two letters, like PL, UA, IT, ES or GB.",
            text="not-a-country",
            params={"value": text},
        )
    return found


def _of_phones(table: Table) -> str:
    """Return the country that nearly all phones written with a calling code are of; "" where they do not tell one."""
    import phonenumbers  # noqa: PLC0415 - only where no country is set

    counts: dict[str, int] = {}
    for cell in table.column("phone").cells():
        if isinstance(cell, str) and cell.strip().startswith(("+", "00")) and (number := parse_phone(cell, "")):
            region = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
            counts[region] = counts.get(region, 0) + 1
    best = max(counts, key=counts.__getitem__, default="")
    total = sum(counts.values())
    return best if total >= _FEWEST and counts.get(best, 0) >= _SURE * total else ""


def _consents(clients: Table, book: Workbook) -> int:
    """Return how many clients have a yes for any channel."""
    columns = [clients.column(name).cells() for name in CONSENT_OF_CHANNEL.values()]
    choices = book.settings.choices
    return sum(any(is_yes_cell(cell, choices) for cell in cells) for cells in zip(*columns, strict=True))


def _copied(path: Path, data: bytes, words: Language) -> Path:
    """Lay a copy of the list as it was beside it, under a name that nothing has; return where it is."""
    path = path.resolve()
    check_room(path, 2 * len(data))
    base = f"{path.stem} ({say(words.code, 'copy_name')})"
    number = 1
    while True:
        copy = path.with_name(f"{base}{f' {number}' if number > 1 else ''}{path.suffix}")
        with contextlib.suppress(FileExistsError):
            _written(copy, data, mode=path.stat().st_mode)
            return copy
        number += 1


def _written(copy: Path, data: bytes, *, mode: int) -> None:
    """Write a new file whole, or none. Raises FileExistsError where one of that name is there."""
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        copy.chmod(mode & 0o777)
    except OSError:
        copy.unlink(missing_ok=True)
        raise
    sync_folder(copy.parent)
