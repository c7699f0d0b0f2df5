"""Whatever goes wrong is said in the owner's language: every sentence has its words, and quotes what is known where it is raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

import sheetcrm
from sheetcrm import errors
from sheetcrm.languages import LANGUAGES, data, details, language
from sheetcrm.workbook.edge import OTHER_KINDS

SOURCES = sorted(Path(sheetcrm.__file__).parent.rglob("*.py"))
WORDS = data("errors.toml")
REMARKS = data("details.toml")
RAISED = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.SheetcrmError) and kind is not errors.TemplateError
}
REMARKED = {"TemplateError": 0, "UnfitMessage": 0, "Delivery": 1, "refused": 1}
"""What holds a remark, and in which place."""


class Said(NamedTuple):
    """A place where something is said: what its words are called, and what they may quote (None: passed on)."""

    where: str
    texts: frozenset[str]
    quotes: frozenset[str] | None


def strings(node: ast.expr | None) -> frozenset[str]:
    """Return the texts that an expression may be; nothing where it is passed on from elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return frozenset({text})
        case ast.IfExp(body=one, orelse=other):
            return strings(one) | strings(other)
        case ast.JoinedStr(values=[ast.Constant(value="not-a-workbook-"), _]):
            return frozenset(f"not-a-workbook-{kind}" for kind in OTHER_KINDS)
    return frozenset()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            yield name, node


def quotes_of(given: dict[str | None, ast.expr]) -> frozenset[str] | None:
    params = given.get("params")
    if params is None:
        return frozenset()
    if not isinstance(params, ast.Dict) or None in params.keys:
        return None
    return frozenset().union(*(strings(key) for key in params.keys))


def said_in(path: Path) -> Iterator[Said]:
    for name, call in calls(path):
        where = f"{path.relative_to(SOURCES[0].parent)}:{call.lineno}"
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in ("_wrong", "_unresolved"):  # (message, hint, text, **quotes)
            yield Said(where, strings(call.args[2]), frozenset(str(key) for key in given))
        elif name == "_trouble":  # (message, hint, code, config, text)
            yield Said(where, strings(call.args[4 if len(call.args) > 4 else 2]), frozenset({"server", "host"}))
        elif name in RAISED:
            if "text" in given:
                texts = strings(given["text"])
            else:
                texts = strings(given["code"]) if "code" in given else frozenset({RAISED[name].code})
            yield Said(where, texts, quotes_of(given))


ALL = [said for path in SOURCES if path.name != "errors.py" for said in said_in(path)]


def quoted(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for _, name, *_ in Formatter().parse(text) if name)


def test_whatever_is_raised_anywhere_has_words_in_the_other_languages() -> None:
    raised = {(said.where, text) for said in ALL for text in said.texts}
    assert len({text for _, text in raised}) > 80
    assert [(where, text) for where, text in sorted(raised) if text and text not in WORDS] == []


def test_no_words_are_left_of_an_error_that_nothing_raises() -> None:
    literals = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    kinds = {f"not-a-workbook-{kind}" for kind in OTHER_KINDS}
    assert WORDS.keys() - literals - kinds == set()


def test_words_quote_only_what_is_known_where_the_error_is_raised() -> None:
    known = {"book"}  # the command line knows it
    unknown = [
        (said.where, text, sorted(missing))
        for said in ALL
        if said.quotes is not None
        for text in sorted(said.texts & WORDS.keys())
        if (
            missing := quoted(*WORDS[text]["pl"])
            - said.quotes
            - known
            - ({"file"} if "layout" in said.where else set())
        )
    ]
    assert unknown == []


@pytest.mark.parametrize("text", sorted(WORDS))
def test_the_languages_quote_the_same_and_end_what_they_say(text: str) -> None:
    assert tuple(WORDS[text]) == LANGUAGES[1:]
    values = dict.fromkeys(quoted(*WORDS[text]["pl"]) | {"book"}, "x")
    for code in LANGUAGES[1:]:
        message, hint = WORDS[text][code]
        assert quoted(message, hint) == quoted(*WORDS[text]["pl"]), code
        assert message.endswith((".", "?")), code
        assert hint == "" or hint.endswith("."), code
        for said in language(code).error(text, **values) or ():
            assert "{" not in said
            assert "  " not in said
            assert said == said.strip()


def test_quotation_marks_and_dashes_are_those_of_the_language() -> None:
    wrong = {"pl": "«»“—", "uk": "„“”–", "ru": "„“”–", "it": "„“”–—", "es": "„“”–—"}
    for source in (WORDS, REMARKS):
        for text, words in source.items():
            for code in LANGUAGES[1:]:
                assert not set(wrong[code]) & set("".join(words[code])), (code, text)


# Remarks: what became of a message, what is wrong in a rule


def sample(node: ast.expr) -> str:
    """Return a text as the program would say it, x for whatever it quotes; "" where it is passed on."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="how" | "what" | "error")), *_]):
            return ""  # of several words: named below
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in parts)
    return ""


HOWS = ("the server did not answer in time", "the connection broke")
KINDS = ("a date", "a time", "an amount")


def remarks() -> set[str]:
    found = {
        f"{said} cannot be used here." if name == "refused" else said
        for path in SOURCES
        for name, call in calls(path)
        if name in REMARKED and len(call.args) > REMARKED[name]
        if (said := sample(call.args[REMARKED[name]]))
    }
    found |= {f"{how} after the message was handed over" for how in HOWS}
    found |= {f"{how} before the message was handed over (body)" for how in HOWS}
    found |= {"the outcome of 5 messages in a row is unknown", "resolved by hand", "interrupted; found 2026-11-22"}
    found |= {f"the server's answer makes no sense: {said}" for said in ("250 x", "x")}
    return {remark.replace("x is not x", f"'x' is not {kind}") for remark in found for kind in KINDS}


def test_every_remark_has_words_in_the_other_languages_and_is_known_again_when_read() -> None:
    assert len(remarks()) > 40
    silent = {remark for remark in remarks() if details.told(remark, "pl") == remark}
    # the program's own file, who writes Python, and whatever Jinja says
    assert silent == {"The layout of e-mails: x.", "A rule is text, not x.", "x."}
    for remark in remarks() - silent:
        for code in LANGUAGES:
            back = details.meant(details.told(remark, code))
            assert remark.startswith(back), (code, remark)
            assert details.told(back, code) == details.told(remark, code) or back != remark


def test_a_remark_quotes_nothing_that_the_english_one_does_not() -> None:
    for english, words in REMARKS.items():
        assert tuple(words) == LANGUAGES[1:]
        assert all(quoted(text) <= quoted(english) for text in words.values()), english


def test_the_words_of_a_server_stay_as_they_are() -> None:
    said = ["250 2.0.0 OK: queued", "550 5.1.1 no such user", "queued by hand", ""]
    assert [(details.told(text, "uk"), details.meant(text)) for text in said] == [(text, text) for text in said]
