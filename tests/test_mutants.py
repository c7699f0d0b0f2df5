"""Broken workbooks, of bytes and of XML: no traceback, no abort, no hang, no changed original, nothing half-right written.

More of them on demand: SHEETCRM_MUTANTS=10000 pytest tests/test_mutants.py (and SHEETCRM_MUTANTS_FROM=n for others than the usual).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from command_line import CommandLine
from mutations import ARCHIVE, PARTS, SHEET, XML, mutant, read, zipped
from owner_lists import rows, written
from test_untouched import rich_workbook

from sheetcrm.testing import make_workbook

COUNT = int(os.environ.get("SHEETCRM_MUTANTS", "500"))
FIRST = int(os.environ.get("SHEETCRM_MUTANTS_FROM", "0"))
DAY_BEFORE = "2026-11-20"
CLIENTS = """
client_id | name         | email            | birthday   | email_consent
C1        | Anna Nowak   | anna@example.com | 1990-11-25 | yes
C2        | Ewa Lis      | ewa@example      | 1985-03-08 | no
"""
VISITS = """
date       | client     | service  | amount
2026-09-01 | Anna Nowak | Cut      | 100.1
2026-10-20 | C2         | Manicure | 50
"""


def _list(made: Any, page: Any) -> None:
    rows(made, page)


def make_seeds(folder: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workbooks to break: fresh ones, adopted ones, and ones that the program has refreshed before. The same ones every time."""
    ids = count()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=next(ids)))
    given, seeds = folder / "given", folder / "seeds"
    given.mkdir(parents=True)
    seeds.mkdir()

    def add(source: Path, *, adopted: bool = False) -> None:
        seed = seeds / source.name
        seed.write_bytes(_without_time(source.read_bytes()))
        after = Path(shutil.copy(seed, seeds / f"{source.stem}_after{source.suffix}"))
        monkeypatch.setenv("SHEETCRM_STATE", str(after.with_suffix(".state")))
        if adopted:
            assert sheetcrm("adopt", after, "--yes", "--on", DAY_BEFORE).code == 0
        assert sheetcrm("refresh", after, "--on", DAY_BEFORE).code == 0

    make_workbook(given / "made.xlsx", clients=CLIENTS, visits=VISITS)
    add(given / "made.xlsx")
    add(rich_workbook(given / "rich.xlsx", as_table=True))
    add(written(given / "list.xlsx", _list), adopted=True)
    for copy in seeds.glob("*(*"):  # what adopt keeps
        copy.unlink()
    return seeds


def _without_time(data: bytes) -> bytes:
    """The workbook without the moment in which it was made."""
    return zipped(
        [
            (name, re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-02T03:04:06Z", part))
            for name, part in read(data).items()
        ]
    )


@pytest.fixture
def seeds(tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_seeds(tmp_path, sheetcrm, monkeypatch)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
def test_a_broken_workbook_is_refused_or_served_and_never_harmed(seeds: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("mutant_runs.py")
    root = str(script.parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(script), str(seeds), str(tmp_path / "work"), str(FIRST), str(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    *faults, summary = [json.loads(line) for line in done.stdout.splitlines()] or [{}]
    assert (done.returncode, done.stderr) == (0, "")
    assert faults == []
    assert summary["count"] == COUNT
    ends = summary["ends"]
    assert ends["refresh 0"] > COUNT / 4
    assert ends["refresh 3 damaged"] > COUNT / 20


def test_the_same_number_breaks_a_workbook_in_the_same_way_and_another_in_another(tmp_path: Path) -> None:
    make_workbook(tmp_path / "a.xlsx", clients=CLIENTS, visits=VISITS)
    data = (tmp_path / "a.xlsx").read_bytes()
    once, again = ([mutant(data, Random(number)) for number in range(200)] for _ in range(2))  # noqa: S311 - no secrets
    assert once == again
    assert len({broken for broken, _ in once}) > 190
    said = " ".join(what for _, what in once)
    names = {edit.__name__.strip("_") for edit in (*ARCHIVE, *XML, *SHEET)} | {e.__name__.strip("_") for e in PARTS}
    assert len([name for name in names if name in said]) > len(names) * 0.8


def test_the_workbooks_that_are_broken_are_the_same_every_time_so_that_a_number_tells_what_was_broken(
    tmp_path: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, again = (make_seeds(tmp_path / name, sheetcrm, monkeypatch) for name in ("once", "again"))
    books = sorted(path.name for path in once.glob("*.xls?"))
    assert books == ["list.xlsx", "list_after.xlsx", "made.xlsx", "made_after.xlsx", "rich.xlsx", "rich_after.xlsx"]
    assert [name for name in books if (once / name).read_bytes() != (again / name).read_bytes()] == []
