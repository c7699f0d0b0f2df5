"""A command in a terminal of its own, answered question by question."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pexpect


class Conversation:
    """A command that runs, and what was seen of it so far."""

    def __init__(
        self, *arguments: object, environ: Mapping[str, str], dimensions: tuple[int, int], timeout: int = 20
    ) -> None:
        command = ["-m", "sheetcrm", *map(str, arguments)]
        self.child = pexpect.spawn(
            sys.executable, command, env=dict(environ), encoding="utf-8", timeout=timeout, dimensions=dimensions
        )
        self.seen = ""

    def answer(self, question: str, text: str) -> None:
        self.child.expect_exact(question)
        self.seen += str(self.child.before) + question
        self.child.sendline(text)

    def closed(self) -> tuple[int | None, str]:
        """Return its exit code and all that was seen, when it ends."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        self.seen += str(self.child.before)
        return self.child.exitstatus, " ".join(self.seen.split())

    def end(self) -> str:
        """Return all that was seen, when it ends well."""
        code, seen = self.closed()
        assert code == 0, self.seen
        return seen
