"""Commands run on broken workbooks, each in a child process with limits, so that an abort or a hang is seen as one.

    python mutant_runs.py SEEDS WORK FIRST COUNT

SEEDS holds workbooks (`a.xlsx`), each perhaps with the state folder of its time (`a.state`). Prints a line of JSON for each
fault, then one of how the commands ended and which mutants took longest; WORK/faults keeps the mutants that were at fault.

    python mutant_runs.py BOOKS WORK COMMAND …

Runs each command on a copy of each workbook and prints a line of JSON for each: what it came to, processor seconds, and the
megabytes of the whole process (some 70 of them are the interpreter and what it has loaded).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from invariants import complaints
from lxml import etree
from mutations import mutant

DAY = "2026-11-22"
SECONDS = 10.0
MEGABYTES = 1000
_CODES = {0, 1, 3}
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Fault(Exception):
    """Something that must not be."""


class Trial:
    """One broken workbook, and what commands do to it."""

    def __init__(self, book: Path, state: Path) -> None:
        self.book, self.state = book, state
        self.ends: list[str] = []
        os.environ["SHEETCRM_STATE"] = str(state)

    def run(self, *arguments: str, codes: set[int] = _CODES) -> Any:
        """Run a command with --json; what it printed. Raises Fault."""
        from sheetcrm.cli import run  # noqa: PLC0415 - after the environment is set

        out, err = io.StringIO(), io.StringIO()
        started = time.process_time()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([arguments[0], str(self.book), *arguments[1:], "--json"])
        seconds, lines = time.process_time() - started, err.getvalue()
        said = json.loads(out.getvalue())
        error = said.get("error", {}).get("code", "")
        self.ends.append(f"{arguments[0]} {code} {error}".strip())
        if error == "internal" or "Traceback" in lines or (self.state / "crash.txt").exists():
            crash = self.state / "crash.txt"
            raise Fault(f"{arguments[0]} crashed: {crash.read_text('utf-8') if crash.exists() else lines}")
        if code not in codes:
            raise Fault(f"{arguments[0]} left with {code}: {lines}")
        if error and lines.count("\n") != 1:
            raise Fault(f"{arguments[0]} says in {lines.count(chr(10))} lines: {lines}")
        if seconds > SECONDS:
            raise Fault(f"{arguments[0]} took {seconds:.0f} s")
        return said

    def reads(self, *arguments: str) -> None:
        """Run what only reads."""
        before = self.book.read_bytes()
        self.run(*arguments)
        if self.book.read_bytes() != before:
            raise Fault(f"{arguments[0]} changed the file")

    def writes(self, *arguments: str, codes: set[int] = _CODES) -> bool:
        """Run what may write; whether it did."""
        before = self.book.read_bytes()
        said = self.run(*arguments, codes=codes)
        after = self.book.read_bytes()
        if not said.get("written"):
            if after != before:
                raise Fault(f"{arguments[0]} changed the file and does not say so")
            return False
        if after == before:
            raise Fault(f"{arguments[0]} says that it wrote, and did not")
        if arguments[0] != "undo":
            _compare(before, after, said.get("receipt"))
        return True

    def refreshes(self) -> bool:
        """Refresh, and once more: nothing is left to be done. Whether anything was written."""
        if not self.writes("refresh", "--on", DAY):
            return False
        for note in self.state.glob("*.unchanged.json"):
            note.unlink()  # it would tell that there is nothing to do
        if self.writes("refresh", "--on", DAY):
            raise Fault("a second refresh writes again")
        return True

    def goes_through(self, number: int) -> None:
        """The commands of one trial."""
        kind, before = number % 10, self.book.read_bytes()
        if kind == 8:
            if self.writes("adopt", "--yes", "--on", DAY, codes={0, 1, 2, 3}):
                self.refreshes()
        elif kind == 9:
            self.reads("check", "--on", DAY)
            self.reads("plan", "--on", DAY, "--why")
            self.reads("run", "--on", DAY, "--dry-run")
            self.writes("undo", codes={0, 1, 2, 3})
        else:
            written = self.refreshes()
            if kind < 2:
                self.reads("diff")
                if self.writes("undo", codes={0, 1, 2, 3}) and written and self.book.read_bytes() != before:
                    raise Fault("undo does not give back what was there")
            elif kind == 2:
                self.reads("check", "--on", DAY)


def _compare(before: bytes, after: bytes, receipt: dict[str, Any] | None) -> None:
    """What was written is whole, no more broken than before, and differs in nothing but what the receipt names."""
    try:
        old = zipfile.ZipFile(io.BytesIO(before))
    except Exception:  # noqa: BLE001 - what Python cannot open for a flag that matters to nobody
        return
    new = zipfile.ZipFile(io.BytesIO(after))
    changed = set(receipt["parts"]["changed"]) if receipt else set(old.namelist())
    for name in new.namelist():
        was = _content(old, name)
        now = _content(new, name)
        if was is not None and now is None:
            raise Fault(f"{name} cannot be read any more")
        if was is not None and was != now and _folded(name) not in set(map(_folded, changed)):
            raise Fault(f"{name} was changed, and the receipt does not say so")
        if now is not None and now != was and _is_xml(name) and not _is_whole(now) and (was is None or _is_whole(was)):
            raise Fault(f"{name} is no XML any more")
    for name in set(old.namelist()) - set(new.namelist()):
        if "calcChain" not in name and receipt is not None and name not in receipt["parts"]["gone"]:
            raise Fault(f"{name} is gone")
    if receipt is not None:
        _same_cells(old, new, receipt)
    worse = _complaints(before, after)
    if worse:
        raise Fault(f"complaints: {worse[:3]}")


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _content(archive: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        return archive.read(name)
    except Exception:  # noqa: BLE001 - a damaged entry fails in many ways
        return None


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _is_whole(data: bytes) -> bool:
    try:
        etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def _complaints(before: bytes, after: bytes) -> list[str]:
    try:
        old = set(complaints(before))
    except Exception:  # noqa: BLE001 - too broken to be complained of
        return []
    kinds = {_kind_of(line) for line in old}
    return [line for line in complaints(after) if _kind_of(line) not in kinds]


def _kind_of(complaint: str) -> str:
    """What is complained of, without where: the same wrong may show in more places."""
    return re.sub(r"\[.*?\]|(?<!\S)\S*[/\d]\S*", "", complaint.replace("the header is", "header"))


def _same_cells(old: zipfile.ZipFile, new: zipfile.ZipFile, receipt: dict[str, Any]) -> None:
    """Every cell that the receipt does not name holds what it held."""
    if receipt["more"]:
        return
    for sheet in receipt["sheets"]:
        part = next((n for n in old.namelist() if _folded(n) == _folded(sheet["part"])), None)
        if sheet["new"] or part is None:
            continue
        ours = set(sheet["listed"])
        was, now = list(_cells(old.read(part), ours)), list(_cells(new.read(part), ours))
        if was != now:
            odd = [cell for cell in was if cell not in now][:2], [cell for cell in now if cell not in was][:2]
            raise Fault(f"{part}: other cells changed: {odd}")


def _cells(data: bytes, ours: set[str]) -> Iterator[tuple[str, str]]:
    """The cells that hold anything, in their order."""
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return
    for cell in root.iter("{*}c"):
        ref, row = cell.get("r", ""), cell.getparent()
        misplaced = row is None or ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != row.get("r")
        if ref not in ours and len(cell) and not misplaced:
            yield ref, "".join(f"{etree.QName(n).localname}={n.text}" for n in cell.iter() if isinstance(n.tag, str))


def _in_a_child(work: Callable[[], dict[str, Any]], *, cpu: int = 30, patience: float = 120) -> dict[str, Any]:
    """What a child process came to under limits of time and memory."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - measured by its parent
        code = 1
        try:
            os.close(source)
            resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
            try:
                came = work()
            except BaseException as error:  # noqa: BLE001 - the panic of a foreign library is none either
                came = {"fault": f"{type(error).__name__}: {error}"}
            os.write(sink, json.dumps(came).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(sink)
    said, deadline = b"", time.monotonic() + patience
    while select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if not (piece := os.read(source, 1 << 16)):
            break
        said += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(source)
    _, status, usage = os.wait4(child, 0)
    ended = f"ended by {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(status) else "ended without a word"
    silent = {"fault": ended if time.monotonic() < deadline else "hangs"}
    found: dict[str, Any] = json.loads(said) if said else silent
    found["cpu"] = usage.ru_utime + usage.ru_stime
    found["megabytes"] = usage.ru_maxrss // 1024
    if found["megabytes"] > MEGABYTES:
        found.setdefault("fault", f"{found['megabytes']} MB")
    return found


def _tried(number: int, seed: Path, folder: Path) -> dict[str, Any]:
    random = Random(number)  # noqa: S311 - it makes mutants, no secrets
    data, what = mutant(seed.read_bytes(), random)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = folder / seed.name
    book.write_bytes(data)
    state = seed.with_suffix(".state")
    if state.is_dir():
        shutil.copytree(state, folder / "state")

    def work() -> dict[str, Any]:
        trial = Trial(book, folder / "state")
        started = time.monotonic()
        try:
            trial.goes_through(number)
        except Fault as fault:
            return {"fault": str(fault), "ends": trial.ends, "seconds": time.monotonic() - started}
        return {"ends": trial.ends, "seconds": time.monotonic() - started}

    found = {"number": number, "seed": seed.name, "what": what, **_in_a_child(work)}
    if "fault" in found:
        kept = folder.parent / "faults"
        kept.mkdir(exist_ok=True)
        (kept / f"{number} {seed.name}").write_bytes(data)
    return found


def main(seeds: Path, work: Path, first: int, count: int) -> None:
    """Try some mutants."""
    os.environ["SHEETCRM_MACHINE"] = "this one"
    books = sorted(seeds.glob("*.xls?"))
    _warmed_up(books[0], work)
    ends: Counter[str] = Counter()
    seconds: Counter[int] = Counter()
    largest = 0
    for number in range(first, first + count):
        found = _tried(number, books[number // 10 % len(books)], work / "trial")
        ends.update(found.get("ends", ()))
        seconds[number], largest = found["cpu"], max(largest, found["megabytes"])
        if "fault" in found:
            print(json.dumps(found, ensure_ascii=False), flush=True)  # noqa: T201 - what the test reads
    summary = {
        "ends": dict(ends.most_common()),
        "slowest": seconds.most_common(5),
        "megabytes": largest,
        "count": count,
    }
    print(json.dumps(summary))  # noqa: T201 - what the test reads


def _warmed_up(book: Path, work: Path) -> None:
    """Load here what every child needs, so that none of them has to."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    trial = Trial(Path(shutil.copy(book, work / f"warm{book.suffix}")), work / "state")
    with contextlib.suppress(Fault):
        trial.refreshes()
        trial.reads("check", "--on", DAY)
        trial.reads("run", "--on", DAY, "--dry-run")
        trial.reads("diff")
        trial.writes("undo")
        trial.writes("adopt", "--yes", "--dry-run")


def each(books: Path, work: Path, commands: list[str]) -> None:
    """Run commands on copies of some workbooks."""
    os.environ["SHEETCRM_MACHINE"] = "this one"
    _warmed_up(books / "plain.xlsx", work)
    for book in sorted(books.glob("*.xlsx")):
        for command in commands:
            print(json.dumps({"book": book.stem, **_one(book, command, work / "one")}, ensure_ascii=False), flush=True)  # noqa: T201 - what the test reads


def _one(book: Path, command: str, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy = Path(shutil.copy(book, folder / book.name))

    def work() -> dict[str, Any]:
        from sheetcrm.cli import run  # noqa: PLC0415 - after the environment is set

        os.environ["SHEETCRM_STATE"] = str(folder / "state")
        words = [word.format(book=copy, plain=book.with_name("plain.xlsx")) for word in command.split()]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(words)
        said = err.getvalue()
        crashed = (folder / "state" / "crash.txt").exists() or "Traceback" in said
        return {"code": code, "lines": said.count("\n"), "said": said[:300], "crashed": crashed}

    found = _in_a_child(work, cpu=int(SECONDS))
    with book.open("rb") as one, copy.open("rb") as other:
        found["same"] = hashlib.file_digest(one, "md5").digest() == hashlib.file_digest(other, "md5").digest()
    return {"command": command.partition(" ")[0], **found}


if __name__ == "__main__":
    if sys.argv[3].isdecimal():
        main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        each(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
