"""What the owner lets go: each message as she read it in Outbox, edited it there, and ticked it. Pure.

A row of Outbox bears a mark of what the plan made of it (`shown_mark`). Her tick counts only where that is what the plan makes
today; what she wrote into subject or text goes out as she wrote it. Where the data changed since, so that the made words
differ, the row comes back: her tick is taken away, words of hers stay, the mark ends in `BACK` until she has said yes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sheetcrm.crm.spoken import UNREAD
from sheetcrm.crm.values import Key, Message

BACK = "?"
"""Ends the mark of a row that came back: it waits for her yes, whatever the campaign's approval is."""

WAITS, CHANGED, STOPPED, DONE = "waits-for-tick", "changed", "stopped", "already-sent"
PLACEHOLDER = "placeholder"
"""Her words have a `{{ … }}` as a template has: here nothing is put in its place, and no client is to read it."""

NOT_READ = "word-not-read"
"""What she typed under Send? is no word that is known there."""

WAITING = frozenset({WAITS, CHANGED, PLACEHOLDER, NOT_READ})
"""Reasons for which a message waits for her word, or for a correction of hers."""

_ROOM = 32_000  # a text near the longest that a cell can hold may stand there cut short
_ALL, _EACH = 10, 8  # hex digits of a mark: of all that was shown; of the subject, then of the text
_PLACEHOLDERS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of Outbox as it stands: what she was shown, and what she made of it.

    `mark` is "" in a sheet of an earlier version; `channel` is the English word, `reason` what stands there in her language.
    """

    mark: str = ""
    channel: str = ""
    to: str = ""
    subject: str = ""
    text: str = ""
    reason: str = ""

    @property
    def came_back(self) -> bool:
        """Whether it came back before and waits for her yes since."""
        return self.mark.endswith(BACK)


class Standing(NamedTuple):
    """How a message's row of Outbox is to be written.

    `mark` goes into the column `shown`; `cleared`: her tick is taken away. Of a message that came back `fresh` has the fields that
    are others now, `made` the words that were made, where hers stand in their place; `reason` is what stood there already.
    """

    mark: str
    cleared: bool = False
    fresh: tuple[str, ...] = ()
    made: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Approved:
    """The messages with her words in them, which of them do not go and why, and how each row is to be written."""

    messages: tuple[Message, ...] = ()
    stopped: Mapping[Key, str] = field(default_factory=dict)
    rows: Mapping[Key, Standing] = field(default_factory=dict)


class Rewrite(Protocol):
    """Makes a message of the owner's own words: `sheetcrm.crm.rewording.Rewording`."""

    def __call__(self, message: Message, subject: str, text: str) -> Message:
        """Return the message with them, its page made anew."""
        ...


def shown_mark(channel: str, to: str, subject: str, text: str) -> str:
    """Return by what it is known again what the plan made of a message: hex digits of all of it, of the subject, of the text.

    A sheet of an earlier version has those of all of it alone.
    """
    subject, text = _plain(subject), _plain(text)
    whole = _digest([channel, to.strip(), subject, text])[:_ALL]
    return whole + _digest(subject)[:_EACH] + _digest(text)[:_EACH]


def approve(
    messages: Sequence[Message],
    *,
    words: Mapping[Key, str],
    rows: Mapping[str, Shown],
    wanted: Mapping[Key, str],
    rewrite: Rewrite,
) -> Approved:
    """Say of each message whether it goes, and in whose words.

    `words` is what she typed under Send? (yes, no, done, `UNREAD`; else nothing), `wanted` how its campaign is approved (auto, tick),
    both by the message's key; `rows` are those of Outbox by short key. A message whose row is not known is taken at her word.
    """
    made: list[Message] = []
    stopped: dict[Key, str] = {}
    standing: dict[Key, Standing] = {}
    for message in messages:
        look = _Look(message, words.get(message.key, ""), wanted[message.key] == "tick", rows.get(message.key.short))
        if why := look.stopped:
            stopped[message.key] = why
        standing[message.key] = look.standing(comes_back=why == CHANGED)
        subject, text = look.hers
        made.append(rewrite(message, subject, text) if look.edited else message)
    return Approved(tuple(made), stopped, standing)


def is_as_shown(row: Shown) -> bool:
    """Tell whether a row still says what it was written with."""
    return _same_mark(row.mark, shown_mark(row.channel, row.to, row.subject, row.text))


def edited_by_her(rows: Mapping[str, Shown]) -> frozenset[str]:
    """Return the short keys of the rows that hold words of hers."""
    return frozenset(short for short, row in rows.items() if row.mark and row.text and not is_as_shown(row))


def _same_mark(mark: str, other: str) -> bool:
    return mark.removesuffix(BACK)[:_ALL] == other.removesuffix(BACK)[:_ALL]


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


class _Look:
    """One message and its row of Outbox."""

    def __init__(self, message: Message, word: str, ticks: bool, row: Shown | None) -> None:
        self.message = message
        self.word = word
        self.ticks = ticks
        self.known = row is not None
        self.row = row or Shown()
        self.mark = shown_mark(message.channel, message.to, message.subject, message.text)
        bare = self.row.mark.removesuffix(BACK)
        # she typed over the address or the channel: a yes beside it is none to the one that the message goes to
        self.moved = bool(bare) and bool(
            (self.row.to.strip() and _plain(self.row.to) != _plain(message.to))
            or (self.row.channel and self.row.channel != message.channel)
        )
        # a sheet of an earlier version has no marks, but the words themselves
        self.same = _same_mark(bare, self.mark) and not self.moved if bare else self._reads_as_made(self.row)
        self.new_subject, self.new_text = self._typed_over(bare)
        self.edited = self.new_subject or self.new_text

    @property
    def stopped(self) -> str:
        """Why it does not go, "" where it does."""
        subject, text = self.hers
        typed = f"{subject * self.new_subject}\n{text * self.new_text}"
        return PLACEHOLDER if self._unapproved in ("", WAITS) and _PLACEHOLDERS.search(typed) else self._unapproved

    @property
    def _unapproved(self) -> str:
        """Why it does not go for want of her word, or by it, whatever stands in her words."""
        if self.word == "no":
            return STOPPED
        if self.word == UNREAD:
            return NOT_READ
        if self.word == "done":
            return DONE
        if self.ticks:
            if self.word == "yes" and (self.same or not self.known):
                return ""
            # a tick where no words stood was none on these
            unread = self.word == "yes" and not self.row.text and not self.row.mark
            back = self.row.came_back if self.same else self.word == "yes" or self.edited
            return CHANGED if back and not unread else WAITS
        sure = self.same and (self.word == "yes" or not self.row.came_back)
        typed_over = self.moved and _same_mark(self.row.mark, self.mark)
        return CHANGED if (self.edited or typed_over or self.row.came_back) and not sure else ""

    def standing(self, *, comes_back: bool) -> Standing:
        """Return how the row is to be written."""
        cleared = self.word == "yes" and self._unapproved in WAITING
        if not comes_back:
            keeps = (
                self.same and self.row.came_back and self.word == "yes"
            )  # her yes stands there: nothing is to be written
            return Standing(self.mark + BACK * keeps, cleared)
        if self.same:
            return Standing(self.mark + BACK, cleared, reason=self.row.reason)
        made = self.message.text if self.new_text else ""
        return Standing(self.mark + BACK, cleared, tuple(self._fresh()), made)

    @property
    def hers(self) -> tuple[str, str]:
        """Her subject and text; where she left one as it was, or emptied it, that which is made today."""
        subject = " ".join(_plain(self.row.subject).split()) if self.new_subject else ""
        return subject or self.message.subject, _plain(self.row.text) * self.new_text or self.message.text

    def _fresh(self) -> Iterator[str]:
        row, now = self.row, self.message
        if row.channel and row.channel != now.channel:
            yield "channel"
        if row.to.strip() != now.to:
            yield "to"
        if not self.new_subject and now.subject and _plain(row.subject) != _plain(now.subject):
            yield "subject"
        if self.new_text or _plain(row.text) != _plain(now.text):
            yield "text"

    def _typed_over(self, bare: str) -> tuple[bool, bool]:
        """Tell whether she typed over the subject, and over the text, that the row was written with."""
        row, now = self.row, self.message
        subject, text = now.channel == "email" and bool(row.subject.strip()), bool(row.text.strip())
        if not bare and not (self.ticks or self.word == "yes"):
            return False, False  # nobody was asked to read what stands there
        if self.same or not bare:
            # of a sheet of an earlier version it cannot be told what is hers: she has read it all
            text = text and not _is_cut(row.text, now.text)
            return subject and _plain(row.subject) != _plain(now.subject), text and _plain(row.text) != _plain(now.text)
        if parts := bare[_ALL:]:
            subject = subject and _digest(_plain(row.subject))[:_EACH] != parts[:_EACH]
            return subject, text and _digest(_plain(row.text))[:_EACH] != parts[_EACH:]
        # also where she typed over the address beside them, they may be the very words
        ways = {(row.channel, row.to), (now.channel, row.to), (row.channel, now.to), (now.channel, now.to)}
        edited = text and not any(
            _same_mark(bare, shown_mark(channel, to, row.subject, row.text)) for channel, to in ways
        )
        return subject and edited, edited

    def _reads_as_made(self, row: Shown) -> bool:
        return bool(row.text) and (_plain(row.subject), _plain(row.text)) == (
            _plain(self.message.subject),
            _plain(self.message.text),
        )


def _is_cut(cell: str, text: str) -> bool:
    return len(cell) > _ROOM and text.startswith(cell.removesuffix("…"))


def _plain(text: str) -> str:
    """Return words without what programs change in a cell by themselves: kinds of line ends, blanks at ends of lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not all(map(str.isprintable, lines)):  # hardly ever
        lines = _UNPRINTABLE.sub("", "\n".join(lines)).split("\n")
    return "\n".join(map(str.rstrip, lines)).strip()
