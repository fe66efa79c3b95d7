"""Which languages the rows of a source are in: counts for bars, and what a filter says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.workbench.data_rows import Query

MOST_COUNTED = 20_000  # rows; of a larger source as many are drawn, and it is said
UNCLEAR = "unclear"  # what a filter calls rows whose language can't be told
NAMES: Mapping[str, str] = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sr": "Serbian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_TERM = re.compile(rf"(?:^|(?<=\s))in:([a-z]{{2}}|{UNCLEAR})(?=\s|$)", re.IGNORECASE)
_AT_ONCE = 2_000


@dataclass(frozen=True)
class LanguageFacts:
    """Languages of a source's prompts.

    Args:
        counted: rows that were looked at; fewer than `rows` in a large source.
        counts: ISO 639-1 and rows, frequent ones first; rows that can't be told come last, as `UNCLEAR`.
    """

    rows: int
    counted: int
    counts: tuple[tuple[str, int], ...]

    @property
    def sentence(self) -> str:
        """The same in words."""
        told = [(code, count) for code, count in self.counts if code != UNCLEAR]
        unclear = self.counted - sum(count for _, count in told)
        if not told:
            return "The prompts are too short or too mixed to tell a language."
        main, most = told[0]
        drawn = f" of {self.counted:,} drawn from {self.rows:,}" if self.counted < self.rows else f" of {self.rows:,}"
        rest = f"; {unclear:,} are too short or mixed to tell" if unclear else ""
        return f"{most:,}{drawn} rows are in {name_of(main)}{rest}."


def name_of(code: str) -> str:
    """A language in English, with its code; of an unknown one, the code alone."""
    if code == UNCLEAR:
        return "can't tell"
    return f"{NAMES[code]} ({code})" if code in NAMES else code


@dataclass(frozen=True)
class Spoken:
    """In which languages rows must be: `in:de`, `in:unclear`; any of several."""

    codes: frozenset[str] = frozenset()

    def leave(self, indices: Sequence[int], languages: Callable[[Sequence[int]], list[str]]) -> Sequence[int]:
        """The rows that are; `languages` says it of some thousand rows at one time."""
        if not self.codes:
            return indices
        found: list[int] = []
        for start in range(0, len(indices), _AT_ONCE):
            some = indices[start : start + _AT_ONCE]
            found += [index for index, code in zip(some, languages(some), strict=True) if code in self.codes]
        return found


def spoken_in(query: Query) -> tuple[Query, Spoken]:
    """A query without what it says of languages, and that."""
    if query.is_regex:
        return query, Spoken()
    codes = frozenset(match[1].lower() for match in _TERM.finditer(query.text))
    rest = " ".join(_TERM.sub(" ", query.text).split()) if codes else query.text
    return replace(query, text=rest), Spoken(codes)


class Languages:
    """Languages of rows by their index; each is told once."""

    def __init__(self, texts: Callable[[Sequence[int]], list[str]]) -> None:
        self._texts = texts
        self._known: dict[int, str] = {}

    def of(self, indices: Sequence[int]) -> list[str]:
        """ISO 639-1 of each row, or `UNCLEAR`."""
        from pipeline.datasets.checks.languages import language_of

        new = [index for index in indices if index not in self._known]
        for index, text in zip(new, self._texts(new) if new else (), strict=True):
            self._known[index] = language_of(text) or UNCLEAR
        return [self._known[index] for index in indices]

    def facts(self, rows: int) -> LanguageFacts:
        """Counts of all rows, or of as many as are drawn."""
        from pipeline.datasets.recognise.columns import sampled_indices

        drawn = sampled_indices(rows, MOST_COUNTED)
        counts: Counter[str] = Counter()
        for start in range(0, len(drawn), _AT_ONCE):
            counts.update(self.of(drawn[start : start + _AT_ONCE]))
        unclear = counts.pop(UNCLEAR, 0)
        told = (*counts.most_common(), *(((UNCLEAR, unclear),) if unclear else ()))
        return LanguageFacts(rows, len(drawn), told)


def prompt_of(messages: Sequence[Mapping[str, str]]) -> str:
    """What of a conversation is looked at: all that was asked; of a text alone, the text."""
    asked = [turn["content"] for turn in messages[:-1] if turn["role"] != "system"]
    return "\n".join(asked) if asked else messages[-1]["content"]
