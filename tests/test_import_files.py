"""Which files `import` reads: text tables as people's programs write them, and what is said of those that are none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from command_line import CommandLine
from openpyxl import Workbook
from owner_hand import client, rows, salon

from sheetcrm.workbook.text_encoding import decoded
from sheetcrm.workbook.text_files import table_rows

DAY = date(2026, 11, 22)
POLISH = "Imię i nazwisko;Telefon;Miasto\nŻaneta Gęś;600 000 101;Łódź\n"
RUSSIAN = "Имя;Телефон;Город\nОльга Ёлкина;600 000 102;Одесса\n"
SPANISH = "Nombre;Teléfono;Ciudad\nBegoña Núñez;600 000 103;Málaga\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "utf-8"),
        (POLISH, "utf-8-sig"),
        (POLISH, "utf-16"),
        (POLISH, "utf-16-le"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "utf-16-be"),
        (SPANISH, "cp1252"),
    ],
)
def test_a_text_is_read_in_whatever_encoding_it_was_saved(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [POLISH, RUSSIAN, SPANISH])
def test_a_damaged_letter_is_one_letter_and_the_others_are_read_as_they_are(text: str) -> None:
    assert decoded(f"{text}".encode() + b"Last;caf\xe8\n") == f"{text}Last;caf\N{REPLACEMENT CHARACTER}\n"


def test_where_the_letters_do_not_decide_the_country_does_and_else_the_language() -> None:
    town = "Gdańsk;Poznań".encode("cp1250")
    assert (decoded(town, "en", "PL"), decoded(town, "pl")) == ("Gdańsk;Poznań", "Gdańsk;Poznań")
    assert decoded(town, "pl", "ES") == "Gdañsk;Poznañ"


def test_rows_with_letters_that_could_not_be_read_are_told(tmp_path: Path, sheetcrm: CommandLine) -> None:
    book, file = salon(tmp_path, clients=(), visits=()), tmp_path / "list.csv"
    file.write_bytes(POLISH.encode() + b"Last;600 000 105;caf\xe8\n")
    done = sheetcrm("import", book, file, "--on", DAY)
    assert "could not be read, which stand as \N{REPLACEMENT CHARACTER}: 3." in done.out
    assert [row["Name"] for row in rows(book, "Clients")] == ["Żaneta Gęś", "Last"]


@pytest.mark.parametrize(
    "text",
    [
        "Name;Phone;Notes\nAnna;600;a, b\n",
        'Name,Phone,Notes\nAnna,600,"a, b"\n',
        "Name\tPhone\tNotes\r\nAnna\t600\ta, b\r\n",
        "sep=|\r\nName|Phone|Notes\r\nAnna|600|a, b\r\n",
    ],
)
def test_what_parts_the_cells_is_found_out_or_told(text: str) -> None:
    assert table_rows(text) == [["Name", "Phone", "Notes"], ["Anna", "600", "a, b"]]


def test_a_cell_of_several_lines_is_one_cell_and_a_mark_that_nobody_closed_swallows_no_rows() -> None:
    assert table_rows('Name;Notes\nAnna;"one\ntwo ""x"""\n')[1] == ["Anna", 'one\ntwo "x"']
    broken = 'Name;Phone\n"Anna;600\n' + "Bo;601\n" * 6000
    assert len(table_rows(broken)) == 6002


def test_a_polish_export_of_windows_is_read_below_its_title_with_days_and_numbers_as_such(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = salon(tmp_path, language="pl", clients=[client("C1", "Jan Lis", "jan", phone="600 000 100")], visits=())
    text = (
        "Lista klientów 2026\n\nNazwisko;Imię;Tel. komórkowy;Data ur.;Zgoda na e-mail;E-mail;Kod pocztowy\n"
        "Gęś;Żaneta;+48 600 000 101;5 marca 1990;tak;zaneta@example.com;00-950\n"
        "Lis;Jan;600000100;05.03;nie;;01-001\n"
    )
    (tmp_path / "klienci.csv").write_bytes(text.encode("cp1250"))
    done = sheetcrm("import", path, tmp_path / "klienci.csv", "--on", DAY)
    assert "Dodano: 1. Uzupełniono: 1." in done.out, done
    jan, zaneta = rows(path, "Clients")
    assert (zaneta["Imię i nazwisko"], zaneta["Telefon"]) == ("Żaneta Gęś", "+48 600 000 101")
    assert (zaneta["Data urodzenia"], zaneta["Kod pocztowy"]) == (date(1990, 3, 5), "00-950")
    assert (jan["Data urodzenia"], jan["Zgoda na e-mail"]) == ("05.03", "nie")


@pytest.mark.parametrize(
    ("language", "header", "typed", "stands"),
    [
        ("en", '"Last name, first name"', '"Green, Tom"', "Tom Green"),
        ("en", '"Surname, first name"', "O'Neil Sue", "Sue O'Neil"),
        ("pl", '"Nazwisko, imię"', '"Żak-Nowak, Łucja"', "Łucja Żak-Nowak"),
        ("it", "Cognome e nome", "De Luca Anna", "Anna De Luca"),
        (
            "uk",
            '"Прізвище, ім\'я"',
            "Шевченко Оксана",
            "Шевченко Оксана",
        ),  # ПІБ: the surname comes first in her list too
    ],
)
def test_names_in_the_other_order_come_in_that_of_her_list_and_only_once(
    tmp_path: Path, sheetcrm: CommandLine, language: str, header: str, typed: str, stands: str
) -> None:
    path, file = salon(tmp_path, language=language, clients=(), visits=()), tmp_path / "list.csv"
    file.write_text(f"{header},Email\n{typed},new@example.com\n", "utf-8")
    done = [sheetcrm("import", path, file, "--on", DAY, "--json").json for _ in range(2)]
    assert [(one["added"], one["same"]) for one in done] == [(1, 0), (0, 1)]
    assert stands in rows(path, "Clients")[0].values()


@pytest.mark.parametrize("word", ["Zakończona", "завершено", "Completata", "finalizada", "Completed"])
def test_a_visit_that_a_booking_system_calls_completed_is_done(
    tmp_path: Path, sheetcrm: CommandLine, word: str
) -> None:
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=())
    (tmp_path / "list.csv").write_text(f"Date,Client,Service,Amount,Status\n2026-10-03,Jan Lis,Cut,5,{word}\n", "utf-8")
    sheetcrm("import", path, tmp_path / "list.csv", "--on", DAY)
    assert [row["Status"] for row in rows(path, "Visits")] == ["done"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Accepts email marketing", "Email consent"),
        ("Accepts SMS marketing", "SMS consent"),
        ("Blocked", "Do not contact"),
        ("Unsubscribed", "Do not contact"),
    ],
)
def test_a_refusal_of_a_booking_system_arrives(tmp_path: Path, sheetcrm: CommandLine, header: str, field: str) -> None:
    ladies = [client("C1", "Jan Lis", "jan", email_consent="yes", sms_consent="yes", no_contact=None)]
    path = salon(tmp_path, clients=ladies, visits=())
    refusal = "Yes" if field == "Do not contact" else "No"
    (tmp_path / "list.csv").write_text(f"Name,Email,{header}\nJan Lis,jan@example.com,{refusal}\n", "utf-8")
    sheetcrm("import", path, tmp_path / "list.csv", "--on", DAY)
    assert rows(path, "Clients")[0][field] == refusal.lower()


@pytest.mark.parametrize(
    ("header", "typed", "field"),
    [
        ("Gender", "Unspecified/Nieokreślone", "Gender"),
        ("Gender", "не вказано", "Gender"),
        ("Birthday", "0.0.00", "Birthday"),
        ("Birthday", "0000-00-00", "Birthday"),
        ("Phone", "n/a", "Phone"),
    ],
)
def test_what_says_that_nothing_is_known_stays_empty_and_what_cannot_be_read_comes_as_it_is(
    tmp_path: Path, sheetcrm: CommandLine, header: str, typed: str, field: str
) -> None:
    path, file = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan", gender="m")], visits=()), tmp_path / "list.csv"
    file.write_text(f"Name,Email,{header}\nMia Black,mia@example.com,{typed}\nEva Frost,eva@example.com,odd\n", "utf-8")
    sheetcrm("import", path, file, "--on", DAY)
    assert [row[field] for row in rows(path, "Clients")][1:] == [None, "odd"]


def test_her_own_headers_in_settings_are_known_in_a_file_too(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=(), **{"column.city": "Dzielnica"})
    (tmp_path / "list.csv").write_text("Name,Dzielnica\nMia Black,Wola\n", "utf-8")
    sheetcrm("import", path, tmp_path / "list.csv", "--on", DAY)
    assert rows(path, "Clients")[-1]["City"] == "Wola"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("letter.csv", b"Dear Anna,\nsee you on Friday.\n", "headers"),
        ("page.csv", b"<html><table><tr><td>Name</td></tr></table></html>", "web page"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "letter"),
        ("nothing.csv", b"", "empty"),
        ("blank.csv", b"\n\n", "neither a workbook nor a text table"),
        ("gone.csv", None, "There is no file"),
    ],
)
def test_what_holds_no_list_is_named_in_one_line_and_nothing_is_written(
    tmp_path: Path, sheetcrm: CommandLine, name: str, data: bytes | None, words: str
) -> None:
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=())
    before = path.read_bytes()
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = sheetcrm("import", path, tmp_path / name, "--on", DAY)
    assert (done.code, done.err.count("\n"), path.read_bytes() == before) == (3, 1, True), done
    assert name in done.err
    assert words in done.err or name == "photo.csv"


@pytest.mark.parametrize(("language", "hint"), [("en", "Check the name and the folder.\n"), ("uk", "назву й папку.\n")])
def test_of_a_file_that_is_not_there_nobody_is_told_to_make_a_workbook(
    tmp_path: Path, sheetcrm: CommandLine, language: str, hint: str
) -> None:
    path = salon(tmp_path, language=language, clients=[client("C1", "Jan Lis", "jan")], visits=())
    for file in (tmp_path / "gone.csv", tmp_path / "no folder" / "gone.csv"):
        done = sheetcrm("import", path, file, "--on", DAY)
        assert (done.code, done.err.count("\n"), done.err.endswith(hint)) == (3, 1, True), done
        assert str(file) in done.err


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_formulas_without_results_stop_in_one_line_and_bring_in_no_emptiness(
    tmp_path: Path, sheetcrm: CommandLine, option: list[str]
) -> None:
    made = Workbook()  # openpyxl, as scripts do, stores formulas without what comes out of them
    page: Any = made.active
    page.append(["Name", "Phone", "City"])
    page.append(["Mia Black", '="020 7946 "&"0004"', "Leeds"])
    made.save(tmp_path / "list.xlsx")
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=())
    before = path.read_bytes()
    done = sheetcrm("import", path, tmp_path / "list.xlsx", "--on", DAY, *option)
    assert (done.code, done.err.count("\n"), path.read_bytes() == before) == (3, 1, True), done
    assert "list.xlsx: the formulas under 'Phone' have no results" in done.err


def test_formulas_whose_result_is_stored_or_an_empty_text_stop_nothing(tmp_path: Path, sheetcrm: CommandLine) -> None:
    made = Workbook()
    page: Any = made.active
    page.append(["Name", "Phone", "City"])
    page.append(["Mia Black", '="020 7946 "&"0004"', '=IF(A2="","x","")'])
    made.save(tmp_path / "bare.xlsx")
    computed = {
        "B2": ('<c r="B2"><f>', '<c r="B2" t="str"><f>', "020 7946 0004"),
        "C2": ('<c r="C2"><f>', '<c r="C2" t="str"><f>', ""),
    }
    with ZipFile(tmp_path / "bare.xlsx") as bare, ZipFile(tmp_path / "list.xlsx", "w") as out:  # as Excel saves it
        for part in bare.namelist():
            text = bare.read(part).decode()
            for before, after, result in computed.values() if part.endswith("sheet1.xml") else ():
                head, _, tail = text.partition(before)
                formula, _, rest = tail.partition("</c>")
                text = f"{head}{after}{formula.partition('</f>')[0]}</f><v>{result}</v></c>{rest}"
            out.writestr(part, text)
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=())
    assert sheetcrm("import", path, tmp_path / "list.xlsx", "--on", DAY, "--json").json["added"] == 1
    assert [(row["Phone"], row["City"]) for row in rows(path, "Clients")][-1] == ("020 7946 0004", None)


def test_the_workbook_is_not_imported_into_itself(tmp_path: Path, sheetcrm: CommandLine) -> None:
    path = salon(tmp_path, clients=[client("C1", "Jan Lis", "jan")], visits=())
    done = sheetcrm("import", path, path, "--on", DAY)
    assert (done.code, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_of_contact_cards_is_named_as_such_with_the_way_to_a_table(
    tmp_path: Path, sheetcrm: CommandLine, encoding: str
) -> None:
    book = salon(tmp_path, language="pl", clients=(), visits=())
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Kim Lee\r\nTEL;TYPE=CELL:+44 20 7946 0011\r\nEND:VCARD\r\n"
    file = tmp_path / "kontakty.vcf"
    file.write_bytes(card.encode(encoding))
    done = sheetcrm("import", book, file, "--on", DAY)
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "kontakty.vcf to plik z wizytówkami (vCard). Wczytaj go do Kontaktów Google" in done.err
