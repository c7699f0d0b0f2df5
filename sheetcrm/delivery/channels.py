"""By which channels beside e-mail messages can go: what the environment, the keyring and the settings name.

An address of a service is a secret (it holds the key of the account), so it never stands in the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sheetcrm.crm.settings import Settings
from sheetcrm.errors import UsageError

NAMES = {"sms": "SHEETCRM_SMS", "whatsapp": "SHEETCRM_WHATSAPP"}
"""The variables that hold an Apprise URL, by channel; the keyring has it under the channel's name."""

PLACE = re.compile(r"\{(\w+)\}")
"""Where in a URL the recipient goes: `{to}`, or a column of the owner's by its slug."""

_KEYRING_SERVICE = "sheetcrm"


def url_of(channel: str, environ: Mapping[str, str]) -> str:
    """Return the URL of the service for a channel: the environment's, else the keyring's, "" where none is known."""
    if given := environ.get(NAMES[channel], "").strip():
        return given
    import keyring  # noqa: PLC0415 - slow to import, and not always needed

    try:
        return (keyring.get_password(_KEYRING_SERVICE, channel) or "").strip()
    except Exception:  # noqa: BLE001 - backends raise whatever they like; without one nothing is kept there
        return ""


def keep_url(channel: str, url: str) -> None:
    """Put the URL of a service into the system's keyring. Raises UsageError where there is none."""
    import keyring  # noqa: PLC0415 - as above

    try:
        keyring.set_password(_KEYRING_SERVICE, channel, url.strip())
    except Exception as error:
        raise UsageError(
            f"The address of the service cannot be kept: the system's keyring does not work here ({type(error).__name__}).",
            f"Put it into {NAMES[channel]} wherever sheetcrm is started.",
            code="no-keyring",
            text="no-keyring-url",
            params={"name": NAMES[channel]},
        ) from error


def place_of(url: str) -> str:
    """Return what the place of the recipient in a URL is called, "" where it has none."""
    found = PLACE.search(url)
    return found[1] if found else ""


def columns_of(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the channels beside e-mail that can be sent by, each with the column that has the recipient ("": the phone)."""
    found: dict[str, str] = {}
    for channel in NAMES:
        if url := url_of(channel, environ):
            place = place_of(url)
            found[channel] = "" if place == "to" else place
        elif channel == "sms" and settings.gateway_url:
            found[channel] = ""
    return found
