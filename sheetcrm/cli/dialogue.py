"""The dialogue of `setup`: asks what is missing, keeps the password safe, sends a test message."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sheetcrm.cli import output
from sheetcrm.cli.speaking import typed
from sheetcrm.cli.unlocking import keep_from_environment
from sheetcrm.crm.places import country_named
from sheetcrm.crm.settings import Settings
from sheetcrm.delivery.config import SmtpConfig, keep_password
from sheetcrm.delivery.config import password as known_password
from sheetcrm.delivery.mail import mailbox, not_an_address
from sheetcrm.delivery.providers import Provider, provider_of, provider_of_host
from sheetcrm.errors import SheetcrmError, UsageError
from sheetcrm.languages import LANGUAGES, Language, language
from sheetcrm.running.looking import open_workbook
from sheetcrm.running.setting_up import send_test, write_settings
from sheetcrm.running.unchanged import forget

_HIGHEST_PORT = 65_535
_TRIES = 5


@dataclass(frozen=True)
class Answers:
    """What `setup` needs to know; None is asked for where there is a terminal."""

    sender: str | None = None
    business: str | None = None
    language: str | None = None
    country: str | None = None
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_user: str | None = None
    smtp_security: str | None = None


def ask(book: Path, given: Answers, *, test: bool, dry_run: bool = False, json: bool = False) -> int:
    """Complete the answers, write them into Settings, keep the password, send a test message. Returns the exit code.

    With `dry_run` nothing is written, kept or sent: only said what would be written.
    """
    opened = open_workbook(book)
    talks = sys.stdin.isatty() and not json
    answers = _complete(given, opened.words, opened.settings, talks=talks)
    words = language(answers.language or opened.words.code)
    provider = _provider(answers, words)
    config = _server(answers, provider, words, talks=talks)
    if dry_run:
        return _dry(_settings(answers, config), config, words, json=json)
    written = write_settings(book, _settings(answers, config))
    for note in written.notes:
        output.note(note)
    keep_from_environment(book)
    secret = _password(config, provider, words, talks=talks, json=json)
    sent = test and bool(secret or not config.user)
    if sent:
        send_test(book, config, secret, _bare(answers), words)
    if json:
        output.as_json({"host": config.host, "port": config.port, "tested": sent, "written": written.written})
        if written.waiting:
            output.note(words.say("settings_wait"))
        return 1 if written.waiting else 0
    if sent:
        output.say(words.say("test_sent", address=_bare(answers)))
    elif not secret and config.user:
        output.say(words.say("no_password_given"))
    if written.waiting:
        output.say(words.say("settings_wait"))
        return 1
    output.say(words.say("setup_done", book=typed(book)))
    output.say(words.say("sms_names"))
    return 0


def _dry(settings: Mapping[str, str | int], config: SmtpConfig, words: Language, *, json: bool) -> int:
    if json:
        output.as_json({"host": config.host, "port": config.port, "tested": False, "written": False})
    else:
        said = ", ".join(f"{name} = {value}" for name, value in settings.items())
        output.say(words.say("would_set", settings=said))
    return 0


def _complete(given: Answers, words: Language, known: Settings, *, talks: bool) -> Answers:
    """Fill in what was not given: from the workbook, else by asking; first the language, in which all else is asked."""
    if talks and given.language is None:
        question = f"{words.say('ask_language')} ({', '.join(LANGUAGES)})"
        code = _prompt(question, words.code, lambda text: _language(text, words))
        given, words = replace(given, language=code), language(code)
    sender = given.sender or known.sender
    if sender and not _is_address(sender):
        raise not_an_address(sender, code="no-sender")
    if not sender and talks:
        sender = _prompt(words.say("ask_sender"), "", lambda text: _address(text, words))
    if not sender:
        raise UsageError(
            "Whose messages are these? The sender's address is missing.",
            "Add --sender you@example.com.",
            code="no-sender",
            text="sender-missing",
        )
    country = country_named(given.country) if given.country else None
    if given.country and not country:
        raise UsageError(
            f"{given.country!r} is no country.",
            "Write its two letters, like PL, UA, IT, ES or GB.",
            text="not-a-country",
            params={"value": given.country},
        )
    answers = replace(given, sender=sender, country=country)
    if not talks:
        return answers
    business = answers.business or known.business or _prompt(words.say("ask_business"))
    country = answers.country or _prompt(words.say("ask_country"), known.country, lambda text: _country(text, words))
    return replace(answers, business=business, country=country)


def _provider(answers: Answers, words: Language) -> Provider | None:
    """Return the provider of the sender's address. Raises UsageError for one that takes no passwords from programs."""
    provider = provider_of(_bare(answers))
    if answers.smtp_host:
        named = provider_of_host(answers.smtp_host)
        if named is not None and not named.password_login:
            output.note(_refused(named, words))  # an administrator may have allowed it: the test message will tell
        return named
    if provider is not None and not provider.password_login:
        raise UsageError(_refused(provider, words), "", code="other-way", text="")
    return provider


def _bare(answers: Answers) -> str:
    """Return the plain address of a sender that may be `Malva <hello@example.com>`."""
    return mailbox(answers.sender or "").addr_spec


def _refused(provider: Provider, words: Language) -> str:
    return words.say("outlook_com" if provider.name == "Outlook.com" else "microsoft_365")


def _server(answers: Answers, provider: Provider | None, words: Language, *, talks: bool) -> SmtpConfig:
    address = _bare(answers)
    user = address if answers.smtp_user is None else answers.smtp_user
    if answers.smtp_host:
        return SmtpConfig(answers.smtp_host, answers.smtp_port or 0, user, answers.smtp_security or "")
    if provider is not None:
        if talks:
            output.say(words.say("provider_found", provider=provider.name))
        return provider.config(address)
    if not talks:
        domain = address.rpartition("@")[2]
        raise UsageError(
            f"The mail server of {domain} is not known.",
            "Add --smtp-host and --smtp-port as your provider gives them.",
            code="no-mail-server",
            text="server-not-known",
            params={"domain": domain},
        )
    output.say(words.say("provider_unknown"))
    host = _prompt(words.say("ask_smtp_host"), "", lambda text: text if " " not in text else None)
    port = answers.smtp_port or int(_prompt(words.say("ask_smtp_port"), "465", lambda text: _port(text, words)))
    user = _prompt(words.say("ask_smtp_user"), user)
    return SmtpConfig(host, port, user, answers.smtp_security or "")


def _settings(answers: Answers, config: SmtpConfig) -> dict[str, str | int]:
    chosen: dict[str, str | int | None] = {
        "business": answers.business,
        "language": answers.language,
        "country": answers.country,
        "sender": answers.sender,
        "smtp_host": config.host,
        "smtp_port": config.port,
        "smtp_user": config.user,
        "smtp_security": config.security,
    }
    return {name: value for name, value in chosen.items() if value not in (None, "")}


def _password(config: SmtpConfig, provider: Provider | None, words: Language, *, talks: bool, json: bool) -> str:
    """Return the password, kept in the keyring from now on; asked for on a terminal, never echoed, never an option."""
    if not config.user:
        return ""
    secret = os.environ.get("SHEETCRM_SMTP_PASSWORD", "").strip()
    if not secret and talks:
        secret = _typed(provider, words)
    if not secret:
        try:
            return known_password(config, os.environ)
        except SheetcrmError:
            return ""
    try:
        keep_password(config, secret)
    except UsageError:
        output.note(words.say("password_not_kept"))
    else:
        forget()  # a run that had no password looks again
        if not json:
            output.say(words.say("password_kept"))
    return secret


def _typed(provider: Provider | None, words: Language) -> str:
    if provider is not None and provider.note == "app-password":
        where = provider.app_password_url or provider.name
        output.say(words.say("app_password", provider=provider.name, url=where))
    elif provider is not None and provider.note == "enable-access":
        output.say(words.say("enable_access", provider=provider.name))
    secret = getpass.getpass(words.say("ask_password") + ": ").strip()
    # Google shows an app password in four groups, and people copy the blanks with it
    spaced = provider is not None and provider.note == "app-password"
    return secret.replace(" ", "").replace("\u00a0", "") if spaced else secret


def _prompt(question: str, default: str = "", check: Callable[[str], str | None] | None = None) -> str:
    """Ask until the answer is one; an empty one is the default. `check` returns the answer as it is kept, None to ask again."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    for _ in range(_TRIES):
        text = input(shown).strip() or default
        kept = text if check is None else check(text)
        if kept or (check is None):
            return kept or ""
    raise UsageError(
        f"{question}: there was no answer.",
        "Run setup again, or give it as an option.",
        text="no-answer",
        params={"question": question, "command": "setup"},
    )


def _language(text: str, words: Language) -> str | None:
    if text.lower() in LANGUAGES:
        return text.lower()
    output.say(words.say("bad_answer", choices=", ".join(LANGUAGES)))
    return None


def _country(text: str, words: Language) -> str | None:
    if found := country_named(text):
        return found
    output.say(words.say("bad_answer", choices="PL, UA, IT, ES, GB, US"))
    return None


def _address(text: str, words: Language) -> str | None:
    if _is_address(text):
        return text
    output.say(words.say("bad_address"))
    return None


def _is_address(text: str) -> bool:
    try:
        mailbox(text)
    except SheetcrmError:
        return False
    return True


def _port(text: str, words: Language) -> str | None:
    if text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT:
        return text
    output.say(words.say("bad_answer", choices="465, 587"))
    return None
