"""Names of people: a full name in its parts, and how she is called in a message.

A name is used only where it can be used rightly: never a nominative where a vocative is due, never an initial, never
a name in letters that the message's language does not have. What cannot be decided is "", and the salutation then does
without a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from sheetcrm.languages import data, given_names, polish
from sheetcrm.languages import language as words_of
from sheetcrm.languages.folding import fold


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a name as they stand in the list; `middle` is a patronymic or a second given name."""

    first: str = ""
    middle: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known for addressing a client. `gender` is "female", "male" or ""; `language` that of the message."""

    first: str = ""
    middle: str = ""
    last: str = ""
    gender: str = ""
    address_as: str = ""
    language: str = "en"


_WORDS = {key: frozenset(words) for key, words in data("names.toml").items()}

_SMALL = _WORDS["particles"] | _WORDS["turkic"]

# --- a full name in its parts ---

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[\"“”„«»]")
_CYRILLIC = re.compile(r"[а-яёіїєґ'-]+", re.IGNORECASE)
_PATRONYMIC = re.compile(
    r"(?:[оеёії]вна|[иі]чна|[ое]вич|(?:ілл|иль|кузьм|фом|хом|лук|[мн]икит|сав+)[иі]ч)$", re.IGNORECASE
)
_OF_A_WOMAN = re.compile(r"на$", re.IGNORECASE)
_EAST_SURNAME = re.compile(
    r"(?:енко|[сц]ь?ки?й|[сц]ь?ка|[сц]кая|[чщ]ук|(?<=..)(?:[оеёє]ва|(?<!люб)[оеёє]в))$", re.IGNORECASE
)
_TWO_SURNAMES = 2


def split_name(full: str, *, surname_first: bool = False, language: str = "") -> Name:
    """Return the parts of a full name.

    `surname_first` is what the header says; a comma ("Kowalska, Anna"), a patronymic or a word that
    can only be a surname beats it. A single word is the given name. `language` ("es", "it", "pl" …) tells which names
    have two surnames (Ana García López), and which two given names that belong together (Anna Maria). In a list of surnames
    first, what begins small behind a name is a note ("Оля маникюр"). Where it may as well be the surname that stands first
    ("Rossi Maria"), nothing is the given name.
    """
    before, comma, after = _BRACKETS.sub(" ", full).partition(",")
    words = _name_words(before)
    if surname_first and (noted := _before_a_note(words)) != words:
        known = len(noted) > 1 or _is_given(noted[0])
        return _split(noted, language, surname_first=True) if known else Name("", "", noted[0])
    if comma and after.strip()[:1].isupper():
        given = _name_words(after)
        return (
            Name(given[0], " ".join(given[1:]), " ".join(words))
            if given
            else _split(words, language, surname_first=False)
        )
    return _split(words, language, surname_first=surname_first)


def _split(words: list[str], language: str, *, surname_first: bool) -> Name:
    if len(words) <= 1:
        return Name("".join(words))
    if _CYRILLIC.fullmatch("".join(words)):
        return _split_east_slavic(words, surname_first=surname_first)
    groups = _with_particles(words, surname_first=surname_first)
    surnames = _spanish_surnames(groups, surname_first=surname_first) if language == "es" else 1
    if language == "pl" and not surname_first and polish.is_surname(groups[0]) and not polish.is_surname(groups[-1]):
        surname_first = True
    if len(groups) == 1:
        return Name(words[0], "", " ".join(words[1:]))
    if not surname_first and not _is_given(groups[0]) and _is_given(groups[-1]):
        return Name("", "", " ".join(words))
    last, given = (groups[:surnames], groups[surnames:]) if surname_first else (groups[-surnames:], groups[:-surnames])
    if language in ("it", "es"):  # Anna Maria, María José: both are what she is called
        return Name(" ".join(given), "", " ".join(last))
    return Name(given[0], " ".join(given[1:]), " ".join(last))


def _split_east_slavic(words: list[str], *, surname_first: bool) -> Name:
    if words[-1].lower() in _WORDS["turkic"]:
        words = [*words[:-2], " ".join(words[-2:])]
        if len(words) > _TWO_SURNAMES:
            return Name(words[1], words[2], words[0])
    first, second, rest = words[0], words[1], words[2:]
    if _is_patronymic(second) and (rest or _agree(first, second)):
        return Name(first, second, " ".join(rest))  # Олена Петрівна Коваль, Иван Петрович
    if rest and _is_patronymic(rest[-1]):
        return Name(" ".join(words[1:-1]), rest[-1], first)  # ФИО
    turned = _is_given(second) and not _is_given(first) and not _is_east_surname(second)  # Мельник Анна
    turned = turned or (_is_east_surname(first) and not _is_east_surname(words[-1]))
    if surname_first or _is_patronymic(first) or turned:
        return Name(second, " ".join(rest), first)
    return Name(first, " ".join(words[1:-1]), words[-1])


def _agree(first: str, patronymic: str) -> bool:
    # "Анна Петрович" has a surname there, "Анна Петрівна" and "Микола Петрович" a patronymic
    female = first[-1:].lower() in "ая" and first.lower() not in _WORDS["men_in_a"]
    return bool(_OF_A_WOMAN.search(patronymic)) or not female


def _is_patronymic(word: str) -> bool:
    return bool(_PATRONYMIC.search(word)) or word.rsplit(" ", maxsplit=1)[-1].lower() in _WORDS["turkic"]


def _is_east_surname(word: str) -> bool:
    return bool(_EAST_SURNAME.search(word))


def _before_a_note(words: list[str]) -> list[str]:
    """Return the words without those from the first on that begins small, though the first does not, and is part of no name."""
    if not words or not words[0][:1].isupper():
        return words
    small = (word for word in words[1:] if word[:1].islower() and word.lower() not in _SMALL and not _is_given(word))
    note = next(small, None)
    return words if note is None else words[: words.index(note)]


@cache
def _given_names() -> given_names.GivenNames:
    return given_names.load(fold)


def _is_given(name: str) -> bool:
    return all(_given_names().is_known(fold(part)) for part in re.split(r"[\s-]+", name))


def _name_words(text: str) -> list[str]:
    return [w.strip(".,;:") if len(w.strip(".,;:")) > 1 else w for w in text.split() if _is_name_word(w)]


def _is_name_word(word: str) -> bool:
    # a title only where it is written as one: "Don" and "Pan" are what nobody is called
    if word.isalpha():  # nearly all
        return word.lower() not in _WORDS["titles"]
    return any(c.isalpha() for c in word) and re.sub(r"[.\-]", "", word).lower() not in _WORDS["titles"]


def _with_particles(words: list[str], *, surname_first: bool) -> list[str]:
    """Join "van der Berg", "De Luca", "del Carmen"; a first word is a particle only where a surname is due."""
    groups: list[str] = []
    held: list[str] = []
    for index, word in enumerate(words):
        held.append(word)
        particle = word.lower() in _WORDS["particles"] and (index > 0 or surname_first)
        if not particle or index == len(words) - 1:
            groups.append(" ".join(held))
            held = []
    return groups


def _spanish_surnames(groups: list[str], *, surname_first: bool) -> int:
    if len(groups) <= _TWO_SURNAMES:
        return 1
    beside = groups[1]  # the one that may be a second given name or a surname
    given = any(fold(word) in _WORDS["spanish_given"] for word in beside.split())
    if surname_first or len(groups) > _TWO_SURNAMES + 1:
        return 1 if surname_first and given else _TWO_SURNAMES
    return 1 if given else _TWO_SURNAMES


# --- how she is called ---

_ALPHABET = {
    "uk": re.compile(r"[абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'-]+", re.IGNORECASE),
    "ru": re.compile(r"[а-яёіїєґ'-]+", re.IGNORECASE),
    "pl": re.compile(r"[a-ząćęłńóśźż-]+", re.IGNORECASE),
}
_LATIN = re.compile(r"[a-zà-öø-ÿāăąćčďđēęěğģīįķļľłńņňōőřśşšťţūůűųźżž' -]+", re.IGNORECASE)
_UKRAINIAN_PATRONYMIC = re.compile(r"(?:[ії]вна|ович|[иі]ч)$", re.IGNORECASE)
_RUSSIAN_LETTERS = re.compile(r"[а-яё]+(?: [а-яё]+)?", re.IGNORECASE)


def call_name(person: Person, *, formal: bool) -> str:
    """Return the name as one calls her in the message's language, in the vocative where it has one; "" where doubtful.

    `address_as` beats all. Formal Ukrainian and Russian add the patronymic; Polish is the vocative of the given name
    alone, before which "Pani" or "Panie" belongs (`salutation` has both).
    """
    spoken = _spoken(person)
    if spoken:
        return spoken
    first = _first(person.first, person.language)
    if not first:
        return ""
    patronymic = _patronymic(person) if formal else ""
    if person.language == "pl":
        return _polish(first, person.gender)
    if person.language == "uk":
        return _ukrainian(first, patronymic, _gender(person))
    return f"{first} {patronymic}".strip() if person.language == "ru" else first


def salutation(person: Person, *, formal: bool) -> str:
    """Return the complete opening line with its punctuation ("Pani Anno,", "Dear Anna,"). Never empty."""
    greetings = _greetings(person.language)
    name = call_name(person, formal=formal)
    gender = _gender(person)
    if _spoken(person) and name.lower().startswith(tuple(_WORDS["greetings"])):
        return name + greetings["familiar"][-1]  # the owner wrote the whole greeting
    return greetings[_form(person, name, gender, formal=formal)].format(name=name, last=_recased(person.last.strip()))


@cache
def _greetings(language: str) -> dict[str, str]:
    return {key: str(text) for key, text in words_of(language).section("greetings").items()}


def _form(person: Person, name: str, gender: str, *, formal: bool) -> str:
    """Return the key of the greeting that fits what is known."""
    if not formal:
        return "familiar" if name else "familiar_nameless"
    if _spoken(person):
        titled = name.split(maxsplit=1)[0].lower().rstrip(".") in _WORDS["titles"]
        return gender if person.language == "pl" and gender and not titled else "addressed"
    if not name:
        surname = _LATIN.fullmatch(person.last.strip()) and len(person.last.strip()) > _INITIALS
        return f"{'surname' if surname else 'nameless'}_{gender}" if gender else "nameless"
    if person.language == "ru" and " " not in name:
        return "neutral"  # Уважаемая wants name and patronymic; a bare name is greeted with Здравствуйте
    return gender or "neutral"


_INITIALS = 2  # so few capitals and nothing else are initials


def _spoken(person: Person) -> str:
    """Return what the owner wrote under "address as", unless it is a bare title (Mrs, Sig.ra)."""
    said = " ".join(person.address_as.split()).rstrip(",.!:; ")
    return said if any(_is_name_word(w) for w in said.split()) else ""


@lru_cache(maxsize=8192)
def _first(given: str, language: str) -> str:
    """Return the given name, tidied, where it can be used in the message's language."""
    words = [w for w in _name_words(given.replace("’", "'").replace("ʼ", "'")) if len(w.strip(".")) > 1 or w == given]
    initial = given.strip()[1:2] == "." or (given.isupper() and len(given.strip()) <= _INITIALS)
    if not words or initial or words[0].lower() in _WORDS["no_names"] or any(c.isdigit() for c in given):
        return ""
    alphabet = _ALPHABET.get(language)
    name = words[0] if alphabet else " ".join(words)
    if len(name) == 1 or not (alphabet or _LATIN).fullmatch(name) or (alphabet and _is_east_surname(name)):
        return ""
    return _recased(name)


def _recased(name: str) -> str:
    """Write "ANNA-MARIA" and "anna" as Anna-Maria and Anna; a name in mixed case is left as it is."""
    if not (name.isupper() or name.islower()):
        return name
    words = [w if i and w in _WORDS["particles"] else _capital_parts(w) for i, w in enumerate(name.lower().split())]
    return " ".join(words)


def _capital_parts(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _patronymic(person: Person) -> str:
    """Return the patronymic where the middle name is one, in a spelling of the message's language."""
    middle = person.middle.strip().replace("’", "'")
    fits = _UKRAINIAN_PATRONYMIC.search if person.language == "uk" else _RUSSIAN_LETTERS.fullmatch
    return _recased(middle) if _is_patronymic(middle) and fits(middle) else ""


def _gender(person: Person) -> str:
    """Return the gender where it is known: from the list or from a patronymic. "" where the two differ."""
    middle = person.middle.strip()
    if person.language not in ("uk", "ru") or not _is_patronymic(middle) or " " in middle:
        return person.gender
    told = "female" if _OF_A_WOMAN.search(middle) else "male"
    return told if person.gender in ("", told) else ""


def _polish(first: str, gender: str) -> str:
    parts = [polish.vocative(part, gender) for part in first.split("-")]
    return _capital_parts("-".join(parts)) if all(parts) else ""


def _ukrainian(first: str, patronymic: str, gender: str) -> str:
    """Return the vocative. Where the gender is not noted, the form of the name decides how it is declined, no more."""
    import shevchenko  # noqa: PLC0415 - reads its rules from files; only Ukrainian messages need it

    known = {"female": "feminine", "male": "masculine"}.get(gender)
    if known is None:
        parts = {"patronymicName": patronymic} if patronymic else {"givenName": first}
        found = shevchenko.detect_gender(parts)["gender"]
        if found is None:
            return ""
        known = found.value
    called = shevchenko.in_vocative({"gender": known, "givenName": first, "patronymicName": patronymic or None})
    return f"{called['givenName']} {called.get('patronymicName') or ''}".strip()
