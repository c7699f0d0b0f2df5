"""Workbooks broken on purpose, in the archive's bytes and in the XML of its parts; the same seed breaks them in the same way.

data, what = mutant(book, Random(7))
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from random import Random

Edit = Callable[[bytes, Random], bytes]

_TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_ATTRIBUTE = re.compile(rb"([\w:.-]+)=(\"[^\"]*\"|'[^']*')")
_TEXT = re.compile(rb">([^<]+)<")
_REFERENCE = re.compile(rb"\b(?:r|ref|sqref|activeCell|spans)=\"([^\"]*)\"")
_INDEX = re.compile(
    rb"\b(?:s|si|cm|vm|count|uniqueCount|xfId|numFmtId|fontId|fillId|borderId|dxfId|id|sheetId|localSheetId"
    rb"|totalsRowCount|headerRowCount|min|max|style|activeTab|date1904|t)=\"([^\"]*)\""
)
_TARGET = re.compile(rb"\b(?:Target|PartName|ContentType|Type|Id|r:id|Extension)=\"([^\"]*)\"")

VALUES = (
    b"",
    b" ",
    b"0",
    b"-1",
    b"1",
    b"2147483648",
    b"99999999999999999999",
    b"1e308",
    b"-1e999",
    b"NaN",
    b"abc",
    "żółć Ж 漢".encode(),
    b"\xff\xfe",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"&nope;",
    "٣".encode(),
    "²".encode(),
    b"true",
    b"x" * 40_000,
    b"../../../../etc/passwd",
    b"1.5",
    b"2958466",
    b"_x0000_",
    b"#REF!",
    b"#SPILL!",
)
REFERENCES = (
    b"A0",
    b"XFE1",
    b"1A",
    b"",
    b"b2",
    b"$A$1",
    b"A1048577",
    b"A99999999",
    b"XFD1048576",
    b"A1:XFD1048576",
    b"A:C",
    b"1:5",
    b"C9:A1",
    b"A1 B2 C3",
    b"A1:B2:C3",
    b"Sheet1!A1",
    b"#REF!",
    b"A1,B2",
    b"AAAA1",
    "А1".encode(),
    b"R1C1",
    b"A1:",
    b":A1",
    b"A2147483648",
)
TARGETS = (
    b"nowhere.xml",
    b"../../../../../../etc/passwd",
    b"/xl/workbook.xml",
    b"workbook.xml",
    b"worksheets/sheet1.xml",
    b"http://127.0.0.1:9/x",
    b"",
    b"/",
    b"#A1",
    b"..\\..\\x",
    b"%2e%2e/%2e%2e/x",
    b"/_rels/.rels",
    b"styles.xml",
    b"sharedStrings.xml",
    b"rId1",
    b"rId99",
)
CELLS = (
    b'<c r="B3" t="e"><v>#SPILL!</v></c>',
    b'<c t="e"><v>#CALC!</v></c>',
    b'<c r="C2" t="s"><v>999999</v></c>',
    b'<c r="C2" t="s"><v>-1</v></c>',
    b'<c r="C2" t="s"><v/></c>',
    b'<c r="D2" t="d"><v>2026-13-45</v></c>',
    b'<c r="D2" t="zz"><v>1</v></c>',
    b'<c r="D2" t="b"><v>7</v></c>',
    b'<c r="D2" s="4294967296"><v>1</v></c>',
    b'<c r="D2" s="1"><v>1e400</v></c>',
    b'<c r="D2" s="1"><v>-40000</v></c>',
    b'<c r="D2"><f t="shared" si="77"/><v>1</v></c>',
    b'<c r="D2"><f t="shared" ref="A1:XFD9" si="0">A1</f></c>',
    b'<c r="D2"><f t="array" ref="A1:Z99">A1</f><v>1</v></c>',
    b'<c r="D2"><f t="dataTable" ref="A1:Z99" r1="A1"/></c>',
    b'<c r="D2"><is><t>x</t></is></c>',
    b'<c r="D2" t="inlineStr"><is/></c>',
    b'<c r="D2" t="inlineStr"><v>x</v></c>',
    b'<c r="D2" t="str"><f>x</f><v></v></c>',
    b'<c r="D2" cm="9" vm="9"><v>1</v></c>',
    b'<c r="A1"><v>1</v></c>',
    b"<c/>",
    b"<c><v>1</v></c>",
    b"<row/>",
    b'<row r="1"><c r="A1"><v>3</v></c></row>',
    b'<row r="0"/>',
    b'<row r="1048577"/>',
    b'<row r="1048576"><c r="XFD1048576" s="1"/></row>',
    b'<row r="300000"><c r="XFD300000" s="1"/></row>',
    b"<!-- <c> -->",
    b"<![CDATA[<c>]]>",
    b"<?pi x?>",
    b"<x:c xmlns:x='urn:x' r='A1'/>",
)
TAILS = (
    b'<mergeCells count="1"><mergeCell ref="%s"/></mergeCells>',
    b'<dataValidations count="1"><dataValidation type="list" sqref="%s"><formula1>"a,b"</formula1></dataValidation></dataValidations>',
    b'<conditionalFormatting sqref="%s"><cfRule type="cellIs" dxfId="99" priority="1"><formula>1</formula></cfRule></conditionalFormatting>',  # noqa: E501 - one thing, in one line
    b'<autoFilter ref="%s"/>',
    b'<sheetProtection sheet="1" password="%s"/>',
    b'<hyperlinks><hyperlink ref="%s" r:id="rId9"/></hyperlinks>',
    b'<tableParts count="1"><tablePart r:id="rId7"/></tableParts>',
    b'<ignoredErrors><ignoredError sqref="%s"/></ignoredErrors>',
)
RUBBISH = (
    b"<",
    b"&",
    b"\0",
    b"]]>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<!DOCTYPE x>",
    b"\xff",
    b"</",
    b'"',
    b"<a><b></a></b>",
)


def mutant(data: bytes, random: Random) -> tuple[bytes, str]:
    """The broken workbook, and in a few words what was done to it."""
    if random.random() < 0.2:
        edit = random.choice(ARCHIVE)
        return edit(data, random), edit.__name__.strip("_")
    parts = read(data)
    done = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if random.random() < 0.12:
            change = random.choice(PARTS)
            done.append(change.__name__.strip("_"))
            change(parts, random)
            continue
        name = random.choices(list(parts), [_weight(name) for name in parts])[0]
        edit = random.choice(SHEET if "/worksheets/sheet" in name and random.random() < 0.5 else XML)
        parts[name] = edit(parts[name], random)
        done.append(f"{edit.__name__.strip('_')} in {name}")
    return zipped(list(parts.items())), ", ".join(done)


def read(data: bytes) -> dict[str, bytes]:
    """The parts by name."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of some entries, which may have one name."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
            info.compress_type = method
            archive.NameToInfo.pop(name, None)  # else zipfile warns of a second entry of that name
            archive.writestr(info, content)
    return out.getvalue()


def _weight(name: str) -> float:
    low = name.lower()
    if not low.endswith((".xml", ".rels", ".vml")):
        return 0.2
    heavy = {"/worksheets/": 6, "workbook.xml": 5, "styles": 4, "sharedstrings": 4, "/tables/": 5, ".rels": 3}
    return next((weight for mark, weight in heavy.items() if mark in low), 1.0) + 2 * ("content_types" in low)


# in the archive


def _flipped(data: bytes, random: Random) -> bytes:
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def _end_flipped(data: bytes, random: Random) -> bytes:
    """In the table of contents, where lies are told."""
    out = bytearray(data)
    start = max(data.find(b"PK\x01\x02"), 0)
    for _ in range(random.choice((1, 2, 4))):
        out[random.randrange(start, len(out))] = random.choice((0, 1, 0x7F, 0xFF, random.randrange(256)))
    return bytes(out)


def _cut(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    return data[:start] + data[start + random.choice((1, 2, 30, 1000, len(data))) :]


def _inserted(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + random.randbytes(random.choice((1, 4, 100))) + data[at:]


def _doubled(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    stop = min(len(data), start + random.choice((1, 22, 300, 5000)))
    return data[:stop] + data[start:stop] + data[stop:]


def _swapped_blocks(data: bytes, random: Random) -> bytes:
    a, b, c = sorted(random.randrange(len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _zeroed(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data))
    stop = min(len(data), start + random.choice((4, 512, 4096)))
    return data[:start] + bytes(stop - start) + data[stop:]


def _entry_twice(data: bytes, random: Random) -> bytes:
    parts = list(read(data).items())
    one, other = random.choice(parts), random.choice(parts)
    return zipped([*parts, (one[0], random.choice((one[1], other[1], b"")))])


def _stored(data: bytes, random: Random) -> bytes:
    parts = list(read(data).items())
    random.shuffle(parts)
    return zipped(parts, zipfile.ZIP_STORED)


ARCHIVE: tuple[Edit, ...] = (
    _flipped,
    _flipped,
    _end_flipped,
    _cut,
    _inserted,
    _doubled,
    _swapped_blocks,
    _zeroed,
    _entry_twice,
    _stored,
)


# whole parts


def _without_part(parts: dict[str, bytes], random: Random) -> None:
    del parts[random.choice(list(parts))]


def _empty_part(parts: dict[str, bytes], random: Random) -> None:
    parts[random.choice(list(parts))] = random.choice((b"", b" ", b"<a/>", b"\0" * 100))


def _exchanged_parts(parts: dict[str, bytes], random: Random) -> None:
    one, other = random.choice(list(parts)), random.choice(list(parts))
    parts[one], parts[other] = parts[other], parts[one]


def _renamed_part(parts: dict[str, bytes], random: Random) -> None:
    name = random.choice(list(parts))
    new = random.choice((name.upper(), name.replace("/", "\\"), "/" + name, "../" + name, name + ".bak", name.title()))
    content = parts.pop(name)
    parts[new] = content


def _doubled_part(parts: dict[str, bytes], random: Random) -> None:
    name = random.choice(list(parts))
    parts[random.choice((name.upper(), "/" + name, name.replace("/", "\\")))] = parts[name]


PARTS = (_without_part, _empty_part, _exchanged_parts, _renamed_part, _doubled_part)


# inside a part


def _elements(data: bytes, random: Random) -> tuple[int, int]:
    """Where a random element starts and ends."""
    tags = [tag for tag in _TAG.finditer(data) if not tag[1]]
    if not tags:
        return 0, 0
    tag = random.choice(tags)
    if tag[4]:
        return tag.start(), tag.end()
    depth = 0
    for each in _TAG.finditer(data, tag.start()):
        if each[2] == tag[2] and not each[4]:
            depth += -1 if each[1] else 1
            if depth == 0:
                return tag.start(), each.end()
    return tag.start(), tag.end()


def _node_removed(data: bytes, random: Random) -> bytes:
    start, end = _elements(data, random)
    return data[:start] + data[end:]


def _node_doubled(data: bytes, random: Random) -> bytes:
    start, end = _elements(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 3)) + data[end:]


def _nodes_swapped(data: bytes, random: Random) -> bytes:
    first, second = sorted((_elements(data, random), _elements(data, random)))
    if first[1] > second[0]:
        return _node_moved(data, random)
    middle = data[first[1] : second[0]]
    return data[: first[0]] + data[slice(*second)] + middle + data[slice(*first)] + data[second[1] :]


def _node_moved(data: bytes, random: Random) -> bytes:
    start, end = _elements(data, random)
    rest = data[:start] + data[end:]
    at = _elements(rest, random)[0]
    return rest[:at] + data[start:end] + rest[at:]


def _node_emptied(data: bytes, random: Random) -> bytes:
    start, end = _elements(data, random)
    tag = _TAG.match(data, start)
    if tag is None or tag[4]:
        return data
    return data[: tag.end() - 1] + b"/>" + data[end:]


def _replaced(pattern: re.Pattern[bytes], data: bytes, random: Random, values: tuple[bytes, ...]) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    for place in sorted(random.sample(found, min(len(found), random.choice((1, 1, 1, 3)))), key=lambda m: -m.start()):
        data = data[: place.start(1)] + random.choice(values) + data[place.end(1) :]
    return data


def _text_replaced(data: bytes, random: Random) -> bytes:
    return _replaced(_TEXT, data, random, VALUES)


def _reference_odd(data: bytes, random: Random) -> bytes:
    return _replaced(_REFERENCE, data, random, REFERENCES)


def _index_odd(data: bytes, random: Random) -> bytes:
    return _replaced(_INDEX, data, random, VALUES)


def _target_odd(data: bytes, random: Random) -> bytes:
    return _replaced(_TARGET, data, random, TARGETS)


def _value_of_another(data: bytes, random: Random) -> bytes:
    """An attribute gets the value that one of the same name has elsewhere: two names, ids or places alike."""
    found = list(_ATTRIBUTE.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    other = random.choice([each for each in found if each[1] == one[1]])
    return data[: one.start(2)] + other[2] + data[one.end(2) :]


def _attribute_dropped(data: bytes, random: Random) -> bytes:
    found = list(_ATTRIBUTE.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start()] + data[one.end() :]


def _attribute_odd(data: bytes, random: Random) -> bytes:
    found = list(_ATTRIBUTE.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start(2) + 1] + random.choice(VALUES) + data[one.end(2) - 1 :]


def _rubbish(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(RUBBISH) + data[at:]


def _part_flipped(data: bytes, random: Random) -> bytes:
    return _flipped(data, random) if data else data


def _part_cut(data: bytes, random: Random) -> bytes:
    return _cut(data, random) if data else data


def _other_encoding(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    encoding = random.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1251", "iso-8859-1", "utf-7", "nonsense")
    )
    said = re.sub(r"encoding=[\"'][^\"']*[\"']", f'encoding="{encoding}"', text, count=1)
    real = "utf-8" if encoding == "nonsense" or random.random() < 0.3 else encoding
    return random.choice((text, said)).encode(real, "xmlcharrefreplace")


def _other_prefix(data: bytes, random: Random) -> bytes:
    prefix = random.choice((b"x:", "ж:".encode(), b"x14:"))
    return re.sub(rb"<(/?)(?=[a-z])", lambda m: b"<" + m[1] + prefix, data, count=random.choice((0, 3)))


XML: tuple[Edit, ...] = (
    _node_removed,
    _node_removed,
    _node_doubled,
    _nodes_swapped,
    _node_moved,
    _node_emptied,
    _text_replaced,
    _text_replaced,
    _reference_odd,
    _index_odd,
    _index_odd,
    _target_odd,
    _value_of_another,
    _attribute_dropped,
    _attribute_dropped,
    _attribute_odd,
    _attribute_odd,
    _rubbish,
    _part_flipped,
    _part_cut,
    _other_encoding,
    _other_prefix,
)


# inside a sheet


def _cell_added(data: bytes, random: Random) -> bytes:
    places = [tag.start() for tag in _TAG.finditer(data) if tag[2] in {b"c", b"row"} and not tag[1]]
    if not places:
        return data
    at = random.choice(places)
    return data[:at] + random.choice(CELLS) + data[at:]


def _cell_odd(data: bytes, random: Random) -> bytes:
    """A cell becomes another one in its place."""
    cells = list(re.finditer(rb"<c r=\"([A-Z]+\d+)\"[^>]*?(?:/>|>.*?</c>)", data, re.DOTALL))
    if not cells:
        return data
    cell = random.choice(cells)
    new = re.sub(rb" r=\"[^\"]*\"", b"", random.choice(CELLS[:20]))
    return data[: cell.start()] + new.replace(b"<c", b'<c r="%s"' % cell[1], 1) + data[cell.end() :]


def _rows_swapped(data: bytes, random: Random) -> bytes:
    rows = list(re.finditer(rb"<row.*?</row>", data, re.DOTALL))
    if len(rows) < 2:
        return data
    first, second = sorted(random.sample(rows, 2), key=lambda row: row.start())
    middle = data[first.end() : second.start()]
    return data[: first.start()] + second[0] + middle + first[0] + data[second.end() :]


def _row_far(data: bytes, random: Random) -> bytes:
    rows = list(re.finditer(rb"<row r=\"(\d+)\"", data))
    if not rows:
        return data
    row = random.choice(rows)
    far = random.choice(
        (b"0", b"1", b"1048576", b"1048577", b"2147483648", b"-5", b"12abc", b"", b"1e3", b"3", b"00007")
    )
    return data[: row.start(1)] + far + data[row.end(1) :]


def _numbers_odd(data: bytes, random: Random) -> bytes:
    values = (
        b"1e308",
        b"-1",
        b"2958466",
        b"0.5",
        b"60",
        b"NaN",
        b"INF",
        b"1,5",
        b"",
        b" 7 ",
        b"0x10",
        b"1" * 400,
        b"-1e-320",
    )
    return _replaced(re.compile(rb"<v>([^<]*)</v>"), data, random, values)


def _tail_odd(data: bytes, random: Random) -> bytes:
    tail = random.choice(TAILS)
    if b"%s" in tail:
        tail %= random.choice(REFERENCES)
    return data.replace(b"</sheetData>", b"</sheetData>" + tail, 1)


SHEET: tuple[Edit, ...] = (
    _cell_added,
    _cell_added,
    _cell_odd,
    _cell_odd,
    _rows_swapped,
    _row_far,
    _row_far,
    _numbers_odd,
    _tail_odd,
    _tail_odd,
    _reference_odd,
)
