"""Commands that look and never write: check, plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sheetcrm.cli import output
from sheetcrm.cli.grids import Column, table
from sheetcrm.cli.options import Book, Force, Json, On, whole_number
from sheetcrm.cli.speaking import typed
from sheetcrm.errors import UsageError

if TYPE_CHECKING:
    from sheetcrm.crm.outcome import Plan
    from sheetcrm.crm.values import Held, Message
    from sheetcrm.languages import Language
    from sheetcrm.running import Look

OK, FOUND = 0, 1
NAMED = 6
"""So many people are named of those who get nothing for the same reason; the page and --json name all."""
MANY_HELD = 40
"""More held messages than this are shown by campaign and reason."""


def check(book: Book, on: On = None, json: Json = False) -> int:
    """Print what is wrong in the workbook, and what to type instead."""
    from sheetcrm.crm.output_frames import PROBLEM_COLUMNS  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running import look  # noqa: PLC0415
    from sheetcrm.running.leaving_out import LISTS, left_out  # noqa: PLC0415
    from sheetcrm.running.looking import ids_apart_note  # noqa: PLC0415

    seen = look(book, on=on)
    plan = seen.plan
    for line in (*seen.notes, *ids_apart_note(seen.book)):
        output.note(line)
    found = any(p.severity == "error" for p in plan.problem_list)
    if json:
        problems = [dict(zip(PROBLEM_COLUMNS, row, strict=True)) for row in plan.problem_rows]
        tables = seen.book.raw.tables
        apart = {name: tables[name].left_out.rows for name in LISTS if name in tables and tables[name].left_out.rows}
        output.as_json({"problems": problems, "counts": plan.counts, **({"left_out": apart} if apart else {})})
        return FOUND if found else OK
    _problems(plan)
    for line in left_out(seen.book.raw.tables, plan.words.code):
        output.say(line)
    return FOUND if found else OK


def _problems(plan: Plan) -> None:
    words = plan.words
    if not plan.problem_list:
        output.say(words.say("no_problems"))
        return
    table(
        [Column(""), Column(words.header("column"), 22), Column(words.header("value"), 20), Column("", sentence=True)],
        [problem_line(row) for row in plan.problem_rows],
    )
    errors = sum(p.severity == "error" for p in plan.problem_list)
    output.say()
    output.say(words.say("problems_found", errors=errors, warnings=len(plan.problem_list) - errors))


def problem_line(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a problem as a person reads it: how bad, where, what stands there, what is wrong and what to type instead."""
    from rich.text import Text  # noqa: PLC0415 - only where a table is printed

    severity, _code, _table, sheet, number, letter, _field, value, message, hint = row
    mark = Text("✗", "red") if severity == "error" else Text("!", "yellow")
    place = f"{sheet}!{letter or ''}{'' if number is None else number}".rstrip("!")
    return mark, place, value, f"{message} {hint}".strip()


def plan(
    book: Book,
    on: On = None,
    days: Annotated[
        int,
        typer.Option("--days", parser=whole_number("--days", 1, 3660), metavar="N", help="How many days to look at."),
    ] = 1,
    why: Annotated[bool, typer.Option("--why", help="Say also who gets nothing, and why.")] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            "--channel", metavar="CHANNEL", help="Only messages of this channel: email, sms, whatsapp or call."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page to look at.")] = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Show who gets what, and send nothing."""
    from sheetcrm.running import look  # noqa: PLC0415 - loaded when the command runs

    if html is not None and html.exists() and not force:
        from sheetcrm.running.setting_up import file_there  # noqa: PLC0415 - only on the way out

        raise file_there(html)
    seen = look(book, on=on, days=days, why=why)
    if channel is not None:
        from sheetcrm.running.looking import of_channel  # noqa: PLC0415 - as above

        seen = of_channel(seen, channel)
    if html is not None:
        _write_page(html, seen)
    for line in seen.notes:
        output.note(line)
    if json:
        _plan_json(seen.plan)
        return OK
    for line in seen.why_nothing():
        output.say(line)
    _plan_text(seen.plan, seen.book.settings.country)
    from sheetcrm.crm.sms_cost import sms_told  # noqa: PLC0415 - loaded when the command runs

    if told := sms_told(seen.plan.going_list, seen.book.settings, seen.plan.words):
        output.say(told)
    if seen.plan.message_list and not why:
        output.say()
        output.say(seen.plan.words.say("see_why", book=typed(book)))
    if html is not None:
        output.say(seen.plan.words.say("saved", path=html))
    return OK


def _write_page(html: Path, seen: Look) -> None:
    from sheetcrm.reports.page import plan_page  # noqa: PLC0415 - loaded when a page is wanted

    settings = seen.book.settings
    page = plan_page(seen.plan, business=settings.business, sender=settings.sender)
    try:
        html.write_text(page, "utf-8")
    except OSError as error:
        raise UsageError(
            f"{html} cannot be written: {error.strerror}.",
            "Choose another place for the page.",
            code="not-writable",
            params={"path": str(html), "why": error.strerror or ""},
        ) from None


def _plan_json(plan: Plan) -> None:
    from sheetcrm.crm.output_frames import HELD_COLUMNS, MESSAGE_COLUMNS, message_tuple  # noqa: PLC0415 - loaded when used

    output.as_json(
        {
            "on": plan.on,
            "messages": [
                dict(zip(MESSAGE_COLUMNS, message_tuple(m), strict=True)) | _parts(m) for m in plan.going_list
            ],
            "held": [
                dict(zip(HELD_COLUMNS, (h.campaign, h.client_id, h.due, h.reason), strict=True)) for h in plan.all_held
            ],
        }
    )


def _parts(message: Message) -> dict[str, int]:
    """Return how many SMS a message is paid for as; nothing of another channel's."""
    from sheetcrm.crm.sms_length import sms_length  # noqa: PLC0415 - loaded when used

    return {"parts": sms_length(message.text).parts} if message.channel == "sms" else {}


def _plan_text(plan: Plan, country: str) -> None:
    from sheetcrm.crm.why import NOT_DUE  # noqa: PLC0415 - loaded when used

    words = plan.words

    def day(value: date) -> str:
        return in_words(value, words, country)

    going = plan.going_list
    days = {m.day for m in going} | {plan.on}
    if going:
        columns, rows = messages_table(going, words, day if len(days) > 1 else None)
        last = plan.on + timedelta(days=plan.days - 1)
        title = words.say("messages_due", date=day(plan.on), count=len(rows))
        if plan.days > 1:
            title = words.say("messages_between", first=day(plan.on), last=day(last), count=len(rows))
        table(columns, rows, title=title)
    held = [*plan.stopped_list, *(h for h in plan.held_list if h.reason not in NOT_DUE)]
    if len(held) > MANY_HELD:
        _grouped(held, words, words.say("messages_held", count=len(held)))
    elif held:
        output.say()
        rows_held = [(h.client or h.client_id, h.campaign, words.reason(h.reason, detail=h.detail)) for h in held]
        columns = [Column(words.header("client"), 32), Column(words.header("campaign"), 24)]
        table(
            [*columns, Column(words.header("reason"), sentence=True)],
            rows_held,
            title=words.say("messages_held", count=len(held)),
        )
    _grouped([h for h in plan.held_list if h.reason in NOT_DUE], words, words.say("page_not_now"))


def in_words(day: date, words: Language, country: str) -> str:
    """Return a day as it is written in that language and country (`22.11.2026`)."""
    from sheetcrm.crm.formats import locale, short_date  # noqa: PLC0415 - babel takes 0.1 s to import

    return short_date(day, locale(words.code, country))


def messages_table(
    messages: Sequence[Message], words: Language, day: Callable[[date], str] | None
) -> tuple[list[Column], list[tuple[str, ...]]]:
    """Return columns and rows of messages; the day only where they are of several, the channel only where it is not e-mail."""
    several = any(m.channel != "email" for m in messages)
    columns = [Column(words.header("client"), 22), Column(words.header("campaign"), 18)]
    columns += [Column(words.header("channel"))] if several else []
    columns += [Column(words.header("to"), 30), Column(words.header("subject"))]
    rows = []
    for m in messages:
        said = m.subject or next(iter(m.text.splitlines()), "")
        rows.append((m.client, m.key.campaign, *((words.choice(m.channel),) if several else ()), m.to, said))
    if day is None:
        return columns, rows
    dated = [(day(m.day), *row) for m, row in zip(messages, rows, strict=True)]
    return [Column(words.header("due")), *columns], dated


def _grouped(lines: Sequence[Held], words: Language, title: str) -> None:
    """Say who gets nothing, by campaign and reason: a name and a reason for each would be thousands of lines."""
    groups: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        reason = words.reason(line.reason, detail=line.detail if line.reason != "not-due" else "")
        groups.setdefault((line.campaign, reason), []).append(line.client or line.client_id)
    if not groups:
        return
    rows = [
        (
            campaign,
            reason,
            len(names),
            ", ".join(names[:NAMED]) + (f" … +{len(names) - NAMED}" if names[NAMED:] else ""),
        )
        for (campaign, reason), names in groups.items()
    ]
    columns = [Column(words.header("campaign"), 20), Column(words.header("reason"), 34), Column("")]
    output.say()
    table([*columns, Column(words.header("client"), sentence=True)], rows, title=title)


COMMANDS = ((check, "check"), (plan, "plan"))
