"""What went wrong at connecting to a mail server, in one line that says what to do."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import TYPE_CHECKING

from sheetcrm.delivery.providers import provider_of_host
from sheetcrm.delivery.replies import scrub
from sheetcrm.delivery.tokens import AccessToken
from sheetcrm.errors import SendingError

if TYPE_CHECKING:
    from sheetcrm.delivery.config import SmtpConfig

_SAFE = "Nothing was sent, the password was not shown."
_PORTS = "Port 465 goes with tls, port 587 with starttls: check smtp_port and smtp_security"


def explained(error: Exception, config: SmtpConfig, password: str) -> SendingError:
    """Return the error for what went wrong at connecting; the user, an address, is not named."""
    secrets = (config.user, password)
    if isinstance(error, smtplib.SMTPException):
        return _of_the_server(error, config, secrets)
    if isinstance(error, ssl.SSLError):
        return _of_encryption(error, config)
    server = f"{config.host}:{config.port}"
    match error:
        case socket.gaierror():
            hint = "Check smtp_host and the internet connection."
            said = f"The mail server {config.host} is not found."
            return _trouble(said, hint, "server-unreachable", config, "server-not-found")
        case UnicodeError():
            hint = "Make an app password: it has plain letters only."
            said = "The user or password has letters that mail servers do not take."
            return _trouble(said, hint, "login-refused", config, "login-letters")
        case TimeoutError():
            hint = "Check smtp_host, smtp_port and the internet connection; some networks block mail."
            said = f"The mail server {server} does not answer."
            return _trouble(said, hint, "server-unreachable", config, "server-silent")
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    hint = "Check smtp_host, smtp_port and the internet connection, or try again later."
    return _trouble(f"The mail server {server} cannot be reached ({why}).", hint, "server-unreachable", config)


def _of_the_server(error: smtplib.SMTPException, config: SmtpConfig, secrets: tuple[str, str]) -> SendingError:
    server = f"{config.host}:{config.port}"
    match error:
        case smtplib.SMTPAuthenticationError():
            said = scrub(_decode(error.smtp_error), secrets)
            refused = f"The mail server {server} refused the login ({error.smtp_code} {said})."
            if error.smtp_code // 100 == 4:  # noqa: PLR2004 - 4yz: later
                return _trouble(refused, "Try again in an hour.", "login-refused", config, "login-later")
            return _login_refused(refused, config, secrets[1])
        case smtplib.SMTPNotSupportedError() if "AUTH" in str(error):
            hint = "Check smtp_security and the port; without a login, leave smtp_user empty."
            return _trouble(f"The mail server {server} offers no login here.", hint, "no-login", config)
        case smtplib.SMTPNotSupportedError():
            hint = f"{_SAFE} Try smtp_security tls with port 465, or another network."
            said = f"The mail server {server} offers no encryption (STARTTLS)."
            return _trouble(said, hint, "no-encryption", config, "no-starttls")
        case smtplib.SMTPResponseException():
            said = scrub(_decode(error.smtp_error), secrets)
            said = f"The mail server {server} does not serve us now ({error.smtp_code} {said})."
            return _trouble(said, "Try again later; ask your provider if it stays.", "server-refused", config)
    hint = f"{_PORTS}, or try again later."
    return _trouble(f"The mail server {server} hung up.", hint, "server-unreachable", config, "server-hung-up")


def _of_encryption(error: ssl.SSLError, config: SmtpConfig) -> SendingError:
    server = f"{config.host}:{config.port}"
    if not isinstance(error, ssl.SSLCertVerificationError):
        said = f"The mail server {server} does not speak TLS there ({error.reason})."
        return _trouble(said, f"{_PORTS}.", "no-encryption", config)
    hint = (
        f"{_SAFE} Check smtp_host; an antivirus that reads mail, or a company's own authority, needs its certificate in"
        " SSL_CERT_FILE."
    )
    why = error.verify_message or error.reason
    return _trouble(
        f"The certificate of the mail server {server} cannot be verified ({why}).", hint, "certificate", config
    )


def _trouble(message: str, hint: str, code: str, config: SmtpConfig, text: str | None = None) -> SendingError:
    params = {"server": f"{config.host}:{config.port}", "host": config.host}
    return SendingError(message, hint, code=code, text=text, params=params)


def _login_refused(message: str, config: SmtpConfig, password: str) -> SendingError:
    if isinstance(password, AccessToken):
        hint = "Sign in anew with the program that makes the tokens; it needs the permission to send mail (SMTP.Send)."
        return _trouble(message, hint, "login-refused", config, "login-token")
    provider = provider_of_host(config.host)
    if provider is None:
        hint = "Check user and password; many providers want an app password. `sheetcrm setup` asks for it anew."
        return _trouble(message, hint, "login-refused", config)
    params = {"server": f"{config.host}:{config.port}", "provider": provider.name, "url": ""}
    if not provider.password_login:
        hint = f"{provider.name} takes no passwords from programs any more: docs/mail.md says what works instead."
        return SendingError(message, hint, code="login-refused", text="login-no-passwords", params=params)
    if provider.app_password_url:
        params["url"] = f" ({provider.app_password_url})"
    hint = (
        f"{provider.name} wants an app password, not the usual one{params['url']}. `sheetcrm setup` asks for it anew."
    )
    return SendingError(message, hint, code="login-refused", text="login-app-password", params=params)


def _decode(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
