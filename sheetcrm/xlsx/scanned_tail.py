"""What stands behind a sheet's cells and decides how it may be written: merged areas, protection, a filter, tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sheetcrm.xlsx.around import FILTER
from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.refs import column_number

if TYPE_CHECKING:
    from sheetcrm.xlsx.scanned import SheetScan

_MERGE = re.compile(
    rb"<(?:[^\s/>!?:<]+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})[\"']"
)
_TABLE_PART = re.compile(rb"<(?:[^\s/>!?:<]+:)?tablePart\s([^<>]*)>")
_PROTECTION = re.compile(rb"<(?:[^\s/>!?:<]+:)?sheetProtection\s([^<>]*)>")


def note_tail(scan: SheetScan, data: bytes) -> None:
    """Note what a piece from behind the cells says; no tag in it is cut in two."""
    if b"mergeCell " in data or b"mergeCell\n" in data:
        for found in _MERGE.finditer(data):
            left, top, right, bottom = found.groups()
            scan.merged.append((int(top), column_number(left), int(bottom), column_number(right)))
    if b"sheetProtection" in data and (found_tag := _PROTECTION.search(data)):
        scan.protected = attributes(found_tag[1]).get("sheet", "0") in {"1", "true", "on"}
    if b"autoFilter" in data and (found_tag := FILTER.search(data)):
        scan.own_filter = found_tag[1]
    if b"tablePart " in data:
        found_ids = (attributes(tag[1]) for tag in _TABLE_PART.finditer(data))
        scan.table_ids += [value for tag in found_ids for name, value in tag.items() if name.endswith(":id")]
