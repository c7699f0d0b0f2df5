"""Rows imported into real workbooks of other programs: all else is as it was, and undo gives the file back."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from invariants import new_complaints
from test_untouched import NO_WORKBOOK_INSIDE, tool

DAY = "2026-11-22"
EVERY = 9  # all of them take minutes
CLIENTS = "Name;Phone;Email;Hair type\nMia Black;+44 20 7946 0004;mia@example.com;red\nOlena Шевченко;+380 50 123 45 67;;curly\n"
VISITS = "Date;Client;Service;Amount\n05.10.2026;Mia Black;Cut;70,50\n"


@pytest.mark.slow
def test_an_import_leaves_all_else_as_it_was_and_is_taken_back_to_the_byte(
    shared_dir: Path, tmp_path: Path, sheetcrm: CommandLine
) -> None:
    untouched, inject = tool(shared_dir, "untouched"), tool(shared_dir, "inject_clients")
    books = sorted((shared_dir / "data" / "workbooks").glob("*.xls[xm]"))[::EVERY]
    (tmp_path / "clients.csv").write_text(CLIENTS, "utf-8")
    (tmp_path / "visits.csv").write_text(VISITS, "utf-8")
    tried, wrong = 0, []
    for source in books:
        if source.name in NO_WORKBOOK_INSIDE:
            continue
        path, before = tmp_path / source.name, tmp_path / f"before-{source.name}"
        inject.inject(source, before)
        path.write_bytes(before.read_bytes())
        for name, added in (("clients", 1), ("visits", 1)):
            done = sheetcrm("import", path, tmp_path / f"{name}.csv", "--on", DAY, "--json").json
            wrong += [(source.name, name, done)] if (done.get("added"), done.get("written")) != (added, True) else []
        wrong += [(source.name, "untouched", line) for line in untouched.differences(str(before), str(path))]
        wrong += [(source.name, "invariants", line) for line in new_complaints(before.read_bytes(), path.read_bytes())]
        for _ in range(2):
            assert sheetcrm("undo", path).code == 0, source.name
        wrong += [] if path.read_bytes() == before.read_bytes() else [(source.name, "undo", "")]
        tried += 1
    assert (wrong, tried > len(books) * 2 // 3) == ([], True)
