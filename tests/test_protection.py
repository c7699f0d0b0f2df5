"""What the owner protects or signs is left alone, and said; everything else goes on."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import CommandLine
from owner_hand import CLIENTS, DAY, VISITS, client, edited, salon
from xlsx_books import zipped

import sheetcrm as crm
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.testing import MemoryTransport, make_workbook

PROTECTED = '<sheetProtection sheet="1" objects="1" scenarios="1"/>'
SIGNATURE = {"_xmlsignatures/origin.sigs": b"", "_xmlsignatures/sig1.xml": b"<Signature>hers</Signature>"}


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def changed(path: Path, change: Callable[[dict[str, bytes]], Mapping[str, bytes]]) -> None:
    parts = contents(path)
    path.write_bytes(zipped({**parts, **change(parts)}))


def part_of(path: Path, title: str) -> str:
    """The part in which a sheet stands."""
    with zipfile.ZipFile(path) as package:
        about = package.read("xl/workbook.xml").decode()
        links = package.read("xl/_rels/workbook.xml.rels").decode()
    sheet = next(tag for tag in re.findall(r"<sheet [^>]*>", about) if f'name="{title}"' in tag)
    relation = re.search(r'r:id="([^"]+)"', sheet)
    assert relation
    link = next(tag for tag in re.findall(r"<Relationship [^>]*>", links) if f'Id="{relation[1]}"' in tag)
    target = re.search(r'Target="([^"]+)"', link)
    assert target
    return "xl/" + target[1].removeprefix("/xl/")


def protect(path: Path, *titles: str) -> None:
    for title in titles:
        part = part_of(path, title)
        content = contents(path)[part].replace(b"</sheetData>", f"</sheetData>{PROTECTED}".encode())
        changed(path, lambda _parts, part=part, content=content: {part: content})  # type: ignore[misc]


def unprotect(path: Path, title: str) -> None:
    part = part_of(path, title)
    changed(path, lambda parts: {part: parts[part].replace(PROTECTED.encode(), b"")})


def titles(path: Path) -> list[str]:
    return openpyxl.load_workbook(path).sheetnames


def ids(path: Path) -> list[Any]:
    rows = openpyxl.load_workbook(path)["Clients"].values
    at = next(rows).index("Client ID")
    return [row[at] for row in rows if any(row)]


NEW = (*CLIENTS, client(None, "Zoe White", "zoe", DAY.replace(year=1991)))


def test_a_protected_sheet_of_hers_stays_byte_for_byte_while_the_rest_is_written(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = salon(tmp_path, clients=NEW)
    protect(book, "Clients", "Visits")
    before = contents(book)
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    after = contents(book)
    hers = [part_of(book, title) for title in ("Clients", "Visits")]
    assert (done.code, done.json["written"], {"Problems", "Outbox", "Sent"} <= set(titles(book))) == (0, True, True)
    assert [after[part] == before[part] for part in hers] == [True, True]
    said = language("en").say("sheet_protected", sheets="Clients, Visits")
    assert (done.json["notes"], said in done.err) == ([said], True)


def test_a_second_refresh_of_a_protected_workbook_writes_nothing_and_says_it_again(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = salon(tmp_path, clients=NEW)
    protect(book, "Clients")
    sheetcrm("refresh", book, "--on", DAY)
    before = (book.read_bytes(), book.stat().st_mtime_ns)
    for _ in range(2):
        done = sheetcrm("refresh", book, "--on", DAY, "--json")
        assert (done.json["written"], "Unprotect Sheet" in done.err) == (False, True)
    assert (book.read_bytes(), book.stat().st_mtime_ns) == before


def test_a_new_client_of_a_protected_sheet_keeps_the_id_that_waits_for_her_and_gets_her_message_once(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book, transport = salon(tmp_path, clients=NEW), MemoryTransport()
    protect(book, "Clients")
    sent = [crm.run(book, on=DAY, transport=transport).sent for _ in range(3)]
    assert (sent, sorted(m.client for m in transport.messages)) == ([3, 0, 0], ["Anna Smith", "Jo Brown", "Zoe White"])
    assert ids(book) == ["C1", "C2", "C3", "C4", None]
    given = next(m.key.client_id for m in transport.messages if m.client == "Zoe White")
    unprotect(book, "Clients")
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    assert ids(book) == ["C1", "C2", "C3", "C4", given]
    assert sheetcrm("refresh", book, "--on", DAY).err == ""


def test_two_rows_that_cannot_be_told_apart_wait_until_their_ids_can_be_written(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    assert sheetcrm.state
    twins = [client(None, "Zoe White", "zoe", DAY.replace(year=1991)) for _ in range(2)]
    book, transport = salon(tmp_path, clients=(*CLIENTS, *twins)), MemoryTransport()
    protect(book, "Clients")
    for _ in range(2):
        crm.run(book, on=DAY, transport=transport)
    assert sorted(m.client for m in transport.messages) == ["Anna Smith", "Jo Brown"]


def test_computed_columns_come_once_she_has_unprotected_the_sheet(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    protect(book, "Clients")
    sheetcrm("refresh", book, "--on", DAY)
    unprotect(book, "Clients")
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["changed"] > 0
    headers = next(openpyxl.load_workbook(book)["Clients"].values)
    assert "Total spend" in headers


def test_a_sheet_of_ours_that_she_protects_is_left_too(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    protect(book, "Sent", "Outbox")
    part, transport = part_of(book, "Sent"), MemoryTransport()
    before = contents(book)[part]
    reports = [crm.run(book, on=DAY, transport=transport) for _ in range(2)]
    assert ([r.sent for r in reports], contents(book)[part] == before) == ([2, 0], True)
    assert language("en").say("sheet_protected", sheets="Outbox, Sent") in reports[1].notes
    unprotect(book, "Sent")
    unprotect(book, "Outbox")
    assert crm.run(book, on=DAY, transport=transport).sent == 0
    sent = [row[3] for row in openpyxl.load_workbook(book)["Sent"].values][1:]
    assert sorted(str(name) for name in sent if name) == ["Anna Smith", "Jo Brown"]


def test_sheets_of_ours_are_written_though_the_structure_is_protected(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    changed(
        book,
        lambda parts: {
            "xl/workbook.xml": parts["xl/workbook.xml"].replace(
                b"<bookViews", b'<workbookProtection lockStructure="1"/><bookViews'
            )
        },
    )
    before = contents(book)
    report = crm.run(book, on=DAY, transport=MemoryTransport())
    assert (report.written, report.notes) == (True, ())
    assert contents(book)[part_of(book, "Sent")] != before[part_of(book, "Sent")]


def test_only_what_is_protected_is_left_when_a_write_is_taken_back(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    sheetcrm("refresh", book, "--on", DAY)
    with edited(book) as loaded:
        loaded["Clients"].protection.sheet = True
        loaded["Clients"].cell(2, 2).value = "Anna Smith-Jones"
        loaded["Problems"].protection.sheet = True
    parts = [part_of(book, "Clients"), part_of(book, "Problems")]
    before = contents(book)
    done = sheetcrm("undo", book)
    assert (done.code, [contents(book)[part] == before[part] for part in parts]) == (0, [True, True])
    assert "Protected sheets are left as they are: Clients, Problems." in done.err
    outbox = list(openpyxl.load_workbook(book)["Outbox"].values)
    assert not any(row[0] for row in outbox[1:])


def test_a_protected_list_keeps_even_the_headers_of_columns_that_are_taken_back(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Name | Email\nAnna Smith | anna@example.com")
    sheetcrm("refresh", book, "--on", DAY)
    protect(book, "Clients")
    part = part_of(book, "Clients")
    before = contents(book)[part]
    assert (sheetcrm("undo", book).code, contents(book)[part] == before) == (0, True)


def test_setup_says_that_it_cannot_write_into_protected_settings(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = salon(tmp_path)
    protect(book, "Settings")
    before = book.read_bytes()
    given = ["--smtp-host", "127.0.0.1", "--smtp-port", 25, "--smtp-user", "", "--no-test"]
    done = sheetcrm("setup", book, *given)
    assert (done.code, "'Settings' is protected" in done.err, book.read_bytes() == before) == (3, True, True)


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_said_in_one_line_of_her_language(sheetcrm: CommandLine, tmp_path: Path, code: str) -> None:
    book, words = salon(tmp_path, language=code), language(code)
    protect(book, words.sheet("Clients"))
    done = sheetcrm("run", book, "--on", DAY, "--limit", 0)
    said = words.say("sheet_protected", sheets=words.sheet("Clients"))
    assert (done.err.splitlines().count(said), "Excel: " in said) == (1, True)


# signatures


def signed(path: Path) -> Path:
    kind = b'<Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/>'
    changed(
        path,
        lambda parts: {
            "[Content_Types].xml": parts["[Content_Types].xml"].replace(b"<Default ", kind + b"<Default ", 1),
            **SIGNATURE,
        },
    )
    return path


def test_a_signed_workbook_is_refused_until_a_setting_allows_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = signed(salon(tmp_path))
    before = book.read_bytes()
    done = sheetcrm("refresh", book, "--on", DAY)
    assert (done.code, "edit_signed" in done.err, book.read_bytes() == before) == (3, True, True)


def test_where_she_allows_it_the_broken_signature_is_said_and_its_parts_stay(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = signed(salon(tmp_path, edit_signed="yes"))
    done = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (done.code, done.json["notes"]) == (0, [language("en").say("signature_broken")])
    assert {name: contents(book)[name] for name in SIGNATURE} == SIGNATURE
    again = sheetcrm("refresh", book, "--on", DAY, "--json")
    assert (again.json["written"], again.err) == (False, "")


def test_macros_and_their_own_signature_stay_byte_for_byte(sheetcrm: CommandLine, tmp_path: Path) -> None:
    made = salon(tmp_path, visits=VISITS)
    macros = {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros", "xl/vbaProjectSignature.bin": b"signed by her"}
    kind = "application/vnd.ms-office.vbaProject"
    relation = b'<Relationship Id="rIdV" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/>'

    def with_macros(parts: dict[str, bytes]) -> Mapping[str, bytes]:
        types = parts["[Content_Types].xml"].replace(
            b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"
        )
        types = types.replace(b"openxmlformats-officedocument.ms-excel", b"ms-excel")
        default = f'<Default Extension="bin" ContentType="{kind}"/><Default '.encode()
        links = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", relation + b"</Relationships>")
        return {
            "[Content_Types].xml": types.replace(b"<Default ", default, 1),
            "xl/_rels/workbook.xml.rels": links,
            **macros,
        }

    changed(made, with_macros)
    book = made.rename(tmp_path / "salon.xlsm")
    assert sheetcrm("refresh", book, "--on", DAY, "--json").json["written"] is True
    assert {name: contents(book)[name] for name in macros} == macros
