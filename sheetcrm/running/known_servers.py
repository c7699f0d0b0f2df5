"""For which mail server the password of the environment is: the one that it has worked for, whatever the workbook names since.

The keyring has a password by user and server, `SHEETCRM_SMTP` names both beside each other. A server in the settings alone may be
changed by whoever writes into the workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sheetcrm.delivery.config import PASSWORD, SmtpConfig, names_server, password
from sheetcrm.delivery.tokens import token_command
from sheetcrm.errors import SendingError

if TYPE_CHECKING:
    from sheetcrm.delivery.journal import Journal

_FOR = "smtp_host"  # in the journal


def password_of(config: SmtpConfig, environ: Mapping[str, str], journal: Journal) -> str:
    """Return the password for a mail server. Raises UsageError where none is known, SendingError where it is another server's."""
    known = journal.get(_FOR)
    if known and known != config.host.lower() and _is_unbound(config, environ):
        raise SendingError(
            f"{PASSWORD} was for {known}, but the workbook names {config.host} now: nothing was sent there.",
            "Put smtp_host right; if it is right, run sheetcrm setup, or name the server in SHEETCRM_SMTP.",
            code="mail-server",
            text="smtp-other-server",
            params={"name": PASSWORD, "known": known, "host": config.host},
        )
    return password(config, environ)


def note_server(journal: Journal, config: SmtpConfig, environ: Mapping[str, str]) -> None:
    """Note that a mail has gone with the environment's password by this server."""
    if _is_unbound(config, environ) and journal.get(_FOR) != config.host.lower():
        journal.set(_FOR, config.host.lower())


def forget_server(journal: Journal) -> None:
    """Forget which server it was: she has set up another one."""
    if journal.get(_FOR):
        journal.set(_FOR, "")


def _is_unbound(config: SmtpConfig, environ: Mapping[str, str]) -> bool:
    """Tell whether a password of the environment goes to a server that the workbook alone names."""
    given = environ.get(PASSWORD, "").strip() and not token_command(environ)
    return bool(given and config.user and not config.is_local and not names_server(environ))
