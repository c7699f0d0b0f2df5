"""The sentences by which people ask for no more messages, in six languages, as patterns of folded words (`languages.folding.fold`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sheetcrm.languages import data


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is looked for in a sentence.

    `certain`: no more messages are asked for, and nothing else; `forget`: that all data are deleted, too; `perhaps`: that may be meant,
    and may not; `harmless` only looks like it.
    `negated` right before a certain one, and `limited` anywhere (a “not then” or “not there”), make it less certain.
    """

    certain: re.Pattern[str]
    forget: re.Pattern[str]
    perhaps: re.Pattern[str]
    harmless: re.Pattern[str]
    negated: re.Pattern[str]
    limited: re.Pattern[str]


@cache
def phrases() -> Phrases:
    """Return the patterns; they are read and compiled when the first reply comes."""
    known = data("stopping.toml")
    doubtful = known["doubtful"]
    return Phrases(
        certain=_any(one.replace("{mails}", known["mails"]) for one in _in_all_languages(known["certain"])),
        forget=_any(_in_all_languages(known["forget"])),
        perhaps=_any(doubtful["perhaps"]),
        harmless=_any(doubtful["harmless"]),
        negated=re.compile(doubtful["negated"]),
        limited=re.compile(rf"\b(?:{doubtful['limited']})\b"),
    )


def _in_all_languages(known: Mapping[str, list[str]]) -> Iterator[str]:
    return (one for of_language in known.values() for one in of_language)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})")
