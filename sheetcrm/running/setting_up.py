"""What `setup` and `new` do once everything is answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, UsageError
from sheetcrm.languages import Language
from sheetcrm.running.clock import moment
from sheetcrm.running.known_servers import forget_server
from sheetcrm.running.passwords import password_for
from sheetcrm.running.reports import RunReport
from sheetcrm.running.saved import Saved
from sheetcrm.running.session import Session
from sheetcrm.running.upkeep import open_doubt, save_notes
from sheetcrm.workbook.book import read_workbook
from sheetcrm.workbook.creating import create_workbook


def make_new(path: Path, code: str, *, force: bool = False, dry_run: bool = False) -> None:
    """Make an empty workbook in a language. Raises UsageError where a file is in the way and `force` does not say otherwise.

    With `dry_run` it is only looked whether it could be made.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(
            f"{path.name}: a new workbook is an .xlsx file.",
            f"Name it {path.stem}.xlsx.",
            text="not-xlsx",
            params={"file": path.name, "better": f"{path.stem}.xlsx"},
        )
    if path.exists() and not force:
        raise file_there(path)
    if not path.parent.is_dir():
        raise UsageError(
            f"There is no folder {path.parent}.",
            "Make it first, or choose another place.",
            text="no-folder",
            params={"folder": str(path.parent)},
        )
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder.",
            "Choose another name.",
            code="file-exists",
            text="folder-there",
            params={"path": str(path)},
        )
    if not dry_run:
        create_workbook(path, code)


def file_there(path: Path) -> UsageError:
    """Return the error for a file that is in the way."""
    return UsageError(
        f"{path} is there already.",
        "Choose another name, or add --force to replace it.",
        code="file-exists",
        params={"path": str(path)},
    )


def write_settings(path: Path, settings: Mapping[str, str | int], *, password: str | None = None) -> RunReport:
    """Write settings into the workbook's Settings table: into the row of that name, else into a new one at its end.

    Nothing writes them later: where the workbook is open, or was saved again and again meanwhile, the report is `waiting`.
    """
    with Session(path, password=password, command="setup") as session:
        plan, saved = session.save(session.plan(), sends=False, replan=session.plan, settings=settings)
        if "smtp_host" in settings:
            forget_server(session.journal)
        waiting = saved.open_by is not None or saved.conflict
        notes = _stopped(plan.words, saved, path) if waiting else save_notes(plan.words, saved, path)
        return RunReport(written=saved.written, waiting=waiting, notes=tuple(notes))


def _stopped(words: Language, saved: Saved, path: Path) -> list[str]:
    """Say who has the workbook open, where it is open."""
    if saved.open_by is None:
        return []
    said = words.say("open_just_now_by", who=saved.open_by) if saved.open_by else words.say("open_just_now")
    return [said, *open_doubt(words, path)]


def send_test(path: Path, config: SmtpConfig, secret: str, address: str, words: Language) -> None:
    """Send a test message to the owner herself. Raises SendingError where the server does not take it."""
    book = read_workbook(path, password=password_for(path))
    now = moment(book.zone)
    envelope = Envelope(address, book.settings.business, workbook_id=book.identity.id)
    message = Message(
        key=Key("setup", "owner", now.now.isoformat()),
        client=book.settings.business,
        due=now.today,
        channel="email",
        to=address,
        subject=words.say("test_subject", business=book.settings.business or address),
        text=words.say("test_body"),
        purpose="service",
    )
    counts = rehearse([message], SmtpTransport(config, secret, envelope))
    if not counts.sent:
        detail = words.detail(counts.stopped) or f"{config.host}:{config.port}"
        raise SendingError(words.say("test_failed", detail=detail), code="test-failed", text="")
