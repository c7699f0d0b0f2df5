"""Build the table of equivalent given names that is shipped, `sheetcrm/languages/given_names.txt`.

`python benchmarks/given_names/build.py --nicknames names.csv --forenames common-forenames-by-country.csv`

Its sources:

- `curated.txt` beside this script: names in six languages, written for this project (MIT).
- `names.csv` of https://github.com/carltonnorthern/nicknames (Apache-2.0; SHA-256 f370c99f12a564f4…, seen in
  November 2026): English nicknames. Taken are those that stand in no curated group themselves, of a name that stands in one.
- `common-forenames-by-country.csv` of https://github.com/sigpwned/popular-names-by-country-dataset (CC0 1.0;
  SHA-256 b55fbdd0cbc8ddfa…): the names most given in many countries, with their gender. Where one of a name's two spellings (its
  own and the romanised) stands in one curated group, the other joins it; those that stand in none become groups of their own, so
  that they are known as given names and by their gender.

Plain transliterations of the Cyrillic forms are added by rule (`_SCHEMES`), where no other name claims them.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sheetcrm.languages.folding import fold

HERE = Path(__file__).resolve().parent
CURATED = HERE / "curated.txt"
SHIPPED = HERE.parents[1] / "sheetcrm" / "languages" / "given_names.txt"
HEADER = """\
# Given names that one person may go by: m or f, a head name, its other forms; behind each | those of a name in its own right.
# Made by benchmarks/given_names/build.py: change it there.
#
# Sources: benchmarks/given_names/curated.txt (MIT, as this program);
# names.csv (SHA-256 f370c99f12a564f4…) of https://github.com/carltonnorthern/nicknames, by Carlton Northern and contributors, licensed
# under the Apache License, Version 2.0 (https://www.apache.org/licenses/LICENSE-2.0): changed: a selection, re-ordered, with capitals;
# common-forenames-by-country.csv (SHA-256 b55fbdd0cbc8ddfa…) of https://github.com/sigpwned/popular-names-by-country-dataset (CC0 1.0).
"""

_ODD = re.compile(  # in the list of nicknames: rather words and surnames than names, and names run together
    "bell|billiewilhelm|chick|court|day|farmboy|flick|ford|gory|hodge|menaalmena|moss|nanny|sceeter|sis|squat|than|tick|vest|vet|west"
)

_LETTERS = (
    "а:a б:b в:v г:h ґ:g д:d е:e ж:zh з:z и:y і:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:shch "
    "ы:y э:e ё:e ь: ъ: ': ’:"
)
_UKRAINIAN = dict(pair.split(":") for pair in _LETTERS.split())
_RUSSIAN = _UKRAINIAN | {"г": "g", "и": "i"}
_OFFICIAL = {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}
_COMMON = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_SCHEMES: Sequence[tuple[str, Mapping[str, str]]] = (
    # letters that only the other language has; the letters' Latin
    ("ыэёъ", _UKRAINIAN | _OFFICIAL),
    ("ыэёъ", _UKRAINIAN | _COMMON),
    ("іїєґ'", _RUSSIAN | _OFFICIAL),
    ("іїєґ'", _RUSSIAN | _COMMON),
)
_CYRILLIC = re.compile(r"[а-яёіїєґ'’]+")
_ONE_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u04ff'’]{2,}")  # Latin, Greek, Cyrillic
_OTHER = {"M": "m", "F": "f"}


@dataclass
class Group:
    """The forms of one name, as they are written, and the part in which each stands; `keys` are their folded spellings."""

    gender: str
    head: str
    forms: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    def add(self, forms: Iterable[str], part: int = 0) -> None:
        """Add the forms that are not in it yet, however they are written, to one of its parts."""
        for form in forms:
            if (key := fold(form)) not in self.keys:
                self.keys[key] = self.forms[form] = part

    def line(self) -> str:
        """Return it as the shipped file has it."""
        parts: list[list[str]] = [[] for _ in range(max(self.forms.values()) + 1)]
        for form, part in list(self.forms.items())[1:]:
            parts[part].append(form)
        return "\t".join((self.gender, self.head, " | ".join(map(" ".join, parts)))).rstrip()


def build(curated: str, nicknames: Iterable[Mapping[str, str]], forenames: Iterable[Mapping[str, str]]) -> str:
    """Return the text of the shipped file from the text of the curated one and the rows of the two lists.

    Raises `ValueError` for a curated line that has not three parts, has another gender than m and f, or repeats a head name.
    """
    groups = list(read(curated))
    _add_nicknames(groups, nicknames)
    _add_transliterations(groups)
    _add_forenames(groups, forenames)
    return HEADER + "\n".join(group.line() for group in groups) + "\n"


def read(curated: str) -> Iterator[Group]:
    """Yield the groups of the curated file. Raises `ValueError` as `build` does."""
    seen = set()
    for number, line in enumerate(curated.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        gender, head, forms = line.split("\t")
        if gender not in {"m", "f"} or (gender, fold(head)) in seen:
            raise ValueError(f"line {number}: {gender} {head} is no gender, or stands there twice")
        seen.add((gender, fold(head)))
        group = Group(gender, head)
        group.add([head])
        for part, names in enumerate(forms.split("|")):
            group.add(names.split(), part)
        yield group


def _standing(groups: Iterable[Group]) -> dict[str, list[Group]]:
    standing = defaultdict(list)
    for group in groups:
        for key in group.keys:
            standing[key].append(group)
    return standing


def _add_nicknames(groups: Sequence[Group], rows: Iterable[Mapping[str, str]]) -> None:
    standing = _standing(groups)
    for row in rows:
        name, nickname = row["name1"].strip(), row["name2"].strip()
        if row["relationship"] != "has_nickname" or not _ONE_WORD.fullmatch(nickname) or _ODD.fullmatch(nickname):
            continue
        named = standing.get(fold(name), [])
        if len(named) == 1 and fold(nickname) not in standing:
            named[0].add([nickname.title()], named[0].keys[fold(name)])


def _add_transliterations(groups: Sequence[Group]) -> None:
    standing = _standing(groups)
    made = [
        [(latin, part) for form, part in group.forms.items() for latin in _transliterated(form)] for group in groups
    ]
    by_rule = {id(group): {fold(form) for form, _ in forms} for group, forms in zip(groups, made, strict=True)}
    for group, forms in zip(groups, made, strict=True):
        for form, part in forms:
            claims = standing.get(key := fold(form), [])
            # a claim that the rule makes too is that of the same Cyrillic form: Slavik is Славік wherever that stands
            if not claims or any(key in by_rule[id(other)] for other in claims):
                group.add([form], part)


def _transliterated(form: str) -> Iterator[str]:
    """Yield how a Cyrillic form is written in Latin letters by those whose language it may be."""
    small = form.casefold()
    if not _CYRILLIC.fullmatch(small):
        return
    for foreign, letters in _SCHEMES:
        if not set(small) & set(foreign):
            rest = "".join(letters[char] for char in small[1:])
            for first in (
                _COMMON.get(small[0], letters[small[0]]),
                letters[small[0]],
            ):  # Yurii; Iurii in older passports
                yield (first + rest).capitalize()


def _add_forenames(groups: list[Group], rows: Iterable[Mapping[str, str]]) -> None:
    standing = _standing(groups)
    own: dict[tuple[str, str], Group] = {}
    for row in rows:
        gender = _OTHER.get(row["Gender"], "")
        spellings = [row["Localized Name"].strip(), row["Romanized Name"].strip()]
        forms = [form for form in dict.fromkeys(spellings) if _ONE_WORD.fullmatch(form) and fold(form)]
        if not gender or not forms:
            continue
        at_home = [[g for g in standing.get(fold(form), []) if g.gender == gender] for form in forms]
        known = next((found for found in at_home if found), None)
        if known is None and not any(fold(form) in standing for form in forms):
            group = own.setdefault((gender, fold(forms[0])), Group(gender, forms[0]))
            group.add(forms)
        elif known and len(known) == 1:
            part = next(known[0].keys[fold(form)] for form in forms if fold(form) in known[0].keys)
            known[0].add((form for form in forms if fold(form) not in standing), part)
    groups.extend(own[key] for key in sorted(own))


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nicknames", type=Path, required=True, help="names.csv of carltonnorthern/nicknames")
    parser.add_argument("--forenames", type=Path, required=True, help="common-forenames-by-country.csv of sigpwned")
    parser.add_argument("--to", type=Path, default=SHIPPED)
    wanted = parser.parse_args()
    text = build(CURATED.read_text("utf-8"), rows_of(wanted.nicknames), rows_of(wanted.forenames))
    wanted.to.write_text(text, "utf-8", newline="\n")
    print(f"{wanted.to}: {sum(line[:1] in 'mf' for line in text.splitlines())} groups, {len(text.split())} words")


if __name__ == "__main__":
    main()
