"""In which encoding a text table is: told by its mark, by what its bytes can be, else by the letters that come out.

An export says nothing of its encoding. UTF-8 is told by its bytes alone, also where a few of them were damaged: these letters become
`DAMAGED`, and no other. Else that code page is taken under which the letters are those that the languages of this program have.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DAMAGED = "\N{REPLACEMENT CHARACTER}"
"""What stands for a letter that could not be read."""

_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžöüőű"
_LETTERS = {
    "cp1250": _CENTRAL,
    "cp1252": "áéíóúñüàèìòùçäöß¿¡ºª€",
    "cp1251": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
    "iso8859_2": _CENTRAL,
}
"""What stands in a text of the languages that a code page is for."""
_OF_LANGUAGE = {"pl": "cp1250", "uk": "cp1251", "ru": "cp1251"}
_OF_COUNTRY = {
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "SI", "HR", "RO"), "cp1250"),
    **dict.fromkeys(("UA", "RU", "BY", "BG", "KZ"), "cp1251"),
}
_USUAL = "cp1252"
_MOSTLY = 4  # bytes of whole letters for each byte of none: a text in a code page has hardly any by chance
_ASCII = 128
_SAMPLE = 200_000  # bytes
_CYRILLIC_WORDS = re.compile("[а-яёіїєґ]{2,}", re.IGNORECASE)


def decoded(data: bytes, language: str = "en", country: str = "") -> str | None:
    r"""Return the text of a file, None where it is none. Where its letters do not decide, `country` (ISO 3166) does, else `language`.

    >>> decoded("Imię;Telefon\nŻaneta;600".encode("cp1250")), decoded("Имя;Телефон".encode("cp1251"))
    ('Imię;Telefon\nŻaneta;600', 'Имя;Телефон')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data, encoding)
    if b"\0" in data:
        return _read(data, "utf-16-le" if data[1:200:2].count(0) > data[0:200:2].count(0) else "utf-16-be")
    usual = _OF_COUNTRY.get(country.upper(), _USUAL) if country else _OF_LANGUAGE.get(language, _USUAL)
    return _read(data, "utf-8") or _damaged_utf8(data) or data.decode(_code_page(data, usual), "replace")


def _damaged_utf8(data: bytes) -> str | None:
    """Return a text in UTF-8 of which a few bytes are damaged; None where it is rather in a code page."""
    text = data.decode("utf-8", "replace")
    whole = len(text.replace(DAMAGED, "").encode()) - sum(letter < "\x80" for letter in text)
    damaged = sum(byte >= _ASCII for byte in data) - whole
    return text if whole and whole >= _MOSTLY * damaged else None


def _read(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _code_page(data: bytes, usual: str) -> str:
    """Return the code page under which most of what is not ASCII is a letter of its languages; in doubt the usual one."""
    sample = data[:_SAMPLE]
    points = {page: _points(sample.decode(page, "replace"), page) for page in _LETTERS}
    return max(points, key=lambda page: (points[page], page == usual))


def _points(text: str, page: str) -> int:
    """Count the letters that fit, less those that do not. A word of Cyrillic letters alone tells more than a lone one."""
    if page == "cp1251":
        words = "".join(_CYRILLIC_WORDS.findall(text))
        lone = sum("Ѐ" <= letter <= "ӿ" for letter in text) - len(words)
        return len(words) - 2 * lone
    counts = Counter(letter for letter in text.lower() if letter > "\x7f")
    fit = sum(count for letter, count in counts.items() if letter in _LETTERS[page])
    odd = sum(count for letter, count in counts.items() if letter not in _LETTERS[page] and not letter.isspace())
    return fit - odd
