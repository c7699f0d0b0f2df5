"""What `adopt` tells of a list that only its cells show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheetcrm.cli import output

if TYPE_CHECKING:
    from sheetcrm.running.adopting import Outlook

_ROWS_SHOWN = 10
_DAYS_SHOWN = 3


def tell_cells(outlook: Outlook) -> None:
    """Say which numbers are no ids, under which unknown header contacts stand, and which rows are no visits."""
    from sheetcrm.languages.adopting import say  # noqa: PLC0415 - loaded when the command runs

    found, words = outlook.found, outlook.words
    if found.no_id:
        output.say("  " + say(words.code, "shared_number", header=found.no_id))
    for header, known in found.unreached:
        if header not in {one.header for one in found.unclear}:
            said = {"header": header, "field": words.header(known), "word": known}
            output.say("  " + say(words.code, "unreached", **said))
    for header, rows in found.lacking:
        shown = ", ".join(map(str, rows[:_ROWS_SHOWN])) + (" …" if rows[_ROWS_SHOWN:] else "")
        output.say("  " + say(words.code, "lacking", header=header, count=len(rows), rows=shown))
    if found.day_rows:
        shown = ", ".join(found.day_rows[:_DAYS_SHOWN]) + (" …" if found.day_rows[_DAYS_SHOWN:] else "")
        output.say("  " + say(words.code, "days_down", days=shown, date=words.header("date")))
