"""How far a "not" reaches in a sentence, and where a speaker corrects what was said before."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.planner.phrases import Token
from assistant.planner.vocabulary import correction_phrases, small_words

_REACH = 4  # words that a "not" reaches over
_REACH_OF_INSTEAD = 2  # "instead of LoRA use ...": what follows the named thing is wanted again


def is_negated(tokens: Sequence[Token], start: int) -> bool:
    """Whether a "not" before token `start` reaches it; "not more than" sets a limit and denies nothing."""
    return negating(tokens, start) is not None


def negating(tokens: Sequence[Token], start: int) -> int | None:
    """The "not", "without" or "instead" that reaches token `start`; None where none does."""
    is_limit = False
    for index in range(start - 1, max(-1, start - 1 - _REACH), -1):
        token = tokens[index]
        if token.is_end or token.text in small_words("borders"):
            return None
        is_limit = is_limit or token.text in small_words("limits")
        is_near = start - index <= _REACH_OF_INSTEAD
        if token.text in small_words("negation") or (is_near and token.text in small_words("replacement")):
            return None if is_limit else index
    return None


def corrections(tokens: Sequence[Token]) -> list[int]:
    """Where the sentence takes back what it said: the first token after "no, wait", "actually", "I mean" ..."""
    ends = {match.end for phrase in correction_phrases() for match in phrase.find_all(tokens)}
    begins = {
        index + 1
        for index, token in enumerate(tokens)
        if token.text in small_words("denials") and index and tokens[index - 1].is_end
    }
    return sorted(ends | begins)


def is_corrected(tokens: Sequence[Token], first: int, second: int) -> bool:
    """Whether a correction stands between two tokens."""
    return any(first < at <= second for at in corrections(tokens))
