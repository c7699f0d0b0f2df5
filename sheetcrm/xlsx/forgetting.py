"""What of some cells' texts stays in a package after the cells were emptied, taken out of it.

A shared string lives on when no cell shows it any more, a formula keeps its last result, a link its address, a comment its words.
Nothing is renumbered, moved or computed anew: a string becomes an empty one in its place.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from sheetcrm.xlsx.archive import folded
from sheetcrm.xlsx.cells import text_of_runs
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import ProofFailed, XlsxError
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.package import Package
from sheetcrm.xlsx.parts import Parts
from sheetcrm.xlsx.proof import check_untouched
from sheetcrm.xlsx.receipt import Receipt
from sheetcrm.xlsx.refs import Range

_LARGEST = 1_000_000_000
_P = rb"(?:[^\s/>!?:<]+:)?"
_SHARED_CELL = re.compile(rb"<" + _P + rb"c\s[^<>]*\bt\s*=\s*[\"']s[\"'][^<>]*>")
_SHARED_INDEX = re.compile(
    _SHARED_CELL.pattern
    + rb"\s*(?:<" + _P + rb"f\b[^<>]*(?:/>|>[^<]*</" + _P + rb"f\s*>)\s*)?<" + _P + rb"v\b[^<>]*>\s*(\d+)\s*<"
)  # fmt: skip
_STRING = re.compile(
    rb"<(" + _P + rb")si(?:\s[^<>]*)?(?:/>|>([^<]*(?:<(?!/?" + _P + rb"si[\s>/])[^<]*)*)</" + _P + rb"si\s*>)"
)
_RESULT = re.compile(
    rb"(<" + _P + rb"c\s[^<>]*\bt\s*=\s*[\"']str[\"'][^<>]*>\s*(?:<" + _P
    + rb"f\b[^<>]*(?:/>|>[^<]*</" + _P + rb"f\s*>)\s*)?<" + _P + rb"v\b[^<>]*>)([^<]*)(?=<)"
)  # fmt: skip
_LINK = re.compile(rb"<" + _P + rb"hyperlink\s([^<>]*?)(?:/>|>\s*</" + _P + rb"hyperlink\s*>)")
_NO_LINKS = re.compile(rb"<" + _P + rb"hyperlinks(?:\s[^<>]*)?>\s*</" + _P + rb"hyperlinks\s*>")
_COMMENT = re.compile(
    rb"(<(" + _P + rb")(comment|threadedComment)\s([^<>]*)>)(.*?)(</" + _P + rb"(?:comment|threadedComment)\s*>)",
    re.DOTALL,
)
_WORDS = re.compile(rb"(<(" + _P + rb")text(?:\s[^<>]*)?>).*?(</" + _P + rb"text\s*>)", re.DOTALL)
_ODD = (b"<!--", b"<![CDATA[", b"<!DOCTYPE")


@dataclass(frozen=True)
class Forgotten:
    """A package's new bytes, the check that bytes read back have to pass (raises ProofFailed), and the parts that are other than before."""

    data: bytes
    verify: Callable[[bytes], None]
    parts: tuple[str, ...] = ()


def forget(data: bytes, areas: Mapping[str, Collection[Range]], texts: Collection[str]) -> Forgotten:
    """Take out of a package what stays of emptied cells.

    Strings that no cell shows, links and words of comments in `areas` (ranges by sheet part), and results of formulas in which one of
    `texts` (case ignored) occurs; Excel computes these anew where it is told to. Raises XlsxError.
    """
    package = Package(data)
    work, document = _Work(package), Document(package)
    known = [text.casefold() for text in texts if text]
    for sheet in document.sheets:
        if sheet.part not in package:
            continue
        here = [area for part, those in areas.items() if folded(part) == folded(sheet.part) for area in those]
        _without_results(work, sheet.part, known)
        if here:
            _without_links(work, sheet.part, here)
            _without_comments(work, sheet.part, here)
    _without_orphans(work, document)
    replaced = {**work.parts.replaced, **work.new}
    if not replaced:
        return Forgotten(data, lambda _data: None)
    out = io.BytesIO()
    package.write(out, dict(replaced), {}, ())
    return Forgotten(out.getvalue(), partial(_verify, data, replaced), tuple(replaced))


class _Work:
    """The parts of a package on their way; those of any size in `new`, relationships in `parts`."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.parts = Parts(package)
        self.new: dict[str, bytes] = {}

    def read(self, part: str) -> bytes:
        """Give a part as it is by now."""
        found = self.new.get(part)
        return self.package.read(part, _LARGEST) if found is None else found

    def put(self, part: str, before: bytes, after: bytes) -> None:
        """Take a part's new content, if it is another one."""
        if after != before:
            self.new[part] = after


def _verify(before: bytes, replaced: Mapping[str, bytes], after: bytes) -> None:
    try:
        old, new = Package(before), Package(after)
        check_untouched(old, new, Receipt(replaced=tuple(replaced)))
        wrong = next((part for part, meant in replaced.items() if new.read(part, _LARGEST) != meant), None)
    except ProofFailed:
        raise
    except XlsxError as error:
        raise ProofFailed(f"what was written cannot be read back: {error}") from error
    if wrong is not None:
        raise ProofFailed(f"{wrong} is not what was meant", "forgotten")


def _without_results(work: _Work, part: str, texts: Collection[str]) -> None:
    """Empty the last results of formulas that show one of the texts."""
    data = work.read(part)

    def shown(found: re.Match[bytes]) -> bytes:
        text = text_of_runs(b"<t>" + found[2] + b"</t>").casefold()
        return found[1] if any(one in text for one in texts) else found[0]

    if texts and b"str" in data:
        work.put(part, data, _RESULT.sub(shown, data))


def _without_links(work: _Work, part: str, areas: Collection[Range]) -> None:
    """Take out the links of cells in some areas, with the addresses that they lead to."""
    data = work.read(part)
    if b"hyperlink" not in data:
        return
    gone: set[str] = set()
    stays: set[str] = set()

    def kept(found: re.Match[bytes]) -> bytes:
        values = attributes(found[1])
        link = next((value for name, value in values.items() if name.rpartition(":")[2] == "id"), "")
        inside = _is_inside(values.get("ref", ""), areas)
        (gone if inside else stays).add(link)
        return b"" if inside else found[0]

    new = _LINK.sub(kept, data)
    if new != data:
        work.put(part, data, _NO_LINKS.sub(b"", new))
        work.parts.relink(part, gone - stays, ())


def _without_comments(work: _Work, part: str, areas: Collection[Range]) -> None:
    """Empty the words of comments, old and threaded ones, on cells in some areas; the comments stay."""

    def silent(found: re.Match[bytes]) -> bytes:
        if not _is_inside(attributes(found[4]).get("ref", ""), areas):
            return found[0]
        threaded = found[3] == b"threadedComment"
        blank = b"" if threaded else b"<%bt></%bt>" % (found[2], found[2])
        return found[1] + _WORDS.sub(lambda words: words[1] + blank + words[3], found[5]) + found[6]

    for relation in work.parts.relationships(part):
        if relation.kind.casefold() in ("comments", "threadedcomment") and relation.target in work.package:
            data = work.read(relation.target)
            work.put(relation.target, data, _COMMENT.sub(silent, data))


def _is_inside(ref: str, areas: Collection[Range]) -> bool:
    try:
        place = Range.parse(ref)
    except ValueError:
        return False
    return any(
        area.first_row <= place.first_row
        and place.last_row <= area.last_row
        and area.first_column <= place.first_column
        and place.last_column <= area.last_column
        for area in areas
    )


def _without_orphans(work: _Work, document: Document) -> None:
    """Empty the shared strings that no cell shows; none where it is not certain which cells show which."""
    part = document.part_by_kind("sharedStrings")
    if part is None or part not in work.package:
        return
    data = work.read(part)
    shown: set[int] = set()
    for sheet in document.sheets:
        cells = work.read(sheet.part) if sheet.part in work.package else b""
        found = _SHARED_INDEX.findall(cells)
        if len(found) != len(_SHARED_CELL.findall(cells)) or any(odd in cells for odd in _ODD):
            return
        shown.update(map(int, found))
    if any(odd in data for odd in _ODD):
        return
    number = -1

    def emptied(found: re.Match[bytes]) -> bytes:
        nonlocal number
        number += 1
        if number in shown or found[2] is None:
            return found[0]
        return b"<%bsi><%bt></%bt></%bsi>" % ((found[1],) * 4)

    new = _STRING.sub(emptied, data)
    work.put(part, data, new)
