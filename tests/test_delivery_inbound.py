"""What mails that come in say: a wish for no more is understood, a bounce too, and nothing else is taken for either."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetcrm.delivery.inbound import OptOut, Returned, Unclear, read

FOOTER = "> To stop these messages, reply STOP.\n> STOP\n"
OURS = "0123456789abcdef0123456789abcdef01234567"


def reply(text: str, subject: str = "Re: Happy birthday!", charset: str = "utf-8", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "Anna Smith <Anna@Example.com>"
    mail["To"] = "salon@example.com"
    mail["Subject"] = subject
    mail["In-Reply-To"] = f"<{OURS}@example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, charset=charset)
    return mail.as_bytes()


STOPPED = OptOut("anna@example.com", (OURS,), "reply")


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "Stop.\n",
        "stop please!\n\nAnna\n",
        "Hello,\nplease STOP\n",
        "СТОП",
        "Отписка, спасибо",
        "відписка, будь ласка",
        "WYPISZ mnie proszę",
        "Proszę mnie wypisać z listy",
        "BASTA grazie",
        "Baja, por favor",
        "Quiero darme de baja",
        "please remove me from your list",
        f"STOP\n\nOn Sun, 22 Nov 2026 at 09:00, Salon <salon@example.com> wrote:\n{FOOTER}",
        f"stop\n\nW dniu niedz., 22 lis 2026 o 09:00 Salon <salon@example.com> napisał(a):\n{FOOTER}",
    ],
)
def test_a_wish_for_no_more_is_understood_in_six_languages(text: str) -> None:
    assert read(reply(text)) == STOPPED


@pytest.mark.parametrize(
    "text",
    [
        "Thank you so much!",
        "Stop by tomorrow at five?",
        "Can I come on Friday instead?\nAnna",
        "Cancel my visit please",
        "Cancella per favore",
        "Rezygnuję z wizyty",
        "",
        FOOTER,
        f"Thanks!\n\nOn Sun, 22 Nov 2026 at 09:00, Salon <salon@example.com> wrote:\n{FOOTER}",
        "Thanks!\n\nOn Sun, 22 Nov 2026 at 09:00, Salon\n<salon@example.com> wrote:\nSTOP\n",
        "Dziękuję\n\nW dniu 22.11.2026 o 09:00, Salon pisze:\nSTOP\n",
        "-----Original Message-----\nFrom: Salon\nSTOP\n",
        "________________________________\nSTOP\n",
        "Від: Salon <salon@example.com>\nSTOP",
        "Спасибо!\n\nвс, 22 нояб. 2026 г. в 09:00, Salon <salon@example.com>:\nСТОП\n",
        "-- \nSTOP",
    ],
)
def test_what_she_quotes_and_what_only_looks_like_it_is_no_wish(text: str) -> None:
    assert read(reply(text)) is None


PLAIN = """
please stop sending me these
Hi, no more emails please. Thanks, Anna
I don't want to receive these emails any more
Could you please take me off your mailing list?
unsubscribe me please
proszę już do mnie nie pisać
nie pisać więcej
Nie chcę dostawać takich wiadomości
Chcę się wypisać z newslettera
больше не пишите мне
Не пишите мне больше, пожалуйста!
Я не хочу получать ваши письма
Більше мені не пишіть
Не надсилайте мені більше листів
Видаліть мене зі списку розсилки
non scrivetemi più
Non voglio più ricevere queste mail
Cancellatemi dalla vostra lista
no me escriban más
I withdraw my consent
I object to marketing
Wycofuję zgodę na wiadomości marketingowe
Cofam zgodę na przetwarzanie danych
Nie chcę więcej waszych reklam
Proszę o zaprzestanie wysyłania wiadomości
Revoco il consenso
Retiro mi consentimiento
Basta de publicidad
Відкликаю згоду
Досить реклами
Не надо рекламы
Отзываю согласие на рассылку
Por favor, dejen de enviarme correos
""".strip().splitlines()


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_sentence_that_asks_for_no_more_is_heard(text: str) -> None:
    assert read(reply(f"Hello,\n\n{text}\n\nAnna\n-- \nAnna Smith, 07700 900123\n")) == STOPPED


@pytest.mark.parametrize(
    "text",
    [
        "Please delete all my data",
        "Proszę usunąć wszystkie moje dane osobowe (RODO)",
        "Видаліть усі мої дані",
        "Удалите все мои данные",
        "Cancellate tutti i miei dati",
        "Borren todos mis datos",
    ],
)
def test_who_wants_her_data_deleted_wants_no_more_messages_either(text: str) -> None:
    assert read(reply(text)) == OptOut("anna@example.com", (OURS,), "erasure")


@pytest.mark.parametrize(
    "text",
    [
        "Don't stop, I love it!",
        "can you stop by at 5?",
        "You are open non-stop, right?",
        "I wait at the bus stop.",
        "Proszę wypisać fakturę na firmę",
        "Не хочу менять время, приду в пять",
        "Basta che mi confermiate l'orario",
        "Odwołuję wizytę, zgodnie z umową",
        "Can you use the address in my account?",
        "Usuńcie proszę moją wizytę",
        "La sala está en la planta baja. Estoy de baja esta semana.",
        "I will write again.\n-- \nTo stop these mails reply STOP",
        "Thank you!\n\nThis message is confidential. Tell us to stop.\nSTOP",
    ],
)
def test_a_reply_that_only_sounds_like_it_is_no_wish(text: str) -> None:
    assert read(reply(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Please don't remove me from your list!",
        "не пишите мне после 20:00",
        "Don't text me, email me instead",
        "Отстаньте от меня",
        "Dajcie mi spokój",
        "don't write before ten",
        "don’t write before ten",
        "Please don't write to me before ten",
        "Please do not delete my data",
        "Za dużo maili",
        "слишком много писем",
        "забагато листів",
        "troppe mail",
        "demasiados correos",
        "I accidentally unsubscribed, please add me again",
        "Please unsubscribe me. " + "Besides, I wanted to tell you how the colour came out this time. " * 6,
    ],
)
def test_a_reply_that_may_mean_it_and_may_not_is_for_a_person_to_read(text: str) -> None:
    assert read(reply(text)) == Unclear("anna@example.com", (OURS,))


ABOVE = {
    "Gmail en": "On Sun, 22 Nov 2026 at 09:00, Salon <salon@example.com> wrote:",
    "Gmail pl": "niedz., 22 lis 2026 o 09:00 Salon <salon@example.com> napisał(a):",
    "Gmail uk": "нд, 22 лист. 2026 р. о 09:00 Salon <salon@example.com> пише:",
    "Gmail ru": "вс, 22 нояб. 2026 г. в 09:00, Salon <salon@example.com>:",
    "Gmail it": "Il giorno dom 22 nov 2026 alle ore 09:00 Salon <salon@example.com> ha\nscritto:",
    "Gmail es": "El dom, 22 nov 2026 a las 9:00, Salon (<salon@example.com>) escribió:",
    "Apple pl": "Wiadomość napisana przez Salon <salon@example.com> w dniu 22 lis 2026, o godz. 09:00:",
    "Apple ru": "22 нояб. 2026 г., в 09:00, Salon <salon@example.com> написал(а):",
    "Thunderbird en": "On 22/11/2026 09:00, Salon wrote:",
    "Thunderbird pl": "W dniu 22.11.2026 o 09:00, Salon pisze:",
    "Thunderbird uk": "22.11.26 09:00, Salon пише:",
    "Thunderbird it": "Il 22/11/2026 09:00, Salon ha scritto:",
}
QUOTED = "> Happy birthday!\n>\n> If you would rather not get these messages, just reply STOP.\n"
OUTLOOK = (
    "________________________________\n{0} Salon <salon@example.com>\n{1} 22.11.2026 09:00\n{2} Anna\n{3} Hello\n\n"
    "Happy birthday!\nIf you would rather not get these messages, just reply STOP.\n"
)
BLOCKS = {
    "Outlook en": OUTLOOK.format("From:", "Sent:", "To:", "Subject:"),
    "Outlook pl": OUTLOOK.format("Od:", "Wysłano:", "Do:", "Temat:"),
    "Outlook uk": OUTLOOK.format("Від:", "Надіслано:", "Кому:", "Тема:"),
    "Outlook ru": OUTLOOK.format("От:", "Отправлено:", "Кому:", "Тема:"),
    "Outlook it": OUTLOOK.format("Da:", "Inviato:", "A:", "Oggetto:"),
    "Outlook es": OUTLOOK.format("De:", "Enviado:", "Para:", "Asunto:"),
}


@pytest.mark.parametrize("program", ABOVE)
def test_her_stop_is_heard_above_below_and_between_what_her_program_quotes(program: str) -> None:
    above = ABOVE[program]
    assert read(reply(f"{above}\n\n{QUOTED}\nSTOP\n")) == STOPPED
    assert read(reply(f"Stop please\n\n{above}\n\n{QUOTED}")) == STOPPED
    assert read(reply(f"{above}\n> Happy birthday!\nThanks!\n> reply STOP\nplease do\nSTOP\n> Salon\n")) == STOPPED
    assert read(reply(f"Thank you!\n\n{above}\n{QUOTED}")) is None
    assert read(reply(f"Thank you!\n\n{above}\n{QUOTED}\nSent from my iPhone\n")) is None


@pytest.mark.parametrize("program", BLOCKS)
def test_what_outlook_quotes_without_marks_is_not_hers_and_a_word_at_its_end_may_be(program: str) -> None:
    assert read(reply(f"Stop\n\n{BLOCKS[program]}")) == STOPPED
    assert read(reply(f"Thank you!\n\n{BLOCKS[program]}")) is None
    assert read(reply(f"{BLOCKS[program]}\nSTOP\n")) == Unclear("anna@example.com", (OURS,))


def test_the_end_of_a_quoted_line_that_a_program_broke_is_not_taken_for_her_word() -> None:
    broken = "> If you would rather not get these messages from us, please just reply\nSTOP\n"
    assert read(reply(f"On 22/11/2026 09:00, Salon wrote:\n{broken}")) == Unclear("anna@example.com", (OURS,))


@pytest.mark.parametrize(
    "subject", ["Automatic reply: Hello", "Autoodpowiedź: Hello", "Автоответ: Hello", "Respuesta automática: Hello"]
)
def test_a_holiday_notice_that_says_so_in_its_subject_alone_says_nothing(subject: str) -> None:
    assert read(reply("I am away. Please stop sending me these until Monday. STOP", subject)) is None


@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe", "STOP", "=?utf-8?b?0KHQotCe0J8=?="])
def test_the_button_of_a_mail_program_says_it_in_the_subject_alone(subject: str) -> None:
    sent = reply("This mail was sent by your mail program.", subject, Auto_Submitted="auto-generated")
    assert read(sent) == OptOut("anna@example.com", (OURS,), "unsubscribe")


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}, {"List_Id": "<a.example>"}],
)
def test_a_holiday_notice_or_a_list_says_nothing(headers: dict[str, str]) -> None:
    assert read(reply("Stop", **headers)) is None


def test_a_mail_of_several_senders_or_of_none_is_nobodys_word() -> None:
    assert read(reply("STOP").replace(b"Anna Smith <Anna@Example.com>", b"a@example.com, b@example.com")) is None
    assert read(reply("STOP").replace(b"From:", b"From: b@example.com\nFrom:")) is None
    assert read(reply("STOP").replace(b"From: Anna Smith <Anna@Example.com>\n", b"")) is None


def test_a_mail_in_html_alone_is_read_up_to_what_it_quotes() -> None:
    def page(body: str) -> bytes:
        mail = EmailMessage()
        mail["From"] = "anna@example.com"
        mail.set_content(
            f"<html><head><style>p {{color: red}}</style><title>STOP</title></head><body>{body}", subtype="html"
        )
        return mail.as_bytes()

    assert read(page("<p>STOP</p><blockquote>x</blockquote>")) == OptOut("anna@example.com", (), "reply")
    assert read(page("<p>Thanks</p><blockquote><p>STOP</p></blockquote>")) is None
    assert read(page("<blockquote><blockquote>x</blockquote>y</blockquote><p>STOP</p>")) == OptOut(
        "anna@example.com", (), "reply"
    )
    assert read(page("Thanks<div class=gmail_quote>On 22 Nov 2026, Salon wrote:<br>STOP</div>")) is None


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "windows-1251", "x-klingon", "utf-7", "hex"])
def test_a_charset_that_lies_does_not_hide_the_word(declared: str) -> None:
    mail = reply("СТОП").replace(b'charset="utf-8"', f'charset="{declared}"'.encode())
    found = read(mail)
    assert found in (STOPPED, None)
    if declared in ("utf-8", "us-ascii", "x-klingon"):
        assert found == STOPPED


def test_cyrillic_of_an_old_mail_program_is_read() -> None:
    assert read(reply("Стоп, пожалуйста", charset="windows-1251")) == STOPPED
    assert read(reply("Стоп", charset="koi8-r")) == STOPPED


def report(status: str, said: str, action: str = "failed", original: str = "") -> bytes:
    original = original or f"Message-ID: <{OURS}@example.com>\nTo: anna@example.com\nSubject: STOP\n"
    return f"""Return-Path: <>
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
To: salon@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: 4D2A

Final-Recipient: rfc822; Anna@Example.com
Original-Recipient: rfc822;anna@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B1
Content-Type: text/rfc822-headers

{original}
--B1--
""".encode()


@pytest.mark.parametrize(
    ("status", "said", "detail", "gone"),
    [
        ("5.1.1", "550 5.1.1 <anna@example.com>: user unknown", "550 5.1.1 <anna@example.com>: user unknown", True),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        ("5.0.0", "550 No such user here", "550 5.0.0 No such user here", True),
        ("5.4.4", "", "550 5.4.4", True),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", None, True),
        ("5.2.2", "552 5.2.2 mailbox full", "552 5.2.2 mailbox full", False),
        ("5.7.1", "550 5.7.1 rejected as spam", "550 5.7.1 rejected as spam", False),
        ("5.1.8", "550 5.1.8 bad sender", "550 5.1.8 bad sender", False),
    ],
)
def test_a_report_says_to_whom_it_did_not_come_and_whether_the_address_is_at_fault(
    status: str, said: str, detail: str | None, gone: bool
) -> None:
    found = read(report(status, said))
    assert isinstance(found, Returned)
    assert (found.recipients, found.refers, found.gone) == (("anna@example.com",), (OURS,), gone)
    assert detail is None or found.detail == detail


@pytest.mark.parametrize(
    ("status", "said", "action"),
    [
        ("4.4.7", "451 4.4.7 delivery time expired", "failed"),
        ("4.2.2", "452 4.2.2 over quota", "delayed"),
        ("5.1.1", "550 user unknown", "delayed"),
        ("4.4.7", "550 too many hops said it", "failed"),
        ("2.0.0", "250 ok", "relayed"),
        ("", "", "failed"),
    ],
)
def test_a_delay_and_what_may_yet_arrive_is_no_bounce(status: str, said: str, action: str) -> None:
    assert read(report(status, said, action)) is None


QMAIL = f"""From: MAILER-DAEMON@example.net
To: salon@example.com
Subject: failure notice
Return-Path: <>

Hi. This is the qmail-send program at example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.

<anna@example.com>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 sorry, no mailbox here by that name
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Message-ID: <{OURS}@example.com>
Subject: Happy birthday
"""
EXIM = f"""From: Mail Delivery System <Mailer-Daemon@example.net>
X-Failed-Recipients: anna@example.com
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

  anna@example.com
    host mx.example.com [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<anna@example.com>:
    550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown

------ This is a copy of the message, including all the headers. ------
Message-Id: <{OURS}@example.com>
"""
GMAIL = report("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist.").replace(
    b"MAILER-DAEMON@mail.example.com (Mail Delivery System)",
    b"Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
)
EXCHANGE = report("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup").replace(
    b"MAILER-DAEMON@mail.example.com (Mail Delivery System)",
    b"MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com",
)


@pytest.mark.parametrize(
    "mail", [QMAIL.encode(), EXIM.encode(), GMAIL, EXCHANGE], ids=["qmail", "exim", "gmail", "exch"]
)
def test_reports_of_other_servers_are_read_too(mail: bytes) -> None:
    found = read(mail)
    assert isinstance(found, Returned)
    assert ("anna@example.com" in found.recipients, found.refers, found.gone) == (True, (OURS,), True)
    assert found.detail.startswith("550 5.1.")


def test_a_report_in_another_language_without_a_code_is_no_bounce() -> None:
    assert read(QMAIL.replace("550 5.1.1 sorry, no mailbox here by that name", "przykro nam").encode()) is None


_DEEP = b"From: anna@example.com\nContent-Type: multipart/mixed; boundary=b0\n\n" + b"".join(
    f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n".encode() for n in range(1000)
)
HOSTILE = {
    "empty": b"",
    "zeros": bytes(20_000_000),
    "twenty megabytes": reply("STOP " * 4_000_000),
    "nested a thousand deep": _DEEP,
    "blank lines": b"From: a@example.com\nSubject: x\n\n" + b"\n" * 20_000_000,
    "blank lines in a report": report("5.1.1", "550 no").replace(b"Reporting-MTA", b"\n" * 20_000_000 + b"X"),
    "brackets": b"From: " + b"(" * 300_000 + b"\n\nSTOP",
    "less than": reply("x").replace(b"text/plain", b"text/html") + b"<" * 300_000,
    "styles": reply("x").replace(b"text/plain", b"text/html") + b"<style" * 60_000,
    "at signs": QMAIL.encode().replace(b"<anna@example.com>", b"a@" * 100_000),
    "headers": b"X: y\n" * 100_000 + b"\nSTOP",
    "one header": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\nFrom: anna@example.com\n\nx",
    "quotes": reply("> " * 200_000),
    "broken base64": reply("x").replace(b"7bit", b"base64") + b"=" * 200_000,
    "charset of nothing": reply("STOP").replace(b'"utf-8"', b'"' + b"x" * 9000 + b'"'),
    "surrogates": b"From: \xed\xa0\x80@example.com\nSubject: \xff\n\n\xff\xfe",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_however_hostile_stops_or_slows_a_run(name: str) -> None:
    began = time.process_time()
    found = read(HOSTILE[name])
    assert time.process_time() - began < 1.5
    assert found is None or isinstance(found, OptOut | Unclear | Returned)


@given(
    st.binary(max_size=400), st.sampled_from([b"", reply("STOP"), report("5.1.1", "550 no such user"), EXIM.encode()])
)
@settings(max_examples=200, deadline=None)
def test_bytes_of_any_kind_are_read_without_a_crash(rubbish: bytes, mail: bytes) -> None:
    middle = len(mail) // 2
    for data in (rubbish + mail, mail + rubbish, mail[:middle] + rubbish + mail[middle:]):
        found = read(data)
        assert found is None or isinstance(found, OptOut | Unclear | Returned)


def test_a_wish_in_base64_is_read() -> None:
    head = "From: anna@example.com\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    assert read(head.encode() + base64.b64encode("Стоп\n".encode())) == OptOut("anna@example.com", (), "reply")
