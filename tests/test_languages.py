"""The words of six languages: complete, alike in what they quote, and known again when people type them."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import product
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.fields import CHANNELS, CLIENT_STATUSES, DECISIONS, KEEPS, TABLES, TRIGGERS, VISIT_STATUSES
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import SEVERITY
from sheetcrm.languages import LANGUAGES, choices_named, data, fields_named, language, tables_named
from sheetcrm.languages.folding import fold

REASONS = {
    "no-consent",
    "no-contact",
    "erased",
    "contact-time",
    "another-today",
    "joined",
    "limit",
    "changed",
    "placeholder",
    "no-next-visit",
    "long-past",
    "opted-out",
    "unclear-reply",
    "bounced",
    "no-address",
    "invalid-address",
    "no-id-yet",
    "already-sent",
    "declined",
    "failed-before",
    "unknown-outcome",
    "unknown-history",
    "renamed",
    "astray",
    "too-late",
    "before-first-run",
    "visit-planned",
    "empty-field",
    "template-error",
    "unknown-template",
    "not-in-segment",
    "not-due",
    "no-birthday",
    "no-first-visit",
    "no-expected-visit",
    "no-visit",
    "merged",
    "inactive",
    "not-started",
    "ended",
    "duplicate-address",
    "household",
    "cap",
    "cooldown",
    "quiet-hours",
    "closed-day",
    "waits-for-tick",
    "stopped",
    "word-not-read",
    "channel-not-supported",
    "first-send",
    "gone-by",
    "tried-again",
    "late",
}


def flat(code: str) -> dict[tuple[str, ...], str]:
    """Return every text of a language by its path."""
    found: dict[tuple[str, ...], str] = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, (*path, key))
        elif isinstance(node, str):
            found[path] = node

    walk(data(f"{code}.toml"), ())
    return found


def quoted(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_all_languages_say_the_same_things_and_quote_the_same_values() -> None:
    loose = {("greetings",)}  # Polish greets without the name where others use it
    english = {path: quoted(text) for path, text in flat("en").items()}
    for code in LANGUAGES:
        own = {path: quoted(text) for path, text in flat(code).items()}
        assert own.keys() == english.keys(), code
        assert {p for p in own if p[:1] not in loose and own[p] != english[p]} == set(), code


def test_every_problem_reason_setting_table_field_and_choice_has_its_words() -> None:
    choices = {c for table in TABLES.values() for f in table.fields for c in f.choices}
    for code in LANGUAGES:
        words = data(f"{code}.toml")
        assert words["problems"].keys() == SEVERITY.keys() | {
            "number-range",
            "column-second",
            "merged-astray",
            "mail-came-back",
            "lost-key",
        }
        assert words["reasons"].keys() == REASONS
        assert words["setting_notes"].keys() == {f.name for f in fields(Settings)}
        assert words["tables"].keys() >= TABLES.keys()
        assert words["headers"].keys() >= {f.name for table in TABLES.values() for f in table.fields}
        assert words["choices"].keys() >= choices


def test_no_text_is_empty_or_has_stray_blanks() -> None:
    for code in LANGUAGES:
        for path, text in flat(code).items():
            assert text, (code, path)
            assert text == text.strip(), (code, path)
            assert "  " not in text, (code, path)


def test_what_is_wrong_is_a_sentence_and_what_to_type_stands_without_a_suggestion() -> None:
    values = dict.fromkeys(
        ["value", "field", "row", "other_row", "choices", "table", "detail", "client", "reasons"], "x"
    )
    for code, problem in product(LANGUAGES, SEVERITY):
        message, hint = language(code).problem(problem, **values)
        assert message.endswith((".", ": x")), (code, message)
        assert not re.search(r"«»|“”|„”|\s[.,:]|  ", message + hint)
        with_it = language(code).problem(problem, **values, suggestion="0501")[1]
        assert with_it == f"{hint} {language(code).say('perhaps', suggestion='0501')}"


def test_a_second_column_for_a_field_is_not_one_whose_cells_are_to_be_emptied() -> None:
    for code in LANGUAGES:
        words = language(code)
        second = words.problem("column-taken", kind="second", field="Tel. 2", kept="Tel. 1")
        typed = words.problem("column-taken", kind="typed", field="Tel. 2")
        assert ("Tel. 1" in second[0], "Tel. 2" in second[0], set(second) & set(typed)) == (True, True, set())


def test_a_word_for_a_choice_in_a_hint_is_one_that_the_program_knows() -> None:
    for code in LANGUAGES:
        words = language(code)
        assert words.choice("planned") in words.problem("visit-in-future-done")[1]
        assert all(words.choice(c) in words.problem("visit-not-closed")[1] for c in ("done", "cancelled", "no-show"))
        assert all(words.choice(c) in words.problem("probable-duplicate")[1] for c in DECISIONS)
        assert words.choice("yes") in words.say("first_send_wanted", count=30)
        assert words.sheet("Settings")[:8] in words.say("first_send_wanted", count=30)


def test_a_reason_without_detail_ends_well() -> None:
    assert language("en").reason("not-due") == "not due yet"
    assert language("en").reason("not-due", detail="2027-01-02") == "not due yet 2027-01-02"


def test_a_template_hint_shows_braces_as_they_are_typed() -> None:
    for code in LANGUAGES:
        assert "{{ call_name }}" in language(code).problem("template-error", detail="x")[1]


def test_quotation_marks_are_those_of_the_language() -> None:
    wrong = {"en": '«»„"', "pl": '«»“"', "uk": '„“”"', "ru": '„“”"', "it": '„“”"', "es": '„“”"'}
    for code in LANGUAGES:
        for path, text in flat(code).items():
            if path[-1] != "hint" or path[1] != "invalid-rule":
                assert not set(wrong[code]) & set(text), (code, path, text)


def test_no_language_borrows_letters_of_another() -> None:
    strange = {"uk": "ыэъё", "ru": "іїєґ", "en": "ąćęłńśźżабвáñ", "pl": "абвñìò", "it": "абвłñ", "es": "абвłàèìò"}
    for code in LANGUAGES:
        for path, text in flat(code).items():
            assert not set(strange[code]) & set(text), (code, path, text)


def test_the_months_are_twelve_and_no_spelling_means_two_of_them() -> None:
    for code in LANGUAGES:
        months = data(f"{code}.toml")["months"]
        assert {len(months[k]) for k in ("nominative", "genitive", "short")} == {12}
        meant: dict[str, set[int]] = {}
        for number in range(12):
            for word in (months["nominative"][number], months["genitive"][number], *months["short"][number]):
                meant.setdefault(fold(word), set()).add(number)
        assert {w for w, numbers in meant.items() if len(numbers) > 1} == set()


# --- what people type ---


def test_every_word_we_write_is_known_again_as_what_it_is() -> None:
    for code in LANGUAGES:
        words = language(code)
        for name, spec in TABLES.items():
            assert name in tables_named(words.sheet(name))
            for field in spec.fields:
                found = [f for f in fields_named(words.header(field.name)) if f in spec.names]
                assert found == [field.name], (code, name, words.header(field.name), found)
                for choice in field.choices:
                    assert [c for c in choices_named(words.choice(choice)) if c in field.choices] == [choice], (
                        code,
                        choice,
                    )


def test_no_header_means_two_fields_of_one_table() -> None:
    typed = {*(w for words in data("variants.toml")["headers"].values() for w in words)}
    typed |= {str(w) for code in LANGUAGES for w in data(f"{code}.toml")["headers"].values()}
    for word, (name, spec) in product(typed, TABLES.items()):
        assert len([f for f in fields_named(word) if f in spec.names]) <= 1, (name, word)


def test_no_word_means_two_choices_of_one_field() -> None:
    typed = {*(w for words in data("variants.toml")["choices"].values() for w in words)}
    for word, options in product(
        typed,
        (TRIGGERS, CHANNELS, VISIT_STATUSES, CLIENT_STATUSES, DECISIONS, KEEPS, ("yes", "no"), ("female", "male")),
    ):
        assert len([c for c in choices_named(word) if c in options]) <= 1, word


# · stands for a column that stays hers
ROWS = [
    ("Clients", "Фамилия · Имя · Номер телефона", "last_name first_name phone"),
    (
        "Clients",
        (
            "ФИО · Тел. · ДР · Последняя дата посещения · Средний чек · Используемые услуги · "
            "Удобное время для связи · Предпочтительный способ связи · Плановая дата следующего посещения · Возраст"
        ),
        "name phone birthday last_visit average_ticket services contact_time channel next_visit age",
    ),
    ("Clients", "№ · Клиентка · Моб. · Инста · Примечание · Скидка", "· name phone · notes ·"),
    (
        "Visits",
        "Дата · Клиент · Телефон · Услуга · Мастер · Сумма · Оплата",
        "date client phone service staff amount ·",
    ),
    ("Clients", "Lp. · Nazwisko i imię · nr tel. · Data ur. · Zgoda RODO · Uwagi", "· name phone birthday · notes"),
    (
        "Clients",
        "Imię · Nazwisko · Komórka · E-mail · Ostatnia wizyta · Zabiegi · Problemy skórne · Status",
        "first_name last_name phone email last_visit services · status",
    ),
    (
        "Visits",
        "Data · Godz. · Klientka · Zabieg · Kto wykonał · Cena · Rachunek",
        "date time client service staff amount ·",
    ),
    (
        "Clients",
        (
            "Nome · Cognome · Cellulare · Data di nascita · Indirizzo di residenza · Primo contatto · "
            "Informazioni varie · Note personali"
        ),
        "first_name last_name phone birthday address client_since · notes",
    ),
    (
        "Clients",
        "Nominativo · Telefono · Cellulare · Compleanno · Trattamenti · Provenienza · Privacy",
        "name phone phone birthday services · ·",
    ),
    (
        "Visits",
        "Data · Cliente · Trattamento · Operatrice · Importo · Scontrino · Voto",
        "date client service staff amount · rating",
    ),
    (
        "Clients",
        "Nombre · Apellidos · Móvil · F. nacimiento · Tratamiento · Última cita · Observaciones · LOPD",
        "first_name last_name phone birthday services last_visit notes ·",
    ),
    (
        "Clients",
        "Name · Phone no. 1 · Phone no. 2 · E-mail addr. · E-mail 2 · OK to text? · Street 2",
        "name phone other_phone email other_email sms_consent ·",
    ),
    (
        "Clients",
        "ФИО · Телефон 1 · Моб. 2 · Д.Р. · Адрес эл. почты · Кол-во посещений",
        "name phone other_phone birthday email visits",
    ),
    ("Clients", "Nominativo · Tel. cell. 1 · Ind. e-mail · Data nasc.", "name phone email birthday"),
    ("Clients", "Nombre · Móv. · Fec. nac. · Núm. visitas", "first_name phone birthday visits"),
    ("Clients", "Імʼя · Т. · Адреса ел. пошти · К-ть візитів", "first_name phone email visits"),
    (
        "Clients",
        "ПІБ · Телефон · Електронна пошта · Вік · Стать · Місце проживання · Відгуки",
        "name phone email age gender · ·",
    ),
]


@pytest.mark.parametrize(("table", "headers", "expected"), ROWS)
def test_a_header_row_from_real_life_is_understood(table: str, headers: str, expected: str) -> None:
    names = TABLES[table].names
    found = ["".join(f for f in fields_named(h) if f in names) or "·" for h in headers.split(" · ")]
    assert found == expected.split(" ")


ASKED = """
    zgoda · RODO · zgoda marketingowa · згода · согласие · согласие на рассылку · consenso · privacy ·
    consentimiento · LOPD · RGPD · GDPR · чек · rachunek · scontrino · tique · paragon · conto · kontakt ·
    контакты · recapito · miejsce zamieszkania · місце проживання · место жительства · residenza · оплата ·
    płatność · pago · data dodania · date added · дата добавления · L.p. · № · N. · № п/п · nr karty ·
    informazioni varie · inne · прочее · otros · visita prevista · paese · typ klienta
"""


def test_zona_is_the_area() -> None:
    assert [fields_named(word)[:1] for word in ("Zona", "ZONA ")] == [("area",)] * 2


def test_what_would_be_guessed_wrong_is_not_guessed() -> None:
    words = [w.strip() for w in ASKED.replace("\n", " ").split("·")]
    assert [w for w in words if fields_named(w)] == []
    assert choices_named("m") == ()
    assert [w for w in ("Zabiegi", "Trattamenti", "Pricing") if tables_named(w)] == []


@given(st.sampled_from([w for code in LANGUAGES for w in data(f"{code}.toml")["headers"].values()]), st.data())
def test_case_blanks_and_punctuation_around_a_header_do_not_matter(word: str, drawn: st.DataObject) -> None:
    shape = drawn.draw(st.sampled_from([str.upper, str.lower, str.title]))
    end = drawn.draw(st.sampled_from(["", ":", " *", "  ", " (zł)", "\n"]))
    assert fields_named(f" {shape(word)}{end}") == fields_named(word)
