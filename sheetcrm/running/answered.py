"""The owner's word in a cell on a message of which it is not certain what became; whatever writes the workbook next carries it out.

She types `sent` or `not sent`, in any of the languages, over the status in Sent or in Outbox, or under Send?; under Send? a yes says of a
message held as `unknown-history` or `renamed` that it may go.

A cell may be older than the question: an earlier copy of the workbook put back, a tick from before. So a word on an outcome counts only
where the file tells of the very attempt that is in doubt, and one on what may have gone out unseen only once this journal has shown the
question in the file. A word that does not count, and one that was carried out, is taken away at the next write.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from sheetcrm.crm.values import DOUBTFUL, Held, Key, Status, key_of
from sheetcrm.delivery.records import SentRow, parse_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sheetcrm.crm.outcome import Plan
    from sheetcrm.delivery.journal import Journal
    from sheetcrm.languages import Language
    from sheetcrm.running.open_session import OpenSession
    from sheetcrm.workbook.book import Workbook

_ASKED = "asked"  # in the journal
_SAME_SECOND = timedelta(seconds=1)  # a moment in a cell is a fraction of a day


def answered(journal: Journal, book: Workbook) -> list[str]:
    """Carry out what she says of messages of unknown outcome, before the file's lines are united with the journal; say so."""
    unknown = journal.unknown()
    if not unknown:
        return []
    outbox = book.her_words.outcomes("send", "status")
    asks = book.words.reason("unknown-outcome")
    answers = {short: word for short, word in outbox.items() if _reason(book, short) == asks}
    said = []
    for line in (row for cells in book.sent_cells() if (row := SentRow.from_cells(cells)) is not None):
        short = line.short or line.key.short
        words = {line.status, answers.get(short)} & {Status.SENT, Status.FAILED}
        if words and short in unknown and _is_same(line, *unknown[short], book.words):
            # two words that differ: what may have gone out is not sent again
            word = Status.SENT if Status.SENT in words else Status.FAILED
            journal.resolve(short, word)
            said.append(_told(book.words, short, word))
    return said


def _is_same(line: SentRow, at: str, detail: str, words: Language) -> bool:
    """Tell whether a line tells of the attempt of that moment. Where its status is another, only its detail still says which it was."""
    told, then = parse_at(line.at), parse_at(at)
    if told is None or then is None or abs(told - then) > _SAME_SECOND:
        return False
    return line.status == Status.UNKNOWN or words.detail(line.detail) == words.detail(detail)


def confirmed(session: OpenSession) -> list[str]:
    """Carry out what she says of messages that may have gone out unseen; say so. The session's workbook knows of it then."""
    book = session.book
    ticks = {short for short, word in book.snapshot.ticks.items() if word == "yes"}
    words: Mapping[str, str] = {**dict.fromkeys(ticks, Status.FAILED), **book.her_words.outcomes("send", "status")}
    wanted = words.keys() & book.ledger.asked - book.ledger.confirmed
    if not wanted:
        return []
    said = []
    for held in doubtful(session.plan()):
        key = key_of(held)
        asks = book.words.reason(held.reason, detail=held.detail)
        if key.short in wanted and _reason(book, key.short) == asks:
            settle(session, key, Status(words[key.short]))
            said.append(_told(book.words, key.short, words[key.short]))
    return said


def settle(session: OpenSession, key: Key, outcome: Status) -> None:
    """Note her word on a message that the journal does not know of: it has gone out, or it has not, and may go."""
    if outcome == Status.SENT:
        at = session.moment.now.isoformat(timespec="seconds")
        session.journal.unite([SentRow(key, Status.SENT, at, detail="resolved by hand")])
    else:
        known = {*session.journal.get("confirmed").split(), key.short}
        session.journal.set("confirmed", " ".join(sorted(known)))


def note_asked(journal: Journal, plan: Plan) -> None:
    """Note which messages the file asks about now."""
    before = journal.get(_ASKED)
    now = " ".join(sorted({key_of(held).short for held in doubtful(plan)}))
    if now != before:
        journal.set(_ASKED, now)


def asked(journal: Journal) -> frozenset[str]:
    """Return the short keys of the messages that the file asks about, as far as this journal has seen to it."""
    return frozenset(journal.get(_ASKED).split())


def doubtful(plan: Plan) -> Iterable[Held]:
    """Return those held because they may have gone out, unknown to the journal or under another name."""
    return (held for held in plan.held_list if held.reason in DOUBTFUL)


def _reason(book: Workbook, short: str) -> str:
    """Return what stands under Reason in a message's row of Outbox, "" where it has none."""
    row = book.snapshot.shown.get(short)
    return "" if row is None else row.reason


def _told(words: Language, short: str, word: str) -> str:
    return words.say("resolved", key=short, status=words.choice(word))
