"""A session that goes the way of one that writes, to tell what that comes to: the journal is a copy in memory, no file changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Self

from sheetcrm.crm.setting_values import MOST_BACKUPS
from sheetcrm.delivery.journal import Journal
from sheetcrm.running.identity import remembered_id
from sheetcrm.running.interrupted import settled
from sheetcrm.running.session import Session
from sheetcrm.running.versions import backups_of
from sheetcrm.workbook.backups import digest, files_in, mark_of, name_of
from sheetcrm.workbook.saving import OpenElsewhere, check_room, check_writable


class DrySession(Session):
    """What a `Session` would do, for a command that only tells it: no lock is held and nothing put back, as nothing is written.

    `open_by` is who has the workbook open: then all of it would wait, and it is told all the same what it comes to once closed.
    """

    writes = False
    open_by: str | None = None

    def __enter__(self) -> Self:
        book = self._read()
        known = book.identity.id or remembered_id(self.state, self.path, book.data, self.password)
        self.identity = replace(book.identity, id=known or uuid.uuid4().hex)
        self._versions = [mark_of(path) for path in files_in(backups_of(self.state, self.identity.id))]
        if not book.identity.id:
            self._keep(book.data, MOST_BACKUPS)  # as `known_identity` does with what it has not met
        with ExitStack() as stack:
            self.journal = stack.enter_context(Journal.read(self.state, self.identity.id))
            if not known:
                self.journal.set("fresh", "yes")
            settled(self.journal, book)
            self._take(book)
            self._stack = stack.pop_all()
        return self

    def _put(self, data: bytes, verify: Callable[[bytes], None]) -> None:
        path = self.path.resolve()
        try:
            check_writable(path)
        except OpenElsewhere as open_:
            self.open_by = open_.who
        check_room(path, len(data), self.state)
        verify(data)
        self._keep(self.book.data, self.book.settings.keep_backups)

    def _trim(self) -> None:
        pass  # `_keep` did

    def forget_versions(self) -> int:
        """Return how many of the versions that are kept would go."""
        return len(set(self._versions) - {name_of(digest(self.book.data))})

    def _keep(self, data: bytes, most: int) -> None:
        mark = name_of(digest(data))
        self._versions = [mark, *(one for one in self._versions if one != mark)][:most]
