"""Which mail server, which user, how encrypted; and where the password is kept: never in the workbook."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sheetcrm.crm.settings import Settings
from sheetcrm.delivery.tokens import AccessToken, token_command
from sheetcrm.errors import UsageError

SECURITIES = ("none", "starttls", "tls")
_SCHEMES = {"smtp": "none", "smtps": "tls", "smtp+starttls": "starttls"}
_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_SECURITY_OF_PORT = {465: "tls", 587: "starttls"}
PASSWORD = "SHEETCRM_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
_KEYRING_SERVICE = "sheetcrm"
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """A mail server. Without `user` nobody logs in. Raises UsageError where a password would travel unencrypted.

    `security` is none, starttls or tls; empty: by the port (465 tls, 587 starttls, another one none on this very
    machine, else starttls). `port` 0: the usual one.
    """

    host: str
    port: int = 0
    user: str = ""
    security: str = ""

    def __post_init__(self) -> None:
        if self.security and self.security not in SECURITIES:
            choices = ", ".join(SECURITIES)
            said = f"smtp_security “{self.security}” is not known."
            raise _wrong(said, f"It is one of {choices}.", "smtp-security", value=self.security, choices=choices)
        if not 0 <= self.port <= _HIGHEST_PORT:
            said = f"The port {self.port} of the mail server does not exist."
            raise _wrong(said, "Usual ones are 465 and 587.", "smtp-no-such-port", port=str(self.port))
        usual = "none" if self.port and self.is_local else "starttls"
        security = self.security or _SECURITY_OF_PORT.get(self.port) or usual
        object.__setattr__(self, "security", security)
        object.__setattr__(self, "port", self.port or _PORTS[security])
        if security == "none" and self.user and not self.is_local:
            raise _wrong(
                "The password would go through the network unencrypted.",
                "Use smtp_security tls (port 465) or starttls (port 587); in SHEETCRM_SMTP smtps:// or smtp+starttls://.",
                "smtp-open",
            )

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this very machine."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @classmethod
    def load(cls, settings: Settings, environ: Mapping[str, str]) -> SmtpConfig:
        """Return the configured server: `SHEETCRM_SMTP`, else the settings. Raises UsageError where none is."""
        if url := environ.get("SHEETCRM_SMTP", "").strip():
            return cls.from_url(url)
        if not settings.smtp_host.strip():
            raise UsageError(
                "No mail server is configured.",
                "Run `sheetcrm setup`, or name one in SHEETCRM_SMTP, or use --outbox DIR.",
                code="no-mail-server",
            )
        if settings.smtp_port == 0:
            hint = "Usual ports are 465 and 587; empty: the usual one."
            raise _wrong("The setting smtp_port cannot be read.", hint, "smtp-port")
        security = settings.smtp_security.strip().lower()
        return cls(settings.smtp_host.strip(), settings.smtp_port or 0, settings.smtp_user.strip(), security)

    @classmethod
    def from_url(cls, url: str) -> SmtpConfig:
        """Read `smtp://user@host:port`, `smtps://…`, `smtp+starttls://…`. Raises UsageError."""
        hint = "It looks like smtps://user@host:465 or smtp+starttls://user@host:587."
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 0
        except ValueError as error:
            raise _wrong("The port in SHEETCRM_SMTP cannot be read.", hint, "smtp-url-port") from error
        if parts.scheme not in _SCHEMES or not host:
            raise _wrong("SHEETCRM_SMTP is no address of a mail server.", hint, "smtp-url")
        if parts.password is not None:
            where = "Put it into SHEETCRM_SMTP_PASSWORD, or run `sheetcrm setup`."
            raise _wrong("SHEETCRM_SMTP holds a password.", where, "smtp-url-password")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise _wrong("SHEETCRM_SMTP has more than user, host and port.", hint, "smtp-url-more")
        return cls(host, port, unquote(parts.username or ""), _SCHEMES[parts.scheme])


def _wrong(message: str, hint: str, text: str, **params: str) -> UsageError:
    return UsageError(message, hint, code="mail-server", text=text, params=params)


def password(config: SmtpConfig, environ: Mapping[str, str]) -> str:
    """Return the password: a token (`SHEETCRM_SMTP_TOKEN_COMMAND`), else `SHEETCRM_SMTP_PASSWORD`, else the keyring's.

    "" where nobody logs in. Raises UsageError, also for a token where the workbook alone names the server: it is another's, perhaps.
    """
    if not config.user:
        return ""
    if command := token_command(environ):
        if not (config.is_local or names_server(environ)):
            raise UsageError(
                f"A token of SHEETCRM_SMTP_TOKEN_COMMAND goes to no server that the workbook alone names ({config.host}).",
                "Name it beside the command, in SHEETCRM_SMTP.",
                code="no-token",
                text="token-unbound",
                params={"host": config.host},
            )
        return AccessToken.of(command)
    given = environ.get(PASSWORD, "").strip()
    return given or kept_password(_entry(config), PASSWORD)


def names_server(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment names the mail server: a secret that stands beside it is that server's."""
    return bool(environ.get("SHEETCRM_SMTP", "").strip())


def kept_password(entry: str, variable: str) -> str:
    """Return a password from the system's keyring. Raises UsageError where there is none; `variable` could hold it."""
    import keyring  # noqa: PLC0415 - slow to import, and not always needed

    try:
        kept = keyring.get_password(_KEYRING_SERVICE, entry)
    except Exception as error:  # backends raise whatever they like: NoKeyringError, locked, D-Bus gone
        raise UsageError(
            f"The mail password cannot be read: the system's keyring does not work here ({type(error).__name__}).",
            f"Put it into {variable}.",
            code="no-password",
            text="keyring-broken",
            params={"variable": variable},
        ) from error
    if not kept:
        raise UsageError(
            "No password for the mail server is known.",
            f"Run `sheetcrm setup`, or put it into {variable}.",
            code="no-password",
            params={"variable": variable},
        )
    return kept


def keep_password(config: SmtpConfig, secret: str) -> None:
    """Put the password into the system's keyring. Raises UsageError where there is none."""
    import keyring  # noqa: PLC0415 - as above

    try:
        keyring.set_password(_KEYRING_SERVICE, _entry(config), secret)
    except Exception as error:
        raise UsageError(
            f"The mail password cannot be kept: the system's keyring does not work here ({type(error).__name__}).",
            "Put it into SHEETCRM_SMTP_PASSWORD wherever sheetcrm is started.",
            code="no-keyring",
        ) from error


def _entry(config: SmtpConfig) -> str:
    return f"{config.user} on {config.host}"
