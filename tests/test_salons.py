"""The six sample salons: what was planted is found, what is planned is delivered, and nothing goes twice."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from conftest import ROOT
from smtp_server import ScriptedServer, smtp_server

from sheetcrm.languages import LANGUAGES

SAMPLES = ROOT / "sample_workbooks"
PLANTED: dict[str, Any] = json.loads((SAMPLES / "planted.json").read_text("utf-8"))
DAY = "2026-11-22"


@pytest.fixture
def salon(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / f"salon_{request.param}.xlsx", tmp_path))


def send(
    sheetcrm: CommandLine, book: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, *, asked: int = 0
) -> dict[str, Any]:
    """Run; she is `asked` about so many messages of which it is not known whether they have gone."""
    monkeypatch.setenv("SHEETCRM_SMTP", f"smtp://127.0.0.1:{server.port}")
    done = sheetcrm("run", book, "--on", DAY, "--yes", "--json")
    assert done.code == (1 if asked else 0), done.err
    assert not asked or f": {asked}. " in done.err
    result: dict[str, Any] = done.json
    return result


@pytest.mark.parametrize("salon", LANGUAGES, indirect=True)
def test_check_finds_what_was_planted_and_nothing_else(salon: Path, sheetcrm: CommandLine) -> None:
    planted = PLANTED["salons"][salon.stem[-2:]]["problems"]
    found = sheetcrm("check", salon, "--on", DAY, "--json").json["problems"]
    assert Counter((p["code"], p["table"], p["row"], p["field"]) for p in found) == Counter(
        (p["code"], p["table"], p["row"], p["field"]) for p in planted
    )


@pytest.mark.slow
@pytest.mark.parametrize("salon", LANGUAGES, indirect=True)
def test_a_day_of_a_salon_is_delivered_exactly_once(
    salon: Path, sheetcrm: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = Path(shutil.copy(salon, tmp_path / "yesterday.xlsx"))
    sheetcrm("refresh", yesterday, "--on", "2026-11-21")
    shutil.copy(yesterday, salon)
    planned = sheetcrm("plan", salon, "--on", DAY, "--json").json["messages"]
    assert any("birthday" in m["occasion"] or m["occasion"] == "2026" for m in planned)
    with smtp_server() as server:
        first = send(sheetcrm, salon, server, monkeypatch)
        assert first["sent"] == len(planned)
        assert Counter((t.to, t.mail["Subject"]) for t in server.taken) == Counter(
            (m["to"], m["subject"]) for m in planned
        )

        again = send(sheetcrm, salon, server, monkeypatch)
        assert (again["sent"], again["written"]) == (0, False)

        monkeypatch.setenv("SHEETCRM_STATE", str(tmp_path / "new-state"))
        held = sheetcrm("plan", salon, "--on", DAY, "--days", 7, "--json").json["held"]  # what waits for tomorrow, too
        unsure = [(h["campaign"], h["client_id"]) for h in held if h["reason"] == "unknown-history"]
        assert not set(unsure) & {
            (m["campaign"], m["client_id"]) for m in planned
        }  # texts: nothing is set up for those
        assert send(sheetcrm, salon, server, monkeypatch, asked=len(unsure))["sent"] == 0

        monkeypatch.setenv("SHEETCRM_STATE", str(sheetcrm.state))
        shutil.copy(yesterday, salon)
        assert send(sheetcrm, salon, server, monkeypatch)["sent"] == 0
        assert len(server.taken) == len(planned)


@pytest.mark.slow
@pytest.mark.parametrize("salon", ["uk"], indirect=True)
def test_clients_are_written_to_in_the_salons_language(
    salon: Path, sheetcrm: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        send(sheetcrm, salon, server, monkeypatch)
    ukrainian = [t for t in server.taken if "і" in t.mail.get_body(("plain",)).get_content()]  # type: ignore[union-attr]
    assert len(ukrainian) >= len(server.taken) - 2


@pytest.mark.parametrize("salon", LANGUAGES, indirect=True)
def test_a_second_refresh_leaves_the_file_alone(salon: Path, sheetcrm: CommandLine) -> None:
    assert sheetcrm("refresh", salon, "--on", DAY, "--json").json["written"] is True
    before, time = salon.read_bytes(), salon.stat().st_mtime_ns
    again = sheetcrm("refresh", salon, "--on", DAY, "--json").json
    assert (again["changed"], again["written"]) == (0, False)
    assert (salon.read_bytes(), salon.stat().st_mtime_ns) == (before, time)
