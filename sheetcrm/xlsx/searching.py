"""What is searched for in a sheet's bytes, at the speed at which they can be compared."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import numpy as np

from sheetcrm.xlsx.markup import attributes
from sheetcrm.xlsx.refs import letters, parse_cell


def count_tags(data: bytes, names: bytes) -> list[int]:
    """Count `<` followed by each of some letters."""
    return count_pairs(data, [b"<%c" % name for name in names])


def count_pairs(data: bytes, pairs: Iterable[bytes]) -> list[int]:
    """Count pairs of two different bytes: all places compared at once, a sixth of the time that `bytes.count` takes."""
    even = np.frombuffer(data, "<u2", len(data) // 2)
    odd = np.frombuffer(data, "<u2", (len(data) - 1) // 2, offset=1) if len(data) > 1 else even
    numbers = [pair[1] << 8 | pair[0] for pair in pairs]
    return [int(np.count_nonzero(even == number) + np.count_nonzero(odd == number)) for number in numbers]


def columns_up_to(name: bytes) -> bytes:
    """Give a pattern of the column letters up to these."""
    choices = [rb"[A-Z]{1,%d}" % (len(name) - 1)] if len(name) > 1 else []
    for at, letter in enumerate(name[:-1]):
        if letter > ord("A"):
            choices.append(name[:at] + rb"[A-%c][A-Z]{%d}" % (letter - 1, len(name) - at - 1))
    choices.append(name[:-1] + rb"[A-%c]" % name[-1])
    return b"|".join(choices)


def column_styles(
    chunks: Iterable[bytes], column: int, *, among: Collection[int] | None = None, usual: bool = False
) -> dict[int, int]:
    """Give the style id of each cell of one column, by row: a pass at the speed of bytes. Cells without a style are left out.

    With `among`, only cells of these styles; `usual` tells that each cell of the sheet begins with its name.
    """
    name = letters(column).encode()
    wanted = rb"\d+" if among is None else rb"(?:%b)" % b"|".join(b"%d" % style for style in sorted(among))
    named = re.compile(rb"c r=\"%b(\d+)\"(?: (?!s=)[a-z]+=\"[^\"<>]*\")*+ s=\"(%b)\"" % (name, wanted))
    any_cell = re.compile(rb"<(?:[^\s/>!?:<]+:)?c\s([^<>]{0,500}?\br\s*=\s*[\"']" + name + rb"\d+[\"'][^<>]{0,500})>")
    styles: dict[int, int] = {}
    rest = b""
    for chunk in chunks:
        buffer = rest + chunk
        cut = max(buffer.rfind(b"<"), 0)
        data, rest = buffer[:cut], buffer[cut:]
        styles.update((int(row), int(style)) for row, style in named.findall(data))
        if usual:
            continue
        if data.count(b'<c r="') != count_tags(data, b"c")[0] or (b":" in data and b":c " in data):
            for tag in any_cell.finditer(data):
                values = attributes(tag[1])
                if values.get("s", "").isdecimal():
                    styles[parse_cell(values["r"])[0]] = int(values["s"])
    return styles
