"""A message in the owner's own words: those that she typed into its row of Outbox, in the layout of all mails."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sheetcrm.crm.context import business_values, footer
from sheetcrm.crm.html_part import Layout

if TYPE_CHECKING:
    from sheetcrm.crm.settings import Settings
    from sheetcrm.crm.values import Message


@dataclass(frozen=True)
class Rewording:
    """Makes messages anew of her words. `layout` is the page of e-mails, "" for none."""

    layout: str
    settings: Settings

    def __call__(self, message: Message, subject: str, text: str) -> Message:
        """Return the message with this subject and text, its page made of them.

        The line that says how to get no more of these mails stands at the end of every marketing mail, also where she took it out.
        Raises TemplateError for a layout that cannot be understood.
        """
        if message.channel != "email":
            return replace(message, text=text)
        code = message.language or self.settings.language
        line = footer(self.settings, code) if message.purpose == "marketing" else ""
        body = text.removesuffix(line).rstrip()
        if not body:
            return replace(message, subject=subject)
        return replace(
            message,
            subject=subject,
            text=f"{body}\n\n{line}" if line else body,
            html=self._page(subject, body, line, code) if message.html else "",
        )

    def _page(self, subject: str, body: str, line: str, code: str) -> str:
        values = {**business_values(self.settings, code), "language": code}
        return self._layout.page(subject, re.sub(r"\n{3,}", "\n\n", body), line, values)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.layout)
