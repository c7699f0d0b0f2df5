"""Client workbooks as spreadsheet programs and libraries write them, from their XML: see `Writing`."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

HEADERS = ("Client ID", "Name", "Phone", "Email", "Birthday", "Notes")
PEOPLE: Sequence[Sequence[Any]] = (
    HEADERS,
    ("C1", "Anna Smith", "+447400123456", "anna@example.com", date(1990, 3, 8), " likes tea "),
    ("C2", "Zoë Brown & Co", "+447400123457", "jo@example.com", date(1985, 11, 25), "=1+1"),
    (None, "Max Gray", "+447400123458", "max@example.com", None, "<b>"),
)
LINES: Sequence[Sequence[Any]] = (
    ("Date", "Client", "Amount"),
    (date(2026, 9, 1), "Anna Smith", 40.5),
    (date(2026, 10, 1), "C1", 60),
    (date(2026, 10, 5), "C2", 30),
)
FIGURES = [("C1", 2, 100.5, date(2026, 10, 1)), ("C2", 1, 30, date(2026, 10, 5)), ("C3", 0, 0, None)]
"""Id, visits, total spend, last visit of the three clients, once they are computed."""

STYLES = (
    '<styleSheet xmlns="{ns}"><fonts count="1"><font><sz val="10"/><name val="Arial"/></font></fonts><fills count="2"><fill>'
    '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" '
    'applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
DATE, TEXT = 1, 2  # cell styles of it


@dataclass(frozen=True)
class Page:
    """A sheet: its rows of values (None: no cell), and what stands before and behind its cells.

    `formulas` are XML put in place of a cell's content, by reference; `more` parts that its relationships name, by (kind, target).
    """

    title: str
    rows: Sequence[Sequence[Any]]
    head: str = ""
    tail: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    more: Sequence[tuple[str, str]] = ()
    top: int = 1


@dataclass(frozen=True)
class Writing:
    """How a producer writes: which of several lawful ways it takes."""

    strings: str = "shared"
    """shared, inline, str (results of formulas, as SheetJS does), rich (runs and phonetics)."""
    prefix: str = ""
    strict: bool = False
    iso_dates: bool = False
    date1904: bool = False
    styles: bool = True
    rows_named: bool = True
    cells_named: bool = True
    row: str = ""
    """Attributes of each row."""
    cell: str = ""
    """Attributes of each cell."""
    root: str = ""
    """Attributes of each sheet's root."""
    head: str = ""
    tail: str = ""
    absolute: bool = False
    folder: str = "xl"
    workbook: str = ""
    """Before the list of sheets."""
    behind: str = ""
    """Behind the list of sheets."""
    parts: Mapping[str, str | bytes] = field(default_factory=dict)
    types: str = ""
    links: Sequence[tuple[str, str]] = ()
    """More relationships of the workbook: (kind, target)."""


def letters(column: int) -> str:
    """1 is A."""
    return chr(64 + column) if column <= 26 else letters((column - 1) // 26) + chr(65 + (column - 1) % 26)


class Maker:
    """Makes the parts of a workbook in one way of writing."""

    def __init__(self, writing: Writing) -> None:
        self.how = writing
        self.shared: list[str] = []
        self.main = STRICT if writing.strict else MAIN
        self.rel = STRICT_R if writing.strict else R

    def root(self, name: str, inner: str, more: str = "") -> str:
        p = self.how.prefix
        bound = f'xmlns:{p[:-1]}="{self.main}"' if p else f'xmlns="{self.main}"'
        return f'{_XML}<{p}{name} {bound} xmlns:r="{self.rel}"{more}>{inner}</{p}{name}>'

    def text(self, value: str) -> str:
        plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        p, space = self.how.prefix, ' xml:space="preserve"' if value != value.strip() else ""
        if self.how.strings == "rich" and len(value) > 1:
            one, two = (
                part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in (value[0], value[1:])
            )
            keep = ' xml:space="preserve"'
            runs = f"<{p}r><{p}rPr><{p}b/></{p}rPr><{p}t{keep}>{one}</{p}t></{p}r><{p}r><{p}t{keep}>{two}</{p}t></{p}r>"
            return runs + f'<{p}rPh sb="0" eb="1"><{p}t>フリ</{p}t></{p}rPh><{p}phoneticPr fontId="0"/>'
        return f"<{p}t{space}>{plain}</{p}t>"

    def content(self, value: Any) -> tuple[str, str]:
        """A cell's attributes and content."""
        p, how = self.how.prefix, self.how
        if isinstance(value, str):
            if how.strings == "inline":
                return ' t="inlineStr"', f"<{p}is>{self.text(value)}</{p}is>"
            if how.strings == "str":
                plain = value.replace("&", "&amp;").replace("<", "&lt;")
                return ' t="str"', f"<{p}v>{plain}</{p}v>"
            if value not in self.shared:
                self.shared.append(value)
            return ' t="s"', f"<{p}v>{self.shared.index(value)}</{p}v>"
        if isinstance(value, date):
            style = f' s="{DATE}"' if how.styles else ""
            if how.iso_dates:
                return f'{style} t="d"', f"<{p}v>{value.isoformat()}</{p}v>"
            first = date(1904, 1, 1) if how.date1904 else date(1899, 12, 30)
            return style, f"<{p}v>{(value - first).days}</{p}v>"
        return "", f"<{p}v>{value}</{p}v>"

    def sheet(self, page: Page) -> str:
        p, how = self.how.prefix, self.how
        lines = []
        for number, row in enumerate(page.rows, page.top):
            cells = ""
            for column, value in enumerate(row, 1):
                ref = f"{letters(column)}{number}"
                if ref in page.cells:
                    cells += page.cells[ref]
                elif value is not None or not how.cells_named:
                    kind, content = self.content(value) if value is not None else ("", "")
                    name = f' r="{ref}"' if how.cells_named else ""
                    cells += f"<{p}c{name}{how.cell}{kind}>{content}</{p}c>" if content else f"<{p}c{name}/>"
            name = f' r="{number}"' if how.rows_named else ""
            lines.append(f"<{p}row{name}{how.row}>{cells}</{p}row>")
        inner = f"{how.head}{page.head}<{p}sheetData>{''.join(lines)}</{p}sheetData>{page.tail}{how.tail}"
        return self.root("worksheet", inner, how.root)

    def links(self, *targets: tuple[str, str], inside: str = "") -> str:
        lines = "".join(
            f'<Relationship Id="rId{at}" Type="{self.rel}/{kind}" Target="{self.target(target, inside)}"/>'
            for at, (kind, target) in enumerate(targets, 1)
        )
        return f'{_XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'

    def target(self, part: str, inside: str) -> str:
        if self.how.absolute:
            return "/" + part
        if part.startswith(inside + "/"):
            return part[len(inside) + 1 :]
        return "../" * (inside.count("/") + bool(inside)) + part

    def parts(self, pages: Sequence[Page]) -> dict[str, str | bytes]:
        """All parts, in the order in which Excel writes them."""
        how, p = self.how, self.how.prefix
        folder = how.folder + "/" if how.folder else ""
        sheets = {f"{folder}worksheets/sheet{at}.xml": self.sheet(page) for at, page in enumerate(pages, 1)}
        found: dict[str, str | bytes] = {}
        kinds = [("worksheet", part) for part in sheets]
        overrides = dict.fromkeys(sheets, _TYPE + "worksheet+xml")
        if how.styles:
            kinds.append(("styles", f"{folder}styles.xml"))
            xml = STYLES.format(ns=self.main)
            found[f"{folder}styles.xml"] = _XML + (
                xml.replace("</", f"</{p}")
                .replace("<", f"<{p}")
                .replace(f"<{p}/{p}", f"</{p}")
                .replace("xmlns=", f"xmlns:{p[:-1]}=")
                if p
                else xml
            )
            overrides[f"{folder}styles.xml"] = _TYPE + "styles+xml"
        if self.shared:
            kinds.append(("sharedStrings", f"{folder}sharedStrings.xml"))
            items = "".join(f"<{p}si>{self.text(text)}</{p}si>" for text in self.shared)
            found[f"{folder}sharedStrings.xml"] = self.root("sst", items)
            overrides[f"{folder}sharedStrings.xml"] = _TYPE + "sharedStrings+xml"
        listed = "".join(
            f'<{p}sheet name="{page.title}" sheetId="{at}" r:id="rId{at}"/>' for at, page in enumerate(pages, 1)
        )
        first = f'<{p}workbookPr date1904="1"/>' if how.date1904 else ""
        book = f"{folder}workbook.xml"
        overrides[book] = _TYPE + "sheet.main+xml"
        types = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
        start: dict[str, str | bytes] = {
            "[Content_Types].xml": f'{_XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f"{types}{how.types}</Types>",
            "_rels/.rels": self.links(("officeDocument", book)),
            book: self.root("workbook", f"{first}{how.workbook}<{p}sheets>{listed}</{p}sheets>{how.behind}"),
            f"{folder}_rels/workbook.xml.rels": self.links(*kinds, *how.links, inside=how.folder),
        }
        rels = {
            f"{folder}worksheets/_rels/sheet{at}.xml.rels": self.links(*page.more, inside=f"{folder}worksheets")
            for at, page in enumerate(pages, 1)
            if page.more
        }
        return start | sheets | rels | found | dict(how.parts)


CLIENTS, VISITS = Page("Clients", PEOPLE), Page("Visits", LINES)


def parts_of(writing: Writing, *pages: Page) -> dict[str, str | bytes]:
    """The parts of a client workbook."""
    return Maker(writing).parts(pages or (CLIENTS, VISITS))


def made(writing: Writing, *pages: Page) -> bytes:
    """A client workbook."""
    return zipped(parts_of(writing, *pages))


def zipped(parts: Mapping[str, str | bytes], *, name: Callable[[str], str] = str) -> bytes:
    """An archive of them; `name` gives an entry's name."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            info = zipfile.ZipInfo(part)
            info.filename = name(part)  # set later: the constructor turns backslashes round
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


class _Stream:
    """A file that cannot be gone back in: entries get data descriptors."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        pass


def streamed(parts: Mapping[str, str | bytes]) -> bytes:
    """An archive with data descriptors, as streaming writers make it."""
    out = _Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for part, content in parts.items():
            archive.writestr(part, content)
    return out.data


def as_zip64(data: bytes) -> bytes:
    """The archive with a zip64 end of its directory, as writers make it that do not know how long it gets."""
    at = data.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<H2L", data, at + 10)
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    return (
        data[:at]
        + end
        + locator
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    )
