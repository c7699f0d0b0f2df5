"""The protocol with other transports, the files it writes, the demo's server, the providers it knows."""

from __future__ import annotations

import smtplib
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend

from sheetcrm.crm.settings import Settings
from sheetcrm.crm.values import Delivery, Key, Message, Status
from sheetcrm.delivery.config import SmtpConfig, keep_password, password
from sheetcrm.delivery.files import FilesTransport
from sheetcrm.delivery.journal import Journal
from sheetcrm.delivery.loopback import LoopbackServer
from sheetcrm.delivery.mail import Envelope
from sheetcrm.delivery.memory import MemoryTransport
from sheetcrm.delivery.providers import PROVIDERS, provider_of, provider_of_host
from sheetcrm.delivery.sending import deliver
from sheetcrm.delivery.smtp import SmtpTransport
from sheetcrm.errors import SendingError, UsageError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALON = Envelope("salon@example.com", "Salon Anna", workbook_id="w1")


def messages(count: int, channel: str = "email") -> list[Message]:
    due = date(2026, 11, 22)
    return [
        Message(
            Key("birthday", f"C{n}", "2026"), f"Client {n}", due, channel, f"c{n}@example.com", "Sto lat!", "Tekst ż\n"
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "state", "w1") as opened:
        yield opened


def test_a_second_run_sends_nothing(journal: Journal) -> None:
    transport = MemoryTransport()
    first = deliver(messages(3), transport, journal, clock=lambda: NOW)
    second = deliver(messages(3), transport, journal, clock=lambda: NOW)
    assert (first.sent, second.sent, second.left, len(transport.messages)) == (3, 0, 3, 3)
    assert {why for _, why in second.skipped} == {"done"}


def test_a_limit_counts_what_is_tried(journal: Journal) -> None:
    transport = MemoryTransport()
    counts = [deliver(messages(5), transport, journal, clock=lambda: NOW, limit=2) for _ in range(3)]
    assert [(c.sent, c.left) for c in counts] == [(2, 3), (2, 3), (1, 4)]
    assert len(transport.messages) == 5


def test_who_opts_out_meanwhile_gets_nothing(journal: Journal) -> None:
    transport = MemoryTransport()
    gone: set[str] = set()

    def allowed(message: Message) -> str | None:
        gone.update(["C3"] if message.key.client_id == "C2" else [])  # she calls while the second message goes
        return "no-contact" if message.key.client_id in gone else None

    counts = deliver(messages(4), transport, journal, clock=lambda: NOW, allowed=allowed)
    assert [m.key.client_id for m in transport.messages] == ["C1", "C2", "C4"]
    assert [(key.client_id, why) for key, why in counts.skipped] == [("C3", "no-contact")]
    assert len(journal.records()) == 3


def test_people_of_one_household_may_share_an_address_others_may_not(journal: Journal) -> None:
    transport = MemoryTransport()
    shared = [replace(m, to="home@example.com") for m in messages(3)]
    apart = {"C1": {"C2"}, "C2": {"C1"}}
    counts = deliver(shared, transport, journal, clock=lambda: NOW, apart=apart)
    assert [(key.client_id, why) for key, why in counts.skipped] == [("C3", "same-address")]
    assert len(transport.messages) == 2


def test_progress_hears_of_every_message(journal: Journal) -> None:
    heard: list[tuple[str, str | None]] = []

    def progress(message: Message, delivery: Delivery | None, /) -> None:
        heard.append((message.key.client_id, str(delivery.status) if delivery else None))

    deliver(messages(1), MemoryTransport(), journal, clock=lambda: NOW)
    deliver(messages(2), MemoryTransport(), journal, clock=lambda: NOW, progress=progress)
    assert heard == [("C1", None), ("C2", "sent")]


def test_a_transport_that_can_send_nothing_at_all_ends_the_run(journal: Journal) -> None:
    class Refused:
        def send(self, message: Message) -> Delivery:
            raise SendingError(f"The gateway does not know us; {message.key.short} was not taken.")

    counts = deliver(messages(3), Refused(), journal, clock=lambda: NOW)
    assert (counts.failed, counts.left, counts.stopped[:28]) == (1, 2, "The gateway does not know us")
    assert deliver(messages(3), MemoryTransport(), journal, clock=lambda: NOW).sent == 3


def test_with_nothing_to_send_no_server_is_asked(journal: Journal) -> None:
    nowhere = SmtpTransport(SmtpConfig("no-such-host.invalid", 465), "", SALON)
    assert deliver([], nowhere, journal, clock=lambda: NOW).left == 0
    deliver(messages(2), MemoryTransport(), journal, clock=lambda: NOW)
    assert deliver(messages(2), nowhere, journal, clock=lambda: NOW).left == 2


def test_messages_become_files_that_open_anywhere(tmp_path: Path, journal: Journal) -> None:
    folder = tmp_path / "out"
    transport = FilesTransport(folder, SALON, clock=lambda: NOW)
    deliver(messages(1), transport, journal, clock=lambda: NOW)
    transport.send(replace(messages(2, "sms")[1], subject="", to="+48600000102"))
    short = [m.key.short for m in messages(2)]
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([f"2026-11-22-{short[0]}.eml", f"2026-11-22-{short[0]}.txt", f"2026-11-22-{short[1]}.txt"])
    mail = BytesParser(policy=default).parsebytes((folder / f"2026-11-22-{short[0]}.eml").read_bytes())
    assert (mail["To"], mail["Subject"]) == ("Client 1 <c1@example.com>", "Sto lat!")
    text = (folder / f"2026-11-22-{short[1]}.txt").read_text("utf-8")
    assert text == "To: Client 2 <+48600000102>\n\nTekst ż\n"
    assert stat.S_IMODE((folder / names[0]).stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    transport = FilesTransport(tmp_path, SALON, clock=lambda: NOW)
    message = messages(1)[0]
    stem = f"2026-11-22-{message.key.short}"
    (tmp_path / f"{stem}.txt").write_text("hers")
    other = FilesTransport(tmp_path, replace(SALON, business="Another"), clock=lambda: NOW)
    assert [str(t.send(message).status) for t in (transport, other)] == ["sent", "sent"]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted([f"{stem}.txt", *(f"{stem}-{n}{suffix}" for n in (2, 3) for suffix in (".eml", ".txt"))])
    assert (tmp_path / f"{stem}.txt").read_text() == "hers"


def test_a_folder_that_cannot_be_written_stops_the_run(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / "out").write_text("a file is in the way")
    counts = deliver(messages(2), FilesTransport(tmp_path / "out", SALON), journal, clock=lambda: NOW)
    assert (counts.failed, counts.left, counts.stopped) == (1, 1, "the file cannot be written (File exists)")


def test_a_message_that_cannot_be_a_mail_fails_alone(tmp_path: Path, journal: Journal) -> None:
    bad = replace(messages(1)[0], to="żółw@example.com")
    counts = deliver([bad, *messages(2)[1:]], FilesTransport(tmp_path / "out", SALON), journal, clock=lambda: NOW)
    assert (counts.sent, counts.failed) == (1, 1)
    assert "example.com" not in journal.records()[0].detail


def test_the_demos_server_takes_real_mail(journal: Journal) -> None:
    with LoopbackServer() as server:
        config = server.config
        counts = deliver(messages(3), SmtpTransport(config, "", SALON), journal, clock=lambda: NOW)
        kept = [(mail.sender, mail.recipients) for mail in server.messages]
    assert (counts.sent, config.host) == (3, "127.0.0.1")
    assert kept == [("salon@example.com", (f"c{n}@example.com",)) for n in (1, 2, 3)]
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP(config.host, config.port, timeout=1)


class _Keyring(KeyringBackend):
    """A keyring for this test alone."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(_Keyring())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("ring")
def test_the_password_comes_from_the_environment_else_from_the_keyring() -> None:
    config = SmtpConfig("mail.example.com", 465, "salon@example.com")
    with pytest.raises(UsageError, match="No password for the mail server is known"):
        password(config, {})
    keep_password(config, "kept")
    assert password(config, {}) == "kept"
    assert password(config, {"SHEETCRM_SMTP_PASSWORD": " given\n"}) == "given"
    assert password(SmtpConfig("mail.example.com", 465), {}) == ""


@pytest.mark.usefixtures("ring")
def test_without_a_keyring_the_environment_is_named_as_the_way() -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    config = SmtpConfig("mail.example.com", 465, "salon@example.com")
    for call in (lambda: password(config, {}), lambda: keep_password(config, "secret")):
        with pytest.raises(UsageError, match=r"\(NoKeyringError\)\. Put it into SHEETCRM_SMTP_PASSWORD"):
            call()


def test_the_environments_server_beats_the_settings() -> None:
    settings = Settings(smtp_host="mail.example.com", smtp_user="salon@example.com", smtp_port=465)
    assert SmtpConfig.load(settings, {}).security == "tls"
    assert SmtpConfig.load(settings, {"SHEETCRM_SMTP": "smtp://127.0.0.1:1025"}).host == "127.0.0.1"
    with pytest.raises(UsageError) as caught:
        SmtpConfig.load(Settings(), {})
    assert caught.value.code == "no-mail-server"
    with pytest.raises(UsageError, match="smtp_security “ssl” is not known"):
        SmtpConfig.load(replace(settings, smtp_security="SSL"), {})


def test_providers_are_known_by_the_address_and_none_is_asked_without_encryption() -> None:
    found = {a: provider_of(a) for a in ("anna@gmail.com", "ANNA@WP.PL", "a@salon.onmicrosoft.com", "a@example.com")}
    assert [p.name if p else None for p in found.values()] == ["Gmail", "Poczta WP", "Microsoft 365", None]
    wp = found["ANNA@WP.PL"]
    assert wp is not None
    assert wp.config("anna@wp.pl") == SmtpConfig("smtp.wp.pl", 465, "anna", "tls")
    assert {p.security for p in PROVIDERS} == {"tls", "starttls"}
    domains = [domain for p in PROVIDERS for domain in p.domains]
    assert len(domains) == len(set(domains))
    outlook = provider_of_host("smtp-mail.outlook.com")
    assert outlook is not None
    assert not outlook.password_login


def test_statuses_of_a_memory_transport_are_its_own() -> None:
    transport = MemoryTransport(lambda m: Delivery(Status.FAILED if m.key.client_id == "C1" else Status.SENT))
    assert [str(transport.send(m).status) for m in messages(2)] == ["failed", "sent"]
    assert [m.key.client_id for m in transport.messages] == ["C2"]
