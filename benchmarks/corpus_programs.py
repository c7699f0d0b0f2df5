"""What each program does to a workbook, and how that went: served, refused in its own words, or failed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path

from corpus_books import OWNERS_TITLE, OwnSheet

from sheetcrm.cli import run
from sheetcrm.xlsx import Column, ColumnPatch, Editor, SheetSpec, XlsxError, verify
from sheetcrm.xlsx.refs import Range, cell_name
from sheetcrm.xlsx.tables import calculated_columns

ON = "2026-11-22"
ADDED = "sheetcrm was here"
ANYTHING = "\0"
"""What a cell is expected to show whose formula LibreOffice computes."""
HERE = Path(__file__).resolve().parent
SERVED, PARTLY, REFUSED, FAILED = "served", "served in part", "refused", "failed"
REFUSAL = 3
"""The exit code of a workbook that cannot be read or written."""


@dataclass
class Attempt:
    """One program at one workbook."""

    book: str
    program: str
    before: Path
    after: Path
    status: str = SERVED
    reason: str = ""
    seconds: float = 0.0
    own_parts: list[str] = field(default_factory=list)
    own_sheets: set[str] = field(default_factory=set)
    """Titles of sheets that may be shown otherwise."""
    expected: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    """What is to be shown otherwise in the others, by title."""
    moved: dict[str, Range] = field(default_factory=dict)
    """Cells that stand one row lower, by the title of their sheet."""
    notes: list[str] = field(default_factory=list)
    """What is wrong with it, as far as the program's own part goes."""


class OurCommands:
    """`sheetcrm` in this process, with a state folder of its own."""

    def __init__(self, state: Path) -> None:
        os.environ |= {"SHEETCRM_STATE": str(state), "SHEETCRM_MACHINE": "benchmark", "LC_ALL": "C.UTF-8"}

    def __call__(self, *arguments: object) -> tuple[int, str]:
        """Run a command with --json; gives the exit code and what it printed."""
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = run([*map(str, arguments), "--on", ON, "--json"])
        return code, out.getvalue() or err.getvalue()


def refreshed(attempt: Attempt, commands: OurCommands, *first: str) -> Attempt:
    """`sheetcrm refresh`, after the commands `first`, on a copy of the workbook; and once more, which must write nothing."""
    before = attempt.before.read_bytes()
    attempt.after.write_bytes(before)
    begun = time.perf_counter()
    for command in (*first, "refresh"):
        code, said = commands(command, attempt.after)
        if '"two-client-tables"' in said:
            attempt.reason = "asked which of several sheets is the list, and was told"
            code, said = commands(command, attempt.after, "--sheet", OWNERS_TITLE)
        if code not in (0, 1):
            attempt.status, attempt.reason = _refusal(code, said, same=attempt.after.read_bytes() == before)
            break
    attempt.seconds = time.perf_counter() - begun
    if attempt.status == SERVED:
        once = attempt.after.read_bytes(), attempt.after.stat().st_mtime_ns
        commands("refresh", attempt.after)
        if (attempt.after.read_bytes(), attempt.after.stat().st_mtime_ns) != once:
            attempt.notes.append("a second refresh wrote")
    return attempt


def _refusal(code: int, said: str, *, same: bool) -> tuple[str, str]:
    """A refusal is a word and one line, and leaves the file as it was; all else is a failure."""
    try:
        error = json.loads(said)["error"]
    except (ValueError, KeyError):
        return FAILED, f"exit code {code}: {said[:200]}"
    words = f"{error['code']}: {error['message']}"
    if not same:
        return FAILED, f"{words} (the file has changed)"
    return (REFUSED if code == REFUSAL and "\n" not in words else FAILED), words


def by_package(attempt: Attempt, python: str, package: str, *cell: str) -> Attempt:
    """Another package, in a process of its own: load and save, or one cell (sheet, cell, text)."""
    command = [python, str(HERE / "one_cell.py"), package, str(attempt.before), str(attempt.after), *cell]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own script
    except subprocess.TimeoutExpired:
        attempt.status, attempt.reason = FAILED, "took more than 120 s"
        return attempt
    if done.returncode or not attempt.after.exists():
        attempt.status = FAILED
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        attempt.reason = said.replace(str(attempt.before), "the file")
    else:
        attempt.seconds = json.loads(done.stdout.splitlines()[-1])["seconds"]
    return attempt


def _edited(data: bytes, edit: Callable[[Editor], object], notes: list[str]) -> bytes:
    """The workbook after an edit with our editor, proved; a cell that was left is noted."""
    editor = Editor(data)
    edit(editor)
    receipt = editor.write(out := BytesIO())
    verify(data, out.getvalue(), receipt)
    notes += [f"{cell_name(cell.row, cell.column)} left: {cell.reason}" for cell in receipt.left]
    return out.getvalue()


def our_cell(attempt: Attempt, sheet: OwnSheet, place: tuple[int, int]) -> Attempt:
    """One text cell with our editor."""
    begun = time.perf_counter()
    try:
        data = attempt.before.read_bytes()
        made = _edited(data, lambda editor: editor.set_cells(sheet.part, {place: ADDED}), attempt.notes)
    except XlsxError as error:
        attempt.status, attempt.reason = REFUSED, f"{error.reason}: {error}"
        return attempt
    attempt.after.write_bytes(made)
    attempt.seconds = time.perf_counter() - begun
    return attempt


def our_structure(attempt: Attempt, sheet: OwnSheet) -> Attempt:
    """With our editor, each saved by itself: a column at the right of all rows, a row below a table, a sheet of a program's own."""
    data = attempt.before.read_bytes()
    begun = time.perf_counter()
    refused = []
    edits = {"column": _a_column, "table row": _a_table_row, "sheet": _a_sheet}
    for name, edit in edits.items():
        try:
            data = edit(data, sheet, attempt)
        except XlsxError as error:
            refused.append(f"{name}: {error.reason}")
    attempt.seconds = time.perf_counter() - begun
    attempt.after.write_bytes(data)
    if refused:
        attempt.status, attempt.reason = PARTLY, f"refused {', '.join(refused)}"
    return attempt


def _a_column(data: bytes, sheet: OwnSheet, attempt: Attempt) -> bytes:
    rows = sorted(sheet.filled)
    column = sheet.free_column()
    if column is None or not rows:
        return data
    attempt.expected.setdefault(sheet.title, {}).update({(row, column): f"{ADDED} {row}" for row in rows})
    patch = ColumnPatch(column, rows, [f"{ADDED} {row}" for row in rows])
    return _edited(data, lambda editor: editor.set_column(sheet.part, patch), attempt.notes)


def _a_table_row(data: bytes, _: OwnSheet, attempt: Attempt) -> bytes:
    editor = Editor(data)
    table = next((table for table in editor.document.tables if table.kind == "worksheet"), None)
    if table is None:
        return data
    formulas = calculated_columns(editor.parts.read(table.part), table.part)
    places = [table.ref.first_column + at for at in range(len(table.columns)) if at not in formulas]
    row = dict.fromkeys(places, ADDED)
    made = _edited(data, lambda editor: editor.append_rows(table.sheet, [row], table=table), attempt.notes)
    title = next(known.title for known in editor.document.sheets if known.part == table.sheet)
    new = table.ref.last_row - table.totals_rows + 1
    if table.totals_rows:
        attempt.moved[title] = table.ref._replace(first_row=new)
    cells = attempt.expected.setdefault(title, {})
    cells.update({(new, table.ref.first_column + at): ANYTHING for at in formulas})
    cells.update({(new, column): ADDED for column in places})
    attempt.own_parts += [table.sheet, table.part]
    return made


def _a_sheet(data: bytes, _: OwnSheet, attempt: Attempt) -> bytes:
    spec = SheetSpec(ADDED, [Column("Code", choices=["a", "b"]), Column("When", 12, 14)], [["a", None], ["b", None]])
    return _edited(data, lambda editor: editor.put_sheet(ADDED, spec), attempt.notes)


def which(python: str) -> dict[str, str]:
    """The versions of the other packages that a Python has."""
    command = [python, str(HERE / "one_cell.py"), "--which"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the Python that was named
    return dict(json.loads(done.stdout))
