"""Why two rows are shown as a pair: what agrees and what does not, with its points, the weightiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.linkage.levels import Level, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


class Reason(NamedTuple):
    """A reason by its code (`languages`, section `likeness`), the points that it gave or cost, and the values it quotes."""

    code: str
    points: float
    params: Mapping[str, str]

    def said(self, words: Language) -> str:
        """Return it in words, with its points: `the same phone number, written differently (+9)`."""
        text = str(words.section("likeness").get(self.code, self.code)).format_map(dict(self.params))
        return f"{text} ({self.points:+.0f})" if round(self.points) else text


def reasons_of(found: Found, columns: Mapping[str, Column], pair: int) -> list[Reason]:
    """Return the reasons of the pair at this place of `found`; `columns` are the raw ones that it was made from."""
    at = int(found.order[pair])
    reasons = [*_of_names(found, columns, at), *_of_fields(found, columns, at), *_of_address(found, at)]
    return sorted((reason for reason in reasons if _tells(reason)), key=lambda reason: -abs(reason.points))


def _tells(reason: Reason) -> bool:
    return abs(reason.points) >= _LEAST or reason.code in (
        "crossed",
        "family-forms",
        *_GIVEN.values(),
        *_FAMILY.values(),
    )


def _of_names(found: Found, columns: Mapping[str, Column], at: int) -> Iterator[Reason]:
    scored, records = found.scored, found.records
    left, right = int(scored.compared.left[at]), int(scored.compared.right[at])
    given, family = Word(int(scored.given[at])), Word(int(scored.family[at]))
    points = [float(scored.points[name][at]) for name in ("given", "family")]
    if given is Word.EXACT and family is Word.EXACT:
        yield Reason("same-name", sum(points), {})
    else:
        shown = {side: shown_name(columns, row) for side, row in (("one", left), ("other", right))}
        codes = _GIVEN.get(given), "family-forms" if _forms(found, at, family) else _FAMILY.get(family)
        for code, worth in zip(codes, points, strict=True):
            if code:
                yield Reason(code, worth, shown)
    if scored.crossed[at] and records.sure[left] and records.sure[right]:
        yield Reason("crossed", 0.0, {})
    if (extra := float(scored.points["extra"][at])) < 0:
        yield Reason("other-father", extra, {})


def _forms(found: Found, at: int, family: Word) -> bool:
    """Tell whether two surnames are his and hers: Kowalski and Kowalska, Петров and Петрова."""
    records, compared = found.records, found.scored.compared
    if family not in (Word.TYPO, Word.CLOSE) or found.scored.crossed[at]:
        return False
    one, other = (records.words.plains[records.family[side[at]]] for side in (compared.left, compared.right))
    return bool(one.endswith("a")) is not bool(other.endswith("a"))


def shown_name(columns: Mapping[str, Column], row: int) -> str:
    """Return the name that a row shows, from its raw columns."""
    parts = [_cell(columns, name, row) for name in ("first_name", "last_name")]
    return " ".join(str(part) for part in parts if part) or str(_cell(columns, "name", row) or "")


def _cell(columns: Mapping[str, Column], name: str, row: int) -> Cell:
    return columns[name].cell(row) if name in columns else None


def _of_fields(found: Found, columns: Mapping[str, Column], at: int) -> Iterator[Reason]:
    compared = found.scored.compared
    left, right = int(compared.left[at]), int(compared.right[at])
    for name in _WORDED:
        said = _SAID.get(Level(int(compared.fields[name][at])))
        if said is None:
            continue
        code = f"{said}-{name}"
        if code == "same-phone" and str(_cell(columns, name, left)) != str(_cell(columns, name, right)):
            code = "phone-written"
        yield Reason(code, float(found.scored.points[name][at]), {})


def _of_address(found: Found, at: int) -> Iterator[Reason]:
    street, house = (Level(int(found.scored.compared.fields[name][at])) for name in ("street", "house"))
    points = float(found.scored.points["address"][at])
    if street is Level.SAME and house is Level.SAME:
        yield Reason("same-address", points, {})
    elif street in (Level.SAME, Level.NEAR):
        yield Reason("same-street", points, {})
    elif street is Level.OTHER:
        yield Reason("other-address", points, {})
