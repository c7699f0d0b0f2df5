"""The page that `corpus.py` makes: a table for each trial, and a line for whatever is the matter with a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corpus_programs import FAILED, PARTLY, REFUSED, SERVED, Attempt

Findings = Mapping[tuple[str, str], Mapping[str, Sequence[str]]]
"""(book, program) → check → what it found."""

CHECKS = {
    "untouched": "`untouched.py` is silent",
    "csv": "shown by LibreOffice as meant, all else as before",
    "sdk": "nothing new for the Open XML SDK",
    "invariants": "nothing new for our invariants",
    "visible": "nothing visible fewer than before",
    "results": "results of formulas kept",
    "own": "done whole, and the same again writes nothing",
}
_LONGEST = 160
"""Characters of a reason: an error of a library can be a page."""


@dataclass(frozen=True)
class Contestant:
    """A column of a table: its heading, the attempts' program, and whether it is ours."""

    heading: str
    program: str
    ours: bool = False


@dataclass(frozen=True)
class Results:
    """What came of all attempts."""

    attempts: Sequence[Attempt]
    found: Findings
    not_asked: Mapping[str, set[tuple[str, str]]]
    """By check, the (book, program) that it could not be asked of: LibreOffice opened it neither before; no formula in it."""

    def of(self, program: str) -> list[Attempt]:
        """One program's attempts."""
        return [attempt for attempt in self.attempts if attempt.program == program]

    def held(self, program: str, check: str) -> str:
        """In how many of the workbooks that were served a check found nothing, of how many it was asked of."""
        without = self.not_asked.get(check, set())
        keys = [(a.book, a.program) for a in self.of(program) if a.status in {SERVED, PARTLY}]
        asked = [key for key in keys if key not in without]
        return f"{sum(check not in self.found.get(key, {}) for key in asked)} of {len(asked)}" if asked else ""


def table(results: Results, contestants: Sequence[Contestant], checks: Iterable[str]) -> list[str]:
    """One trial: contestants side by side, a line for each check."""
    programs = [contestant.program for contestant in contestants]
    counts = {program: Counter(attempt.status for attempt in results.of(program)) for program in programs}
    seconds = {program: sum(attempt.seconds for attempt in results.of(program)) for program in programs}
    lines = {
        "workbooks": [str(counts[p].total()) for p in programs],
        SERVED: [str(counts[p][SERVED]) for p in programs],
        **({PARTLY: [str(counts[p][PARTLY]) for p in programs]} if any(counts[p][PARTLY] for p in programs) else {}),
        "refused, in one line, file unchanged": [
            str(counts[c.program][REFUSED]) if c.ours else "" for c in contestants
        ],
        "failed": [str(counts[p][FAILED]) for p in programs],
        **{
            CHECKS[check]: [results.held(c.program, check) if check != "own" or c.ours else "" for c in contestants]
            for check in checks
        },
        "seconds for all": [f"{seconds[p]:.0f}" for p in programs],
    }
    head = ["", *(contestant.heading for contestant in contestants)]
    return [_row(head), _row(["---", *("---:" for _ in contestants)]), *(_row([k, *v]) for k, v in lines.items())]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def matters(results: Results, contestants: Sequence[Contestant]) -> list[str]:
    """Each workbook that ours refuse, or with which something is found; of the others how many, by reason."""
    lines = []
    for contestant in contestants:
        attempts = results.of(contestant.program)
        lines += _each(contestant, attempts, results) if contestant.ours else _summed(contestant, attempts, results)
    return lines


def _each(contestant: Contestant, attempts: list[Attempt], results: Results) -> list[str]:
    lines = []
    for attempt in attempts:
        found = results.found.get((attempt.book, attempt.program), {})
        reasons = [f"{attempt.status}: {_short(attempt.reason)}"] if attempt.reason else []
        reasons += [f"{_short(line)}" for check in CHECKS for line in found.get(check, ())]
        if reasons:
            lines.append(f"- {contestant.heading}, `{attempt.book}`: {'; '.join(reasons)}")
    return lines


def _summed(contestant: Contestant, attempts: list[Attempt], results: Results) -> list[str]:
    failed = Counter(_short(attempt.reason) for attempt in attempts if attempt.status != SERVED)
    fewer: Counter[str] = Counter()
    for attempt in attempts:
        found = results.found.get((attempt.book, attempt.program), {})
        fewer.update({line.rpartition(" → ")[0].rpartition(" ")[0] for line in found.get("visible", ())})
    lines = []
    if failed:
        words = "; ".join(f"{reason} ({count})" for reason, count in sorted(failed.items(), key=_most))
        lines.append(f"- {contestant.heading} fails: {words}")
    if fewer:
        words = ", ".join(f"{kind} ({count})" for kind, count in sorted(fewer.items(), key=_most))
        lines.append(f"- {contestant.heading} leaves fewer, in so many workbooks: {words}")
    return lines


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _short(reason: str) -> str:
    reason = " ".join(reason.replace("|", "/").split())
    return reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 1]}…"
