"""`setup --sms` and `--messenger`: the address of a service, which holds the key of an account, goes into the keyring."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from sheetcrm.cli import output
from sheetcrm.delivery.channels import NAMES, keep_url
from sheetcrm.delivery.messengers import AppriseTransport
from sheetcrm.errors import UsageError
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.unchanged import forget


def keep_service(book: Path, channel: str, *, dry_run: bool, json: bool) -> int:
    """Ask for the address of a channel's service, look at it, keep it. Returns the exit code.

    It is no option: what stands in a command can be read by others.
    """
    words = open_workbook(book).words
    asked = getpass.getpass(words.say("ask_service") + ": ") if sys.stdin.isatty() else sys.stdin.readline()
    if not (url := asked.strip()):
        raise UsageError(
            "No address of a service was given.",
            f"Run this in a terminal, or put the address into {NAMES[channel]}.",
            text="no-service-given",
            params={"name": NAMES[channel]},
        )
    service = AppriseTransport(url, channel, environ=os.environ)
    service.check()
    if not dry_run:
        keep_url(channel, url)
        forget()
    if json:
        output.as_json({"channel": channel, "service": service.service, "kept": not dry_run})
    elif not dry_run:
        output.say(words.say("service_kept", service=service.service))
    return 0
