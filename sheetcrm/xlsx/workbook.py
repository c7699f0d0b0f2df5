"""Splices in the workbook part and the custom properties: a sheet, a name, the wish for a full calculation."""

from __future__ import annotations

import re

from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.errors import Unsupported
from sheetcrm.xlsx.markup import RELATIONSHIPS, STRICT_MAIN, STRICT_RELATIONSHIPS, Markup, Node, escape
from sheetcrm.xlsx.parts import Parts

ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups", "externalReferences",
    "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip
MAX_TITLE = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_NAME = re.compile(r"[^\W\d][\w.]{0,254}\Z")
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VARIANTS = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_STRICT_PROPERTIES = "http://purl.oclc.org/ooxml/officeDocument/customProperties"
_STRICT_VARIANTS = "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes"
_PROPERTY_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # the one set that custom properties belong to


def is_strict(document: Document) -> bool:
    """Tell whether the workbook is ISO Strict."""
    return STRICT_MAIN in document.workbook.root.attributes.values()


def safe_title(wanted: str, taken: set[str]) -> str:
    """Give a sheet title that Excel takes and that is not taken (case ignored)."""
    base = _FORBIDDEN.sub(" ", wanted).strip().strip("'")[:MAX_TITLE] or "Sheet"
    title, number = base, 2
    while title.casefold() in taken:
        tail = f" {number}"
        title, number = base[: MAX_TITLE - len(tail)] + tail, number + 1
    return title


def add_sheet(parts: Parts, workbook: str, title: str, rel_id: str, *, strict: bool, state: str = "visible") -> None:
    """List a sheet at the end, where the positions that local names count by stay."""
    with parts.edit(workbook) as markup:
        sheets = markup.root.find("sheets")
        if sheets is None:
            raise Unsupported("the workbook has no list of sheets", "sheets")
        ids = [int(node.get("sheetId")) for node in sheets.children if node.get("sheetId").isdecimal()]
        prefix = markup.prefix_of(STRICT_RELATIONSHIPS if strict else RELATIONSHIPS)
        declared = b""
        if prefix is None:  # bound on the <sheet> elements themselves, as some producers do
            prefix = "r:"
            declared = b' xmlns:r="%b"' % (STRICT_RELATIONSHIPS if strict else RELATIONSHIPS).encode()
        declared += b"" if state == "visible" else b' state="%b"' % state.encode()
        xml = b'<%bsheet name="%b" sheetId="%d"%b %bid="%b"/>'
        numbers = (
            markup.root.prefix.encode(),
            escape(title),
            max(ids, default=0) + 1,
            declared,
            prefix.encode(),
            rel_id.encode(),
        )
        markup.append(sheets, xml % numbers)


def define_name(parts: Parts, workbook: str, name: str, value: str, *, hidden: bool) -> None:
    """Define a name of the whole workbook, or give it another value."""
    if not _NAME.match(name):
        raise Unsupported(f"{name!r} cannot be a name in a workbook", "name")
    with parts.edit(workbook) as markup:
        node = _find_name(markup, name)
        p = markup.root.prefix.encode()
        if node is not None:
            if markup.text(node) != value:
                markup.fill(node, escape(value))
            return
        flag = b' hidden="1"' if hidden else b""
        xml = b'<%bdefinedName name="%b"%b>%b</%bdefinedName>' % (p, escape(name), flag, escape(value), p)
        names = markup.root.find("definedNames")
        if names is not None:
            markup.append(names, xml)
        else:
            xml = b"<%bdefinedNames>%b</%bdefinedNames>" % (p, xml, p)
            markup.insert_in_order(markup.root, xml, "definedNames", ORDER)


def remove_name(parts: Parts, workbook: str, name: str) -> None:
    """Take a name of the whole workbook out; the list goes with its last name (an empty one is against the schema)."""
    with parts.edit(workbook) as markup:
        node = _find_name(markup, name)
        if node is not None and node.parent is not None:
            markup.remove(node.parent if len(node.parent.children) == 1 else node)


def calculate_fully(parts: Parts, workbook: str) -> None:
    """Ask for a full calculation when the workbook is opened next."""
    with parts.edit(workbook) as markup:
        node = markup.root.find("calcPr")
        if node is not None:
            if node.get("fullCalcOnLoad") not in {"1", "true"}:
                markup.set_attribute(node, "fullCalcOnLoad", "1")
        else:
            xml = b'<%bcalcPr fullCalcOnLoad="1"/>' % markup.root.prefix.encode()
            markup.insert_in_order(markup.root, xml, "calcPr", ORDER)


def set_property(parts: Parts, document: Document, name: str, value: str) -> bool:
    """Set a custom document property to a text; tells whether that was done.

    A part of properties that was there before is the owner's: it is left alone unless it holds this property already.
    """
    strict = is_strict(document)
    part = document.properties_part
    kinds = (rel for rel in parts.relationships("") if rel.kind in {"custom-properties", "customProperties"})
    part = part or next((rel.target for rel in kinds), None)
    if part is None:
        part = parts.free_name("docProps", "custom") if "docProps/custom.xml" in parts else "docProps/custom.xml"
        outer, inner = (_STRICT_PROPERTIES, _STRICT_VARIANTS) if strict else (_PROPERTIES, _VARIANTS)
        xml = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="{outer}" xmlns:vt="{inner}"/>'
        )
        parts.put(part, xml.encode())
        parts.declare(part, "custom-properties")
        parts.relate("", "customProperties" if strict else "custom-properties", part, strict=strict)
    elif parts.new(part) is None and name.casefold() not in {known.casefold() for known in document.properties}:
        return False
    with parts.edit(part) as markup:
        namespaces = (_VARIANTS, _STRICT_VARIANTS)
        vt = markup.prefix_of(*namespaces)
        declared = b"" if vt is not None else b' xmlns:vt="%b"' % (_STRICT_VARIANTS if strict else _VARIANTS).encode()
        v = (vt or "vt:").encode()
        text = b"<%blpwstr%b>%b</%blpwstr>" % (v, declared, escape(value), v)
        properties = markup.root.all("property")
        old = next((node for node in properties if node.get("name").casefold() == name.casefold()), None)
        if old is None:
            pid = max([1, *(int(node.get("pid")) for node in properties if node.get("pid").isdecimal())]) + 1
            p = markup.root.prefix.encode()
            xml_bytes = b'<%bproperty fmtid="%b" pid="%d" name="%b">%b</%bproperty>'
            markup.append(markup.root, xml_bytes % (p, _PROPERTY_SET.encode(), pid, escape(name), text, p))
        elif not (old.children and markup.text(old.children[0]) == value):
            markup.fill(old, text)
    return True


def _find_name(markup: Markup, name: str) -> Node | None:
    names = markup.root.find("definedNames")
    found = (node for node in (names.children if names else ()) if node.get("name").casefold() == name.casefold())
    return next((node for node in found if not node.get("localSheetId")), None)
