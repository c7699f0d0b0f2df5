"""The report of a run to the owner herself, by mail, where `report_to` names an address: counts and reasons, nobody's name.

It comes after a run that sent something, failed in something, or found something new that waits for her; where only the same things
wait, once a day. Whatever goes wrong with it changes nothing of the run.

What it takes to write to her is kept in the state folder, no password among it: a workbook that is gone, or behind another password,
cannot say it any more, and that is just what she has to hear.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.config import SmtpConfig, password
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import rehearse
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.delivery.state import private_file, private_folder, state_folder
from sheetcrm.errors import SendingError, SheetcrmError
from sheetcrm.languages import Language, language
from sheetcrm.running.carriers import envelope_of
from sheetcrm.running.clock import instant
from sheetcrm.running.known_servers import password_of
from sheetcrm.running.reports import RunReport
from sheetcrm.running.resting import owed_notes, title_in

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.running.session import Session

_FOLDER = "reports"
_ADDRESS = re.compile(r"\S+@\S+")  # a server's words may quote whom it refused
_LEFT_ALONE = frozenset({"another-machine", "locked", "interrupted"})
"""Why a run did nothing that is as it should be: another one is at work, or another computer sends."""


@dataclass(frozen=True)
class Reader:
    """Who is written to and how, and what she was told last. Kept as JSON, one file a workbook."""

    to: str
    sender: str
    business: str
    language: str
    host: str = ""
    port: int = 0
    user: str = ""
    security: str = ""
    told: str = ""  # the day on which she was told last, and a hash of what waits for her
    unreachable: str = ""  # the day on which she was told that the workbook cannot be reached


def report_run(session: Session, plan: Plan, report: RunReport) -> RunReport:
    """Write to her what a run came to, if she wants that and there is something new; return the report, with a note where it failed."""
    book, state = session.book, state_folder(session.environ)
    known, wanted = _kept(state, session.path), book.settings.report_to
    if not wanted:
        if known is not None:
            _forget(state, session.path)
        return report
    if isinstance(report.trouble, SendingError):
        return report  # the very server that refused just now
    try:
        config = SmtpConfig.load(book.settings, session.environ)
        envelope = envelope_of(book, session.identity.id, None, session.environ)
        reader = Reader(
            *(wanted, envelope.sender, book.settings.business, book.settings.language),
            *(config.host, config.port, config.user, config.security),
            told="" if known is None else known.told,
        )
        waits = _waits(session, plan, report)
        day, _, before = reader.told.partition(" ")
        now = hashlib.sha256("\n".join(waits).encode()).hexdigest()[:16]
        today = session.moment.today.isoformat()
        news = report.sent or report.failed or report.unknown or report.trouble
        if news or (waits and (now != before or day != today)):
            subject, text = _written(session, plan, report, waits)
            secret = password_of(config, session.environ, session.journal)
            _send(reader, config, envelope, secret, subject, text)
            reader = replace(reader, told=f"{today} {now}")
        if reader != known:
            _keep(state, session.path, reader)
    except SheetcrmError as error:
        note = plan.words.say("report_failed", address=wanted, detail=_said(plan.words, error))
        return replace(report, notes=(*report.notes, note))
    return report


def report_unreachable(path: Path, error: SheetcrmError, environ: Mapping[str, str] = os.environ) -> None:
    """Write to her, once a day, that a run could do nothing with her workbook, and why.

    Only where an earlier run has seen that she wants reports. Nothing is raised: the run has failed as it is.
    """
    state, today = state_folder(environ), instant().date().isoformat()
    known = _kept(state, path)
    if known is None or known.unreachable == today or error.code in _LEFT_ALONE:
        return
    words = language(known.language)
    lines = [
        words.say("report_trouble", book=path.name),
        "",
        _said(words, error, path.name),
        "",
        words.say("report_trouble_end"),
    ]
    with suppress(SheetcrmError, OSError):
        given = environ.get("SHEETCRM_SMTP", "").strip()
        config = SmtpConfig.from_url(given) if given else SmtpConfig(known.host, known.port, known.user, known.security)
        subject = words.say("report_trouble_subject", business=known.business or "sheetcrm", book=path.name)
        secret = password(config, environ)  # of the server that a report went by
        _send(known, config, Envelope(known.sender, known.business), secret, subject, "\n".join(lines))
        _keep(state, path, replace(known, unreachable=today))


def _waits(session: Session, plan: Plan, report: RunReport) -> list[str]:
    """Return what waits for her, a line each; in a mail nobody is named, not even by an id of hers."""
    asked = sum(why == "first-send" for why in plan.stopped.values())
    trouble = [] if report.trouble is None else [_scrubbed(plan.words, report.trouble)]
    return [*trouble, *owed_notes(plan, session.book, session.path, asked, named=False)]


def _written(session: Session, plan: Plan, report: RunReport, waits: list[str]) -> tuple[str, str]:
    words, book = plan.words, session.book
    counts = {name: getattr(report, name) for name in ("sent", "failed", "unknown", "held")}
    when = f"{session.moment.now:%Y-%m-%d %H:%M}"
    lines = [words.say("report_begins", when=when, book=session.path.name), "", words.say("run_summary", **counts)]
    held = Counter(held.reason for held in plan.all_held if held.has_come(plan.on))
    if held:
        lines += ["", words.say("report_held")]
        lines += [f"– {words.reason(reason, detail='…')}: {count}" for reason, count in held.most_common()]
    if problems := sum(problem.severity == "error" for problem in plan.standing):
        lines += ["", words.say("report_problems", count=problems, sheet=title_in(book, "Problems"))]
    if waits:
        lines += ["", words.say("report_todo"), *(f"– {line}" for line in waits)]
    lines += ["", words.say("report_ends", sheet=title_in(book, "Settings"))]
    subject = words.say("report_subject", business=book.settings.business or "sheetcrm", **counts)
    return subject, "\n".join(lines)


def _said(words: Language, error: SheetcrmError, book: str = "") -> str:
    return " ".join(words.error(error.text, **{"book": book, **error.params}) or (error.message, error.hint))


def _scrubbed(words: Language, error: SheetcrmError) -> str:
    return _ADDRESS.sub("…", _said(words, error))


def _send(reader: Reader, config: SmtpConfig, envelope: Envelope, secret: str, subject: str, text: str) -> None:
    """Send her one mail. Raises SendingError where the server does not take it."""
    now = instant()
    message = Message(
        key=Key("report", "owner", now.isoformat()),
        client=reader.business,
        due=now.date(),
        channel="email",
        to=reader.to,
        subject=subject,
        text=text,
        purpose="service",
    )
    said: list[str] = []
    transport = SmtpTransport(config, secret, envelope)
    counts = rehearse(
        [message], transport, progress=lambda _, delivery: said.append(delivery.detail if delivery else "")
    )
    if not counts.sent:
        raise SendingError(" ".join(filter(None, said)) or config.host, code="report", text="")


def _file(state: Path, path: Path) -> Path:
    place = os.path.normcase(path.resolve()).encode("utf-8", "surrogateescape")
    return state / _FOLDER / f"{hashlib.sha256(place).hexdigest()[:32]}.json"


def _kept(state: Path, path: Path) -> Reader | None:
    try:
        return Reader(**json.loads(_file(state, path).read_text("utf-8")))
    except (OSError, ValueError, TypeError):  # none yet, or another version's
        return None


def _keep(state: Path, path: Path, reader: Reader) -> None:
    file = _file(state, path)
    with suppress(OSError):  # a full disk: she may be told twice
        private_folder(file.parent)
        part = file.with_suffix(".part")
        private_file(part)
        part.write_text(json.dumps(asdict(reader)), "utf-8")
        part.replace(file)


def _forget(state: Path, path: Path) -> None:
    with suppress(OSError):
        _file(state, path).unlink()
