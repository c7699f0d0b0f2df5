"""How long an SMS is: the reader's name decides."""

from __future__ import annotations

import pytest

from sheetcrm.crm.sms_length import sms_length


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
        ("ж" * 70, (1, 70, 70, "ж")),
        ("ж" * 71, (2, 71, 134, "ж")),
        ("🎂", (1, 2, 70, "🎂")),
        ("“ł”", (1, 3, 70, "“ł”")),
    ],
)
def test_parts_characters_room_and_the_letters_that_cost(text: str, expected: tuple[int, int, int, str]) -> None:
    assert sms_length(text) == expected
