"""Message texts: the owner's, or ours from `templates/`; filled in for one person, as plain text and as a page.

A text is in the same language as rules (`expressions`), with `{{ … }}`, `{% if %}`, `{% for %}` over lists and `{%
set %}`. Values are data: they are never read as a template. Printing an empty value is an error that holds that one
message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sheetcrm.crm import grammar
from sheetcrm.crm.comparing import Empty, EmptyValue, Value
from sheetcrm.crm.expressions import value_of
from sheetcrm.crm.html_part import Layout
from sheetcrm.crm.tables import Cleaned, is_empty
from sheetcrm.crm.templating import compiled, fill
from sheetcrm.crm.values import Problem
from sheetcrm.errors import TemplateError
from sheetcrm.languages import DEFAULT, choices_named
from sheetcrm.languages.folding import fold

__all__ = ["EmptyValue", "Template", "TextLibrary", "Written", "render"]

_MAX_NESTING = 4
_SUBJECT = re.compile(r"\s*Subject:[ \t]*(.*?)[ \t]*\r?\n\s*\n", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INSTEAD = {"whatsapp": ("whatsapp", "sms"), "sms": ("sms",), "email": ("email",), "call": ("call",)}


def render(template: str, context: Mapping[str, Any]) -> str:
    """Fill in a template with text, numbers, dates, lists and mappings of these; None, NaN, NaT and "" are empty.

    The context's `language` (else English) decides how dates and numbers are written, `on` what `days(x)` counts to.
    Raises `TemplateError` for what cannot be understood and for unknown names, and its subclass `EmptyValue` where an
    empty value would be printed. Values are never read as templates.
    """
    return fill(template, {str(name): plain_value(value, str(name)) for name, value in context.items()})


def plain_value(value: Any, name: str, depth: int = 0) -> Value:
    """Return a value as templates see it: text, number, date, bool, tuple, mapping, or `Empty` with its name."""
    if isinstance(value, bool) or (type(value) is str and value.strip()):
        return value
    if isinstance(value, Mapping) and depth < _MAX_NESTING:
        return {str(k): plain_value(v, f"{name}.{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _MAX_NESTING:
        parts = [plain_value(v, name, depth + 1) for v in value]
        return tuple(v for v in parts if v.__class__ is not Empty) or Empty(name)
    cell = value_of(value)
    return Empty(name) if is_empty(cell) else cell


@dataclass(frozen=True)
class Template:
    """A message text in one language. `source` says where it stands: a file, or a row of Texts (`row`)."""

    name: str
    language: str
    channel: str
    subject: str
    body: str
    source: str
    row: Any = None

    @cached_property
    def names(self) -> frozenset[str]:
        """What the text takes from its context. Raises `TemplateError` where it cannot be understood."""
        return compiled(self.subject).names | compiled(self.body).names


@dataclass(frozen=True)
class Written:
    """A message's words: the subject in one line ("" but for e-mail), plain text, and a page ("" but for e-mail)."""

    subject: str
    text: str
    html: str


def from_file(name: str, code: str, channel: str, content: str) -> Template:
    """Read a template file; one for e-mail begins with `Subject: …` and an empty line."""
    content = content.removeprefix("\ufeff")
    match = _SUBJECT.match(content) if channel == "email" else None
    subject = match[1] if match else ""
    body = content[match.end() :] if match else content
    return Template(name, code, channel, subject, body, f"templates/{code}/{name}.{channel}.txt")


@dataclass
class TextLibrary:
    """All texts. A row of Texts beats a file, a client's language beats the workbook's, that beats English.

    `files` maps (language, template, channel) to the content of a file, `layout` is the page for e-mails ("": no HTML
    part). In Texts an empty language or channel stands for any.
    """

    files: Mapping[tuple[str, str, str], str]
    table: Cleaned | None = None
    layout: str = ""
    _rows: dict[tuple[str, str, str], Template] = field(default_factory=dict, repr=False)
    _found: dict[tuple[str, str, tuple[str, ...]], Template | None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for template in _table_rows(self.table):
            self._rows.setdefault((template.language, fold(template.name), template.channel), template)
        self._layout = Layout(self.layout) if self.layout else None

    def find(self, name: str, channel: str, languages: Collection[str]) -> Template | None:
        """Return the text of that name for a channel, in the first of these languages that has one (then English)."""
        key = (name, channel, tuple(languages))
        if key not in self._found:
            self._found[key] = self._look_up(*key)
        return self._found[key]

    def _look_up(self, name: str, channel: str, languages: tuple[str, ...]) -> Template | None:
        names = (name, *(c for c in choices_named(name) if c != name))  # `urodziny` is the text `birthday`
        for code in dict.fromkeys((*languages, DEFAULT)):
            for wanted in names:
                for way in _INSTEAD.get(channel, (channel,)):
                    rows = ((code, way), (code, ""), ("", way), ("", ""))
                    row = next(
                        (self._rows[k] for lang, c in rows if (k := (lang, fold(wanted), c)) in self._rows), None
                    )
                    if row is not None:
                        return row
                    content = self.files.get((code, wanted.strip().casefold(), way))
                    if content is not None:
                        return from_file(wanted.strip().casefold(), code, way, content)
        return None

    def write(self, template: Template, context: Mapping[str, Any], *, channel: str, footer: str = "") -> Written:
        """Fill in a text for one person; `context` as `context.Person` makes it, `footer` is the opt-out line.

        Raises `EmptyValue` for a value this person lacks, `TemplateError` for a text that cannot be understood.
        """
        text = _tidy(fill(template.body, context))
        if not text:
            raise TemplateError("The text is empty.", "Write something.", name=template.source)
        if channel != "email":
            return Written("", text, "")
        subject = " ".join(_tidy(fill(template.subject, context)).split())
        if not subject:
            raise TemplateError("The subject is empty.", "An e-mail needs one.", name=template.source)
        html = self._layout.page(subject, text, footer, context) if self._layout else ""
        return Written(subject, f"{text}\n\n{footer}" if footer else text, html)

    def problems(self, template: Template, known: Collection[str]) -> list[Problem]:
        """Tell what is wrong with a text that is in use: syntax, and names that nothing has."""
        found = []
        for part, source in (("subject", template.subject), ("body", template.body)):
            try:
                unknown = sorted(compiled(source).names - set(known))
            except TemplateError as error:
                line = "" if error.line is None else str(error.line)
                params = {"template": template.source, "line": line, "detail": error.message, "hint": error.hint}
                found.append(Problem("template-error", "Texts", template.row, part, error.message, params))
                continue
            for name in unknown:
                params = {"template": template.source, "suggestion": grammar.suggestion(name, known)}
                found.append(Problem("unknown-field", "Texts", template.row, part, name, params))
        return found


def _table_rows(table: Cleaned | None) -> Iterator[Template]:
    if table is None:
        return
    columns = [table.texts(name).cells() for name in ("template", "language", "channel", "subject", "body")]
    for row, name, code, channel, subject, body in zip(table.table.rows.tolist(), *columns, strict=True):
        if name and body:
            way = "" if channel in (None, "auto") else str(channel)
            yield Template(
                str(name).strip(), str(code or ""), way, str(subject or ""), str(body), f"Texts, {name}", row
            )


def _tidy(text: str) -> str:
    """Leave out what no mail can carry, blanks at the ends of lines, more than one empty line."""
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if not all(map(str.isprintable, lines)):  # a no-break space is not, and stays
        lines = _UNPRINTABLE.sub("", text).split("\n")
    text = "\n".join(map(str.rstrip, lines))
    return (re.sub(r"\n{3,}", "\n\n", text) if "\n\n\n" in text else text).strip()
