"""Why two rows are shown as a pair: what agrees and what does not, with its points, the weightiest first."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sheetcrm.crm.linkage.arrays import spans
from sheetcrm.crm.linkage.field_levels import Level
from sheetcrm.crm.linkage.levels import Word
from sheetcrm.crm.linkage.records import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sheetcrm.crm.linkage.arrays import Ids
    from sheetcrm.crm.linkage.finding import Found
    from sheetcrm.crm.tables import Cell, Column
    from sheetcrm.languages import Language

_LEAST = 0.5  # points that are worth a word
_GIVEN = {Word.EXACT: "same-given", Word.SPELT: "given-spelt", Word.ALIAS: "given-alias", Word.VAGUE: "given-perhaps"}
_GIVEN |= {Word.TYPO: "given-typo", Word.CLOSE: "given-typo", Word.INITIAL: "initial"}
_GIVEN |= dict.fromkeys((Word.OTHER, Word.RIVAL), "other-given")
_FAMILY = {Word.EXACT: "same-family", Word.INITIAL: "initial"}
_FAMILY |= dict.fromkeys((Word.SPELT, Word.ALIAS), "family-spelt") | dict.fromkeys(
    (Word.OTHER, Word.RIVAL), "other-family"
)
_FAMILY |= dict.fromkeys((Word.TYPO, Word.CLOSE, Word.VAGUE), "family-typo")
_WORDED = ("phone", "email", "birthday", "city", "postcode", "tax_id")
_SAID = {Level.SAME: "same", Level.NEAR: "near", Level.OTHER: "other"}
_NAMING = frozenset((*_GIVEN.values(), *_FAMILY.values(), "family-forms"))  # they quote both names
_ALWAYS = _NAMING | {"crossed"}  # told whatever their points

CODES = (
    *("same-name", *sorted(_NAMING), "crossed", "other-father", "other-title", "phone-written"),
    *(f"{said}-{name}" for name in _WORDED for said in _SAID.values()),
    *("same-address", "same-street", "other-address"),
)
"""All reasons there are."""
_NUMBER = {code: number for number, code in enumerate(CODES)}
_IS_NAMING = np.array([code in _NAMING for code in CODES], dtype=bool)

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]


class Reason(NamedTuple):
    """A reason by its code (`languages`, section `likeness`), the points that it gave or cost, and the values it quotes."""

    code: str
    points: float
    params: Mapping[str, str]

    def said(self, words: Language) -> str:
        """Return it in words, with its points: `the same phone number, written differently (+9)`."""
        text = self.text(words)
        return f"{text} ({self.points:+.0f})" if round(self.points) else text

    def text(self, words: Language) -> str:
        """Return it in words."""
        return str(words.section("likeness").get(self.code, self.code)).format_map(dict(self.params))


class Why(NamedTuple):
    """The reasons of many pairs, weightiest first: those of the k-th pair are `starts[k]` to `starts[k + 1]` of the others.

    `codes` are places in `CODES`. What a reason quotes is not in it: it is looked up in the rows when it is shown.
    """

    starts: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint8]
    points: Points

    def take(self, pairs: npt.NDArray[np.int64]) -> Why:
        """Return the reasons of these pairs."""
        sizes = np.diff(self.starts)[pairs]
        places = spans(self.starts[:-1][pairs], sizes)
        return Why(np.append(0, np.cumsum(sizes)), self.codes[places], self.points[places])

    def followed_by(self, other: Why) -> Why:
        """Return the reasons of these pairs and then of others."""
        return Why(
            np.append(self.starts, other.starts[1:] + self.starts[-1]),
            np.append(self.codes, other.codes),
            np.append(self.points, other.points),
        )


def why(found: Found, columns: Mapping[str, Column]) -> Why:
    """Return the reasons of all pairs of `found`; `columns` are the raw ones that it was made from."""
    count = len(found.tier)
    told = [*_of_names(found), *_of_fields(found, columns), *_of_address(found)]
    pairs = [np.flatnonzero(mask & ((np.abs(points) >= _LEAST) | (code in _ALWAYS))) for code, mask, points in told]
    whose = np.concatenate(pairs)
    points = np.concatenate([points[places] for (_, _, points), places in zip(told, pairs, strict=True)])
    codes = np.repeat([_NUMBER[code] for code, _, _ in told], [len(places) for places in pairs]).astype(np.uint8)
    order = np.lexsort((np.arange(len(whose)), -np.abs(points), whose))
    starts = np.append(0, np.cumsum(np.bincount(whose, minlength=count)))
    return Why(starts, codes[order], points[order])


def worded(reasons: Why, columns: Mapping[str, Column], left: Ids, right: Ids) -> list[tuple[Reason, ...]]:
    """Return the reasons of each pair with what they quote of its two rows."""
    params: list[Mapping[str, str]] = [{}] * len(reasons.codes)
    starts = reasons.starts.tolist()
    naming = _IS_NAMING[reasons.codes]
    whose = np.repeat(np.arange(len(left)), np.diff(reasons.starts))
    for pair in np.unique(whose[naming]).tolist():
        names = {"one": shown_name(columns, int(left[pair])), "other": shown_name(columns, int(right[pair]))}
        for place in range(starts[pair], starts[pair + 1]):
            params[place] = names if naming[place] else params[place]
    codes = [CODES[number] for number in reasons.codes.tolist()]
    told = list(map(Reason, codes, reasons.points.tolist(), params))
    return [tuple(told[start:end]) for start, end in itertools.pairwise(starts)]


def _of_names(found: Found) -> Iterator[tuple[str, Mask, Points]]:
    scored, records = found.scored, found.records
    points = scored.points
    exact = (scored.given == Word.EXACT) & (scored.family == Word.EXACT)
    yield "same-name", exact, points["given"] + points["family"]
    forms = _forms(found)
    for code in dict.fromkeys(_GIVEN.values()):
        yield code, ~exact & np.isin(scored.given, _levels(_GIVEN, code)), points["given"]
    yield "family-forms", ~exact & forms, points["family"]
    for code in dict.fromkeys(_FAMILY.values()):
        yield code, ~exact & ~forms & np.isin(scored.family, _levels(_FAMILY, code)), points["family"]
    sure = records.sure[found.left] & records.sure[found.right]
    yield "crossed", scored.crossed & sure, np.zeros(len(sure))
    yield "other-father", points["extra"] < 0, points["extra"]
    yield "other-title", points["title"] < 0, points["title"]


def _levels(codes: Mapping[Word, str], wanted: str) -> list[int]:
    return [level for level, code in codes.items() if code == wanted]


def _forms(found: Found) -> Mask:
    """Tell which surnames are his and hers: Kowalski and Kowalska, Петров and Петрова."""
    records, scored = found.records, found.scored
    hers = records.words.ends_in_a
    one, other = (hers[records.family[side]] for side in (found.left, found.right))
    forms: Mask = np.isin(scored.family, (Word.TYPO, Word.CLOSE)) & ~scored.crossed & (one != other)
    return forms


def shown_name(columns: Mapping[str, Column], row: int) -> str:
    """Return the name that a row shows, from its raw columns; of one without end, its beginning."""
    parts = [_cell(columns, name, row) for name in ("first_name", "last_name")]
    whole = " ".join(str(part) for part in parts if part) or str(_cell(columns, "name", row) or "")
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"


def _cell(columns: Mapping[str, Column], name: str, row: int) -> Cell:
    return columns[name].cell(row) if name in columns else None


def _of_fields(found: Found, columns: Mapping[str, Column]) -> Iterator[tuple[str, Mask, Points]]:
    for name in _WORDED:
        levels, points = found.scored.compared.fields[name], found.scored.points[name]
        for level, said in _SAID.items():
            mask = levels == level
            if (name, level) == ("phone", Level.SAME):
                written = mask & _written_differently(found, columns)
                yield "phone-written", written, points
                mask &= ~written
            yield f"{said}-{name}", mask, points


def _written_differently(found: Found, columns: Mapping[str, Column]) -> Mask:
    """Tell whose phone numbers are not typed alike."""
    if "phone" not in columns:
        return np.zeros(len(found.tier), dtype=bool)
    column = columns["phone"]
    differ: Mask = column.codes[found.left] != column.codes[found.right]
    for k in np.flatnonzero(differ).tolist():
        one, other = (column.cell(int(side[k])) for side in (found.left, found.right))
        differ[k] = str(one) != str(other)
    return differ


def _of_address(found: Found) -> Iterator[tuple[str, Mask, Points]]:
    street, house = (found.scored.compared.fields[name] for name in ("street", "house"))
    points = found.scored.points["address"]
    both = (street == Level.SAME) & (house == Level.SAME)
    yield "same-address", both, points
    yield "same-street", np.isin(street, (Level.SAME, Level.NEAR)) & ~both, points
    yield "other-address", street == Level.OTHER, points
