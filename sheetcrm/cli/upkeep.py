"""Commands that keep the workbook up to date and in order: refresh, undo, doctor, schedule."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.differing import receipt_object
from sheetcrm.cli.options import Book, DryRun, Json, On
from sheetcrm.cli.speaking import translated, typed
from sheetcrm.cli.unlocking import with_earlier

if TYPE_CHECKING:
    from sheetcrm.languages import Language
    from sheetcrm.running.doctor import Finding
    from sheetcrm.running.scheduling import Job
    from sheetcrm.running.versions import Version

OK, WAITS = 0, 1


def refresh(book: Book, on: On = None, dry_run: DryRun = False, json: Json = False) -> int:
    """Bring the workbook up to date, and send nothing. Checks, computes, writes ids, figures and the program's sheets."""
    from sheetcrm.running import refresh_book  # noqa: PLC0415 - loaded when the command runs

    with output.progress() as step:
        report = refresh_book(book, on=on, dry_run=dry_run, progress=step, receipts=json)
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
                "receipt": next(map(receipt_object, report.receipts), None),
                **({"notes": report.notes} if report.notes else {}),
            }
        )
    else:
        output.say(report.summary)
    return WAITS if report.waiting else OK


def undo(
    book: Book,
    list_: Annotated[bool, typer.Option("--list", help="Show the versions that are kept.")] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="Go back to this version: its number, its day, or its name."),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Take back the last write, or all up to an earlier version."""
    from sheetcrm.running.undoing import undo_book, versions  # noqa: PLC0415 - loaded when the command runs

    if list_:
        kept = versions(book)
        if json:
            output.as_json({"versions": [_version_object(version) for version in kept]})
        else:
            _list_versions(book, kept)
        return OK
    report = with_earlier(book, lambda: undo_book(book, to=to, dry_run=dry_run), json=json)
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
    """Check what a run needs. File, password, mail login, state folder, clock."""
    from sheetcrm.running.doctor import examine  # noqa: PLC0415 - loaded when the command runs

    found = examine(book, take_over=take_over and not dry_run)
    findings = [_told(f, found.words, book) for f in found.findings]
    wrong = [f for f in findings if f.error is not None]
    decisive = max((f.error for f in wrong if f.error), key=lambda e: e.exit_code, default=None)
    if json:
        result: dict[str, Any] = {
            "checks": [{"name": f.name, "ok": f.error is None, "message": f.message, "hint": f.hint} for f in findings],
            "advice": list(found.advice),
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
        for line in found.advice:
            output.say(f"  • {line}")
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
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Take that job out again.")] = False,
    system: Annotated[
        str | None,
        typer.Option(
            "--system", metavar="NAME", help="cron, systemd, windows or launchd; else the one this system has."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> int:
    """Run every day. In the foreground; with --install as a job of the system's own scheduler."""
    from sheetcrm.running import scheduling, system_jobs  # noqa: PLC0415 - loaded when the command runs

    job = scheduling.Job.of(book, at, os.environ)
    chosen = system_jobs.check_system(system) if system else system_jobs.default_system()
    if uninstall:
        _take_out(job, chosen, dry_run=dry_run)
        return OK
    words = _opened_words(book)  # a workbook that cannot be read is said now, not tomorrow morning
    if install and not dry_run:
        _put_in(job, chosen, words)
    elif install or system:
        for name, text in system_jobs.files(job, chosen).items():
            output.copyable(f"# {name}\n{text}")
    elif dry_run:
        output.say(words.say("would_run", time=job.at))
    else:
        output.note(words.say("schedule_running", time=job.at))
        late = scheduling.missed_today(book, job.at)
        if late:
            output.note(words.say("schedule_caught_up"))
        scheduling.run_daily(job.at, lambda: _once(book), at_once=late)
    return OK


def _opened_words(book: Path) -> Language:
    from sheetcrm.running import open_workbook  # noqa: PLC0415 - as above

    return open_workbook(book).words


def _put_in(job: Job, system: str, words: Language) -> None:
    from sheetcrm.errors import WorkbookPassword  # noqa: PLC0415 - as above
    from sheetcrm.running import system_jobs  # noqa: PLC0415
    from sheetcrm.running.passwords import check_kept  # noqa: PLC0415

    where = system_jobs.install(job, system)
    output.say(words.say("schedule_installed", time=job.at))
    output.copyable(f"    {where}")
    if system == "systemd" and not system_jobs.lingers():
        output.note(words.say("schedule_linger"))
    try:
        check_kept(job.book, {})  # the job's environment never holds a password
    except WorkbookPassword as error:
        output.note(str(translated(error, words, job.book)))


def _take_out(job: Job, system: str, *, dry_run: bool) -> None:
    """Take a job out again; also of a workbook that is gone, in the language of this computer then."""
    from sheetcrm.cli.speaking import words_for  # noqa: PLC0415 - as above
    from sheetcrm.running import system_jobs  # noqa: PLC0415

    words, _book = words_for([str(job.book)])
    there = system_jobs.is_installed(job, system) if dry_run else system_jobs.remove(job, system)
    said = "schedule_none" if not there else "schedule_would_remove" if dry_run else "schedule_removed"
    output.say(words.say(said))


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
        what = ", ".join(f"{title} {count or ''}".strip() for title, count in version.cells.items())
        what = f"{version.command} ({what})" if what else version.command
        size = f"{version.size / 1024:>9,.0f} KB"
        output.copyable(
            f"{version.number:>4}  {version.at[:16].replace('T', ' ')}  {size}  {what or '–'}  {version.path}"
        )
    output.say(words.say("undo_how", book=typed(book)))


def _version_object(version: Version) -> dict[str, Any]:
    return {
        "at": version.at,
        "bytes": version.size,
        "file": str(version.path),
        "number": version.number,
        "command": version.command or None,
        "cells": dict(version.cells),
    }


COMMANDS = ((refresh, "refresh"), (undo, "undo"), (doctor, "doctor"), (schedule, "schedule"))
