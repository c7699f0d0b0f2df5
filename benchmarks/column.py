"""Time one column added to a long sheet: ours beside openpyxl and the packages that promise to keep the rest of a workbook.

`python benchmarks/column.py [--rows 300000] [--rival wolfxl=PYTHON] [--rival xlsxedit=PYTHON] [--rival paper-xlsx=PYTHON]`

The floor is inflating and deflating (zlib, level 1) that sheet and nothing else. Every contestant runs in a process of its own;
seconds are those of its work, without Python's start and imports, the best of `--times`; memory is the peak resident set of the
whole process. The rivals are no dependencies of ours: each is named with the Python of an environment that holds it. paper-xlsx
takes openpyxl's name, so it needs one of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import HERE, MEBIBYTE, Run, measure

OURS = {
    "inflate and deflate alone": "floor",
    "sheetcrm: written": "ours",
    "sheetcrm: written and proven": "ours_with_proof",
    "openpyxl": "openpyxl",
}
RIVALS = {"wolfxl": "wolfxl", "xlsxedit": "xlsxedit", "paper-xlsx": "openpyxl"}


def compare(rows: int, rivals: dict[str, str], folder: Path, *, times: int, limit: float) -> list[Run]:
    """Return each contestant's best run; one that is not done in `limit` seconds has no second try."""
    source = folder / f"long-{rows}.xlsx"
    if not source.exists():
        print(f"making {source} …", flush=True)
        subprocess.run([sys.executable, str(HERE / "long_sheet.py"), str(source), str(rows)], check=True)  # noqa: S603 - ours
    contestants = [(name, sys.executable, way) for name, way in OURS.items()]
    contestants += [(name, python, RIVALS[name]) for name, python in rivals.items()]
    best = []
    for name, python, way in contestants:
        target = folder / f"long-{way}.xlsx"
        command = [python, "-W", "ignore", str(HERE / "one_column.py"), way, str(source), str(target), str(rows)]
        runs = []
        for _ in range(times):
            runs.append(measure(name, command, limit=limit))
            if not runs[-1].finished or runs[-1].wall > limit / times:
                break
        if way != "floor" and runs[0].finished:
            _check(name, target, rows)
        target.unlink(missing_ok=True)
        best.append(min(runs, key=seconds))
        print(f"{name}: {seconds(best[-1]):.2f} s", flush=True)
    return best


def seconds(run: Run) -> float:
    """Return how long the work of a run took, as it said itself; of one that was ended, how long it was let."""
    return float(run.said) if run.finished else run.wall


def _check(name: str, target: Path, rows: int) -> None:
    """Stop where the column is not there: a contestant that wrote nothing would be a fast one.

    In a process of its own: the next contestant begins as a copy of this one, whose memory would count as its.
    """
    command = [sys.executable, str(HERE / "one_column.py"), "check", "-", str(target), str(rows)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        raise SystemExit(f"{name} did not write the column")


def table(runs: list[Run]) -> str:
    """Return the runs as a table, each beside the floor."""
    floor = seconds(runs[0])
    lines = ["|  | seconds | of the floor | MiB |", "|---|---:|---:|---:|"]
    for run in runs:
        took = seconds(run)
        said = f"{took:.2f} | {took / floor:.1f} ×" if run.finished else f"> {took:.0f} | > {took / floor:.0f} ×"
        lines.append(f"| {run.name} | {said} | {run.peak / MEBIBYTE:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300_000, help="rows of 12 columns (default: 300000)")
    parser.add_argument("--times", type=int, default=5, help="runs of each, of which the best counts (default: 5)")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is ended (default: 300)")
    parser.add_argument("--rival", action="append", default=[], metavar="NAME=PYTHON", help=", ".join(RIVALS))
    options = parser.parse_args()
    rivals = dict(given.split("=", 1) for given in options.rival)
    if unknown := set(rivals) - set(RIVALS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    folder = Path(tempfile.gettempdir()) / "sheetcrm-benchmark"
    folder.mkdir(exist_ok=True)
    print(table(compare(options.rows, rivals, folder, times=options.times, limit=options.limit)))


if __name__ == "__main__":
    main()
