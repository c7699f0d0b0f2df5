"""Try sheetcrm, and what else edits workbooks, on a folder of real ones, and print what came of it as a page.

`python benchmarks/corpus.py FOLDER --tools TOOLS [--others PYTHON] [--output docs/workbooks.md]`

Three trials. A client list is put into each workbook, and it is refreshed, or adopted and refreshed (`inject_clients.py` in
TOOLS); openpyxl loads and saves the same file. A text goes into one cell of each workbook's own largest sheet, ours beside the
packages that PYTHON has (`one_cell.py`). A column, a row of a table and a sheet are added to each. After each: `untouched.py`
of TOOLS, LibreOffice's CSV of all other sheets, the Open XML SDK's validator, our invariants, a census of what is seen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus_books import TITLES, largest_sheet, loaded, with_list, with_slashes
from corpus_checks import CACHED, Office, census, differing, find_office, lost, new_sdk_errors
from corpus_page import CHECKS, Contestant, Results, matters, table
from corpus_programs import (
    ADDED,
    ANYTHING,
    FAILED,
    Attempt,
    OurCommands,
    by_package,
    our_cell,
    our_structure,
    refreshed,
    which,
)
from lxml import etree

from sheetcrm.xlsx import XlsxError
from sheetcrm.xlsx.refs import cell_name

HERE = Path(__file__).resolve().parent
REFRESH, ADOPT, SAVE, CELL, STRUCTURE = "refresh", "adopt", "save", "cell", "structure"
OF_SDK = (REFRESH, ADOPT, SAVE, CELL, STRUCTURE)
"""What the validator is asked about: its start takes longer than most edits."""

INTRODUCTION = """# Real workbooks

What becomes of {books} workbooks of many producers (Excel, LibreOffice, and libraries, from whose tests they are), with charts, shapes,
pivot tables, slicers, form controls, macros, strict and prefixed XML, and zip entries whose names have backslashes. Made by
`python benchmarks/corpus.py` with {office}{sdk}; but for the seconds, another run gives the same.

All checks are of what was served, before against after. `untouched.py` compares part by part. LibreOffice's check is of its CSV of all
sheets, hidden ones too; {closed} of the workbooks it does not open at all. "Visible" are shapes, pictures, charts and their series,
sparklines, drop-downs, conditional formats, rich text, pivot tables, slicers, comments, form controls, objects, links, merged cells,
tables, names, sheets, connections and macros, counted by their elements.
"""
LISTS = """A client list with its visits is put into each workbook, then refreshed; or a list that an owner made (a title above,
Polish headers, prices on another sheet), then adopted and refreshed. What the validator has against openpyxl is mostly the order of
the words of a font, which Excel takes.
"""
ONE_CELL = """The first free cell of the row in the middle gets a text. What may change is that sheet's part
and the shared strings.
"""
ADDITIONS = """To all rows of the largest sheet a column, to the first Excel table a row, to the workbook a program's sheet; each saved
by itself, and proved.
"""


@dataclass
class Trial:
    """All that is tried on the workbooks of a folder, and where the files lie meanwhile."""

    books: list[Path]
    work: Path
    tools: Path
    python: str
    others: dict[str, str]
    """Packages of that Python, with their versions."""

    def attempts(self) -> Iterator[Attempt]:
        """Everything with everything, workbook by workbook."""
        inject = loaded(self.tools / "inject_clients.py")
        commands = OurCommands(self.work / "state")
        for number, book in enumerate(self.books):
            stem = self.work / f"{number:03}"

            def attempt(program: str, before: Path, stem: Path = stem, book: Path = book) -> Attempt:
                return Attempt(
                    book.name, program, before, stem.with_name(f"{stem.name}_{program}{book.suffix.lower()}")
                )

            yield from self._with_list(inject, commands, book, attempt, stem)
            yield from self._own_sheet(book, attempt, stem)
            _progress(f"{number + 1} of {len(self.books)} workbooks tried")

    def _with_list(
        self, inject: Any, commands: OurCommands, book: Path, attempt: Callable[[str, Path], Attempt], stem: Path
    ) -> Iterator[Attempt]:
        injected, owners = (stem.with_name(f"{stem.name}_{name}{book.suffix.lower()}") for name in ("list", "owners"))
        try:
            with_list(inject, book, injected, owners=False)
            with_list(inject, book, owners, owners=True)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            yield Attempt(book.name, REFRESH, book, book, FAILED, f"no list could be put into it: {error}")
            return
        for tried in (
            refreshed(attempt(REFRESH, injected), commands),
            refreshed(attempt(ADOPT, owners), commands, "adopt"),
            by_package(attempt(SAVE, injected), sys.executable, "openpyxl"),
        ):
            tried.own_sheets |= {*TITLES, *TITLES.values()}
            yield tried

    def _own_sheet(self, book: Path, attempt: Callable[[str, Path], Attempt], stem: Path) -> Iterator[Attempt]:
        before = stem.with_name(f"{stem.name}_own{book.suffix.lower()}")
        before.write_bytes(book.read_bytes())
        try:
            sheet = largest_sheet(before)
        except XlsxError as error:
            yield Attempt(book.name, CELL, book, book, FAILED, f"no sheet of it could be read: {error}")
            return
        if sheet is None:
            return
        place = sheet.free_cell()
        tried = [our_cell(attempt(CELL, before), sheet, place)]
        cell = (sheet.title, cell_name(*place), ADDED)
        tried.append(by_package(attempt("openpyxl", before), sys.executable, "openpyxl", *cell))
        tried += [by_package(attempt(name, before), self.python, name, *cell) for name in self.others]
        for one in tried:
            one.own_parts += [sheet.part, "xl/sharedStrings.xml"]
            one.expected = {sheet.title: {place: ADDED}}
            yield one
        structure = attempt(STRUCTURE, before)
        structure.own_parts.append(sheet.part)
        yield our_structure(structure, sheet)


class Checks:
    """All checks, and what they found, by check."""

    def __init__(self, trial: Trial, office: Office | None, validator: str | None) -> None:
        self.office = office
        self.validator = validator
        self._untouched = loaded(trial.tools / "untouched.py")
        self._complaints = loaded(HERE.parent / "tests" / "invariants.py").complaints
        self.found: dict[tuple[str, str], dict[str, list[str]]] = {}
        """(book, program) → check → its lines."""
        self._opened: set[Path] = set()

    def check(self, attempts: list[Attempt]) -> None:
        """Check all that was written."""
        written = [attempt for attempt in attempts if attempt.after.exists() and attempt.after != attempt.before]
        for at, attempt in enumerate(written, 1):
            self._note(attempt, "own", attempt.notes)
            self._note(attempt, "untouched", self._parts(attempt))
            self._note(attempt, "invariants", self._invariants(attempt))
            losses = lost(attempt.before, attempt.after)
            self._note(attempt, "results", [losses.pop(CACHED)] if CACHED in losses else [])
            self._note(attempt, "visible", [f"{kind} {change}" for kind, change in losses.items()])
            if self.validator is not None and attempt.program in OF_SDK:
                self._note(attempt, "sdk", new_sdk_errors(self.validator, attempt.before, attempt.after))
            _progress(f"{at} of {len(written)} files checked")
        if self.office is not None:
            self._shown(self.office, written)

    def asks(self, check: str) -> bool:
        """Whether this machine has what a check needs."""
        return {"csv": self.office, "sdk": self.validator}.get(check, True) is not None

    def not_asked(self, attempts: list[Attempt]) -> dict[str, set[tuple[str, str]]]:
        """Where a check had nothing to compare: LibreOffice did not open it before either; no formula had a result."""
        return {
            "csv": {(a.book, a.program) for a in attempts if a.before not in self._opened},
            "sdk": {(a.book, a.program) for a in attempts if a.program not in OF_SDK},
            "results": {(a.book, a.program) for a in attempts if a.after.exists() and not census(a.before)[CACHED]},
        }

    def _note(self, attempt: Attempt, check: str, lines: list[str]) -> None:
        if lines:
            self.found.setdefault((attempt.book, attempt.program), {})[check] = lines

    def _parts(self, attempt: Attempt) -> list[str]:
        before, after = with_slashes(attempt.before), with_slashes(attempt.after)
        return list(self._untouched.differences(str(before), str(after), own_parts=attempt.own_parts))

    def _invariants(self, attempt: Attempt) -> list[str]:
        old = set(self._complaints(attempt.before.read_bytes()))
        try:
            return [line for line in self._complaints(attempt.after.read_bytes()) if line not in old]
        except (LookupError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
            return [f"cannot be read: {error!r}"]

    def _shown(self, office: Office, written: list[Attempt]) -> None:
        books = sorted({attempt.before for attempt in written} | {attempt.after for attempt in written})
        shown = office.shown(books, "once")
        self._opened = {book for book, sheets in shown.items() if sheets}
        lines = {(attempt.book, attempt.program): self._otherwise(attempt, shown) for attempt in written}
        doubted = sorted({attempt.before for attempt in written if lines[attempt.book, attempt.program]})
        again = office.shown(doubted, "again")
        for attempt in written:
            if found := lines[attempt.book, attempt.program]:
                first, second = shown[attempt.before], again[attempt.before]
                moving = {title for title in first if first[title] != second.get(title)}
                self._note(attempt, "csv", [line for title, line in found if title not in moving])

    def _otherwise(self, attempt: Attempt, shown: dict[Path, dict[str, bytes]]) -> list[tuple[str, str]]:
        """Sheets that are not shown as they are to be; (title, what differs)."""
        before, after = shown[attempt.before], shown[attempt.after]
        found = []
        if before and not after:
            return [("", "LibreOffice does not open it any more")]
        for title, data in before.items():
            if title in attempt.own_sheets:
                continue
            if title not in after:
                found.append((title, f"{title} is not shown any more"))
                continue
            wanted = attempt.expected.get(title, {})
            now = differing(data, after[title], attempt.moved.get(title))
            wrong = {at: now.get(at) for at in now.keys() | wanted.keys() if wanted.get(at, "") != now.get(at)}
            wrong = {at: cell for at, cell in wrong.items() if wanted.get(at) != ANYTHING}
            if wrong:
                at, cell = min(wrong.items())
                found.append((title, f"{title}!{cell_name(*at)} shows {cell!r}; {len(wrong)} cells"))
        return found


def written(attempts: list[Attempt], checks: Checks, versions: dict[str, str]) -> str:
    """The page. Deterministic but for the seconds and the versions."""
    results = Results(attempts, checks.found, checks.not_asked(attempts))
    packages = [Contestant(f"{name} {version}", name) for name, version in versions.items()]
    lists = [
        Contestant("refresh", REFRESH, ours=True),
        Contestant("adopt, refresh", ADOPT, ours=True),
        Contestant(f"openpyxl {versions['openpyxl']}: load, save", SAVE),
    ]
    cell = [Contestant("ours", CELL, ours=True), *packages]
    structure = [Contestant("ours", STRUCTURE, ours=True)]
    checked = [check for check in CHECKS if checks.asks(check)]
    return "\n".join([
        introduction(attempts, checks),
        "## A client list in each\n", LISTS, *table(results, lists, checked), "", *matters(results, lists),
        "\n## One text in a cell of the largest sheet\n", ONE_CELL, *table(results, cell, checked), "", *matters(results, cell),
        "\n## A column, a row of a table, a sheet\n", ADDITIONS, *table(results, structure, checked), "", *matters(results, structure), "",
    ])  # fmt: skip


def introduction(attempts: list[Attempt], checks: Checks) -> str:
    """How the page was made."""
    own = [attempt for attempt in attempts if attempt.program == CELL]
    closed = sum((a.book, a.program) in checks.not_asked(own)["csv"] for a in own)
    return INTRODUCTION.format(
        books=len({attempt.book for attempt in attempts}),
        office=" ".join(checks.office.version.split()[:2]) if checks.office else "no LibreOffice",
        sdk=" and the Open XML SDK's validator" if checks.validator else "",
        closed=closed if checks.office else "all",
    )


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Run all trials and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder of workbooks")
    parser.add_argument("--tools", type=Path, required=True, help="where inject_clients.py and untouched.py lie")
    parser.add_argument("--others", default=sys.executable, help="a Python that has wolfxl, paper-xlsx, xlsxedit")
    parser.add_argument("--only", default="*.xls[xm]", help="which files (default: *.xls[xm])")
    parser.add_argument(
        "--without-sdk", action="store_true", help="leave its validator out: most of the time is its start"
    )
    parser.add_argument("--output", type=Path, help="write the page there instead of printing it")
    parser.add_argument("--keep", type=Path, help="keep all files that were made in this folder")
    options = parser.parse_args()
    books = sorted(options.folder.glob(options.only))
    others = {name: version for name, version in which(options.others).items() if name != "openpyxl"}
    with tempfile.TemporaryDirectory(prefix="sheetcrm-corpus-") as folder:
        work = options.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        trial = Trial(books, work, options.tools, options.others, others)
        office = find_office()
        validator = None if options.without_sdk else loaded(HERE.parent / "tests" / "ooxml_validator.py").find()
        checks = Checks(trial, Office(office, work) if office else None, validator)
        attempts = list(trial.attempts())
        checks.check(attempts)
        page = written(attempts, checks, {**which(sys.executable), **others})
    if options.output is None:
        print(page)
    else:
        options.output.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
