"""What the finder remembers between two runs: only rows that are new or changed are compared, and it comes to the same."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcrm.crm.linkage import blocking, memory, renewing
from sheetcrm.crm.linkage.blocking import candidate_pairs
from sheetcrm.crm.linkage.counts import Counts, counts_of
from sheetcrm.crm.linkage.finding import find, judged
from sheetcrm.crm.linkage.memory import Memory, Verdicts, verdicts_of
from sheetcrm.crm.linkage.reasons import CODES
from sheetcrm.crm.linkage.records import FIELDS, RAW_FIELDS, Records, records_of
from sheetcrm.crm.linkage.renewing import recalled
from sheetcrm.crm.tables import Column

Row = tuple[str | None, ...]
Pair = tuple[int, int, int, float, tuple[tuple[str, float], ...]]

SECRET = bytes(32)
FILLED = ("name", "phone", "email", "birthday", "city", "address")


def columns(rows: Sequence[Row]) -> dict[str, Column]:
    return {name: Column.encode([row[k] for row in rows]) for k, name in enumerate(FILLED)}


def told(found: Verdicts) -> list[Pair]:
    """Return pairs as plain values: rows, tier, bits, reasons with their points."""
    reasons = [
        tuple(zip((CODES[code] for code in found.why.codes[a:b]), found.why.points[a:b].tolist(), strict=True))
        for a, b in zip(found.why.starts.tolist(), found.why.starts[1:].tolist(), strict=False)
    ]
    sides = found.left.tolist(), found.right.tolist(), found.tier.tolist(), found.total.tolist()
    return list(zip(*sides, reasons, strict=True))


def searched(rows: Sequence[Row]) -> list[Pair]:
    cells = columns(rows)
    return told(verdicts_of(find(cells, len(rows)), cells))


def run(rows: Sequence[Row], before: Memory | None = None) -> tuple[list[Pair], Memory]:
    found, after = recalled(columns(rows), len(rows), before or Memory(SECRET))
    return told(found), after


def stored(known: Memory) -> Memory:
    """Return a memory as the next run has it: written to a file and read."""
    file = io.BytesIO()
    arrays: dict[str, Any] = known.arrays()
    np.savez(file, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as found:
        return Memory.of_arrays(known.secret, dict(found))


# ---- lists of few names, numbers and places, so that much is shared

NAMES = (
    *("Anna Nowak", "Nowak Anna", "Ania Nowak", "Anna Nowka", "Jan Nowak", "Anna Kowalska", "Jan Kowalski", "A. Nowak"),
    *("Олена Шевченко", "Olena Shevchenko", "Taras Shevchenko", "Santi De Oihan", "Oihan De Santi", "Nowak", ""),
)
people = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from([None, "601 234 567", "601234567", "601 234 576", "22 123 45 67", "+380 67 123 45 67", "000"]),
    st.sampled_from([None, None, "anna@wp.pl", "ana@wp.pl", "info@firma.pl", "dom.nowak@gmail.com"]),
    st.sampled_from([None, None, "1985-03-12", "1985-03-21", "1960-03-04", "12 March"]),
    st.sampled_from([None, "Kraków", "Krakow", "Lviv"]),
    st.sampled_from([None, None, "ul. Długa 5", "Długa 7"]),
)
lists = st.lists(people, max_size=30)


@contextmanager
def crowded() -> Iterator[None]:
    """Let few rows be many: keys are passed over soon, and no change is so large that all is searched anew."""
    with pytest.MonkeyPatch.context() as patch:
        for name, most in (("_WIDE", 6), ("_NARROW", 4), ("_TIGHT", 3)):
            patch.setattr(blocking, name, most)
        patch.setattr(renewing, "ANEW", 0)
        yield


@settings(max_examples=150, deadline=None)
@given(lists, st.randoms(use_true_random=False))
def test_in_whatever_order_the_rows_stand_the_same_pairs_are_found(rows: list[Row], chance: object) -> None:
    order = list(range(len(rows)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    where = {old: new for new, old in enumerate(order)}
    pairs = {(*sorted((where[left], where[right])), tier, total) for left, right, tier, total, _ in searched(rows)}
    assert {pair[:4] for pair in searched([rows[old] for old in order])} == pairs


# ---- the same as a search of the whole list


def counted(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """Return how often each word form (`words`) and each value of a field stands in a list."""
    of = records_of(columns(rows), len(rows))
    words = Counter(of.words.shadows[k] for k in (*of.given.tolist(), *of.family.tolist()) if k >= 0)
    return {"words": words, **{name: Counter(filter(None, of.fields[name].cells())) for name in FIELDS}}


def weighed(of: Records, lists: Sequence[Sequence[Row]]) -> Counts:
    """Return the counts of these records by how often what stands in them stands in some lists."""
    found = [counted(rows) for rows in lists]
    texts = {"words": of.words.shadow_values, **{name: of.fields[name].values for name in FIELDS}}
    many = {
        name: np.array([sum(one[name][text] for one in found) for text in each], dtype=int)
        for name, each in texts.items()
    }
    now = counts_of(of)
    return Counts(sum(map(len, lists)), many.pop("words"), many, now.people, now.families, bool(now.register))


def searched_as_before(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """Search the whole list `after` without any memory, with the rarities that the module's words promise."""
    left_over, new = Counter(before), []
    for k, row in enumerate(after):
        if left_over[row]:
            left_over[row] -= 1
        else:
            new.append(k)
    cells = columns(after)
    of = records_of(cells, len(after))
    left, right = candidate_pairs(of)
    fresh = np.isin(left, new) | np.isin(right, new)
    pairs: list[Pair] = []
    for which, lists in ((fresh, [before, [after[k] for k in new]]), (~fresh, [before])):
        found = judged(of, left[which], right[which], weighed(of, lists))
        pairs += told(verdicts_of(found, cells))
    return sorted(pairs, key=lambda pair: (-pair[3], pair[0], pair[1]))


def edited(rows: list[Row], edits: list[tuple[str, int, Row]]) -> list[Row]:
    """Return a list in which she typed, deleted, copied and sorted rows."""
    rows = list(rows)
    for what, where, new in edits:
        place = where % (len(rows) + 1)
        if what == "new":
            rows.insert(place, new)
        elif place < len(rows):
            if what == "gone":
                del rows[place]
            elif what == "changed":
                rows[place] = tuple(
                    b if (where >> k) & 1 else a for k, (a, b) in enumerate(zip(rows[place], new, strict=True))
                )
            elif what == "copied":
                rows.append(rows[place])
            else:
                rows.sort(key=lambda row: tuple(cell or "" for cell in row), reverse=place % 2 == 0)
    return rows


edits = st.lists(
    st.tuples(st.sampled_from(["new", "new", "gone", "changed", "copied", "sorted"]), st.integers(0, 255), people),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(lists, edits)
def test_after_any_edits_what_is_remembered_gives_what_a_search_of_the_whole_list_gives(
    before: list[Row], changes: list[tuple[str, int, Row]]
) -> None:
    after = edited(before, changes)
    with crowded():
        known = stored(run(before)[1])
        found, kept = run(after, known)
        if is_register(before) is is_register(after):
            assert (kept is known, found) == (True, searched_as_before(before, after))
        else:  # other rules hold: all is looked at anew
            assert (kept is known, found) == (False, searched(after))


def is_register(rows: Sequence[Row]) -> bool:
    return records_of(columns(rows), len(rows)).is_register


# ---- what is looked at, and when all of it


def salon(count: int) -> list[Row]:
    """Return a list of so many clients; each tenth is the one before once more, with her phone written differently."""
    rows: list[Row] = []
    for k in range(count):
        first, last, phone = (
            ["Anna", "Ewa", "Olga", "Jan", "Piotr"][k % 5],
            f"Ko{'bcdfghklmn'[k % 10]}al{k // 10}",
            600_000_000 + 7919 * k,
        )
        again = rows[-1] if k % 10 == 9 else None
        rows.append(
            (again[0], f"+48 {again[1]}", None, again[3], None, None)
            if again
            else (f"{first} {last}ski", str(phone), None, f"19{k % 90 + 10}-01-{k % 28 + 1:02}", None, None)
        )
    return rows


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the rows of which shadow forms are made, at each time that it is done."""
    lengths: list[int] = []

    def counting(cells: dict[str, Column], length: int) -> Records:
        lengths.append(length)
        return records_of(cells, length)

    monkeypatch.setattr(renewing, "records_of", counting)
    return lengths


def test_of_a_list_that_is_the_same_nothing_is_looked_at(looked_at: list[int]) -> None:
    found, known = run(salon(500))
    again, kept = run(salon(500), stored(known))
    assert (len(found), again == found, looked_at, kept.known is not None) == (50, True, [500], True)


def test_of_ten_new_clients_only_they_and_whom_they_resemble_are_looked_at(looked_at: list[int]) -> None:
    rows = salon(1000)
    new: list[Row] = [(name, f"0048{phone}", *rest) for name, phone, *rest in rows[100:1000:100]]
    found, known = run(rows)
    again, kept = run([*rows, *new], known)
    assert (kept is known, len(again) - len(found), looked_at[0], sum(looked_at[1:]) < 150) == (True, 9, 1000, True)


def test_a_sorted_list_has_the_same_pairs_and_none_of_its_rows_is_looked_at(looked_at: list[int]) -> None:
    rows = salon(500)
    found, known = run(rows)
    again, kept = run(rows[::-1], known)
    turned = {(499 - right, 499 - left, *rest) for left, right, *rest in found}
    assert (kept is known, set(again) == turned, looked_at[1:]) == (True, True, [0])


def test_a_deleted_row_takes_its_pairs_with_it_and_no_others() -> None:
    rows = salon(500)
    found, known = run(rows)
    again, _ = run(rows[:9] + rows[10:], known)
    assert [(8, 9) in {pair[:2] for pair in found}, len(again)] == [True, len(found) - 1]


def test_of_two_rows_that_say_the_same_either_may_go() -> None:
    rows = [
        *salon(500),
        ("Olga Lis", "512 000 111", None, None, None, None),
        ("Olga Lis", "512 000 111", None, None, None, None),
    ]
    found, known = run(rows)
    again, _ = run([rows[-1], *rows[:500]], known)
    assert (len(found), len(again), [pair for pair in again if 0 in pair[:2]]) == (51, 50, [])


@pytest.mark.parametrize(("new", "anew"), [(10, False), (11, True)])
def test_where_more_than_one_row_in_fifty_is_another_the_whole_list_is_searched_anew(new: int, anew: bool) -> None:
    rows = salon(500)
    _, known = run(rows)
    longer: list[Row] = [*rows, *((f"Zofia Bar{k}", f"51200{k:04}", None, None, None, None) for k in range(new))]
    found, kept = run(longer, known)
    assert (kept is not known, len(found)) == (anew, len(searched(longer)))


def test_the_rarity_of_what_many_have_is_off_by_hundredths_of_a_bit_before_all_is_searched_anew() -> None:
    rows = salon(1000)
    _, known = run(rows)
    longer: list[Row] = [
        *rows,
        *((f"{str(rows[k][0]).split()[0]} Zofi{k}", None, None, None, None, None) for k in range(20)),
    ]
    found, kept = run(longer, known)
    bits = {pair[:2]: pair[3] for pair in searched(longer)}
    apart = [abs(bits.pop(pair[:2]) - pair[3]) for pair in found]
    assert (kept is known, bits, len(found), 0 < max(apart) < 0.1) == (True, {}, 100, True)


def test_what_another_finder_remembered_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = run(salon(100))[1].arrays()
    assert Memory.of_arrays(SECRET, arrays).known is not None
    for name, other in (("_sources", list), ("fingerprint", lambda: "other names")):
        with monkeypatch.context() as patch:
            patch.setattr(memory, name, other)
            memory.version.cache_clear()
            assert Memory.of_arrays(SECRET, arrays).known is None
    memory.version.cache_clear()


# ---- what it tells to whom it does not belong


def test_nothing_that_is_remembered_can_be_read_or_tried_out_without_the_secret() -> None:
    rows: list[Row] = [
        ("Zenobia Brzęczyszczykiewicz", "601 234 567", "zenobia@wp.pl", "1985-03-12", "Kraków", "Długa 5")
    ] * 2
    one, other = (recalled(columns(rows), 2, Memory(secret))[1].arrays() for secret in (bytes(32), bytes([1]) * 32))
    written = b"".join(np.ascontiguousarray(values).tobytes() for values in one.values())
    hashes = [
        {
            int(h)
            for name in ("rows", "block_keys", "tally_hashes", "people_people", "people_families")
            for h in arrays[name]
        }
        for arrays in (one, other)
    ]
    assert not [text for text in ("Zenob", "zenob", "601", "wp.pl", "1985", "Krak", "rak") if text.encode() in written]
    assert not [text for text in ("Zenob", "zenob", "1985", "Krak") if text.encode("utf-32-le") in written]
    assert (len(hashes[0]) > 20, hashes[0] & hashes[1]) == (True, {0} & hashes[0])


def test_every_field_that_is_compared_makes_another_row_of_a_row() -> None:
    from sheetcrm.crm.linkage.hashing import Hasher  # noqa: PLC0415

    hasher, cells = Hasher(SECRET), {name: Column.encode(["x"]) for name in RAW_FIELDS}
    rows = [int(hasher.rows(cells | {name: Column.encode(["y"])}, 1)[0]) for name in RAW_FIELDS]
    swapped = [int(hasher.rows(cells | {"first_name": Column.encode(["a"]), "last_name": Column.encode(["b"])}, 1)[0])]
    swapped += [int(hasher.rows(cells | {"first_name": Column.encode(["b"]), "last_name": Column.encode(["a"])}, 1)[0])]
    numbers = [int(hasher.rows({"phone": Column.encode([cell])}, 1)[0]) for cell in ("601", 601.0)]
    assert len({*rows, *swapped, *numbers, int(hasher.rows(cells, 1)[0])}) == len(RAW_FIELDS) + 5
    assert hasher.rows({"city": Column.empty(1)}, 1).tolist() == hasher.rows({}, 1).tolist() == [0]
