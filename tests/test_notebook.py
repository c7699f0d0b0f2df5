"""The example notebook runs from top to bottom, and what it shows is what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT
from lxml import html as lxml_html
from nbclient import NotebookClient

from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.values import Key, Message
from sheetcrm.languages import language

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def shown(notebook: Any, line: str) -> Mapping[str, Any]:
    """Return what the cell whose last line begins so shows, by type of content."""
    cell = next(c for c in notebook.cells if c.source.split("\n")[-1].startswith(line))
    data: Mapping[str, Any] = cell.outputs[-1].get("data", {"text/plain": cell.outputs[-1].get("text", "")})
    return data


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells  # type: ignore[no-untyped-call]
    assert [
        (c.outputs, c.execution_count) for c in cells if c.cell_type == "code" and (c.outputs or c.execution_count)
    ] == []


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_the_plan_shows_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "state"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    tree: Any = lxml_html.fromstring(shown(notebook, "plan")["text/html"])
    assert "2026-11-22" in tree.text_content()
    assert len(tree.xpath("//tbody/tr[td[6] != '']")) > 5
    assert "Dear " in shown(notebook, "print(first")["text/plain"]
    assert "<iframe" in shown(notebook, "HTML(")["text/html"]
    assert "visit-planned" in shown(notebook, 'plan.held["reason"]')["text/plain"]
    assert "Jo Brown" in shown(notebook, "sheetcrm.select(")["text/plain"]
    assert "1 September" in shown(notebook, "sheetcrm.render(")["text/plain"]
    assert "name" in shown(notebook, "    print(error)")["text/plain"]


def test_a_plan_shows_itself_in_the_owners_words_and_every_name_as_text() -> None:
    message = Message(Key("Urodziny", "1", "2026"), "<b>Anna", date(2026, 11, 22), "email", "a@example.com", "Hej", "x")
    plan = Plan(date(2026, 11, 22), 1, language("pl"), {}, (), (message,) * 25, (), {}, ())
    tree: Any = lxml_html.fromstring(plan._repr_html_())
    assert tree.xpath("string(//p)") == "2026-11-22 · wiadomości: 25, wstrzymane: 0, do poprawy: 0"
    assert [th.text for th in tree.iter("th")] == [
        "Termin",
        "Klient",
        "Kampania",
        "Sposób kontaktu",
        "Do kogo",
        "Temat",
    ]
    assert [td.text for td in tree.xpath("(//tbody/tr)[1]/td")] == [
        "2026-11-22", "<b>Anna", "Urodziny", "e-mail", "a@example.com", "Hej",
    ]  # fmt: skip
    assert len(tree.xpath("//tbody/tr")) == 20
    assert tree.xpath("string(//p[last()])") == language("pl").say("page_more", count=5)


def test_a_plan_shows_among_its_messages_only_those_that_go() -> None:
    going, waits = (
        Message(Key("Urodziny", str(n), "2026"), name, date(2026, 11, 22), "email", "a@example.com", "Hej", "x")
        for n, name in enumerate(("Anna", "Ola"))
    )
    both, stopped = (going, waits), {waits.key: "waits-for-tick"}
    plan = Plan(date(2026, 11, 22), 1, language("en"), {}, (), both, (), {}, (), stopped=stopped)
    tree: Any = lxml_html.fromstring(plan._repr_html_())
    assert tree.xpath("string(//p)") == "2026-11-22 · 1 messages, 1 held, 0 to fix"
    assert repr(plan) == "<Plan 2026-11-22: 1 messages, 1 held, 0 problems, 0 cells to write>"
    assert tree.xpath("//tbody/tr/td[2]/text()") == ["Anna"]
    assert (list(plan.messages["client_id"]), list(plan.held["reason"])) == (["0"], ["waits-for-tick"])
