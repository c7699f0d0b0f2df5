"""When a client likes to hear from the business, as people write it in a cell."""

from __future__ import annotations

import numpy as np
import pytest

from sheetcrm.crm.contact_time import preferred

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def said(text: str) -> str:
    """Return the wishes in plain words: the days (none: every day), the spans of time."""
    week = preferred(text)
    if week is None:
        return "any time"
    spans = {}
    for day, hours in zip(_DAYS, week, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], hours.astype(int), [0]])))
        spans[day] = " ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in edges.reshape(-1, 2))
    if len(set(spans.values())) == 1:
        return spans["mon"]
    return "; ".join(f"{'+'.join(d for d in _DAYS if spans[d] == s)} {s}" for s in dict.fromkeys(spans.values()) if s)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("after 18", "18:00-24:00"),
        ("18-20", "18:00-20:00"),
        ("from 9 to 12", "09:00-12:00"),
        ("6-8pm", "18:00-20:00"),
        ("after 5", "17:00-24:00"),  # nobody means five in the morning
        ("9 a.m. - 11 a.m.", "09:00-11:00"),
        ("weekday mornings", "mon+tue+wed+thu+fri 06:00-12:00"),
        ("Mon-Fri after 18, Sat mornings", "mon+tue+wed+thu+fri 18:00-24:00; sat 06:00-12:00"),
        ("before noon", "06:00-12:00"),
        ("weekend", "sat+sun 00:00-24:00"),
        ("18:00:00", "17:00-19:00"),  # about that time
        ("wieczorem", "17:00-22:00"),
        ("po 17:00", "17:00-24:00"),
        ("od 9 do 12", "09:00-12:00"),
        ("pn-pt 9-12", "mon+tue+wed+thu+fri 09:00-12:00"),
        ("po południu", "12:00-18:00"),
        ("czwartek po 16", "thu 16:00-24:00"),
        ("wieczór lub rano", "06:00-12:00 17:00-22:00"),
        ("після обіду", "12:00-18:00"),
        ("понеділок і середа ввечері", "mon+wed 17:00-22:00"),
        ("з 9 до 12", "09:00-12:00"),
        ("утром", "06:00-12:00"),
        ("по будням после 18", "mon+tue+wed+thu+fri 18:00-24:00"),
        ("вечером после 19", "19:00-24:00"),
        ("пн-пт 10:00–18:00", "mon+tue+wed+thu+fri 10:00-18:00"),
        ("tra le 9 e le 12", "09:00-12:00"),
        ("dalle 9 alle 12", "09:00-12:00"),
        ("la sera dopo le 19", "19:00-24:00"),
        ("nei giorni feriali", "mon+tue+wed+thu+fri 00:00-24:00"),
        ("de 9 a 12", "09:00-12:00"),
        ("después de las 18", "18:00-24:00"),
        ("por la mañana", "06:00-12:00"),
        ("a las 18", "17:00-19:00"),
    ],
)
def test_what_people_write_is_read(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "any time",
        "kiedykolwiek",
        "в любое время",
        "nie po 18",
        "кроме утра",
        "600 123 456",
        "25:00",
        "18-" * 90,
    ],
)
def test_what_says_nothing_or_cannot_be_read_holds_nothing(text: str) -> None:
    assert said(text) == "any time"
