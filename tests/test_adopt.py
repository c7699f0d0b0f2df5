"""`adopt` makes a client workbook of any list, in whatever shape, and changes nothing else."""

from __future__ import annotations

import csv
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import owner_lists
import pytest
from command_line import CommandLine
from conftest import ROOT
from invariants import new_complaints
from ooxml_validator import new_errors
from openpyxl.workbook.protection import WorkbookProtection
from owner_lists import SHAPES, Shape, written
from python_calamine import CalamineWorkbook
from test_languages import ROWS

from sheetcrm import open_workbook
from sheetcrm.crm.fields import TABLES
from sheetcrm.languages import LANGUAGES, fields_named, language
from sheetcrm.languages.adopting import doubt_about
from sheetcrm.running.adopting import Adopted, adopt_book
from sheetcrm.testing import make_workbook
from sheetcrm.workbook.choosing import Wishes
from sheetcrm.workbook.encryption import encrypted, is_encrypted
from sheetcrm.xlsx.document import Document
from sheetcrm.xlsx.package import Package

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")  # openpyxl only reads here

ON = "2026-11-22"
ADDED = ["client_id", "email", "email_consent", "sms_consent", "no_contact", "status", "last_visit", "next_visit"]


TABLE_NAMES: dict[str, list[str]] = {
    "journal": ["Visits"],
    "as_an_excel_table": ["Tabela1"],
    "with_a_filter": [],
    "with_merged_cells": [],
    "with_a_column_without_header": [],
    "with_a_note_beside": [],
    "under_two_header_rows": ["Clients"],
    "beside_another_list": [],
    "with_a_totals_row_of_its_table": ["Tabela1"],
    "with_visits_across": [],
    "months": [],
}
"""The Excel tables of her sheet, where there is not one named Clients."""
APART = {"with_a_note_beside", "beside_another_list"}
"""Something stands beside the list: she lets the new columns come beyond it."""


@pytest.fixture
def untouched(shared_dir: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("untouched", shared_dir / "tools" / "untouched.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_hand(name: str) -> Callable[[Path], Path]:
    return {
        "macros": lambda folder: owner_lists.with_macros(folder / "salon.xlsm"),
        "google": lambda folder: owner_lists.as_google_writes(folder / "salon.xlsx"),
        "journal": lambda folder: written(folder / "salon.xlsx", owner_lists.journal),
        "months": lambda folder: written(folder / "salon.xlsx", owner_lists.months, sheet="Wrzesień 2026"),
        "bare list": lambda folder: Path(shutil.copy(ROOT / "sample_workbooks" / "bare_list.xlsx", folder / "salon.xlsx")),
    }[name]  # fmt: skip


MADE: dict[str, Callable[[Path], Path]] = {
    **{shape.__name__: lambda folder, shape=shape: written(folder / "salon.xlsx", shape) for shape in SHAPES},  # type: ignore[misc]
    **{name: by_hand(name) for name in ("macros", "google", "journal", "months", "bare list")},
}


@pytest.fixture(params=MADE, scope="module")
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def done(shape: str, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """What came of a list of each shape; its file and the copy lie beside each other."""
    book = MADE[shape](tmp_path_factory.mktemp("list"))
    return adopt_book(book, Wishes(country="PL", apart=shape in APART), on=date(2026, 11, 22))


@pytest.fixture(scope="module")
def before(done: Adopted) -> Path:
    assert done.copy is not None
    return done.copy


@pytest.fixture(scope="module")
def after(done: Adopted) -> Path:
    return done.outlook.book.path


@pytest.fixture
def book(before: Path, after: Path, tmp_path: Path) -> Path:
    """A list that was adopted, to go on with."""
    shutil.copy(before, tmp_path / before.name)
    return Path(shutil.copy(after, tmp_path / after.name))


def list_part(book: Path, sheet: str) -> tuple[str, ...]:
    document = Document(Package(book.read_bytes()))
    found = document.sheet(sheet)
    assert found is not None
    tables = [table.part for table in document.tables if table.sheet == found.part]
    return (found.part, *tables)


# nothing of hers changes


def test_a_list_of_any_shape_becomes_a_workbook_that_check_plan_and_refresh_work_on(
    sheetcrm: CommandLine, shape: str, done: Adopted, book: Path
) -> None:
    assert (done.written, done.open_by, done.conflict) == (True, None, False)
    counts = [sheetcrm(command, book, "--on", ON, "--json") for command in ("check", "plan", "refresh")]
    apart, _, notes = (done.err for done in counts)
    assert [(d.err, "error" in d.json) for d in counts] == [(apart, False), ("", False), (notes, False)]
    assert set(apart.splitlines()) <= set(notes.splitlines())  # what a refresh says of the ids, `check` says too
    assert ("stoi osobno od listy" in notes) is (shape in APART)
    assert shape in APART or notes == ""
    assert counts[2].json["written"] is False


def test_adopting_twice_changes_nothing_the_second_time(sheetcrm: CommandLine, book: Path) -> None:
    files = {path: path.read_bytes() for path in book.parent.glob("salon*")}
    again = sheetcrm("adopt", book, "--on", "2026-12-24", "--json")
    assert (again.code, again.json["written"], again.json["added"]) == (0, False, [])
    assert {path: path.read_bytes() for path in book.parent.glob("salon*")} == files


def test_all_but_her_lists_own_sheet_is_as_it_was(
    done: Adopted, before: Path, after: Path, untouched: ModuleType
) -> None:
    parts = list_part(before, done.outlook.found.placement.sheet)
    filtered = b"<autoFilter" in Package(before.read_bytes()).read(parts[0])
    told = [line.split(" b'")[0] for line in untouched.differences(before, after, own_parts=parts)]
    # the filter's own hidden name has grown with it
    assert told == (["workbook: definedNames changed"] if filtered else [])
    assert new_complaints(before.read_bytes(), after.read_bytes()) == []


@pytest.mark.parametrize("reader", ["openpyxl", "calamine"])
def test_every_cell_of_hers_is_where_it_was(before: Path, after: Path, reader: str) -> None:
    read = _by_openpyxl if reader == "openpyxl" else _by_calamine
    then, now = read(before), read(after)
    cells = [(title, at, cell) for title, found in then.items() for at, cell in found.items()]
    assert [(title, at, cell) for title, at, cell in cells if now[title].get(at) != cell] == []


def test_both_readers_see_the_same_in_what_was_written(after: Path) -> None:
    one, other = _by_openpyxl(after), _by_calamine(after)
    assert {title: set(cells) for title, cells in one.items()} == {title: set(cells) for title, cells in other.items()}


def test_undo_takes_it_back_whole(sheetcrm: CommandLine, shape: str, tmp_path: Path) -> None:
    book = MADE[shape](tmp_path)
    before = book.read_bytes()
    sheetcrm("adopt", book, "--on", ON, *(["--apart"] if shape in APART else []))
    assert book.read_bytes() != before
    assert sheetcrm("undo", book).code == 0
    assert book.read_bytes() == before


def test_the_open_xml_sdk_finds_nothing_new(before: Path, after: Path) -> None:
    assert new_errors(before, after) == []


@pytest.mark.slow
def test_libreoffice_shows_her_sheets_as_before(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    books = []
    for name, make in MADE.items():
        folder = tmp_path / name.replace(" ", "_")
        folder.mkdir()
        done = adopt_book(make(folder), Wishes(apart=name in APART), on=date(2026, 11, 22))
        assert done.copy is not None
        books += [
            _renamed(done.copy, f"{folder.name}-before"),
            _renamed(done.outlook.book.path, f"{folder.name}-after"),
        ]
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = [office, "--headless", "--convert-to", every_sheet]
    subprocess.run([*command, "--outdir", str(tmp_path / "csv"), *map(str, books)], check=True, capture_output=True)
    shown = {path.stem: list(csv.reader(path.open(encoding="utf-8"))) for path in (tmp_path / "csv").iterdir()}
    assert len(shown) > 2 * len(MADE)
    for name, lines in shown.items():
        if "-before-" in name:
            now = shown[name.replace("-before-", "-after-")]
            cells = [(row, at, cell) for row, line in enumerate(lines) for at, cell in enumerate(line) if cell]
            assert [(row, at, now[row][at]) for row, at, _ in cells] == cells, name


def _renamed(path: Path, stem: str) -> Path:
    return path.rename(path.with_name(f"{stem}{path.suffix}"))


def _by_openpyxl(path: Path) -> dict[str, dict[tuple[int, int], Any]]:
    loaded = openpyxl.load_workbook(path, data_only=True)
    return {
        page.title: {(c.row, c.column): c.value for line in page.iter_rows() for c in line if c.value not in (None, "")}
        for page in loaded.worksheets
    }


def _by_calamine(path: Path) -> dict[str, dict[tuple[int, int], Any]]:
    loaded = CalamineWorkbook.from_path(str(path))
    found = {}
    for title in loaded.sheet_names:
        lines = loaded.get_sheet_by_name(title).to_python(skip_empty_area=False)
        found[title] = {
            (row, column): cell
            for row, line in enumerate(lines, 1)
            for column, cell in enumerate(line, 1)
            if cell not in (None, "")
        }
    return found


# what is taken for what


@pytest.mark.parametrize(("table", "headers", "fields"), ROWS, ids=lambda value: str(value)[:20])
def test_a_header_row_from_real_life_is_taken_for_what_it_is(
    sheetcrm: CommandLine, tmp_path: Path, table: str, headers: str, fields: str
) -> None:
    names = headers.split(" · ")
    known = TABLES[table].names
    cells = {"date": "2026-10-01", "client": "Anna Kowalska", "name": "Anna Kowalska", "phone": "+48600000101"}
    expected = dict(zip(names, fields.split(" "), strict=True))
    line = [cells.get(field, "x") for field in expected.values()]
    book = make_workbook(tmp_path / "salon.xlsx", "\n".join([" | ".join(names), " | ".join(line)]))
    found = sheetcrm("adopt", book, "--dry-run", "--json").json
    if "Cellulare" in names and "Telefono" in names:
        expected["Telefono"] = "·"  # of two the mobile one counts
    if table == "Clients" and "Status" in names:
        expected["Status"] = "·"  # one that she filled is too common a word
    assert found["table"] == table
    assert found["mapping"] == {header: field for header, field in expected.items() if field != "·"}
    assert found["unknown"] == [header for header, field in expected.items() if field == "·"]
    asked = {header for header in found["unknown"] if (doubt := doubt_about(header)) and set(doubt.fields) & set(known)}
    free = set(known) - set(found["mapping"].values())
    assert set(found["unclear"]) == {h for h in asked if (d := doubt_about(h)) and set(d.fields) & free}


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("Lp. · Nazwisko i imię · nr tel. · Data ur. · Zgoda RODO · Uwagi", ["Zgoda RODO"]),
        ("Data · Godz. · Klientka · Zabieg · Kto wykonał · Cena · Rachunek", ["Rachunek"]),
        ("Nominativo · Telefono · Cellulare · Compleanno · Trattamenti · Provenienza · Privacy", ["Privacy"]),
        ("Data · Cliente · Trattamento · Operatrice · Importo · Scontrino · Voto", ["Scontrino"]),
        ("Nombre · Apellidos · Móvil · F. nacimiento · Tratamiento · Última cita · Observaciones · LOPD", ["LOPD"]),
        ("ПІБ · Телефон · Електронна пошта · Вік · Стать · Місце проживання · Відгуки", ["Місце проживання"]),
    ],
)
def test_what_would_be_guessed_wrong_is_left_and_told(
    sheetcrm: CommandLine, tmp_path: Path, row: str, asked: list[str]
) -> None:
    line = ["2026-10-01" if h == "Data" else "Anna Kowalska" for h in row.split(" · ")]
    book = make_workbook(tmp_path / "salon.xlsx", "\n".join([row.replace(" · ", " | "), " | ".join(line)]))
    found = sheetcrm("adopt", book, "--json", "--dry-run").json
    assert [*found["unclear"]] == asked
    assert set(asked) <= set(found["unknown"])
    assert f'--column "{asked[0]}=' in sheetcrm("adopt", book).out


def test_the_surname_comes_first_where_the_header_says_so(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Nazwisko i imię | nr tel.\nKowalska Anna | 600 000 101")
    sheetcrm("adopt", book)
    assert open_workbook(book).raw.surname_first


def test_one_day_for_more_than_a_fifth_of_the_clients_is_no_anniversary(sheetcrm: CommandLine, tmp_path: Path) -> None:
    days = ["2026-01-05"] * 6 + [f"2025-0{n}-01" for n in range(1, 8)]
    lines = [f"Anna{n} Rossi | 34000000{n:02d} | {day}" for n, day in enumerate(days)]
    book = make_workbook(tmp_path / "salon.xlsx", "\n".join(["Nominativo | Cellulare | Primo contatto", *lines]))
    found = sheetcrm("adopt", book).out
    assert "per 6 clienti su 13 c'è lo stesso giorno" in found
    again = sheetcrm("adopt", book, "--json").json
    assert again["unknown"] == ["Primo contatto"]
    assert "Primo contatto" not in again["mapping"]


# options, where there is no terminal


def test_options_say_what_the_vocabulary_does_not_know(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def of_words_of_her_own(made: Any, page: Any) -> None:
        owner_lists.rows(made, page, at=2, headers=("Kto", "Co", "Nr", "Kiedy", "Zgoda"))

    book = written(tmp_path / "salon.xlsx", of_words_of_her_own)
    refused = sheetcrm("adopt", book, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "no-client-table")
    options = ["--sheet", "arkusz1", "--header-row", 3, "--column", "Kto=first_name", "--column", "co=Nazwisko"]
    done = sheetcrm("adopt", book, *options, "--column", "Nr=telefon", "--column", "Zgoda=email_consent", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["mapping"] == {
        "Kto": "first_name", "Co": "last_name", "Nr": "phone", "Zgoda": "email_consent",
    }  # fmt: skip
    assert (done.json["unknown"], done.json["header_row"]) == (["Kiedy"], 3)
    settings = {str(k): v for k, v, *_ in _sheet_with(book, "Settings").iter_rows(min_row=2, values_only=True)}
    assert (settings["column.first_name"], settings["column.phone"], settings["country"]) == ("Kto", "Nr", "PL")
    again = sheetcrm("adopt", book, "--json").json
    assert [again["mapping"][h] for h in ("Kto", "Nr", "Zgoda")] == ["first_name", "phone", "email_consent"]
    assert sheetcrm("check", book, "--json").code in (0, 1)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (["--column", "Kontakt=phone"], 2, "Kontakt"),
        (["--column", "Komórka=fon"], 2, "fon"),
        (["--column", "Komórka"], 2, "--column"),
        (["--sheet", "Nic"], 2, "Nic"),
        (["--header-row", 17], 3, "--header-row"),
        (["--country", "XX"], 2, "PL"),
        (["--country", "Atlantis"], 2, "Atlantis"),
        (["--country", "EU"], 2, "EU"),
        (["--clients", "--visits"], 2, "--visits"),
    ],
)
def test_an_option_that_cannot_be_is_said_in_one_line_and_nothing_is_done(
    sheetcrm: CommandLine, tmp_path: Path, options: list[object], code: int, text: str
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    before = book.read_bytes()
    done = sheetcrm("adopt", book, *options)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert text in done.err
    assert book.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".xlsx"] == ["salon.xlsx"]


def test_a_header_that_she_says_is_none_stays_hers(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(tmp_path / "salon.xlsx", "Imię i nazwisko | Miasto\nAnna Kowalska | kręcone")
    found = sheetcrm("adopt", book, "--column", "Miasto=", "--json").json
    assert ("Miasto" not in found["mapping"], found["unknown"]) == (True, ["Miasto"])
    again = sheetcrm("adopt", book, "--json").json
    assert (again["written"], again["unknown"]) == (False, ["Miasto"])


def test_a_dry_run_says_what_would_be_done_and_does_nothing(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--dry-run", "--json")
    assert (done.code, done.json["written"]) == (0, False)
    assert [*done.json["added"][: len(ADDED)]] == ADDED
    assert [path.name for path in tmp_path.iterdir() if path.name != "state"] == ["salon.xlsx"]
    assert book.read_bytes() == before


# several lists


def test_of_several_lists_none_is_taken_by_a_guess(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def two(made: Any, page: Any) -> None:
        owner_lists.rows(made, page)
        owner_lists.rows(made, made.add_worksheet("Arkusz2"))

    book = written(tmp_path / "salon.xlsx", two)
    refused = sheetcrm("adopt", book)
    assert refused.code == 3
    assert "Arkusz1, Arkusz2" in refused.err
    assert sheetcrm("adopt", book, "--sheet", "Arkusz2", "--json").json["sheet"] == "Arkusz2"
    assert sheetcrm("check", book).code == 0, "from now on it is known which one it is"


def test_the_obvious_one_of_several_lists_is_taken_and_that_is_said(sheetcrm: CommandLine, tmp_path: Path) -> None:
    def long_and_short(made: Any, page: Any) -> None:
        owner_lists.rows(made, page, cells=owner_lists.PEOPLE[:1])
        owner_lists.rows(made, made.add_worksheet("Baza"), cells=[(f"Anna{n}", "Lis") for n in range(20)])

    done = sheetcrm("adopt", written(tmp_path / "salon.xlsx", long_and_short))
    assert done.code == 0
    assert "arkusz „Baza”" in done.out
    assert "a nie Arkusz1" in done.out


# a journal


def test_a_journal_gives_a_client_for_each_name_and_phone_and_its_visits_are_resolved(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.journal)
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert (found["table"], found["sheet"], found["header_row"], found["clients"]) == ("Visits", "Arkusz1", 2, 3)
    clients = _sheet_with(book, "Clients")
    assert [row[:3] for row in clients.iter_rows(min_row=2, values_only=True)] == [
        ("C1", "Anna Kowalska", "600 000 101"),
        ("C2", "Ola Nowak", "600000102"),
        ("C3", "Anna Kowalska", "600 000 999"),
    ]
    page = openpyxl.load_workbook(book)["Arkusz1"]
    headers = [cell.value for cell in page[2]]
    at = headers.index("ID")
    assert [row[at] for row in page.iter_rows(min_row=3, max_row=7, values_only=True)] == ["C1", "C2", "C3", "C1", "C2"]
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {}


def test_a_line_that_may_be_of_two_namesakes_is_nobodys(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = make_workbook(
        tmp_path / "salon.xlsx",
        visits="""
            Data       | Klientka  | Telefon     | Cena
            2026-09-01 | Anna Lis  | 600 000 101 | 10
            2026-09-02 | Anna Lis  | 600 000 102 | 10
            2026-09-03 | Anna Lis  |             | 10
            2026-09-04 | 600000101 |             | 10
        """,
    )
    assert sheetcrm("adopt", book, "--on", ON, "--json").json["clients"] == 2
    assert sheetcrm("check", book, "--on", ON, "--json").json["counts"] == {"ambiguous-client": 1}


def test_a_list_of_dates_names_and_phones_is_a_journal_where_she_says_so(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = "Data | Klientka | Telefon\n2026-09-01 | Anna Lis | 600000101\n2026-10-01 | Anna Lis | 600000101"
    book = make_workbook(tmp_path / "salon.xlsx", rows)
    found = sheetcrm("adopt", book, "--visits", "--json").json
    assert (found["table"], found["clients"], "Clients" in found["added"]) == ("Visits", 1, True)
    assert sheetcrm("adopt", book, "--json").json["written"] is False


# how it looks


def test_an_excel_table_is_made_where_that_is_safe(shape: str, done: Adopted, after: Path) -> None:
    tables = [table.name for table in _page(after, done.outlook.found.placement.sheet).tables.values()]
    assert tables == TABLE_NAMES.get(shape, ["Clients"])


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (owner_lists.with_a_filter, "ma filtr"),
        (owner_lists.with_merged_cells, "ma scalone komórki"),
        (owner_lists.with_a_column_without_header, "nie każda kolumna ma własny nagłówek"),
        (owner_lists.with_a_note_beside, "nie każda kolumna ma własny nagłówek"),
    ],
)
def test_a_list_that_excel_takes_no_table_over_stays_a_range(
    sheetcrm: CommandLine, tmp_path: Path, shape: Shape, reason: str
) -> None:
    book = written(tmp_path / "salon.xlsx", shape)
    assert reason in sheetcrm("adopt", book, "--on", ON, "--apart").out
    assert not openpyxl.load_workbook(book)["Arkusz1"].tables
    assert sheetcrm("refresh", book, "--on", ON, "--json").json["changed"] == 0


def test_her_filter_covers_the_new_columns_so_that_rows_are_sorted_whole(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.with_a_filter)
    sheetcrm("adopt", book)
    page = _page(book, "Arkusz1")
    last = page.cell(2, page.max_column).column_letter
    assert page.auto_filter.ref == f"A2:{last}6"
    names = {name.name: name.value for name in Document(Package(book.read_bytes())).defined_names}
    assert names["_xlnm._FilterDatabase"] == f"Arkusz1!$A$2:${last}$6"


def test_only_the_columns_that_matter_are_in_sight_and_hers_stay_as_they_are(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.with_hidden_columns)
    sheetcrm("adopt", book)
    page = openpyxl.load_workbook(book)["Arkusz1"]
    looks = {
        page.cell(1, at).value: (look.hidden, look.outlineLevel)
        for look in page.column_dimensions.values()
        for at in range(int(look.min or 1), min(int(look.max or 1), page.max_column) + 1)
    }
    assert [looks[h][0] for h in ("Imię", "Nazwisko", "Komórka", "Urodziny", "Uwagi") if h in looks] == [
        False,
        False,
        True,
        False,
    ]
    assert [h for h, (hidden, level) in looks.items() if hidden and not level] == ["Urodziny"]
    assert {h for h, (hidden, level) in looks.items() if h and not hidden} >= {
        "ID",
        "E-mail",
        "Zgoda na e-mail",
        "Status",
    }
    assert {"Data zgody", "RFM", "Wiek"} <= {h for h, (hidden, level) in looks.items() if hidden and level == 1}


def test_an_excel_table_of_hers_keeps_its_name_and_grows(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.as_an_excel_table)
    sheetcrm("adopt", book)
    (table,) = openpyxl.load_workbook(book)["Arkusz1"].tables.values()
    names = [column.name for column in table.tableColumns]
    assert (table.name, names[:5], "Status" in names) == ("Tabela1", list(owner_lists.HEADERS), True)


@pytest.mark.parametrize("code", LANGUAGES)
def test_sheets_copy_and_words_are_in_the_language_that_she_names(
    sheetcrm: CommandLine, tmp_path: Path, code: str
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    done = sheetcrm("adopt", book, "--language", code)
    words = {"en": "before sheetcrm", "pl": "przed sheetcrm", "uk": "до sheetcrm", "ru": "до sheetcrm"}
    words |= {"it": "prima di sheetcrm", "es": "antes de sheetcrm"}
    copy = tmp_path / f"salon ({words[code]}).xlsx"
    assert (done.code, done.err, str(copy) in done.out) == (0, "", True)
    settings = _sheet_with(book, "Settings")
    assert settings.title == language(code).sheet("Settings")
    assert {language(code).sheet(t) for t in ("Visits", "Campaigns", "Segments", "Texts", "Problems")} <= set(
        openpyxl.load_workbook(book).sheetnames
    )


def test_no_campaign_is_active(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    sheetcrm("adopt", book)
    assert {row[1] for row in _sheet_with(book, "Campaigns").iter_rows(min_row=2, values_only=True)} == {"nie"}


def test_it_says_how_many_have_a_consent_and_which_phone_counts(sheetcrm: CommandLine, tmp_path: Path) -> None:
    rows = "Nominativo | Telefono | Cellulare | Newsletter\nAnna Rossi | 0612345678 | 3400000001 | sì\nEva Neri | | 3400000002 |"
    said = sheetcrm("adopt", make_workbook(tmp_path / "salon.xlsx", rows)).out
    assert "Clienti con un consenso registrato: 1 su 2." in said
    assert "viene usata «Cellulare»" in said


def test_the_country_is_that_of_the_phones_where_they_tell_it(sheetcrm: CommandLine, tmp_path: Path) -> None:
    numbers = ["+380 50 123 45 67", "+380 50 123 45 68", "+380671234567"]
    rows = "\n".join(["ФИО | Телефон", *(f"Анна{n} Иванова | {phone}" for n, phone in enumerate(numbers))])
    assert sheetcrm("adopt", make_workbook(tmp_path / "a.xlsx", rows), "--json").json["country"] == "UA"
    bare = "ФИО | Телефон\nАнна Иванова | 8 900 000 05 01"
    unknown = sheetcrm("adopt", make_workbook(tmp_path / "b.xlsx", bare))
    assert "--country XX" in unknown.out


# what must not be written


def test_a_copy_beside_it_is_never_written_over(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    other = tmp_path / "salon (przed sheetcrm).xlsx"
    other.write_bytes(b"hers")
    before = book.read_bytes()
    sheetcrm("adopt", book)
    assert other.read_bytes() == b"hers"
    assert (tmp_path / "salon (przed sheetcrm) 2.xlsx").read_bytes() == before


def test_open_in_excel_nothing_is_written_and_that_is_said(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    (tmp_path / "~$salon.xlsx").write_bytes(b"")
    before = book.read_bytes()
    done = sheetcrm("adopt", book, "--json")
    assert (done.code, done.json["written"], done.json["copy"]) == (0, False, None)
    assert done.err == "Skoroszyt jest otwarty, więc niczego nie zapisano. Trzeba go zamknąć i ponowić polecenie.\n"
    assert book.read_bytes() == before
    assert not list(tmp_path.glob("salon (*"))


def test_a_protected_sheet_is_refused_in_one_line(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain, lambda _made, page: page.protect())
    done = sheetcrm("adopt", book)
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert "Arkusz1" in done.err
    assert not list(tmp_path.glob("salon (*"))


def test_a_workbook_that_takes_no_new_sheets_gets_the_columns_and_is_told(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    loaded = openpyxl.load_workbook(book)
    loaded.security = WorkbookProtection(lockStructure=True)
    loaded.save(book)
    done = sheetcrm("adopt", book, "--on", ON)
    assert (done.code, done.err) == (0, "")
    assert "Wizyty, Usługi, Kampanie, Grupy klientów, Teksty wiadomości, Ustawienia" in done.out
    assert openpyxl.load_workbook(book).sheetnames == ["Arkusz1"]
    assert sheetcrm("adopt", book, "--on", ON, "--json").json["written"] is False


def test_a_workbook_with_a_password_keeps_it(
    sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    book.write_bytes(encrypted(book.read_bytes(), "tajne"))
    before = book.read_bytes()
    refused = sheetcrm("adopt", book)
    assert (refused.code, refused.err.count("\n"), book.read_bytes() == before) == (3, 1, True)
    monkeypatch.setenv("SHEETCRM_WORKBOOK_PASSWORD", "tajne")
    done = sheetcrm("adopt", book, "--json")
    assert (done.code, done.json["written"], Path(done.json["copy"]).read_bytes() == before) == (0, True, True)
    assert is_encrypted(book.read_bytes())
    assert sheetcrm("adopt", book, "--json").json["written"] is False


def test_a_client_workbook_is_left_alone(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = tmp_path / "salon.xlsx"
    sheetcrm("new", book, "--language", "it")
    before = book.read_bytes()
    done = sheetcrm("adopt", book)
    assert (done.code, done.err) == (0, "")
    assert "È già una cartella clienti" in done.out
    assert book.read_bytes() == before
    assert not list(tmp_path.glob("salon (*"))


def test_to_a_client_workbook_only_what_is_missing_is_added(sheetcrm: CommandLine, tmp_path: Path) -> None:
    book = written(tmp_path / "salon.xlsx", owner_lists.plain)
    sheetcrm("refresh", book, "--on", ON)
    found = sheetcrm("adopt", book, "--on", ON, "--json").json
    assert "client_id" not in found["added"]
    assert {"email_consent", "Visits", "Settings"} <= set(found["added"])
    ids = [row[0] for row in openpyxl.load_workbook(book)["Arkusz1"].iter_rows(min_row=2, values_only=True)]
    assert ids == ["Anna", "Ola", "Ewa", "Zofia"]
    assert fields_named("ID") == ("client_id",)


def _page(book: Path, sheet: str) -> Any:
    return openpyxl.load_workbook(book)[sheet]


def _sheet_with(book: Path, table: str) -> Any:
    return next(page for page in openpyxl.load_workbook(book).worksheets if table in page.tables)


def test_a_choice_between_two_lists_is_taken_back_like_any_other_adoption(
    sheetcrm: CommandLine, tmp_path: Path
) -> None:
    book, path = openpyxl.Workbook(), tmp_path / "b.xlsx"
    for title, name in (("2025", "Anna Nowak"), ("2026", "Beata Kot")):
        page = book.create_sheet(title)
        page.append(["Imię i nazwisko", "Telefon", "E-mail"])
        page.append([name, "600 000 101", "a@example.com"])
    book.remove(book.worksheets[0])
    book.save(path)
    before = path.read_bytes()
    assert sheetcrm("adopt", path, "--yes", "--sheet", "2026").code == 0
    assert path.read_bytes() != before
    assert sheetcrm("undo", path).code == 0
    assert path.read_bytes() == before
