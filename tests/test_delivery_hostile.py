"""Names, subjects, texts of strangers: whatever stands in a cell, a mail has our headers, one recipient, no mark-up of theirs."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from our_mails import HEADERS, received

import sheetcrm as crm
from sheetcrm import resources
from sheetcrm.crm.html_part import Layout
from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build
from sheetcrm.testing import make_workbook

ALL = bool(os.environ.get("SHEETCRM_ALL_SWEEPS"))
COUNT = 20_000 if ALL else 300
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
SALON = Envelope("salon@example.com", "Salon „Ania”", workbook_id="w1")
ANNA = Message(Key("birthday", "C1", "2026"), "Anna Kowalska", DAY, "email", "anna@example.com", "Sto lat!", "Cześć,\n")
LAYOUT = Layout(resources.layout())

NASTY = [
    "=?UTF-8?Q?=0ABcc=3A_e=40x?=",
    "a\nBcc: e@example.com",
    "\r\n\r\n<script>alert(1)</script>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' style='x",
    "</td></tr></table>",
    "<!-- -->",
    "<![CDATA[x]]>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    'http://example.com/"onclick=x',
    "https://example.com/<b>",
    "Book: https://example.com/?a=1&b=2",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "zqmark0zq",
    "zqmarkfooterzq",
    "zqmarkurl0zq",
    "nan",
    "None",
    "\x00\x0b\u2028\ud800",
    "\u202eevil",
    '"<x@example.com>"',
    ", x@example.com",
    "Anna <evil@example.com>",
    "x" * 1000,
    "ж" * 300,
    "=" * 80,
    ".\r\n.\r\n",
    "\n\n\n",
]
PIECE = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text("<>&\"'=?\r\n:@.,;()\\ aż", max_size=40))
ANY = st.lists(PIECE, max_size=4).map("".join)


class Seen(HTMLParser):
    """What a mail program makes of a page: its elements in order, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def mail_of(message: Message) -> EmailMessage:
    return received(build(message, SALON, NOW).content)


def page_of(subject: str, text: str) -> str:
    return LAYOUT.page(subject, text, "STOP", {"language": "en", "business": "Salon"})


@given(subject=ANY, name=ANY, text=ANY)
@settings(max_examples=COUNT, deadline=None)
@pytest.mark.slow
def test_whatever_stands_in_a_cell_a_mail_has_our_headers_one_recipient_and_no_mark_up_of_theirs(
    subject: str, name: str, text: str
) -> None:
    page = page_of(subject, text)
    mail = mail_of(replace(ANNA, subject=subject, client=name, text=text, html=page))
    assert sorted(key.lower() for key in mail) == HEADERS
    assert [a.addr_spec for a in mail["To"].addresses] == ["anna@example.com"]
    assert [a.addr_spec for a in mail["From"].addresses] == ["salon@example.com"]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    seen, usual = Seen(page), Seen(page_of("x", "\n\n".join("y" for _ in text.split("\n\n"))))
    free = {"a", "br", "p", "td", "tr", "table", "tbody"}  # a link, a line end, a button for an invitation
    assert {tag: n for tag, n in seen.tags.items() if tag not in free} == {
        tag: n for tag, n in usual.tags.items() if tag not in free
    }
    assert seen.attributes <= usual.attributes | {"href"}
    assert {urlsplit(link).scheme.lower() for link in seen.links} <= {"http", "https", "mailto"}


@pytest.mark.parametrize("nasty", NASTY)
def test_each_of_the_worst_is_shown_as_the_words_that_it_is(nasty: str) -> None:
    words = "".join(c for c in nasty if c.isprintable() or c == " ")
    shown = "".join(Seen(page_of("x", f"Dear {nasty}, hello")).texts)
    assert "".join(words.split()) in "".join("".join(c for c in shown if c.isprintable() or c == " ").split())


@pytest.mark.slow
def test_a_list_of_hostile_names_makes_whole_mails_and_never_says_nan_or_none(tmp_path: Path) -> None:
    generator = random.Random(20261122)  # noqa: S311 - the same rows each time
    pieces = [re.sub(r"[\x00-\x1f\ud800\u2028|]", " ", one) for one in NASTY if one not in ("nan", "None")]
    pieces += ["Anna", "Żaneta", "Олена", "Ёлкина", "Niccolò", "'", '"', "  ", "-", "د", "李", "😀"]
    count = 20_000 if ALL else 300
    rows = []
    for number in range(count):
        name = " ".join(generator.choices(pieces, k=generator.randint(1, 3)))[:200].strip() or "x"
        language = generator.choice(["", "en", "pl", "uk", "ru", "it", "es"])
        quoted = '"' + name.replace('"', '""') + '"'
        rows.append(f"C{number} | {quoted} | c{number}@example.com | 1990-11-22 | yes | {language}")
    head = "Client ID | Name | Email | Birthday | Email consent | Language"
    book = make_workbook(
        tmp_path / "salon.xlsx",
        "\n".join([head, *rows]),
        campaigns="Campaign | Active | Trigger\nB | yes | birthday",
        settings="Setting | Value\nbusiness | Malva\nsender | malva@example.com\nlanguage | en",
    )
    plan = crm.plan(crm.open_workbook(book), on=DAY)
    unfit = 0
    for message in plan.message_list:
        assert not re.search(r"\b(nan|None|NaT)\b", message.text.replace(message.client, ""))
        try:
            mail = mail_of(message)
        except UnfitMessage:
            unfit += 1
            continue
        assert sorted(key.lower() for key in mail) == HEADERS
        assert [a.addr_spec for a in mail["To"].addresses] == [message.to]
        assert "script" not in Seen(message.html).tags
    assert (unfit, len(plan.message_list) > count * 0.9) == (0, True)
