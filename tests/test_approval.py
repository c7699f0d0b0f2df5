"""Only what she was shown is sent, and what she wrote goes as she wrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcrm.crm.approval import Shown, approve, shown_mark
from sheetcrm.crm.rewording import Rewording
from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Key, Message
from sheetcrm.languages import language

KEY = Key("Birthdays", "C1", "2026")
MADE = Message(
    KEY,
    "Anna",
    date(2026, 11, 22),
    "email",
    "anna@example.com",
    "Hello Anna",
    "Dear Anna,\n\nAll the best!",
    purpose="service",
)
MARK = shown_mark(MADE.channel, MADE.to, MADE.subject, MADE.text)
ROW = Shown(MARK, "email", MADE.to, MADE.subject, MADE.text)
LAYOUT = "<html><body>{% for p in paragraphs %}<p>{{ p }}</p>{% endfor %}<small>{{ footer }}</small></body></html>"
HERS = "My dear Anna!"


def decide(
    row: Shown | None, word: str = "", *, wanted: str = "tick", message: Message = MADE
) -> tuple[str, str, str, bool]:
    """(why it does not go, the text that goes, the mark that is written, whether the tick is taken away)."""
    found = approve(
        [message],
        words={KEY: word},
        rows={} if row is None else {KEY.short: row},
        wanted={KEY: wanted},
        rewrite=Rewording("", Settings()),
    )
    standing = found.rows[KEY]
    return found.stopped.get(KEY, ""), found.messages[0].text, standing.mark, standing.cleared


NOW = replace(MADE, text="Dear Anne,\n\nAll the best!")
NEW_MARK = shown_mark(NOW.channel, NOW.to, NOW.subject, NOW.text)
EDITED = replace(ROW, text=HERS)


@pytest.mark.parametrize(
    ("row", "word", "wanted", "message", "expected"),
    [
        # each one is approved
        (ROW, "", "tick", MADE, ("waits-for-tick", MADE.text, MARK, False)),
        (ROW, "yes", "tick", MADE, ("", MADE.text, MARK, False)),
        (ROW, "no", "tick", MADE, ("stopped", MADE.text, MARK, False)),
        (ROW, "done", "tick", MADE, ("already-sent", MADE.text, MARK, False)),
        (EDITED, "", "tick", MADE, ("waits-for-tick", HERS, MARK, False)),
        (EDITED, "yes", "tick", MADE, ("", HERS, MARK, False)),
        # the data changed
        (ROW, "", "tick", NOW, ("waits-for-tick", NOW.text, NEW_MARK, False)),
        (ROW, "yes", "tick", NOW, ("changed", NOW.text, NEW_MARK + "?", True)),
        (ROW, "no", "tick", NOW, ("stopped", NOW.text, NEW_MARK, False)),
        (EDITED, "yes", "tick", NOW, ("changed", HERS, NEW_MARK + "?", True)),
        (EDITED, "", "tick", NOW, ("changed", HERS, NEW_MARK + "?", False)),
        # nobody asks her
        (ROW, "", "auto", MADE, ("", MADE.text, MARK, False)),
        (EDITED, "", "auto", MADE, ("", HERS, MARK, False)),
        (ROW, "", "auto", NOW, ("", NOW.text, NEW_MARK, False)),
        (ROW, "yes", "auto", NOW, ("", NOW.text, NEW_MARK, False)),
        (EDITED, "", "auto", NOW, ("changed", HERS, NEW_MARK + "?", False)),
        (EDITED, "yes", "auto", NOW, ("changed", HERS, NEW_MARK + "?", True)),
        (EDITED, "no", "auto", NOW, ("stopped", HERS, NEW_MARK, False)),
        # no row yet, or one without words: there was nothing to tick
        (None, "", "auto", MADE, ("", MADE.text, MARK, False)),
        (None, "", "tick", MADE, ("waits-for-tick", MADE.text, MARK, False)),
        (Shown(), "yes", "tick", MADE, ("waits-for-tick", MADE.text, MARK, True)),
        (Shown(), "yes", "auto", MADE, ("", MADE.text, MARK, False)),
    ],
)
def test_a_message_goes_as_she_was_shown_it_or_made_it(
    row: Shown | None, word: str, wanted: str, message: Message, expected: tuple[str, str, str, bool]
) -> None:
    assert decide(row, word, wanted=wanted, message=message) == expected


@pytest.mark.parametrize("wanted", ["auto", "tick"])
@pytest.mark.parametrize("text", [HERS, NOW.text])
def test_a_row_that_came_back_waits_for_her_yes_and_then_goes_as_it_stands(wanted: str, text: str) -> None:
    back = Shown(NEW_MARK + "?", "email", NOW.to, NOW.subject, text)
    assert decide(back, wanted=wanted, message=NOW)[0] == "changed"
    assert decide(back, "yes", wanted=wanted, message=NOW)[:2] == ("", text)


def test_a_row_that_came_back_does_not_change_again_while_nothing_else_does() -> None:
    first = decide(EDITED, "yes", message=NOW)
    again = decide(replace(EDITED, mark=first[2]), "", message=NOW)
    assert again == ("changed", HERS, first[2], False)
    ticked = decide(replace(EDITED, mark=first[2]), "yes", message=NOW)
    assert ticked == ("", HERS, first[2], False)


def test_an_emptied_text_brings_back_the_one_that_is_made() -> None:
    emptied = replace(ROW, text="", subject="")
    assert decide(emptied, "yes") == ("", MADE.text, MARK, False)
    assert decide(emptied, wanted="auto", message=NOW) == ("", NOW.text, NEW_MARK, False)


def test_a_tick_in_a_sheet_of_an_earlier_version_counts_for_the_very_words_that_stand_there() -> None:
    old = replace(ROW, mark="")
    assert decide(old, "yes") == ("", MADE.text, MARK, False)
    assert decide(old, wanted="auto", message=NOW) == ("", NOW.text, NEW_MARK, False)


@pytest.mark.parametrize("wanted", ["tick", "auto"])
def test_other_words_that_she_ticked_in_a_sheet_of_an_earlier_version_stay_and_wait_for_a_new_tick(wanted: str) -> None:
    for text in (HERS, ROW.text):  # whose they are cannot be told there
        old = replace(ROW, mark="", text=text)
        assert decide(old, "yes", wanted=wanted, message=NOW) == ("changed", text, NEW_MARK + "?", True)
        again = Shown(NEW_MARK + "?", "email", NOW.to, NOW.subject, text)
        assert decide(again, "yes", wanted=wanted, message=NOW)[:2] == ("", text)


def test_a_row_marked_by_an_earlier_version_is_read_as_before() -> None:
    short = replace(ROW, mark=MARK[:10])
    assert decide(short, "yes")[:2] == ("", MADE.text)
    assert decide(short, "yes", message=NOW)[:2] == ("changed", NOW.text)
    assert decide(replace(short, text=HERS), "yes")[:2] == ("", HERS)
    assert decide(replace(short, text=HERS), "yes", message=NOW)[:2] == ("changed", HERS)


def words_of(row: Shown, message: Message) -> tuple[str, str]:
    made = approve(
        [message], words={}, rows={KEY.short: row}, wanted={KEY: "tick"}, rewrite=Rewording("", Settings())
    ).messages[0]
    return made.subject, made.text


RENAMED = replace(NOW, subject="Hello Anne")


def test_of_subject_and_text_the_one_that_she_left_as_it_was_follows_the_data() -> None:
    assert words_of(replace(ROW, text=HERS), RENAMED) == ("Hello Anne", HERS)
    assert words_of(replace(ROW, subject="For you"), RENAMED) == ("For you", NOW.text)
    assert words_of(replace(ROW, subject="For you", text=HERS), RENAMED) == ("For you", HERS)
    assert words_of(replace(ROW, subject="For you", text=HERS), MADE) == ("For you", HERS)


@pytest.mark.parametrize("wanted", ["tick", "auto"])
@pytest.mark.parametrize("hers", ["Dear {{ name }}!", "{% if x %}Hi", "Hi {# x #}", "Hi name }}"])
def test_no_client_reads_the_braces_of_a_template_that_she_typed(wanted: str, hers: str) -> None:
    assert decide(replace(ROW, text=hers), "yes", wanted=wanted) == ("placeholder", hers, MARK, False)
    assert decide(replace(ROW, subject=hers), "yes", wanted=wanted)[0] == "placeholder"
    assert decide(replace(ROW, text=hers), "no", wanted=wanted)[0] == "stopped"


def test_braces_that_the_plan_made_are_no_mistake_of_hers() -> None:
    odd = replace(MADE, text="Dear {{ Anna }}")
    mark = shown_mark(odd.channel, odd.to, odd.subject, odd.text)
    row = Shown(mark, "email", odd.to, odd.subject, odd.text)
    assert decide(row, "yes", message=odd)[0] == ""
    assert decide(row, "yes", message=NOW)[0] == "changed"


def test_another_address_or_channel_wants_a_new_tick() -> None:
    moved = replace(MADE, to="anne@example.com")
    assert decide(ROW, "yes", message=moved)[0] == "changed"
    assert decide(ROW, "yes", message=replace(MADE, channel="sms", subject=""))[0] == "changed"


def test_what_programs_change_in_a_cell_by_themselves_is_no_edit_of_hers() -> None:
    saved = replace(ROW, text="Dear Anna, \r\n\r\nAll the best!\n", subject=" Hello Anna ")
    assert decide(saved, "yes") == ("", MADE.text, MARK, False)
    assert decide(saved, wanted="auto", message=NOW) == ("", NOW.text, NEW_MARK, False)


def test_an_address_typed_over_in_the_row_makes_no_edit_of_the_words_beside_it() -> None:
    typed = replace(ROW, to="other@example.com")
    assert decide(typed, wanted="auto", message=NOW) == ("", NOW.text, NEW_MARK, False)


def test_a_text_too_long_for_a_cell_goes_in_full() -> None:
    long = replace(MADE, text="a word " * 6000 + "end")
    mark = shown_mark(long.channel, long.to, long.subject, long.text)
    cut = Shown(mark, "email", long.to, long.subject, long.text[:32766] + "…")
    assert decide(cut, "yes", message=long) == ("", long.text, mark, False)


MARKETING = replace(
    MADE, purpose="marketing", text=f"{MADE.text}\n\n{language('en').say('unsubscribe_email')}", html="<p>"
)
FOOTER = MARKETING.text.split("\n\n")[-1]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (f"Hi!\n\n{FOOTER}", f"Hi!\n\n{FOOTER}"),
        ("Hi!", f"Hi!\n\n{FOOTER}"),  # taken out by her: it comes back
        (f"Hi!{FOOTER}", f"Hi!\n\n{FOOTER}"),
        (FOOTER, MARKETING.text),
    ],
)
def test_the_line_to_opt_out_stands_at_the_end_of_every_marketing_mail_once(typed: str, text: str) -> None:
    assert Rewording(LAYOUT, Settings())(MARKETING, "S", typed).text == text
    service = replace(MARKETING, purpose="service")
    assert Rewording(LAYOUT, Settings())(service, "S", "Hi!").text == "Hi!"


def test_the_page_of_a_mail_is_made_of_her_words_which_stay_text() -> None:
    made = Rewording(LAYOUT, Settings())(MARKETING, "S", "Hi <b>Anna</b>!\n\n\n\nSee you\nsoon")
    assert made.html == (
        "<html><head></head><body><p>Hi &lt;b&gt;Anna&lt;/b&gt;!</p><p>See you<br>\nsoon</p>"
        f"<small>{FOOTER}</small></body></html>"
    )


@given(text=st.text(), subject=st.text(), to=st.text(max_size=5))
def test_what_a_row_was_written_with_is_never_taken_for_an_edit_of_hers(text: str, subject: str, to: str) -> None:
    message = replace(MADE, text=text, subject=subject, to=to)
    row = Shown(shown_mark("email", to, subject, text), "email", to, subject, text)
    assert decide(row, wanted="auto", message=message)[:2] == ("", text)
    assert decide(row, wanted="auto", message=NOW)[:2] == ("", NOW.text)
