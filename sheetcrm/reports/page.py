"""The plan as a page: each message as its reader will see it. Self-contained: it works offline and asks nothing of anybody."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from sheetcrm.crm.formats import day_in_words, locale, month_in_words, short_date, short_day
from sheetcrm.crm.html_part import preheader
from sheetcrm.crm.outcome import Plan
from sheetcrm.crm.sms_length import SmsLength, sms_length
from sheetcrm.crm.values import Held, Message
from sheetcrm.crm.why import NOT_DUE

MOST_MESSAGES = 5_000
"""Messages that are on the page with their words; the calendar counts all. A year of a long list has more than a browser bears."""

MOST_NOT_DUE = 10_000
"""Rows of those who are not due: with `--why` there is one for each client and campaign, and a browser has its limits."""

_CALENDAR_FROM = 14  # days from which months are easier to read than a row of days
_WEEK = 7
_HUES = 8  # colours that tell campaigns apart
_FEW = 12  # letters worth naming; a text in Cyrillic has them all
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_REMOTE_PICTURE = re.compile(r"(<img\b[^>]*?\s)(?:src|srcset)=\"[^\"]*\"", re.IGNORECASE)


def plan_page(plan: Plan, *, business: str, sender: str = "") -> str:
    """Return the page as HTML text. `business` and `sender` are what a reader sees as the one who writes.

    Every value is escaped; a mail's own HTML stands in a sandboxed frame without scripts. The page's policy allows its
    own script only (by hash), and no request to anybody.
    """
    source = files(__package__).joinpath("page.html").read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    content = _Content(plan)
    return environment.from_string(source).render(
        script_hash=_hash(source),
        words=plan.words,
        say=plan.words.say,
        content=content,
        business=business or sender or "sheetcrm",
        sender=sender,
        span=content.span,
    )


def _hash(source: str) -> str:
    """Return what the page's policy calls its script; nothing in the script is filled in, so the source tells."""
    [script] = _SCRIPT.findall(source)
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@dataclass(frozen=True)
class _Content:
    """What the page shows of a plan, in the owner's words."""

    plan: Plan

    @cached_property
    def span(self) -> str:
        """The days that the plan looks at."""
        first, last = self.plan.on, self.plan.on + timedelta(days=self.plan.days - 1)
        where = self._locale
        if first == last:
            return f"{day_in_words(first, where)} {first.year}"
        return f"{day_in_words(first, where)} – {day_in_words(last, where)} {last.year}"

    @cached_property
    def _locale(self) -> Any:
        return locale(self.plan.words.code, "")

    @cached_property
    def campaigns(self) -> dict[str, int]:
        """All campaigns, each with the number of its colour."""
        named = dict.fromkeys(m.key.campaign for m in self.plan.going_list)
        named |= dict.fromkeys(h.campaign for h in self.plan.all_held)
        return {name: number % _HUES for number, name in enumerate(named)}

    @cached_property
    def channels(self) -> dict[str, str]:
        """The channels of the messages, in words."""
        return {c: self.plan.words.choice(c) for c in dict.fromkeys(m.channel for m in self.plan.going_list)}

    def _goes(self, message: Message) -> date:
        return max(message.day, self.plan.on)

    @cached_property
    def days(self) -> list[dict[str, Any]]:
        """The messages by the day on which they go: what is late goes on the first. At most `MOST_MESSAGES`."""
        ordered = sorted(self.plan.going_list, key=lambda m: (self._goes(m), m.key.campaign, m.client.casefold()))
        days = [(day, list(messages)) for day, messages in groupby(ordered[:MOST_MESSAGES], key=self._goes)]
        return [
            {
                "iso": day.isoformat(),
                "words": day_in_words(day, self._locale),
                "short": short_day(day, self._locale),
                "messages": [self._message(m) for m in messages],
            }
            for day, messages in days
        ]

    @property
    def messages_not_shown(self) -> int:
        """How many messages are left out."""
        return max(0, len(self.plan.going_list) - MOST_MESSAGES)

    @cached_property
    def months(self) -> list[dict[str, Any]]:
        """The calendar of a plan of many days: its months, in each the days from its first weekday on (None: of no month)."""
        counts = Counter(map(self._goes, self.plan.going_list))
        if self.plan.days <= _CALENDAR_FROM or len(counts) <= 1:
            return []
        shown = {day["iso"]: len(day["messages"]) for day in self.days}
        found = []
        for (year, month), days in groupby(
            (self.plan.on + timedelta(days=n) for n in range(self.plan.days)), key=lambda day: (day.year, day.month)
        ):
            those = list(days)
            blank = (those[0].weekday() - self._locale.first_week_day) % _WEEK
            cells = [self._cell(day, counts[day], shown.get(day.isoformat(), 0)) for day in those]
            title = month_in_words(date(year, month, 1), self._locale)
            found.append({"title": title, "days": [*[None] * blank, *cells]})
        return found

    def _cell(self, day: date, count: int, shown: int) -> dict[str, Any]:
        words = day_in_words(day, self._locale)
        return {
            "iso": day.isoformat(),
            "number": day.day,
            "count": count,
            "more": count - shown,
            "words": f"{words}: {count}",
        }

    @cached_property
    def weekdays(self) -> list[tuple[str, str]]:
        """The days of a week in its order there, short and in full."""
        names = self._locale.days["stand-alone"]
        first = self._locale.first_week_day
        order = [(first + n) % _WEEK for n in range(_WEEK)]
        return [(names.get("short", names["abbreviated"])[n], names["wide"][n]) for n in order]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The lines of all mails shown, each once, with its number."""
        return {}

    @property
    def lines(self) -> Markup:
        """The lines of the mails as JSON; to be asked for when all mails stand on the page."""
        text = json.dumps(list(self._numbers), ensure_ascii=False)
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - nothing in it ends the element

    def _frame(self, html: str) -> str:
        """Return a mail as the numbers of its lines: five thousand whole ones would be more than a browser likes to read."""
        lines = framed(html).splitlines(keepends=True)
        return " ".join(str(self._numbers.setdefault(line, len(self._numbers))) for line in lines)

    @cached_property
    def held(self) -> list[dict[str, str]]:
        """What is due but for a reason."""
        return [self._held(h) for h in self.plan.all_held if h.reason not in NOT_DUE]

    @cached_property
    def not_due(self) -> list[dict[str, str]]:
        """Who is not due at all, and why; at most `MOST_NOT_DUE`."""
        found = (h for h in self.plan.all_held if h.reason in NOT_DUE)
        return [self._held(h) for h, _ in zip(found, range(MOST_NOT_DUE), strict=False)]

    @cached_property
    def not_shown(self) -> int:
        """How many of those who are not due are left out."""
        return sum(h.reason in NOT_DUE for h in self.plan.all_held) - len(self.not_due)

    @cached_property
    def reasons(self) -> dict[str, list[tuple[str, str, int]]]:
        """Code, words and number of the reasons, by the view that they belong to."""
        counts = Counter(h.reason for h in self.plan.all_held).most_common()
        shown = [
            (code, self.plan.words.reason(code, detail="…" if code == "empty-field" else ""), n) for code, n in counts
        ]
        return {
            "held": [reason for reason in shown if reason[0] not in NOT_DUE],
            "not-now": [reason for reason in shown if reason[0] in NOT_DUE],
        }

    def _message(self, message: Message) -> dict[str, Any]:
        due = message.due
        return {
            "key": message.key.short,
            "campaign": message.key.campaign,
            "hue": self.campaigns[message.key.campaign],
            "client": message.client or message.to,
            "initial": (message.client.strip() or message.to or "?")[0].upper(),
            "due": short_date(due, self._locale),
            "late": due < self._goes(message),
            "channel": message.channel,
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "glance": preheader(message.text.split("\n\n")) if message.channel == "email" else message.text,
            "frame": self._frame(message.html),
            "sms": self._sms(message) if message.channel == "sms" else None,
        }

    def _sms(self, message: Message) -> list[str]:
        length: SmsLength = sms_length(message.text)
        say = self.plan.words.say
        lines = [
            say("page_parts", count=length.parts),
            say("page_characters", count=length.characters, room=length.room),
        ]
        if 0 < len(length.letters) <= _FEW:
            lines.append(say("page_letters", letters=" ".join(length.letters)))
        return lines

    def _held(self, held: Held) -> dict[str, str]:
        return {
            "campaign": held.campaign,
            "hue": str(self.campaigns[held.campaign]),
            "client": held.client or held.client_id,
            "due": short_date(held.due, self._locale) if held.due else "",
            "code": held.reason,
            "reason": self.plan.words.reason(held.reason, detail=held.detail),
        }


def framed(html: str) -> str:
    """Return a mail's HTML for a frame of the page, which must ask nothing of anybody: as it looks before its pictures are loaded.

    Its links open beside the page, when somebody clicks on one.
    """
    return _REMOTE_PICTURE.sub(r"\1", html).replace("<head>", '<head><base target="_blank">', 1)
