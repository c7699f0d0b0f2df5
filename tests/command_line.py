"""Run commands as a user does, in this process for speed: exit code, stdout, stderr."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sheetcrm.cli import run


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs commands with a state folder of the test's own."""

    def __init__(self, capture: pytest.CaptureFixture[str], state: Path) -> None:
        self._capture = capture
        self.state = state

    def __call__(self, *arguments: object) -> Done:
        self._capture.readouterr()
        code = run([str(a) for a in arguments])
        out, err = self._capture.readouterr()
        return Done(code, out, err)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
