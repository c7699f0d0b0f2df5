"""`setup --sms` and `--messenger`: the address of a service, which holds the key of an account, goes into the keyring.

So does the token of the gateway that the workbook's settings describe, for that server alone.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from sheetcrm.cli import output
from sheetcrm.delivery.channels import NAMES, keep_url
from sheetcrm.delivery.gateway_tokens import keep_token
from sheetcrm.delivery.messengers import AppriseTransport
from sheetcrm.errors import UsageError
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.unchanged import forget


def keep_service(book: Path, channel: str, *, dry_run: bool, json: bool) -> int:
    """Ask for the address of a channel's service, look at it, keep it. Returns the exit code.

    It is no option: what stands in a command can be read by others.
    """
    seen = open_workbook(book)
    words, gateway = seen.words, seen.settings.gateway_url.strip() if channel == "sms" else ""
    asked = getpass.getpass(words.say("ask_service") + ": ") if sys.stdin.isatty() else sys.stdin.readline()
    if not (url := asked.strip()):
        raise UsageError(
            "No address of a service was given.",
            f"Run this in a terminal, or put the address into {NAMES[channel]}.",
            text="no-service-given",
            params={"name": NAMES[channel]},
        )
    if gateway and "://" not in url:
        name = keep_token(gateway, url) if not dry_run else urlsplit(gateway).hostname or ""
    else:
        service = AppriseTransport(url, channel, environ=os.environ)
        service.check()
        name = service.service
        if not dry_run:
            keep_url(channel, url)
    if not dry_run:
        forget()
    if json:
        output.as_json({"channel": channel, "service": name, "kept": not dry_run})
    elif not dry_run:
        output.say(words.say("service_kept", service=name))
    return 0
