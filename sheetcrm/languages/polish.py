"""The vocative of Polish given names: *Anna* → *Anno*, *Zosia* → *Zosiu*, *Marek* → *Marku*.

Rules by the end of the word, the longest first; names that follow no rule stand in `EXCEPTIONS`. Where no rule is sure
the answer is "": a wrong vocative reads worse than a greeting without a name.
"""

from __future__ import annotations

import re

_LETTERS = re.compile(r"[a-ząćęłńóśźż]+")
_SURNAME = re.compile(r"(?:(?:sk|ck|dzk)[ai]|wicz|czyk)$")  # no given name ends so
_SYLLABLE = re.compile(r"[aeouyóąę]|i(?![aeouyóąę])")  # an i before a vowel only softens the consonant: Wio-la has two

EXCEPTIONS = {
    "anastasia": "anastasio",
    "ksenia": "ksenio",
    "xenia": "xenio",
    "stela": "stelo",
    "maja": "maju",
    "kaja": "kaju",
    "andrea": "andreo",
    "lew": "lwie",
    "wawrzyniec": "wawrzyńcze",
    "paweł": "pawle",
    "gaweł": "gawle",
    "kacper": "kacprze",
    "kasper": "kasprze",
    "aleksander": "aleksandrze",
    "leander": "leandrze",
    "sylwester": "sylwestrze",
    "bruno": "bruno",
    "hugo": "hugo",
    "iwo": "iwo",
    "otto": "otto",
    "mieszko": "mieszku",
}
"""Names whose vocative follows no rule, in small letters."""

DOUBTFUL = frozenset({"mila", "lila", "zoja", "lea", "noa", "maia", "kaia", "gaia", "naia", "raja"})
"""Names of which people use two vocatives, or that no rule fits."""

FEMALE = frozenset({"karmen", "carmen", "miriam", "rachel", "ingrid", "dagmar", "nikol", "nel", "inez", "ines"})
"""Women's names that end in a consonant and are not declined: told from men's names where the gender is not known."""

_SHORT = 2  # syllables: pet names (Ania, Ola) are softer than full ones (Stefania, Gabriela)
_RULES: tuple[tuple[str, str, str], ...] = (
    # (end, what becomes of it, for which names: "" all, "short" those of two syllables, "none" it cannot be said)
    # women, and men whose names end in -a
    ("icia", "", "none"),  # Patricia, Alicia: foreign, they would be Patricio
    ("ucia", "", "none"),
    ("sia", "siu", ""),
    ("zia", "ziu", ""),
    ("cia", "ciu", ""),
    ("nia", "niu", "short"),  # Ania, Hania; but Stefania, Antonia below
    ("lla", "llo", ""),
    ("rla", "rlo", ""),
    ("la", "lu", "short"),  # Ola, Ela; but Gabriela, Urszula below
    ("ea", "", "none"),
    ("oa", "", "none"),
    ("ua", "", "none"),
    ("a", "o", ""),
    # men
    ("ciek", "ćku", ""),  # Maciek
    ("siek", "śku", ""),  # Krzysiek
    ("ziek", "źku", ""),
    ("niek", "ńku", ""),
    ("ek", "ku", ""),
    ("sio", "siu", ""),
    ("zio", "ziu", ""),
    ("cio", "ciu", ""),
    ("nio", "niu", "short"),  # Henio; Antonio is foreign
    ("i", "i", ""),
    ("y", "y", ""),
    ("rz", "rzu", ""),
    ("sz", "szu", ""),
    ("cz", "czu", ""),
    ("ch", "chu", ""),
    ("dź", "dziu", ""),
    ("ś", "siu", ""),
    ("ń", "niu", ""),
    ("ć", "ciu", ""),
    ("ź", "ziu", ""),
    ("ż", "żu", ""),
    ("c", "cu", ""),
    ("j", "ju", ""),
    ("l", "lu", ""),
    ("k", "ku", ""),
    ("g", "gu", ""),
    ("th", "", "none"),
    ("h", "hu", ""),
    ("st", "ście", ""),
    ("t", "cie", ""),
    ("d", "dzie", ""),
    ("r", "rze", ""),
    ("ł", "le", ""),
    *((end, end + "ie", "") for end in "bpwfmnsz"),
)


def vocative(name: str, gender: str = "") -> str:
    """Return the vocative of one Polish given name (no hyphen, any case), in small letters; "" where it is not sure.

    `gender` is "female", "male" or "": women's names that end in a consonant (Karmen) stay as they are.
    """
    word = name.lower()
    if not _LETTERS.fullmatch(word) or len(word) == 1 or word in DOUBTFUL or is_surname(word):
        return ""
    if word in EXCEPTIONS:
        return EXCEPTIONS[word]
    if word in FEMALE or (gender == "female" and not word.endswith("a")):
        return word
    for end, becomes, names in _RULES:
        if word.endswith(end) and (names != "short" or len(_SYLLABLE.findall(word)) <= _SHORT):
            return "" if names == "none" else word.removesuffix(end) + becomes
    return ""


def is_surname(word: str) -> bool:
    """Tell whether a word can only be a surname: Kowalska, Mickiewicz."""
    return bool(_SURNAME.search(word.lower()))
