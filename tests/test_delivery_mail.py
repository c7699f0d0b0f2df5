"""From a message to an e-mail: exactly our headers, one recipient, every word as it was."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from our_mails import HEADERS as MULTIPART
from our_mails import received

from sheetcrm.crm.values import Key, Message
from sheetcrm.delivery.mail import Envelope, UnfitMessage, build, mailbox, one_line
from sheetcrm.errors import UsageError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALON = Envelope("salon@example.com", "Salon „Ania”", workbook_id="w1")
DUE = date(2026, 11, 22)
ANNA = Message(Key("birthday", "C1", "2026"), "Anna Kowalska", DUE, "email", "anna@example.com", "Sto lat!", "Cześć,\n")
HEADERS = sorted([*MULTIPART, "content-transfer-encoding"])  # one of text alone says how that is written


def decoded(header: str) -> str:
    """Decode a header as RFC 2047 says, by the older, exact code of the library."""
    return str(make_header(decode_header(header.replace("\r\n", "").replace("\n", ""))))


KNOWN_STRINGS = [
    "=?UTF-8?Q?=0ABcc=3A_e=40x?=",  # CVE-2024-6923
    "a\nBcc: e@example.com",
    "a\r\n\r\nbody",
    "\x0bfoo",
    "a\x00b",
    "\u2028Bcc: x",
    "\ud800",
    '"<x@example.com>"',
    "Anna <evil@example.com>",
    ", x@example.com",
    "=" * 3 + "?" * 3,
    "x" * 300,
    "ж" * 300,
    "(a\\",
    'a "b" c',
    "=?utf-8?b?" + "A" * 40,
    " ",
]
_ANY = st.one_of(st.text(max_size=120), st.sampled_from(KNOWN_STRINGS))


@given(subject=_ANY, name=_ANY, text=_ANY)
@settings(max_examples=300, deadline=None)
def test_no_cell_can_add_a_header_or_a_recipient(subject: str, name: str, text: str) -> None:
    mail = build(replace(ANNA, subject=subject, client=name, text=text), SALON, NOW)
    back = received(mail.content)
    assert sorted(key.lower() for key in back) == HEADERS
    assert [a.addr_spec for a in back["To"].addresses] == ["anna@example.com"]
    raw = email.message_from_bytes(mail.content)
    assert decoded(raw["Subject"]) == one_line(subject)
    head, _, _ = mail.content.partition(b"\r\n\r\n")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, head.split(b"\r\n"))) < 998


@pytest.mark.parametrize("text", KNOWN_STRINGS)
def test_strings_that_broke_others_do_not_break_us(text: str) -> None:
    back = received(build(replace(ANNA, subject=text, client=text, text=text), SALON, NOW).content)
    assert sorted(key.lower() for key in back) == HEADERS


_WORDS = st.sampled_from(
    [
        "С",
        "днём",
        "рождения",
        "Ольга",
        "Петрівно",
        "вітаємо",
        "Zażółć",
        "gęślą",
        "Anna",
        "Hello",
        "salon!",
        "20%",
        "—",
        "10:30,",
        "Łódź,",
        "Ёлка",
    ]
)


@given(subject=st.lists(_WORDS, min_size=1, max_size=20).map(" ".join), name=st.lists(_WORDS, max_size=6).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_no_blank_gets_lost_where_a_header_is_folded(subject: str, name: str) -> None:
    raw = email.message_from_bytes(build(replace(ANNA, subject=subject, client=name), SALON, NOW).content)
    assert decoded(raw["Subject"]) == subject
    shown, address = parseaddr(raw["To"].replace("\r\n", ""))
    assert (decoded(shown), address) == (name[:60].strip(), "anna@example.com")


def test_a_mail_says_who_when_and_to_whom() -> None:
    back = received(build(replace(ANNA, html="<p>Cześć</p>"), replace(SALON, reply_to="anna@example.org"), NOW).content)
    assert str(back["From"]) == "Salon „Ania” <salon@example.com>"
    assert str(back["To"]) == "Anna Kowalska <anna@example.com>"
    assert (str(back["Reply-To"]), back["Auto-Submitted"]) == ("anna@example.org", "auto-generated")
    assert back["Date"].datetime == NOW
    assert [part.get_content_type() for part in back.iter_parts()] == ["text/plain", "text/html"]
    assert back["List-Unsubscribe"] == "<mailto:anna@example.org?subject=unsubscribe>"


def test_the_id_of_a_mail_is_made_from_its_key_and_the_workbook() -> None:
    def id_of(message: Message, envelope: Envelope = SALON) -> str:
        return str(received(build(message, envelope, NOW).content)["Message-ID"])

    later = replace(ANNA, due=date(2026, 12, 1), text="other", to="other@example.com")
    assert id_of(ANNA) == id_of(later)
    assert id_of(ANNA) != id_of(replace(ANNA, key=ANNA.key._replace(occasion="2027")))
    assert id_of(ANNA) != id_of(ANNA, replace(SALON, workbook_id="w2"))
    assert id_of(ANNA).endswith("@example.com>")


@pytest.mark.parametrize(
    ("setting", "way"),
    [
        ("https://example.com/u", "<https://example.com/u?key=KEY>, <mailto:salon@example.com?subject=unsubscribe>"),
        (
            "https://example.com/u?a=1",
            "<https://example.com/u?a=1&key=KEY>, <mailto:salon@example.com?subject=unsubscribe>",
        ),
        ("https://example.com/{key}", "<https://example.com/KEY>, <mailto:salon@example.com?subject=unsubscribe>"),
        ("stop@example.com", "<mailto:stop@example.com?subject=unsubscribe>"),
        ("mailto:stop@example.com", "<mailto:stop@example.com?subject=unsubscribe>"),
        ("http://example.com/u", "<mailto:salon@example.com?subject=unsubscribe>"),
        ("https://example.com/>\nBcc: x", "<mailto:salon@example.com?subject=unsubscribe>"),
    ],
)
def test_every_mail_can_be_unsubscribed_from(setting: str, way: str) -> None:
    back = received(build(ANNA, replace(SALON, unsubscribe=setting), NOW).content)
    assert back["List-Unsubscribe"] == way.replace("KEY", ANNA.key.short)
    assert (back["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") == way.startswith("<https")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@żółw.example.com", "anna@xn--w-uga1v8h.example.com"),
        (" Anna@Example.com ", "Anna@Example.com"),
        ("Anna K <anna@example.com>", "anna@example.com"),
    ],
)
def test_an_address_is_put_as_mail_servers_want_it(address: str, expected: str) -> None:
    assert mailbox(address).addr_spec == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "żółw@example.com",
        "a@b@example.com",
        "anna@example.com, b@example.com",
        "anna@exam ple.com",
        "anna@example..com",
        "anna@\u2028example.com",
        "=?utf-8?q?a?=@example.com",
        "a\n@example.com",
    ],
)
def test_what_is_no_address_is_refused_for_that_message(address: str) -> None:
    with pytest.raises(UnfitMessage):
        build(replace(ANNA, to=address), SALON, NOW)


@pytest.mark.parametrize("sender", ["", "Salon", "Salon <>"])
def test_without_a_sender_nothing_is_built(sender: str) -> None:
    with pytest.raises(UsageError, match="The setting sender is"):
        Envelope(sender)


def test_a_body_keeps_its_lines_and_loses_what_no_mail_may_hold() -> None:
    text = "Dear Anna,\r\n.\r\n..dots\n\x00\x1b[31mred\ud800\tend\n" + "long " * 400
    part = received(build(replace(ANNA, text=text), SALON, NOW).content).get_content()
    assert part.replace("\r\n", "\n").rstrip() == ("Dear Anna,\n.\n..dots\n[31mred\tend\n" + "long " * 400).rstrip()


@pytest.mark.parametrize("text", KNOWN_STRINGS)
def test_what_would_slip_through_the_guard_is_found_when_the_mail_is_read_back(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcrm.delivery.mail.one_line", lambda given: given)
    try:
        back = received(build(replace(ANNA, subject=text, client=text), SALON, NOW).content)
    except (UnfitMessage, ValueError):  # the library itself refuses a line end in a name
        return
    assert sorted(key.lower() for key in back) == HEADERS
    assert [a.addr_spec for a in back["To"].addresses] == ["anna@example.com"]
