"""The sample workbooks are what their script makes: six salons of made-up people with known mistakes, a bare list."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from sheetcrm.crm.values import SEVERITY
from sheetcrm.languages import LANGUAGES, fields_named, language

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_workbooks"
STORY: dict[str, Any] = json.loads((SAMPLES / "planted.json").read_text("utf-8"))
SALONS: dict[str, Any] = STORY["salons"]
NOT_PLANTED = {
    "missing-field",
    "probable-duplicate",
}  # the first needs a book without columns, the others come with their feature


def rows_of(path: Path, title: str) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_name(title).to_python(skip_empty_area=False)
    return rows


def clients_of(code: str) -> list[dict[str, Any]]:
    words = language(code)
    headers, *rows = rows_of(SAMPLES / f"salon_{code}.xlsx", words.sheet("Clients"))
    names = [next(iter(f for f in fields_named(str(h)) if words.header(f) == h), str(h)) for h in headers]
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    script = [sys.executable, "-B", str(SAMPLES / "make_samples.py"), str(folder)]
    subprocess.run(script, check=True, env={"PYTHONPATH": str(ROOT)}, capture_output=True)
    return folder


@pytest.mark.parametrize("name", [*(f"salon_{code}.xlsx" for code in LANGUAGES), "bare_list.xlsx"])
def test_a_sample_holds_what_its_script_makes(made: Path, name: str) -> None:
    kept, fresh = CalamineWorkbook.from_path(SAMPLES / name), CalamineWorkbook.from_path(made / name)
    assert kept.sheet_names == fresh.sheet_names
    for title in kept.sheet_names:
        assert kept.get_sheet_by_name(title).to_python() == fresh.get_sheet_by_name(title).to_python(), title


def test_the_list_of_what_is_planted_is_what_the_script_made(made: Path) -> None:
    assert json.loads((made / "planted.json").read_text("utf-8")) == STORY


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_salon_has_200_clients_two_years_of_visits_and_a_small_file(code: str) -> None:
    path = SAMPLES / f"salon_{code}.xlsx"
    words = language(code)
    visits = rows_of(path, words.sheet("Visits"))[1:]
    days = sorted(row[0] for row in visits if isinstance(row[0], date) and row[0].year < 2030)
    assert (len(clients_of(code)), len(visits)) == (200, SALONS[code]["visits"])
    assert 2500 <= len(visits) <= 3600
    assert (days[-1] - days[0]).days > 700
    assert sum(day > date(2026, 11, 22) for day in days) > 20  # bookings
    assert path.stat().st_size < 300_000


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_planted_problem_stands_where_the_list_says(code: str) -> None:
    book = load_workbook(SAMPLES / f"salon_{code}.xlsx")
    for problem in SALONS[code]["problems"]:
        sheet = next(s for s in book.worksheets if problem["table"] in s.tables)
        assert sheet.title == problem["sheet"]
        if problem["row"] is None or problem["field"] is None:
            continue
        column = [
            number
            for number, cell in enumerate(sheet[1], 1)
            if problem["field"] in fields_named(str(cell.value))
            or str(cell.value).casefold().replace(" ", "_") == problem["field"]
        ]
        value = sheet.cell(problem["row"], column[0]).value
        assert (value is None) == (problem["code"] == "missing-required"), problem


def test_every_code_is_planted_somewhere() -> None:
    planted = {problem["code"] for salon in SALONS.values() for problem in salon["problems"]}
    assert planted == set(SEVERITY) - NOT_PLANTED


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_salon_has_its_own_dozen_of_problems(code: str) -> None:
    assert 12 <= len(SALONS[code]["problems"]) <= 24


@pytest.mark.parametrize("code", LANGUAGES)
def test_nobody_in_the_samples_can_be_written_to_or_called(code: str) -> None:
    clients = clients_of(code)
    broken = {p["row"] for p in SALONS[code]["problems"] if p["code"] in ("invalid-email", "invalid-phone")}
    fine = [client for row, client in enumerate(clients, 2) if row not in broken]
    assert {str(c["email"]).rpartition("@")[2] for c in fine if c["email"]} == {"example.com"}
    prefix = {"en": "7700900", "pl": "600000", "uk": "50000", "ru": "900000", "it": "320000", "es": "600000"}[code]
    country = {"en": "GB", "uk": "UA"}.get(code, code.upper())
    for client in fine:
        if client["phone"]:
            text = client["phone"] if isinstance(client["phone"], str) else f"{client['phone']:.0f}"
            number = phonenumbers.parse(text, country)
            assert str(number.national_number).startswith(prefix), client["phone"]
            assert code == "en" or phonenumbers.is_valid_number(
                number
            )  # Ofcom's numbers for drama are nobody's, so not valid


@pytest.mark.parametrize("code", LANGUAGES)
def test_somebody_with_a_consent_has_a_birthday_on_the_day_of_the_samples(code: str) -> None:
    clients = {str(c["client_id"]).removesuffix(".0"): c for c in clients_of(code)}
    words = language(code)
    days = SALONS[code]["birthdays"]
    assert len(days["2026-11-22"]) >= 3
    assert list(days) == [f"2026-11-{day}" for day in range(19, 26)]
    for who in (who for found in days.values() for who in found):
        client = clients[who]
        assert client["email"]
        assert client["email_consent"] == words.choice("yes")
        assert client["no_contact"] == ""


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_campaigns_of_everyday_are_active_and_the_others_are_not(code: str) -> None:
    words = language(code)
    headers, *rows = rows_of(SAMPLES / f"salon_{code}.xlsx", words.sheet("Campaigns"))
    at = {header: position for position, header in enumerate(headers)}
    active = {
        row[at[words.header("template")]] for row in rows if row[at[words.header("active")]] == words.choice("yes")
    }
    assert active - {"spring-party", "spring"} == {"birthday", "reminder", "rebook", "win-back", "thank-you"}
    assert len(rows) >= 9


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_salon_has_the_mess_of_real_life(code: str) -> None:
    clients = clients_of(code)
    words = language(code)
    headers, *visits = rows_of(SAMPLES / f"salon_{code}.xlsx", words.sheet("Visits"))
    amounts = [row[headers.index(words.header("amount"))] for row in visits]
    statuses = {row[headers.index(words.header("status"))] for row in visits}
    assert {words.choice(w) for w in ("done", "planned", "cancelled", "no-show")} | {""} == statuses
    assert sum(isinstance(a, float) and a < 0 for a in amounts) == 5  # refunds
    assert sum(isinstance(a, str) and re.fullmatch(r"\d+[.,]\d\d", a) is not None for a in amounts) > 3
    assert sum(isinstance(c["birthday"], str) and c["birthday"] != "" for c in clients) >= 4  # typed as text
    assert sum(isinstance(c["birthday"], date) and c["birthday"].strftime("%m%d") == "0229" for c in clients) >= 2
    assert {c["email_consent"] for c in clients} == {words.choice("yes"), words.choice("no"), ""}
    assert sum(c["client_id"] == "" for c in clients) == 2  # new ones, as yet without an id
    assert sum(c["household"] != "" for c in clients) >= 10
    assert sum(c["referred_by"] != "" for c in clients) >= 10
    assert sum(c["language"] != "" for c in clients) == 5
    assert sum(c["no_contact"] == words.choice("yes") for c in clients) == 4


def test_the_bare_list_is_a_bare_list() -> None:
    book = load_workbook(SAMPLES / "bare_list.xlsx")
    sheet = book["клиенты 2026"]
    assert [len(s.tables) for s in book.worksheets] == [0, 0]
    assert [cell.value for cell in sheet[4]][:4] == ["ФИО", "Тел.", "ДР", "Последняя дата посещения"]
    assert sheet["A1"].value == "Клиентская база салона"
    assert sheet["A8"].value is None  # a blank row between
