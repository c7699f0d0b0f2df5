"""Message texts: strict, sandboxed, in the reader's language, as text and as a page."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from email import message_from_string
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from text_tables import Salon, cleaned

import sheetcrm
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.texts import EmptyValue, Template, TextLibrary, from_file, render
from sheetcrm.errors import TemplateError

ON = date(2026, 11, 27)
EMPTIES = [None, float("nan"), pd.NaT, pd.NA, np.nan, np.datetime64("NaT", "D"), "", "  ", [], ["", None], ()]


@pytest.mark.parametrize("empty", EMPTIES, ids=repr)
def test_printing_an_empty_value_is_an_error_that_names_the_field(empty: Any) -> None:
    for template in ("Dear {{ name }},", "{{ name|date }}", "{{ name|money }}", "{{ name|upper }}", "{{ name + 1 }}"):
        with pytest.raises(EmptyValue) as caught:
            render(template, {"name": empty})
        assert caught.value.field == "name"
    assert render("{% if name %}a{% else %}b{% endif %}{{ name|default('c') }}", {"name": empty}) == "bc"


def test_an_empty_part_of_a_visit_is_named_in_full() -> None:
    with pytest.raises(EmptyValue) as caught:
        render("{{ visit.service }}", {"visit": {"service": None}})
    assert caught.value.field == "visit.service"


def test_an_empty_value_is_a_template_error_of_the_package() -> None:
    assert issubclass(EmptyValue, sheetcrm.TemplateError)
    assert sheetcrm.render("Hi {{ a }}", {"a": "Anna"}) == "Hi Anna"


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.none()
        | st.floats()
        | st.text(max_size=5)
        | st.dates()
        | st.sampled_from(EMPTIES)
        | st.lists(st.none() | st.text(max_size=3)),
    )
)
def test_nothing_that_is_missing_is_ever_printed(context: dict[str, Any]) -> None:
    for name, value in context.items():
        try:
            text = render(f"<{{{{ {name} }}}}>", context)
        except TemplateError:
            continue
        assert text != "<>"
        typed = [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]
        assert not any(word in text and not any(word in t for t in typed) for word in ("nan", "None", "NaT", "inf"))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ spend }} {{ whole }} {{ cents }}", "1234,5 200 12,25"),
        ("{{ spend|money }}", "1234,50 zł"),
        ("{{ day|date }} {{ day }} {{ stamp|date }} {{ at|date }}", "27.11.2026 27.11.2026 27.11.2026 27.11.2026"),
        ("{{ day|day }}", "piątek, 27 listopada"),
        ("{{ yearless|day }}", "8 marca"),
        ("{{ clock|time }}", "15:30"),
        ("{{ services }}", "Cięcie, Kolor"),
        ("{% for s in services %}{{ s }}{% if not loop.last %};{% endif %}{% endfor %}", "Cięcie;Kolor"),
        ("{{ 'a' if formal else 'b' }}{% if not formal %}c{% endif %}", "a"),
        ("{{ days(day) }}", "4"),
        ("{{ spend > 1000 and 'kolor' in services and day < on }}", "yes"),
        ("{% set x = spend * 2 %}{{ x }}", "2469"),
        ("{{ day.year }} {{ visit.time }}", "2026 09:00"),
        ("{{ _2nd }}", "2"),
    ],
)  # fmt: skip
def test_values_are_written_as_the_reader_writes_them(template: str, expected: str) -> None:
    context = {
        "language": "pl",
        "settings": {"country": "PL"},
        "currency": "PLN",
        "on": date(2026, 12, 1),
        "spend": 1234.5,
        "whole": Decimal(200),
        "cents": np.float64(12.25),
        "day": ON,
        "stamp": pd.Timestamp("2026-11-27"),
        "at": datetime(2026, 11, 27, 9, 0),
        "yearless": "--03-08",
        "clock": "15:30",
        "services": ["Cięcie", "", "Kolor"],
        "formal": True,
        "visit": {"time": "09:00"},
        "_2nd": 2,
    }
    if template == "{{ spend|money }}":
        assert render(template, context) in (expected, "1 234,50 zł")  # by the edition of CLDR
    else:
        assert render(template, context) == expected


@pytest.mark.parametrize(
    ("language", "country", "day", "money", "clock"),
    [
        ("en", "GB", "Friday, 27 November", "€20.00", "15:30"),
        ("en", "US", "Friday, November 27", "€20.00", "3:30 PM"),
        ("en", "XX", "Friday, 27 November", "€20.00", "15:30"),
        ("pl", "PL", "piątek, 27 listopada", "20,00 €", "15:30"),
        ("uk", "UA", "п'ятниця, 27 листопада", "20,00 EUR", "15:30"),
        ("ru", "UA", "пятница, 27 ноября", "20,00 €", "15:30"),
        ("it", "IT", "venerdì 27 novembre", "20,00 €", "15:30"),
        ("es", "ES", "viernes, 27 de noviembre", "20,00 €", "15:30"),
    ],
)
def test_days_money_and_times_in_each_language_have_plain_blanks(
    language: str, country: str, day: str, money: str, clock: str
) -> None:
    context = {
        "language": language,
        "settings": {"country": country},
        "currency": "EUR",
        "d": ON,
        "m": 20.0,
        "t": "15:30",
    }
    text = render("{{ d|day }}~{{ m|money }}~{{ t|time }}", context)
    assert text.split("~") == [day, money, clock]
    assert not {"\u00a0", "\u202f", "\u2009", "\u02bc"} & set(text)


def test_values_are_data_and_never_templates() -> None:
    assert render("{{ a }}", {"a": "{{ 7 * 7 }}{% if x %}"}) == "{{ 7 * 7 }}{% if x %}"


PAYLOADS = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ a.__class__ }}",
    "{{ a['__class__'] }}",
    "{{ a|attr('__class__') }}",
    "{{ (a|attr)('__class__') }}",
    "{{ '{0.__class__}'.format(a) }}",
    "{{ '{0.__class__}'.format_map(a) }}",
    "{{ ('%s'|format)(a) }}",
    "{{ [1]|map(attribute='__class__')|list }}",
    "{{ ['a']|groupby('__class__') }}",
    "{{ self._TemplateReference__context }}",
    "{{ self }}",
    "{{ config.items() }}",
    "{{ request.application }}",
    "{{ lipsum.__globals__ }}",
    "{{ namespace(a=1) }}",
    "{{ joiner.__init__ }}",
    "{{ dict(a=1) }}",
    "{{ loop }}",
    "{{ visit.items() }}",
    "{{ visit.pop('a') }}",
    "{{ services.append('x') }}",
    "{{ services.__len__() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends '/etc/passwd' %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% block b %}{% endblock %}",
    "{% for i in range(10**9) %}{{ i }}{% endfor %}",
    "{% for i in services recursive %}{{ loop(i) }}{% endfor %}",
    "{{ lipsum(n=10**6) }}",
    "{{ 'A' * 10**9 }}",
    "{{ 'A' * 1000000000 }}",
    "{{ 'A'.center(10**9) }}",
    "{{ '%2000000000d' % 1 }}",
    "{{ 9**9**9 }}",
    "{{ a|replace('', a) }}",
    "{% filter upper %}a{% endfilter %}",
    "{% set x %}{{ a }}{% endset %}",
    "{% set a.b = 1 %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape false %}{% endautoescape %}",
    "{{ a[::1] }}",
    "{{ __builtins__ }}",
    "{{ undefined_name }}",
    "{{ a",
    "{% if a %}",
    "{{ a | nosuchfilter }}",
    "{{ " + "(" * 3_000,
    "{% if a %}" * 300 + "{% endif %}" * 300,
    "{% set x = a %}" + "{% set x = x ~ x %}" * 300 + "{{ x }}",
    "{% for a in services %}{% for b in services %}{% for c in services %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in services %}{% endfor %}" * 11,
    "x" * 20_001,
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: p[:40])
def test_no_text_escapes_the_sandbox_or_eats_the_machine(payload: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError):
        render(payload, {"a": "x" * 1000, "visit": {"a": 1}, "services": ["a", "b"]})
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in services %}{% for b in services %}{{ b }}{% endfor %}{% endfor %}",
        "{% for a in services %}{% for b in services %}{% endfor %}{% endfor %}" * 5,
        "{% set x = [1, 1] %}" + "{% set x = [x, x] %}" * 400 + "{% set y = [x] %}{% if x == y %}{% endif %}",
        "{{ a ~ a }}" * 1500,
        "{{ a|upper|lower|title }}" * 500,
    ],
    ids=lambda t: t[:40],
)
def test_the_worst_text_that_is_allowed_costs_little(text: str) -> None:
    tracemalloc.start()
    started = time.process_time()
    with contextlib.suppress(TemplateError):
        render(text, {"a": "x" * 32_000, "services": ["x" * 300] * 16_000})
    elapsed, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < 6  # tracing memory makes it several times slower
    assert peak < 60_000_000


@given(st.text(alphabet="{}%abif orx|._()[]'\"+-*/~,=1 ", max_size=30))
def test_any_text_is_a_template_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(TemplateError):
        render(text, {"a": "x", "b": None})


def test_an_error_says_in_which_line_it_is() -> None:
    with pytest.raises(TemplateError) as caught:
        render("Hello\n\n{{ name }", {"name": "Anna"})
    assert caught.value.line == 3


# ---- which text --------------------------------------------------------------------------------------------------

FILES = {
    ("pl", "birthday", "email"): "Subject: plik\n\npl",
    ("en", "birthday", "email"): "Subject: file\n\nen",
    ("it", "birthday", "email"): "Subject: file\n\nit",
    ("en", "birthday", "sms"): "sms",
    ("en", "win-back", "email"): "Subject: come\n\nback",
}


def library(rows: str = "") -> TextLibrary:
    table = cleaned("Texts", f"template | language | channel | subject | body\n{rows}", ON) if rows else None
    return TextLibrary(FILES, table)


@pytest.mark.parametrize(
    ("rows", "wanted", "source"),
    [
        ("", ("birthday", "email", ("pl", "it")), "templates/pl/birthday.email.txt"),
        ("", ("birthday", "email", ("uk", "it")), "templates/it/birthday.email.txt"),
        ("", ("birthday", "email", ("uk", "ru")), "templates/en/birthday.email.txt"),
        ("", ("birthday", "whatsapp", ("pl",)), "templates/en/birthday.sms.txt"),
        ("", ("urodziny", "email", ("pl",)), "templates/pl/birthday.email.txt"),
        ("", ("Birthday ", "email", ("pl",)), "templates/pl/birthday.email.txt"),
        ("", ("nameday", "email", ("pl",)), None),
        ("birthday | pl | email | Hej | x", ("birthday", "email", ("pl",)), "row 2"),
        ("Birthday | Polish | | Hej | x", ("birthday", "email", ("pl",)), "row 2"),
        ("birthday | | email | Hej | x", ("birthday", "email", ("pl",)), "row 2"),
        ("birthday | | email | Hej | x\nbirthday | pl | email | Hej | x", ("birthday", "email", ("pl",)), "row 3"),
        ("birthday | it | email | Hej | x", ("birthday", "email", ("pl", "it")), "templates/pl/birthday.email.txt"),
        ("birthday | pl | sms | | x", ("birthday", "email", ("pl",)), "templates/pl/birthday.email.txt"),
        ("birthday | pl | email | Hej |", ("birthday", "email", ("pl",)), "templates/pl/birthday.email.txt"),
        ("my own | pl | email | Hej | x", ("My own", "email", ("it", "pl")), "row 2"),
    ],
)
def test_a_row_of_texts_beats_a_file_and_her_language_beats_the_others(
    rows: str, wanted: tuple[str, str, tuple[str, ...]], source: str | None
) -> None:
    found = library(rows).find(*wanted)
    assert (None if found is None else f"row {found.row}" if found.row else found.source) == source


def test_the_subject_of_a_file_is_its_first_line() -> None:
    assert from_file("a", "en", "email", "\ufeffSubject: Hi {{ x }}\r\n\r\nBody\n\nmore") == Template(
        "a", "en", "email", "Hi {{ x }}", "Body\n\nmore", "templates/en/a.email.txt"
    )


def test_what_is_wrong_with_a_text_is_found_before_anybody_is_written_to() -> None:
    rows = "a | en | email | {{ nmae }} | {{ x.y }} {{ name }}\nb | en | email | Hi | {% if name %}"
    texts = library(rows)
    found = []
    for name in ("a", "b"):
        template = texts.find(name, "email", ("en",))
        assert template is not None
        found += texts.problems(template, {"name", "visit"})
    assert [(p.code, p.table, p.row, p.field, p.value) for p in found[:2]] == [
        ("unknown-field", "Texts", 2, "subject", "nmae"),
        ("unknown-field", "Texts", 2, "body", "x"),
    ]
    assert found[0].params["suggestion"] == "name"
    assert (found[2].code, found[2].row, found[2].field, found[2].params["line"]) == ("template-error", 3, "body", "1")


# ---- what is written ---------------------------------------------------------------------------------------------


def parsed(page: str) -> Any:
    return lxml_html.fromstring(page)


def write(body: str, subject: str = "Hi", layout: str = "", footer: str = "", **context: Any) -> Any:
    template = Template("t", "en", "email", subject, body, "here")
    return TextLibrary({}, None, layout).write(template, context, channel="email", footer=footer)


def test_a_subject_is_one_line_and_a_text_has_no_control_characters() -> None:
    written = write("a  \n\n\n\n{{ x }}\r\nb", "Hi\n{{ x }}", x="A\x0b\x00\u0085\x1bBcc: x@example.com")
    assert written.subject == "Hi ABcc: x@example.com"
    assert written.text == "a\n\nABcc: x@example.com\nb"


@given(st.text(max_size=30))
def test_no_value_makes_a_second_line_of_a_subject(value: str) -> None:
    try:
        subject = write("x", "Hi {{ x }}", x=value).subject
    except TemplateError:
        return
    assert len(subject.splitlines()) == 1
    assert list(message_from_string(f"Subject: {subject}\n\nbody").keys()) == ["Subject"]


@pytest.mark.parametrize(("subject", "body"), [("{% if x %}a{% endif %}", "b"), ("a", "{% if x %}b{% endif %}")])
def test_an_empty_subject_or_text_is_an_error(subject: str, body: str) -> None:
    with pytest.raises(TemplateError, match="is empty"):
        write(body, subject, x="")


LAYOUT = """<!doctype html>
<html lang="{{ language }}"><head><title>{{ subject }}</title>
<style>p { color: #333 } .foot { font-size: 12px }</style></head>
<body>{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>{% endfor %}
{% if footer %}<p class="foot">{{ footer }}</p>{% endif %}<b>{{ business }}</b></body></html>
"""


def test_the_page_has_the_paragraphs_with_styles_inline_and_everything_escaped() -> None:
    page = write(
        "Dear {{ name }},\n\nfirst\nsecond <b>\n\nthird",
        "Hi & {{ name }}",
        LAYOUT,
        "Stop: https://example.com/stop?a=1&b=2.",
        name="<script>alert(1)</script>",
        language="en",
        business="A & B",
    ).html
    tree = parsed(page)
    assert [p.text_content() for p in tree.iter("p")] == [
        "Dear <script>alert(1)</script>,",
        "first\nsecond <b>",
        "third",
        "Stop: https://example.com/stop?a=1&b=2.",
    ]
    assert [p.get("style") for p in tree.iter("p")][:1] == ["color: #333;"]
    assert not list(tree.iter("script"))
    assert tree.findtext("head/title") == "Hi & <script>alert(1)</script>"
    assert [a.get("href") for a in tree.iter("a")] == ["https://example.com/stop?a=1&b=2"]
    assert tree.findtext("body/b") == "A & B"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "see https://example.com/a_(b)?x=1, and http://example.com!",
            ["https://example.com/a_(b)?x=1", "http://example.com"],
        ),
        ("mailto:salon@example.com", ["mailto:salon@example.com"]),
        ("javascript:alert(1) data:text/html,x file:///etc/passwd ftp://example.com vbscript:x", []),
        ('https://example.com/"onmouseover="alert(1)', ["https://example.com/"]),
        ("«https://example.com»", ["https://example.com"]),
    ],
)
def test_only_addresses_of_pages_and_mailboxes_become_links(text: str, links: list[str]) -> None:
    tree = parsed(write("{{ x }}", layout=LAYOUT, x=text).html)
    assert [a.get("href") for a in tree.iter("a")] == links
    assert not [e for e in tree.iter() if any(name.startswith("on") for name in map(str, e.attrib))]


@given(st.text(max_size=40), st.text(max_size=20))
def test_a_page_says_what_the_text_says(value: str, business: str) -> None:
    try:
        written = write("{{ x }}", layout=LAYOUT, x=value, business=business)
    except TemplateError:
        return
    tree = parsed(written.html)
    shown = "\n".join(p.text_content() for p in tree.iter("p"))
    assert " ".join(shown.split()) == " ".join(written.text.split())


def test_a_mark_of_the_layout_in_a_value_is_only_text() -> None:
    html = write("zqmark0zq {{ x }}", layout=LAYOUT, x="zqmarksubjectzq", business="zqmark0zq").html
    assert html.count("zqmarksubjectzq") == 1


def test_an_sms_has_neither_subject_nor_page() -> None:
    template = Template("t", "en", "sms", "", "Hello {{ name }}", "here")
    written = TextLibrary({}, None, LAYOUT).write(template, {"name": "Anna"}, channel="sms")
    assert (written.subject, written.text, written.html) == ("", "Hello Anna", "")


@pytest.mark.parametrize(
    ("unsubscribe", "expected"),
    [
        ("", "just reply STOP."),
        ("off", None),
        ("https://example.com/u", "https://example.com/u"),
        ("stop@example.com", "mailto:stop@example.com"),
    ],
)
def test_the_opt_out_line_is_the_owners_choice(unsubscribe: str, expected: str | None) -> None:
    clients = "client_id | name | email | email_consent | birthday\n1 | Anna | a@example.com | yes | 1990-11-27"
    salon = Salon(
        clients,
        campaigns="campaign | active | trigger\nB | yes | birthday",
        settings=Settings(unsubscribe=unsubscribe),
        layout=LAYOUT,
    )
    [message] = salon.compose("2026-11-27").messages
    last = message.text.split("\n\n")[-1]
    assert expected is None or (last.endswith(expected) and expected in message.html)
    assert (expected is None) == (last == "Hello from birthday.")


@pytest.mark.slow
def test_ten_thousand_messages_are_written_within_seconds() -> None:
    template = Template("t", "en", "email", "Hi {{ name }}", "Dear {{ name }},\n\nHello {{ city }}.\n\nBye", "here")
    texts = TextLibrary({}, None, LAYOUT)
    started = time.process_time()
    for i in range(10_000):
        texts.write(template, {"name": f"Anna {i}", "city": "York"}, channel="email", footer="Stop")
    assert time.process_time() - started < 20  # 1 s on an idle machine
