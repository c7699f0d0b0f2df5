"""How long an SMS is: the reader's name decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.sms_length import plain_sms, sms_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 0, 160, "")),
        ("Pani Anno, wszystkiego najlepszego z okazji urodzin! Salon Malwa", (1, 64, 160, "")),
        ("¡Feliz cumpleaños, Ana! Un abrazo de todo el equipo de Malva", (1, 60, 160, "")),
        ("¡Feliz cumpleaños, María! Un abrazo de todo el equipo de Malva", (1, 62, 70, "í")),
        ("¡Feliz cumpleaños, María del Carmen! Un abrazo de todo el equipo de Malva", (2, 73, 134, "í")),
        ("a" * 160, (1, 160, 160, "")),
        ("a" * 161, (2, 161, 306, "")),
        ("a" * 307, (3, 307, 459, "")),
        ("€" * 80, (1, 160, 160, "")),  # two characters each
        ("€" * 81, (2, 162, 306, "")),
        ("€" * 153, (3, 306, 459, "")),  # and never torn: 76 to a part
        ("🎂" * 67, (3, 134, 201, "🎂")),
        ("ж" * 70, (1, 70, 70, "ж")),
        ("ж" * 71, (2, 71, 134, "ж")),
        ("🎂", (1, 2, 70, "🎂")),
        ("“ł”", (1, 3, 70, "“ł”")),
    ],
)
def test_parts_characters_room_and_the_letters_that_cost(text: str, expected: tuple[int, int, int, str]) -> None:
    assert sms_length(text) == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Małgosiu, życzymy „pięknych” chwil – Łódź", 'Malgosiu, zyczymy "pieknych" chwil - Lodz'),
        ("María, ¡feliz año! Café à la carte, über", "Maria, ¡feliz año! Café à la carte, über"),
        ("O’Brien… 10\N{NO-BREAK SPACE}zł", "O'Brien... 10 zl"),
        ("Олено, вітаємо!", "Олено, вітаємо!"),
        ("Олено, Małgorzata", "Олено, Małgorzata"),  # nothing would be gained
        ("Sto lat 🎂 Małgosiu", "Sto lat 🎂 Małgosiu"),
        ("й", "й"),
    ],
)
def test_an_sms_without_accents_keeps_what_costs_nothing_and_what_would_not_help(text: str, plain: str) -> None:
    assert plain_sms(text) == plain


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_leaving_accents_out_never_makes_a_text_dearer(text: str) -> None:
    plain = plain_sms(text)
    assert plain == text or not sms_length(plain).letters
    assert sms_length(plain).parts <= sms_length(text).parts
