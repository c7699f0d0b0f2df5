"""Mail providers known by the domain of an address: so that an owner needs to know nothing but her address.

Hosts and ports are those of Thunderbird's autoconfiguration database (thunderbird/autoconfig, ispdb/, read in 2026)
where `verified` is True; the others are as commonly given, and `setup` sends a test message anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sheetcrm.delivery.config import SmtpConfig


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    `note` is a code whose words come from the language: `app-password` (make one, at `app_password_url`),
    `enable-access` (allow mail programs in the mailbox's settings first), `usual-password`, `other-way` (takes no
    passwords from programs).
    """

    name: str
    domains: tuple[str, ...]
    host: str
    port: int = 465
    security: str = "tls"
    note: str = "app-password"
    app_password_url: str = ""
    local_part: bool = False  # the user is what stands before the @
    password_login: bool = True
    verified: bool = True
    a_day: int = 0  # messages that it takes, less a tenth for what the owner writes herself; 0: not known
    a_minute: int = 0
    a_day_of_own_domain: int = 0  # where the user's domain is none of `domains`: the paid service on the same server

    def limits(self, user: str) -> tuple[int, int]:
        """Return how many messages a day and a minute this provider takes from a user, 0 where that is not known."""
        domain = user.rpartition("@")[2].strip().lower()
        own = bool(self.a_day_of_own_domain and domain and domain not in self.domains)
        return self.a_day_of_own_domain if own else self.a_day, self.a_minute

    def config(self, address: str) -> SmtpConfig:
        """Return the server for an address of this provider."""
        user = address.partition("@")[0] if self.local_part else address
        return SmtpConfig(self.host, self.port, user, self.security)


_APP_PASSWORD, _ENABLE, _USUAL, _OTHER = "app-password", "enable-access", "usual-password", "other-way"


def _tls(name: str, domains: str, host: str, note: str, url: str = "", **more: Any) -> Provider:
    return Provider(name, tuple(domains.split()), host, 465, "tls", note, url, **more)


def _starttls(name: str, domains: str, host: str, note: str, url: str = "", **more: Any) -> Provider:
    return Provider(name, tuple(domains.split()), host, 587, "starttls", note, url, **more)


# Outlook.com: password login was switched off on 16 September 2024. Microsoft 365: off by default from the end of
# December 2026, on only where an administrator allows it. OAuth would need an application registered with Microsoft.
_OUTLOOK = "outlook.com hotmail.com live.com msn.com hotmail.it hotmail.es outlook.es outlook.it live.it"
_ONET = "onet.pl onet.eu op.pl vp.pl poczta.onet.pl poczta.onet.eu autograf.pl onet.com.pl spoko.pl vip.onet.pl"
_YAHOO = "yahoo.com yahoo.it yahoo.es yahoo.co.uk yahoo.pl ymail.com rocketmail.com"
_YANDEX = "yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru narod.ru"
_APPLE = "icloud.com me.com mac.com"
_MAIL_RU_HELP = "https://account.mail.ru/user/2-step-auth/passwords/"
_FASTMAIL_HELP = "https://app.fastmail.com/settings/security/apps"
_O2_HELP = "https://pomoc.o2.pl/aktywacja-dostepu-dla-programow-pocztowych"

# Limits are those of the providers' help pages, read in 2026. Gmail: 500 messages in 24 hours, Workspace 2,000 (500 while on
# trial; support.google.com/a/answer/166852). Outlook.com: 300 recipients a day for an account that is not new. Microsoft 365: 30
# messages a minute and 10,000 recipients a day (Exchange Online limits), of which 2,000 outside one's own organisation.
# iCloud: 1,000 a day (support.apple.com/102198). Yahoo: 500 a day, as commonly given.
PROVIDERS = (
    _tls(
        "Gmail",
        "gmail.com googlemail.com",
        "smtp.gmail.com",
        _APP_PASSWORD,
        "https://myaccount.google.com/apppasswords",
        a_day=450,
        a_day_of_own_domain=1900,
    ),
    _starttls("Outlook.com", _OUTLOOK, "smtp-mail.outlook.com", _OTHER, password_login=False, a_day=270),
    _starttls(
        "Microsoft 365", "onmicrosoft.com", "smtp.office365.com", _OTHER, password_login=False, a_day=1900, a_minute=27
    ),
    _tls("Yahoo", _YAHOO, "smtp.mail.yahoo.com", _APP_PASSWORD, "https://login.yahoo.com/account/security", a_day=450),
    _starttls("iCloud", _APPLE, "smtp.mail.me.com", _APP_PASSWORD, "https://account.apple.com", a_day=900),
    _tls("Poczta WP", "wp.pl", "smtp.wp.pl", _ENABLE, local_part=True),
    _tls("Onet Poczta", _ONET, "smtp.poczta.onet.pl", _ENABLE),
    _tls("o2 Poczta", "o2.pl go2.pl tlen.pl prokonto.pl", "poczta.o2.pl", _ENABLE, _O2_HELP, local_part=True),
    _tls("Interia", "interia.pl interia.eu interia.com poczta.fm", "poczta.interia.pl", _ENABLE, verified=False),
    _tls("Gazeta.pl", "gazeta.pl", "smtp.gazeta.pl", _ENABLE, verified=False),
    _tls("ukr.net", "ukr.net", "smtp.ukr.net", _APP_PASSWORD, verified=False),
    _tls("I.UA", "i.ua ua.fm email.ua", "smtp.i.ua", _ENABLE, verified=False),
    _tls("Meta.ua", "meta.ua", "smtp.meta.ua", _ENABLE, verified=False),
    _tls("Yandex", _YANDEX, "smtp.yandex.com", _APP_PASSWORD, "https://id.yandex.com/security/app-passwords"),
    _tls("Mail.ru", "mail.ru inbox.ru list.ru bk.ru", "smtp.mail.ru", _APP_PASSWORD, _MAIL_RU_HELP),
    _tls("Rambler", "rambler.ru", "smtp.rambler.ru", _ENABLE),
    _tls("Libero", "libero.it iol.it inwind.it blu.it giallo.it", "smtp.libero.it", _ENABLE),
    _tls("Virgilio", "virgilio.it", "out.virgilio.it", _ENABLE),
    _starttls("Alice (TIM)", "alice.it", "out.alice.it", _USUAL),
    _starttls("TIM", "tim.it", "smtp.tim.it", _USUAL),
    _tls("Tiscali", "tiscali.it", "smtp.tiscali.it", _USUAL),
    _tls("Aruba", "aruba.it technet.it", "smtps.aruba.it", _USUAL, verified=False),
    _starttls("Movistar", "movistar.es telefonica.net", "smtp.telefonica.net", _USUAL, verified=False),
    _tls("GMX", "gmx.net gmx.de gmx.at gmx.ch gmx.eu", "mail.gmx.net", _ENABLE),
    _tls("GMX", "gmx.com gmx.us gmx.co.uk gmx.es gmx.it", "mail.gmx.com", _ENABLE),
    _tls("Zoho", "zoho.com zohomail.com", "smtp.zoho.com", _APP_PASSWORD),
    _tls("Zoho (EU)", "zoho.eu zohomail.eu", "smtp.zoho.eu", _APP_PASSWORD, verified=False),
    _tls("Fastmail", "fastmail.com fastmail.fm", "smtp.fastmail.com", _APP_PASSWORD, _FASTMAIL_HELP),
)

_BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}
_BY_HOST = {provider.host: provider for provider in PROVIDERS}


def provider_of(address: str) -> Provider | None:
    """Return the provider of an e-mail address; None for a domain of one's own."""
    domain = address.rpartition("@")[2].strip().lower()
    return _BY_DOMAIN.get(domain) or (_BY_DOMAIN["onmicrosoft.com"] if domain.endswith(".onmicrosoft.com") else None)


def provider_of_host(host: str) -> Provider | None:
    """Return the provider whose server that is; None where it is not known."""
    return _BY_HOST.get(host.strip().lower())
