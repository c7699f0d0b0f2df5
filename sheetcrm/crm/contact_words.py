"""The words by which people say when they like to hear from the business, in six languages, folded."""

from __future__ import annotations

from collections.abc import Mapping


def _each(names: Mapping[str, str]) -> dict[str, str]:
    """Return by each word what it means, from the words by meaning."""
    return {word: meaning for meaning, words in names.items() for word in words.split()}


HOURS: Mapping[str, tuple[int, int]] = {
    "morning": (6, 12),
    "afternoon": (12, 18),
    "daytime": (9, 18),
    "noon": (11, 14),
    "evening": (17, 22),
}
DAY_PARTS = _each(
    {
        "morning": (
            "morning mornings rano ranek ranki rankiem зранку вранці ранок ранком утро утром утра mattina mattino mattine manana mananas"
        ),
        "afternoon": "afternoon afternoons popoludnie popoludniu popoludniami pomeriggio pomeriggi tarde tardes",
        "daytime": "daytime день днем вдень dia dzien giorno",
        "noon": "noon lunch lunchtime poludnie обед обід pranzo mediodia",
        "evening": (
            "evening evenings wieczor wieczorem wieczory wieczorami вечір ввечері увечері вечорами вечер вечером вечерами вечера "
            "sera sere serata noche noches"
        ),
    }
)
PHRASES: Mapping[str, str] = {
    **dict.fromkeys(
        ("по обіді", "після обіду", "после обеда", "во второй половине дня", "у другій половині дня"), "afternoon"
    ),
    **dict.fromkeys(("в первой половине дня", "у першій половині дня", "до обеда", "до обіду"), "morning"),
    **dict.fromkeys(("po poludniu", "after lunch", "after noon", "dopo pranzo", "despues de comer"), "afternoon"),
    **dict.fromkeys(("przed poludniem", "before noon", "before lunch", "prima di pranzo"), "morning"),
    **dict.fromkeys(("w ciagu dnia", "во время дня", "протягом дня", "в течение дня", "durante el dia"), "daytime"),
    **dict.fromkeys(("dni robocze", "dni powszednie", "w tygodniu", "w tyg", "working days", "week days"), "weekdays"),
    **dict.fromkeys(("рабочие дни", "робочі дні", "по будням", "entre semana", "dias laborables"), "weekdays"),
    **dict.fromkeys(("giorni feriali", "nei giorni feriali", "giorni lavorativi", "in settimana"), "weekdays"),
    **dict.fromkeys(("fine settimana", "fin de semana", "fines de semana", "nel fine settimana"), "weekend"),
    **dict.fromkeys(("a partir de", "nie wczesniej niz", "не раньше", "не раніше", "not before", "non prima"), "after"),
    **dict.fromkeys(("nie pozniej niz", "не позже", "не пізніше", "not after", "non dopo"), "before"),
    **dict.fromkeys(("kazdego dnia", "каждый день", "щодня", "every day", "tutti i giorni", "todos los dias"), "any"),
    **dict.fromkeys(("caly dzien", "весь день", "увесь день", "цілий день", "all day", "todo el dia"), "any"),
    **dict.fromkeys(("tutto il giorno", "any time", "kiedykolwiek", "o kazdej porze", "в любое время"), "any"),
    **dict.fromkeys(("будь коли", "когда угодно", "a qualsiasi ora", "a cualquier hora", "bez znaczenia"), "any"),
}
WORDS = _each(
    {
        "after": "after from od po since z с після после від от з dopo dalle dal despues desde",
        "before": "before until till do przed до prima fino antes hasta by",
        "to": "to a alle al",  # `dalle 9 alle 12`; alone it says at what time
        "weekdays": "weekdays weekday будни будні будням feriali laborables workdays robocze",
        "weekend": "weekend weekends weekendy вихідні выходные выходным вихідних festivi",
        "any": "any anytime always daily zawsze codziennie завжди щодня всегда ежедневно sempre siempre diario",
        "between": "between miedzy pomiedzy між между tra fra entre",
        "and": "and i и і та e y or lub albo или або o oppure",
    }
)
SOME_DAYS: Mapping[str, tuple[int, ...]] = {"weekdays": (0, 1, 2, 3, 4), "weekend": (5, 6)}
FILLERS = _each(
    {
        "": (
            "at about around ok okolo h hr hrs godz godzina godzinie godzinach godziny ore ora hora horas las los la le il in the on of "
            "de di del dei nel nei nella dell delle в во у о около біля близько по при only tylko лише тільки только solo call calls "
            "write dzwonic pisac kontakt kontaktowac звонить дзвонити писать писати llamar chiamare contact please prosze prefer "
            "preferably najlepiej краще лучше meglio mejor lo oclock g год час часов годин ч w we por para"
        )
    }
)
OTHER_NAMES = (
    "mondays pn poniedzialki понеділка понедельникам",
    "tuesdays wt wtorki вівторка вторникам",
    "wednesdays sr srody середу среду средам",
    "thursdays cz czw czwartki четверга четвергам",
    "fridays pt piatki пʼятниці пятницу пятницам",
    "saturdays sb sob soboty суботу субботу субботам",
    "sundays nd ndz niedziele неділю воскресеньям вс",
)
"""Of weekdays from Monday, as people write them, beside their names."""
