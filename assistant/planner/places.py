"""Where a run should execute: an address that stands in the sentence, or a kind of place with a host."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

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
    if found := _ADDRESS.search(text):
        scheme = found[0].partition(":")[0].lower()
        return Place(scheme, found[0], found[0]), _without(text, found)
    for kind in _kinds():
        if (said := kind.words.search(text)) and not _is_denied(text, said.start()):
            return _of_kind(kind, text, said)
    return None, text


def _is_denied(text: str, at: int) -> bool:
    return re.search(r"\b(?:not|no|without|nicht|kein\w*|ohne|pas|sans|sin)\b[^,.;]{0,20}$", text[:at]) is not None


def _of_kind(kind: _Kind, text: str, said: re.Match[str]) -> tuple[Place, str]:
    if kind.scheme == "local":
        return Place("local", "local", said[0]), text
    if kind.host:
        return Place(kind.scheme, f"{kind.scheme}://{kind.host}", said[0]), text
    found = re.search(_HOST, text, re.IGNORECASE)
    named = found or re.search(
        rf"{kind.words.pattern}(?: \w+)? (?:on|to|at|auf|sur|en|host) (?P<host>[\w-]+)", text, re.I
    )
    if named is None:
        return Place(kind.scheme, None, said[0]), text
    return Place(kind.scheme, f"{kind.scheme}://{named['host']}", said[0]), (_without(text, found) if found else text)


def _without(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " * len(found[0]) + text[found.end() :]
