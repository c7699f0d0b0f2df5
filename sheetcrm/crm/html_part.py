"""The HTML part of an e-mail: the text's paragraphs in the layout `templates/email.html`.

Parsing CSS and HTML for each message is slow, so the layout is filled with marks and its styles are put inline once
per number of paragraphs; a message then only joins the pieces. What is put in is escaped here, and never read again.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from jinja2 import TemplateError as JinjaError

from sheetcrm.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# RFC 3986 in practice: up to a blank, quote or bracket, and not the full stop that ends the sentence. No other
# scheme becomes a link.
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'«»„“”]+[^\s<>\"'«»„“”.,;:!?)\]}…]", re.IGNORECASE)
_MARK = re.compile(r"zqmark(\w+?)zq")
_CONSTANTS = ("language", "signature", "business", "business_phone", "business_address", "booking_url", "logo")


def linked(text: str) -> str:
    """Return a text as HTML: escaped, addresses of pages and mailboxes as links, line breaks kept."""
    parts, at = [], 0
    for match in _LINK.finditer(text):
        url = escape(match[0])
        parts += [escape(text[at : match.start()]), f'<a href="{url}">{url}</a>']
        at = match.end()
    return "".join([*parts, escape(text[at:])]).replace("\n", "<br>\n")


class Layout:
    """A page around a message.

    Its source may use `subject`, `paragraphs`, `footer`, `language`, `business`, `signature` …
    """

    def __init__(self, source: str) -> None:
        self._template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
        self._pieces: dict[tuple[Any, ...], list[str]] = {}

    def page(self, subject: str, text: str, footer: str, context: Mapping[str, Any]) -> str:
        """Return the page for a message; `footer` is its opt-out line, "" without."""
        paragraphs = text.split("\n\n")
        constants = tuple((name, str(context.get(name) or "")) for name in _CONSTANTS)
        key = (len(paragraphs), bool(footer), constants)
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._pieces[key] = self._prepare(len(paragraphs), constants, with_footer=bool(footer))
        values: dict[str, Callable[[], str]] = {"subject": lambda: escape(subject), "footer": lambda: linked(footer)}
        return "".join(
            piece if i % 2 == 0 else values[piece]() if piece in values else linked(paragraphs[int(piece)])
            for i, piece in enumerate(pieces)
        )

    def _prepare(self, count: int, constants: tuple[tuple[str, str], ...], *, with_footer: bool) -> list[str]:
        """Return the page in pieces: HTML at even places, names of what belongs there at odd ones."""
        from css_inline import CSSInliner  # noqa: PLC0415 - a compiled library, needed for mails only

        context: dict[str, Any] = {
            **{name: _MARK.sub("", value) for name, value in constants},
            "subject": "zqmarksubjectzq",
            "paragraphs": [f"zqmark{i}zq" for i in range(count)],
            "footer": "zqmarkfooterzq" if with_footer else "",
        }
        try:
            page = self._template.render(context)
        except JinjaError as error:
            raise TemplateError(f"The layout of e-mails: {error}.", "Take the one that came with sheetcrm.") from error
        # no stylesheet is fetched while a mail is made (RELIABILITY P5); rules that cannot stand inline stay in the
        # head
        inlined = CSSInliner(load_remote_stylesheets=False, keep_style_tags=True).inline(page)
        return _MARK.split(inlined)
