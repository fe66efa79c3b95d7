"""Phrases of the vocabulary, found in sentences: a small language that is written as data and read here.

A sentence becomes tokens: words without case, numbers (in digits or spelled), signs, and single Chinese characters. A
phrase is a row of elements: a word, a beginning of a word (`classif*`), alternatives (`queue|team`), something optional
(`the?`), a gap of up to five words (`...`) or a number (`{n}`). `~` before it makes it weak; `!` lets it hold a "not".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

GAP = 5  # words that `...` may skip
STRONG, WEAK = 0.8, 0.35  # how sure one phrase makes of what it says; `~` marks the weak ones

# Numbers first; then words with an apostrophe inside, one Chinese character, or one sign.
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?:k(?![^\W\d_]))?)"
    r"|(?P<word>[一-鿿]|(?:(?![一-鿿])[^\W\d_])+(?:['’](?:(?![一-鿿])[^\W\d_])+)*)"
    r"|(?P<sign>[$€%=:/,.;!?，。；：！？、])",
    re.IGNORECASE,
)
_ENDS = frozenset(",.;!?")
_PLAIN = str.maketrans("’，。；：！？、", "',.;:!?,")


@dataclass(frozen=True)
class Token:
    """One word, number or sign of a sentence, with its place in it."""

    text: str  # without case
    start: int
    end: int
    number: float | None = None
    is_corrected: bool = False  # typed otherwise

    @property
    def is_end(self) -> bool:
        """Whether a clause ends here."""
        return self.text in _ENDS


@dataclass(frozen=True)
class Match:
    """Where a phrase stands: tokens from `start` to before `end`."""

    start: int
    end: int
    numbers: tuple[int, ...] = ()  # tokens that are numbers


@dataclass(frozen=True)
class _Element:
    words: tuple[tuple[str, bool], ...]  # text, and whether it is a beginning only
    kind: str = "word"  # word gap number
    is_optional: bool = False

    def fits(self, token: Token) -> bool:
        """Whether one token is this element."""
        if self.kind == "number":
            return token.number is not None
        return any(token.text.startswith(word) if is_prefix else token.text == word for word, is_prefix in self.words)


@dataclass(frozen=True)
class Phrase:
    """One phrase of the vocabulary."""

    text: str
    elements: tuple[_Element, ...]
    strength: float
    holds_negation: bool = False

    def find(self, tokens: Sequence[Token]) -> Match | None:
        """The first place where the phrase stands."""
        return next(self.find_all(tokens), None)

    def find_all(self, tokens: Sequence[Token]) -> Iterator[Match]:
        """Every place where the phrase stands, from left to right."""
        for start, token in enumerate(tokens):
            first = self.elements[0]
            if first.kind == "word" and not first.is_optional and not first.fits(token):
                continue
            found = _match(self.elements, tokens, start)
            if found is not None:
                yield Match(start, found[0], found[1])

    @property
    def words(self) -> Iterator[tuple[str, bool]]:
        """Its words, and whether each is a beginning only."""
        for element in self.elements:
            yield from element.words


def tokens_of(sentence: str, spelled: Mapping[str, float] | None = None) -> list[Token]:
    """The tokens of a sentence.

    Args:
        sentence: as typed.
        spelled: words that are numbers, such as two: 2.
    """
    found = []
    for match in _TOKEN.finditer(sentence):
        text = match[0].casefold().translate(_PLAIN)
        number = read_number(text) if match["number"] else (spelled or {}).get(text)
        found.append(Token(text, match.start(), match.end(), number))
    return found


def without(text: str, found: re.Match[str]) -> str:
    """A text with blanks in place of a match: what comes after it keeps its place."""
    return text[: found.start()] + " " * len(found[0]) + text[found.end() :]


def read_number(text: str) -> float:
    """`2`, `1e-4`, `0,05`, `10,000`, `1.000.000`, `15k` as people write them."""
    factor = 1000.0 if text.endswith("k") else 1.0
    text = text.removesuffix("k")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text) or re.fullmatch(r"[1-9]\d{0,2}(\.\d{3}){2,}", text):
        return float(re.sub(r"[.,]", "", text)) * factor
    if text.count(",") + text.count(".") > 1:
        # A date or a version, or both kinds of sign: the last one is the decimal sign.
        whole, _, rest = text.replace(",", ".").rpartition(".")
        text = whole.replace(".", "") + "." + rest
    return float(text.replace(",", ".")) * factor


@functools.cache
def parse_phrase(text: str) -> Phrase:
    """A phrase as the vocabulary writes it."""
    strength = WEAK if text.startswith("~") else STRONG
    elements = tuple(element for part in text.lstrip("~!").split() for element in _elements(part))
    return Phrase(text, elements, strength, text.startswith("!"))


def _elements(part: str) -> Iterator[_Element]:
    if part == "...":
        yield _Element((), "gap")
        return
    if part == "{n}":
        yield _Element((), "number")
        return
    is_optional = part.endswith("?") and len(part) > 1
    options = part.removesuffix("?").split("|") if is_optional else part.split("|")
    if len(options) > 1 or is_optional:
        yield _Element(tuple(_word(option) for option in options), is_optional=is_optional)
        return
    # One word of the vocabulary can be several tokens: fine-tun*, 分类.
    pieces = [token.text for token in tokens_of(part)]
    for position, piece in enumerate(pieces):
        yield _Element(((piece, part.endswith("*") and position == len(pieces) - 1),))


def _word(text: str) -> tuple[str, bool]:
    return text.removesuffix("*").casefold(), text.endswith("*")


def _match(elements: Sequence[_Element], tokens: Sequence[Token], at: int) -> tuple[int, tuple[int, ...]] | None:
    """Where a match that begins at token `at` ends, and which of its tokens are numbers."""
    if not elements:
        return at, ()
    first, rest = elements[0], elements[1:]
    if first.kind == "gap":
        for skipped in range(min(GAP, len(tokens) - at) + 1):
            if (found := _match(rest, tokens, at + skipped)) is not None:
                return found
        return None
    if at < len(tokens) and first.fits(tokens[at]):
        found = _match(rest, tokens, at + 1)
        if found is not None:
            numbers = (at,) if first.kind == "number" else ()
            return found[0], (*numbers, *found[1])
    return _match(rest, tokens, at) if first.is_optional else None
