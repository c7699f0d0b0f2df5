"""The HTML part of an e-mail: the text's paragraphs in the layout `templates/email.html`.

Parsing CSS and HTML for each message is slow, so the layout is filled with marks and its styles are put inline once
per shape of a text; a message then only joins the pieces. What is put in is escaped here, and never read again.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from jinja2 import TemplateError as JinjaError

from sheetcrm.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# RFC 3986 in practice: up to a blank, quote or bracket, and not the full stop that ends the sentence. No other
# scheme becomes a link.
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'«»„“”]+[^\s<>\"'«»„“”.,;:!?)\]}…]", re.IGNORECASE)
_INVITATION = re.compile(rf"([^\n:]{{2,60}}): ?((?=http){_LINK.pattern})", re.IGNORECASE)
_MARK = re.compile(r"zqmark(\w+?)zq")
_CONSTANTS = ("language", "signature", "business", "business_phone", "business_address", "booking_url", "logo")
_KEPT = 'data-css-inline="keep"'  # css-inline leaves such a <style> where it is
_SALUTATION_LENGTH = 60
_PREHEADER_LENGTH = 110  # what a wide inbox shows beside a short subject


def linked(text: str) -> str:
    """Return a text as HTML: escaped, addresses of pages and mailboxes as links, line breaks kept."""
    if ":" not in text:  # most paragraphs
        return escape(text).replace("\n", "<br>\n")
    parts, at = [], 0
    for match in _LINK.finditer(text):
        url = escape(match[0])
        parts += [escape(text[at : match.start()]), f'<a href="{url}">{url}</a>']
        at = match.end()
    return "".join([*parts, escape(text[at:])]).replace("\n", "<br>\n")


def invitation(paragraph: str) -> tuple[str, str] | None:
    """Return (label, address) of a paragraph that is just these (`Book a visit: https://…`): it may become a button."""
    match = _INVITATION.fullmatch(paragraph)
    return (match[1].strip(), match[2]) if match and match[1].strip() else None


def preheader(paragraphs: Sequence[str]) -> str:
    """Return what an inbox shows behind the subject: the beginning of the first paragraph after the salutation."""
    first = paragraphs[0]
    greets = len(paragraphs) > 1 and len(first) <= _SALUTATION_LENGTH and "\n" not in first
    following = [" ".join(paragraph.split()) for paragraph in paragraphs[1 if greets else 0 :][:2]]
    text = " ".join(following) if following[0].endswith(":") else following[0]
    if len(text) <= _PREHEADER_LENGTH:
        return text
    return text[:_PREHEADER_LENGTH].rpartition(" ")[0].rstrip(" ,;:–-") + "…"


class _Invitation(str):
    """The mark of a paragraph that a layout may show as a button."""

    __slots__ = ("label", "url")

    label: str
    url: str

    @classmethod
    def numbered(cls, number: int) -> _Invitation:
        made = cls(f"zqmark{number}zq")
        made.label, made.url = f"zqmarklabel{number}zq", f"zqmarkurl{number}zq"
        return made


class Layout:
    """A page around a message.

    Its source may use `subject`, `preheader`, `paragraphs`, `footer`, `language`, `business`, `signature` … A paragraph
    that is no more than a label and an address has `label` and `url`.
    """

    def __init__(self, source: str) -> None:
        self._template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
        self._says_what_stays = _KEPT in source
        self._pieces: dict[tuple[Any, ...], list[str]] = {}

    def page(self, subject: str, text: str, footer: str, context: Mapping[str, Any]) -> str:
        """Return the page for a message; `footer` is its opt-out line, "" without."""
        paragraphs = text.split("\n\n")
        invitations = [invitation(paragraph) for paragraph in paragraphs]
        shape = tuple(found is not None for found in invitations)
        constants = tuple((name, str(context.get(name) or "")) for name in _CONSTANTS)
        key = (shape, bool(footer), constants)
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._pieces[key] = self._prepare(shape, constants, with_footer=bool(footer))
        values = {
            "subject": escape(subject),
            "preheader": escape(preheader(paragraphs)),
            "footer": linked(footer),
            **{str(number): linked(paragraph) for number, paragraph in enumerate(paragraphs)},
        }
        for number, found in enumerate(invitations):
            if found is not None:
                values[f"label{number}"], values[f"url{number}"] = map(escape, found)
        return "".join(piece if i % 2 == 0 else values[piece] for i, piece in enumerate(pieces))

    def _prepare(
        self, shape: Sequence[bool], constants: tuple[tuple[str, str], ...], *, with_footer: bool
    ) -> list[str]:
        """Return the page in pieces: HTML at even places, names of what belongs there at odd ones."""
        from css_inline import CSSInliner  # noqa: PLC0415 - a compiled library, needed for mails only

        context: dict[str, Any] = {
            **{name: value.replace("zqmark", "zq-mark") for name, value in constants},
            "subject": "zqmarksubjectzq",
            "preheader": "zqmarkpreheaderzq",
            "paragraphs": [_Invitation.numbered(i) if invites else f"zqmark{i}zq" for i, invites in enumerate(shape)],
            "footer": "zqmarkfooterzq" if with_footer else "",
        }
        try:
            page = self._template.render(context)
        except JinjaError as error:
            raise TemplateError(f"The layout of e-mails: {error}.", "Take the one that came with sheetcrm.") from error
        # No stylesheet is fetched while a mail is made: one that hangs would hold up the run. Only what cannot stand
        # inline stays in the head: a long <style> is ignored altogether by Gmail.
        inliner = CSSInliner(load_remote_stylesheets=False, keep_at_rules=not self._says_what_stays)
        return _MARK.split(inliner.inline(page).replace(f" {_KEPT}", ""))
