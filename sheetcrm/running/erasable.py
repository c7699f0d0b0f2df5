"""Who can be erased, who waits for it, and in whose emptied row something stands again: looked at, and said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sheetcrm.crm.acts import ERASED
from sheetcrm.crm.cells import id_text
from sheetcrm.crm.erased_rows import asked_for, asked_without_id, is_gone
from sheetcrm.crm.erased_sheets import mentions
from sheetcrm.crm.erasing import standing_again
from sheetcrm.crm.lineage import bare_id
from sheetcrm.delivery.records import SentRow
from sheetcrm.errors import UsageError, WorkbookError
from sheetcrm.running.reports import typed
from sheetcrm.workbook.columns import is_protected

if TYPE_CHECKING:
    from pathlib import Path

    from sheetcrm.crm.outcome import Plan
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.errors import SheetcrmError
    from sheetcrm.workbook.book import Workbook

_NAMED = 8


def refusal(book: Workbook, journal: Journal, client_id: str) -> SheetcrmError | None:
    """Return why a client cannot be erased; None where she can."""
    clients, name = book.raw.tables["Clients"], book.path.name
    ids = [id_text(cell) for cell in clients.column("client_id").cells()]
    params = {"file": name, "id": client_id}
    if ids.count(client_id) > 1:
        return UsageError(
            f"{name}: two rows have the id {client_id}.",
            f"Run sheetcrm refresh {name}, which gives one of them another id, then look whom you mean.",
            text="erase-two-rows",
            params=params,
        )
    into = "" if client_id not in ids else id_text(clients.column("merged_into").cell(ids.index(client_id)))
    if into and into in ids:
        return UsageError(
            f"{name}: {client_id} was merged into {into}, so the two are one person.",
            f"Erase {into}; the merged row goes with it.",
            text="erase-merged",
            params={**params, "survivor": into},
        )
    if not client_id or (client_id not in ids and bare_id(client_id) not in _known_ids(book, journal)):
        return no_such_client(name, client_id)
    return None


def no_such_client(name: str, client_id: str) -> UsageError:
    """Return the error for an id that nobody has, in a workbook of that name."""
    known = client_id or "“”"
    return UsageError(
        f"{name}: no client has the id {known}.",
        "Look it up in the client list; a row without an id gets one with the next refresh.",
        text="no-such-client",
        params={"file": name, "id": known},
    )


def _known_ids(book: Workbook, journal: Journal) -> set[str]:
    """Return the ids of whom the record knows something, though the row may be deleted."""
    ledger = journal.ledger()
    used = {*ledger.ids_used, *(key.client_id for key in ledger.sent), *(act.left for act in book.acts)}
    return {bare_id(one) for one in used}


def is_complete(book: Workbook, client_id: str) -> bool:
    """Tell whether a client was erased and nothing of hers stands in the list again."""
    clients = book.raw.tables["Clients"]
    known = any(act.kind == ERASED and bare_id(act.left) == bare_id(client_id) for act in book.acts)
    formulas = set(book.raw.formulas.get("Clients", {}))
    if not known or not (is_gone(clients, client_id) or not standing_again(clients, [client_id], formulas)):
        return False
    sent = (line for cells in book.sent_cells() if (line := SentRow.from_cells(cells)) is not None)
    return not mentions(book.raw.tables, {bare_id(client_id)}) and not _tells(sent, client_id)


def is_recorded(journal: Journal, client_id: str) -> bool:
    """Tell whether something of a client but her id stands in the record."""
    return _tells(journal.records(), client_id)


def _tells(lines: Iterable[SentRow], client_id: str) -> bool:
    """Tell whether lines of what was sent say more of a client than her id."""
    hers = (line for line in lines if bare_id(line.key.client_id) == bare_id(client_id))
    return any(line.client or line.to or line.subject or line.text for line in hers)


def asked_notes(book: Workbook, done: Sequence[str] = ()) -> list[str]:
    """Say who waits to be erased by the next run (none of those `done` by now), and in whose emptied row something stands again."""
    clients = book.snapshot.tables["Clients"]
    typed_beside = asked_for(clients, book.settings.choices)
    asked = [
        one
        for one in dict.fromkeys(one for at in typed_beside for one in (survivor_of(book, at), at))
        if one not in done
    ]
    rows = [str(row) for row in asked_without_id(clients, book.settings.choices)]
    barred = obstacle(book) if asked or rows else None
    said = [book.words.say("erase_asked", ids=first_of(asked), book=typed(book.path))] if asked and not barred else []
    said += (
        [book.words.say("erase_asked_rows", rows=first_of(rows), book=typed(book.path))] if rows and not barred else []
    )
    said += [book.words.say("erase_waits", why=spoken(book, barred))] if barred else []
    begun = [one for one in book.ledger.erasing if one not in done]
    said += [book.words.say("erase_begun", id=first_of(begun))] if begun else []
    return [*said, *again_notes(book, (*asked, *begun, *done))]


def gone_notes(plan: Plan, path: Path) -> list[str]:
    """Say whose rows are no longer in the list, and how what is kept of them goes too, in one line. By their ids: it goes into logs."""
    one = plan.gone[0] if len(plan.gone) == 1 else "CLIENT_ID"
    sheet = plan.tables["Clients"].sheet or plan.words.sheet("Clients")
    said = {"ids": first_of(plan.gone), "sheet": sheet, "book": typed(path), "id": one}
    return [plan.words.say("row_gone", **said)] if plan.gone else []


def again_notes(book: Workbook, but: Sequence[str] = ()) -> list[str]:
    """Say in whose emptied row something stands again, but for some, in one line."""
    gone = {act.left for act in book.acts if act.kind == ERASED}
    formulas = set(book.raw.formulas.get("Clients", {}))
    again = [one for one in standing_again(book.snapshot.tables["Clients"], gone, formulas) if one not in but]
    return [book.words.say("erase_again", ids=first_of(again), book=typed(book.path))] if again else []


def survivor_of(book: Workbook, client_id: str) -> str:
    """Return the id of the row that a client's was merged into, along the chain; her own where it was not."""
    clients = book.raw.tables["Clients"]
    ids = (id_text(cell) for cell in clients.column("client_id").cells())
    into = dict(zip(ids, (id_text(cell) for cell in clients.column("merged_into").cells()), strict=True))
    seen: set[str] = set()
    while (after := into.get(client_id, "")) in into and after and after not in seen:
        seen.add(client_id)
        client_id = after
    return client_id


def obstacle(book: Workbook) -> SheetcrmError | None:
    """Return what keeps rows from being emptied: a sheet that she protects."""
    for table in ("Clients", "Visits"):
        place = book.raw.placements.get(table)
        if place is not None and is_protected(book, place.sheet):
            return WorkbookError(
                f"{book.path.name}: the sheet '{place.sheet}' is protected, so nothing in it can be emptied.",
                "Take the protection off (in Excel: Review, Unprotect Sheet), then run again.",
                code="sheet-protected",
                text="erase-protected",
                params={"file": book.path.name, "sheet": place.sheet},
            )
    return None


def spoken(book: Workbook, error: SheetcrmError) -> str:
    """Return an error in the owner's words, in one line."""
    return " ".join(book.words.error(error.text, book=typed(book.path), **error.params) or (str(error),))


def first_of(places: Sequence[str]) -> str:
    """Return the first of some words, told one after the other."""
    return ", ".join(places[:_NAMED]) + (" …" if len(places) > _NAMED else "")
