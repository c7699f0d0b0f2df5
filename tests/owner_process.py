"""An owner at her workbook, in a process of her own: reads it, edits, saves as Excel does, again and again.

Each time she looks whether her work is still there. `python owner_process.py BOOK SAVES SEED` ends with a line of JSON: what she did,
and what she found amiss.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from owner_hand import BORN, DAY, append, column, sheet

TODAY = datetime(DAY.year, DAY.month, DAY.day)
EVERY_CLIENT = 15  # saves; a visit comes with each, so that we have to write each time
PATIENCE = 5.0  # seconds for which she waits for us
LATE = 0.02
AIMED, OVER = 0.6, 0.2  # how often


class Owner:
    """What she did so far; `amiss` says what she did not find again."""

    def __init__(self, book: Path, seed: int) -> None:
        self.book = book
        self.luck = random.Random(seed)  # noqa: S311 - no secret
        self.saves = 0
        self.visits: list[float] = []
        self.names = ["Anna Smith", "Jo Brown", "Eve Green", "Mia Black"]
        self.ids: dict[str, str] = {}
        self.aimed = self.over = 0
        self.last = b""
        self.amiss: list[str] = []

    def save_once(self) -> None:
        """Read the workbook as it is now, look, add something, save."""
        before = self._chosen()
        file = load_workbook(BytesIO(before))
        clients, visits = sheet(file, "Clients"), sheet(file, "Visits")
        self._look(clients, visits)
        self.saves += 1
        clients.cell(2, column(clients, "Notes")).value = self.saves
        amount = float(self.saves)
        append(visits, {"Date": TODAY, "Client": self.luck.choice(self.names), "Amount": amount})
        self.visits.append(amount)
        if self.saves % EVERY_CLIENT == 0:
            name = f"New {''.join(self.luck.choices('abcdefghij', k=8)).title()}"
            mail = f"{name[4:].lower()}@example.com"
            append(clients, {"Name": name, "Email": mail, "Birthday": BORN, "Email consent": "yes"})
            self.names.append(name)
        out = BytesIO()
        file.save(out)
        if before == self.last:  # what she did last is not yet taken in
            self._lie_in_wait(before)
        self.last = out.getvalue()
        self._put(self.last)

    def _chosen(self) -> bytes:
        """Return the workbook as it is now, or, a third of the time, as it is once we have taken in what she did last."""
        before = self.book.read_bytes()
        if before == self.last and self.luck.random() < 1 / 3:
            self._until(lambda: self.book.read_bytes() != before)
            before = self.book.read_bytes()
        return before

    def _look(self, clients: Any, visits: Any) -> None:
        """Her counter, her visits and her people are to be there as she left them; an id once seen is nobody else's."""
        if (noted := clients.cell(2, column(clients, "Notes")).value or 0) != self.saves:
            self.amiss.append(f"after save {self.saves} the note says {noted}")
        amounts = [line[column(visits, "Amount") - 1] for line in visits.iter_rows(min_row=2, values_only=True)]
        if lost := [amount for amount in self.visits if amount not in amounts]:
            self.amiss.append(f"after save {self.saves} visits are gone: {lost}")
        people = {
            line[column(clients, "Name") - 1]: line[column(clients, "Client ID") - 1]
            for line in clients.iter_rows(min_row=2, values_only=True)
        }
        if gone := [name for name in self.names if name not in people]:
            self.amiss.append(f"after save {self.saves} clients are gone: {gone}")
        for name, client_id in people.items():
            if client_id and self.ids.setdefault(name, client_id) != client_id:
                self.amiss.append(f"{name} was {self.ids[name]} and is {client_id}")
                self.ids[name] = client_id

    def _lie_in_wait(self, before: bytes) -> None:
        """Save at once, or in the very moment of a save of ours, or right over one that this program took no note of."""
        mood = self.luck.random()
        if mood < AIMED and self._until(
            lambda: any(p.name.startswith(".sheetcrm-") for p in self.book.parent.iterdir())
        ):
            self.aimed += 1
            time.sleep(self.luck.uniform(0, LATE))
        elif mood > 1 - OVER and self._until(lambda: self.book.read_bytes() != before):
            self.over += 1

    def _until(self, done: Callable[[], bool]) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if done():
                return True
            time.sleep(0.001)
        return False

    def _put(self, data: bytes) -> None:
        temporary = self.book.with_name(f"{self.luck.randrange(16**8):08X}")
        temporary.write_bytes(data)
        if self.luck.random() < 0.5:
            self.book.unlink()
        temporary.replace(self.book)


def main() -> None:
    """Do it all, then tell."""
    owner = Owner(Path(sys.argv[1]), int(sys.argv[3]))
    while owner.saves < int(sys.argv[2]):
        owner.save_once()
    told = ("saves", "aimed", "over", "visits", "names", "ids", "amiss")
    sys.stdout.write(json.dumps({name: getattr(owner, name) for name in told}))


if __name__ == "__main__":
    main()
