"""Killed at any moment, or run twice at once: nobody gets a message twice, and who got none is named.

The killing is done by this file run as a program: it loads everything once and forks a child for each moment, so that
a hundred kill -9 take seconds. A moment is a step of the SMTP dialogue, a reply, or a commit of the journal, before and
after.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sheetcrm.crm.values import Delivery, Key, Message
from sheetcrm.delivery.config import SmtpConfig
from sheetcrm.delivery.connection import _Staged
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.locking import RunLock
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.sending import Counts, deliver
from sheetcrm.delivery.smtp import SmtpTransport

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a child for each moment")


def messages(run: str, count: int) -> list[Message]:
    return [
        Message(
            Key("birthday", f"C{n}", "2026"),
            "Anna",
            date(2026, 11, 22),
            "email",
            f"c{n}.{run}@example.com",
            "Hi",
            "Text",
        )
        for n in range(1, count + 1)
    ]


def deliver_all(port: int, journal: Journal, run: str, count: int) -> Counts:
    transport = SmtpTransport(
        SmtpConfig("127.0.0.1", port, security="none"), "", Envelope("salon@example.com"), clock=lambda: NOW
    )
    return deliver(messages(run, count), transport, journal, clock=lambda: NOW)


# --- the program


def in_child(work: Callable[[], object]) -> int:
    """Do some work in a forked child; return 0, or the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


class Moments:
    """Counts the moments of a run and ends the process at the one that was chosen."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal

    def __call__(self, _name: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, journal: Journal) -> None:
        """Make moments of each commit, each stage of the dialogue, and each reply."""
        journal._connection.set_trace_callback(lambda sql: self(sql) if sql.startswith("COMMIT") else None)
        for name in ("begin", "finish"):
            self._after(journal, name)
        replies = _Staged.getreply

        def getreply(staged: _Staged) -> tuple[int, bytes]:
            self("before a reply")
            reply = replies(staged)
            self("after a reply")
            return reply

        def set_stage(staged: _Staged, stage: int) -> None:
            self("before a stage")
            staged.__dict__["stage"] = stage

        _Staged.getreply = getreply  # type: ignore[method-assign,assignment]
        _Staged.stage = property(lambda staged: staged.__dict__.get("stage", 0), set_stage)  # type: ignore[assignment]

    def _after(self, journal: Journal, name: str) -> None:
        method = getattr(journal, name)

        def watched(*args: object) -> object:
            result = method(*args)
            self(f"after {name}")
            return result

        setattr(journal, name, watched)


def kill_everywhere(port: int, state: Path) -> None:
    """Kill a run of two messages at its first moment, its second, … and let it run to the end after each."""
    for fatal in range(1, 1000):
        run = f"r{fatal}"

        def killed(run: str = run, fatal: int = fatal) -> None:
            with Journal.open(state, run) as journal:
                Moments(fatal).watch(journal)
                deliver_all(port, journal, run, 2)

        def again(run: str = run) -> None:
            with RunLock(state, run, timeout=0), Journal.open(state, run) as journal:
                journal.recover(NOW)
                deliver_all(port, journal, run, 2)
                rows = {row.to: str(row.status) for row in journal.records()}
            print(json.dumps(rows), flush=True)  # noqa: T201 - the program's answer

        ended = in_child(killed)
        if in_child(again):
            sys.exit("the run after the kill failed")
        if ended == 0:
            return  # there was no such moment any more


def race(port: int, state: Path, lock: bool) -> None:
    """Start four runs of twelve messages at the same time."""

    def one_run() -> None:
        with Journal.open(state, "race") as journal:
            if not lock:
                deliver_all(port, journal, "race", 12)
                return
            with RunLock(state, "race", timeout=30):
                journal.recover(NOW)
                deliver_all(port, journal, "race", 12)

    Journal.open(state, "race").close()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                one_run()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    sys.exit(sum(os.waitpid(child, 0)[1] for child in children) != 0)


if __name__ == "__main__":
    what, port_, folder = sys.argv[1:4]
    if what == "kill":
        kill_everywhere(int(port_), Path(folder))
    else:
        race(int(port_), Path(folder), what == "race-with-lock")


# --- the tests


def program(what: str, port: int, state: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, __file__, what, str(port), str(state)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_killed_at_any_moment_nobody_gets_it_twice_and_who_got_none_is_named(tmp_path: Path) -> None:
    from smtp_server import smtp_server  # noqa: PLC0415 - the program above does not need it

    with smtp_server() as server:
        lines = program("kill", server.port, tmp_path)
    status = {to: word for line in lines for to, word in json.loads(line).items()}
    got = Counter(server.recipients)
    assert len(lines) > 30
    assert len(status) == 2 * len(lines)
    assert set(got.values()) == {1}
    assert {to for to, word in status.items() if word == "sent"} <= set(got)
    assert {to for to, word in status.items() if word == "unknown"} >= set(status) - set(got)
    assert set(status.values()) == {"sent", "unknown"}


@pytest.mark.parametrize("what", ["race-with-lock", "race-without"])
def test_four_runs_at_once_send_each_message_once(what: str, tmp_path: Path) -> None:
    from smtp_server import smtp_server  # noqa: PLC0415 - the program above does not need it

    with smtp_server() as server:
        program(what, server.port, tmp_path)
    assert sorted(server.recipients) == sorted(m.to for m in messages("race", 12))
    with Journal.open(tmp_path, "race") as journal:
        assert {str(row.status) for row in journal.records()} == {"sent"}


class _Broken:
    """A transport that fails in a way of its own at the second message."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self.seen: list[str] = []

    def send(self, message: Message) -> Delivery:
        self.seen.append(message.key.client_id)
        if len(self.seen) == 2:
            raise self._error
        return Delivery(status="sent")  # type: ignore[arg-type] # a plain word, as others may write it


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ValueError("oops c2@example.com"), ["sent", "unknown", "sent"]), (KeyboardInterrupt(), ["sent", "unknown"])],
)
def test_a_transport_that_breaks_leaves_that_message_unknown(
    error: BaseException, expected: list[str], tmp_path: Path
) -> None:
    transport = _Broken(error)
    with Journal.open(tmp_path, "w1") as journal:
        counts = deliver(messages("x", 3), transport, journal, clock=lambda: NOW)
        rows = journal.records()
    assert [str(row.status) for row in rows] == expected
    assert "example.com" not in rows[1].detail
    assert (counts.sent, counts.unknown, counts.left) == (expected.count("sent"), 1, 3 - len(expected))


def test_a_process_that_is_told_to_end_records_before_it_goes(tmp_path: Path) -> None:
    with Journal.open(tmp_path, "w1") as journal:
        with pytest.raises(SystemExit):
            deliver(messages("x", 3), _Broken(SystemExit(3)), journal, clock=lambda: NOW)
        assert [str(row.status) for row in journal.records()] == ["sent", "unknown"]
