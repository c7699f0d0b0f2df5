"""What the docs say is so."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import typer
from conftest import ROOT

from sheetcrm.cli.app import application
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import SEVERITY

WORKBOOK = (ROOT / "docs" / "workbook.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
GROUP = typer.main.get_command(application())


def quoted(text: str) -> set[str]:
    return {word for part in re.findall(r"`([^`]+)`", text) for word in part.split()}


@pytest.mark.parametrize("code", sorted(SEVERITY))
def test_every_problem_code_stands_in_the_docs(code: str) -> None:
    assert code in quoted(WORKBOOK)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_field_stands_in_the_docs(table: str) -> None:
    assert {table, *TABLES[table].names} <= quoted(WORKBOOK)


def test_every_setting_stands_in_the_docs() -> None:
    assert {f.name for f in fields(Settings)} - {"columns", "choices"} <= quoted(WORKBOOK)


@pytest.mark.parametrize("command", sorted(GROUP.commands))  # type: ignore[attr-defined]
def test_every_command_and_option_stands_in_the_docs(command: str) -> None:
    line = next(line for line in COMMANDS.splitlines() if line.startswith((f"| `{command} ", f"| `{command}`")))
    options = {
        opt
        for parameter in GROUP.commands[command].params  # type: ignore[attr-defined]
        for opt in (parameter.secondary_opts or parameter.opts)
        if opt.startswith("--") and opt != "--help"
    }
    if command == "run":
        assert "as `send`" in line
    else:
        assert options == {word for word in quoted(line) if word.startswith("--")}


def test_every_command_stands_in_the_readme() -> None:
    assert set(GROUP.commands) <= quoted(README.replace("```", ""))  # type: ignore[attr-defined]
