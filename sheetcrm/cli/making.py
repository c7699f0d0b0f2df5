"""Commands that make a workbook or set one up: demo, new, setup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcrm.cli import output
from sheetcrm.cli.options import Book, DryRun, Force, Json, Language, NewBook, check_language, whole_number

OK = 0


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it.")] = Path("sheetcrm-demo"),
    language: Language = "en",
    force: Force = False,
    dry_run: DryRun = False,
) -> int:
    """Show it all on a sample salon. It is brought up to date, and its messages go to a mail server of its own."""
    from sheetcrm.cli.story import tell  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.languages import language as words  # noqa: PLC0415
    from sheetcrm.running.demo import places, play  # noqa: PLC0415

    code = check_language(language)
    if dry_run:
        made = ", ".join(str(path) for path in places(folder, code, force=force))
        output.say(words(code).say("would_make", path=made))
        return OK
    tell(play(folder, code, force=force))
    return OK


def new(
    book: NewBook, language: Language = "en", force: Force = False, dry_run: DryRun = False, json: Json = False
) -> int:
    """Make an empty client workbook, ready to type in."""
    from sheetcrm.languages import language as words  # noqa: PLC0415 - loaded when the command runs
    from sheetcrm.running.setting_up import make_new  # noqa: PLC0415

    code = check_language(language)
    make_new(book, code, force=force, dry_run=dry_run)
    if json:
        output.as_json({"book": str(book), "language": code, "written": not dry_run})
    else:
        output.say(words(code).say("would_make" if dry_run else "new_made", path=str(book)))
    return OK


def setup(
    book: Book,
    sender: Annotated[str | None, typer.Option("--sender", metavar="ADDRESS", help="Your e-mail address.")] = None,
    business: Annotated[
        str | None, typer.Option("--business", metavar="NAME", help="The name of your business.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", metavar="xx", help="en, pl, uk, ru, it or es.")] = None,
    country: Annotated[str | None, typer.Option("--country", metavar="XX", help="PL, UA, IT, ES, GB, …")] = None,
    host: Annotated[
        str | None, typer.Option("--smtp-host", metavar="HOST", help="Your provider's mail server.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--smtp-port", parser=whole_number("--smtp-port", 1, 65535), metavar="PORT", help="465 or 587, mostly."
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--smtp-user", metavar="NAME", help="Your user name there, if it is not the address.")
    ] = None,
    security: Annotated[
        str | None,
        typer.Option("--smtp-security", metavar="tls|starttls|none", help="If it is not the usual one for the port."),
    ] = None,
    sms: Annotated[
        bool, typer.Option("--sms", help="Keep the address of an SMS service, asked for or from standard input.")
    ] = False,
    whatsapp: Annotated[
        bool, typer.Option("--messenger", help="The same for a messenger: WhatsApp, Telegram, Viber, Signal.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test/--no-test", show_default=False, help="Send a test message to yourself.")
    ] = True,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Set up the sending of mail. Asks what is needed, or takes it as options; keeps the password safe; sends a test."""
    if sms or whatsapp:
        from sheetcrm.cli.services import keep_service  # noqa: PLC0415 - loaded when the command runs

        return keep_service(book, "sms" if sms else "whatsapp", dry_run=dry_run, json=json)
    from sheetcrm.cli.dialogue import Answers, ask  # noqa: PLC0415 - loaded when the command runs

    given = Answers(
        sender=sender,
        business=business,
        language=check_language(language) if language else None,
        country=country,
        smtp_host=host,
        smtp_port=port,
        smtp_user=user,
        smtp_security=security,
    )
    return ask(book, given, test=test, dry_run=dry_run, json=json)


COMMANDS = ((demo, "demo"), (new, "new"), (setup, "setup"))
