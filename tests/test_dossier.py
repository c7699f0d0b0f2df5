"""What is kept of somebody is written down whole, in the owner's language, and nothing else is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from erased_person import ANNA, found_in, her_salon
from openpyxl import load_workbook
from owner_hand import BORN, DAY, client, salon

Grid = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def book(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    path = her_salon(tmp_path)
    assert sheetcrm("run", path, "--on", DAY, "--outbox", tmp_path / "mails").code == 0
    return path


def grid(path: Path) -> Grid:
    return {page.title: list(page.values) for page in load_workbook(path).worksheets}


def test_a_workbook_holds_her_row_visits_and_messages_and_nobody_elses(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "anna.xlsx"
    told = sheetcrm("dossier", book, "c1", file, "--on", DAY, "--json")
    assert (told.code, told.json["client_id"], told.json["rows"]["Visits"], told.json["rows"]["Sent"]) == (
        0,
        "C1",
        3,
        1,
    )
    found = grid(file)
    assert list(found) == ["Clients", "Visits", "Sent"]
    row = {str(name): str(value) for name, value in found["Clients"][1:]}
    assert (row["Name"], row["Phone"], row["Notes"], row["Total spend"]) == (
        *("Anna Smith", "+44 20 7946 0001", "oat milk, Ms Smith, A.", "120"),
    )
    assert row["Birthday"].startswith("1990-11-22")
    headers, *lines = found["Visits"]
    assert [line[headers.index("Note")] for line in lines] == [None, None, "asks for Eve"]
    assert "Happy birthday, Anna" in found["Sent"][1]
    assert not any("Jo Brown" in map(str, line) for lines in found.values() for line in lines)


def test_a_page_says_the_same_in_the_owners_language_and_loads_nothing(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = her_salon(tmp_path, language="pl", others=(client("C7", "=1+1 <b>", "x", BORN),))
    sheetcrm("refresh", book, "--on", DAY)
    for client_id, name in (("C1", "anna.html"), ("C7", "other.html")):
        assert sheetcrm("dossier", book, client_id, tmp_path / name, "--on", DAY).code == 0
    page = (tmp_path / "anna.html").read_text("utf-8")
    assert '<html lang="pl">' in page
    assert "Dane klienta C1 przechowywane przez: Malva" in page
    assert "<td>Imię i nazwisko</td><td>Anna Smith</td>" in page
    assert "<td>=1+1 &lt;b&gt;</td>" in (tmp_path / "other.html").read_text("utf-8")
    assert "src=" not in page
    assert "default-src 'none'" in page


def test_it_writes_the_file_and_nothing_else_and_over_none_that_is_there(
    book: Path, sheetcrm: CommandLine, tmp_path: Path
) -> None:
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    file = tmp_path / "anna.html"
    assert sheetcrm("dossier", book, "C1", file, "--on", DAY).code == 0
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p != file} == files
    again = sheetcrm("dossier", book, "C1", file)
    assert (again.code, "is there already" in again.err) == (2, True)
    assert sheetcrm("dossier", book, "C1", file, "--force").code == 0
    assert sheetcrm("dossier", book, "C1", book, "--force").code == 2
    assert book.read_bytes() == files[book]


@pytest.mark.parametrize(
    ("client_id", "file", "said"),
    [
        ("C77", "a.html", "no client has the id C77."),
        ("C1", "a.pdf", "a dossier is an .xlsx or an .html file."),
        ("C1", "nowhere/a.html", "could not be written"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    book: Path, sheetcrm: CommandLine, tmp_path: Path, client_id: str, file: str, said: str
) -> None:
    done = sheetcrm("dossier", book, client_id, tmp_path / file)
    assert (done.code in (2, 3), said in done.err, done.err.count("\n")) == (True, True, 1)


def test_an_id_of_a_merged_row_shows_the_one_she_lives_on_in_with_both(sheetcrm: CommandLine, tmp_path: Path) -> None:
    twin = client("C2", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001", notes="never sugar")
    book = salon(tmp_path, clients=(ANNA, twin), visits=())
    sheetcrm("refresh", book, "--on", DAY)
    sheetcrm("merge", book, "--keep", "C1", "--on", DAY)
    told = sheetcrm("dossier", book, "C2", tmp_path / "anna.xlsx", "--on", DAY, "--json")
    assert told.json["client_id"] == "C1"
    found = grid(tmp_path / "anna.xlsx")
    assert {line[0] for line in found["Clients"][1:]} == {"C1", "C2"}
    assert {line[1] for line in found["Changes"][1:]} == {"merged"}


def test_after_she_is_erased_it_shows_what_is_still_kept(book: Path, sheetcrm: CommandLine, tmp_path: Path) -> None:
    sheetcrm("erase", book, "C1", "--on", DAY)
    folder = tmp_path / "shown"
    folder.mkdir()
    assert sheetcrm("dossier", book, "C1", folder / "anna.xlsx", "--on", DAY).code == 0
    assert found_in(folder) == []
    found = grid(folder / "anna.xlsx")
    assert list(found) == ["Clients", "Visits", "Sent", "Changes", "opted out"]
    assert {line[0] for line in found["opted out"][1:]} == {"email", "SMS", "messenger", "call"} or len(
        found["opted out"]
    ) == 5
