"""The story of the demo: what this is, what it found, who gets what and why, where everything lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sheetcrm.cli import output
from sheetcrm.cli.grids import Column, table
from sheetcrm.cli.looking import in_words, problem_line
from sheetcrm.crm.values import Held, Message
from sheetcrm.languages import Language
from sheetcrm.running.demo import DAY, Played

_SHOWN = 5
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def tell(played: Played) -> None:
    """Print what the demo did, in the salon's language."""
    words = played.plan.words
    title = words.say("demo_title", business=played.business, date=in_words(DAY, words, played.country))
    output.say(title)
    output.say("═" * len(title))
    _found(played, words)
    _heading(words.say("demo_step_who"))
    _messages(played, words)
    if played.plan.held_list:
        _heading(words.say("demo_step_held"))
        _held(played.plan.held_list, words)
    _heading(words.say("demo_step_sent"))
    output.say(words.say("demo_sent", count=played.first.sent))
    output.say(words.say("demo_second", count=played.second.sent))
    _where(played, words)


def _heading(text: str) -> None:
    output.say()
    output.say(text)
    output.say("─" * len(text))


def _found(played: Played, words: Language) -> None:
    plan = played.plan
    _heading(words.say("demo_step_found"))
    output.say(
        words.say("demo_found", clients=played.clients, visits=played.visits, problems=len(plan.problem_list))
        + " "
        + words.say("demo_wrote", changed=played.refreshed.changed)
    )
    output.say()
    # one of each kind first: five wrong phone numbers would say less
    first = {row[1]: row for row in reversed(plan.problem_rows)}
    shown = sorted(first.values(), key=plan.problem_rows.index)[:_SHOWN]
    table([Column(""), Column("", 22), Column("", 20), Column("", sentence=True)], [problem_line(row) for row in shown])
    rest = len(plan.problem_list) - len(shown)
    if rest:
        output.say(words.say("demo_more_problems", count=rest, sheet=words.sheet("Problems")))


def _messages(played: Played, words: Language) -> None:
    due = played.plan.due
    rows = [(m.client, m.key.campaign, _because(m, played, words)) for m in due]
    headers = (words.header("client"), words.header("campaign"), words.say("because"))
    table([Column(headers[0], 30), Column(headers[1], 24), Column(headers[2], sentence=True)], rows)
    if due:
        output.say()
        output.say(words.say("demo_one", client=due[0].client))
        output.say()
        output.say(f"    {due[0].subject}")
        output.say()
        output.say("\n".join(f"    {line}".rstrip() for line in due[0].text.splitlines()))


def _because(message: Message, played: Played, words: Language) -> str:
    found = _DATE.search(message.key.occasion)
    when = in_words(date.fromisoformat(found[0]), words, played.country) if found else ""
    return words.say(f"because_{played.triggers.get(message.key.campaign, 'date')}", when=when)


def _held(held: Sequence[Held], words: Language) -> None:
    rows = [(h.client or h.client_id, h.campaign, words.reason(h.reason, detail=h.detail)) for h in held]
    headers = (words.header("client"), words.header("campaign"), words.header("reason"))
    table([Column(headers[0], 26), Column(headers[1], 18), Column(headers[2], sentence=True)], rows[: 2 * _SHOWN])
    if len(rows) > 2 * _SHOWN:
        output.say(f"… +{len(rows) - 2 * _SHOWN}")


def _where(played: Played, words: Language) -> None:
    _heading(words.say("demo_step_where"))
    sheets = ", ".join(words.sheet(name) for name in ("Problems", "Outbox", "Sent"))
    for text, path in (
        (words.say("demo_book", sheets=sheets), played.book),
        (words.say("demo_page"), played.page),
        (words.say("demo_mails"), played.mails),
    ):
        output.say(text)
        output.say(f"    {path.absolute()}")
    output.say()
    output.say(words.say("demo_next", language=words.code))
