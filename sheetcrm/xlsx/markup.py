"""XML as bytes that stay where they are: elements with their offsets, and splices between them.

A serialiser never gives back identical bytes (lxml: 0 of 4,340 sheets), and what it moves (namespace declarations, mc:Ignorable)
can make Excel refuse a part. So parts are tokenised for the places of their elements, and only new bytes are put between the old ones.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from sheetcrm.xlsx.encoding import as_utf8
from sheetcrm.xlsx.errors import Damaged, Hostile

TOKEN = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE"
    rb"|<(?P<close>/?)(?P<name>[^\s/>!?\"'=<]+)(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(?P<empty>/?)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"(?<![^\s=\"'<>/])([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
_WHOLE = re.compile(r"\s{0,9}[+-]?[0-9]{1,10}\s{0,9}\Z")
_SURROGATES = range(0xD800, 0xE000)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}

MOST_ELEMENTS = 250_000
"""Elements of a part that are laid out in memory: a thousand bytes each. Sheets and shared strings are read in another way."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def unescape(text: bytes) -> str:
    """Decode an attribute's or text's bytes, entities resolved."""
    decoded = text.decode("utf-8")
    if "&" not in decoded:
        return decoded
    return _ENTITY.sub(_resolved, decoded)


def _resolved(entity: re.Match[str]) -> str:
    """Give the character that an entity stands for; the replacement character for a number that is none's."""
    if entity[3]:
        return _NAMED[entity[3]]
    number = int(entity[1], 16) if entity[1] else int(entity[2])
    return chr(number) if 0 < number <= sys.maxunicode and number not in _SURROGATES else "\ufffd"


def escape(text: str) -> bytes:
    """Encode text for an attribute or for content."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;").encode()


def attributes(text: bytes) -> dict[str, str]:
    """Read a tag's attributes, entities resolved, prefixes kept as they stand."""
    found = _ATTRIBUTE.findall(text)
    if b"&" not in text:
        return {name.decode(): (double or single).decode() for name, double, single in found}
    return {name.decode(): unescape(double or single) for name, double, single in found}


def whole_number(text: str, what: str) -> int:
    """Read a whole number as the format writes it. Raises Damaged, which calls it `what`."""
    if not _WHOLE.match(text):
        raise Damaged(f"{text[:20]!r} stands where a number belongs ({what})", "number")
    return int(text)


@dataclass(slots=True)
class Node:
    """An element and where it stands: its start tag is `[start:opened]`, its end tag `[closed:end]`."""

    name: str
    raw: bytes
    start: int
    opened: int
    closed: int = -1
    end: int = -1
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """The prefix with its colon, or nothing."""
        head, colon, _ = self.name.rpartition(":")
        return head + colon

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes by their names as written, prefixes included."""
        return attributes(self.raw)

    def get(self, name: str, default: str = "") -> str:
        """Give an attribute, whatever its prefix."""
        found = self.attributes
        if name in found:
            return found[name]
        return next(
            (v for k, v in found.items() if k.rpartition(":")[2] == name and not k.startswith("xmlns")), default
        )

    def number(self, name: str, default: int = 0) -> int:
        """Give an attribute that is a whole number; `default` where it is missing. Raises Damaged where it is none."""
        return whole_number(self.get(name) or str(default), f"{self.local} {name}")

    def find(self, local: str) -> Node | None:
        """Give the first child of that name."""
        return next((child for child in self.children if child.local == local), None)

    def all(self, local: str) -> list[Node]:
        """Give the children of that name."""
        return [child for child in self.children if child.local == local]

    def walk(self) -> Iterator[Node]:
        """Give this element and all beneath it, in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


class Markup:
    """One part's bytes, its elements, and the splices to be made in them.

    Offsets are those of the bytes as read, so splices may be registered in any order; `bytes()` applies them. Splices at
    one place come out in the order in which they were registered.
    """

    def __init__(self, data: bytes, part: str = "part") -> None:
        self.part = part
        self.data = as_utf8(data, part)
        self.root = _tree(self.data, part)
        self._splices: list[tuple[int, int, int, bytes]] = []
        self._opened: dict[int, tuple[Node, list[tuple[int, bytes]]]] = {}

    @property
    def changed(self) -> bool:
        """Tell whether any splice is registered."""
        return bool(self._splices or self._opened)

    def namespace(self, prefix: str = "") -> str:
        """Give the namespace that the root binds to a prefix ('' or 'r:')."""
        return self.root.attributes.get("xmlns:" + prefix.rstrip(":") if prefix else "xmlns", "")

    def prefix_of(self, *namespaces: str) -> str | None:
        """Give the prefix, with its colon, that the root binds to one of the namespaces; None where it binds none."""
        for name, value in self.root.attributes.items():
            if value in namespaces and name.startswith("xmlns:"):
                return name[6:] + ":"
        return None

    def text(self, node: Node) -> str:
        """Give the text directly inside an element without children."""
        return unescape(self.data[node.opened : node.closed])

    def splice(self, start: int, end: int, new: bytes) -> None:
        """Put `new` where the bytes from `start` to `end` stand."""
        self._splices.append((start, end, len(self._splices), new))

    def remove(self, node: Node) -> None:
        """Take an element out."""
        self.splice(node.start, node.end, b"")

    def fill(self, node: Node, xml: bytes) -> None:
        """Put XML in the place of all that an element holds; a self-closed one is opened."""
        if node.opened == node.end:
            self.append(node, xml)
        else:
            self.splice(node.opened, node.closed, xml)

    def append(self, parent: Node, xml: bytes) -> None:
        """Put XML at the end of an element's children; a self-closed element is opened."""
        self._append(parent, xml, len(self._splices))

    def _append(self, parent: Node, xml: bytes, rank: int) -> None:
        if parent.opened == parent.end:
            self._opened.setdefault(parent.start, (parent, []))[1].append((rank, xml))
        else:
            self._splices.append((parent.closed, parent.closed, rank, xml))

    def insert_in_order(self, parent: Node, xml: bytes, local: str, order: Sequence[str]) -> None:
        """Put a child where the schema's sequence wants it: before the first child that comes after it in `order`.

        A child the sequence does not know (mc:AlternateContent) belongs to the one before it. Several that come to stand at one
        place do so in the sequence, too, whichever was put there first.
        """
        later = set(order[order.index(local) + 1 :])
        at = next((child for child in parent.children if child.local in later), None)
        rank = order.index(local) - len(order)
        if at is None:
            self._append(parent, xml, rank)
        else:
            self._splices.append((at.start, at.start, rank, xml))

    def set_attribute(self, node: Node, name: str, value: str | None) -> None:
        """Change, add, or with None take away one attribute; its neighbours keep their bytes."""
        tag_start = node.start + 1 + len(node.name.encode())
        for found in _ATTRIBUTE.finditer(self.data, tag_start, node.opened):
            if found[1].decode() == name:
                if value is None:
                    self.splice(found.start() - 1, found.end(), b"")
                elif unescape(found[2] if found[2] is not None else found[3]) != value:
                    self.splice(found.start(), found.end(), found[1] + b'="' + escape(value) + b'"')
                return
        if value is not None:
            self.splice(tag_start, tag_start, b" " + name.encode() + b'="' + escape(value) + b'"')

    def __bytes__(self) -> bytes:
        opened = [
            (node.end - 2, node.end, 0, b">%b</%b>" % (_by_rank(inner), node.name.encode()))
            for node, inner in self._opened.values()
        ]
        pieces: list[bytes] = []
        at = 0
        for start, end, _, new in sorted(self._splices + opened, key=itemgetter(0, 1, 2)):
            if start < at:
                raise AssertionError(f"overlapping splices in {self.part}")
            pieces += (self.data[at:start], new)
            at = end
        pieces.append(self.data[at:])
        return b"".join(pieces)


def _by_rank(children: list[tuple[int, bytes]]) -> bytes:
    return b"".join(xml for _, xml in sorted(children, key=itemgetter(0)))


def _check_markup(data: bytes, part: str) -> None:
    """Raise Hostile where there is too much of it, Damaged where its last comment never ends."""
    if data.count(b"<") - data.count(b"</") > MOST_ELEMENTS:
        raise Hostile(f"{part} has more than {MOST_ELEMENTS:,} elements", "elements")
    if data.rfind(b"<!--") > data.rfind(b"-->") or data.rfind(b"<?") > data.rfind(b"?>"):
        raise Damaged(f"{part} breaks off in a comment", "malformed")


def _tree(data: bytes, part: str) -> Node:
    """Tokenise into a tree of places. Raises Damaged where tags do not nest."""
    root: Node | None = None
    here: Node | None = None
    at = 0
    _check_markup(data, part)
    for token in TOKEN.finditer(data):
        if data.find(b"<", at, token.start()) != -1:
            raise Damaged(f"{part} is not well-formed XML at byte {at}", "malformed")
        at = token.end()
        if token["name"] is None:
            continue
        name = sys.intern(token["name"].decode())  # a part may have a hundred thousand elements of one name
        if token["close"]:
            if here is None or here.name != name:
                raise Damaged(f"{part} is not well-formed XML: </{name}> closes nothing", "malformed")
            here.closed, here.end = token.start(), token.end()
            here = here.parent
            continue
        node = Node(name, token["attributes"], token.start(), token.end(), parent=here)
        if here is not None:
            here.children.append(node)
        elif root is not None:
            raise Damaged(f"{part} has two roots", "malformed")
        else:
            root = node
        if token["empty"]:
            node.closed = node.end = token.end()
        else:
            here = node
    if root is None or here is not None or data.find(b"<", at) != -1:
        raise Damaged(f"{part} breaks off: not well-formed XML", "malformed")
    return root
