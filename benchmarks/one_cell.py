"""Put a text into one cell with a package that edits workbooks, or only load and save, and tell the seconds it took.

`python one_cell.py --which`                              which of them this Python has, as JSON
`python one_cell.py PACKAGE IN OUT [SHEET CELL TEXT]`     `corpus.py` runs it, in a process of its own for each workbook

It imports nothing of ours: the Python that has the other packages need not have this one.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib import metadata
from typing import Any

PACKAGES = ("openpyxl", "wolfxl", "paper-xlsx", "xlsxedit")
"""By the names of their distributions: paper-xlsx is imported as openpyxl."""


def installed() -> dict[str, str]:
    """The versions of those that can be imported here."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def edit(package: str, source: str, target: str, sheet: str = "", cell: str = "", text: str = "") -> None:
    """Open as the package's own pages show it for a workbook that is to be kept, set the cell, save."""
    macros = source.lower().endswith(".xlsm")
    book: Any
    if package == "xlsxedit":
        import xlsxedit  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - one of several that need not be there

        book = xlsxedit.Workbook.open(source)
    elif package == "wolfxl":
        import wolfxl  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

        book = wolfxl.load_workbook(source, modify=True, keep_vba=macros)
    else:
        import openpyxl  # noqa: PLC0415

        book = openpyxl.load_workbook(source, keep_vba=macros)
    if not sheet:
        pass
    elif package == "xlsxedit":
        book[sheet][cell].value = text
    else:
        book[sheet][cell] = text
    book.save(target)


def main() -> None:
    """Do what the arguments ask; a failure is the package's own, told in one line."""
    if sys.argv[1:] == ["--which"]:
        print(json.dumps(installed()))
        return
    warnings.simplefilter("ignore")
    begun = time.perf_counter()
    try:
        edit(*sys.argv[1:])
    except BaseException as error:  # noqa: BLE001 - also what a library in another language throws
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())}")
    print(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
