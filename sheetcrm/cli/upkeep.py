"""Commands that keep the workbook up to date and in order: refresh, undo, doctor, schedule."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.options import Book, DryRun, Json, On
from sheetcrm.cli.speaking import translated

if TYPE_CHECKING:
    from sheetcrm.languages import Language
    from sheetcrm.running.doctor import Finding
    from sheetcrm.running.versions import Version

OK, WAITS = 0, 1


def refresh(book: Book, on: On = None, dry_run: DryRun = False, json: Json = False) -> int:
    """Check, compute, and write ids, figures, Problems, Duplicates and Outbox into the workbook."""
    from sheetcrm.running import refresh_book  # noqa: PLC0415 - loaded when the command runs

    with output.progress() as step:
        report = refresh_book(book, on=on, dry_run=dry_run, progress=step)
    for line in report.notes:
        output.note(line)
    if json:
        output.as_json(
            {
                "changed": report.changed,
                "problems": report.problems,
                "duplicates": report.duplicates,
                "due": report.due,
                "written": report.written,
            }
        )
    else:
        output.say(report.summary)
    return WAITS if report.waiting else OK


def undo(
    book: Book,
    list_: Annotated[bool, typer.Option("--list", help="Show the versions that are kept.")] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Take back the last write."""
    from sheetcrm.running.upkeep import undo_book, versions  # noqa: PLC0415 - loaded when the command runs

    if list_:
        kept = versions(book)
        if json:
            output.as_json({"versions": [{"at": v.at, "bytes": v.size, "file": str(v.path)} for v in kept]})
        else:
            _list_versions(book, kept)
        return OK
    report = undo_book(book, dry_run=dry_run)
    for line in report.notes:
        output.note(line)
    if json:
        output.as_json({"written": report.written})
    else:
        output.say(report.summary)
    return OK


def doctor(
    book: Book,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Make this machine the one that sends for the workbook.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Check what a run needs: file, password, mail login, state folder, clock."""
    from sheetcrm.running.doctor import examine  # noqa: PLC0415 - loaded when the command runs

    found = examine(book, take_over=take_over and not dry_run)
    findings = [_told(f, found.words, book) for f in found.findings]
    wrong = [f for f in findings if f.error is not None]
    decisive = max((f.error for f in wrong if f.error), key=lambda e: e.exit_code, default=None)
    if json:
        result: dict[str, Any] = {
            "checks": [{"name": f.name, "ok": f.error is None, "message": f.message, "hint": f.hint} for f in findings]
        }
        output.as_json(result if decisive is None else {"error": output.error_object(decisive), **result})
    else:
        if take_over and dry_run:
            output.say(found.words.say("would_take_over"))
        if found.taken_over:
            output.say(found.words.say("doctor_taken_over"))
        for finding in findings:
            output.say(f"{'✓' if finding.error is None else '✗'} {finding.title}: {finding.message}")
            if finding.hint:
                output.say(f"    {finding.hint}")
    if decisive is None:
        return OK
    what = ", ".join(f.title for f in wrong)
    output.note("sheetcrm: " + found.words.say("doctor_summary", book=book.name, what=what))
    return decisive.exit_code


def _told(finding: Finding, words: Language, book: Path) -> Finding:
    """Return a finding with its error in the owner's language."""
    if finding.error is None:
        return finding
    spoken = translated(finding.error, words, book)
    return replace(finding, message=spoken.message, hint=spoken.hint, error=spoken)


def schedule(
    book: Book,
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="When to run each day.")] = "08:30",
    install: Annotated[
        bool, typer.Option("--install", help="Install a job of the system's own scheduler instead.")
    ] = False,
    system: Annotated[
        str | None,
        typer.Option("--system", metavar="NAME", help="cron, systemd or windows; else the one this system has."),
    ] = None,
    dry_run: DryRun = False,
) -> int:
    """Run daily, in the foreground; with --install as a job of the system's own scheduler."""
    from sheetcrm.running import open_workbook, scheduling, system_jobs  # noqa: PLC0415 - loaded when the command runs

    job = scheduling.Job.of(book, at, os.environ)
    chosen = system_jobs.check_system(system) if system else system_jobs.default_system()
    words = open_workbook(book).words  # a workbook that cannot be read is said now, not tomorrow morning
    if install and not dry_run:
        where = system_jobs.install(job, chosen)
        output.say(words.say("schedule_installed", time=job.at))
        output.copyable(f"    {where}")
        return OK
    if install or system:
        for name, text in system_jobs.files(job, chosen).items():
            output.copyable(f"# {name}\n{text}")
        return OK
    output.note(words.say("schedule_running", time=job.at))
    if dry_run:
        return OK
    late = scheduling.missed_today(book, job.at)
    if late:
        output.note(words.say("schedule_caught_up"))
    scheduling.run_daily(job.at, lambda: _once(book), at_once=late)
    return OK


def _once(book: Path) -> None:
    """Run as the command does: what goes wrong is one line, and tomorrow is another day. Only Ctrl-C ends it all."""
    from sheetcrm.cli import INTERRUPTED  # noqa: PLC0415 - the package imports this module
    from sheetcrm.cli import run as run_command  # noqa: PLC0415

    if run_command(["run", str(book)]) == INTERRUPTED:
        raise KeyboardInterrupt


def _list_versions(book: Path, kept: list[Version]) -> None:
    from sheetcrm.errors import SheetcrmError  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.languages import DEFAULT, language  # noqa: PLC0415
    from sheetcrm.running import open_workbook  # noqa: PLC0415

    try:
        words = open_workbook(book).words
    except SheetcrmError:  # damaged: just then an earlier version is wanted
        words = language(DEFAULT)
    if not kept:
        output.say(words.say("undo_nothing"))
        return
    output.say(words.say("undo_list"))
    for version in kept:
        output.copyable(f"    {version.at[:16].replace('T', ' ')}  {version.size / 1024:>9,.0f} KB  {version.path}")


COMMANDS = ((refresh, "refresh"), (undo, "undo"), (doctor, "doctor"), (schedule, "schedule"))
