"""An access token (OAuth 2) from a command of the owner's own: for mail servers that take no passwords from programs.

The command stands in the environment alone. A workbook comes from strangers: nothing in it is ever run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping

from sheetcrm.errors import UsageError

_PATIENCE = 30.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")  # RFC 6750: no blanks; Microsoft's have some 2,500 characters


class AccessToken(str):
    """A token in a password's place: who logs in with it does so by XOAUTH2, and may ask for another one."""

    __slots__ = ("command",)

    command: str

    @classmethod
    def of(cls, command: str) -> AccessToken:
        """Return the token that a command prints. Raises UsageError."""
        token = cls(fetch_token(command))
        token.command = command
        return token


def token_command(environ: Mapping[str, str]) -> str:
    """Return the command that prints a token, "" where there is none."""
    return environ.get("SHEETCRM_SMTP_TOKEN_COMMAND", "").strip()


def fetch_token(command: str) -> str:
    """Run the command, without a shell, and return the one token that it prints. Raises UsageError; its output is never shown."""
    try:
        words = shlex.split(command, posix=os.name != "nt")
        words = [word.strip('"') for word in words] if os.name == "nt" else words
        done = subprocess.run(  # noqa: S603 - the owner's own command, from the environment only
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"it took longer than {_PATIENCE:.0f} s") from None
    except (OSError, ValueError, IndexError) as error:  # IndexError: no word at all
        raise _failed(getattr(error, "strerror", None) or type(error).__name__) from None
    if done.returncode:
        raise _failed(f"exit code {done.returncode}")
    token = done.stdout.decode("utf-8", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise _failed("it did not print one token")
    return token


def _failed(why: str) -> UsageError:
    return UsageError(
        f"The command in SHEETCRM_SMTP_TOKEN_COMMAND gave no token ({why}).",
        "Run it by hand: it must print one access token and nothing else.",
        code="no-token",
        params={"why": why},
    )
