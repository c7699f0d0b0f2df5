"""The clients by whatever may name them in another table."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from sheetcrm.crm.contacts import parse_email
from sheetcrm.crm.joined import EMAILS, PHONES
from sheetcrm.crm.people import bare_name_key, deleted, full_names, name_key, phone_key, survivors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sheetcrm.crm.tables import Cleaned

Found = tuple[int, ...]
"""Positions of clients, ascending."""

_SUGGESTED = 0.8  # likeness of two names from which it is worth asking "did you mean"
_MOST_COMPARED = 1000  # names with a word in common


class Directory:
    """Clients by id, phone, e-mail and name; each index is made when it is first asked for.

    A row that was merged into another stands for that one: all positions are survivors'.
    """

    def __init__(self, clients: Cleaned) -> None:
        self._clients = clients
        self._survivors = survivors(clients).tolist()
        self._any_merged = clients.texts("merged_into").filled.any()
        self.shared: set[str] = set()  # keys that mean one client only by merging, of those asked for so far
        self.ids = ["" if cell is None else str(cell) for cell in clients.texts("client_id").cells()]

    def _index(self, *keys: Iterable[str]) -> dict[str, Found]:
        if self._any_merged:
            keys = tuple(list(column) for column in keys)
            self._note_shared(keys)
        found: dict[str, Found] = {}
        for column in keys:
            for key, position in zip(column, self._survivors, strict=True):
                if key not in found:
                    found[key] = (position,)
                elif key and position not in found[key]:
                    found[key] = tuple(sorted((*found[key], position)))
        found.pop("", None)
        return found

    def _note_shared(self, keys: Iterable[Iterable[str]]) -> None:
        """Note what names one client only for as long as several rows stand for her."""
        first: dict[str, int] = {}
        for column in keys:
            for row, key in enumerate(column):
                if (
                    key
                    and (other := first.setdefault(key, row)) != row
                    and self._survivors[other] == self._survivors[row]
                ):
                    self.shared.add(key)

    def is_by_merging(self, text: str) -> bool:
        """Tell whether a text would mean several clients, had they not been merged into one; it has been looked up before."""
        return not self.shared.isdisjoint((text.casefold(), phone_key(text), name_key(text), bare_name_key(text)))

    def _keys(self, field: str) -> list[str]:
        return [str(cell) if cell else "" for cell in self._clients.texts(field).cells()]

    @cached_property
    def by_id(self) -> dict[str, Found]:
        """Clients by id, as trimmed text; by that of a merged row also where it was deleted since."""
        return self._index(self.ids) | {one: (position,) for one, position in deleted(self._clients).items()}

    @cached_property
    def by_phone(self) -> dict[str, Found]:
        """Clients by the national digits of either phone (`phone_key`)."""
        phones = (self._clients.texts(field).map(lambda t: phone_key(str(t))) for field in ("phone", "other_phone"))
        known = (["" if cell is None else str(cell) for cell in column.cells()] for column in phones)
        return self._index(*known, *self._further("other_phone", lambda cell: [*PHONES.keys(cell)]))

    @cached_property
    def by_email(self) -> dict[str, Found]:
        """Clients by either e-mail address, casefolded."""
        known = (map(str.casefold, self._keys(field)) for field in ("email", "other_email"))
        return self._index(*known, *self._further("other_email", lambda cell: [*map(_address, EMAILS.parts(cell))]))

    def _further(self, field: str, keys_of: Callable[[str], list[str]]) -> Iterator[list[str]]:
        """Yield what else stands in the cells of a field, where merging put several into one: a list of keys by row for each place."""
        column = self._clients.table.column(field)
        several = [keys_of(v) if isinstance(v, str) and ";" in v else [] for v in column.values]
        for place in range(max(map(len, several), default=0)):
            keys = [of[place] if place < len(of) else "" for of in several]
            yield [*map([*keys, ""].__getitem__, column.codes.tolist())]

    @cached_property
    def names(self) -> list[str]:
        """The full name of each row, as it is shown."""
        return full_names(self._clients)

    @cached_property
    def _name_keys(self) -> dict[str, str]:
        return {name: name_key(name) for name in self.names}

    @cached_property
    def by_name(self) -> dict[str, Found]:
        """Clients by name (`name_key`): as shown, and first and last name with and without the middle one."""
        shown = [*map(self._name_keys.__getitem__, self.names)]
        if not self._clients.texts("last_name").filled.any():
            return self._index(shown)
        first, middle, last = (self._keys(field) for field in ("first_name", "middle_name", "last_name"))
        given = [f or n for f, n in zip(first, self._keys("name"), strict=True)]
        short = [name_key(f"{f} {s}") if f and s else "" for f, s in zip(given, last, strict=True)]
        whole = [name_key(f"{f} {m} {s}") if f and m and s else "" for f, m, s in zip(given, middle, last, strict=True)]
        return self._index(shown, short, whole)

    @cached_property
    def as_listed(self) -> dict[str, Found]:
        """Clients by name as it stands in the list, where that can be no phone and no address: so most visits name them."""
        sure = ((name, key) for name, key in self._name_keys.items() if name[:1].isalpha() and "@" not in name)
        return {name: self.by_name[key] for name, key in sure if key}

    @cached_property
    def by_bare_name(self) -> dict[str, Found]:
        """Those whose name has something in brackets, by their name without it."""
        return self._index(bare_name_key(name) if "(" in name or "[" in name else "" for name in self.names)

    @cached_property
    def by_word(self) -> dict[str, list[str]]:
        """Name keys by each of their words."""
        found = defaultdict(list)
        for key in self.by_name:
            for word in key.split():
                found[word].append(key)
        return found

    def named(self, text: str) -> Found:
        """Return the clients of that full name."""
        found = self.as_listed.get(text) or self.by_name.get(name_key(text))
        if found is None:
            bare = bare_name_key(text)
            found = tuple(sorted({*self.by_name.get(bare, ()), *self.by_bare_name.get(bare, ())})) if bare else ()
        return found

    def like(self, text: str) -> str:
        """Return the name that was probably meant by a misspelt one, "" where none comes near."""
        key = name_key(text)
        pool = {other for word in key.split() for other in self.by_word.get(word, ())[:_MOST_COMPARED]}
        near = get_close_matches(key, sorted(pool), n=1, cutoff=_SUGGESTED)
        return self.names[self.by_name[near[0]][0]] if near else ""


def _address(text: str) -> str:
    return (parse_email(text) or "").casefold()
