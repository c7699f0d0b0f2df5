"""Time `sheetcrm refresh` against the script that people write instead.

`python benchmarks/refresh.py [--clients 100000]`: the workbook (N clients with 16 columns, 10 N visits with 7) is made
once and kept in the temporary folder. Every contestant runs in a process of its own on its own copy; time is wall
clock, memory the peak resident set that the system reports for it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import HERE, MEBIBYTE, Run, measure

ON = "2026-11-22"


def helper(*arguments: str) -> None:
    """Do a step in a process of its own: children begin as copies of this one, whose memory would count as theirs."""
    subprocess.run([sys.executable, str(HERE / "make_book.py"), *arguments], check=True)  # noqa: S603 - our own script


def compare(clients: int, folder: Path, *, plain: bool) -> list[Run]:
    """Return the runs of one comparison, the plain script first."""
    source = folder / f"book-{clients}.xlsx"
    if not source.exists():
        print(f"making {source} …", flush=True)
        helper("make", str(source), str(clients))
    work = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    book, state = work / "book.xlsx", {"SHEETCRM_STATE": str(work / "state")}
    refresh = [sys.executable, "-m", "sheetcrm", "refresh", str(book), "--on", ON, "--json"]
    runs = []
    try:
        if plain:
            script = [sys.executable, str(HERE / "plain_script.py"), str(source), str(work / "plain.xlsx")]
            runs.append(measure("pandas + openpyxl", script, state))
        shutil.copyfile(source, book)
        runs.append(measure("refresh: the first", refresh, state))
        helper("edit", str(book), "20")
        runs.append(measure("refresh: 20 rows changed", refresh, state))
        runs.append(measure("refresh: nothing changed", refresh, state))
    finally:
        shutil.rmtree(work)
    return runs


def table(runs: list[Run]) -> str:
    """Return the runs as a table, each beside the first."""
    first = runs[0]
    lines = [f"{'':28}{'seconds':>9}{'CPU':>8}{'MiB':>8}{'faster':>9}{'memory':>9}"]
    for run in runs:
        faster, memory = first.wall / run.wall, run.peak / first.peak
        figures = f"{run.wall:9.1f}{run.cpu:8.1f}{run.peak / MEBIBYTE:8.0f}{faster:8.1f}×{memory:8.0%}"
        lines.append(f"{run.name:28}{figures}")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100_000, help="clients; ten visits each (default: 100000)")
    parser.add_argument("--without-plain", action="store_true", help="leave the plain script out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    folder = Path(tempfile.gettempdir()) / "sheetcrm-benchmark"
    folder.mkdir(exist_ok=True)
    runs = compare(options.clients, folder, plain=not options.without_plain)
    if options.json:
        print(json.dumps([{"name": r.name, "seconds": r.wall, "cpu": r.cpu, "bytes": r.peak} for r in runs]))
        return
    print(f"{options.clients:,} clients, {10 * options.clients:,} visits, on {ON}\n")
    print(table(runs))
    for run in runs:
        if run.name.startswith("refresh"):
            said = {name: value for name, value in json.loads(run.said).items() if name != "receipt"}
            print(f"{run.name}: {json.dumps(said)}")


if __name__ == "__main__":
    main()
