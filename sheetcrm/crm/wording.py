"""The words of messages: the text that fits channel and language, filled in, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sheetcrm.crm.comparing import EmptyValue
from sheetcrm.crm.context import Occasion, People, footer
from sheetcrm.crm.fields import CLIENTS
from sheetcrm.crm.sms_length import plain_sms
from sheetcrm.crm.values import Key, Message, Problem
from sheetcrm.errors import TemplateError
from sheetcrm.languages import LANGUAGES, language

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sheetcrm.crm.campaign_table import Campaign


class Library(Protocol):
    """The texts: `sheetcrm.crm.texts.TextLibrary`."""

    def find(self, name: str, channel: str, languages: Collection[str]) -> Any:
        """Return the template of that name, or None."""
        ...

    def write(self, template: Any, context: Mapping[str, Any], *, channel: str, footer: str = "") -> Any:
        """Fill it in for one person. Raises `TemplateError`, `EmptyValue`."""
        ...

    def problems(self, template: Any, known: Collection[str]) -> list[Problem]:
        """Tell what is wrong with it."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A message that is due and may go, before its words are written. Days are numbers (`frequency.number_of`).

    `first` and `last` are the days on which it may go, `planned` the one on which it would have gone had nothing been late, `begins`
    when the visit begins that it is about (a day, minutes since midnight).
    """

    occasion: Occasion
    key: Key
    channel: str
    to: str
    first: int = 0
    last: int = 0
    planned: int = 0
    begins: tuple[int, int] | None = None


class Going(NamedTuple):
    """When a message goes: the day; why not before, with until when in words; and which others it mentions."""

    day: date
    waits: str = ""
    until: str = ""
    also: Sequence[Candidate] = ()


class Lack(NamedTuple):
    """Why a message could not be written: a reason for which it is held, and its detail."""

    reason: str
    detail: str


class Writer:
    """Writes messages; collects in `problems` what is wrong with the texts, each thing once."""

    def __init__(self, people: People, library: Library) -> None:
        self._people = people
        self._world = people.world
        self._library = library
        self.words = language(people.settings.language)
        self.problems: list[Problem] = []
        self._looked_at: set[str] = set()
        self._missing: set[tuple[str, int]] = set()

    def check_texts(self, campaign: Campaign) -> None:
        """Note what is wrong with a campaign's texts, in each language that a client may be written to in."""
        own = (v for v in self._world.clients.texts("language").values if v in LANGUAGES)
        channels = dict.fromkeys("email" if channel == "auto" else channel for channel in campaign.channels)
        for channel, code in product(channels, dict.fromkeys((self.words.code, *own))):
            template = self._library.find(campaign.template, channel, (code, self.words.code))
            if template is None:
                self._note(Problem("unknown-template", "Campaigns", campaign.row, "template", campaign.template))
            elif template.source not in self._looked_at:
                self._looked_at.add(template.source)
                self.problems += self._library.problems(template, self._people.names)

    def mentioned(self, candidate: Candidate, going: Going, others: Sequence[Candidate]) -> list[Candidate]:
        """Return which of the others a message's text mentions: those with which it reads differently."""
        if not others or not self._can_mention(candidate):
            return []
        bare = self._words(candidate, going)
        return [
            one for one in others if bare and self._words(candidate, going._replace(also=(one,))) not in (None, bare)
        ]

    def _can_mention(self, candidate: Candidate) -> bool:
        template = self._template(candidate)
        try:
            return template is not None and "also" in template.names
        except TemplateError:
            return False

    def _words(self, candidate: Candidate, going: Going) -> tuple[str, str] | None:
        try:
            message = self._message(candidate, going)
        except TemplateError:
            return None
        return None if message is None else (message.subject, message.text)

    def write(self, candidate: Candidate, going: Going) -> Message | Lack:
        """Write a message, or say what it lacks: a value of this person's, a text, or one that can be understood."""
        try:
            message = self._message(candidate, going)
        except EmptyValue as error:
            self._note_empty(error.field, candidate.occasion)
            return Lack("empty-field", self._header(error.field))
        except TemplateError as error:
            return Lack("template-error", error.message)
        return message or Lack("unknown-template", candidate.occasion.campaign.template)

    def _template(self, candidate: Candidate) -> Any:
        code = self._people.language(candidate.occasion.client)
        return self._library.find(candidate.occasion.campaign.template, candidate.channel, (code, self.words.code))

    def _message(self, candidate: Candidate, going: Going) -> Message | None:
        occasion, campaign = candidate.occasion, candidate.occasion.campaign
        code = self._people.language(occasion.client)
        template = self._template(candidate)
        if template is None:
            return None
        wanted = campaign.purpose == "marketing" and candidate.channel == "email"
        others = [one.occasion.campaign for one in going.also]
        context = self._people.context(occasion, template.names, going.day, others)
        line = footer(self._people.settings, code) if wanted else ""
        written = self._library.write(template, context, channel=candidate.channel, footer=line)
        return Message(
            key=candidate.key,
            client=self._world.names[occasion.client],
            due=occasion.due,
            channel=candidate.channel,
            to=candidate.to,
            subject=written.subject,
            text=self._spelt(written.text, candidate.channel),
            html=written.html,
            purpose=campaign.purpose,
            row=self._rows[occasion.client],
            also=tuple(one.key for one in going.also),
            contact_time=self.wishes[occasion.client],
            language=code,
            goes=going.day,
            waits=going.waits,
            until=going.until,
        )

    @cached_property
    def _rows(self) -> list[Any]:
        return list(self._world.clients.table.rows.tolist())

    @cached_property
    def wishes(self) -> list[str]:
        """When each client likes to be written to, in the words of her cell."""
        return [str(wish) for wish in self._world.clients.texts("contact_time").objects("").tolist()]

    def _spelt(self, text: str, channel: str) -> str:
        return plain_sms(text) if channel == "sms" and self._people.settings.sms_plain else text

    def _header(self, name: str) -> str:
        bare = name.removeprefix("visit.").removeprefix("settings.")
        return self._world.clients.table.headers.get(bare) or self.words.header(bare)

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _note_empty(self, name: str, occasion: Occasion) -> None:
        """Note an empty cell of hers that a text needs, or once a column that is not there at all."""
        table = self._world.clients.table
        spec = CLIENTS.field(name)
        typed = name in table.own or (spec is not None and not spec.derived)
        if typed and name in table:
            where = (name, occasion.client)
            if where not in self._missing:
                self._missing.add(where)
                self.problems.append(Problem("missing-required", "Clients", table.rows[occasion.client], name))
        elif typed:
            self._note(Problem("missing-field", "Clients", None, name))
