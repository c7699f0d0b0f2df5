"""Each message of a run stands for itself: whatever becomes of one, every other is sent, failed, unknown or still to come."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from command_line import CommandLine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from owner_hand import BORN, DAY, client, salon, values
from run_process import clock_at
from system_calls import ALL

import sheetcrm as crm
from sheetcrm.crm.values import Delivery, Message, Status
from sheetcrm.errors import SendingError
from sheetcrm.testing import MemoryTransport

PEOPLE = [f"c{n}@example.com" for n in range(1, 6)]
MORNING = datetime(DAY.year, DAY.month, DAY.day, 9, 0)


def breaks(_message: Message) -> Delivery:
    raise ValueError("of its own")


def gives_up(_message: Message) -> Delivery:
    raise SendingError("The server has had enough.", "Try later.")


def interrupted(_message: Message) -> Delivery:
    raise KeyboardInterrupt


def answering(
    status: Status, detail: str = "", *, passing: bool = False, stop: bool = False
) -> Callable[[Message], Delivery]:
    return lambda _message: Delivery(status, detail, passing=passing, stop=stop)


# what happens to a message: what it stands for in Sent afterwards, and whether the run ends there
FATES = {
    "sent": (answering(Status.SENT), "sent", False),
    "refused": (answering(Status.FAILED, "550 5.1.1 no such mailbox"), "not sent", False),
    "for now": (answering(Status.FAILED, "450 4.2.0 later", passing=True), "not sent", False),
    "lost": (answering(Status.UNKNOWN, "the connection broke"), "not certain", False),
    "breaks": (breaks, "not certain", False),
    "quota": (answering(Status.FAILED, "452 4.5.3 enough", passing=True, stop=True), "not sent", True),
    "gives up": (gives_up, "not sent", True),
    "interrupted": (interrupted, "not certain", True),
}


@pytest.fixture
def kept(tmp_path: Path, sheetcrm: CommandLine) -> Path:
    """A workbook with five people to greet; its state folder is the test's own."""
    assert sheetcrm.state.name == "state"
    return salon(
        tmp_path, clients=[client(address[:2].upper(), f"Anna {address[:2]}", address[:2], BORN) for address in PEOPLE]
    )


@pytest.mark.slow
@settings(
    max_examples=200 if os.environ.get(ALL) else 8,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), min_size=5, max_size=5))
def test_what_was_sent_what_failed_and_what_is_unknown_are_the_plan_whatever_befalls_each(
    kept: Path, sheetcrm: CommandLine, fates: list[str]
) -> None:
    shutil.rmtree(sheetcrm.state, ignore_errors=True)
    book = Path(shutil.copy(kept, kept.with_name("book.xlsx")))
    befalls = dict(zip(PEOPLE, fates, strict=True))
    server = MemoryTransport(lambda message: FATES[befalls[message.to]][0](message))
    with clock_at(MORNING):
        try:
            crm.run(book, transport=server)
        except (KeyboardInterrupt, SendingError):
            assert {"interrupted", "gives up", "quota"} & set(fates)
    last = next((n for n, fate in enumerate(fates) if FATES[fate][2]), len(PEOPLE) - 1)
    tried = {to: FATES[fate][1] for to, fate in list(befalls.items())[: last + 1]}
    assert dict(values(book, "Sent", "To", "Status")) == tried
    waiting = {to for to, status in values(book, "Outbox", "To", "Status") if status == "queued"}
    passing = {to for to in tried if befalls[to] in ("for now", "quota", "gives up")}
    assert waiting == {*PEOPLE[last + 1 :], *passing}

    healthy = MemoryTransport()
    for hours in (1, 3):
        with clock_at(MORNING + timedelta(hours=hours)):
            crm.run(book, transport=healthy)
    assert Counter(message.to for message in healthy.messages) == Counter(waiting)
    ended = dict(values(book, "Sent", "To", "Status"))
    assert ended == {**tried, **dict.fromkeys(waiting, "sent")}
    assert ended.keys() == set(PEOPLE)
