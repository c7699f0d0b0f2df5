"""Runs of sheetcrm in processes of their own that may be killed -9: at a named checkpoint, or at any instant; several at once.

Killed is a child forked for that run (`forked_commands`), with all that a kill takes. A checkpoint is before or after a step of
the session, a commit of the journal, a stage of the SMTP dialogue, a reply; a `Log` of mails stands for a server where the wire does
not matter.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from forked_commands import ask, asked_process, become, serve

if TYPE_CHECKING:
    from forked_commands import Run


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code (negative: the signal that ended it), what it said, the checkpoints that it passed where asked."""

    code: int
    out: str
    err: str
    points: tuple[str, ...] = ()
    seconds: float = 0.0  # from its first plan to its end

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Job:
    """One run: a command line; `kill_at`: the number of the checkpoint at which it dies; `kill_after`: seconds after its first plan.

    `log`: mails go into that file instead (`Log`). `clock`: what the clock says at its beginning.
    """

    arguments: tuple[str, ...]
    kill_at: int | None = None
    kill_after: float | None = None
    record: bool = False
    log: Path | None = None
    clock: datetime | None = None


class Runs:
    """Starts runs, each in a process that begins with everything imported."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, *jobs: Job, **environ: str) -> list[Ended]:
        """Run jobs at the same time; return how they ended, in their order."""
        asked = [
            {
                "arguments": list(job.arguments),
                "kill_at": job.kill_at,
                "kill_after": job.kill_after,
                "record": job.record,
                "log": None if job.log is None else str(job.log),
                "clock": None if job.clock is None else job.clock.isoformat(),
            }
            for job in jobs
        ]
        ended = ask(self._process, {"jobs": asked, "environ": environ})
        return [Ended(**{**one, "points": tuple(one["points"])}) for one in ended]


@contextlib.contextmanager
def run_process(folder: Path) -> Iterator[Runs]:
    """Start the process; it keeps what the runs say in a folder."""
    with asked_process(__file__, folder) as process:
        yield Runs(process)


class Log:
    """A mail server's store as a file: one line a mail, there for good once `send` has written it, whoever is killed then."""

    def __init__(self, path: Path, check: Callable[[str], object] = bool) -> None:
        self.path = path
        self._check = check

    def send(self, message: Any) -> Any:
        """Store a mail."""
        from sheetcrm.crm.values import Delivery, Status  # noqa: PLC0415 - also used where nothing of ours is imported yet

        self._check("before the mail is stored")
        self.store(message)
        self._check("after the mail is stored")
        return Delivery(Status.SENT)

    def store(self, message: Any) -> None:
        """Keep a mail."""
        line = json.dumps([*message.key, message.to, message.text])
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def mails(self) -> list[tuple[str, ...]]:
        """Return what was stored: campaign, client id, occasion, address, text."""
        return (
            [tuple(json.loads(line)) for line in self.path.read_text("utf-8").splitlines()]
            if self.path.exists()
            else []
        )


@contextlib.contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    """Let the computer's clock, as far as sheetcrm asks it, begin at a moment and go on from there."""
    from sheetcrm.running import clock  # noqa: PLC0415 - as in `Log`

    began = time.monotonic()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # the usual kind does
            return (now + timedelta(seconds=time.monotonic() - began)).replace(tzinfo=tz)

    before = vars(clock)["datetime"]
    vars(clock)["datetime"] = Clock
    try:
        yield
    finally:
        vars(clock)["datetime"] = before


# --- the process


class Checkpoints:
    """Counts the checkpoints that a run passes, and ends the process at the one that was chosen."""

    def __init__(self, fatal: int | None) -> None:
        self.passed: list[str] = []
        self._fatal = fatal

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, *, label: str = "") -> None:
        """Make checkpoints of the beginning and the end of a function."""
        step, told = getattr(owner, name), label or name

        def watched(*arguments: Any, **more: Any) -> Any:
            self(f"before {told}")
            result = step(*arguments, **more)
            self(f"after {told}")
            return result

        setattr(owner, name, watched)

    def watch(self) -> None:
        """Make checkpoints all over a run."""
        from sheetcrm.delivery import connection, journal  # noqa: PLC0415 - in the child only
        from sheetcrm.running import session  # noqa: PLC0415
        from sheetcrm.workbook import saving  # noqa: PLC0415

        for name in ("_take", "plan", "reopen", "replace_by"):
            self.around(session.Session, name, label=name.strip("_"))
        for name in ("note_intent", "save", "note_saved", "remember", "keep_waiting", "trim"):
            self.around(session, name, label={"save": "the file is saved"}.get(name, name))
        for name in ("back_up", "exchange", "sync_folder"):
            self.around(saving, name)
        for name in ("begin", "finish", "unite", "recover", "set", "record_plan"):
            self.around(journal.Journal, name)
        connect = sqlite3.connect

        def connected(*arguments: Any, **more: Any) -> sqlite3.Connection:
            made: sqlite3.Connection = connect(*arguments, **more)
            made.set_trace_callback(lambda sql: self("commit") if sql.startswith("COMMIT") else None)
            return made

        vars(sqlite3)["connect"] = connected
        staged = connection._Staged
        self.around(staged, "getreply", label="a reply")

        def set_stage(one: Any, stage: Any) -> None:
            self(f"stage {getattr(stage, 'name', stage)}")
            one.__dict__["stage"] = stage

        first = staged.stage
        staged.stage = property(lambda one: one.__dict__.get("stage", first), set_stage)  # type: ignore[assignment]


def _serve(folder: Path) -> None:
    import sheetcrm.delivery.connection  # noqa: PLC0415 - only in the process

    assert sheetcrm.delivery.connection

    def reply(run: Run, asked: Any) -> list[dict[str, Any]]:
        started = [_start(folder / f"run{n}", run, job, asked["environ"]) for n, job in enumerate(asked["jobs"])]
        return [_wait(*one) for one in started]

    on = ("--on", "2026-11-22")
    serve(folder, (["refresh", *on], ["run", "--outbox", str(folder / "warm" / "out"), *on]), reply)


def _start(place: Path, run: Run, job: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[int, Path, Any, int]:
    place.mkdir(exist_ok=True)
    begun, say_begun = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(begun)
        _be(place, run, job, environ, say_begun)
    os.close(say_begun)
    return child, place, job["kill_after"], begun


def _wait(child: int, place: Path, kill_after: float | None, begun: int) -> dict[str, Any]:
    os.read(begun, 1)
    began = time.perf_counter()
    if kill_after is not None:
        time.sleep(kill_after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    seconds = time.perf_counter() - began
    os.close(begun)
    out, err, points = ((place / name).read_text("utf-8") for name in ("out", "err", "points"))
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "out": out, "err": err, "points": points.splitlines(), "seconds": seconds}


def _be(place: Path, run: Run, job: Mapping[str, Any], environ: Mapping[str, str], say_begun: int) -> NoReturn:
    from sheetcrm.running import dispatching, session  # noqa: PLC0415 - only in the process

    plan = session.Session.plan
    waiting = True

    def planned(*arguments: Any, **more: Any) -> Any:
        nonlocal waiting
        if waiting:
            waiting = False
            os.write(say_begun, b"!")
        return plan(*arguments, **more)

    check = Checkpoints(job["kill_at"])

    def command() -> int:
        (place / "points").write_text("", "utf-8")
        vars(session)["Session"].plan = planned
        if job["kill_at"] is not None or job["record"]:
            check.watch()
        if job["log"] is not None:
            log = Log(Path(job["log"]), check)
            vars(dispatching)["Dispatch"]._made = lambda *_asked: log
            os.environ.setdefault("SHEETCRM_SMTP", "smtp://127.0.0.1:1")  # by which mails are noted to have gone
        with contextlib.ExitStack() as stack:
            if job["clock"] is not None:
                stack.enter_context(clock_at(datetime.fromisoformat(job["clock"])))
            code = run(job["arguments"])
        if job["record"]:
            (place / "points").write_text("\n".join(check.passed), "utf-8")
        return code

    become(place, environ, command)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
