"""A dry run of an erasing tells what the erasing then does: the same numbers, places, warnings and receipt; no file changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from command_line import CommandLine
from erased_person import ANNA, decorated, her_salon
from owner_hand import (
    BORN,
    CLIENTS,
    DAY,
    VISITS,
    append,
    client,
    column,
    edited,
    header_row,
    opened_in_excel,
    salon,
    sheet,
)

from sheetcrm.testing import make_workbook


def sent_and_kept(folder: Path, sheetcrm: CommandLine) -> Path:
    """She was greeted; three versions are kept; a comment and a link stand on her cells."""
    path = her_salon(folder)
    sheetcrm("refresh", path, "--on", DAY)
    decorated(path)
    sheetcrm("run", path, "--on", DAY, "--outbox", folder.parent / "mails")
    return path


def two_versions_at_most(folder: Path, sheetcrm: CommandLine) -> Path:
    """More versions are kept than the save of the erasing leaves."""
    path = salon(folder, keep_backups=2)
    for name in ("Eva", "Ira", "Kim", "Lee"):
        with edited(path) as made:
            append(sheet(made, "Clients"), {"Name": name})
        sheetcrm("refresh", path, "--on", DAY)
    return path


def never_written(folder: Path, _: CommandLine) -> Path:
    """No command has written yet: the workbook has no id, Visits knows her by id."""
    return make_workbook(
        folder / "list.xlsx",
        clients="Client ID | Name | Phone\nC1 | Anna Smith | 600000101\n12 | Jo Brown | 600000102",
        visits="Date | Client | Amount\n2026-11-01 | C1 | 40\n2026-11-02 | Anna Smith | 50\n2026-11-02 | Jo Brown | 50",
    )


def merged(folder: Path, sheetcrm: CommandLine) -> Path:
    """Another row was merged into hers."""
    twin = client("C2", "Anna Smith", "a.smith", BORN, phone="+44 20 7946 0001", notes="never sugar")
    path = salon(folder, clients=(ANNA, twin, *CLIENTS[2:]), visits=VISITS[:2])
    sheetcrm("refresh", path, "--on", DAY)
    assert sheetcrm("merge", path, "--keep", "C1", "--on", DAY).code == 0
    return path


def mentioned(folder: Path, sheetcrm: CommandLine) -> Path:
    """Her name stands in another row, in a sheet of the owner's and in a copy of the file; a namesake has the same visits."""
    path = her_salon(folder, others=(client("C8", "Ann Lee", "lee", None, notes="came with Anna Smith"),))
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        made.create_sheet("Plan")["B2"] = "call anna.smith@example.com"
    shutil.copy(path, path.with_name("salon (before).xlsx"))
    return path


def namesakes(folder: Path, sheetcrm: CommandLine) -> Path:
    """Of two with one name nobody knows whose the visits are."""
    path = make_workbook(
        folder / "two.xlsx",
        clients="Client ID | Name | Phone\nC1 | Anna Smith | 600000101\nC2 | Anna Smith | 600000102",
        visits="Date | Client | Amount\n2026-11-20 | Anna Smith | 50\n2026-12-01 | Anna Smith |",
    )
    sheetcrm("refresh", path, "--on", DAY)
    return path


def waiting(folder: Path, sheetcrm: CommandLine) -> Path:
    """While it was open an id and figures had to wait, and the owner typed another id meanwhile."""
    path = her_salon(folder)
    sheetcrm("refresh", path, "--on", DAY)
    with edited(path) as made:
        append(sheet(made, "Clients"), {"Name": "Kim Lee", "Email": "kim@example.com"})
    note = opened_in_excel(path)
    assert sheetcrm("refresh", path, "--on", DAY, "--json").json["written"] is False
    note.unlink()
    with edited(path) as made:
        page = sheet(made, "Clients")
        page.cell(header_row(page) + 5, column(page, "Client ID")).value = "K7"
    return path


def begun(folder: Path, sheetcrm: CommandLine) -> Path:
    """The erasing of somebody else had to wait."""
    path = her_salon(folder)
    sheetcrm("refresh", path, "--on", DAY)
    note = opened_in_excel(path)
    assert sheetcrm("erase", path, "C2", "--on", DAY, "--json").json["written"] is False
    note.unlink()
    return path


def with_formulas(folder: Path, _: CommandLine) -> Path:
    """A formula of the owner's stands in her row."""
    path = folder / "list.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Clients")
        page.write_row("A1", ["Client ID", "Name", "Phone", "Greeting"])
        page.write_row("A2", ["C1", "Anna Smith", "+44 20 7946 0001"])
        page.write_formula("D2", '="Dear "&B2', None, "Dear Anna Smith")
    return path


def erased_before(folder: Path, sheetcrm: CommandLine) -> Path:
    """Nothing is left to be done."""
    path = her_salon(folder)
    sheetcrm("erase", path, "C1", "--on", DAY)
    return path


def files_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


CASES = (
    *(sent_and_kept, two_versions_at_most, never_written, merged, mentioned, namesakes, waiting, begun),
    *(with_formulas, erased_before),
)


@pytest.mark.parametrize("made", CASES)
def test_a_dry_run_tells_what_the_erasing_then_does(
    made: Callable[[Path, CommandLine], Path], tmp_path: Path, sheetcrm: CommandLine
) -> None:
    (tmp_path / "desk").mkdir()
    path = made(tmp_path / "desk", sheetcrm)
    before = files_in(tmp_path)
    dry = sheetcrm("erase", path, "C1", "--dry-run", "--on", DAY, "--json")
    assert files_in(tmp_path) == before
    done = sheetcrm("erase", path, "C1", "--on", DAY, "--json")
    assert (dry.code, dry.json["written"]) == (done.code, False)
    assert {**dry.json, "written": ...} == {**done.json, "written": ...}
    assert done.json["written"] is (made is not erased_before)
    told = [line for line in done.err.splitlines() if not line.startswith("Erased: ")]
    assert dry.err.splitlines() == told


def test_while_it_is_open_a_dry_run_tells_what_it_comes_to_once_it_is_closed(
    tmp_path: Path, sheetcrm: CommandLine
) -> None:
    path = her_salon(tmp_path)
    sheetcrm("refresh", path, "--on", DAY)
    opened_in_excel(path)
    before = files_in(tmp_path)
    dry = sheetcrm("erase", path, "C1", "--dry-run", "--on", DAY)
    assert dry.out.startswith("Would be erased: C1.")
    assert "; lines of visits that stay, without a name: 3;" in dry.out
    assert "The workbook is open (Maria)." in dry.err
    assert files_in(tmp_path) == before
