"""The key of a gateway's account: it goes to the server that it was set up for, whatever address a workbook names.

A workbook comes from strangers, or strangers write into it. The environment says for which server its token is; the keyring has one for
each, and knows which was set up last. This very computer is nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sheetcrm.errors import SendingError, UsageError

TOKEN = "SHEETCRM_GATEWAY_TOKEN"  # noqa: S105 - the name of the variable
HOST = "SHEETCRM_GATEWAY_HOST"
LOCAL = ("localhost", "127.0.0.1", "::1")
_KEYRING_SERVICE = "sheetcrm"
_LAST = "gateway"  # in the keyring: the server that was set up last


def token_for(url: str, status_url: str, environ: Mapping[str, str]) -> str:
    """Return the token for the server of a gateway (and of `status_url`), "" where none is known.

    Raises SendingError where the token is another server's: neither it nor anybody's number goes there.
    """
    hosts = [host for one in (url, status_url) if (host := _host(one)) and host not in LOCAL]
    if given := environ.get(TOKEN, "").strip():
        known = re.split(r"[\s,;]+", environ.get(HOST, "").strip().lower())
        if stranger := next((host for host in hosts if host not in known), ""):
            raise _of_another(stranger, ", ".join(filter(None, known)))
        return given
    token, last = _kept(f"{_LAST} {_host(url)}"), _kept(_LAST)
    for host in hosts:
        if _kept(f"{_LAST} {host}") != token or (last and not token):
            raise _of_another(host, last or _host(url))
    return token


def keep_token(url: str, token: str) -> str:
    """Put the token of a gateway's server into the system's keyring; return the server. Raises UsageError where there is no keyring."""
    import keyring  # noqa: PLC0415 - slow to import, and not always needed

    host = _host(url)
    try:
        keyring.set_password(_KEYRING_SERVICE, f"{_LAST} {host}", token)
        keyring.set_password(_KEYRING_SERVICE, _LAST, host)
    except Exception as error:
        raise UsageError(
            f"The token cannot be kept: the system's keyring does not work here ({type(error).__name__}).",
            f"Put it into {TOKEN}, and {host} into {HOST}, wherever sheetcrm is started.",
            code="no-keyring",
            text="no-keyring-token",
            params={"name": TOKEN, "host": host, "variable": HOST},
        ) from error
    return host


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _kept(entry: str) -> str:
    import keyring  # noqa: PLC0415 - as above

    try:
        return (keyring.get_password(_KEYRING_SERVICE, entry) or "").strip()
    except Exception:  # noqa: BLE001 - backends raise whatever they like; without one nothing is kept there
        return ""


def _of_another(host: str, known: str) -> SendingError:
    if not known:
        return SendingError(
            f"{TOKEN} does not say for which server it is, and the workbook names {host}: no SMS went.",
            f"If that is your gateway, set {HOST}={host}.",
            code="gateway",
            text="gateway-token-unbound",
            params={"name": TOKEN, "host": host, "variable": HOST},
        )
    return SendingError(
        f"The gateway's token is for {known}, but the workbook names {host}: no SMS went.",
        f"Put gateway_url right; if it is right, run sheetcrm setup --sms, or set {HOST}={host}.",
        code="gateway",
        text="gateway-token-host",
        params={"known": known, "host": host, "variable": HOST},
    )
