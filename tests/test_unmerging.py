"""Taking a merge back: both rows as they were, and what the owner typed since stays hers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from merging_hand import Book

from sheetcrm.crm.acts import standing_merges, taken_back
from sheetcrm.crm.decisions import Clients, Decision, settled_by
from sheetcrm.languages import LANGUAGES, language

TWO = """
client_id | name      | phone       | city   | notes | email_consent | services | client_since
C1        | Anna Lis  | 600 100 200 |        | VIP   | yes           | cut      | 2020-01-01
C2        | Ania Lis  | 600 100 201 | Kraków | tea   | no            | nails    | 2019-01-01
"""
THREE = TWO + "C3        | Anna Lis  | 600 100 202 | Łódź   | tea   | no            | nails    | 2018-01-01\n"


def conflicts(book: Book, client_id: str = "C2") -> list[tuple[str, str, object, object]]:
    return [(c.client_id, c.field, c.written, c.now) for c in book.unmerging(client_id).conflicts]


def test_a_merge_taken_back_gives_both_rows_as_they_were() -> None:
    book = Book.of(TWO)
    assert book.merged("C1 C2").unmerged("C2").grid() == book.grid()
    assert conflicts(book.merged("C1 C2")) == []


def test_what_was_taken_back_is_told_cell_by_cell() -> None:
    act = Book.of(TWO).merged("C1 C2").unmerged("C2").acts[-1]
    assert (act.kind, act.left, act.right, act.at) == ("unmerge", "C1", "C2", "2026-06-15T10:00:00+00:00")
    assert [(c.client_id, c.field, c.before, c.after) for c in act.cells] == [
        ("C1", "city", "Kraków", None),
        ("C1", "notes", "VIP · tea", "VIP"),
        ("C1", "email_consent", "no", "yes"),
        ("C1", "services", "cut, nails", "cut"),
        ("C1", "client_since", "2019-01-01", "2020-01-01"),
        ("C1", "other_phone", "600 100 201", None),
        ("C2", "merged_into", "C1", None),
    ]


def test_the_two_are_settled_as_two_people_for_as_long_as_their_data_are_what_they_are_now() -> None:
    back = Book.of(TWO).merged("C1 C2").unmerged("C2")
    pair = frozenset(("C1", "C2"))
    assert settled_by(back.acts)[pair] == ("different", Clients(back.clients, ["C1", "C2"]).mark(0, 1))


def test_what_she_typed_into_the_survivor_since_stays_and_is_told() -> None:
    book = Book.of(TWO).merged("C1 C2").typed("C1", city="Gdynia", client_since="2017-01-01", name="Anna Nowak")
    assert conflicts(book) == [
        ("C1", "city", "Kraków", "Gdynia"),
        ("C1", "client_since", "2019-01-01", "2017-01-01"),
    ]
    back = book.unmerged("C2").row("C1")
    assert (back["city"], back["client_since"], back["name"]) == ("Gdynia", "2017-01-01", "Anna Nowak")


def test_what_she_put_back_herself_is_no_conflict() -> None:
    book = Book.of(TWO).merged("C1 C2").typed("C1", city=None, notes="VIP", other_phone=None)
    assert conflicts(book) == []
    assert book.unmerged("C2").grid() == Book.of(TWO).grid()


def test_what_she_typed_into_the_merged_row_since_stays() -> None:
    book = Book.of(TWO).merged("C1 C2").typed("C2", city="Gdynia", notes="coffee")
    back = book.unmerged("C2")
    assert (back.row("C2")["city"], back.row("C2")["notes"], back.row("C1")["notes"]) == ("Gdynia", "coffee", "VIP")


def test_where_she_added_to_notes_and_phones_only_ours_is_taken_out() -> None:
    merged = Book.of(TWO).merged("C1 C2")
    book = merged.typed("C1", notes="regular · VIP · tea · late", other_phone="600 100 299; 600 100 201")
    assert conflicts(book) == []
    back = book.unmerged("C2").row("C1")
    assert (back["notes"], back["other_phone"]) == ("regular · VIP · late", "600 100 299")


def test_a_note_of_ours_into_which_she_typed_stays_as_a_whole() -> None:
    book = Book.of(TWO).merged("C1 C2").typed("C1", notes="VIP · tea, no milk")
    assert conflicts(book) == [("C1", "notes", "VIP · tea", "VIP · tea, no milk")]
    assert book.unmerged("C2").row("C1")["notes"] == "VIP · tea, no milk"


def test_a_note_that_she_typed_in_place_of_ours_stays_and_is_told() -> None:
    book = Book.of(TWO).merged("C1 C2").typed("C1", notes="coffee")
    assert conflicts(book) == [("C1", "notes", "VIP · tea", "coffee")]
    assert book.unmerged("C2").row("C1")["notes"] == "coffee"


def test_a_formula_that_she_typed_since_is_not_written_over() -> None:
    merged = Book.of(TWO).merged("C1 C2")
    book = replace(merged, formulas={"city": [0], "notes": [0]})
    assert conflicts(book) == [("C1", "city", "Kraków", "Kraków"), ("C1", "notes", "VIP · tea", "VIP · tea")]
    back = book.unmerged("C2").row("C1")
    assert (back["city"], back["notes"], back["services"]) == ("Kraków", "VIP · tea", "cut")


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_conflict_has_its_words(code: str) -> None:
    conflict = Book.of(TWO).merged("C1 C2").typed("C1", city="Gdynia").unmerging("C2").conflicts[0]
    said = conflict.said(language(code), "Town")
    assert all(word in said for word in ("C1", "Town", "Gdynia", "Kraków"))
    assert "{" not in said


# ---- several merges into one


def test_what_another_merged_row_has_too_stays_until_that_one_is_taken_back() -> None:
    merged = Book.of(THREE).merged("C1 C2").merged("C1 C3")
    back = merged.unmerged("C2").row("C1")
    assert (back["notes"], back["services"], back["email_consent"]) == ("VIP · tea", "cut, nails", "no")
    assert back["city"] == "Łódź"  # as if the other one had been merged alone
    assert back["client_since"] == "2018-01-01"
    assert merged.unmerged("C2").unmerged("C3").grid() == Book.of(THREE).grid()


def test_what_two_rows_say_in_other_letters_is_not_written_anew_and_goes_with_the_last_of_them() -> None:
    book = Book.of(THREE).typed("C3", city="KRAKÓW")
    back = book.merged("C1 C2").merged("C1 C3").unmerged("C2")
    assert back.cell("C1", "city") == "Kraków"
    assert back.unmerged("C3").grid() == book.grid()


def test_what_stayed_for_another_row_said_it_too_goes_with_that_one_whatever_was_typed_there_since() -> None:
    book = Book.of("client_id | name | city\nC1 | Anna |\nC2 | Anna | Łódź\nC3 | Anna | Łódź")
    left = book.merged("C1 C2", keep=["C1"]).merged("C1 C3", keep=["C1"]).unmerged("C2")
    assert left.cell("C1", "city") == "Łódź"
    assert left.typed("C3", city="Gdynia").unmerged("C3").cell("C1", "city") is None


def test_what_a_row_gave_that_stays_merged_is_not_given_anew() -> None:
    book = Book.of(THREE).merged("C1 C2").merged("C1 C3").typed("C2", city="Gdynia", notes="coffee")
    back = book.unmerged("C3").row("C1")
    assert (back["city"], back["notes"]) == ("Kraków", "VIP · tea")


def test_it_makes_no_difference_which_is_taken_back_first() -> None:
    book = Book.of(THREE)
    merged = book.merged("C1 C2", "C1 C3", "C2 C3")
    assert merged.unmerged("C3").row("C1") == book.merged("C1 C2").row("C1")
    assert merged.unmerged("C3", "C2").grid() == merged.unmerged("C2", "C3").grid() == book.grid()


def test_what_passed_on_to_a_further_survivor_is_taken_out_of_her_too() -> None:
    clients = "client_id | name | city | notes\nC1 | Anna | | VIP\nC2 | Anna | | tea\nC3 | Anna | Łódź | late"
    book = Book.of(clients)
    chain = book.merged("C2 C3").merged("C1 C2")
    assert chain.row("C1") == {"name": "Anna", "city": "Łódź", "notes": "VIP · tea · late"}
    back = chain.unmerged("C3")
    assert back.row("C1") == {"name": "Anna", "notes": "VIP · tea"}
    assert back.row("C2") == {"name": "Anna", "notes": "tea", "merged_into": "C1"}
    assert back.unmerged("C2").grid() == book.grid()
    assert conflicts(chain.typed("C1", city="Gdynia"), "C3") == [("C1", "city", "Łódź", "Gdynia")]
    assert conflicts(book.merged("C1 C2").typed("C1", notes="tea?"), "C2") == [("C1", "notes", "VIP · tea", "tea?")]


def test_where_nobody_typed_anything_no_conflict_is_told_whatever_was_taken_apart_first() -> None:
    clients = "client_id | name | phone | notes\nC1 | Anna | 600100201 | n1\nC2 | Anna | 600100202 | n2\nC3 | Anna | 600100203 | n3"
    book = Book.of(clients)
    middle = book.merged("C2 C1", keep=["C2"]).merged("C3 C2", keep=["C3"]).unmerged("C1")
    assert (middle.cell("C3", "notes"), conflicts(middle)) == ("n3 · n2", [])
    assert middle.unmerged("C2").grid() == book.grid()
    assert conflicts(middle.typed("C3", notes="n3")) == []
    assert conflicts(middle.typed("C3", notes="n4")) == [("C3", "notes", "n3 · n2 · n1", "n4")]


def test_a_conflict_higher_up_that_has_nothing_to_do_with_this_row_is_not_told() -> None:
    clients = "client_id | name | city | notes\nC1 | Anna | | VIP\nC2 | Anna | Kraków | tea\nC3 | Anna | | late"
    chain = Book.of(clients).merged("C2 C3").merged("C1 C2").typed("C1", city="Gdynia")
    assert conflicts(chain, "C3") == []


def test_what_she_deleted_from_the_row_between_stays_with_the_last_of_the_chain() -> None:
    clients = "client_id | name | notes\nC1 | Anna | VIP\nC2 | Anna | tea\nC3 | Anna | late"
    chain = Book.of(clients).merged("C2 C3").merged("C1 C2").typed("C2", notes="late")
    assert chain.unmerged("C3").row("C1")["notes"] == "VIP · tea"


def test_what_came_from_a_row_that_she_deleted_stays() -> None:
    book = Book.of(THREE).merged("C1 C2").merged("C1 C3").without("C2")
    back = book.unmerged("C3").row("C1")
    assert (back["city"], back["notes"], back["other_phone"]) == ("Kraków", "VIP · tea", "600 100 201")
    assert back["client_since"] == "2019-01-01"


def test_of_a_row_merged_twice_the_last_merge_is_taken_back() -> None:
    once = Book.of(TWO).merged("C1 C2").unmerged("C2").typed("C2", city="Łódź")
    twice = once.merged("C1 C2")
    assert twice.cell("C1", "city") == "Łódź"
    assert twice.unmerged("C2").grid() == once.grid()


def test_a_value_that_was_taken_out_and_that_she_typed_again_herself_is_hers() -> None:
    own = Book.of(TWO).merged("C1 C2").unmerged("C2").typed("C1", notes="VIP · tea", city="Kraków")
    assert own.merged("C1 C2").unmerged("C2").grid() == own.grid()


# ---- what is known, and what is not


def test_where_she_typed_the_mark_herself_only_that_is_emptied() -> None:
    book = Book.of(TWO).typed("C2", merged_into="C1")
    assert book.unmerged("C2").grid() == Book.of(TWO).grid()
    assert [(c.field, c.after) for c in book.unmerged("C2").acts[0].cells] == [("merged_into", None)]


def test_where_nothing_is_known_of_a_merge_or_its_survivor_is_gone_only_the_mark_is_said_to_be_taken_off() -> None:
    merged = Book.of(TWO).merged("C1 C2")
    known = [
        (done.recorded, done.row)
        for done in (
            merged.unmerging("C2"),
            replace(merged, acts=()).unmerging("C2"),
            replace(merged, acts=tuple(replace(act, cells=()) for act in merged.acts)).unmerging("C2"),
            merged.without("C1").unmerging("C2"),
            Book.of(TWO).typed("C2", merged_into="C99").unmerging("C2"),
        )
    ]
    assert known == [(True, 2), (False, 2), (False, 2), (False, 3), (False, 3)]


def test_a_merge_that_an_undo_took_back_gave_nothing_and_stands_for_nobody() -> None:
    book = Book.of(TWO)
    merged = book.merged("C1 C2")
    undone = replace(book, acts=(*merged.acts, *taken_back(merged.acts, [merged.acts[0].id])), hour=11)
    again = undone.typed("C2", city="Gdynia").merged("C1 C2")
    assert again.unmerged("C2").grid() == undone.typed("C2", city="Gdynia").grid()
    assert not undone.typed("C2", merged_into="C1").unmerging("C2").recorded
    assert [list(standing_merges(one.acts)) for one in (merged, undone, again)] == [["C2"], [], ["C2"]]


def test_of_a_merged_row_that_was_deleted_it_is_said_that_it_is_gone() -> None:
    refused = Book.of(TWO).merged("C1 C2").without("C2").unmerging("C2").refused
    assert refused is not None
    assert refused.code == "row-gone"
    assert refused.said(language("en")).startswith("C2 was merged into C1 (Anna Lis), and its row has been deleted")


def test_a_survivor_whose_row_is_gone_takes_nothing_with_her() -> None:
    back = Book.of(TWO).merged("C1 C2").without("C1").unmerged("C2")
    assert back.grid() == {"C2": Book.of(TWO).grid()["C2"]}


def test_what_stood_under_the_mark_before_comes_back() -> None:
    book = Book.of(TWO).typed("C2", merged_into="C99")
    assert book.merged("C1 C2").unmerged("C2").grid() == book.grid()


@pytest.mark.parametrize(
    ("client_id", "code"), [("C1", "not-merged"), ("C9", "unknown-id"), ("C4", "id-twice"), ("", "unknown-id")]
)
def test_what_is_not_merged_cannot_be_taken_back(client_id: str, code: str) -> None:
    book = Book.of(TWO + "C4 | Ewa |\nC4 | Ewa |")
    done = book.unmerging(client_id)
    assert done.refused is not None
    assert (done.refused.code, done.act, done.changes) == (code, None, ())
    assert "{" not in done.refused.said(language("pl"))


def test_cells_that_were_saved_and_read_again_are_the_same() -> None:
    clients = Book.of(TWO).typed("C1", client_since=date(2020, 1, 1)).typed("C2", client_since=date(2019, 1, 1))
    merged = clients.merged("C1 C2").typed("C1", client_since=datetime(2019, 1, 1), other_phone="600 100 201 ")
    assert merged.unmerging("C2").conflicts == ()
    assert merged.unmerged("C2").cell("C1", "client_since") == date(2020, 1, 1)


def test_acts_of_one_second_may_come_in_any_order() -> None:
    book = Book.of(THREE)
    merged = book.merged("C1 C2", "C1 C3", "C2 C3")
    turned = replace(merged, acts=merged.acts[::-1])
    assert turned.unmerged("C2", "C3").grid() == turned.unmerged("C3", "C2").grid() == book.grid()


def test_visits_follow_and_come_back() -> None:
    visits = "date | client | amount\n2026-01-01 | C1 | 10\n2026-02-01 | C2 | 20\n2026-03-01 | Ania Lis | 40"
    book = Book.of(TWO, visits)
    merged = book.merged(Decision("C1", "C2", "merge", "left"))
    spend = [one.figured().values["total_spend"].tolist() for one in (book, merged, merged.unmerged("C2"))]
    assert spend[0] == spend[2] == [10, 60]
    assert str(spend[1]) == "[70.0, nan]"


UNREAD = """
client_id | name     | phone     | other_phone | email
C1        | Anna Lis | 600 100   |             | anna@example
C2        | Anna Lis | 600100201 |             | anna@example.com
C3        | Anna Lis |           | 600100202   | lis@example.com
"""


@pytest.mark.parametrize("order", [("C2", "C3"), ("C3", "C2")])
def test_a_contact_that_could_not_be_read_comes_back_with_the_last_of_those_that_took_its_place(
    order: tuple[str, str],
) -> None:
    merged = Book.of(UNREAD).merged("C1 C2", keep=["C1"]).merged("C1 C3", keep=["C1"])
    assert [merged.cell("C1", name) for name in ("phone", "email")] == ["600100201", "anna@example.com"]
    between = merged.unmerged(order[0])
    assert between.cell("C1", "phone") == ("600100202" if order[0] == "C2" else "600100201")
    assert between.unmerged(order[1]).grid() == Book.of(UNREAD).grid()
    assert [conflicts(merged, one) for one in order] == [[], []]


def test_a_contact_that_she_typed_since_in_place_of_an_unreadable_one_is_hers() -> None:
    merged = Book.of(UNREAD).merged("C1 C2", keep=["C1"]).typed("C1", phone="600100299")
    assert conflicts(merged) == [("C1", "phone", "600100201", "600100299")]
    assert merged.unmerged("C2").cell("C1", "phone") == "600100299"
