"""How a header line is written: the library's own folding loses blanks and quotes.

`email` (CPython 3.11.7) drops the blank at some folds between encoded words: one in ten long Cyrillic or Polish
subjects read “ПетрівноПетрівно”. The older `email.header.Header` cuts at characters and keeps every blank, so it
writes the words here; RFC 2047 allows no encoded word over 75 characters.
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import HeaderRegistry
from email.policy import EmailPolicy
from email.utils import formataddr
from typing import Any

_LINE = 76
_MOST_KINDS = 100
_LONGEST_WORD = 60  # an ASCII word beyond that cannot be folded; encoded, it can


class _Registry(HeaderRegistry):
    """The library's own, which makes a new class for each single header: a third of the time that a mail takes."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        key = name.lower()
        if key not in self._made:
            made = super().__getitem__(name)
            if len(self._made) > _MOST_KINDS:  # a mail that is read may have any headers
                return made
            self._made[key] = made
        return self._made[key]


_REGISTRY = _Registry()


class HeaderPolicy(EmailPolicy):
    """SMTP's line ends, 7-bit bodies, and our own way to fold the headers that hold people's words."""

    def __init__(self, **options: Any) -> None:
        # 7bit: not every server takes 8-bit bodies; quoted-printable or base64 is chosen, whichever is shorter
        super().__init__(**{"linesep": "\r\n", "cte_type": "7bit", "header_factory": _REGISTRY, **options})

    def fold(self, name: str, value: Any) -> str:
        """Write one header, folded, with its line end."""
        match name.lower():
            case "subject":
                written = words(str(value), name)
            case "from" | "to" | "reply-to":
                address = value.addresses[0]
                written = mailbox_line(address.display_name, address.addr_spec, name)
            case _:
                return str(super().fold(name, value))
        return f"{name}: {written}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Write one header as bytes."""
        return self.fold(name, value).encode("ascii")


def words(text: str, name: str) -> str:
    """Return text as it stands in a header of that name; folded lines begin with one blank."""
    plain = text.isascii() and max(map(len, text.split()), default=0) <= _LONGEST_WORD
    header = Header(text, "us-ascii" if plain else "utf-8", _LINE, name)
    return header.encode(splitchars=" ", linesep="\r\n")


def mailbox_line(display_name: str, address: str, name: str) -> str:
    """Return `Name <address>`, on two lines where it gets long."""
    if not display_name:
        return address
    quoted = formataddr((display_name, "")).removesuffix(" <>")  # `"Doe, Jane"`
    written = quoted if display_name.isascii() else words(display_name, name)
    last = written.rpartition("\n")[2]
    fold = "\r\n" if len(name) + len(last) + len(address) > _LINE else ""
    return f"{written}{fold} <{address}>"
