"""The dialogue of `adopt`: it asks what the workbook does not tell, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from sheetcrm.cli import output
from sheetcrm.cli.speaking import typed, words_here
from sheetcrm.crm.fields import TABLES
from sheetcrm.crm.places import COUNTRY_OF_LANGUAGE, country_named
from sheetcrm.errors import TablesNotFound, UsageError
from sheetcrm.languages import Language, choices_named, fields_named, language
from sheetcrm.languages.adopting import say
from sheetcrm.languages.folding import fold
from sheetcrm.running.adopting import Outlook, Pages, examine, pages
from sheetcrm.workbook.candidates import Candidate
from sheetcrm.workbook.choosing import Wishes
from sheetcrm.workbook.surveying import Unclear

_TRIES = 5
_SHOWN = 3  # examples of what a column holds
_MOST_COLUMNS = 6
_ASKED = ("no-list", "several-lists", "several-journals", "no-names", "no-header-row")
_MOST_HEADERS = 30


def talks() -> bool:
    """Tell whether somebody sits before it."""
    return sys.stdin.isatty()


def complete(book: Path, wishes: Wishes, tell: Callable[[Outlook], None], *, dry_run: bool = False) -> Wishes | None:
    """Ask what is unclear until the owner agrees; None where she does not."""
    outlook, wishes = _found(book, wishes)
    words = outlook.words
    if not outlook.adoption.changed:
        return wishes
    unclear = {one.header: one for one in outlook.found.unclear}
    unclear = {header: Unclear(header, "unreached", (known,)) for header, known in outlook.found.unreached} | unclear
    for one in unclear.values():
        wishes = _about(one, outlook, wishes)
    if not outlook.country_known:
        wishes = replace(wishes, country=_ask_country(words, outlook.country))
    outlook = examine(book, wishes)
    tell(outlook)
    while header := _asked(say(words.code, "ask_more"), partial(_header, outlook=outlook), empty=True):
        wishes = _named(header, outlook, wishes)
        outlook = examine(book, wishes)
        tell(outlook)
    if dry_run:
        return wishes
    yes, no = words.choice("yes"), words.choice("no")
    question = say(words.code, "ask_go", book=typed(book), yes=yes, no=no)
    answer = _asked(f"{question} [{yes}]", lambda text: _yes_or_no(text, words), empty=True)
    if answer == "no":
        output.say(say(words.code, "left"))
        return None
    return wishes


def _found(book: Path, wishes: Wishes) -> tuple[Outlook, Wishes]:
    """Look at the workbook; where no list is recognised, or several are, ask where it stands and what it holds."""
    try:
        return examine(book, wishes), wishes
    except TablesNotFound as error:
        if error.text not in _ASKED:
            raise
        looked = pages(book, wishes)
        words = language(wishes.language or looked.language) if wishes.language or looked.language else words_here()
        wishes = replace(wishes, language=wishes.language or words.code)
        several = [c for c in looked.candidates if c.rows]
        sheets = {c.sheet: _described_sheet(c, words) for c in several}
        if error.text not in ("several-lists", "several-journals"):
            sheets = {top.title: sheets.get(top.title, top.title) for top in looked.tops if top.rows}
        if not sheets:
            raise
        if not wishes.sheet:
            chosen = _ask_sheets(sheets, {c.sheet for c in several if c.journal}, words)
            one, more = (chosen[0], ()) if len(chosen) == 1 else ("", chosen)
            wishes = replace(wishes, sheet=one, sheets=more)
    try:
        return examine(book, wishes), wishes
    except TablesNotFound:
        wishes = _described(looked, wishes, words)
    return examine(book, wishes), wishes


def _described(looked: Pages, wishes: Wishes, words: Language) -> Wishes:
    """Ask for the row of headers, and for each header what it holds."""
    rows = looked.header_rows(wishes.sheet)
    shown = str(wishes.header_row or (rows[0] if rows else 1))
    row = wishes.header_row or int(_asked(f"{say(words.code, 'ask_row')} [{shown}]", _number, empty=True) or shown)
    columns = dict(wishes.columns)
    for header, examples in looked.headers(wishes.sheet, row).items():
        if header not in columns and not _known(header, wishes.kind or "Clients"):
            question = say(words.code, "ask_header", header=header, example=", ".join(examples[:_SHOWN]))
            output.say(question)
            field = _ask_field(words, wishes.kind or "Clients")
            if field:
                columns[header] = field
    return replace(wishes, header_row=row, columns=columns)


def _known(header: str, table: str) -> bool:
    return any(name in TABLES[table].names for name in fields_named(header))


def _described_sheet(candidate: Candidate, words: Language) -> str:
    """Return a sheet's title with how many rows it has, and under which headers."""
    shown = list(candidate.headers[:_MOST_COLUMNS])
    shown += ["…"] if len(candidate.headers) > len(shown) else []
    return say(words.code, "candidate", sheet=candidate.sheet, count=candidate.rows, headers=", ".join(shown))


def _ask_sheets(sheets: Mapping[str, str], journals: Collection[str], words: Language) -> tuple[str, ...]:
    """Ask on which sheet the list is; several may be named where each is a journal of visits."""
    titles = list(sheets)
    if len(titles) == 1:
        return (titles[0],)
    for number, title in enumerate(titles, 1):
        output.say(f"  {number}  {sheets[title]}")
    together = len(journals) > 1

    def numbers(text: str) -> str | None:
        parts = [part.strip() for part in text.split(",")] if together else [text]
        if not all(_within(part, len(titles)) for part in parts):
            return None
        alike = len(parts) == 1 or all(titles[int(part) - 1] in journals for part in parts)
        return ",".join(dict.fromkeys(parts)) if alike else None

    question = say(words.code, "ask_sheet")
    if together:
        question = f"{question} ({say(words.code, 'several_answer')})"
    return tuple(titles[int(part) - 1] for part in _asked(question, numbers).split(","))


def _about(one: Unclear, outlook: Outlook, wishes: Wishes) -> Wishes:
    """Ask about one header that must not be guessed."""
    words = outlook.words
    example = ", ".join(outlook.examples(one.header)[:_SHOWN])
    kind = "ask_consent" if one.kind == "consent" else "ask_header"
    output.say(say(words.code, kind, header=one.header, example=example))
    for number, field in enumerate(one.fields, 1):
        output.say(f"  {number} = {words.header(field)}")
    output.say("  " + say(words.code, "ask_leave"))
    answer = _asked("[0]", lambda text: text if _within(text, len(one.fields), least=0) else None, empty=True)
    field = one.fields[int(answer) - 1] if answer and answer != "0" else ""
    return replace(wishes, columns={**wishes.columns, one.header: field})


def _named(header: str, outlook: Outlook, wishes: Wishes) -> Wishes:
    """Ask what a column holds that she has named."""
    field = _ask_field(outlook.words, outlook.found.kind)
    return replace(wishes, columns={**wishes.columns, header: field})


def _ask_field(words: Language, table: str) -> str:
    names = TABLES[table].names
    some = (
        ("name", "phone", "email", "birthday", "notes")
        if table == "Clients"
        else ("date", "client", "service", "amount")
    )
    examples = ", ".join(words.header(name) for name in some)

    def field(text: str) -> str | None:
        if text == "0":
            return text
        found = [name for name in (text, *fields_named(text)) if name in names]
        if not found:
            output.say(words.say("bad_answer", choices=", ".join(words.header(name) for name in names)))
        return found[0] if found else None

    answer = _asked(say(words.code, "ask_field", examples=examples), field, empty=True)
    return "" if answer in ("", "0") else answer


def _ask_country(words: Language, country: str) -> str:
    known = country or COUNTRY_OF_LANGUAGE.get(words.code, "")

    def named(text: str) -> str | None:
        found = country_named(text)
        if found is None:
            output.say(words.say("bad_answer", choices="PL, UA, IT, ES, GB, US …"))
        return found

    question = words.say("ask_country") + (f" [{known}]" if known else "")
    return _asked(question, named, empty=bool(known)) or known


def _header(text: str, outlook: Outlook) -> str | None:
    headers = [*outlook.found.mapping, *outlook.found.unknown]
    found = next((header for header in headers if fold(header) == fold(text)), None)
    if found is None:
        output.say(say(outlook.words.code, "no_header", headers=", ".join(headers[:_MOST_HEADERS])))
    return found


def _yes_or_no(text: str, words: Language) -> str | None:
    found = next((word for word in choices_named(text) if word in ("yes", "no")), None)
    if found is None:
        output.say(words.say("bad_answer", choices=f"{words.choice('yes')}, {words.choice('no')}"))
    return found


def _number(text: str) -> str | None:
    return text if _within(text, 1_048_576) else None


def _within(text: str, most: int, *, least: int = 1) -> bool:
    return text.isascii() and text.isdecimal() and least <= int(text) <= most


def _asked(question: str, check: Callable[[str], str | None], *, empty: bool = False) -> str:
    """Ask until the answer is one; `empty`: none will do, too. Raises UsageError where there never is one."""
    for _ in range(_TRIES):
        text = input(f"{question}: ").strip()
        if not text and empty:
            return ""
        kept = check(text) if text else None
        if kept is not None:
            return kept
    raise UsageError(
        f"{question}: there was no answer.",
        "Run adopt again, or give it as an option.",
        text="no-answer",
        params={"question": question, "command": "adopt"},
    )
