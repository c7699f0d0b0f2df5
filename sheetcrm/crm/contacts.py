"""Phone numbers and e-mail addresses as people type them.

The fast way first: one pattern per country or address. `phonenumbers` and `email-validator` are for the rest; they take
some twenty times as long.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sheetcrm.crm.cells import is_number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sheetcrm.crm.tables import Cell

_UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"  # come along when copied from a phone
_FILLERS = str.maketrans("", "", " \t\r\n\u00a0\u2007\u2009\u202f.-–—‐‑()[]/" + _UNSEEN)
_SPACES = str.maketrans("", "", " \t\u00a0\u2007\u2009\u202f-–—‐‑()[]/" + _UNSEEN)
_DIGITS = re.compile(r"\+?[0-9]{4,17}")
_RUN = re.compile(r"(?<![\w+])(?:\+|\(\+?)?\d[\d\s().\-–—/\u00a0]{3,24}\d(?!\w)")
_EXTENSION = re.compile(r"[\s,;]*(?:ext|wew|доб|вн|int|x|#)\.?\s*\d{1,5}\s*$", re.IGNORECASE)
_FLOAT_TEXT = re.compile(r"(\d+)\.0")
_EXPONENT = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_SEVERAL = re.compile(r"[,;\n/|]|\s(?:lub|або|или|or|o|oppure)\s", re.IGNORECASE)
_LONGEST = 80
_JOINT = ";"  # what merging puts between numbers (`joined`)
_LONGEST_ADDRESS = 254
_NO_PHONE = 1e16  # E.164 has 15 digits
_SHORTEST_FOREIGN = (
    11  # digits with a calling code but without their plus; ten are a national number in Russia or Italy
)
_TRUNK_EIGHT = (
    "8"  # dialled before a national number from Russia to Lithuania, and the first figure of Asia's calling codes
)
_PLUS_TRUNK = re.compile(r"\+8(?=[\s\u00a0(\-–])")  # no calling code is a bare 8: the plus is a habit

_BRACKETED_ZERO = re.compile(r"(?<=\d)\s*\(0\)")  # +48 (0) 601 234 567, where no zero is dialled at all

# Numbers set apart for films and samples: libphonenumber calls them invalid, for they are unassigned, yet nobody types
# one by mistake. Ofcom, "Telephone numbers for use in TV and radio drama"; the NANP's area code 555.
_FICTION = {
    "GB": r"(?:7700900|1632960|2079460|11[3-8]4960|1[2-6]14960|1914980|2896496|2920180|3069990)\d{3}",
    "US": r"555\d{7}",
}

_ADDRESS = re.compile(
    r"(?=.{6,254}$)(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})"
)
# A part of those, told in less time: no quote that may stand around it, no need to measure its parts
_USUAL_ADDRESS = re.compile(r"(?=.{6,64}$)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z]{2,63}")
_ANGLES = re.compile(r".*<([^<>]+)>\s*")
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.DOTALL)
_ADDRESS_ENDS = " \t\r\n\u00a0.,;:<>()[]\"'" + _UNSEEN
_ADDRESSES = re.compile(r"[\s,;|]+|(?<=\w)/(?=\w)")
_LOOKALIKES = str.maketrans("аеікмнорстухвј", "aeikmhopctyxbj")


class _Plan(NamedTuple):
    """How numbers are written within one country."""

    code: str
    trunk: str  # dialled before the national number at home, no part of it ("" where there is none)
    national: re.Pattern[str]
    typed: re.Pattern[str]  # the same with what may be dialled before it; either group is the national number


def parse_phone(cell: Cell, country: str) -> str | None:
    """Return a phone as E.164 (`+48601234567`), or None. `country` (ISO, may be empty) is that of national numbers.

    Of several in one cell the first valid one counts; an extension is left out. A number cell (`601234567.0`) is read
    as its digits. Without a country, only what begins with + or 00 is a number: any other would be a guess.
    """
    cell = plain(cell)
    if is_number(cell):
        text = _digits_of_number(cell)
        return _valid(text, country) if text else None
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return _first_of_many(cell, country) if isinstance(cell, str) else None
    text = _FLOAT_TEXT.sub(r"\1", cell.strip()) if _FLOAT_TEXT.fullmatch(cell.strip()) else cell
    text = _PLUS_TRUNK.sub(_TRUNK_EIGHT, text)
    bare = text.translate(_FILLERS)
    if _DIGITS.fullmatch(bare) and (found := _valid(bare, country)):
        return found
    texts = dict.fromkeys((text, _BRACKETED_ZERO.sub("", text)))
    return next((found for one in texts for run in _runs(one) if (found := _valid(run, country))), None)


def _first_of_many(text: str, country: str) -> str | None:
    """Return the first of the numbers of merged clients, which may be many; None for any other long text."""
    pieces = text.split(_JOINT)
    first = parse_phone(pieces[0], country) if max(map(len, pieces)) <= _LONGEST else None
    return first if first and all(parse_phone(piece, country) for piece in pieces[1:]) else None


def usual_phones(cells: Sequence[Cell], country: str) -> list[str | None]:
    """Return what `parse_phone` does for numbers typed as most are, in digits and blanks; None for all others."""
    plan = _plan(country)
    if plan is None:
        return [None] * len(cells)
    texts = [c if type(c) is str and len(c) <= _LONGEST and "\n" not in c else "" for c in cells]
    numbers = "\n".join(texts).translate(_SPACES).split("\n") if texts else []
    return [f"+{plan.code}{found}" if (found := _national(digits, plan)) else None for digits in numbers]


def lost_zero(cell: Cell, country: str) -> str | None:
    """Return the digits with the zero that a number cell cannot hold, where that makes a valid phone; else None.

    `7700900123` in a British list was typed as `07700900123`; Polish, Spanish, Russian numbers have no zero to lose.
    """
    cell = plain(cell)
    text = _digits_of_number(cell) if is_number(cell) else ""
    plan = _plan(country) if text else None
    if plan is None or text.startswith("0"):
        return None
    restored = f"0{text}"
    if plan.trunk == "0":
        return restored if plan.national.fullmatch(text) else None
    return (
        restored if not _valid(text, country) and _valid(restored, country) else None
    )  # Italian landlines keep theirs


def _digits_of_number(number: float) -> str:
    return str(int(number)) if 0 < number < _NO_PHONE and number == int(number) else ""


def is_cut(cell: Cell, country: str) -> bool:
    """Tell whether a cell holds a phone as `4.85E+10`, of which a spreadsheet has thrown away the last digits."""
    is_power = isinstance(cell, str) and _EXPONENT.fullmatch(cell.strip()) is not None
    return is_power and parse_phone(cell, country) is None


def _runs(text: str) -> Iterator[str]:
    """Yield what may be a number in a longer text, as bare digits: the whole without its extension, then its pieces."""
    if found := _EXPONENT.fullmatch(text.strip()):  # all digits must be there: 4.86E+10 has lost most of them
        fraction = found[2] or ""
        if len(fraction.rstrip("0")) <= int(found[3]) and len(fraction) >= int(found[3]) - 1:
            yield found[1] + fraction.ljust(int(found[3]), "0")
        return
    whole = _EXTENSION.sub("", text)
    for piece in (whole, *_SEVERAL.split(whole)):
        for run in _RUN.finditer(f" {piece} "):
            yield run[0].translate(_FILLERS)


def _valid(digits: str, country: str) -> str | None:
    """Return E.164 for bare digits with or without a plus, or None."""
    plan = _plan(country)
    if plan is not None and (national := _national(digits, plan)):
        return f"+{plan.code}{national}"
    return _by_phonenumbers(digits, country)


def _national(digits: str, plan: _Plan) -> str | None:
    found = plan.typed.fullmatch(digits)
    return found[1] or found[2] if found else None


@cache
def _plan(country: str) -> _Plan | None:
    """Return a country's plan, from libphonenumber's own patterns: the fast way never says other than the slow one."""
    import phonenumbers  # noqa: PLC0415 - only where phones are read

    region = phonenumbers.PhoneMetadata.metadata_for_region(country, None) if country else None
    if region is None:
        return None
    kinds = (
        region.mobile,
        region.fixed_line,
        region.toll_free,
        region.shared_cost,
        region.voip,
        region.personal_number,
    )
    patterns = {k.national_number_pattern for k in kinds if k is not None and k.national_number_pattern}
    whole = region.general_desc  # it rules out some numbers that one of the kinds alone lets pass (Germany)
    allowed = rf"(?=(?:{whole.national_number_pattern})$)" if whole else ""
    national = rf"{allowed}(?:{'|'.join(sorted(patterns))})"
    if country in _FICTION:
        national += f"|{_FICTION[country]}"
    code, trunk = str(region.country_code), region.national_prefix or ""
    typed = rf"(?:(?:\+|00){code}|(?!00))(?:{trunk})?({national})|{code}({national})"  # also +44 (0) 7700 900123
    return _Plan(code, trunk, re.compile(national), re.compile(typed, re.ASCII))


def _by_phonenumbers(digits: str, country: str) -> str | None:
    """Ask phonenumbers: as it stands, then as a foreign number whose plus is missing, where that can be told."""
    import phonenumbers  # noqa: PLC0415 - only for the rest

    abroad = digits.removeprefix("+").removeprefix("00")
    if country == "UA" and len(abroad) == 11 and abroad.startswith("80"):  # noqa: PLR2004 - 8 0XX XXX XX XX, as until 2009
        return _valid(abroad.removeprefix("8"), country)
    tries = [f"+{abroad}"] if digits.startswith(("+", "00")) else [digits]
    if tries == [digits] and _lacks_plus(digits, country):
        tries.append(f"+{digits}")
    for text in tries:
        try:
            number = phonenumbers.parse(text, country or None)
        except phonenumbers.NumberParseException:
            continue
        mailbox = (
            phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.VOICEMAIL
        )  # nobody notes that of a client
        valid = phonenumbers.is_valid_number(number) and not mailbox
        if valid or _is_fiction(number.country_code, number.national_number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _lacks_plus(digits: str, country: str) -> bool:
    """Tell whether digits can be a foreign number without its plus, and nothing else.

    Without a country they may be a national number of anywhere: `8 495 111 22 33` from Moscow is `+84 95 111 22 33` in
    Vietnam too. With one, they may be a number of its own with a digit too many.
    """
    plan = _plan(country)
    if plan is None or len(digits) < _SHORTEST_FOREIGN or digits.startswith(_TRUNK_EIGHT):
        return False
    return not any(_national(digits[:at] + digits[at + 1 :], plan) for at in range(len(digits)))


def _is_fiction(code: int | None, national: int | None) -> bool:
    country = {44: "GB", 1: "US"}.get(code or 0)
    return country is not None and re.fullmatch(_FICTION[country], str(national)) is not None


def parse_email(cell: Cell) -> str | None:
    """Return an address in lower case, as a mail server takes it (a national domain as punycode), or None.

    `mailto:`, a display name, blanks and a dot at the end are left out; of several in one cell the first valid one
    counts.
    """
    cell = plain(cell)
    if not isinstance(cell, str):
        return None
    text = cell.strip(_ADDRESS_ENDS).lower()
    if _ADDRESS.fullmatch(text):
        return text
    if angles := _ANGLES.fullmatch(cell):
        text = angles[1].strip(_ADDRESS_ENDS).lower()
    if mailto := _MAILTO.fullmatch(text):
        text = mailto[1]
    parts = [part.strip(_ADDRESS_ENDS).removeprefix("mailto:") for part in _ADDRESSES.split(text)]
    if not all("@" in part for part in parts if part):
        return None  # `anna nowak@example.com` may be two words of one address: nowak@ is somebody else
    return next((found for part in parts if (found := _address(part))), None)


def usual_emails(cells: Sequence[Cell]) -> list[str | None]:
    """Return what `parse_email` does for addresses typed as most are, in lower case; None for all others."""
    return [cell if type(cell) is str and _USUAL_ADDRESS.fullmatch(cell) else None for cell in cells]


def _address(text: str) -> str | None:
    if _ADDRESS.fullmatch(text):
        return text
    if text.isascii():
        return None  # the pattern is all of what email-validator takes in ASCII
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only for the rest

    try:
        # no local part beyond ASCII: hardly a server takes one (SMTPUTF8), and look-alikes of Latin letters hide there
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailNotValidError, ValueError):
        return None
    return found.ascii_email.lower() if found.ascii_email else None


def mended_email(cell: Cell) -> str:
    """Return the address that was probably meant (`anna @gmail,com`, a Cyrillic а), or nothing; a suggestion."""
    if not isinstance(cell, str) or len(cell) > _LONGEST_ADDRESS:
        return ""  # a long run of blanks in it would take the square of its length
    text = re.sub(r"\s*([@.,])\s*", r"\1", cell.strip(_ADDRESS_ENDS).lower()).translate(_LOOKALIKES)
    text = re.sub(r"\.{2,}", ".", text.replace(",", ".")).replace("@.", "@").replace(".@", "@")
    text = re.sub(r"@{2,}", "@", text)
    return text if _ADDRESS.fullmatch(text) else ""
