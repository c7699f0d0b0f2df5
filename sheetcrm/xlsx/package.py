"""A package: parts by name; written again with some parts replaced and all others as the very bytes they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import BinaryIO
from urllib.parse import unquote

from sheetcrm.xlsx.archive import Entry, folded, inflate, read_layout
from sheetcrm.xlsx.encoding import other_encoding, utf8_pieces
from sheetcrm.xlsx.errors import Damaged, Hostile, NotAWorkbook
from sheetcrm.xlsx.rewriting import Content, Rewriting

_SMALL_PART = 64_000_000


class Package:
    """The parts of one file. The data is neither copied nor changed.

    Names are found whatever their case, with `/` or a backslash, with or without a leading slash.
    Raises NotAWorkbook, Encrypted, Damaged, Hostile or Unsupported when made.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)
        self.layout = read_layout(self.data)
        self.entries: dict[str, Entry] = {
            folded(entry.name): entry for entry in self.layout.entries if not entry.name.endswith(("/", "\\"))
        }
        if folded("[Content_Types].xml") not in self.entries:
            self._refuse_other_archive()

    @property
    def names(self) -> list[str]:
        """The parts' names as they are written, in the archive's order."""
        return [entry.name for entry in self.entries.values()]

    def __contains__(self, name: str) -> bool:
        return folded(name) in self.entries

    def named(self, name: str) -> str:
        """Give the name under which a part is found that markup calls `name`: a blank may be a blank or `%20` here and there.

        The name as it stands goes first; it is given without its quoting where there is no such part at all.
        """
        if name in self:
            return name
        bare = unquote(name)
        return bare if bare in self else self._quoted.get(folded(bare), bare)

    @cached_property
    def _quoted(self) -> dict[str, str]:
        """The names that are written with `%`, by what they say."""
        return {folded(unquote(entry.name)): key for key, entry in self.entries.items() if "%" in key}

    def entry(self, name: str) -> Entry:
        """Give the entry of a part. Raises Damaged where there is none."""
        try:
            return self.entries[folded(name)]
        except KeyError:
            raise Damaged(f"the workbook lacks its part {name}", "missing-part") from None

    def open(self, name: str) -> Iterator[bytes]:
        """Give a part's content in pieces, in UTF-8 whatever it is written in. Raises Damaged at the end where its checksum is wrong."""
        return utf8_pieces(inflate(self.data, self.entry(name)), name)

    def is_utf8(self, name: str) -> bool:
        """Tell whether a part is written as it is given. Raises Unsupported, Damaged."""
        return not other_encoding(next(inflate(self.data, self.entry(name)), b""), name)

    def read(self, name: str, limit: int = _SMALL_PART) -> bytes:
        """Give a part's content whole. Raises Hostile where it is larger than `limit` bytes."""
        pieces, size = [], 0
        for piece in self.open(name):
            size += len(piece)
            if size > limit:
                raise Hostile(f"{name} is larger than {limit // 1_000_000} MB", "size")
            pieces.append(piece)
        return b"".join(pieces)

    def raw(self, name: str) -> memoryview:
        """Give the extent of a part: its header, its compressed bytes and what follows them up to the next entry."""
        entry = self.entry(name)
        return self.data[entry.start : entry.end]

    def write(
        self,
        out: BinaryIO,
        replaced: Mapping[str, Content] | None = None,
        added: Mapping[str, Content] | None = None,
        removed: Collection[str] = (),
    ) -> None:
        """Write the package with some parts replaced, added or removed; every other entry keeps its bytes and its place.

        The same arguments give the same bytes. New parts stand at the end. `out` must be able to go back, and to be cut off.
        Raises Unsupported above 4 GB.
        """
        new = {folded(name): content for name, content in (replaced or {}).items()}
        gone = {folded(name) for name in removed}
        for name in [*new, *gone]:
            self.entry(name)
        Rewriting(self.data, self.layout, out, out.tell()).write(new, added or {}, gone)

    def _refuse_other_archive(self) -> None:
        if "mimetype" in self.entries and b"opendocument" in self.read("mimetype", 1000):
            raise NotAWorkbook("the file is an OpenDocument sheet (.ods): save it as .xlsx", "ods")
        if any(name.endswith(".iwa") for name in self.entries):
            raise NotAWorkbook("the file is a Numbers document: export it to Excel first", "numbers")
        raise NotAWorkbook("the file is an archive, but no workbook", "zip")
