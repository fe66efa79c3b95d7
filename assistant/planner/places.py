"""Where a run should execute: an address that stands in the sentence, or a kind of place with a host."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from assistant.planner.phrases import without
from assistant.planner.vocabulary import read_words

_ADDRESS = re.compile(r"\b(?:ssh|ray|slurm|sky)://[\w.@:\-]*[\w]", re.IGNORECASE)
_HOST = r"(?P<host>[\w-]+@[\w.-]*\w|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|[a-z][\w-]*(?:\.[\w-]+)+(?::\d+)?)"
_BEFORE_HOST = r"(?: \w+)? (?:on|to|at|auf|sur|en|host) "


@dataclass(frozen=True)
class Place:
    """A target; `address` is None where the sentence names the kind and no host."""

    scheme: str
    address: str | None
    said: str


@dataclass(frozen=True)
class _Kind:
    scheme: str
    words: re.Pattern[str]
    host: str | None


@functools.cache
def _kinds() -> tuple[_Kind, ...]:
    entries = read_words("vocabulary/places")["places"]
    return tuple(
        _Kind(entry["scheme"], re.compile(rf"\b(?:{entry['words']})\b", re.IGNORECASE), entry.get("host"))
        for entry in entries
    )


def find_place(text: str) -> tuple[Place | None, str]:
    """The place that a text names, and the text without an address."""
    addresses = list(_ADDRESS.finditer(text))
    rest = functools.reduce(without, addresses, text)
    kinds = [(said.start(), kind, said) for kind in _kinds() for said in kind.words.finditer(rest)]
    kinds = [each for each in kinds if not _is_denied(rest, each[0])]
    if addresses and not any(start > addresses[-1].start() for start, _, _ in kinds):
        last = addresses[-1][0]
        return Place(last.partition(":")[0].lower(), last, last), rest
    if not kinds:
        return None, text
    # What is said last counts; of two at one place the first of the vocabulary.
    _, kind, said = max(reversed(kinds), key=lambda each: each[0])
    return _of_kind(kind, rest, said)


def _is_denied(text: str, at: int) -> bool:
    return re.search(r"\b(?:not|no|without|nicht|kein\w*|ohne|pas|sans|sin)\b[^,.;]{0,20}$", text[:at]) is not None


def _of_kind(kind: _Kind, text: str, said: re.Match[str]) -> tuple[Place, str]:
    if kind.scheme == "local":
        return Place("local", "local", said[0]), text
    if kind.host:
        return Place(kind.scheme, f"{kind.scheme}://{kind.host}", said[0]), text
    if found := re.search(_HOST, text, re.IGNORECASE):
        return Place(kind.scheme, f"{kind.scheme}://{found['host']}", said[0]), without(text, found)
    named = re.search(rf"{kind.words.pattern}{_BEFORE_HOST}(?P<host>[\w-]+)", text, re.IGNORECASE)
    return Place(kind.scheme, f"{kind.scheme}://{named['host']}" if named else None, said[0]), text
