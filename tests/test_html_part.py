"""The HTML part of an e-mail: small, styled where mail programs look, and no more than its text says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from sheetcrm.crm.html_part import Layout, invitation, preheader

OURS = (ROOT / "templates" / "email.html").read_text("utf-8")
TEXT = (
    "Dear Anna,\n\nbest wishes!\n\nBook a visit: https://example.com/malva?a=1&b=2\n\nKind regards,\nthe team at Malva"
)
MALVA = {"language": "en", "business": "Malva", "business_address": "1 Primrose Lane"}


def page(text: str = TEXT, footer: str = "Just reply STOP.", **context: str) -> str:
    return Layout(OURS).page("Happy birthday", text, footer, {**MALVA, **context})


def parsed(html: str) -> Any:
    return lxml_html.fromstring(html)


def test_what_matters_is_styled_inline_and_the_head_keeps_only_what_cannot_be() -> None:
    tree = parsed(page(logo="https://example.com/logo.png"))
    unstyled = [e.tag for e in tree.find("body").iter("div", "p", "a", "img") if not e.get("style")]
    assert unstyled == []
    [style] = tree.iter("style")
    assert "@media (prefers-color-scheme: dark)" in style.text
    assert "@media (max-width: 480px)" in style.text
    assert "font-family" not in style.text
    assert dict(style.attrib) == {}


def test_a_mail_is_small() -> None:
    assert len(page(logo="https://example.com/logo.png").encode()) < 8000


def test_the_logo_has_the_business_as_its_other_text_and_without_one_the_name_stands_there() -> None:
    [picture] = parsed(page(logo="https://example.com/logo.png")).iter("img")
    assert picture.get("alt") == "Malva"
    assert parsed(page()).xpath("string(//div[@class='brand'])") == "Malva"


def test_outlook_gets_a_table_that_others_do_not_see() -> None:
    html = page()
    assert len(re.findall(r"<!--\[if mso\]><table.*?<!\[endif\]-->", html)) == 1
    assert len(re.findall(r"<!--\[if mso\]></td></tr></table><!\[endif\]-->", html)) == 1
    assert list(parsed(html).iter("table")) == []


def test_a_label_with_an_address_becomes_a_button() -> None:
    [button] = parsed(page()).xpath("//a[@class='button']")
    assert (button.text, button.get("href")) == ("Book a visit", "https://example.com/malva?a=1&b=2")


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Rezerwacja online: https://example.com/malva", ("Rezerwacja online", "https://example.com/malva")),
        ("Записатися: http://example.com/a:b", ("Записатися", "http://example.com/a:b")),
        ("Book: https://example.com or call us", None),
        ("Write to us: mailto:a@example.com", None),
        ("Book: javascript:alert(1)", None),
        ("https://example.com", None),
        ("One\nline: https://example.com", None),
        ("  : https://example.com", None),
    ],
)
def test_only_a_label_and_the_address_of_a_page_are_a_button(paragraph: str, expected: tuple[str, str] | None) -> None:
    assert invitation(paragraph) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Anna,\n\nbest wishes\nto you!\n\nBye", "best wishes to you!"),
        ("We remind you of:\n\nFriday, 15:30\n\nBye", "Friday, 15:30"),
        ("Dear Anna,\n\nyour visit:\n\nFriday, 15:30\n\nBye", "your visit: Friday, 15:30"),
        ("Dear Anna,\n\nyour visit:", "your visit:"),
        ("All the best!", "All the best!"),
        ("Dear Anna,\n\n" + "word, " * 40, ("word, " * 18).strip(", ") + "…"),
    ],
)
def test_an_inbox_shows_the_first_words_after_the_salutation(text: str, expected: str) -> None:
    assert preheader(text.split("\n\n")) == expected
    preview = parsed(page(text)).xpath("string(//div[@class='preview'])")
    assert preview.split("\u034f")[0] == expected


@given(st.text(min_size=1, max_size=60), st.text(max_size=20))
def test_whatever_stands_in_a_text_is_no_markup(value: str, business: str) -> None:
    html = page(f"Dear {value},\n\n{value}: https://example.com/{value}\n\n{value}", business=business)
    tree = parsed(html)
    assert {e.tag for e in tree.find("body").iter() if isinstance(e.tag, str)} <= {"body", "div", "p", "a", "br"}
    assert {a.get("href").split(":")[0] for a in tree.iter("a")} <= {"https", "http", "mailto"}
