"""The parts of a package while it is edited, and what ties them together: relationships and content types."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import NamedTuple

from sheetcrm.xlsx.archive import folded
from sheetcrm.xlsx.document import Relationship, rels_part, resolve_target
from sheetcrm.xlsx.markup import RELATIONSHIPS, STRICT_RELATIONSHIPS, Markup, escape
from sheetcrm.xlsx.package import Package

_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
CONTENT_TYPES = {
    "worksheet": _SHEET_TYPE + "worksheet+xml",
    "table": _SHEET_TYPE + "table+xml",
    "styles": _SHEET_TYPE + "styles+xml",
    "custom-properties": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
}


class State(NamedTuple):
    """What is other than in the package: parts with other bytes, new parts, and the names of those that are gone."""

    replaced: dict[str, bytes]
    added: dict[str, bytes]
    removed: list[str]


class Parts:
    """Small parts by name: as they are in the package, or as they were put here."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._new: dict[str, tuple[str, bytes]] = {}
        self._gone: dict[str, str] = {}
        self.unlinked: dict[str, set[bytes]] = {}  # lines of relationships that were links of ours

    def __contains__(self, part: str) -> bool:
        key = folded(part)
        return key in self._new or (part in self.package and key not in self._gone)

    def read(self, part: str) -> bytes:
        """Give a part's present bytes. Raises Damaged where there is none."""
        new = self._new.get(folded(part))
        return new[1] if new else self.package.read(part)

    def new(self, part: str) -> bytes | None:
        """Give a part's bytes if they were put here, else nothing."""
        found = self._new.get(folded(part))
        return found[1] if found else None

    def put(self, part: str, data: bytes) -> None:
        """Replace or add a part; putting back what was there undoes the change."""
        self._gone.pop(folded(part), None)
        if part in self.package and self.package.read(part) == data:
            self._new.pop(folded(part), None)
        else:
            self._new[folded(part)] = (part, data)

    @contextmanager
    def edit(self, part: str) -> Iterator[Markup]:
        """Give a part's markup, and put what the splices made of it."""
        markup = Markup(self.read(part), part)
        yield markup
        if markup.changed:
            self.put(part, bytes(markup))

    @property
    def replaced(self) -> dict[str, bytes]:
        """Parts with other bytes than before."""
        return {part: data for part, data in self._new.values() if part in self.package}

    @property
    def added(self) -> dict[str, bytes]:
        """Parts that are new, in the order in which they came."""
        return {part: data for part, data in self._new.values() if part not in self.package}

    @property
    def removed(self) -> list[str]:
        """Parts that are gone."""
        return list(self._gone.values())

    @property
    def changed(self) -> bool:
        """Tell whether any part is new, other than it was, or gone."""
        return bool(self._new or self._gone)

    @property
    def state(self) -> State:
        """Give what is other than in the package, as it is now."""
        return State(self.replaced, self.added, self.removed)

    def free_name(self, folder: str, stem: str, ending: str = ".xml") -> str:
        """Give a part name that is not taken: `xl/worksheets/sheet7.xml`."""
        number = 1
        while (name := posixpath.join(folder, f"{stem}{number}{ending}")) in self or folded(name) in self._gone:
            number += 1
        return name

    def relationships(self, part: str) -> list[Relationship]:
        """Give a part's relationships as they are now."""
        name = rels_part(part)
        if name not in self:
            return []
        return [
            Relationship(
                node.get("Id"),
                node.get("Type"),
                self._pointed_to(part, node.get("Target")),
                node.get("TargetMode").lower() == "external",
            )
            for node in Markup(self.read(name), name).root.all("Relationship")
        ]

    def _pointed_to(self, part: str, target: str) -> str:
        name = resolve_target(part, target)
        return name if name in self or folded(name) in self._gone else self.package.named(name)

    def relate(self, part: str, kind: str, target: str, *, strict: bool = False) -> str:
        """Add a relationship from a part ('' for the package) to another part; gives its id."""
        name = self._rels_of(part)
        namespace = STRICT_RELATIONSHIPS if strict else RELATIONSHIPS
        relative = posixpath.relpath("/" + target, "/" + part.rpartition("/")[0])
        with self.edit(name) as markup:
            number = next(_free_numbers(markup))
            p = markup.root.prefix.encode()
            xml = b'<%bRelationship Id="rId%d" Type="%b" Target="%b"/>'
            markup.append(markup.root, xml % (p, number, f"{namespace}/{kind}".encode(), escape(relative)))
        return f"rId{number}"

    def relink(
        self, part: str, unused: Collection[str], addresses: Sequence[str], *, strict: bool = False
    ) -> dict[str, str]:
        """Take links of a part to somewhere outside away, by their ids, and add others; gives the ids of these by address."""
        name = self._rels_of(part)
        kind = f"{STRICT_RELATIONSHIPS if strict else RELATIONSHIPS}/hyperlink".encode()
        ids: dict[str, str] = {}
        with self.edit(name) as markup:
            p, numbers = markup.root.prefix.encode(), _free_numbers(markup)
            for node in markup.root.all("Relationship"):
                if node.get("Id") in unused and node.get("TargetMode").lower() == "external":
                    self.unlinked.setdefault(name, set()).add(markup.data[node.start : node.end])
                    markup.remove(node)
            for address in addresses:
                ids[address] = f"rId{next(numbers)}"
                xml = b'<%bRelationship Id="%b" Type="%b" Target="%b" TargetMode="External"/>'
                markup.append(markup.root, xml % (p, ids[address].encode(), kind, escape(address)))
        return ids

    def _rels_of(self, part: str) -> str:
        """Give the name of a part's relationships; where it has none, an empty list of them is made."""
        name = rels_part(part)
        if name not in self:
            self.put(
                name,
                f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELS}"/>'.encode(),
            )
            self._declare_rels()
        return name

    def _declare_rels(self) -> None:
        """Name the content type of relationships where nothing does: of parts without one Excel says that the file is damaged."""
        with self.edit(_TYPES) as markup:
            if not any(node.get("Extension").casefold() == "rels" for node in markup.root.all("Default")):
                xml = b'<%bDefault Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                markup.append(markup.root, xml % markup.root.prefix.encode())

    def declare(self, part: str, kind: str) -> None:
        """Name a part's content type."""
        content_type = CONTENT_TYPES[kind]
        with self.edit(_TYPES) as markup:
            if not any(folded(node.get("PartName")) == folded(part) for node in markup.root.all("Override")):
                xml = b'<%bOverride PartName="/%b" ContentType="%b"/>'
                markup.append(markup.root, xml % (markup.root.prefix.encode(), escape(part), content_type.encode()))

    def remove(self, part: str, owner: str) -> None:
        """Take a part out, with the relationship of its owner and its content type."""
        self._new.pop(folded(part), None)
        if part in self.package:
            self._gone[folded(part)] = self.package.entry(part).name
        with self.edit(rels_part(owner)) as markup:
            for node in markup.root.all("Relationship"):
                if folded(self._pointed_to(owner, node.get("Target"))) == folded(part):
                    markup.remove(node)
        with self.edit(_TYPES) as markup:
            for node in markup.root.all("Override"):
                if folded(self._pointed_to("", node.get("PartName"))) == folded(part):
                    markup.remove(node)


def _free_numbers(markup: Markup) -> Iterator[int]:
    """Give the numbers of ids that no relationship has."""
    taken = {node.get("Id").casefold() for node in markup.root.children}  # of an element misspelt, too
    return (number for number in count(1) if f"rid{number}" not in taken)
