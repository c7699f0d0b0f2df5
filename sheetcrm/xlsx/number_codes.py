"""Number formats as codes: those that stand in no file, and what a code shows."""

from __future__ import annotations

import re

SHORT_DATE = 14
"""The built-in format that every Excel shows in its own country's order."""
DATE_AND_TIME = 22
TEXT = 49

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "m/d/yy h:mm", 27: "yyyy-mm-dd", 28: "yyyy-mm-dd", 29: "yyyy-mm-dd", 30: "m/d/yy", 31: "yyyy-mm-dd", 32: "h:mm", 33: "h:mm:ss",
    34: "h:mm", 35: "h:mm:ss", 36: "yyyy-mm-dd", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
    50: "yyyy-mm-dd", 51: "yyyy-mm-dd", 52: "yyyy-mm-dd", 53: "yyyy-mm-dd", 54: "yyyy-mm-dd", 55: "yyyy-mm-dd", 56: "yyyy-mm-dd",
    57: "yyyy-mm-dd", 58: "m-d",
}  # fmt: skip
"""Formats that stand in no file (ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58 are dates in East Asian versions)."""

_LONGEST_FORMAT = 255
_NO_DATE = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|General|AM/PM|A/P", re.IGNORECASE)


def _of_date(code: str) -> str:
    """Give what of a number format may show a date; none is longer than 255 characters."""
    return _NO_DATE.sub("", code.partition(";")[0][:_LONGEST_FORMAT])


def shows_date(code: str) -> bool:
    """Tell whether a number format shows a day or a time."""
    return bool(re.search(r"[dmyhs]", _of_date(code), re.IGNORECASE))


def shows_day(code: str) -> bool:
    """Tell whether a number format shows a day, and not only a time of it."""
    letters = set(_of_date(code).lower())
    return bool(letters & set("dy")) or ("m" in letters and not letters & set("hs"))


def shows_year(code: str) -> bool:
    """Tell whether a number format shows a year."""
    return "y" in _of_date(code).lower()
