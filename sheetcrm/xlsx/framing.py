"""What stands around a sheet's rows, with what is asked of it: for the patch, and once more for its proof."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from sheetcrm.xlsx.errors import Damaged
from sheetcrm.xlsx.markup import TOKEN, Markup
from sheetcrm.xlsx.refs import Range

Splice = Callable[[Markup], None]


class Framed(Protocol):
    """What is asked of a sheet, as far as it concerns its frame: splices before and behind the rows, and how far cells reach."""

    head: list[Splice]
    tail: list[Splice]

    def extent(self) -> Range | None:
        """Give the rectangle around all edited cells."""


class Framing:
    """Makes a sheet's new frame of the old one. `changed` tells whether the callers' splices changed anything so far."""

    def __init__(self, edits: Framed, prefix: bytes, part: str) -> None:
        self.changed = False
        self._edits = edits
        self._prefix = prefix
        self._part = part

    def head(self, head: bytes) -> bytes:
        """Give what stands before the cells, `dimension` widened and the callers' splices made."""
        extent = self._edits.extent()
        if extent is None and not self._edits.head:
            return head
        end = b"<%bsheetData/></%b>" % (self._prefix, root_name(head))
        markup = Markup(self._spliced(head + end, self._edits.head), self._part)
        dimension = markup.root.find("dimension")
        if dimension is not None and extent is not None:
            for old in ranges([dimension.get("ref").encode()]):
                markup.set_attribute(dimension, "ref", str(old.joined(extent)))
        return bytes(markup)[: -len(end)]

    def tail(self, head: bytes, tail: bytes) -> bytes:
        """Give what stands from the end of the cells on; `head` is the old one."""
        if not self._edits.tail:
            return tail
        start = head[head.index(b"<" + root_name(head)) :]
        opening = start[: start.index(b">") + 1] + b"<%bsheetData>" % self._prefix
        return self._spliced(opening + tail, self._edits.tail)[len(opening) :]

    def _spliced(self, data: bytes, splices: Sequence[Splice]) -> bytes:
        """Apply the callers' splices one after the other: each must see what the one before it put there."""
        for splice in splices:
            markup = Markup(data, self._part)
            splice(markup)
            self.changed |= markup.changed
            data = bytes(markup)
        return data


_DIMENSION = re.compile(rb"<(?:[^\s/>!?:<]+:)?dimension\s[^<>]*?ref\s*=\s*[\"']([^\"']*)[\"']")
MERGED = re.compile(rb"<(?:[^\s/>!?:<]+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']([^\"']+)[\"']")
"""A merged area; its reference."""


def ranges(refs: Iterable[bytes]) -> Iterator[Range]:
    """Read references of areas; what is none is left out."""
    for ref in refs:
        try:
            yield Range.parse(ref.decode())
        except ValueError:
            continue


def dimensioned(head: bytes, ref: Range) -> bytes:
    """Give what stands before a sheet's cells, the extent that it claims with an area joined to it."""
    found = _DIMENSION.search(head)
    if not found:
        return head
    try:
        joined = Range.parse(found[1].decode()).joined(ref)
    except ValueError:
        joined = ref
    return head[: found.start(1)] + str(joined).encode() + head[found.end(1) :]


def root_name(head: bytes) -> bytes:
    """Give the name of a sheet's root element, with its prefix. Raises Damaged where there is none."""
    for token in TOKEN.finditer(head):
        if token["name"]:
            return token["name"]
    raise Damaged("a sheet has no root element", "malformed")


def stands_around(pieces: Iterable[bytes], prefix: bytes) -> tuple[bytes, bytes]:
    """Give what stands before a sheet's cells and what stands from their end on, however they are written."""
    opening, closing = b"<" + prefix + b"sheetData", b"</" + prefix + b"sheetData"
    head, source = b"", iter(pieces)
    for piece in source:
        head += piece
        at = head.find(opening)
        if at >= 0 and (end := head.find(b">", at)) >= 0:
            break
    else:
        raise Damaged("a sheet has no cells, not even an empty list of them", "malformed")
    head, empty, tail = head[:at], head[end - 1 : end] == b"/", head[end + 1 :]
    if empty:
        return head, tail + b"".join(source)
    for piece in chain((b"",), source):
        tail += piece
        found = tail.rfind(closing)
        tail = tail[found:] if found >= 0 else tail[-len(closing) :]
    return head, tail
