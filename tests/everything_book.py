"""A client workbook full of everything, put together from parts of real workbooks; what none of them has is written by hand.

`assembled(folder)` gives its parts by name; `folder` holds the real workbooks. The lists are Excel tables in sheets that bear much
themselves; each real workbook lends a sheet with all that hangs on it.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

from lxml import etree
from producers import LINES, MAIN, PACKAGE, PEOPLE, STYLES, Maker, Page, R, Writing

MS = "http://schemas.microsoft.com/office"
_SS = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_OFFICE = "application/vnd.openxmlformats-officedocument."
_EXCEL = "application/vnd.ms-excel."
LENT = {
    "pivot": "Open-XML-SDK--basicspreadsheet.xlsx",
    "activex": "Open-XML-SDK--ActiveXControls-O12-XL-Controls.xlsx",
    "ole": "Open-XML-SDK--OLE-O12-XL-OLE.xlsx",
    "controls": "umya-spreadsheet--issue_189.xlsx",
    "threads": "umya-spreadsheet--issue_285.xlsx",
    "sparklines": "PhpSpreadsheet--sparklineEdgeCases.xlsx",
    "query": "Open-XML-SDK--QueryTable.xlsx",
    "header": "PhpSpreadsheet--issue.1767.xlsx",
    "art": "Open-XML-SDK--Complex01.xlsx",
    "charts": "Open-XML-SDK--Axis Title-O12-XL-ChartProperties.xlsx",
    "bars": "PhpSpreadsheet--conditionalFormattingDataBarTest.xlsx",
    "choices": "umya-spreadsheet--issue_178.xlsx",
    "video": "Open-XML-SDK--Youtube.xlsx",
}
"""Whose sheet with what on it."""
HANGS_ON_BOOK = {
    "Open-XML-SDK--ExternalLink.xlsx": "externalLink",
    "XlsxWriter--macro02.xlsm": "vbaProject",
    "Open-XML-SDK--00cb49ed-f996-4a3b-9bad-8676e765c4b2.xlsx": "customXml",
    "umya-spreadsheet--issue_285.xlsx": "person",
    "Open-XML-SDK--QueryTable.xlsx": "connections",
}
"""Whose part of the workbook as a whole, by the kind of its relationship."""

Links = list[tuple[str, str, str]]


class Lender:
    """A real workbook, its parts and what they are."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as package:
            self.parts = {name.lstrip("/"): package.read(name) for name in package.namelist() if not name.endswith("/")}
        types = etree.fromstring(self.parts["[Content_Types].xml"])
        self.types = {node.get("PartName", "").lstrip("/").lower(): node.get("ContentType", "") for node in types}
        self.defaults = {node.get("Extension", "").lower(): node.get("ContentType", "") for node in types}
        self.book = next(target for _, kind, target in self.links("") if kind.endswith("/officeDocument"))

    def links(self, part: str) -> Links:
        """(id, kind, part) of what a part names inside the package."""
        folder, _, base = part.rpartition("/")
        name = posixpath.join(folder, "_rels", f"{base}.rels")
        if name not in self.parts:
            return []
        return [
            (
                node.get("Id", ""),
                node.get("Type", ""),
                posixpath.normpath(posixpath.join("/" + folder, node.get("Target", ""))).lstrip("/"),
            )
            for node in etree.fromstring(self.parts[name])
            if node.get("TargetMode") != "External"
        ]

    def type_of(self, part: str) -> str:
        return self.types.get(part.lower()) or self.defaults.get(part.rpartition(".")[2].lower(), "application/xml")

    def closure(self, part: str) -> list[str]:
        """A part and all that hangs on it."""
        found, queue = [part], [part]
        while queue:
            for _, _, target in self.links(queue.pop()):
                if target in self.parts and target not in found:
                    found.append(target)
                    queue.append(target)
        return found

    def fullest_sheet(self) -> str:
        """The sheet on which most hangs."""
        sheets = [target for _, kind, target in self.links(self.book) if kind.endswith("/worksheet")]
        return max(sheets, key=lambda part: (len(self.closure(part)), len(self.parts[part])))

    def plain(self, part: str) -> bytes:
        """A sheet that needs neither the styles nor the shared strings of its workbook."""
        strings = next((t for _, kind, t in self.links(self.book) if kind.endswith("/sharedStrings")), "")
        inner = re.findall(rb"<si>(.*?)</si>|<si/>", self.parts[strings], re.DOTALL) if strings else []
        data = re.sub(rb'(<(?:c|row|col)\b[^>]*?) (?:s|style)="\d+"', rb"\1", self.parts[part])
        data = re.sub(rb' (?:dxfId|cm|vm)="\d+"', b"", data)
        return re.sub(
            rb'(<c\b[^>]*?) t="s"([^>]*)><v>(\d+)</v></c>',
            lambda m: m[1] + b' t="inlineStr"' + m[2] + b"><is>" + inner[int(m[3])] + b"</is></c>",
            data,
        )


class Assembly:
    """A package that grows."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.of_book: list[tuple[str, str]] = []
        self.of_package: list[tuple[str, str]] = []
        self.titles: list[str] = []

    def put(self, part: str, content: str | bytes, content_type: str) -> str:
        self.parts[part] = content.encode() if isinstance(content, str) else content
        self.types[part] = content_type
        return part

    def borrow(self, lender: Lender, root: str, folder: str) -> str:
        """Copy a part with all that hangs on it into a folder of its own, where relative targets hold; gives its new name."""

        def placed(name: str) -> str:
            return f"xl/{folder}/{name.removeprefix('xl/')}"

        for part in lender.closure(root):
            data, kind = lender.parts[part], lender.type_of(part)
            if kind.endswith("table+xml"):  # numbers of tables are the workbook's
                data = re.sub(rb'( id=)"\d+"', rb'\1"%d"' % len(self.parts), data, count=1)
            self.put(placed(part), data, kind)
            head, _, base = part.rpartition("/")
            links = posixpath.join(head, "_rels", f"{base}.rels")
            if links in lender.parts:
                text = re.sub(rb'Target="/(?:xl/)?', f'Target="/xl/{folder}/'.encode(), lender.parts[links])
                self.put(posixpath.join(posixpath.dirname(placed(part)), "_rels", f"{base}.rels"), text, "")
        return placed(root)

    def sheet(self, title: str, part: str) -> None:
        self.titles.append(title)
        self.of_book.insert(len(self.titles) - 1, (f"{R}/worksheet", part))

    def tie(self, part: str, *links: tuple[str, str]) -> None:
        """Write a part's relationships rId1, rId2, …"""
        folder, _, base = part.rpartition("/")
        self.put(posixpath.join(folder, "_rels", f"{base}.rels"), relationships(links), "")


def relationships(links: object) -> str:
    assert isinstance(links, tuple | list)
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{kind}" Target="{target if "://" in target else "/" + target}"/>'
        for at, (kind, target) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def assembled(folder: Path) -> dict[str, bytes]:
    """The workbook's parts, in an order that any archive may have."""
    book = Assembly()
    _lists(book)
    caches = ""
    for title, name in LENT.items():
        lender = Lender(folder / name)
        source = lender.fullest_sheet()
        part = book.borrow(lender, source, title)
        book.parts[part] = lender.plain(source)
        book.sheet(title, part)
        for _, kind, target in lender.links(lender.book):
            if kind.endswith("/pivotCacheDefinition") and f"xl/{title}/{target.removeprefix('xl/')}" in book.parts:
                book.of_book.append((kind, f"xl/{title}/{target.removeprefix('xl/')}"))
                caches += f'<pivotCache cacheId="{_cache(lender, target)}" r:id="rId{len(book.of_book)}"/>'
    for at, (name, kind) in enumerate(HANGS_ON_BOOK.items()):
        lender = Lender(folder / name)
        link, target = next((k, t) for _, k, t in lender.links(lender.book) if k.rpartition("/")[2] == kind)
        book.of_book.append((link, book.borrow(lender, target, f"book{at}")))
    _by_hand(book)
    _finish(book, caches)
    return book.parts


def _cache(lender: Lender, target: str) -> str:
    ids = {link: t for link, _, t in lender.links(lender.book)}
    text = lender.parts[lender.book].decode()
    return next(m[1] for m in re.finditer(r'<pivotCache cacheId="(\d+)" r:id="([^"]+)"', text) if ids[m[2]] == target)


_X14 = f'xmlns:x14="{MS}/spreadsheetml/2009/9/main" xmlns:xm="{MS}/excel/2006/main"'
_FORMATS = (
    '<conditionalFormatting sqref="E2:E4"><cfRule type="expression" priority="1"><formula>$E2&lt;1</formula></cfRule>'
    '</conditionalFormatting><dataValidations count="1"><dataValidation type="list" allowBlank="1" sqref="F2:F4"><formula1>"tea,coffee"'
    '</formula1></dataValidation></dataValidations><hyperlinks><hyperlink ref="D2" location="Visits!A1" display="x"/></hyperlinks>'
)
_HEADER = "<headerFooter><oddHeader>&amp;C&amp;G</oddHeader></headerFooter>"
_EXTENSIONS = (
    '<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" {x14}><x14:conditionalFormattings><x14:conditionalFormatting>'
    '<x14:cfRule type="iconSet" priority="3" id="{{0A1B2C3D-0000-4000-8000-000000000001}}"><x14:iconSet iconSet="3Stars"><x14:cfvo type='
    '"percent"><xm:f>0</xm:f></x14:cfvo><x14:cfvo type="percent"><xm:f>33</xm:f></x14:cfvo><x14:cfvo type="percent"><xm:f>67</xm:f>'
    "</x14:cfvo></x14:iconSet></x14:cfRule><xm:sqref>{column}2:{column}4</xm:sqref></x14:conditionalFormatting>"
    '</x14:conditionalFormattings></ext><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" {x14}><x14:dataValidations count="1">'
    '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>pivot!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>B2:B4</xm:sqref>'
    '</x14:dataValidation></x14:dataValidations></ext><ext uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}" {x14}><x14:sparklineGroups>'
    '<x14:sparklineGroup displayEmptyCellsAs="gap"><x14:sparklines><x14:sparkline><xm:f>Visits!C2:C4</xm:f><xm:sqref>{at}</xm:sqref>'
    "</x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext>{more}</extLst>"
)
_SLICERS = f'<ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" {_X14}><x14:slicerList><x14:slicer r:id="rId7"/></x14:slicerList></ext>'
_TABLE = (
    '<table xmlns="{main}" id="{id}" name="{name}" displayName="{name}" ref="{ref}" totalsRowShown="0"><autoFilter ref="{ref}"/>'
    '<tableColumns count="{count}">{columns}</tableColumns><tableStyleInfo name="TableStyleMedium2" showRowStripes="1"/></table>'
)


def _lists(book: Assembly) -> None:
    """The Clients and the Visits sheet, each with a table, a drawing, notes and whatever a sheet may bear."""
    how = Maker(Writing(strings="inline"))
    for number, (title, rows, ref, column, at) in enumerate(
        (("Clients", PEOPLE, "A1:F4", "C", "H9"), ("Visits", LINES, "A1:C4", "C", "F9")), 1
    ):
        bears = _EXTENSIONS.format(x14=_X14, column=column, at=at, more=_SLICERS if title == "Clients" else "")
        tail = (
            (_FORMATS if title == "Clients" else "")
            + '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
            + '<pageSetup paperSize="9" r:id="rId4"/>'
            + _HEADER
            + '<drawing r:id="rId2"/><legacyDrawing r:id="rId3"/><legacyDrawingHF r:id="rId5"/>'
            + '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
            + bears
        )
        head = (
            '<sheetPr codeName="Sheet1"><tabColor rgb="FF00B050"/></sheetPr><dimension ref="A1"/><sheetViews><sheetView'
            ' workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        )
        part = book.put(
            f"xl/worksheets/sheet{number}.xml", how.sheet(Page(title, rows, head, tail)), _SS + "worksheet+xml"
        )
        book.sheet(title, part)
        columns = "".join(f'<tableColumn id="{n}" name="{header}"/>' for n, header in enumerate(rows[0], 1))
        table = _TABLE.format(main=MAIN, id=number + 90, name=title, ref=ref, count=len(rows[0]), columns=columns)
        links = [
            (f"{R}/table", book.put(f"xl/tables/table{number}.xml", table, _SS + "table+xml")),
            (f"{R}/drawing", _drawing(book, number)),
            (f"{R}/vmlDrawing", book.put(f"xl/drawings/vml{number}.vml", _vml("Note", 2), _OFFICE + "vmlDrawing")),
            (f"{R}/printerSettings", book.put(f"xl/printer{number}.bin", b"\0\1" * 99, _SS + "printerSettings")),
            (f"{R}/vmlDrawing", book.put(f"xl/drawings/head{number}.vml", _vml("Pict", 0), _OFFICE + "vmlDrawing")),
            (f"{R}/comments", book.put(f"xl/comments{number}.xml", _COMMENTS, _SS + "comments+xml")),
        ]
        if title == "Clients":
            links.append(
                (f"{MS}/2007/relationships/slicer", book.put("xl/slicers/slicer1.xml", _SLICER, _EXCEL + "slicer+xml"))
            )
        threads = book.put(f"xl/threadedComments/thread{number}.xml", _THREADS, _EXCEL + "threadedcomments+xml")
        links.append((f"{MS}/2017/10/relationships/threadedComment", threads))
        book.tie(part, *links)


_COMMENTS = (
    f'<comments xmlns="{MAIN}"><authors><author>tc={{00000000-0001-0000-0000-000000000001}}</author></authors><commentList>'
    f'<comment ref="B2" '
    'authorId="0" shapeId="0"><text><t>[Threaded comment] Comes with her dog</t></text></comment></commentList></comments>'
)
_THREADS = (
    f'<ThreadedComments xmlns="{MS}/spreadsheetml/2018/threadedcomments"><threadedComment ref="B2" dT="2026-01-02T03:04:05.67" '
    'personId="{00000000-0002-0000-0000-000000000001}" id="{00000000-0001-0000-0000-000000000001}"><text>Comes with her dog</text>'
    "</threadedComment></ThreadedComments>"
)
_SLICER = (
    f'<slicers xmlns="{MS}/spreadsheetml/2009/9/main"><slicer name="Name" cache="Slicer_Name" caption="Name" '
    'rowHeight="241300"/></slicers>'
)


def _vml(kind: str, row: int) -> str:
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        ' xmlns:x="urn:schemas-microsoft-com:'
        f'office:excel"><v:shape id="_x0000_s1025" type="#_x0000_t202" style="position:absolute"><x:ClientData ObjectType="{kind}">'
        f"<x:Row>{row}</x:Row><x:Column>1</x:Column></x:ClientData></v:shape></xml>"
    )


def _drawing(book: Assembly, number: int) -> str:
    """A drawing with a chart of the new kind, a slicer and a picture."""
    anchor = (
        "<xdr:from><xdr:col>{0}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>9</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to>"
        "<xdr:col>{1}"
        "</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>19</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
    )
    frame = (
        '<xdr:twoCellAnchor>{place}<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="{id}" name="{name}"/>'
        "<xdr:cNvGraphicFramePr/>"
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="{uri}"'
        ">{inner}"
        "</a:graphicData></a:graphic></xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor>"
    )
    cx = f"{MS}/drawing/2014/chartex"
    slicer = "http://schemas.microsoft.com/office/drawing/2010/slicer"
    new_chart = frame.format(
        place=anchor.format(1, 3), id=2, name="Waterfall", uri=cx, inner=f'<cx:chart xmlns:cx="{cx}" r:id="rId1"/>'
    )
    sliced = frame.format(
        place=anchor.format(4, 5),
        id=3,
        name="Name",
        uri=slicer,
        inner=f'<sle:slicer xmlns:sle="{slicer}" name="Name"/>',
    )
    picture = (
        f'<xdr:twoCellAnchor>{anchor.format(6, 7)}<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="4" name="Logo"/><xdr:cNvPicPr/></xdr:nvPicPr>'
        '<xdr:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:prstGeom prst="rect">'
        "<a:avLst/>"
        "</a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:twoCellAnchor>"
    )
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    a14, cx1 = (
        "http://schemas.microsoft.com/office/drawing/2010/main",
        "http://schemas.microsoft.com/office/drawing/2015/9/8/chartex",
    )
    text = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http:/'
        "/schemas.openxmlformats.org/"
        f'drawingml/2006/main" xmlns:r="{R}" xmlns:mc="{mc}"><mc:AlternateContent xmlns:cx1="{cx1}"><mc:Choice Requires="cx1">{new_chart}'
        f'</mc:Choice><mc:Fallback/></mc:AlternateContent><mc:AlternateContent xmlns:a14="{a14}"><mc:Choice Requires="a14">{sliced}'
        f"</mc:Choice><mc:Fallback/></mc:AlternateContent>{picture}</xdr:wsDr>"
    )
    part = book.put(f"xl/drawings/drawing{number}.xml", text, _OFFICE + "drawing+xml")
    chart = (
        f'<cx:chartSpace xmlns:cx="{cx}"><cx:chartData><cx:data id="0"><cx:numDim type="val"><cx:f>Visits!$C$2:$C$4</cx:f></cx:numDim>'
        f"</cx:data>"
        '</cx:chartData><cx:chart><cx:plotArea><cx:plotAreaRegion><cx:series layoutId="waterfall"><cx:dataId val="0"/></cx:series>'
        "</cx:plotAreaRegion></cx:plotArea></cx:chart></cx:chartSpace>"
    )
    chart_part = book.put(f"xl/charts/chartEx{number}.xml", chart, _EXCEL.replace("excel", "office") + "chartex+xml")
    picture_part = book.put(f"xl/media/image{number}.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png")
    book.tie(part, (f"{MS}/2014/relationships/chartEx", chart_part), (f"{R}/image", picture_part))
    return part


def _by_hand(book: Assembly) -> None:
    """What no workbook at hand has: caches of slicers, data types, fonts, a data model, a ribbon."""
    main = f"{MS}/spreadsheetml/2009/9/main"
    cache = (
        f'<slicerCacheDefinition xmlns="{main}" xmlns:x15="{MS}/spreadsheetml/2010/11/main" name="Slicer_Name" sourceName="Name"><extLst>'
        f'<x:ext xmlns:x="{MAIN}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}"><x15:tableSlicerCache tableId="91" column="2"/><'
        f"/x:ext></extLst>"
        "</slicerCacheDefinition>"
    )
    rich = f"{MS}/spreadsheetml/2017/richdata"
    kinds = f"{MS}/2017/06/relationships"
    metadata = (
        f'<metadata xmlns="{MAIN}" xmlns:xlrd="{rich}"><metadataTypes count="1"><metadataType name="XLRICHVALUE"'
        ' minSupportedVersion="120000" '
        'copy="1" pasteAll="1"/></metadataTypes><futureMetadata name="XLRICHVALUE" count="1"><bk><extLst><ext'
        ' uri="{3e2802c4-a4d2-4d8b-9148-'
        'e3be6c30e623}"><xlrd:rvb i="0"/></ext></extLst></bk></futureMetadata><valueMetadata count="1"><bk><rc t="1" v="0"/></bk>'
        "</valueMetadata></metadata>"
    )
    values = f'<rvData xmlns="{rich}" count="1"><rv s="0"><v>Paris</v></rv></rvData>'
    structures = (
        f'<rvStructures xmlns="{rich}" count="1"><s t="_linkedentity"><k n="%EntityId" t="s"/></s></rvStructures>'
    )
    for kind, part, content, content_type in (
        (f"{MS}/2007/relationships/slicerCache", "xl/slicerCaches/slicerCache1.xml", cache, _EXCEL + "slicerCache+xml"),
        (f"{R}/sheetMetadata", "xl/metadata.xml", metadata, _SS + "sheetMetadata+xml"),
        (f"{kinds}/rdRichValue", "xl/richData/rdrichvalue.xml", values, _EXCEL + "rdrichvalue+xml"),
        (
            f"{kinds}/rdRichValueStructure",
            "xl/richData/rdstructure.xml",
            structures,
            _EXCEL + "rdrichvaluestructure+xml",
        ),
        (f"{R}/font", "xl/fonts/font1.odttf", bytes(range(256)) * 40, _OFFICE + "obfuscatedFont"),
        (f"{R}/powerPivotData", "xl/model/item.data", b"\x01\x02model" * 500, _OFFICE + "model+data"),
        (
            f"{R}/calcChain",
            "xl/calcChain.xml",
            f'<calcChain xmlns="{MAIN}"><c r="A1" i="3"/></calcChain>',
            _SS + "calcChain+xml",
        ),
    ):
        book.of_book.append((kind, book.put(part, content, content_type)))
    ribbon = f'<customUI xmlns="{MS}/2009/07/customui"><ribbon><tabs><tab id="mine" label="Mine"/></tabs></ribbon></customUI>'
    book.of_package.append(
        (f"{MS}/2007/relationships/ui/extensibility", book.put("customUI/customUI14.xml", ribbon, "application/xml"))
    )


def _finish(book: Assembly, caches: str) -> None:
    """The workbook part, the styles, the relationships, the content types."""
    styles = STYLES.format(ns=MAIN).replace(
        "</styleSheet>", '<dxfs count="1"><dxf><font><b/></font></dxf></dxfs></styleSheet>'
    )
    book.of_book.append((f"{R}/styles", book.put("xl/styles.xml", styles, _SS + "styles+xml")))
    sheets = "".join(
        f'<sheet name="{title}" sheetId="{at}" r:id="rId{at}"/>' for at, title in enumerate(book.titles, 1)
    )
    link = next(at for at, (kind, _) in enumerate(book.of_book, 1) if kind.endswith("/externalLink"))
    slicers = next(at for at, (kind, _) in enumerate(book.of_book, 1) if kind.endswith("/slicerCache"))
    text = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{R}"><workbookPr codeName="ThisWorkbook"/><bookViews><workbookView activeTab="2"/><'
        f"/bookViews>"
        f'<sheets>{sheets}</sheets><externalReferences><externalReference r:id="rId{link}"/></externalReferences><definedNames>'
        '<definedName name="_xlnm.Print_Area" localSheetId="0">Clients!$A$1:$F$4</definedName><definedName name="Slicer_Name">#N/A<'
        "/definedName>"
        f'</definedNames><calcPr calcId="191029"/><pivotCaches>{caches}</pivotCaches><extLst><ext'
        f' uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" '
        f'xmlns:x15="{MS}/spreadsheetml/2010/11/main" {_X14}><x15:slicerCaches><x14:slicerCache r:id="rId{slicers}"/><'
        f"/x15:slicerCaches></ext>"
        "</extLst></workbook>"
    )
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    book.tie(book.put("xl/workbook.xml", text, kind), *book.of_book)
    book.put("_rels/.rels", relationships([(f"{R}/officeDocument", "xl/workbook.xml"), *book.of_package]), "")
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{t}"/>' for part, t in book.types.items() if t)
    types = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application'
        f'/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    book.parts = {"[Content_Types].xml": types.encode(), **book.parts}
