"""Where a text holds personal data or secrets: patterns, and the check digits behind them. No library, no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv6Address
from itertools import pairwise
from typing import Literal, get_args

from pipeline.datasets.checks.any_case import AnyCase
from pipeline.datasets.checks.identifiers import (
    IBAN_LENGTHS,
    card_lengths,
    is_french_social_security,
    is_german_tax_id,
    is_iban,
    is_spanish_id,
    passes_luhn,
)

Kind = Literal["secret", "mail", "iban", "card", "mac", "ip", "id", "phone"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # where two overlap, the first one counts
Span = tuple[int, int]

_ANYTHING = re.compile(r"[\d@]|-----BEGIN")  # a text without one of these holds none of the kinds
_DIGIT = re.compile(r"\d")

_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b")

# An international number, or a national one that begins with 0; nine to fifteen digits with the usual signs between.
_PHONE = re.compile(r"(?<![\w+.,/-])(?<!\d )(?:\+\d|\(?0(?![.,]\d))(?:[ ()./-]{0,2}\d){7,13}(?![\w-]|[.,]\d)")
_NORTH_AMERICA = re.compile(
    r"(?<![\w.-])(?<!\d )(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([ .-]))[2-9]\d{2}[ .-]\d{4}(?![\w-]|[.,]\d)"
)
_SPAIN = re.compile(
    r"(?<![\w.-])(?<!\d )(?:[67]\d{2}([ -])\d{3}\1\d{3}|[67]\d{2}(?: \d{2}){3}"
    r"|9\d{2}(?: \d{3}| \d{2} \d)(?: ?\d{2}){1,2}|9[1-9] \d{3} \d{2} \d{2})(?![\w-]|[ .,]\d| ?=)"
)
_CALLED = AnyCase(
    r"(?:\b(?:tel|telephone|phone|ph|mobile|cell|call|ring|dial|text|whatsapp|handy|telefon|nummer|anruf\w*|rufen"
    r"|tél|téléphone|portable|appelez|rappelez|numéro|teléfono|móvil|llam\w+|contact\w*|number)\b\D{0,24}?)"
    r"(?<![\w.-])(\d{9,12})(?![\w-])",
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$")

_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])")
_CARD = re.compile(r"(?<![\w.-])(?<!\d )\d(?:[ -]?\d){13,22}(?![\w])")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-fA-F:]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{6,39}(?![\w:])")
_RELEASE = AnyCase(r"(?:\bv|version|versión|release|build|firmware)\W{0,3}$")

_SOCIAL_SECURITY = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SOCIAL_CUE = AnyCase(r"\b(?:ssn|social)\b")
_NATIONAL_INSURANCE = re.compile(r"(?<![\w-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\w-])")
_TAX_ID = re.compile(r"(?<![\w.-])(?<!\d )(?:\d{11}|\d{2} \d{3} \d{3} \d{3})(?![\w-]|[ .,]\d)")
_TAX_CUE = AnyCase(r"steuer|\bid-?nr|\btin\b")
_FRENCH = re.compile(
    r"(?<![\w.-])(?<!\d )[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w-])"
)
_SPANISH = re.compile(r"(?<![\w.-])(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZ]-?\d{7})-?[A-Z](?![\w-])")
# source: Agenzia delle Entrate, the form of the codice fiscale
_ITALIAN = re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)")

# source: the prefixes that GitHub, GitLab, OpenAI, Slack, Stripe, Google, AWS and Hugging Face document for their keys
_KEYS = re.compile(
    r"(?<!\w)(?:gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{18,}|sk-[\w-]{20,}|xox[abprs]-[\w-]{20,}"
    r"|[sr]k_(?:live|test)_\w{16,}|AIza[\w-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}|hf_\w{30,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{10,})"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----)?")
_IN_ADDRESS = re.compile(r"\w://[^\s/:@]*:(?!\[secret\])([^\s/@]+)@")
_ITS_NAME = r"(?:passw(?:or)?d|passcode|pwd|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|parola d'ordine)"
_AFTER_CUE = AnyCase(
    rf"{_ITS_NAME}\s*(?:(?:is|ist|lautet|est|es|was|war)\b|[:=,])?\s*[\"'`]?([^\s\"'`]{{6,}})",
)
_BEFORE_CUE = AnyCase(rf"(\S{{6,}}) (?:as|als|comme|como)\s(?:\w+\s)?{_ITS_NAME}")
_NAMED_KEY = AnyCase(
    r"(?:api[ _-]?key|access[ _-]?key|token|secret|jeton|clave|clé|schlüssel|key)[\w ]{0,8}['\"]?\s*"
    r"(?:[:=]|is|ist|lautet|est|es)\s*['\"]?([\w+/-]{16,}={0,2})",
)
_LONG_TOKEN = re.compile(r"(?<![\w/.=-])[A-Za-z0-9+_-]{32,}={0,2}(?![\w/.-])")


def personal_data(text: str) -> list[tuple[Kind, int, int]]:
    """What a text holds as (kind, start, end), in order and without overlaps."""
    if not _ANYTHING.search(text):
        return []
    found: list[tuple[Kind, int, int]] = []
    for kind in KINDS:
        for start, end in _FINDERS[kind](text):
            if all(end <= other_start or start >= other_end for _, other_start, other_end in found):
                found.append((kind, start, end))
    return sorted(found, key=lambda one: one[1])


def masked(text: str) -> str:
    """`text` with `[mail]`, `[phone]` and so on in place of what was found."""
    parts, end = [], 0
    for kind, start, stop in personal_data(text):
        parts += [text[end:start], f"[{kind}]"]
        end = stop
    return "".join([*parts, text[end:]])


def _mails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (match.span() for match in _MAIL.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        digits = _digits(match[0])
        is_long_enough = len(digits) >= (11 if digits.startswith("00") else 9)
        if is_long_enough and not _DATE.match(match[0]):
            yield match.span()
    for pattern in (_NORTH_AMERICA, _SPAIN):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (match.span(1) for match in _CALLED.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_START.finditer(text):
        end = _end_of(text, match.start(), IBAN_LENGTHS.get(match[0][:2].upper(), 0))
        if end and is_iban(_plain(text[match.start() : end])):
            yield match.start(), end


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        for length in card_lengths(_digits(match[0])):
            end = _end_of(text, match.start(), length)
            if end and passes_luhn(_digits(text[match.start() : end])):
                yield match.start(), end
                break


def _end_of(text: str, start: int, length: int) -> int:
    """Where `length` letters and digits end, with single blanks or dashes between; 0 where they don't end there."""
    position, seen = start, 0
    while position < len(text) and seen < length:
        if text[position].isalnum():
            seen += 1
        elif text[position] not in " -" or not text[position - 1].isalnum():
            return 0
        position += 1
    is_whole = seen == length > 0 and not text[position : position + 1].isalnum()
    return position if is_whole else 0


def _addresses(text: str) -> Iterator[Span]:
    if "." in text:
        for match in _IPV4.finditer(text):
            if not _RELEASE.search(text[max(0, match.start() - 16) : match.start()]):
                yield match.span()
    if ":" in text:
        for match in _IPV6.finditer(text):
            if _is_ipv6(match[0].rstrip(":")):
                yield match.start(), match.start() + len(match[0].rstrip(":"))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _hardware(text: str) -> Iterator[Span]:
    yield from (match.span() for match in _MAC.finditer(text))


def _state_numbers(text: str) -> Iterator[Span]:
    for match in _SOCIAL_SECURITY.finditer(text):
        if match[1] == "-" or _SOCIAL_CUE.search(text):
            yield match.span()
    for match in _TAX_ID.finditer(text):
        if is_german_tax_id(_digits(match[0])) and (" " in match[0] or _TAX_CUE.search(text)):
            yield match.span()
    yield from (match.span() for match in _FRENCH.finditer(text) if is_french_social_security(_plain(match[0])))
    yield from (match.span() for match in _SPANISH.finditer(text) if is_spanish_id(_plain(match[0])))
    for pattern in (_NATIONAL_INSURANCE, _ITALIAN):
        yield from (match.span() for match in pattern.finditer(text))


def _secrets(text: str) -> Iterator[Span]:
    yield from (match.span() for match in _KEYS.finditer(text))
    yield from (match.span() for match in _PRIVATE_KEY.finditer(text))
    yield from (match.span(1) for match in _IN_ADDRESS.finditer(text))
    for pattern in (_AFTER_CUE, _BEFORE_CUE):
        for match in pattern.finditer(text):
            word = match[1].rstrip(".,;:)?")
            if _is_made_up(word):
                yield match.start(1), match.start(1) + len(word)
    yield from (match.span(1) for match in _NAMED_KEY.finditer(text) if _DIGIT.search(match[1]))
    for match in _LONG_TOKEN.finditer(text):
        if _is_random(match[0]):
            yield match.span()


def _is_made_up(word: str) -> bool:
    """Whether a word after "password" is one: words of a sentence have no digits."""
    return len(word) >= 6 and bool(_DIGIT.search(word)) and any(character.isalpha() for character in word)


def _is_random(token: str) -> bool:
    """Capitals, small letters and digits mixed all over: neither a word, nor a hash, nor a name of a file."""
    changes = sum(_sort_of(one) != _sort_of(other) for one, other in pairwise(token))
    return changes > 0.4 * len(token) and {0, 1, 2} <= {_sort_of(character) for character in token}


def _sort_of(character: str) -> int:
    return 0 if character.isdigit() else 1 if character.isupper() else 2 if character.islower() else 3


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


_FINDERS: dict[Kind, Callable[[str], Iterator[Span]]] = {
    "secret": _secrets,
    "mail": _mails,
    "iban": _ibans,
    "card": _cards,
    "mac": _hardware,
    "ip": _addresses,
    "id": _state_numbers,
    "phone": _phones,
}
