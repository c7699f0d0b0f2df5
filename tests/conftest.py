"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)  # how long an example takes is the other processes' doing
settings.load_profile("shared machine")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Reference data kept beside the project; tests that need it skip elsewhere."""
    path = ROOT.parent / "shared"
    if not (path / "data").is_dir():
        pytest.skip("reference data (../shared) is not beside this checkout")
    return path


@pytest.fixture
def sheetcrm(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line, with a state folder and a machine of the test's own and no mail server in the environment."""
    state = tmp_path / "state"
    monkeypatch.setenv("SHEETCRM_STATE", str(state))
    monkeypatch.setenv("SHEETCRM_MACHINE", "this one")
    passwords = ("SHEETCRM_SMTP_PASSWORD", "SHEETCRM_WORKBOOK_PASSWORD", "SHEETCRM_EARLIER_PASSWORD")
    for name in ("SHEETCRM_SMTP", "SHEETCRM_SMS", "SHEETCRM_WHATSAPP", *passwords, "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # errors speak the computer's language where the workbook's is not known
    return CommandLine(capsys, state)


@pytest.fixture(scope="session", autouse=True)
def _state_of_no_person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the state folder of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHEETCRM_STATE", str(tmp_path_factory.mktemp("state")))
        yield
