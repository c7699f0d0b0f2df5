"""The texts that come with the program: every one renders for every kind of reader, in good order, within an SMS."""

from __future__ import annotations

import itertools
import re
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sheetcrm.crm.fields import TRIGGERS
from sheetcrm.crm.sms_length import sms_length
from sheetcrm.crm.texts import from_file, render
from sheetcrm.languages import LANGUAGES, language
from sheetcrm.languages.names import Person, call_name, salutation

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
CHANNELS = ("email", "sms", "call")

# the longest common name of each language, and a salon
LONG_NAMES = {
    "en": Person("Elizabeth", gender="female", language="en"),
    "pl": Person("Małgorzata", gender="female", language="pl"),
    "uk": Person("Олександра", "Володимирівна", gender="female", language="uk"),
    "ru": Person("Александра", "Владимировна", gender="female", language="ru"),
    "it": Person("Maria Antonietta", gender="female", language="it"),
    "es": Person("Guadalupe", gender="female", language="es"),
}
BUSINESSES = {
    "en": "Malva",
    "pl": "Salon Malwa",
    "uk": "Салон «Мальва»",
    "ru": "Салон «Мальва»",
    "it": "Malva",
    "es": "Malva",
}
# GSM 03.38, its basic table without controls and Greek capitals, and its extension (two characters each)
GSM = set(
    "@£$¥èéùìòÇ\nØøÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = set("^{}\\[~]|€")


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """Return what the program renders with, its filters made simple."""
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"day": lambda d: f"{d:%A %d}", "date": lambda d: f"{d:%d.%m.%Y}", "time": str}
    return made


def context(
    person: Person, *, formal: bool, booking: str = "", business: str | None = None, also: tuple[str, ...] = ()
) -> dict[str, Any]:
    name = BUSINESSES[person.language] if business is None else business
    return {
        "salutation": salutation(person, formal=formal),
        "call_name": call_name(person, formal=formal),
        "formal": formal,
        "gender": person.gender,
        "language": person.language,
        "also": also,
        "business": name,
        "signature": language(person.language).say("signature_team", business=name) if name else "",
        "booking_url": booking,
        "review_url": booking,
        "business_phone": "",
        "business_address": "",
        "visit": {"date": date(2026, 11, 27), "time": "15:30", "service": "Manicure", "staff": ""},
    }


def parts(code: str, trigger: str, channel: str) -> tuple[str, str]:
    """Return subject and body of a template."""
    text = (TEMPLATES / code / f"{trigger}.{channel}.txt").read_text("utf-8")
    if channel != "email":
        return "", text
    first, _, body = text.partition("\n\n")
    assert first.startswith("Subject: ")
    return first.removeprefix("Subject: "), body


@cache
def compiled(code: str, trigger: str, channel: str) -> tuple[Template, Template]:
    subject, body = parts(code, trigger, channel)
    return environment().from_string(subject), environment().from_string(body)


def rendered(code: str, trigger: str, channel: str, values: dict[str, Any]) -> tuple[str, str]:
    subject, body = (template.render(values) for template in compiled(code, trigger, channel))
    return subject.strip(), re.sub(r"\n{3,}", "\n\n", body).strip()


def people(code: str) -> list[Person]:
    """Return readers: of each gender, known by name and not."""
    first = {"uk": "Олена", "ru": "Анна"}.get(code, "Anna")
    return [Person(n, gender=g, language=code) for n, g in itertools.product((first, ""), ("female", "male", ""))]


# which other messages of the day a text mentions, and so stands for
MENTIONS = {
    "birthday": ("rebook", "win-back"),
    "anniversary": ("rebook", "win-back"),
    "thank-you": ("referral", "anniversary"),
}
EVERY = list(itertools.product(LANGUAGES, TRIGGERS, CHANNELS))


def test_every_trigger_has_a_text_for_every_channel_in_every_language() -> None:
    found = {tuple(p.relative_to(TEMPLATES).as_posix().split("/")) for p in TEMPLATES.rglob("*.txt")}
    assert found == {(code, f"{trigger}.{channel}.txt") for code, trigger, channel in EVERY}


@pytest.mark.parametrize(("code", "trigger", "channel"), EVERY)
def test_a_text_reads_well_for_every_reader(code: str, trigger: str, channel: str) -> None:
    mentioned = MENTIONS.get(trigger, ()) if channel != "call" else ()
    beside = ((), *((one,) for one in mentioned), *([mentioned] if mentioned else []))
    for person, formal, booking, business, also in itertools.product(
        people(code), (True, False), ("", "https://book.example.com"), (None, ""), beside
    ):
        values = context(person, formal=formal, booking=booking, business=business, also=also)
        subject, body = rendered(code, trigger, channel, values)
        assert bool(subject) is (channel == "email")
        for text in (subject, body):
            assert not re.search(
                r"None|nan\b|[^\S\n]{2,}| [,.!?:;]|,,|\(\)|[{}%]|^[,.!:;]|[ \t]$", text, re.MULTILINE
            ), text
            assert not re.search(r"\b(today|dziś|dzisiaj|сьогодні|сегодня|oggi|hoy)\b", text, re.IGNORECASE)
        assert text
        assert not subject or subject[0].isupper() or subject[0] in "¡¿"
        if channel == "sms":
            assert "\n" not in body
            assert body[0].isupper() or body[0] in "¡¿"
        if channel == "email":
            assert body.startswith(values["salutation"] + "\n\n")
            assert values["signature"] in body
            invites = (
                "booking_url" in parts(code, trigger, channel)[1] or "review_url" in parts(code, trigger, channel)[1]
            )
            assert (booking in body) if invites and booking else "http" not in body


def test_the_program_reads_every_text_and_knows_every_name_in_it() -> None:
    known = set(context(LONG_NAMES["en"], formal=True))
    for code, trigger, channel in EVERY:
        name = f"{trigger}.{channel}.txt"
        template = from_file(trigger, code, channel, (TEMPLATES / code / name).read_text("utf-8"))
        assert template.names <= known
        values = {
            **context(LONG_NAMES[code], formal=True, booking="https://example.com"),
            "settings": {"country": "PL"},
        }
        assert render(template.body, values).strip()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_text_goes_on_as_its_salutation_asks(code: str) -> None:
    small = code in ("pl", "it")  # after a comma the text goes on in small letters there
    for trigger, person, formal in itertools.product(TRIGGERS, people(code), (True, False)):
        _, body = rendered(code, trigger, "email", context(person, formal=formal))
        second = body.split("\n\n")[1].lstrip("¡¿")
        assert second[0].islower() is small or second.split()[0] in ("Le", "La"), second


@pytest.mark.parametrize(("code", "trigger"), list(itertools.product(LANGUAGES, TRIGGERS)))
def test_an_sms_is_one_part_also_with_a_long_name(code: str, trigger: str) -> None:
    for formal in (True, False):
        _, text = rendered(code, trigger, "sms", context(LONG_NAMES[code], formal=formal))
        length = sum(2 if c in EXTENSION else 1 for c in text)
        assert length <= (160 if set(text) <= GSM | EXTENSION else 70), (length, text)


@pytest.mark.parametrize(("code", "trigger"), list(itertools.product(LANGUAGES, MENTIONS)))
def test_an_sms_that_stands_for_another_message_mentions_it_in_no_more_parts_than_both_would_take(
    code: str, trigger: str
) -> None:
    for formal, channel, other in itertools.product((True, False), ("sms", "email"), MENTIONS[trigger]):
        _, bare = rendered(code, trigger, channel, context(LONG_NAMES[code], formal=formal))
        _, text = rendered(code, trigger, channel, context(LONG_NAMES[code], formal=formal, also=(other,)))
        assert text != bare
        assert channel == "email" or sms_length(text).parts <= 2


def test_polish_formal_texts_call_nobody_pani_whose_gender_is_not_known() -> None:
    for trigger, channel in itertools.product(TRIGGERS, CHANNELS):
        _, body = rendered("pl", trigger, channel, context(Person("Anna", language="pl"), formal=True))
        assert not re.search(r"\bPan(i|ią|a|u|ie)?\b", body), body


def test_a_woman_is_never_called_pan_nor_a_man_pani() -> None:
    for trigger, channel in itertools.product(TRIGGERS, CHANNELS):
        _, hers = rendered("pl", trigger, channel, context(Person("Anna", gender="female", language="pl"), formal=True))
        _, his = rendered("pl", trigger, channel, context(Person("Jan", gender="male", language="pl"), formal=True))
        assert not re.search(r"\bPan(a|u|ie)?\b", hers), hers
        assert not re.search(r"\bPan(i|ią)\b", his), his


# endings that tell the gender of reader or sender: past tense and short adjectives in the plural of women, participles
GENDERED = {
    "pl": r"\b\w+(łaś|łeś|łyśmy|liśmy|łam|łem)\b|\bwdzięczn[ie]\b|\bmoglibyśmy\b",
    "uk": r"\bраді?а\b|\bвдячна\b|\b(ви|ти) \w+(ла|в)\b",
    "ru": r"\bрада?\b|\bблагодарна\b|\bты \w+(ла|л)\b",
    "it": r"\b(benvenut[ao]|sei venut[ao]|liet[eai]|tutte noi|car[ao])\b",
    "es": r"\b(bienvenid[ao]|nosotr[ao]s|encantad[ao]s|estimad[ao]s|querid[ao])\b",
    "en": r"\b(Mrs|Ms|Mr|Madam|Sir)\b",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_neither_reader_nor_sender_has_a_gender_in_the_grammar(code: str) -> None:
    for path in (TEMPLATES / code).iterdir():
        assert not re.search(GENDERED[code], path.read_text("utf-8"), re.IGNORECASE), path


def test_formal_and_familiar_words_are_not_mixed() -> None:
    formal_words = {
        "pl": r"\b(Pan|Pani|Panu|Panią|Pana)\b",
        "uk": r"\b(Ви|Вас|Вам|Ваш\w*)\b",
        "ru": r"\b(Вы|Вас|Вам|Ваш\w*)\b",
        "it": r"\b(Lei|Le|La|Su[oae])\b|\w(Le|La)\b",
        "es": r"\b(usted|le|su|sus|suya|quiera)\b",
    }
    familiar_words = {
        "pl": r"\b(Ci|Ciebie|Cię|Tobie|Tobą|Tw[oó]\w+|jesteś)\b",
        "uk": r"\b(ти|тебе|тобі|тобою|тв[іо]\w+)\b",
        "ru": r"\b(ты|тебя|тебе|тво\w+)\b",
        "it": r"\b(tu|ti|te|tu[oae])\b|\w+rti\b",
        "es": r"\b(tú|te|ti|tu|tus|tuya|quieras)\b",
    }
    for code, trigger, channel in EVERY:
        if code == "en":
            continue
        person = people(code)[0]
        _, formal = rendered(code, trigger, channel, context(person, formal=True, booking="https://example.com"))
        _, familiar = rendered(code, trigger, channel, context(person, formal=False, booking="https://example.com"))
        assert not re.search(familiar_words[code], formal), formal
        assert not re.search(formal_words[code], familiar), familiar


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag if not attrs else f"{tag} {attrs[0][0]}={attrs[0][1]}")

    def handle_data(self, data: str) -> None:
        self.text += data


def page(**values: Any) -> _Seen:
    layout = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    given = {
        "language": "it",
        "subject": "s",
        "paragraphs": [],
        "footer": "",
        "business": "",
        "business_address": "",
        "logo": "",
    }
    seen = _Seen()
    seen.feed(layout.from_string((TEMPLATES / "email.html").read_text("utf-8")).render({**given, **values}))
    return seen


def test_the_page_has_the_language_the_paragraphs_and_the_foot() -> None:
    seen = page(paragraphs=["Ciao Anna,", "tanti auguri!"], footer="Per rinunciare: STOP", business="Malva")
    assert "html lang=it" in seen.tags
    assert seen.tags.count("p") == 4
    assert "Per rinunciare: STOP" in seen.text


def test_what_stands_in_a_message_is_never_markup() -> None:
    seen = page(paragraphs=["<script>alert(1)</script>"], business='"><img src=x>')
    assert not [t for t in seen.tags if t.startswith(("script", "img"))]


def test_the_page_loads_nothing_but_the_logo() -> None:
    assert [t for t in page(paragraphs=["x"]).tags if t.startswith(("img", "link", "script", "table"))] == []
    assert [t for t in page(logo="https://example.com/l.png").tags if t.startswith("img")] == [
        "img src=https://example.com/l.png"
    ]
