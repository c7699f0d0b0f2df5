"""Links from cells of a program's own sheet to somewhere outside: `hyperlink` elements, each with a relationship.

The function HYPERLINK takes no more than 255 characters, a relationship 2,079: only that holds a whole message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from sheetcrm.xlsx.document import rels_part
from sheetcrm.xlsx.frame import ORDER
from sheetcrm.xlsx.markup import RELATIONSHIPS, STRICT_RELATIONSHIPS, Markup, Node
from sheetcrm.xlsx.refs import Range, cell_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.xlsx.parts import Parts
    from sheetcrm.xlsx.sheet_spec import SheetSpec

LONGEST = 2079
"""Characters of an address (Excel's specifications and limits)."""

MOST = 65_530
"""Links of a sheet, by the same source; a file with more is repaired."""


def wanted(spec: SheetSpec) -> dict[str, str]:
    """Give the links that a sheet is to have, by cell."""
    found: dict[str, str] = {}
    for index, links in enumerate(spec.links):
        for at, address in links.items():
            if address and len(found) < MOST:
                found[cell_name(spec.header_row + 1 + index, spec.places[at])] = address
    return found


def standing(frame: Markup, parts: Parts, sheet: str, spec: SheetSpec) -> dict[str, str]:
    """Give the links that stand in those columns of a sheet that are to have links, by cell."""
    targets = _targets(parts, sheet)
    return {node.get("ref"): targets.get(node.get("id"), "") for node in _ours(frame, spec)}


def linked(frame: Markup, parts: Parts, sheet: str, spec: SheetSpec, *, strict: bool = False) -> None:
    """Let a sheet's links be those that are wanted; others that stand in it stay. `frame` is the sheet without its rows, or with them."""
    now = wanted(spec)
    ours = _ours(frame, spec)
    if standing(frame, parts, sheet, spec) == now:
        return
    node = frame.root.find("hyperlinks")
    gone = {one.start for one in ours}
    others = [one for one in (node.children if node is not None else ()) if one.start not in gone]
    unused = {one.get("id") for one in ours} - {one.get("id") for one in others}
    ids = parts.relink(sheet, unused, list(dict.fromkeys(now.values())), strict=strict)
    p = frame.root.prefix.encode()
    r = frame.prefix_of(RELATIONSHIPS, STRICT_RELATIONSHIPS)
    namespace = STRICT_RELATIONSHIPS if strict else RELATIONSHIPS
    declared = b"" if r is not None else b' xmlns:r="%b"' % namespace.encode()
    lines = [frame.data[one.start : one.end] for one in others]
    lines += [
        b'<%bhyperlink%b ref="%b" %bid="%b"/>'
        % (p, declared, cell.encode(), (r or "r:").encode(), ids[address].encode())
        for cell, address in now.items()
    ]
    if node is not None and not lines:  # an empty list is no list to Excel
        frame.remove(node)
    elif node is not None:
        frame.fill(node, b"".join(lines))
    else:
        xml = b"<%bhyperlinks>%b</%bhyperlinks>" % (p, b"".join(lines), p)
        frame.insert_in_order(frame.root, xml, "hyperlinks", ORDER)


def _ours(frame: Markup, spec: SheetSpec) -> list[Node]:
    """Give the links beneath the header in our columns of links."""
    columns = {spec.places[at] for at in spec.linked_columns}
    found = []
    node = frame.root.find("hyperlinks")
    for one in node.children if node is not None else ():
        try:
            place = Range.parse(one.get("ref"))
        except ValueError:
            continue
        if (
            place.first_column == place.last_column
            and place.first_column in columns
            and place.first_row > spec.header_row
        ):
            found.append(one)
    return found


def _targets(parts: Parts, sheet: str) -> Mapping[str, str]:
    name = rels_part(sheet)
    if name not in parts:
        return {}
    nodes = Markup(parts.read(name), name).root.all("Relationship")
    return {node.get("Id"): _encoded(node.get("Target")) for node in nodes}


def _encoded(address: str) -> str:
    """Give an address as we write it: LibreOffice saves the letters beyond ASCII that are encoded in it as themselves."""
    return address if address.isascii() else "".join(c if c.isascii() else quote(c, errors="replace") for c in address)
