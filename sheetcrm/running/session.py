"""One workbook, its journal and the run lock, for the length of one command that writes: what it comes to is saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sheetcrm.crm.acts import Act
from sheetcrm.crm.outcome import Plan
from sheetcrm.errors import SheetcrmError
from sheetcrm.running.answered import note_asked
from sheetcrm.running.clock import moment
from sheetcrm.running.interrupted import (
    Intent,
    as_written,
    forget_intent,
    next_visits_of,
    note_intent,
    note_saved,
)
from sheetcrm.running.last_run import last_run
from sheetcrm.running.likeness import remember
from sheetcrm.running.open_session import STOPPED, TRIES, OpenSession
from sheetcrm.running.remembering import remembered
from sheetcrm.running.saved import Saved, left_out, with_what_was_left
from sheetcrm.running.versions import Event, Write, backup_folder, kept_writes, trim
from sheetcrm.running.waiting import keep_waiting
from sheetcrm.workbook.accounting import account_of, counts_of
from sheetcrm.workbook.backups import digest, name_of
from sheetcrm.workbook.encryption import sealed
from sheetcrm.workbook.marks import Identity
from sheetcrm.workbook.saving import Conflict, OpenElsewhere, SavedUnsure, save
from sheetcrm.workbook.writing import Writing, compose


class Session(OpenSession):
    """Everything that a command needs which may write: enter it to hold the lock and the journal."""

    def save(
        self,
        plan: Plan,
        *,
        sends: bool,
        replan: Callable[[], Plan],
        settings: Mapping[str, str | int] | None = None,
    ) -> tuple[Plan, Saved]:
        """Bring the workbook in line with the plan and the journal; return the plan that was written.

        Nothing to change, nothing written. `sends`: this machine is to be named as the one that sends; `settings` are to be written too.
        """
        plan, saved = self._save(plan, sends=sends, replan=replan, settings=settings)
        if saved.open_by is None and not saved.conflict:
            self.erasures.finish(self)
        if self.writes:
            remember(self.journal, self.state, self.identity.id, plan.search)
        if saved.open_by is None and not saved.conflict:
            note_asked(self.journal, plan)
        return plan, saved

    def _save(
        self, plan: Plan, *, sends: bool, replan: Callable[[], Plan], settings: Mapping[str, str | int] | None
    ) -> tuple[Plan, Saved]:
        stood = False  # ours took its place, and she saved behind it
        for _ in range(TRIES):
            writing = self._compose(plan, settings, sends=sends)
            if self.merges.lacks_room({field for one in writing.crowded for field in one.fields}):
                plan = replan()
                writing = self._compose(plan, settings, sends=sends)
            if not writing.changed:
                left = left_out(writing)
                days = as_written(self.journal, next_visits_of(plan, left))
                self.journal.record_plan(**self._noted(plan, written=True, left=left), written=days)
                keep_waiting(self.journal, None)
                return plan, with_what_was_left(Saved(written=stood), writing)
            try:
                self.replace_by(writing, plan)
            except OpenElsewhere as open_:
                keep_waiting(self.journal, plan)
                return plan, with_what_was_left(Saved(writing.changed, open_by=open_.who), writing)
            except Conflict as conflict:
                self.reopen()
                plan = replan()
                stood = stood or conflict.ours_stood
                continue
            keep_waiting(self.journal, None)
            return plan.at_rows(writing.moved), with_what_was_left(Saved(writing.changed, written=True), writing)
        return plan, Saved(conflict=True)

    def replace_by(
        self,
        writing: Writing,
        plan: Plan | None = None,
        *,
        writes: Callable[[Write], Sequence[Write]] | None = None,
        acts: Sequence[Act] = (),
    ) -> None:
        """Put new bytes in the file's place, and note that and what the plan found out. Raises Conflict, OpenElsewhere, WorkbookError.

        `writes` says which can be taken back after this one; without it, this one too. `acts` are done by it that are no plan's.
        """
        before, left = self.book, left_out(writing)
        data, unsealed = sealed(writing.data, before.data, self.path.name, self.password)
        on = plan.on.isoformat() if plan is not None and self.command in STOPPED else ""
        days = {} if plan is None else next_visits_of(plan, left)
        told = (*acts, *(plan.new_acts if plan is not None else ()))
        intent = self._intent(data, writing, writes, days, on, tuple(act.id for act in told))
        if plan is not None:
            intent = replace(intent, event=replace(intent.event, brought=self._brought(plan)))
        note_intent(self.journal, intent, **self._noted(plan, written=False))
        try:
            self._put(data, lambda written: writing.verify(unsealed(written)))
        except SavedUnsure:
            raise  # the next run finds out
        except (Conflict, OpenElsewhere, SheetcrmError) as error:
            if isinstance(error, Conflict) and error.ours_stood:
                raise  # `reopen` finds out
            with suppress(SheetcrmError):  # what went wrong first is what is told
                forget_intent(self.journal)
            raise
        self.book = replace(before, data=data)  # it was verified: only the bytes are needed until it is read anew
        note_saved(self.journal, intent, **{**self._noted(plan, written=True, left=left), "acts": told})
        self._trim()
        if self.accounts is not None and (account := account_of(self._package_before(), writing)) is not None:
            self.accounts.append(account)

    def _put(self, data: bytes, verify: Callable[[bytes], None]) -> None:
        """Save new bytes in the file's place. Raises what `save` does."""
        save(self.path, self.book.data, data, backups=backup_folder(self.state, self.identity.id), verify=verify)

    def _brought(self, _plan: Plan) -> Mapping[str, Any]:
        """Return what is to be remembered of an import; nothing of another command."""
        return {}

    def _trim(self) -> None:
        trim(backup_folder(self.state, self.identity.id), self.book.settings.keep_backups)

    def _package_before(self) -> bytes:
        """Return the package that a save is told against: that of the file, where the workbook was read as it is going to be."""
        return self.book.raw.data

    def _intent(
        self,
        data: bytes,
        writing: Writing,
        writes: Callable[[Write], Sequence[Write]] | None,
        days: Mapping[str, str | None],
        on: str,
        acts: Sequence[str],
    ) -> Intent:
        at = moment(self.book.zone).now.isoformat(timespec="seconds")
        before, after = digest(self.book.data), digest(data)
        event = Event(
            at, self.command, name_of(before), name_of(after), counts_of(self._package_before(), writing), acts
        )
        made = Write(after, name_of(before), on)
        kept = [*kept_writes(self.journal), made] if writes is None else writes(made)
        return Intent(before, after, event, kept, days)

    def _noted(self, plan: Plan | None, *, written: bool, left: Collection[tuple[str, str]] = ()) -> dict[str, Any]:
        """Return what of a plan must outlive the run, and keep in mind the ids that it gives."""
        if plan is not None:
            self._given |= plan.new_names.id_owners
            if plan.gone and self.command not in STOPPED:  # these tell of it; until then the rows count as there
                plan = replace(plan, new_names=replace(plan.new_names, id_order=()))
        stood = written and ("Clients", "client_id") not in left
        return remembered(plan, self._given, stood=stood, written=written, left=left)

    def _compose(self, plan: Plan, settings: Mapping[str, str | int] | None, *, sends: bool) -> Writing:
        book = self.erasures.without(self.book)
        writing = compose(
            book,
            plan,
            identity=Identity(
                self.identity.id,
                self.machine if sends else self.book.identity.machine,
                self.journal.get("first_run") or self.book.identity.since,
            ),
            sent=[row.cells() for row in self.journal.records()],
            acts=list({act.id: act for act in (*self.journal.acts(), *plan.new_acts)}.values()),
            settings=settings,
            last=last_run(self.journal, self.moment.on if sends else None, plan.words, self.environ),
        )
        return self.erasures.forgotten(writing, book)
