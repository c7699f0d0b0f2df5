"""A person at LibreOffice, by its own interface UNO: run by a Python that has the module `uno`, told on stdin what to do, line by line.

`python libreoffice_hand.py SOFFICE PROFILE` starts LibreOffice; then `open PATH`, `type SHEET CELL TEXT` (a sheet's name without blanks),
`store`, `close`, `quit`. Each answers one line: `ok …`, or `no …` and what LibreOffice said.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found,unused-ignore]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found,unused-ignore]

START = 90.0


def connect(pipe: str) -> Any:
    """Return LibreOffice's desktop once it has come up."""
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    until = time.monotonic() + START
    while True:
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)


class Hand:
    """Does what it is told with one document."""

    def __init__(self, desktop: Any) -> None:
        self.desktop = desktop
        self.document: Any = None

    def open(self, path: str) -> str:
        hidden = PropertyValue()
        hidden.Name, hidden.Value = "Hidden", True
        self.document = self.desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (hidden,))
        return "read-only" if self.document.isReadonly() else "to edit"

    def type(self, words: str) -> str:
        sheet, cell, text = words.split(" ", 2)
        place = self.document.Sheets.getByName(sheet).getCellRangeByName(cell)
        place.setFormula(text)
        return str(place.getString())

    def store(self, _words: str) -> str:
        self.document.store()
        return "stored"

    def close(self, _words: str) -> str:
        self.document.close(True)
        return "closed"


def main() -> None:
    """Start, obey, end."""
    soffice, profile = sys.argv[1:3]
    pipe = f"hand{os.getpid()}"
    options = ["--headless", "--norestore", "--nologo", f"-env:UserInstallation={Path(profile).as_uri()}"]
    subprocess.Popen([soffice, *options, f"--accept=pipe,name={pipe};urp;"], stderr=subprocess.DEVNULL)
    hand = Hand(connect(pipe))
    say("ok up")
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "quit":
            hand.desktop.terminate()
            return
        try:
            say(f"ok {getattr(hand, word)(rest)}")
        except Exception as error:  # noqa: BLE001 - UNO's exceptions are made when they are raised
            say(f"no {type(error).__name__} {error}".replace("\n", " "))


def say(text: str) -> None:
    """Answer with one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
