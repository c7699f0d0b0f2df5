"""In which encoding a text table is: told by its mark, by what its bytes can be, else by the letters that come out.

An export says nothing of its encoding. UTF-8 is told by its bytes alone; of the code pages of Windows that one is taken under which
the letters are those that the languages of this program have.
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
_LETTERS = {
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžöüőű",
    "cp1252": "áéíóúñüàèìòùçäöß¿¡ºª€",
    "cp1251": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
}
"""What stands in a text of the languages that a code page is for."""
_OF_LANGUAGE = {"pl": "cp1250", "uk": "cp1251", "ru": "cp1251"}
_SAMPLE = 200_000  # bytes
_CYRILLIC_WORDS = re.compile("[а-яёіїєґ]{2,}", re.IGNORECASE)


def decoded(data: bytes, language: str = "en") -> str | None:
    r"""Return the text of a file, None where it is none. `language` decides where its letters do not.

    >>> decoded("Imię;Telefon\nŻaneta;600".encode("cp1250")), decoded("Имя;Телефон".encode("cp1251"))
    ('Imię;Telefon\nŻaneta;600', 'Имя;Телефон')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data, encoding)
    if b"\0" in data:
        return _read(data, "utf-16-le" if data[1:200:2].count(0) > data[0:200:2].count(0) else "utf-16-be")
    return _read(data, "utf-8") or data.decode(_code_page(data, language), "replace")


def _read(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _code_page(data: bytes, language: str) -> str:
    """Return the code page under which most of what is not ASCII is a letter of its languages; in doubt that of `language`."""
    sample = data[:_SAMPLE]
    usual = _OF_LANGUAGE.get(language, "cp1252")
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
